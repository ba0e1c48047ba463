"""What each step of a record asks for, and what it writes."""

from typing import Annotated, Any

from msgspec import Meta

from documents import issue
from documents.correcting import Supersede
from documents.numbering import take_serial
from documents.record import Facts, facts
from documents.serving import RecordAttempt, Serve
from documents.signing import ORIGINALS, RefuseSignature, Sign, SignAsStaff, SignOnPad
from documents.tables import Record, SealApproval, SealUse
from workflows.form import Form, Step

SEAL_NAME, PURPOSE = "劳动争议调解专用章", "送达当事人和存档"


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


class End(Form):
    """The reason why a record stops being valid."""

    reason: Annotated[str, Meta(title="理由", min_length=1, max_length=500, extra={"widget": "textarea"})]

    def apply(self, step: Step) -> None:
        _record(step).ended_because = self.reason


class Void(End):
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
    "record_attempt": RecordAttempt,
    "void": Void,
    "supersede": Supersede,
}


def _record(step: Step) -> Record:
    record = step.subject
    assert isinstance(record, Record)
    return record
