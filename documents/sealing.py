"""Carrying out the promise of a seal: rendered, sealed, looked at once more, stored, written to the record."""

import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from documents import demo_seals
from documents.fonts import fonts_directory
from documents.house import House, house
from documents.printing import render_record
from documents.seal import (
    HttpSealProvider,
    PadesSealProvider,
    SealFailed,
    SealFolder,
    SealOrder,
    SealProvider,
    time_stamper,
)
from documents.signatures import Finding, Level, Signature, found_in
from documents.store import Store
from documents.tables import SEALED, Record
from documents.verify import roots
from workflows import journal
from workflows.actor import SYSTEM_ACTOR

DEMO_MARK = "样本 不具效力"
ACCEPTED = {
    "seal server": (Signature.INTACT, Signature.STRANGER, Signature.UNREADABLE),  # its roots and algorithms are its own
}


def seal_record(sessions: sessionmaker[Session], body: dict[str, Any], now: datetime) -> None:
    """Set the electronic seal on one record's file; done before, it changes nothing.

    A signature is never the same twice: what counts is the one whose hash the register took. A worker killed before
    that leaves at most a file nobody refers to. Raises SealFailed or RenderFailed.
    """
    record_id = uuid.UUID(body["record_id"])
    render_record(sessions, body, now)
    with sessions() as session:
        record = session.get_one(Record, record_id)
        if record.sealed_sha256 or not record.pdf_sha256:
            return
        order = SealOrder(str(record.id), record.organisation_name, record.number or "", now)
        rendered, data = record.signed_sha256 or record.pdf_sha256, record.data_sha256
    sealing = provider(house())
    sealed = sealing.seal(Store(house().store).get(rendered), order)
    found = _sound(sealed, sealing.level, data or "", now)
    digest = Store(house().store).put(sealed)
    with sessions.begin() as session:
        _write_down(session, record_id, digest, len(sealed), sealing.level, found, now)


@lru_cache(4)
def provider(house: House) -> SealProvider:
    """Whoever sets the seals of this house; raises SealFailed where nobody does."""
    if house.seal_server:
        return HttpSealProvider(house.seal_server, house.seal_token)
    if house.seals is None:
        raise SealFailed("没有接入电子印章。")
    font = fonts_directory() / "song.ttf"
    if house.demo:
        return DemoSealProvider(demo_seals.prepare(house.seals), font, stamper=stamper(house), lower=DEMO_MARK)
    return PadesSealProvider(SealFolder(house.seals), font, stamper=stamper(house))


def stamper(house: House) -> Any:
    """The time-stamp authority of this house, None where it has none; a demo stamps the time itself."""
    if house.stamps:
        return time_stamper(house.stamps)
    return demo_seals.stamper(demo_seals.prepare(house.seals)) if house.demo and house.seals is not None else None


class DemoSealProvider(PadesSealProvider):
    """Makes the seal of an organisation when it is first needed."""

    def seal(self, pdf: bytes, order: SealOrder) -> bytes:
        demo_seals.ensure_seal(self.folder, order.organisation)
        return super().seal(pdf, order)


def _sound(sealed: bytes, level: str, data_sha256: str, now: datetime) -> Finding:
    """The finished file as a stranger finds it, before anybody can download it."""
    found = found_in(sealed, roots(), now)
    if found.signature not in ACCEPTED.get(level, (Signature.INTACT,)):
        raise SealFailed(f"加盖后的文件没有通过核验（{found.sentence}），没有采用。")
    if found.data_sha256 != data_sha256:
        raise SealFailed("加盖后的文件所附数据与登记不一致，没有采用。")
    return found


def _write_down(
    session: Session, record_id: uuid.UUID, digest: str, size: int, level: str, found: Finding, now: datetime
) -> None:
    record = session.get_one(Record, record_id, with_for_update=True)
    if record.sealed_sha256:
        return
    record.sealed_sha256 = digest
    record.stamp_until = datetime.fromisoformat(found.lasts_until) if found.level is Level.B_LTA else None
    reached = found.level or level
    data = {"sha256": digest, "bytes": size, "level": reached, "data_sha256": record.data_sha256}
    journal.record(session, record_id, SEALED, data, by=SYSTEM_ACTOR, at=now)
