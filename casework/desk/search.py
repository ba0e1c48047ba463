"""Finding a case by part of its number, a name, pinyin initials or an enterprise, alike on both databases.

Words are cut into pairs of characters kept as rows: SQLite's trigram index is silent on two-character Chinese words and
PostgreSQL's is slow on them. The pairs narrow the search, the stored text decides it.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from casework.desk.tables import SearchTerm, SearchText
from union.people import initials
from workflows.form import Step
from workflows.module import registry
from workflows.tables import Subject

MOST_GRAMS = 600
LONGEST_QUERY = 40
SEPARATOR = "\n"


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
    before = set(session.scalars(select(SearchTerm.gram).where(SearchTerm.root_id == root.id)))
    after = grams(text)
    known.text, known.summary, known.updated_at = text, summary, at
    if before - after:
        session.execute(delete(SearchTerm).where(SearchTerm.root_id == root.id, SearchTerm.gram.in_(before - after)))
    _add(session, root.id, after - before)


def found(query: str, root_id: Any = Subject.root_id) -> ColumnElement[bool] | None:
    """The condition that a root has all the words typed; None for an empty query."""
    parts = [part for part in normal(query.split()).split(SEPARATOR) if part]
    if not parts:
        return None
    wanted = sorted({gram for part in parts for gram in _pairs(part)})
    hits = select(SearchText.root_id)
    if wanted:
        hits = hits.where(
            SearchText.root_id.in_(
                select(SearchTerm.root_id)
                .where(SearchTerm.gram.in_(wanted))
                .group_by(SearchTerm.root_id)
                .having(func.count() == len(wanted))
            )
        )
    for part in parts:
        hits = hits.where(SearchText.text.contains(part, autoescape=True))
    return root_id.in_(hits)


def normal(words: Iterable[str]) -> str:
    """Comparable text: NFKC, lower case, without punctuation, each Chinese word followed by its pinyin initials."""
    kept = []
    for word in words:
        plain = re.sub(r"[^\w]", "", unicodedata.normalize("NFKC", word[:300]).lower().replace("_", ""))
        kept.append(plain)
        if plain and not plain.isascii() and len(plain) <= 40:
            kept.append(initials(plain))
    return SEPARATOR.join(dict.fromkeys(word for word in kept if word))


def grams(text: str) -> set[str]:
    return set(sorted({gram for word in text.split(SEPARATOR) for gram in _pairs(word)})[:MOST_GRAMS])


def listen(step: Step) -> None:
    """Keep the words of the root up to date inside the step's own transaction."""
    if step.subject_id == step.root_id or step.session.get(SearchText, step.root_id) is not None:
        index(step.session, step.root, step.at)


def reindex(session: Session, root_id: uuid.UUID, at: datetime) -> None:
    index(session, session.get_one(Subject, root_id), at)


def _pairs(word: str) -> set[str]:
    return {word[i : i + 2] for i in range(len(word) - 1)}


def _add(session: Session, root_id: uuid.UUID, added: Iterable[str]) -> None:
    rows = [{"gram": gram, "root_id": root_id} for gram in sorted(added)]
    if rows:
        session.execute(insert(SearchTerm), rows)
