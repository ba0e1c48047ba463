"""The history of a root subject: append-only, each entry chained to the one before by SHA-256.

What was filed is encrypted in a table of its own and may be erased; the entry keeps only a salted commitment to it.
A signed checkpoint over all chain heads, kept outside the database, shows truncation, which a chain alone cannot.
"""

import base64
import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from workflows import encryption, hot
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.hot import GENESIS, Head
from workflows.tables import JOURNAL, PAYLOADS, SUBJECTS, JournalEntry, JournalPayload, legal_date

ERASED = "payload_erased"
SALT_BYTES = 16
CHAINED = (
    "root_id",
    "seq",
    "subject_id",
    "workflow",
    "definition_version",
    "trigger",
    "from_state",
    "to_state",
    "occurred_on",
    "recorded_at",
    "actor_id",
    "actor_role",
    "handler_id",
    "organisation_id",
    "corrects",
    "commitment",
    "previous",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a history, by the kind of attack that leaves this trace."""

    code: str  # altered | removed | inserted | reordered | truncated | payload | state
    root_id: uuid.UUID
    seq: int
    text: str


def canonical(data: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces: equal data, equal bytes."""
    return msgspec.json.encode(data, order="sorted")


def seal_payload(root_id: uuid.UUID, seq: int, data: Any) -> tuple[bytes, str]:
    """The encrypted payload of an entry and the commitment that stays in the chain."""
    salted = os.urandom(SALT_BYTES) + canonical(data)
    return encryption.keyring().seal(salted, "journal_payloads", str(root_id), str(seq)), _sha256(salted)


def open_payload(payload: JournalPayload) -> Any | None:
    """What was filed with an entry, or None once erased."""
    return None if payload.sealed is None else json.loads(_unsealed(payload)[SALT_BYTES:])


def chain_hash(entry: dict[str, Any]) -> str:
    return _sha256("\x1f".join([_text(entry[name]) for name in CHAINED]).encode())


def record(
    session: Session,
    subject_id: uuid.UUID,
    what: str,
    data: Any,
    *,
    by: Actor,
    at: datetime,
    occurred_on: date | None = None,
    role: str = "",
    corrects: int | None = None,
) -> int:
    """Write to a subject without moving it: a note, a payment, a message. Returns the sequence number."""
    session.flush()
    held = hot.hold(session, subject_id)
    if held is None:
        raise Unknown()
    subject = held.subject
    entry = make_entry(
        held.head,
        data,
        root_id=subject.root_id,
        subject_id=subject_id,
        workflow=subject.workflow,
        definition_version=subject.definition_version,
        trigger=what,
        from_state=subject.state,
        to_state=subject.state,
        occurred_on=occurred_on or legal_date(at),
        recorded_at=at,
        actor_id=by.id,
        actor_role=role,
        handler_id=by.id,
        organisation_id=subject.organisation_id,
        corrects=corrects,
    )
    hot.write(session, hot.Writing(entry, subject.closed_on))
    return int(entry["seq"])


def make_entry(head: Head, data: Any, **columns: Any) -> dict[str, Any]:
    """An entry ready to be written, chained to ``head``, with its sealed payload under ``sealed``."""
    seq = head.seq + 1
    columns["recorded_at"] = columns["recorded_at"].astimezone(UTC)
    sealed, commitment = seal_payload(columns["root_id"], seq, data)
    entry = {**columns, "seq": seq, "commitment": commitment, "previous": head.hash}
    return {**entry, "hash": chain_hash(entry), "sealed": sealed}


def erase(session: Session, root_id: uuid.UUID, seq: int, *, because: str, by: Actor, at: datetime) -> int:
    """Destroy the payload of an entry; an entry of its own says so, and the chain still verifies."""
    erasure = record(session, root_id, ERASED, {"seq": seq, "because": because}, by=by, at=at, corrects=seq)
    session.execute(
        update(JournalPayload)
        .where(JournalPayload.root_id == root_id, JournalPayload.seq == seq)
        .values(sealed=None, erased_at=at, erased_because=because[:200])
    )
    return erasure


# --- verification


def verify(session: Session, root_id: uuid.UUID | None = None, checkpoint: dict[str, Any] | None = None) -> list[Fault]:
    """Every trace of alteration, removal, insertion, reordering and, against a checkpoint, truncation."""
    faults: list[Fault] = []
    heads: dict[uuid.UUID, Head] = {}
    for chain_root, entries in groupby(_entries(session, root_id), key=lambda e: e["root_id"]):
        chain = list(entries)
        faults += _chain_faults(chain_root, chain)
        heads[chain_root] = Head(chain[-1]["seq"], chain[-1]["hash"])
    faults += _payload_faults(session, root_id)
    faults += _state_faults(session, root_id, heads)
    if checkpoint is not None:
        faults += _checkpoint_faults(session, checkpoint, heads, root_id)
    return faults


def _entries(session: Session, root_id: uuid.UUID | None) -> Iterator[dict[str, Any]]:
    table = JOURNAL
    query = select(table).order_by(table.c.root_id, table.c.seq)
    if root_id is not None:
        query = query.where(table.c.root_id == root_id)
    for row in session.execute(query.execution_options(yield_per=1000)):
        yield dict(row._mapping)


def _chain_faults(root_id: uuid.UUID, chain: list[dict[str, Any]]) -> Iterator[Fault]:
    places = {entry["seq"]: _original_place(entry, len(chain)) for entry in chain}
    displaced = {seq: place for seq, place in places.items() if place is not None and place != seq}
    exchanged = set(displaced) == set(displaced.values())
    previous, expected = GENESIS, 1
    for entry in chain:
        seq, place = entry["seq"], places[entry["seq"]]
        if seq != expected:
            yield Fault("removed", root_id, expected, f"第{expected}条至第{seq - 1}条记录缺失")
        elif place is None:
            yield Fault("altered", root_id, seq, f"第{seq}条记录的内容与其校验值不符")
        elif place != seq and exchanged:
            yield Fault("reordered", root_id, seq, f"第{seq}条记录原为第{place}条，顺序已被调换")
        elif place > seq:
            yield Fault("removed", root_id, seq, f"第{seq}条记录原为第{place}条，其前的记录已被删去")
        elif place < seq:
            yield Fault("inserted", root_id, seq, f"第{seq}条记录原为第{place}条，其前插入了别的记录")
        elif entry["previous"] != previous:
            yield Fault("inserted", root_id, seq, f"第{seq}条记录与前一条不相接，其前有插入或改写")
        previous, expected = entry["hash"], seq + 1


def _original_place(entry: dict[str, Any], length: int) -> int | None:
    """The sequence number under which the entry's hash holds: its own, another if it was moved, None if altered."""
    if chain_hash(entry) == entry["hash"]:
        return int(entry["seq"])
    nearby = sorted(range(1, length + 8), key=lambda seq: abs(seq - entry["seq"]))
    return next((seq for seq in nearby if chain_hash({**entry, "seq": seq}) == entry["hash"]), None)


def _payload_faults(session: Session, root_id: uuid.UUID | None) -> Iterator[Fault]:
    entries, payloads, erasure = JOURNAL, PAYLOADS, JOURNAL.alias()
    said = (erasure.c.root_id == entries.c.root_id) & (erasure.c.corrects == entries.c.seq)
    query = (
        select(entries.c.root_id, entries.c.seq, entries.c.commitment, payloads.c.sealed)
        .add_columns(payloads.c.seq.label("kept"), erasure.c.seq.label("erasure"))
        .outerjoin(payloads, (payloads.c.root_id == entries.c.root_id) & (payloads.c.seq == entries.c.seq))
        .outerjoin(erasure, said & (erasure.c.trigger == ERASED))
        .order_by(entries.c.root_id, entries.c.seq)
    )
    if root_id is not None:
        query = query.where(entries.c.root_id == root_id)
    for row in session.execute(query.execution_options(yield_per=500)):
        if row.kept is None or (row.sealed is None and row.erasure is None):
            yield Fault("removed", row.root_id, row.seq, f"第{row.seq}条记录所附内容缺失，且没有销毁记录")
        elif row.sealed is not None and not _keeps(row):
            yield Fault("payload", row.root_id, row.seq, f"第{row.seq}条记录所附内容已被改动")


def _keeps(row: Row[Any]) -> bool:
    try:
        return _sha256(_unsealed(row)) == row.commitment
    except encryption.Undecipherable:
        return False


def _unsealed(payload: Any) -> bytes:
    return encryption.keyring().unseal(payload.sealed, "journal_payloads", str(payload.root_id), str(payload.seq))


def _state_faults(session: Session, root_id: uuid.UUID | None, heads: dict[uuid.UUID, Head]) -> Iterator[Fault]:
    """The stored state must be the one the history leads to, and every subject must have a history."""
    subjects, entries = SUBJECTS, JOURNAL
    last = (
        select(entries.c.root_id, entries.c.subject_id, func.max(entries.c.seq).label("seq"))
        .group_by(entries.c.root_id, entries.c.subject_id)
        .subquery()
    )
    query = (
        select(subjects.c.id, subjects.c.root_id, subjects.c.state, subjects.c.definition_version, subjects.c.version)
        .add_columns(entries.c.to_state, entries.c.definition_version.label("told_version"), entries.c.seq)
        .outerjoin(last, (last.c.subject_id == subjects.c.id) & (last.c.root_id == subjects.c.root_id))
        .outerjoin(entries, (entries.c.root_id == last.c.root_id) & (entries.c.seq == last.c.seq))
    )
    if root_id is not None:
        query = query.where(subjects.c.root_id == root_id)
    for row in session.execute(query):
        if (row.to_state, row.told_version) != (row.state, row.definition_version):
            told = row.to_state or "无记录"
            yield Fault("state", row.root_id, row.seq or 0, f"现状“{row.state}”与记录得出的“{told}”不一致")
        elif row.id == row.root_id and row.version != heads[row.root_id].seq:
            seq = heads[row.root_id].seq
            yield Fault("state", row.root_id, seq, f"事项记有{row.version}条记录，实有{seq}条")


def _checkpoint_faults(
    session: Session, checkpoint: dict[str, Any], heads: dict[uuid.UUID, Head], root_id: uuid.UUID | None
) -> Iterator[Fault]:
    for name, (seq, hash_) in checkpoint["heads"].items():
        root = uuid.UUID(name)
        if root_id not in (None, root):
            continue
        head = heads.get(root, Head(0, GENESIS))
        if head.seq < seq:
            yield Fault("truncated", root, seq, f"检查点记有{seq}条，现只有{head.seq}条")
        elif _hash_at(session, root, seq) != hash_:
            yield Fault("altered", root, seq, f"第{seq}条与检查点所记不符")


def _hash_at(session: Session, root_id: uuid.UUID, seq: int) -> str | None:
    return session.scalar(select(JournalEntry.hash).where(JournalEntry.root_id == root_id, JournalEntry.seq == seq))


# --- checkpoints


def checkpoint(session: Session, at: datetime) -> dict[str, Any]:
    """All chain heads at this moment, signed; to be kept outside the database."""
    last = (
        select(JournalEntry.root_id, func.max(JournalEntry.seq).label("seq")).group_by(JournalEntry.root_id).subquery()
    )
    rows = session.execute(
        select(JournalEntry.root_id, JournalEntry.seq, JournalEntry.hash).join(
            last, (last.c.root_id == JournalEntry.root_id) & (last.c.seq == JournalEntry.seq)
        )
    )
    body = {"at": at.isoformat(), "heads": {str(root): [seq, hash_] for root, seq, hash_ in rows}}
    signature = encryption.keyring().signing.sign(canonical(body))
    return {**body, "signature": base64.b64encode(signature).decode()}


class ForgedCheckpoint(ValueError):
    """The checkpoint file was not signed by this service, or was changed since."""


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The heads written down by this service; raises ForgedCheckpoint, or OSError where there is no such file."""
    try:
        stored: dict[str, Any] = json.loads(path.read_bytes())
        signature = base64.b64decode(stored.pop("signature"))
        encryption.keyring().signing.public_key().verify(signature, canonical(stored))
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ForgedCheckpoint(f"检查点文件 {path.name} 的签名无效，不能作为核对依据") from error
    return stored


def write_checkpoint(session: Session, folder: Path, at: datetime) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"checkpoint-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(canonical(checkpoint(session, at)))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


def history(session: Session, root_id: uuid.UUID) -> Iterable[JournalEntry]:
    """The entries of a root subject, oldest first."""
    return session.scalars(select(JournalEntry).where(JournalEntry.root_id == root_id).order_by(JournalEntry.seq))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return "" if value is None else str(value)
