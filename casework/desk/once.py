"""A form sent twice is carried out once: what is no step has the same kind of key as a step."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.tables import IdempotencyKey

A_PIECE = 1024 * 1024  # of a file: it may be larger than what is taken


def first_time(session: Session, actor: Actor, posted: Any, at: datetime, place: str = "") -> bool:
    """Take the key the page was shown with; False when this very form was carried out before.

    Another text sent from the same page, after a step back in the browser, is another form: it must not be lost.
    So is the same text sent to another ``place``.
    """
    key = _key(posted, place)
    if not key:
        return True
    table = IdempotencyKey.__table__
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    taken = (
        dialect.insert(table)
        .values(actor=actor.key, key=key, fingerprint="", answer={}, at=at)
        .on_conflict_do_nothing()
        .returning(table.c.key)
    )
    return session.execute(taken).first() is not None


def carried_out(session: Session, actor: Actor, posted: Any, place: str = "") -> bool:
    """This very form was carried out before, whatever it would be answered now; takes nothing."""
    key = _key(posted, place)
    table = IdempotencyKey.__table__
    known = select(table.c.key).where(table.c.actor == actor.key, table.c.key == key)
    return bool(key) and session.execute(known).first() is not None


def _key(posted: Any, place: str) -> str:
    shown = str(posted.get("_key", ""))[:40]
    return f"desk:{shown}:{_digest(posted, place)}" if shown else ""


def _digest(posted: Any, place: str) -> str:
    pairs = posted.multi_items() if hasattr(posted, "multi_items") else posted.items()
    sent = sorted((name, _text(value)) for name, value in pairs if not name.startswith("_"))
    return hashlib.sha256(repr((place, sent)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _text(value: Any) -> str:
    if not hasattr(value, "file"):
        return str(value)
    digest = hashlib.sha256()
    value.file.seek(0)
    while piece := value.file.read(A_PIECE):
        digest.update(piece)
    value.file.seek(0)
    return digest.hexdigest()
