"""Secret addresses for calendar programs: shown once, stored as a hash, revoked by their owner, dead with the account."""

import hashlib
import secrets
import uuid
from collections import deque
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from casework.desk.tables import CalendarLink
from union.access import actor_for
from workflows.actor import Actor

MOST_LINKS = 10
USED_EVERY = timedelta(minutes=5)  # last_used_at is written at most this often


class TooManyLinks(ValueError):
    """One person needs few; a forgotten one is better revoked."""


def make(session: Session, staff_id: uuid.UUID, label: str, whose: str, at: datetime) -> str:
    """The secret of a new link, which nobody can be told again; raises TooManyLinks."""
    alive = select(func.count()).where(CalendarLink.staff_id == staff_id, CalendarLink.revoked_at.is_(None))
    if (session.scalar(alive) or 0) >= MOST_LINKS:
        raise TooManyLinks(f"最多保留 {MOST_LINKS} 个订阅地址，先撤销不再使用的。")
    token = secrets.token_urlsafe(32)
    session.add(CalendarLink(staff_id=staff_id, token_hash=_hash(token), label=label, whose=whose, created_at=at))
    session.flush()
    return token


def links(session: Session, staff_id: uuid.UUID) -> list[CalendarLink]:
    """The links of a person, those in use first."""
    query = select(CalendarLink).where(CalendarLink.staff_id == staff_id)
    return list(session.scalars(query.order_by(CalendarLink.revoked_at.is_not(None), CalendarLink.id.desc()).limit(50)))


def revoke(session: Session, staff_id: uuid.UUID, link_id: uuid.UUID, at: datetime) -> bool:
    """End one of one's own links; False when there is none such alive."""
    ended = (
        update(CalendarLink)
        .where(CalendarLink.id == link_id, CalendarLink.staff_id == staff_id, CalendarLink.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(CalendarLink.id)
    )
    return session.execute(ended).first() is not None


def opened_by(session: Session, token: str, at: datetime) -> tuple[CalendarLink, Actor] | None:
    """The link of a secret and whose it is, with the roles that person holds today; None once either is gone."""
    query = select(CalendarLink).where(CalendarLink.token_hash == _hash(token), CalendarLink.revoked_at.is_(None))
    link = session.scalars(query).first()
    if link is None:
        return None
    try:
        return link, actor_for(session, link.staff_id, at)
    except LookupError:
        return None


def note_use(link: CalendarLink, writing: sessionmaker[Session], at: datetime) -> None:
    """In a short transaction of its own, because reading changes nothing else."""
    if link.last_used_at is not None and at - link.last_used_at < USED_EVERY:
        return
    with writing.begin() as session:
        session.execute(update(CalendarLink).where(CalendarLink.id == link.id).values(last_used_at=at))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Pace:
    """How often somebody may ask within a time, counted in this process; what is long past is forgotten."""

    def __init__(self, most: int, within: timedelta) -> None:
        self.most, self.within = most, within
        self._asked: dict[str, deque[datetime]] = {}

    def wait(self, who: str, at: datetime) -> timedelta:
        """Count one question; zero, or how long until the next is heard."""
        self._forget(at)
        asked = self._asked.setdefault(who, deque())
        if len(asked) >= self.most:
            return asked[0] + self.within - at
        asked.append(at)
        return timedelta()

    def _forget(self, at: datetime) -> None:
        for who in list(self._asked):
            asked = self._asked[who]
            while asked and at - asked[0] >= self.within:
                asked.popleft()
            if not asked:
                del self._asked[who]
