"""What is stored of an official record beside the subject it is."""

import json
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.encryption import keyring
from workflows.tables import Base, Subject, new_id

SEALED = "record_sealed"  # the entry of the journal: who holds the file, its hash, when the seal was set


class Record(Subject):
    """An official record (文书): number, frozen content, files and the marks it still needs."""

    __tablename__ = "records"
    __table_args__: Any = (UniqueConstraint("series", "serial"),)
    __mapper_args__ = {"polymorphic_identity": "record"}

    id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    kind_id: Mapped[str] = mapped_column(String(60))
    type_code: Mapped[str] = mapped_column(String(20), default="")
    series: Mapped[str | None] = mapped_column(String(120))
    serial: Mapped[int | None]
    issued_on: Mapped[date | None]
    organisation_name: Mapped[str] = mapped_column(String(200), default="")
    sealed_data: Mapped[bytes | None] = mapped_column(LargeBinary)
    data_sha256: Mapped[str | None] = mapped_column(String(64))
    pdf_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    signed_sha256: Mapped[str | None] = mapped_column(String(64), index=True)  # the electronic original, signed
    sealed_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    stamp_until: Mapped[datetime | None] = mapped_column(index=True)  # the newest archive time-stamp over the seal
    toolchain: Mapped[str] = mapped_column(String(16), default="")
    verify_code: Mapped[str | None] = mapped_column(String(20), unique=True)
    original: Mapped[str] = mapped_column(String(20), default="electronic")  # electronic | paper
    needs_seal: Mapped[bool] = mapped_column(default=False)
    signers: Mapped[list[Any]] = mapped_column(
        default=list
    )  # who must sign: [{"key", "part", "name", "side", "staff"}]
    addressees: Mapped[list[Any]] = mapped_column(default=list)  # on whom it must be served, likewise
    ended_because: Mapped[str] = mapped_column(String(500), default="")  # why it is void or superseded
    superseded_by: Mapped[uuid.UUID | None]  # the correction that took its place
    corrects: Mapped[uuid.UUID | None]  # the record whose place it took

    @property
    def frozen(self) -> dict[str, Any] | None:
        """The content as frozen when the record was finalised (or as it stands, while a draft)."""
        if self.sealed_data is None:
            return None
        content: dict[str, Any] = json.loads(keyring().unseal(self.sealed_data, "records", "data", str(self.id)))
        return content

    def keep(self, canonical: bytes) -> None:
        self.sealed_data = keyring().seal(canonical, "records", "data", str(self.id))


class EarlierFile(Base):
    """A sealed file that another took the place of when its archive time-stamp was renewed; it stays genuine."""

    __tablename__ = "record_earlier_files"
    __table_args__: Any = ({"info": {"append_only": True}},)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("records.id"), index=True)
    replaced_by: Mapped[str] = mapped_column(String(64))
    replaced_at: Mapped[datetime]


class RecordSignature(Base):
    """One person's signature of a record, or that person's refusal to sign."""

    __tablename__ = "record_signatures"
    __table_args__ = (UniqueConstraint("record_id", "signer"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("records.id"))
    signer: Mapped[str] = mapped_column(String(60))  # the key of Record.signers: a party's id, "mediator", "recorder"
    part: Mapped[str] = mapped_column(String(40))  # party | mediator | recorder | ...
    name: Mapped[str] = mapped_column(String(200))
    signed_on: Mapped[date]
    agent: Mapped[str] = mapped_column(String(100), default="")  # who signed in the person's name
    way: Mapped[str] = mapped_column(String(20), default="paper")  # paper | fingerprint | stamp | pad | staff
    data_sha256: Mapped[str] = mapped_column(String(64))  # of the very content that was signed
    refused_because: Mapped[str] = mapped_column(String(500), default="")
    present: Mapped[str] = mapped_column(String(150), default="")  # who else was there, the witness of a refusal
    recorded_by: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str] = mapped_column(String(100), default="")
    recorded_at: Mapped[datetime]


class RecordPaper(Base):
    """What proves a signature or a service: strokes, a scanned signing page, a receipt; never changed."""

    __tablename__ = "record_papers"
    __table_args__: Any = (Index("ix_record_papers_record_id", "record_id"), {"info": {"append_only": True}})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("records.id"))
    of_id: Mapped[uuid.UUID]  # the signature or service
    kind: Mapped[str] = mapped_column(String(20))  # ink | signing_page | receipt
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    at: Mapped[datetime]


class SealApproval(Base):
    """That somebody in charge allowed the seal on this very content, so many times and for what."""

    __tablename__ = "seal_approvals"
    __table_args__ = (Index("ix_seal_approvals_record_id", "record_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("records.id"))
    copies: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(200))
    approved_by: Mapped[uuid.UUID | None]
    approved_by_name: Mapped[str] = mapped_column(String(100))
    approved_on: Mapped[date]
    data_sha256: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]


class SealUse(Base):
    """A line of the register of seals (用印登记): which seal, on which record, by whom, approved by whom, what for."""

    __tablename__ = "seal_uses"
    __table_args__: Any = (UniqueConstraint("series", "serial"), Index("ix_seal_uses_record_id", "record_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("records.id"))
    series: Mapped[str] = mapped_column(String(120))  # one for each organisation and year
    serial: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(200), default="")
    seal: Mapped[str] = mapped_column(String(100))
    copies: Mapped[int]
    approved_by: Mapped[uuid.UUID | None]
    approved_by_name: Mapped[str] = mapped_column(String(100), default="")
    sealed_by: Mapped[uuid.UUID | None]
    sealed_by_name: Mapped[str] = mapped_column(String(100), default="")
    sealed_on: Mapped[date]  # the legal date
    data_sha256: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]


class Service(Base):
    """A record handed to one addressee (送达): how, when and with which receipt."""

    __tablename__ = "record_services"
    __table_args__ = (Index("ix_record_services_record_id", "record_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("records.id"))
    addressee: Mapped[str] = mapped_column(String(60))  # the key of Record.addressees
    name: Mapped[str] = mapped_column(String(200))
    way: Mapped[str] = mapped_column(String(20))
    served_on: Mapped[date]  # of what was left: the day from which it counts as served
    left_on: Mapped[date | None]
    receiver: Mapped[str] = mapped_column(String(100), default="")
    relation: Mapped[str] = mapped_column(String(20), default="")  # of the receiver to the addressee
    receipt: Mapped[str] = mapped_column(String(500), default="")
    witnesses: Mapped[str] = mapped_column(String(150), default="")
    sealed_address: Mapped[bytes | None] = mapped_column(LargeBinary)  # as it was confirmed then
    recorded_by: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str] = mapped_column(String(100), default="")
    recorded_at: Mapped[datetime]


class ServiceAttempt(Base):
    """A record that was to be handed to an addressee and did not reach that person: how, when, why."""

    __tablename__ = "record_service_attempts"
    __table_args__: Any = (Index("ix_record_service_attempts_record_id", "record_id"), {"info": {"append_only": True}})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("records.id"))
    addressee: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    way: Mapped[str] = mapped_column(String(20))
    tried_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    sealed_address: Mapped[bytes | None] = mapped_column(LargeBinary)
    recorded_by: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str] = mapped_column(String(100), default="")
    recorded_at: Mapped[datetime]
