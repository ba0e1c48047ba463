"""The public check of a record: number, kind, date, organisation and state; never a name."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.exceptions import TooManyRequestsException
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from documents.tables import Record
from web.pages import page, redirect
from web.visitor import address_of
from workflows.module import registry

LONGEST = 80
SPAN, MOST_ASKED, MOST_ADDRESSES = timedelta(minutes=10), 20, 10_000
GATE = Lock()
CODE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@get("/verify", opt={"action": "verify.public"}, sync_to_thread=True)
def verify_page(request: Request[Any, Any, Any], code: str = "") -> Response[Any]:
    if code.strip():
        return redirect(request, f"/verify/{quote(code.strip()[:LONGEST], safe='')}")
    return page(request, "desk/verify.html", code="", found=None, asked=False)


@get("/verify/{code:str}", opt={"action": "verify.public"}, sync_to_thread=True)
def verify_code(request: Request[Any, Any, Any], session: Session, now: datetime, code: str) -> Response[Any]:
    record = _by_code(session, code[:LONGEST])
    if record is None:
        _slow_down(request, now)
        record = _by_number(session, code[:LONGEST].strip())
    if record is None:
        return page(request, "desk/verify.html", status=404, code=code[:LONGEST], found=None, asked=True)
    state = registry.workflow_for(record).state_by_id[record.state]
    found = {
        "文书种类": record.title,
        "文号": record.number or "",
        "出具日期": record.issued_on,
        "出具单位": record.organisation_name,
    }
    dead = state.closed in ("void", "superseded")
    return page(request, "desk/verify.html", code=code[:LONGEST], found=found, asked=True, state=state.label, dead=dead)


def _slow_down(request: Request[Any, Any, Any], now: datetime) -> None:
    """Numbers follow one another: who tries them through gets 429; a code in hand is always answered."""
    with GATE:
        held: dict[str, deque[datetime]] | None = request.app.state.get("numbers_asked")
        if held is None or len(held) > MOST_ADDRESSES:
            held = request.app.state["numbers_asked"] = {}
        asked = held.setdefault(address_of(request), deque())
        while asked and now - asked[0] >= SPAN:
            asked.popleft()
        if len(asked) >= MOST_ASKED:
            raise TooManyRequestsException
        asked.append(now)


def _by_code(session: Session, code: str) -> Record | None:
    """However it was typed; drafts are nobody's business."""
    typed = "".join(letter for letter in code.upper() if letter in CODE_LETTERS)
    if len(typed) < 12:
        return None
    grouped = "-".join(typed[i : i + 4] for i in range(0, len(typed), 4))
    return session.scalars(_issued().where(Record.verify_code.in_((typed, grouped))).limit(1)).first()


def _by_number(session: Session, number: str) -> Record | None:
    return session.scalars(_issued().where(Record.number == number).limit(1)).first()


def _issued() -> Select[Record]:
    return select(Record).where(Record.verify_code.is_not(None), Record.issued_on.is_not(None))
