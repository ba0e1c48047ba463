"""Making the records a step issues, finalising drafts, and the steps between that are nobody's act."""

import os
import uuid
from base64 import b32encode
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from documents import contents, correcting, numbering
from documents.contents import Unprintable
from documents.house import house
from documents.record import Facts, facts_of
from documents.tables import Record
from union.organisations import Organisation
from union.roles import ROLE_BY_ID
from workflows import outbox
from workflows.actor import SYSTEM_ACTOR, Actor
from workflows.definition import RecordKind
from workflows.errors import Reason, Refused
from workflows.fire import current_facts, fire, open_subject
from workflows.form import Form, Step
from workflows.module import registry
from workflows.tables import Subject, new_id

RENDER, SEAL = "documents.render", "documents.seal"
CODE_BYTES = 12  # 96 bits
SIGNERS = {"party": "signing_parties"}  # otherwise the facts' attribute is the role in the plural


_facts_of_the_step: ContextVar[Any] = ContextVar("facts of the step that issues")


class Start(Form):
    """How a record begins; filed by the system, never by a person. Number and hash are set while it is written."""

    kind: str
    module: str
    number: str = ""
    data_sha256: str = ""
    corrects: uuid.UUID | None = None
    basis: str = ""  # of a correction: where its content comes from
    changes: list[correcting.Change] = []

    def apply(self, step: Step) -> None:
        record, kind = step.subject, _kind(self.module, self.kind)
        assert isinstance(record, Record)
        record.kind_id, record.type_code, record.title = kind.id, kind.code, kind.label
        record.needs_seal = kind.sealed
        content = self._content(step, record, kind, _facts_of_the_step.get())
        if step.transition.trigger == "issue":
            _fix(step.session, record, kind, content, step.occurred_on, step.at)
        else:
            _copy_content(record, kind, content, None)
        self.number, self.data_sha256 = record.number or "", record.data_sha256 or ""

    def _content(self, step: Step, record: Record, kind: RecordKind, facts: Any) -> "_Content":
        if self.corrects is None:
            return _read(self.module, kind, facts)
        old = step.session.get_one(Record, self.corrects)
        record.corrects, record.original = old.id, old.original
        data = correcting.content_of(old, self.basis, self.changes, self.module, facts)
        if self.basis == correcting.ANEW:
            return replace(_read(self.module, kind, facts), corrects=old.number or "")
        signers, addressees = (correcting.mended_names(p, self.changes) for p in (old.signers, old.addressees))
        return _Content(data, signers, addressees, old.number or "")


def issue(step: Step, kind: RecordKind) -> None:
    """Make the record a step issues: a draft of it, or at once the numbered and frozen record."""
    if kind.draft:
        _replace_earlier(step, kind)
    module = registry.module_for(step.subject)
    start = Start(kind=kind.id, module=module.name)
    facts = module.facts(step)  # with the clocks this step has just started
    step.issued.append(_opened(step, "draft" if kind.draft else "issue", start, facts, step.subject))


def _correct(step: Step, asked: correcting.Supersede, old: Record) -> None:
    """Make the record that takes the place of the one this step has ended; it still needs every mark of its kind."""
    matter = step.session.get_one(Subject, old.parent_id)
    start = Start(
        kind=old.kind_id,
        module=registry.module_for(matter).name,
        corrects=old.id,
        basis=asked.basis,
        changes=asked.changes,
    )
    facts = current_facts(step.session, matter, by=step.actor, at=step.at)
    old.superseded_by = _opened(step, "issue", start, facts, matter)
    step.session.flush()


def _opened(step: Step, trigger: str, start: Start, facts: Any, matter: Subject) -> uuid.UUID:
    token = _facts_of_the_step.set(facts)
    try:
        return open_subject(
            step.session,
            "record",
            trigger,
            start,
            by=SYSTEM_ACTOR,
            at=step.at,
            key=f"{f'{step.root_id}:{step.seq}' if step.seq else new_id()}:{start.kind}",  # an act has no number yet
            occurred_on=step.occurred_on,
            organisation_id=step.organisation_id,
            parent=matter,
        ).subject_id
    finally:
        _facts_of_the_step.reset(token)


def finalise(session: Session, record: Record, on: date, *, by: Actor, at: datetime) -> None:
    """Read a draft's content anew, number and freeze it. Raises Refused where a field the law wants is empty."""
    matter = session.get_one(Subject, record.parent_id)
    module = registry.module_for(matter).name
    kind = _kind(module, record.kind_id)
    _fix(session, record, kind, _read(module, kind, current_facts(session, matter, by=by, at=at)), on, at)


def advance(step: Step) -> None:
    """Take every step of a record that follows of itself (待签, 已签, 待用印, 已送达, its correction): a listener."""
    record = step.subject if step.workflow.name == "record" else None
    if not isinstance(record, Record):
        return
    if isinstance(step.form, correcting.Supersede):
        _correct(step, step.form, record)
        return
    seen = facts_of(step.session, record)
    following = _follows(seen, record, step.transition.trigger)
    if following == "complete_signatures" and seen.signed_electronically:
        outbox.put(step.session, RENDER, {"record_id": str(record.id)}, at=step.at, subject_id=record.id)
    if following is not None:
        fire(
            step.session,
            record.id,
            following,
            by=SYSTEM_ACTOR,
            at=step.at,
            key=f"{record.id}:{step.seq}:{following}",
            occurred_on=min(_since(seen, following) or step.occurred_on, step.today),
        )


def end_drafts(step: Step, kind_id: str, because: str) -> None:
    """Void the drafts of a kind that a step of the matter has made pointless; call it from a listener, not a form."""
    for record in _open_drafts(step, kind_id):
        _end(step, record, "void", because)


def withdraw_sealed(step: Step, kind_id: str, because: str) -> None:
    """What was signed and sealed for a step that was never taken stands for nothing any more."""
    query = select(Record).where(
        Record.parent_id == step.subject_id, Record.kind_id == kind_id, Record.state.in_(("sealed", "served"))
    )
    for record in step.session.scalars(query).all():
        _end(step, record, "supersede", because)


def annul_sealed(step: Step, kind_id: str, because: str) -> None:
    """A sealed record whose matter ended before it took effect is void; nothing takes its place, its number stays."""
    query = select(Record).where(
        Record.parent_id == step.subject_id, Record.kind_id == kind_id, Record.state.in_(("sealed", "served"))
    )
    for record in step.session.scalars(query).all():
        _end(step, record, "annul", because)


def promise_seal(session: Session, record: Record, *, at: datetime) -> None:
    """The electronic seal is set by the relay, where this installation has one; sealing by hand needs nothing more."""
    if house().sealing:
        outbox.put(session, SEAL, {"record_id": str(record.id)}, at=at, subject_id=record.id)


def new_code() -> str:
    """A random verification code of 96 bits in 20 letters and digits (RFC 4648 base 32)."""
    return b32encode(os.urandom(CODE_BYTES)).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class _Content:
    """What a record will say, who signs it, who gets it, and the number of the one it corrects."""

    data: dict[str, Any]
    signers: list[dict[str, str]]
    addressees: list[dict[str, str]]
    corrects: str = ""


def _read(module: str, kind: RecordKind, facts: Any) -> _Content:
    """As the matter stands."""
    return _Content(_data(module, kind, facts), _people(facts, kind.signers), _people(facts, kind.served_on))


def _fix(session: Session, record: Record, kind: RecordKind, content: _Content, on: date, at: datetime) -> None:
    """Take the number, freeze the content, promise the PDF."""
    _refuse_incomplete(kind, content.data)
    number = _number(session, record, kind, on)
    record.number, record.series, record.serial = number.text, number.series, number.serial
    record.issued_on = on
    record.organisation_name = _organisation(session, record.organisation_id)
    record.verify_code = new_code() if kind.vouched else None
    _copy_content(record, kind, content, on)
    outbox.put(session, RENDER, {"record_id": str(record.id)}, at=at, subject_id=record.id)


def _since(seen: Facts, following: str) -> date | None:
    """Signatures and services may be typed in any order: all are there since the day of the last one."""
    if following == "complete_signatures":
        return max((signature.signed_on for signature in seen.signatures), default=None)
    if following == "complete_service":
        return max((service.served_on for service in seen.services), default=None)
    return None


def _follows(seen: Facts, record: Record, done: str) -> str | None:
    if done in ("issue", "finalise"):
        return "ask_for_signatures" if record.signers else ("ask_for_seal" if record.needs_seal else None)
    if done in ("sign", "sign_on_pad", "sign_as_staff", "refuse_signature"):
        return "complete_signatures" if seen.signed_by_all else None
    if done == "complete_signatures":
        return "ask_for_seal" if record.needs_seal else None
    if done == "serve":
        return None if seen.unserved else "complete_service"
    return None


def _copy_content(record: Record, kind: RecordKind, content: _Content, on: date | None) -> None:
    try:
        frozen = contents.freeze(
            kind.id,
            content.data,
            number=record.number or "",
            organisation=record.organisation_name,
            issued_on=on,
            title=kind.label,
            corrects=content.corrects,
        )
    except Unprintable as error:
        raise Refused([Reason(f"{kind.label}：{error}", kind.law)]) from error
    record.keep(contents.canonical(frozen))
    record.data_sha256 = contents.data_sha256(frozen)
    record.signers, record.addressees = content.signers, content.addressees


def _people(facts: Any, roles: Iterable[str]) -> list[dict[str, str]]:
    """Who stands behind the roles a kind names: parties by their id, everybody else by the role; of several in one role,
    such as a panel of mediators, each for themselves."""
    people: dict[str, dict[str, str]] = {}
    for role in roles:
        found = getattr(facts, SIGNERS.get(role, f"{role}s"), None) or ()
        parties = [person for person in found if hasattr(person, "side")]
        for party in parties:
            people[str(party.id)] = {"key": str(party.id), "part": role, "name": party.name, "side": party.side}
        for person in () if parties else found or (None,):
            account = str(getattr(person, "staff_id", None) or "")
            key = f"{role}:{account}" if len(found) > 1 and account else role
            people[key] = {
                "key": key,
                "part": role,
                "name": getattr(person, "name", _role_label(role)),
                "staff": account,
            }
    return list(people.values())


def _role_label(role: str) -> str:
    return ROLE_BY_ID[role].label if role in ROLE_BY_ID else role


def _refuse_incomplete(kind: RecordKind, data: dict[str, Any]) -> None:
    try:
        lacking = contents.missing(kind.id, contents.complete(kind.id, data))
    except Unprintable as error:
        raise Refused([Reason(f"{kind.label}：{error}", kind.law)]) from error
    if lacking:
        raise Refused([Reason(f"{kind.label}须写明{need.label}", (need.law,)) for need in lacking])


def _number(session: Session, record: Record, kind: RecordKind, on: date) -> numbering.Number:
    if kind.code:
        return numbering.take(session, kind.code, record.organisation_id, on)
    root = session.get_one(Subject, record.root_id)
    return numbering.take_part(session, root.id, root.number or "")


def _data(module: str, kind: RecordKind, facts: Any) -> dict[str, Any]:
    maker = registry.modules[module].record_data.get(kind.id)
    return maker(facts) if maker is not None else {}


def _kind(module: str, kind_id: str) -> RecordKind:
    plugged = registry.modules[module]
    issued = [kind for w in plugged.workflows for t in w.transitions for kind in t.issues]
    return next(kind for kind in (*plugged.records, *issued) if kind.id == kind_id)


def _organisation(session: Session, organisation_id: uuid.UUID | None) -> str:
    return session.scalar(select(Organisation.name).where(Organisation.id == organisation_id)) or ""


def _replace_earlier(step: Step, kind: RecordKind) -> None:
    """A new draft takes the place of the unsealed one made before it."""
    for record in _open_drafts(step, kind.id):
        _end(step, record, "supersede", "已另行拟稿。")


def _open_drafts(step: Step, kind_id: str) -> list[Record]:
    unsealed = ("draft", "finalised", "awaiting_signature", "signed", "awaiting_approval", "awaiting_seal")
    query = select(Record).where(
        Record.parent_id == step.subject_id, Record.kind_id == kind_id, Record.state.in_(unsealed)
    )
    return list(step.session.scalars(query))


def _end(step: Step, record: Record, trigger: str, because: str) -> None:
    from documents.forms import End

    fire(
        step.session,
        record.id,
        trigger,
        End(reason=because),
        by=SYSTEM_ACTOR,
        at=step.at,
        key=f"{record.id}:{step.seq}:{trigger}",
        occurred_on=step.occurred_on,
    )
