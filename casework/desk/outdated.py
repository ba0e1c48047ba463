"""The notice that calls people to a sitting which was moved since: paper does not move with it, and is corrected by a new one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.tables import Sitting
from documents.contents import SessionNotice, Unprintable, complete
from documents.tables import Record
from documents.wording import moment

NOTICE = "session_notice"
NO_LONGER_USED = ("voided", "superseded")


@dataclass(frozen=True, slots=True)
class Outdated:
    """A notice, with the words it prints and those that are true now, as its correction (更正) asks for them."""

    record: Record
    changes: Sequence[tuple[str, str]]


def notices(session: Session, held: Sitting) -> list[Record]:
    """The notices in use that call people to this sitting, the newest last."""
    query = select(Record).where(
        Record.root_id == held.subject_id, Record.kind_id == NOTICE, Record.state.not_in(NO_LONGER_USED)
    )
    found = session.scalars(query.order_by(Record.number, Record.id))
    return [record for record in found if (said := _said(record)) is not None and said.session == held.number]


def of_another_time(session: Session, held: Sitting) -> list[Outdated]:
    """Those that say another time or place than the sitting has now."""
    found = [(record, _said(record)) for record in notices(session, held)]
    return [Outdated(record, changes) for record, said in found if said and (changes := _changes(said, held))]


def names(records: Iterable[Record]) -> str:
    return "、".join(f"《{record.title}》{record.number or ''}" for record in records)


def _said(record: Record) -> SessionNotice | None:
    try:
        content = complete(NOTICE, record.frozen["data"]) if record.frozen else None
    except Unprintable:
        return None
    return content if isinstance(content, SessionNotice) else None


def _changes(said: SessionNotice, held: Sitting) -> list[tuple[str, str]]:
    was = (moment(said.starts_at) if said.starts_at else "", said.place, said.video)
    becomes = (moment(held.starts_at), held.place or said.place, held.video_link)
    return [(old, new) for old, new in zip(was, becomes, strict=True) if old != new]
