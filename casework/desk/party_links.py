"""The address in a text by which a participant comes to its case without typing its number.

A secret is made when the text leaves and stands nowhere but in that text; here only its hash is kept. It leads to one
entering and ends after three days. Whoever has it still needs the code, which goes to the telephone in the case.
"""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from casework.desk.tables import PartyLink
from workflows.module import registry
from workflows.tables import Subject

VALID_FOR = timedelta(days=3)
KEPT = timedelta(days=30)
PLACE = "〔登录链接〕"  # what stands in a text that is kept
PATH = "/my/l/"


def make(session: Session, root_id: uuid.UUID, participant_id: uuid.UUID, at: datetime) -> str:
    """The path with a new secret, for a text that is about to leave."""
    token = secrets.token_urlsafe(16)
    session.add(
        PartyLink(
            token_hash=_hash(token),
            root_id=root_id,
            participant_id=participant_id,
            made_at=at,
            ends_at=at + VALID_FOR,
            used_at=None,
        )
    )
    session.flush()
    return PATH + token


def living(session: Session, token: str, at: datetime) -> PartyLink | None:
    """The link of this secret while it still leads somewhere."""
    found = session.scalars(select(PartyLink).where(PartyLink.token_hash == _hash(token[:100]))).first()
    return found if found is not None and found.used_at is None and at < found.ends_at else None


def telephone(session: Session, link: PartyLink) -> tuple[str, str]:
    """Number of the case and telephone of the participant as they are now; empty where there is none."""
    root = session.get_one(Subject, link.root_id)
    reveal = registry.module_for(root).reveal
    phone = reveal(session, root, link.participant_id, "phone") if reveal else None
    return root.number or "", phone or ""


def spend(session: Session, link_id: uuid.UUID | None, at: datetime) -> None:
    """Somebody has entered by it: it leads nowhere from now on."""
    session.execute(update(PartyLink).where(PartyLink.id == link_id).values(used_at=at))


def sweep(session: Session, at: datetime) -> None:
    session.execute(delete(PartyLink).where(PartyLink.ends_at < at - KEPT))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
