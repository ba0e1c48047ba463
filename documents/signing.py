"""Signing by people: by hand on the printed sheet, on the tablet, by staff with their second factor; and refusing to.

The first signature settles which is the original: a sheet signed by hand, or the electronic file. On an electronic
original whoever signs by hand does so on its printed signing page, whose scan belongs to the record.
"""

from typing import Annotated, Any

from msgspec import Meta

from documents import ink
from documents.papers import INK, SIGNING_PAGE, keep_paper, keep_scan
from documents.record import Facts, facts
from documents.tables import Record, RecordSignature
from union.law import ARB_RULES, ESIGN, LDMA
from union.roles import PARTY
from workflows.errors import Invalid, Reason, Refused
from workflows.form import Attachment, Form, Step
from workflows.law import Policy
from workflows.tables import new_id

BY_HAND = {"paper": "当面签名", "fingerprint": "捺指印", "stamp": "单位盖章"}
ELECTRONIC = {"pad": "平板签名", "phone": "手机签名", "staff": "电子签名"}
WAYS_OF_SIGNING = {**BY_HAND, **ELECTRONIC}
ORIGINALS = {"electronic": "电子原件", "paper": "纸质原件"}
SCAN = ".pdf,.jpg,.jpeg,.png"
AGENTS_SETTLE = Policy("代理人签署，只有调解协议书、补充协议须有特别授权", "9-16")
SETTLING = ("agreement", "supplementary_agreement")  # an agent needs 特别授权 to settle
BY_AGENT = Meta(title="由委托代理人代签", description="代理人和代理权限以案件登记的为准")
PRESENT = Meta(title="在场人", description="签名时在场的其他人，如工作人员、见证人", max_length=150)


def signers_to_come(seen: Facts) -> dict[str, str]:
    return {signer["key"]: signer["name"] for signer in seen.unsigned}


def signers_on_pad(seen: Facts) -> dict[str, str]:
    """Who is still to sign and has agreed to sign electronically."""
    return {signer["key"]: signer["name"] for signer in seen.unsigned if seen.agreed(signer["key"], "signing")}


def who_agreed(seen: Facts) -> dict[str, str]:
    """Also those who have signed: the same form sent twice is answered like the first."""
    return {signer["key"]: signer["name"] for signer in seen.subject.signers if seen.agreed(signer["key"], "signing")}


class Sign(Form):
    """By hand, one signer at a time."""

    signer: Annotated[str, Meta(title="签名人", extra={"widget": "select", "choices": signers_to_come})]
    way: Annotated[str, Meta(title="签名方式", extra={"widget": "radio", "choices": BY_HAND})] = "paper"
    by_agent: Annotated[bool, BY_AGENT] = False
    present: Annotated[str, PRESENT] = ""
    scan: Annotated[
        Attachment | None,
        Meta(title="签名页扫描件", description="PDF 或者照片；已有人电子签名的必须上传", extra={"accept": SCAN}),
    ] = None

    def apply(self, step: Step) -> None:
        record, seen = _record(step), facts(step)
        signer = _awaited(seen, self.signer)
        if self.way not in BY_HAND:
            raise Invalid("way", "签名方式须从所列各项中选择。")
        if seen.signed_electronically and self.scan is None:
            raise Invalid("scan", "已有人电子签名，原件是电子文件：纸质签名的，上传有其签名的签名页扫描件。")
        record.original = "electronic" if seen.signed_electronically else "paper"
        signature = _signature(step, signer, self.way, agent=_agent(seen, signer, self.by_agent), present=self.present)
        if self.scan is not None:
            self.scan = keep_scan(step, record.id, signature.id, SIGNING_PAGE, self.scan, "scan")
        step.session.add(signature)


class SignOnPad(Form):
    """On the tablet: the strokes, over the very content that was shown."""

    signer: Annotated[str, Meta(title="签名人", extra={"widget": "select", "choices": who_agreed})]
    strokes: Annotated[
        str, Meta(title="签名", max_length=ink.LONGEST, extra={"widget": "hidden", "required": False})
    ] = ""
    shown_sha256: Annotated[str, Meta(title="所示内容的摘要", extra={"widget": "hidden", "required": False})] = ""
    by_agent: Annotated[bool, BY_AGENT] = False
    present: Annotated[str, PRESENT] = ""

    def apply(self, step: Step) -> None:
        record, seen = _record(step), facts(step)
        signer = _awaited(seen, self.signer)
        if not seen.agreed(self.signer, "signing"):
            raise Invalid("signer", NOT_AGREED.format(signer["name"]))
        _refuse_for_others(step, self.signer)
        _refuse_other_content(record, self.shown_sha256)
        _refuse_on_paper(seen)
        way = "phone" if PARTY.id in step.actor.roles else "pad"
        strokes = ink.read(self.strokes)
        record.original = "electronic"
        signature = _signature(step, signer, way, agent=_agent(seen, signer, self.by_agent), present=self.present)
        self.strokes = keep_paper(step, record.id, signature.id, INK, "strokes.json", ink.JSON, ink.packed(strokes))
        step.session.add(signature)


class SignAsStaff(Form):
    """Whoever is logged in and has just proved it signs for themselves."""

    shown_sha256: Annotated[str, Meta(title="所示内容的摘要", extra={"widget": "hidden", "required": False})] = ""

    @classmethod
    def known(cls, seen: Facts) -> dict[str, Any]:
        return {"shown_sha256": seen.subject.data_sha256 or ""}

    def apply(self, step: Step) -> None:
        record, seen = _record(step), facts(step)
        signer = seen.oneself
        if signer is None:
            raise Refused([Reason("还没有签名的人中，须有您本人", (LDMA[14, 2],), "one_signs_for_oneself")])
        if self.shown_sha256:
            _refuse_other_content(record, self.shown_sha256)
        _refuse_on_paper(seen)
        record.original = "electronic"
        step.session.add(_signature(step, signer, "staff"))


class RefuseSignature(Form):
    signer: Annotated[str, Meta(title="拒绝签名的人", extra={"widget": "select", "choices": signers_to_come})]
    reason: Annotated[
        str,
        Meta(title="情况说明", description="写明经过", min_length=4, max_length=500, extra={"widget": "textarea"}),
    ]
    witness: Annotated[
        str, Meta(title="见证人", description="在场见证的人，写明姓名和身份", min_length=2, max_length=150)
    ]

    def apply(self, step: Step) -> None:
        signer = _awaited(facts(step), self.signer)
        if len(self.reason.strip()) < 4:
            raise Invalid("reason", "写明拒绝签名的经过。")
        if len(self.witness.strip()) < 2:
            raise Invalid("witness", "写明在场的见证人。")
        step.session.add(_signature(step, signer, "paper", refused_because=self.reason, present=self.witness))


NOT_AGREED = "没有{}同意电子签名的记录：先在案件页办理“确认送达地址”登记同意，或者改在纸上签名。"


def _awaited(seen: Facts, key: str) -> dict[str, str]:
    signer = next((person for person in seen.subject.signers if person["key"] == key), None)
    if signer is None:
        raise Invalid("signer", "签名人不在名单中。")
    if key not in signers_to_come(seen):
        raise Invalid("signer", f"已登记过{signer['name']}的签名。")
    return dict(signer)


def _agent(seen: Facts, signer: dict[str, str], by_agent: bool) -> str:
    """The agent on file, whose authority reaches as far as this record; empty where the person signs itself."""
    if not by_agent:
        return ""
    person = seen.people.get(signer["key"])
    if person is None or not person.agent:
        raise Invalid("by_agent", f"没有登记{signer['name']}的委托代理人：先在案件页出具授权委托书，或者由本人签名。")
    if seen.subject.kind_id in SETTLING and not person.agent_may_settle:
        raise Invalid("by_agent", f"{person.agent}只有一般授权，代签协议须有特别授权：补办授权委托书，或者由本人签名。")
    return str(person.agent)


def _refuse_for_others(step: Step, signer: str) -> None:
    """On its own telephone a party signs for itself; an agent signs where somebody sees who it is."""
    if PARTY.id in step.actor.roles and (signer != str(step.actor.id) or step.actor.agent is not None):
        raise Invalid("signer", "在手机上只能由本人为自己签名；代理人到受理窗口签名。")


def _refuse_other_content(record: Record, shown: str) -> None:
    if shown != record.data_sha256:
        changed = "文书内容与打开签名页时所示的不一致，没有记下签名。重新打开签名页，核对后再签"
        raise Refused([Reason(changed, (LDMA[14, 2], ESIGN[5]), "shown_sha256")])


def _refuse_on_paper(seen: Facts) -> None:
    if any(s.way in BY_HAND and not s.refused_because for s in seen.signatures) and not seen.signed_electronically:
        on_paper = "已有人在纸上签名，本文书以纸质为原件，不能再用电子签名：请在同一份纸上签名"
        raise Refused([Reason(on_paper, (ESIGN[5], ARB_RULES[42].by_analogy()), "original")])


def _signature(
    step: Step, signer: dict[str, str], way: str, *, agent: str = "", present: str = "", refused_because: str = ""
) -> RecordSignature:
    record = _record(step)
    return RecordSignature(
        id=new_id(),
        record_id=record.id,
        signer=signer["key"],
        part=signer["part"],
        name=f"{signer['name']}（{agent}代签）" if agent else signer["name"],
        agent=agent,
        signed_on=step.occurred_on,
        way=way,
        data_sha256=record.data_sha256 or "",
        refused_because=refused_because.strip(),
        present=present.strip(),
        recorded_by=step.actor.id,
        recorded_by_name=step.actor.name,
        recorded_at=step.at,
    )


def _record(step: Step) -> Record:
    record = step.subject
    assert isinstance(record, Record)
    return record
