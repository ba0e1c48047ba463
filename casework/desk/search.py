"""Finding a case by part of its number, a name, pinyin initials, an enterprise, a mobile number or the tail of one.

Words are cut into pieces kept as rows, alike on both databases: SQLite's trigram index is silent on two-character Chinese
words and PostgreSQL's is slow on them. Of the pieces typed the rarest narrows the search; the stored text decides it.
A mobile number stands nowhere in that text: each module finds it by its blind index.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, select, true, union_all
from sqlalchemy.orm import Session

from casework.desk.tables import SearchTerm, SearchText
from documents.numbering import spellings
from union.people import initials
from workflows.form import Step
from workflows.module import registry
from workflows.tables import Subject

MOST_PIECES = 20_000  # of one case: 2,000 workers, the most a list brings, have about half as many
MOST_ASKED = 16  # pieces of one question whose frequency is looked up
LONGEST_QUERY = 40
SHORTEST_QUERY = 2
MOST_ALIKE = 20  # cases with a number that only begins like the one asked for
COMMON = 2_000  # a piece found in more cases than this narrows nothing: only the newest of them are looked through
SEPARATOR = "\n"
MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question made ready: the pieces to look up and the text that must stand there."""

    parts: tuple[str, ...]
    rarest: str
    common: bool  # even the rarest piece is in very many cases
    phones: tuple[str, ...] = ()  # in full

    def of(self, root_id: Any = Subject.root_id) -> ColumnElement[bool]:
        """The root holds every word typed; of a piece that is too common, among the newest cases only."""
        if not self.parts:
            return self._called(root_id)
        holding = select(SearchTerm.root_id).where(SearchTerm.gram == self.rarest).order_by(SearchTerm.root_id.desc())
        narrowed = holding.limit(COMMON).subquery()
        others = [part for part in self.parts if part != self.rarest]  # a word that is itself a piece is found by it
        held = root_id.in_(select(narrowed.c.root_id).where(self._decides(narrowed.c.root_id, others)))
        return and_(held, self._called(root_id)) if self.phones else held

    def among(self, root_id: Any = Subject.root_id) -> ColumnElement[bool]:
        """The same for a list that is short already: exact, however common the words."""
        if not self.common:
            return self.of(root_id)
        return and_(self._decides(root_id, self.parts), self._called(root_id))

    def _called(self, root_id: Any) -> ColumnElement[bool]:
        """Somebody in the case has each number typed in full."""
        return and_(true(), *(root_id.in_(union_all(*_with_phone(number))) for number in self.phones))

    def _decides(self, root_id: Any, parts: Iterable[str]) -> ColumnElement[bool]:
        """A subquery for the text of one case, which no planner turns into reading every text."""
        text = select(SearchText.text).where(SearchText.root_id == root_id).scalar_subquery()
        return and_(true(), *(text.contains(part, autoescape=True) for part in parts))


def wanted(session: Session, query: str) -> Wanted | None:
    """What to look for, in one statement; None for an empty query. ``too_short`` has refused single characters."""
    phones, words = _phones(query)
    parts = _parts(words)
    pieces = sorted({piece for part in parts for piece in _pieces(part)}, key=lambda piece: (-len(piece), piece))
    if not pieces:
        return Wanted((), "", False, phones) if phones else None
    times = _times(session, pieces[:MOST_ASKED])
    rarest = min(times, key=lambda piece: times[piece])
    return Wanted(tuple(parts), rarest, times[rarest] > COMMON, phones)


def too_short(query: str) -> bool:
    """Something was typed, but no word of it has two characters: half of all cases hold any one character."""
    parts = _parts(query)
    return bool(query.strip()) and not any(len(part) >= SHORTEST_QUERY for part in parts)


def numbered(session: Session, typed: str, seen: ColumnElement[bool]) -> Subject | None:
    """The one case among those ``seen`` that has this number or had it at registration, however its brackets are typed."""
    meant = spellings(typed)
    found = session.scalars(select(Subject).where(Subject.number.in_(meant), Subject.id == Subject.root_id, seen)).all()
    if not found and all(re.search(kind, typed) for kind in (r"[^\W\d]", r"\d{4}")):  # a telephone is no number
        found = [root for word in meant for root in _having(session, _plain(word), seen)]
    return found[0] if len({root.id for root in found}) == 1 else None


def _having(session: Session, word: str, seen: ColumnElement[bool]) -> list[Subject]:
    known = wanted(session, word)
    if known is None:
        return []
    query = select(Subject, SearchText.text).join(SearchText, SearchText.root_id == Subject.id)
    alike = session.execute(query.where(known.of(), seen).limit(MOST_ALIKE))
    return [root for root, text in alike if word in text.split(SEPARATOR)]


def index(session: Session, root: Subject, at: datetime) -> None:
    """Make a root subject findable by its present words; writes only what changed."""
    module = registry.module_for(root)
    words = [root.number or "", root.title, *(module.search(session, root) if module.search else ())]
    text = normal(words)
    summary = (module.summary(session, root) if module.summary else root.title)[:300]
    known = session.get(SearchText, root.id)
    if known is not None and known.text == text and known.summary == summary:
        return
    if known is None:
        session.add(SearchText(root_id=root.id, text=text, summary=summary, updated_at=at))
        session.flush()
        _add(session, root.id, grams(text))
        return
    before, after = grams(known.text), grams(text)
    known.text, known.summary, known.updated_at = text, summary, at
    if before - after:
        session.execute(delete(SearchTerm).where(SearchTerm.root_id == root.id, SearchTerm.gram.in_(before - after)))
    _add(session, root.id, after - before)


def normal(words: Iterable[str]) -> str:
    """Comparable text: NFKC, lower case, without punctuation, each Chinese word followed by its pinyin initials."""
    kept = []
    for word in words:
        plain = _plain(word[:300])
        kept.append(plain)
        if plain and not plain.isascii() and len(plain) <= 40:
            kept.append(initials(plain))
    return SEPARATOR.join(dict.fromkeys(word for word in kept if word))


def grams(text: str) -> set[str]:
    """Every piece of every word of a normalised text."""
    return set(sorted({piece for word in text.split(SEPARATOR) for piece in _pieces(word)})[:MOST_PIECES])


def listen(step: Step) -> None:
    """Keep the words of the root up to date inside the step's own transaction."""
    if step.subject_id == step.root_id or step.session.get(SearchText, step.root_id) is not None:
        index(step.session, step.root, step.at)


def reindex(session: Session, root_id: uuid.UUID, at: datetime) -> None:
    index(session, session.get_one(Subject, root_id), at)


def _parts(query: str) -> list[str]:
    """The words typed, comparable; a part of a number is typed with its brackets or without."""
    return list(dict.fromkeys(filter(None, (_plain(word) for word in query[:LONGEST_QUERY].split()))))


def _phones(query: str) -> tuple[tuple[str, ...], str]:
    """The mobile numbers typed in full, and the other words; the last four digits where no module can find a number."""
    words = [query] if _mobile(query) else query[:LONGEST_QUERY].split()
    phones = tuple(dict.fromkeys(filter(None, map(_mobile, words))))
    others = [word for word in words if not _mobile(word)]
    if not any(module.telephone for module in registry.modules.values()):
        return (), " ".join([*others, *(number[-4:] for number in phones)])
    return phones, " ".join(others)


def _mobile(typed: str) -> str:
    found = MOBILE.fullmatch(re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", typed)))
    return found[1] if found else ""


def _with_phone(number: str) -> list[Any]:
    return [module.telephone(number) for module in registry.modules.values() if module.telephone]


def _plain(word: str) -> str:
    return re.sub(r"[^\w]", "", unicodedata.normalize("NFKC", word).lower().replace("_", ""))


def _pieces(word: str) -> set[str]:
    """Every two characters; of letters also every three and of digits every four, which are much rarer."""
    pieces = _cut(word, 2)
    for letters in re.findall(r"[a-z]{3,}", word):
        pieces |= _cut(letters, 3)
    for digits in re.findall(r"[0-9]{4,}", word):
        pieces |= _cut(digits, 4)
    return pieces


def _cut(word: str, size: int) -> set[str]:
    return {word[i : i + size] for i in range(len(word) - size + 1)}


def _times(session: Session, pieces: list[str]) -> dict[str, int]:
    """In how many cases each piece is, counted no further than ``COMMON``."""
    counted = []
    for piece in pieces:
        some = select(SearchTerm.root_id).where(SearchTerm.gram == piece).limit(COMMON + 1).subquery()
        counted.append(select(literal(piece).label("piece"), func.count().label("times")).select_from(some))
    return {row.piece: row.times for row in session.execute(union_all(*counted))}


def _add(session: Session, root_id: uuid.UUID, added: Iterable[str]) -> None:
    rows = [{"gram": gram, "root_id": root_id} for gram in sorted(added)]
    if rows:
        session.execute(insert(SearchTerm), rows)
