"""What somebody is typing, kept encrypted for the writer alone until it is sent, thrown away or thirty days old."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from casework.desk.tables import Draft
from union.access import visible
from workflows.actor import Actor
from workflows.encryption import keyring
from workflows.tables import Subject

KEPT = timedelta(days=30)
MOST_CHARACTERS = 500_000
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A draft as its writer finds it again."""

    place: str  # the address at which it is typed on
    title: str
    number: str  # of the case; empty where it has none, or where it is of no case
    case: str
    at: datetime
    until: datetime


def draft(session: Session, actor: Actor, place: str) -> str:
    found = session.get(Draft, (actor.id, place)) if actor.id else None
    return keyring().unseal(found.sealed, "drafts", str(actor.id), place).decode() if found is not None else ""


def keep(
    session: Session,
    actor: Actor,
    place: str,
    text: str,
    at: datetime,
    *,
    title: str = "",
    root_id: uuid.UUID | None = None,
) -> bool:
    """Keep the text in place of the one kept before; an empty one is a draft thrown away, an endless one is not kept."""
    assert actor.id is not None
    if len(text) > MOST_CHARACTERS:
        return False
    if not text.strip():
        discard(session, actor, place)
        return True
    sealed = keyring().seal(text.encode(), "drafts", str(actor.id), place)
    session.merge(Draft(writer_id=actor.id, place=place, title=title, root_id=root_id, sealed=sealed, at=at))
    return True


def discard(session: Session, actor: Actor, place: str) -> None:
    session.execute(delete(Draft).where(Draft.writer_id == actor.id, Draft.place == place))


def sweep(session: Session, at: datetime) -> None:
    session.execute(delete(Draft).where(Draft.at < at - KEPT))


def drafts_of(session: Session, actor: Actor, at: datetime) -> list[Listed]:
    """The writer's drafts, newest first; a case that may no longer be seen is not named, nor is its draft."""
    table = Subject.__table__
    query = (
        select(Draft.place, Draft.title, Draft.at, table.c.number, table.c.title.label("case"))
        .outerjoin(table, table.c.id == Draft.root_id)
        .where(Draft.writer_id == actor.id, Draft.at >= at - KEPT)
        .where(Draft.root_id.is_(None) | visible(session, actor, at=at, roots=True))
        .order_by(Draft.at.desc())
        .limit(MOST_LISTED)
    )
    return [
        Listed(place, title or "草稿", number or "", number or case or "", kept, kept + KEPT)
        for place, title, kept, number, case in session.execute(query)
    ]


# --- a whole form as one text


def as_text(posted: Any) -> str:
    """What was typed into a form, without its files and hidden fields; empty when nothing was."""
    pairs = posted.multi_items() if hasattr(posted, "multi_items") else posted.items()
    said: dict[str, list[str]] = {}
    for name, value in pairs:
        if isinstance(value, str) and value.strip() and not name.startswith("_"):
            said.setdefault(name, []).append(value)
    return json.dumps(said, ensure_ascii=False) if said else ""


def as_posted(text: str) -> Mapping[str, list[str]]:
    """The form as it was sent, for ``web.forms.shown_again``."""
    said = json.loads(text) if text else {}
    return said if isinstance(said, dict) else {}
