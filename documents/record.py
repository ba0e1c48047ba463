"""The life of an official record: 草稿, 定稿, 待签, 已签, 待用印, 已用印, 已送达, 作废, 被替代 (DESIGN §5).

A person finalises, signs, seals and serves; the steps between (nobody's act) are taken by the system at once.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from documents.tables import Record, RecordSignature, SealApproval, SealUse, Service, ServiceAttempt
from union.law import ARB_RULES, CONSULT, ESIGN, LDMA
from union.organisations import Organisation
from union.roles import FED_LEADER, INTAKE, MEDIATOR, ORG_HEAD, PARTY, RECORDER, SEAL_KEEPER, STAFF
from workflows.actor import Actor
from workflows.definition import SAME, SYSTEM, State, Transition, Workflow, guard
from workflows.form import Step
from workflows.law import Policy
from workflows.module import Participant, registry
from workflows.tables import Subject

NUMBERS = Policy("文书编号、作废与替代规则", "9-15")
SEALS = Policy("印章使用管理规定", "9-15")
HANDLERS = (MEDIATOR, RECORDER, INTAKE, ORG_HEAD)
SEEN = (RecordSignature, SealUse, Service, SealApproval)
ELECTRONICALLY = ("pad", "phone", "staff")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards of a record see."""

    subject: Record
    form: Any
    signatures: Sequence[RecordSignature] = ()
    seal_uses: Sequence[SealUse] = ()
    services: Sequence[Service] = ()
    approvals: Sequence[SealApproval] = ()
    seal_name: str = ""  # as engraved on the seal of the organisation
    people: Mapping[str, Participant] = field(default_factory=dict)  # of the matter, by the key of signer or addressee
    by: Actor | None = None

    @property
    def approval(self) -> SealApproval | None:
        """The approval of sealing this very content."""
        given = [approval for approval in self.approvals if approval.data_sha256 == self.subject.data_sha256]
        return given[-1] if given else None

    @property
    def unsigned(self) -> list[dict[str, str]]:
        """The signers nothing has been recorded of yet."""
        known = {signature.signer for signature in self.signatures}
        return [signer for signer in self.subject.signers if signer["key"] not in known]

    @property
    def signed_electronically(self) -> bool:
        return any(signature.way in ELECTRONICALLY for signature in self.signatures)

    @property
    def oneself(self) -> dict[str, str] | None:
        """The signer who is the person that asks, where that one is still to sign."""
        return next((signer for signer in self.unsigned if self.by is not None and _is(signer, self.by)), None)

    def agreed(self, key: str, to: str) -> bool:
        """Whether that person's consent to electronic ``signing`` or ``service`` is on record."""
        person = self.people.get(key)
        return person is not None and to in person.agreed

    @property
    def refusals(self) -> list[RecordSignature]:
        return [signature for signature in self.signatures if signature.refused_because]

    @property
    def unserved(self) -> list[dict[str, str]]:
        known = {service.addressee for service in self.services}
        return [addressee for addressee in self.subject.addressees if addressee["key"] not in known]

    @property
    def signed_by_all(self) -> bool:
        """Everybody signed; on a record that bears no seal a noted refusal completes it too (笔录)."""
        return not self.unsigned and (not self.refusals or not self.subject.needs_seal)


def facts(step: Step) -> Facts:
    record = step.subject
    assert isinstance(record, Record)
    return facts_of(step.session, record, step.form, step.actor)


def facts_of(session: Session, record: Record, form: Any = None, by: Actor | None = None) -> Facts:
    engraved = select(Organisation.seal_name).where(Organisation.id == record.organisation_id)
    signatures, uses, services, approvals = (_rows(session, table, record.id) for table in SEEN)
    people = _people(session, record)
    return Facts(record, form, signatures, uses, services, approvals, session.scalar(engraved) or "", people, by)


def _people(session: Session, record: Record) -> dict[str, Participant]:
    """The parties of the matter, where the record is one they sign or receive."""
    matter = session.get(Subject, record.root_id) if record.root_id != record.id else None
    tell = registry.module_for(matter).participants if matter is not None else None
    concerned = any(person.get("side") for person in (*record.signers, *record.addressees))
    return {str(person.id): person for person in tell(session, matter)} if tell and concerned else {}


def _is(signer: dict[str, str], actor: Actor) -> bool:
    """By the account where it is known, else by name; never a party."""
    if signer.get("side"):
        return False
    return signer["staff"] == str(actor.id) if signer.get("staff") else signer["name"] == actor.name


@guard("文书须有签名人", law=NUMBERS)
def somebody_signs(facts: Facts) -> bool:
    return bool(facts.subject.signers)


@guard("文书无须签名", law=NUMBERS)
def nobody_signs(facts: Facts) -> bool:
    return not facts.subject.signers


@guard("还没有签名的人中，须有人已书面同意电子签名", law=ESIGN[3])
def somebody_agreed_to_sign_electronically(facts: Facts) -> bool:
    """Asked before the form; of whom the form names, the form itself asks."""
    return facts.form is not None or any(facts.agreed(signer["key"], "signing") for signer in facts.unsigned)


@guard("还没有签名的人中，须有您本人", law=LDMA[14, 2])
def one_signs_for_oneself(facts: Facts) -> bool:
    return facts.form is not None or facts.oneself is not None


@guard("已有人在纸上签名的，以纸质为原件，不再用电子签名", law=ESIGN[5])
def is_not_begun_on_paper(facts: Facts) -> bool:
    by_hand = any(s.way not in ELECTRONICALLY and not s.refused_because for s in facts.signatures)
    return facts.signed_electronically or not by_hand


@guard("全部签名人均已签名；拒绝签名的已注明", law=(LDMA[14, 2], ARB_RULES[42].by_analogy()))
def all_have_signed(facts: Facts) -> bool:
    return facts.signed_by_all


@guard("文书须加盖印章", law=SEALS)
def bears_a_seal(facts: Facts) -> bool:
    return facts.subject.needs_seal


@guard("用印须经审批人对本文书现有内容批准", law=SEALS, decided_by=("copies", "purpose"))
def use_of_seal_approved(facts: Facts) -> bool:
    return facts.approval is not None


@guard("用印须登记印章名称和份数，份数不得超过批准的份数", law=SEALS, decided_by=("seal", "copies"))
def use_of_seal_registered(facts: Facts) -> bool:
    return bool(facts.seal_uses) and facts.approval is not None and facts.seal_uses[-1].copies <= facts.approval.copies


@guard("批准人和用印人不得为同一人", law=SEALS, decided_by=("seal", "copies"))
def sealed_by_another_than_approved(facts: Facts) -> bool:
    last, approval = (facts.seal_uses[-1] if facts.seal_uses else None), facts.approval
    return last is not None and approval is not None and last.sealed_by != approval.approved_by


@guard("须有尚未送达的受送达人", law=ARB_RULES[20].by_analogy())
def somebody_is_still_to_be_served(facts: Facts) -> bool:
    return bool(facts.unserved)


@guard("全部受送达人均已送达", law=ARB_RULES[20].by_analogy())
def all_are_served(facts: Facts) -> bool:
    return not facts.unserved and bool(facts.services)


@guard("须说明作废的理由", law=NUMBERS, decided_by=("reason",))
def reason_is_stated(facts: Facts) -> bool:
    return bool(facts.subject.ended_because)


@guard("已有人签名的文书，只能由负责人作废", law=NUMBERS)
def a_signed_record_is_voided_by_the_head(facts: Facts) -> bool:
    signed = any(not signature.refused_because for signature in facts.signatures)
    return not signed or facts.by is None or bool(facts.by.roles & {ORG_HEAD.id, SYSTEM.id})


@guard("已用印的文书不得直接作废，须另行出具文书替代", law=NUMBERS)
def is_not_sealed(facts: Facts) -> bool:
    return not facts.seal_uses


WITH_ITS_CASE = "随案件的期限办理"


@guard("草稿还没有文号，改好后重新拟稿即可，不用更正", law=NUMBERS)
def there_is_something_to_correct(facts: Facts) -> bool:
    of_itself = facts.by is not None and SYSTEM.id in facts.by.roles  # a new draft takes the place of the old one
    return bool(facts.subject.number) or of_itself


record = Workflow(
    "record",
    "文书",
    version=1,
    states=(
        State("draft", "草稿", responsible=MEDIATOR, waiting="等双方核对后定稿", step="拟稿"),
        State("finalised", "定稿", closed="finalised", step="定稿"),
        State("awaiting_signature", "待签", responsible=MEDIATOR, waiting="等签名人签名", step="签名"),
        State("signed", "已签", closed="signed", step="签名"),
        State("awaiting_approval", "待批准用印", responsible=ORG_HEAD, undated=WITH_ITS_CASE, step="用印"),
        State("awaiting_seal", "待用印", responsible=SEAL_KEEPER, undated=WITH_ITS_CASE, step="用印"),
        State("sealed", "已用印", closed="sealed", step="用印"),
        State("served", "已送达", closed="served", step="送达"),
        State("voided", "作废", closed="void", final=True, step="送达"),
        State("superseded", "被替代", closed="superseded", final=True, step="送达"),
    ),
    transitions=(
        Transition("draft", "拟稿", "new -> draft", by=(SYSTEM,), law=NUMBERS, icon="file-pen"),
        Transition("issue", "制成", "new -> finalised", by=(SYSTEM,), law=NUMBERS, icon="file-check"),
        Transition(
            "finalise",
            "定稿",
            "draft -> finalised",
            by=HANDLERS,
            law=NUMBERS,
            effect="取得文号，内容固定，不再改动；生成正式文书。",
            prompt="双方核对无误后定稿",
            icon="file-check",
        ),
        Transition(
            "ask_for_signatures",
            "转待签",
            "finalised -> awaiting_signature",
            by=(SYSTEM,),
            when=(somebody_signs,),
            law=NUMBERS,
        ),
        Transition(
            "sign",
            "登记签名",
            f"awaiting_signature -> {SAME}",
            by=HANDLERS,
            law=(LDMA[14, 2], CONSULT[26, 2], ESIGN[3]),
            effect="记下在纸上签名、捺印或者盖章的人、日期和方式；全部签名后转入下一步。",
            prompt="请签名人逐一签名并登记",
            icon="pen-line",
        ),
        Transition(
            "sign_on_pad",
            "在平板上签名",
            f"awaiting_signature -> {SAME}",
            by=(*HANDLERS, PARTY),
            when=(somebody_agreed_to_sign_electronically, is_not_begun_on_paper),
            law=(LDMA[14, 2], ESIGN[3], ESIGN[5]),
            effect="签名人看过文书后手写签名；笔迹、时间和所示内容的摘要一并存档，签名显示在电子原件上。",
            icon="signature",
        ),
        Transition(
            "sign_as_staff",
            "本人电子签名",
            f"awaiting_signature -> {SAME}",
            by=HANDLERS,
            when=(one_signs_for_oneself, is_not_begun_on_paper),
            law=(LDMA[14, 2], ESIGN[3], ESIGN[5]),
            effect="以本人账号和动态口令签名，签名显示在电子原件上。",
            icon="shield-check",
            second_factor=True,
        ),
        Transition(
            "refuse_signature",
            "注明拒绝签名",
            f"awaiting_signature -> {SAME}",
            by=HANDLERS,
            law=ARB_RULES[42].by_analogy(),
            effect="记下拒绝签名的经过和见证人。",
            icon="pen-off",
        ),
        Transition(
            "complete_signatures",
            "签名齐备",
            "awaiting_signature -> signed",
            by=(SYSTEM,),
            when=(all_have_signed,),
            law=(LDMA[14, 2], ARB_RULES[42].by_analogy()),
        ),
        Transition(
            "ask_for_seal",
            "转待批准用印",
            "finalised, signed -> awaiting_approval",
            by=(SYSTEM,),
            when=(bears_a_seal,),
            law=SEALS,
        ),
        Transition(
            "approve_seal",
            "批准用印",
            "awaiting_approval -> awaiting_seal",
            by=(ORG_HEAD, FED_LEADER),
            when=(use_of_seal_approved,),
            law=SEALS,
            effect="交印章管理员用印；批准人和用印人不得为同一人。",
            prompt="核对内容后批准用印",
            icon="badge-check",
        ),
        Transition(
            "seal",
            "用印",
            "awaiting_seal -> sealed",
            by=(SEAL_KEEPER,),
            when=(use_of_seal_approved, use_of_seal_registered, sealed_by_another_than_approved),
            law=(LDMA[14, 2], SEALS),
            effect="加盖本组织印章，记入用印登记；电子文书随后加盖电子印章。",
            prompt="核对内容后用印",
            icon="stamp",
            second_factor=True,
        ),
        Transition(
            "serve",
            "登记送达",
            f"finalised, signed, sealed -> {SAME}",
            by=(*HANDLERS, STAFF),
            law=ARB_RULES[20].by_analogy(),
            effect="记下受送达人、方式、日期和回证。",
            prompt="送达当事人并登记回证",
            icon="send",
        ),
        Transition(
            "record_attempt",
            "登记未送达",
            f"finalised, signed, sealed -> {SAME}",
            by=(*HANDLERS, STAFF),
            when=(somebody_is_still_to_be_served,),
            law=ARB_RULES[20].by_analogy(),
            effect="记下没有送达的一次：方式、日期、原因和当时的地址。",
            icon="mail-x",
        ),
        Transition(
            "complete_service",
            "送达完毕",
            "finalised, signed, sealed -> served",
            by=(SYSTEM,),
            when=(all_are_served,),
            law=ARB_RULES[20].by_analogy(),
        ),
        Transition(
            "void",
            "作废",
            "draft, finalised, awaiting_signature, signed, awaiting_approval, awaiting_seal -> voided",
            by=(ORG_HEAD, MEDIATOR, SYSTEM),
            when=(reason_is_stated, a_signed_record_is_voided_by_the_head, is_not_sealed),
            law=NUMBERS,
            effect="文书作废，文号保留，不再使用。",
            icon="file-x",
        ),
        Transition(
            "annul",
            "未生效作废",
            "sealed, served -> voided",
            by=(SYSTEM,),
            when=(reason_is_stated,),
            law=(LDMA[14, 2], NUMBERS),
            effect="已用印但没有生效的文书随案件结束作废；文书和文号保留，写明理由。",
            icon="file-x",
        ),
        Transition(
            "supersede",
            "更正（以新文书替代）",
            "draft, finalised, awaiting_signature, signed, awaiting_approval, awaiting_seal, sealed, served -> superseded",
            by=(ORG_HEAD, SYSTEM),
            when=(there_is_something_to_correct, reason_is_stated),
            law=NUMBERS,
            effect="另以新文号出具同种文书，照样签名、用印、送达；本文书和文号保留，写明理由，不再使用。",
            icon="file-stack",
        ),
    ),
    steps=("拟稿", "定稿", "签名", "用印", "送达"),
)


def phases_it_never_has(record: Record) -> list[str]:
    """A record nobody signs, that bears no seal or goes to nobody passes these phases by."""
    needed = {"签名": bool(record.signers), "用印": record.needs_seal, "送达": bool(record.addressees)}
    return [phase for phase, has in needed.items() if not has]


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as the rules of a procedure see it."""

    id: uuid.UUID
    kind: str
    state: str
    number: str
    data_sha256: str
    signed: frozenset[str]  # keys of those who signed the present content, and each part of the staff all of whom did
    refused: frozenset[str]
    sealed: bool
    served_on: frozenset[str]  # keys of the addressees served
    signed_last_on: date | None = None  # the newest signature under the present content
    sealed_last_on: date | None = None
    served_last_on: date | None = None


def views(session: Session, root_id: uuid.UUID) -> list[RecordView]:
    """Every record of the matter, oldest first; four statements whatever their number."""
    records = list(session.scalars(select(Record).where(Record.root_id == root_id).order_by(Record.id)))
    if not records:
        return []
    ids = [record.id for record in records]
    signatures = _grouped(session, RecordSignature, ids)
    seals = _grouped(session, SealUse, ids)
    services = _grouped(session, Service, ids)
    return [_view(r, signatures.get(r.id, []), seals.get(r.id, []), services.get(r.id, [])) for r in records]


def _view(r: Record, signatures: list[Any], seals: list[Any], services: list[Any]) -> RecordView:
    of_this_content = [s for s in signatures if s.data_sha256 == r.data_sha256]
    impressions = [s for s in seals if s.data_sha256 == r.data_sha256]
    signed = {s.signer for s in of_this_content if not s.refused_because}
    return RecordView(
        id=r.id,
        kind=r.kind_id,
        state=r.state,
        number=r.number or "",
        data_sha256=r.data_sha256 or "",
        signed=frozenset(signed | _whole_parts(r, signed)),
        refused=frozenset(s.signer for s in of_this_content if s.refused_because),
        sealed=bool(impressions),
        served_on=frozenset(s.addressee for s in services),
        signed_last_on=max((s.signed_on for s in of_this_content), default=None),
        sealed_last_on=max((s.sealed_on for s in impressions), default=None),
        served_last_on=max((s.served_on for s in services), default=None),
    )


def _whole_parts(record: Record, signed: set[str]) -> set[str]:
    """The parts held by staff, such as the mediators of a panel, of whom nobody's signature is missing."""
    staff = [signer for signer in record.signers if not signer.get("side")]
    return {signer["part"] for signer in staff} - {s["part"] for s in staff if s["key"] not in signed}


def attempts_of(session: Session, record_id: uuid.UUID) -> Sequence[ServiceAttempt]:
    """Every attempt at service that failed, oldest first."""
    found: Sequence[ServiceAttempt] = _rows(session, ServiceAttempt, record_id)
    return found


def _rows(session: Session, table: Any, record_id: uuid.UUID) -> Sequence[Any]:
    return session.scalars(select(table).where(table.record_id == record_id).order_by(table.id)).all()


def _grouped(session: Session, table: Any, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
    rows: dict[uuid.UUID, list[Any]] = {}
    for row in session.scalars(select(table).where(table.record_id.in_(list(ids))).order_by(table.id)):
        rows.setdefault(row.record_id, []).append(row)
    return rows
