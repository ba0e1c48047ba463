"""送达: whom a record reached, how and with which receipt; every attempt that failed; the address as it stood then."""

import uuid
from datetime import date
from typing import Annotated, Any

from msgspec import Meta

from documents.papers import RECEIPT, keep_scan
from documents.record import Facts, facts
from documents.signing import SCAN
from documents.tables import Record, Service, ServiceAttempt
from workflows.calendar_table import load_calendar
from workflows.encryption import keyring
from workflows.errors import Invalid
from workflows.form import Attachment, Form, Step
from workflows.module import registry
from workflows.tables import new_id
from workflows.workdays import arbitration_period, deemed_effect, due

WAYS_OF_SERVING = {
    "in_person": "直接送达",
    "post": "邮寄送达",
    "electronic": "电子送达",
    "left": "留置送达",
    "agent": "由代理人签收",
}
RELATIONS = {
    "self": "本人",
    "family": "同住成年家属",
    "head": "法定代表人或者负责人",
    "mailroom": "单位负责收件的人",
    "agent": "委托代理人",
    "other": "其他",
}
WAYS_OF_TRYING = {"in_person": "直接送达", "post": "邮寄送达", "electronic": "电子送达"}
LEFT = arbitration_period(3)  # 办案规则20(2) ≈: deemed served when three days have passed
PROVED = {"post": "写明邮件单号。", "electronic": "写明到达凭证：系统显示的到达时间，或者对方的回复。"}


def addressees_to_come(seen: Facts) -> dict[str, str]:
    return {addressee["key"]: addressee["name"] for addressee in seen.unserved}


class Serve(Form):
    addressee: Annotated[str, Meta(title="受送达人", extra={"widget": "select", "choices": addressees_to_come})]
    way: Annotated[str, Meta(title="送达方式", extra={"widget": "radio", "choices": WAYS_OF_SERVING})] = "in_person"
    receiver: Annotated[str, Meta(title="签收人", description="本人签收的不填", max_length=100)] = ""
    relation: Annotated[str, Meta(title="签收人是受送达人的", extra={"widget": "select", "choices": RELATIONS})] = (
        "self"
    )
    receipt: Annotated[
        str, Meta(title="凭证", description="邮件单号、电子送达的到达凭证；拒收的，写明拒收情况", max_length=300)
    ] = ""
    witnesses: Annotated[
        str, Meta(title="见证人", description="留置送达的必填：见证人姓名，照片或者录像的编号", max_length=150)
    ] = ""
    scan: Annotated[
        Attachment | None, Meta(title="送达回证扫描件", description="PDF 或者照片", extra={"accept": SCAN})
    ] = None

    def apply(self, step: Step) -> None:
        record, seen = _record(step), facts(step)
        addressee = _awaited(seen, self.addressee)
        self._refuse_unproved(seen)
        served_on = _deemed_on(step) if self.way == "left" else step.occurred_on
        service = Service(
            id=new_id(),
            record_id=record.id,
            addressee=self.addressee,
            name=addressee["name"],
            way=self.way,
            served_on=served_on,
            left_on=step.occurred_on if self.way == "left" else None,
            receiver=self.receiver.strip(),
            relation=self.relation if self.receiver.strip() else "",
            receipt=self.receipt.strip(),
            witnesses=self.witnesses.strip(),
            recorded_by=step.actor.id,
            recorded_by_name=step.actor.name,
            recorded_at=step.at,
        )
        service.sealed_address = _address(step, addressee, "record_services", service.id)
        if self.scan is not None:
            self.scan = keep_scan(step, record.id, service.id, RECEIPT, self.scan, "scan")
        step.session.add(service)

    def _refuse_unproved(self, seen: Facts) -> None:
        """Each way proves itself otherwise (办案规则20, 民诉法90 ≈)."""
        if self.way not in WAYS_OF_SERVING or self.relation not in RELATIONS:
            raise Invalid("way", "送达方式和签收人的身份须从所列各项中选择。")
        if self.way == "electronic":
            _refuse_unagreed(seen, self.addressee)
        if self.way in PROVED and len(self.receipt.strip()) < 3:
            raise Invalid("receipt", PROVED[self.way])
        if self.way == "agent":
            self._name_the_agent(seen)
        if self.receiver.strip() and self.relation == "self" and not _is_addressee(seen, self.addressee, self.receiver):
            raise Invalid("relation", "签收人不是受送达人本人的，选择其身份；本人签收的，签收人不填。")
        if self.way == "left" and len(self.receipt.strip()) < 4:
            raise Invalid("receipt", "留置送达须写明拒收的情况。")
        if self.way == "left" and not self.witnesses.strip():
            raise Invalid("witnesses", "留置送达须写明见证人和照片、录像。")

    def _name_the_agent(self, seen: Facts) -> None:
        person = seen.people.get(self.addressee)
        if person is None or not person.agent:
            raise Invalid("way", "没有登记受送达人的委托代理人：先在案件页出具授权委托书，或者改用其他方式。")
        self.receiver, self.relation = person.agent, "agent"


class RecordAttempt(Form, kw_only=True):
    """What was tried and did not reach the person."""

    addressee: Annotated[str, Meta(title="受送达人", extra={"widget": "select", "choices": addressees_to_come})]
    way: Annotated[str, Meta(title="用什么方式送过", extra={"widget": "radio", "choices": WAYS_OF_TRYING})] = (
        "in_person"
    )
    reason: Annotated[
        str,
        Meta(
            title="没有送达的原因",
            description="如：无人在家、地址不详、邮件退回",
            min_length=4,
            max_length=300,
            extra={"widget": "textarea"},
        ),
    ]

    def apply(self, step: Step) -> None:
        addressee = _awaited(facts(step), self.addressee)
        if self.way not in WAYS_OF_TRYING:
            raise Invalid("way", "送达方式须从所列各项中选择。")
        if len(self.reason.strip()) < 4:
            raise Invalid("reason", "写明没有送达的原因。")
        attempt = ServiceAttempt(
            id=new_id(),
            record_id=_record(step).id,
            addressee=self.addressee,
            name=addressee["name"],
            way=self.way,
            tried_on=step.occurred_on,
            reason=self.reason.strip(),
            recorded_by=step.actor.id,
            recorded_by_name=step.actor.name,
            recorded_at=step.at,
        )
        attempt.sealed_address = _address(step, addressee, "record_service_attempts", attempt.id)
        step.session.add(attempt)


def address_of(row: Service | ServiceAttempt) -> str:
    """Where it was sent, as it stood on file that day; empty where nothing was."""
    if row.sealed_address is None:
        return ""
    return keyring().unseal(row.sealed_address, row.__tablename__, "address", str(row.id)).decode()


def _awaited(seen: Facts, key: str) -> dict[str, str]:
    addressee = next((person for person in seen.subject.addressees if person["key"] == key), None)
    if addressee is None:
        raise Invalid("addressee", "受送达人不在名单中。")
    if key not in addressees_to_come(seen):
        raise Invalid("addressee", f"已登记过对{addressee['name']}的送达。")
    return dict(addressee)


def _refuse_unagreed(seen: Facts, key: str) -> None:
    """Electronic service only with the person's recorded consent (民诉法90)."""
    if not seen.agreed(key, "service"):
        raise Invalid("way", "没有该人同意电子送达的记录：先办理“确认送达地址”登记同意，或者改用其他方式。")


def _is_addressee(seen: Facts, key: str, receiver: str) -> bool:
    return any(a["key"] == key and a["name"] == receiver.strip() for a in seen.subject.addressees)


def _deemed_on(step: Step) -> date:
    """The day from which what was left counts as served; it may still lie ahead."""
    calendar = load_calendar(step.session, step.today)
    return deemed_effect(due(step.occurred_on, LEFT, calendar), calendar)


def _address(step: Step, addressee: dict[str, Any], table: str, row_id: Any) -> bytes | None:
    """The confirmed address of service, else the one of residence, sealed to its row."""
    matter = step.root
    reveal = registry.module_for(matter).reveal if matter is not step.subject else None
    if reveal is None or not addressee.get("side"):
        return None
    party_id = uuid.UUID(addressee["key"])  # even of one whose part has moved to another case since
    known = reveal(step.session, matter, party_id, "service_address") or reveal(
        step.session, matter, party_id, "address"
    )
    return keyring().seal(known.encode(), table, "address", str(row_id)) if known else None


def _record(step: Step) -> Record:
    record = step.subject
    assert isinstance(record, Record)
    return record
