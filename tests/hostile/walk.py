"""Hostile texts sent into one form after the other, each undone again; what the service may answer, and what it may not."""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar.testing import TestClient
from sqlalchemy import Connection, text

from app.modules import load_tables
from tests.conftest import Clock
from tests.hostile.shown import Shown, forms_of
from union import sessions as web_sessions
from web.forms import anchor

SCRIPT = "<script>alert(1)</script>"
HOSTILE = {
    "a script, an emoji, control characters, a mark that turns the line": f"{SCRIPT}😀\u202e\x00\x07",
    "an emoji and control characters": "王😀\u202e\x00\x07五",
    "a name of two hundred": "长" * 200,
    "a text without end": "长" * 100_000,
}
UNSEEN = re.compile("[\x00-\x08\u202e]")
MOST_ROUNDS = 3
FILTERS = "q view due sort after day whose who kind year since until from to org"
SECRETS = {"code", "password", "again", "proof"}  # typed anew
APART = {"web_sessions", "party_sessions", "log_in_delays", "readings", "audit_log"}  # kept of a refusal too
WELL = (200, 201, 303)
Sent = Mapping[str, Any]


@dataclass
class Walk:
    """One browser in front of a service whose transaction is never committed; what was found wrong, by form and field."""

    connection: Connection
    client: TestClient[Any]
    clock: Clock
    faults: list[str] = field(default_factory=list)
    shown_escaped: int = 0

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Nothing that happens within outlives it."""
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()

    def sit_down(self, staff_id: UUID, sessions: Any) -> None:
        """A session for this person, just proved by a second factor."""
        with sessions.begin() as session:
            issued = web_sessions.issue(session, staff_id, at=self.clock.now, user_agent="testclient")
            issued.web_session.proved_at = self.clock.now
        self.client.cookies.clear()
        self.client.cookies.set("cy_sid", issued.token)

    def shown(self, page: str, action: str) -> Shown:
        """The form of a page that is sent to this address."""
        answer = self.client.get(page)
        found = next((f for f in forms_of(answer.text) if re.fullmatch(action, f.action)), None)
        assert found is not None, f"{page} ({answer.status_code}) shows no form for {action}: {answer.text[-800:]}"
        return found

    def into(self, name: str, form: Shown, filled: Sent, files: Any = None) -> str:
        """Each hostile text in every field at once, then in those that take it; answers why the form as it was is not taken."""
        base, before = form.sent(dict(filled)), self._stored()
        with self.undone():
            answer = self._send(form.action, base, files)
        self.faults += [f"{name}, as it was: {fault}" for fault in self._judge(answer, "", before)]
        untaken = "" if answer.status_code in WELL else f"{answer.status_code}: {said(answer.text)}"
        for what, typed in HOSTILE.items():
            fields, typed = form.free_text, typed[: form.longest]
            for _ in range(MOST_ROUNDS):
                if not fields:
                    break
                with self.undone():
                    answer = self._send(form.action, {**base, **dict.fromkeys(fields, typed)}, files)
                    shown = "" if set(fields) <= SECRETS else typed
                    self.faults += [f"{name}, {what} in {fields}: {f}" for f in self._judge(answer, shown, before)]
                refused = [field for field in fields if anchor(field) in wrong_fields(answer.text)]
                if answer.status_code != 422 or not refused:
                    break
                fields = [field for field in fields if field not in refused]
        return untaken

    def ask_nonsense(self, path: str) -> None:
        """The page with nonsense in every filter it may have: a page, or a sentence."""
        for typed in (*HOSTILE.values(), "-1", "2026-13-45"):
            answer = self.client.get(path.partition("?")[0], params=dict.fromkeys(FILTERS.split(), typed[:200]))
            if answer.status_code >= 500 or SCRIPT in answer.text:
                self.faults.append(f"{path} asked {typed[:30]!r}: {answer.status_code}")

    def _send(self, action: str, data: Sent, files: Any) -> Any:
        """The answer; the browser keeps the cookies it had, for what they stand for is undone."""
        jar = self.client.cookies.jar
        before = list(jar)
        try:
            return self._sent(action, data, files)
        finally:
            jar.clear()
            for cookie in before:
                jar.set_cookie(cookie)

    def _sent(self, action: str, data: Sent, files: Any) -> Any:
        answer = self.client.post(action, data=data, files=files, follow_redirects=False)
        if answer.status_code == 409 and (seen := re.search(r'name="_seen" value="([^"]*)"', answer.text)):
            data = {**data, "_seen": seen[1]}  # a warning that was read
            answer = self.client.post(action, data=data, files=files, follow_redirects=False)
        return answer

    def _judge(self, answer: Any, typed: str, before: Any) -> Iterator[str]:
        page = answer.text
        if answer.status_code not in (*WELL, 409, 422):
            yield f"answered {answer.status_code}"
        elif answer.status_code not in WELL and self._stored() != before:
            yield f"{answer.status_code}, and something was kept: {_differing(before, self._stored())}"
        if answer.status_code in (409, 422):
            yield from _refused(page, typed)
        if answer.status_code == 303 and SCRIPT in typed:
            page = self.client.get(answer.headers["location"]).text
            self.shown_escaped += html.escape(SCRIPT) in page
        if SCRIPT in page:
            yield "the script is in the page"

    def _stored(self) -> Any:
        return self.connection.execute(_STORED).one()


def _refused(page: str, typed: str) -> Iterator[str]:
    if not wrong_fields(page) and 'class="errsum"' not in page and 'class="note danger"' not in page:
        yield "refused without a sentence"
    kept = "".join(c for c in typed if c.isprintable())
    if html.escape(kept) not in UNSEEN.sub("", page):
        yield "what was typed is not kept"


def wrong_fields(page: str) -> set[str]:
    """The fields that say what is wrong with them."""
    return set(re.findall(r'id="e-(f-[^"]+)"', page))


def said(page: str) -> str:
    """What the page says is wrong."""
    found = re.search(r'<div class="errsum.*?</div>', page, re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0] if found else page[-600:]))


def _differing(before: Any, after: Any) -> str:
    return ", ".join(name for name, a, b in zip(before._fields, before, after, strict=True) if a != b)


def _stored() -> Any:
    """How many rows of everything, the head of the journal, and how often anything moved."""
    names = [t.name for t in load_tables().metadata.sorted_tables if t.name not in APART]
    counts = ", ".join(f'(SELECT count(*) FROM "{name}") AS "{name}"' for name in names)
    head = "(SELECT max(seq) FROM journal) AS head, (SELECT sum(version) FROM subjects) AS moves"
    return text(f"SELECT {counts}, {head}")


_STORED = _stored()
