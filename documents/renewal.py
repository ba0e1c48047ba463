"""Renewing the archive time-stamps of sealed records (PAdES B-LTA): before the newest one ends, the next is laid over it.

The file grows by the stamp and the data the one before is judged by; its beginning stays byte for byte, and the register
knows the file before as well as the one after.
"""

import uuid
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from documents.house import house
from documents.seal import SealFailed, apart, covered_by_the_stamp, not_signed, trust, why_not
from documents.sealing import stamper
from documents.signatures import Finding, Level, Signature, found_in
from documents.store import Store
from documents.tables import EarlierFile, Record
from documents.verify import roots
from union.house_rules import HouseRule
from workflows import journal, outbox
from workflows.actor import SYSTEM_ACTOR
from workflows.settings import value_on
from workflows.tables import OUTBOX, legal_date

RENEW = "documents.renew"
RENEWED = "seal_renewed"
NO_STAMPER = "没有接入时间戳服务（CASEWORK_TIMESTAMPS），不能续加归档时间戳"
DAYS_BEFORE = HouseRule("seals.renew_days_before", "归档时间戳到期前多少天续期", 180, "9-15", unit="天")


def promise_renewals(session: Session, now: datetime) -> int:
    """Promise the renewal of every seal whose newest time-stamp ends soon, each once; answers how many."""
    if not house().sealing:
        return 0
    waiting = select(OUTBOX.c.subject_id).where(OUTBOX.c.topic == RENEW, OUTBOX.c.status != "done")
    soon = Record.stamp_until < now + timedelta(days=_days_before(session, now))
    due = session.scalars(select(Record.id).where(soon, Record.id.not_in(waiting)).order_by(Record.stamp_until)).all()
    for record_id in due:
        outbox.put(session, RENEW, {"record_id": str(record_id)}, at=now, subject_id=record_id)
    return len(due)


def renew_record(sessions: sessionmaker[Session], body: dict[str, Any], now: datetime) -> None:
    """Lay the next time-stamp over one record's file; done before, it changes nothing. Raises SealFailed."""
    record_id = uuid.UUID(body["record_id"])
    with sessions() as session:
        record = session.get_one(Record, record_id)
        before, data, ends = record.sealed_sha256, record.data_sha256, record.stamp_until
        if before is None or ends is None or ends >= now + timedelta(days=_days_before(session, now)):
            return
    content = renewed(Store(house().store).get(before), roots().parent)
    found = _sound(content, data or "", ends)
    digest = Store(house().store).put(content)
    with sessions.begin() as session:
        _write_down(session, record_id, before, digest, len(content), found, now)


def renewed(sealed: bytes, folder: Path) -> bytes:
    """The file with the next archive time-stamp over it. Raises SealFailed."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign import PdfTimeStamper

    class Stamp(PdfTimeStamper):
        """pyHanko's way to renew offers no choice of where the validation data goes."""

        async def async_timestamp_pdf(self, *given: Any, **named: Any) -> Any:
            return await super().async_timestamp_pdf(*given, dss_settings=covered_by_the_stamp(), **named)

    authority = stamper(house())
    if authority is None:
        raise SealFailed(f"{NO_STAMPER}。")
    failures: tuple[type[Exception], ...] = (*not_signed(), ValueError)
    try:
        add = Stamp(authority).update_archival_timestamp_chain
        grown: BytesIO = apart(add, PdfFileReader(BytesIO(sealed)), trust(folder), in_place=False)
    except failures as error:
        raise SealFailed(f"未能续加归档时间戳：{why_not(error)}。") from error
    content = grown.getvalue()
    if not content.startswith(sealed):
        raise SealFailed("续加时间戳后的文件改动了原文件，没有采用。")
    return content


def _sound(content: bytes, data_sha256: str, ends: datetime) -> Finding:
    """The file as a stranger finds it: whole, of the same data, and good for longer than before."""
    found = found_in(content, roots())
    if found.signature is not Signature.INTACT or found.data_sha256 != data_sha256 or found.level is not Level.B_LTA:
        raise SealFailed(f"续加时间戳后的文件没有通过核验（{found.sentence}），没有采用。")
    if datetime.fromisoformat(found.lasts_until) <= ends:
        raise SealFailed("时间戳服务的证书没有换新，续加的时间戳不会更久，没有采用：请更换时间戳服务或者其证书。")
    return found


def _days_before(session: Session, now: datetime) -> int:
    return int(value_on(session, legal_date(now), DAYS_BEFORE))


def _write_down(
    session: Session, record_id: uuid.UUID, before: str, digest: str, size: int, found: Finding, now: datetime
) -> None:
    record = session.get_one(Record, record_id, with_for_update=True)
    if record.sealed_sha256 != before:
        return
    session.add(EarlierFile(record_id=record_id, sha256=before, replaced_by=digest, replaced_at=now))
    record.sealed_sha256, record.stamp_until = digest, datetime.fromisoformat(found.lasts_until)
    data = {"sha256": digest, "before": before, "bytes": size, "level": found.level, "lasts_until": found.lasts_until}
    journal.record(session, record_id, RENEWED, data, by=SYSTEM_ACTOR, at=now)
