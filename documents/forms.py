"""What each step of a record asks for, and what it writes."""

from typing import Annotated, Any

from msgspec import Meta

from documents import issue
from documents.numbering import take_serial
from documents.record import Facts, facts
from documents.signing import ORIGINALS, RefuseSignature, Sign, SignAsStaff, SignOnPad
from documents.tables import Record, SealApproval, SealUse, Service
from workflows.errors import Invalid
from workflows.form import Form, Step

WAYS_OF_SERVING = {
    "in_person": "直接送达",
    "post": "邮寄送达",
    "electronic": "电子送达",
    "left": "留置送达",
    "agent": "由代理人签收",
}
SEAL_NAME, PURPOSE = "劳动争议调解专用章", "送达当事人和存档"


def addressees_to_come(seen: Facts) -> dict[str, str]:
    return {addressee["key"]: addressee["name"] for addressee in seen.unserved}


class Finalise(Form):
    """The draft becomes the record: its content is read anew, frozen and numbered."""

    original: Annotated[str, Meta(title="原件形式", extra={"widget": "radio", "choices": ORIGINALS})] = "paper"

    def apply(self, step: Step) -> None:
        record = _record(step)
        record.original = self.original
        issue.finalise(step.session, record, step.occurred_on, by=step.actor, at=step.at)


class ApproveSeal(Form):
    copies: Annotated[int, Meta(title="份数", ge=1, le=50)] = 3
    purpose: Annotated[str, Meta(title="用途", min_length=1, max_length=200)] = PURPOSE

    def apply(self, step: Step) -> None:
        record = _record(step)
        step.session.add(
            SealApproval(
                record_id=record.id,
                copies=self.copies,
                purpose=self.purpose,
                approved_by=step.actor.id,
                approved_by_name=step.actor.name,
                approved_on=step.occurred_on,
                data_sha256=record.data_sha256 or "",
                recorded_at=step.at,
            )
        )


class Seal(Form):
    """Who approved, and what for, is read from the approval, never typed."""

    seal: Annotated[str, Meta(title="印章名称", min_length=1, max_length=100)] = SEAL_NAME
    copies: Annotated[int, Meta(title="份数", ge=1, le=50)] = 3

    @classmethod
    def known(cls, seen: Facts) -> dict[str, Any]:
        return {"seal": seen.seal_name or SEAL_NAME, "copies": seen.approval.copies if seen.approval else 3}

    def apply(self, step: Step) -> None:
        record, approval = _record(step), facts(step).approval
        series = f"seal:{step.occurred_on.year}:{record.organisation_id}"
        step.session.add(
            SealUse(
                record_id=record.id,
                series=series,
                serial=take_serial(step.session, series),
                seal=self.seal,
                copies=self.copies,
                purpose=approval.purpose if approval else "",
                approved_by=approval.approved_by if approval else None,
                approved_by_name=approval.approved_by_name if approval else "",
                sealed_by=step.actor.id,
                sealed_by_name=step.actor.name,
                sealed_on=step.occurred_on,
                data_sha256=record.data_sha256 or "",
                recorded_at=step.at,
            )
        )
        issue.promise_seal(step.session, record, at=step.at)


class Serve(Form):
    addressee: Annotated[str, Meta(title="受送达人", extra={"widget": "select", "choices": addressees_to_come})]
    way: Annotated[str, Meta(title="送达方式", extra={"widget": "radio", "choices": WAYS_OF_SERVING})] = "in_person"
    receiver: Annotated[
        str, Meta(title="签收人", description="不是本人签收的，写明与受送达人的关系", max_length=100)
    ] = ""
    receipt: Annotated[
        str, Meta(title="回证或者凭证", description="如邮件单号；拒收的，写明拒收情况", max_length=300)
    ] = ""
    witnesses: Annotated[
        str, Meta(title="见证人", description="留置送达的必填：见证人姓名，照片或者录像的编号", max_length=150)
    ] = ""

    def apply(self, step: Step) -> None:
        record = _record(step)
        if self.way == "electronic":
            _refuse_unagreed(step, self.addressee)
        if self.way == "left":
            _refuse_unwitnessed(self.receipt, self.witnesses)
        proof = "；".join(filter(None, (self.receipt.strip(), self.witnesses.strip() and f"见证人：{self.witnesses}")))
        addressee = _chosen(record.addressees, self.addressee, "addressee", "受送达人不在名单中。")
        if self.addressee not in addressees_to_come(facts(step)):
            raise Invalid("addressee", f"已登记过对{addressee['name']}的送达。")
        step.session.add(
            Service(
                record_id=record.id,
                addressee=self.addressee,
                name=addressee["name"],
                way=self.way,
                served_on=step.occurred_on,
                receiver=self.receiver,
                receipt=proof,
                recorded_at=step.at,
            )
        )


class End(Form):
    """The reason why a record stops being valid."""

    reason: Annotated[str, Meta(title="理由", min_length=1, max_length=500, extra={"widget": "textarea"})]

    def apply(self, step: Step) -> None:
        _record(step).ended_because = self.reason


class Void(End):
    pass


class Supersede(End):
    pass


FORMS: dict[str, type[Form]] = {
    "finalise": Finalise,
    "sign": Sign,
    "sign_on_pad": SignOnPad,
    "sign_as_staff": SignAsStaff,
    "refuse_signature": RefuseSignature,
    "approve_seal": ApproveSeal,
    "seal": Seal,
    "serve": Serve,
    "void": Void,
    "supersede": Supersede,
}


def _refuse_unagreed(step: Step, key: str) -> None:
    """Electronic service only with the person's recorded consent (民诉法90)."""
    if not facts(step).agreed(key, "service"):
        raise Invalid("way", "没有该人同意电子送达的记录：先办理“确认送达地址”登记同意，或者改用其他方式。")


def _refuse_unwitnessed(receipt: str, witnesses: str) -> None:
    """留置送达 stands on what witnesses and pictures show (办案规则20(2))."""
    if len(receipt.strip()) < 4:
        raise Invalid("receipt", "留置送达须写明拒收的情况。")
    if not witnesses.strip():
        raise Invalid("witnesses", "留置送达须写明见证人和照片、录像。")


def _chosen(people: list[Any], key: str, field: str, sentence: str) -> dict[str, str]:
    for person in people:
        if person["key"] == key:
            return dict(person)
    raise Invalid(field, sentence)


def _record(step: Step) -> Record:
    record = step.subject
    assert isinstance(record, Record)
    return record
