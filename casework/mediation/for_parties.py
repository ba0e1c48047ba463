"""What a party to a mediation sees and does without a clerk, in the words a worker uses."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from casework.desk.party_requests import KINDS
from casework.mediation.facts import settled
from casework.mediation.forms import fields
from casework.mediation.forms.endings import Withdraw
from casework.mediation.forms.people import ConfirmAddress
from casework.mediation.forms.registration import ClaimIn, PartyIn, RecordAnswer, Register
from casework.mediation.kinds import CLAIM_KINDS, WITHDRAWAL_REASONS
from casework.mediation.presenting import as_shown, likely_repetitions
from casework.mediation.tables import CaseParty, MediationCase, Minutes
from documents.numbering import spellings
from union.organisations import Organisation
from union.privacy import (
    check_credit_code,
    check_id_number,
    check_phone,
    mask_account,
    mask_address,
    mask_id,
    mask_phone,
)
from web.filters import cn_day
from workflows.actor import Agent
from workflows.errors import Invalid
from workflows.parties import Application, Coming, ForParties, Outlook, PartyAct, RequestKind
from workflows.tables import Timer

PAPERS = ("身份证", "劳动合同或者其他能证明在单位工作的材料", "工资条、银行流水、考勤、聊天记录等与争议有关的材料")
AGREES = {"agreed": "同意调解", "refused": "不同意调解"}
SCOPE = {kind.id: kind.label for kind in CLAIM_KINDS if kind.in_scope}

OUTLOOKS = {
    "received": Outlook(
        "申请已经收到，正在审查。",
        "决定是否受理，并用短信和书面通知告诉你。需要时会先问对方愿不愿意调解。",
        "受理窗口",
        "decide_acceptance",
        PAPERS,
    ),
    "awaiting_correction": Outlook(
        "申请材料还不齐。", "把通知中列出的材料补齐，补齐之日重新计算期限。", "申请人", "correction_term", PAPERS
    ),
    "seeking_consent": Outlook(
        "正在问对方是否同意调解。",
        "对方同意的，受理并指定调解员；不同意的，书面告知，可以申请仲裁。",
        "对方当事人和受理窗口",
        "decide_acceptance",
    ),
    "accepted": Outlook("案件已经受理。", "指定调解员。", "调解组织负责人", "mediation_term"),
    "assigned": Outlook(
        "调解员已经指定。认为调解员与本案有利害关系的，可以要求更换。",
        "调解员联系双方，定下调解会的时间。",
        "调解员",
        "mediation_term",
        PAPERS,
    ),
    "in_mediation": Outlook(
        "正在调解。", "参加调解会；谈成的签协议，谈不成的可以申请仲裁。", "双方当事人和调解员", "mediation_term", PAPERS
    ),
    "suspended": Outlook(
        "调解暂时停下来，十五日调解期照常计算。", "中止的原因消除后恢复调解，会通知你。", "调解员", "mediation_term"
    ),
    "agreement_drafted": Outlook(
        "双方已经谈成，协议等待签名。",
        "核对协议内容，双方签名、盖章后生效。",
        "双方当事人",
        "mediation_term",
        ("身份证", "单位印章或者授权委托书（单位）"),
    ),
    "settled": Outlook("调解成功，协议已经生效。", "按协议履行。对方不履行的，告诉调解员。", "双方当事人"),
    "failed": Outlook(
        "调解没有谈成。", "可以申请劳动仲裁，一般须在一年内提出；带上终止意见书。", "你决定", "limitation", PAPERS
    ),
    "withdrawn": Outlook(
        "申请已经撤回。", "以后双方愿意调解的，可以再次申请；也可以申请仲裁。", "你决定", "limitation"
    ),
    "terminated": Outlook("调解已经终止，原因见书面通知。", "可以依法申请仲裁。", "你决定", "limitation"),
    "rejected": Outlook("申请没有受理，原因见书面通知。", "可以依法申请仲裁。", "你决定", "limitation"),
    "transferred": Outlook("案件已经移送其他机关办理。", "等待接收机关联系。", "接收机关"),
    "archived": Outlook("案件已经办结归档。", "需要案卷材料的，联系承办的工会。", "承办工会"),
}


def as_it_stands(session: Session, facts: Any, party_id: uuid.UUID) -> Outlook | None:
    """What the state means to this side, after this much was answered, paid or joined; None where it is the same to all."""
    case, me = facts.case, _of(facts, party_id)
    if case.joined_into_id is not None:
        return _joined(session, case.joined_into_id)
    state = case.outcome if case.state == "archived" else case.state
    found = VIEWS[state](facts, me) if state in VIEWS and me is not None else None
    if case.state == "archived" and case.outcome in OUTLOOKS:
        found = found or OUTLOOKS[case.outcome]
        return replace(found, now=f"{found.now}案卷已经归档。")
    return found


def _joined(session: Session, case_id: uuid.UUID) -> Outlook:
    number = session.get_one(MediationCase, case_id).number
    return Outlook(
        "本案已经并入另一案件，一起办理。",
        f"退出后用案号{number}和本手机号重新登录，看那一件的进展；期限、文书和要办的事都在那里。",
        "那一件的承办人",
    )


def _examined(facts: Any, me: Any) -> Outlook | None:
    if me.side != "respondent":
        return None
    return Outlook(
        "对方的申请已经收到，正在审查。", "需要你答复是否同意调解的，会通知你。", "受理窗口", "decide_acceptance"
    )


def _corrected(facts: Any, me: Any) -> Outlook | None:
    if me.side == "applicant":
        return replace(OUTLOOKS["awaiting_correction"], who="你")
    return Outlook(
        "对方的申请材料还不齐，正在补正。", "补齐以后接着审查，需要你答复的会通知你。", "申请人", "correction_term"
    )


def _asked_for_consent(facts: Any, me: Any) -> Outlook | None:
    """Whoever is asked reads that it is asked; whoever has its answer, that it has come."""
    answers = {party.consent for party in facts.respondents}
    if me.side == "respondent":
        return _own_answer(me.consent, answers)
    if "refused" in answers:
        return Outlook(
            "对方没有同意调解。", "书面告知不予受理，可以依法申请仲裁。", "调解组织负责人", "decide_acceptance"
        )
    if answers == {"agreed"}:
        return Outlook("对方已经同意调解。", *TO_BE_ACCEPTED)
    return None


def _own_answer(consent: str, answers: set[str]) -> Outlook:
    if not consent:
        return Outlook(
            "对方申请由工会调解与你的争议，等你答复是否同意。",
            "在下面答复。同意的，受理并指定调解员；不同意的，对方可以申请仲裁。",
            "你",
            "decide_acceptance",
        )
    if consent == "refused":
        return Outlook("你答复了不同意调解。", "书面告知申请人，申请人可以依法申请仲裁。", "调解组织负责人")
    if answers == {"agreed"}:
        return Outlook("你答复了同意调解。", *TO_BE_ACCEPTED)
    return Outlook("你答复了同意调解。", "等其他被申请人答复。", "其他被申请人和受理窗口", "decide_acceptance")


TO_BE_ACCEPTED = ("决定受理，指定调解员。", "调解组织负责人", "decide_acceptance")


def _after_agreement(facts: Any, me: Any) -> Outlook | None:
    """As far as the agreement is performed; the last days for what both may apply for stand beside it."""
    track = facts.track("mediation.performance")
    if track is None:
        return None
    if track.state == "performed":
        return Outlook("调解成功，协议已经履行完毕。", "没有还要办的事。没有收到的，告诉承办人。", "已经办完")
    if track.state == "defaulted":
        if any(me in facts.debtors(term) for term in _open(facts)):
            return Outlook("协议约定的款项已经逾期，还没有付清。", "立即付清，把付款凭据交给调解员。", "你")
        return Outlook(
            "协议约定的款项已经逾期，对方还没有付清。",
            "调解员督促对方履行；你也可以依法申请救济，带上协议书，问调解员怎样办。",
            "调解员和你",
        )
    return None


VIEWS = {
    "received": _examined,
    "awaiting_correction": _corrected,
    "seeking_consent": _asked_for_consent,
    "settled": _after_agreement,
}

MILESTONES = {
    "register": "调解申请已登记",
    "register_oral": "口头申请已登记",
    "refer_in": "案件已由有关机关转来",
    "open_proactively": "工会主动调解，已受理",
    "reopen": "再次申请已登记",
    "request_correction": "要求补正材料",
    "correct": "已收到补正材料",
    "seek_consent": "开始询问对方是否同意调解",
    "record_answer": "已登记是否同意调解的答复",
    "accept": "已受理",
    "reject": "不予受理",
    "assign": "已指定调解员",
    "recuse": "已更换调解员",
    "reassign": "案件由另一名调解员接办",
    "schedule_sitting": "已安排调解会",
    "extend": "调解期已延长",
    "suspend": "中止调解",
    "resume": "恢复调解",
    "sign": "协议签署生效",
    "settle_on_spot": "当场达成协议并履行",
    "fail": "调解不成",
    "return_to_referrer": "调解不成，退回来函机关",
    "party_absent": "一方未到场，调解不成",
    "withdraw": "申请已撤回",
    "terminate": "调解终止",
    "transfer": "案件已移送",
    "revoke_lapse": "撤销自动结案，恢复调解",
    "archive": "已归档",
    "confirm_address": "已确认送达地址",
    "mediation.performance.complete": "协议已履行完毕",
    "mediation.performance.default": "协议约定的款项逾期未付",
}


def identify(session: Session, number: str, phone: str) -> list[tuple[uuid.UUID, uuid.UUID, bool]]:
    """The entries of a case under this 案号 or 登记号 that have this telephone, their own or their agent's.

    Of several whom one agent stands for on one side, the first: the others are entered from there.
    """
    theirs = CaseParty.phone.equals(phone)
    meant = spellings(number)
    query = (
        select(CaseParty.case_id, CaseParty.id, theirs, CaseParty.side)
        .join(MediationCase, MediationCase.id == CaseParty.case_id)
        .where(or_(MediationCase.case_number.in_(meant), MediationCase.registration_number.in_(meant)))
        .where(or_(theirs, and_(CaseParty.agent_phone.equals(phone), CaseParty.agent_name != "")))
        .where(CaseParty.moved_to_id.is_(None))
        .order_by(CaseParty.id)
    )
    found = session.execute(query).all()
    entries = [(case_id, party_id, not own) for case_id, party_id, own, _ in found]
    one_agent = all(as_agent for _, _, as_agent in entries)
    return entries[:1] if one_agent and len({(row.case_id, row.side) for row in found}) == 1 else entries


def principals(session: Session, case_id: uuid.UUID, phone: str) -> list[uuid.UUID]:
    """Everybody in a case for whom the agent with this telephone stands; nobody where they are on both sides."""
    query = (
        select(CaseParty.id, CaseParty.side)
        .where(CaseParty.case_id == case_id, CaseParty.agent_phone.equals(phone), CaseParty.agent_name != "")
        .where(CaseParty.moved_to_id.is_(None))
        .order_by(CaseParty.id)
    )
    found = session.execute(query).all()
    return [row.id for row in found] if len({row.side for row in found}) == 1 else []


def agent(session: Session, party_id: uuid.UUID, phone: str) -> Agent | None:
    """The agent of a party while the party still has one with this telephone."""
    theirs = (CaseParty.id == party_id, CaseParty.agent_phone.equals(phone), CaseParty.agent_name != "")
    party = session.scalars(select(CaseParty).where(*theirs)).first()
    return Agent(party.agent_name, party.agent_authority == "special") if party is not None else None


def example(session: Session) -> tuple[str, str] | None:
    """A case under way whose applicant has a telephone, for the demo's own page."""
    query = (
        select(MediationCase.number, CaseParty)
        .join(CaseParty, CaseParty.case_id == MediationCase.id)
        .where(MediationCase.state == "in_mediation", CaseParty.side == "applicant", CaseParty.phone.is_given())
        .order_by(MediationCase.opened_on.desc(), CaseParty.id)
        .limit(20)
    )
    for number, party in session.execute(query):
        if number and party.phone and len(identify(session, number, party.phone)) == 1:
            return number, party.phone
    return None


def bring(session: Session, sitting_id: uuid.UUID) -> Iterable[str]:
    minutes = session.get(Minutes, sitting_id)
    return minutes.bring if minutes is not None else ()


# --- acts


class Answer(msgspec.Struct, kw_only=True):
    answer: Annotated[
        str, msgspec.Meta(title="你是否同意调解", extra={"widget": "radio", "choices": AGREES, "required": True})
    ]


class TakeBack(msgspec.Struct, kw_only=True):
    reason: Annotated[
        str,
        msgspec.Meta(title="为什么撤回", extra={"widget": "radio", "choices": WITHDRAWAL_REASONS, "required": True}),
    ]
    amount: Annotated[int | None, fields.money("和解金额", "已经和单位谈好的填写，以元计")] = None
    voluntary: Annotated[bool, fields.tick("我自愿撤回，没有人强迫")] = False

    def __post_init__(self) -> None:
        if not self.voluntary:
            raise ValueError(
                "voluntary: 撤回必须出于自愿。确实自愿的，按“我自愿撤回申请”；有人强迫的，给承办的工会打电话。"
            )


class Address(msgspec.Struct, kw_only=True):
    address: Annotated[
        str,
        msgspec.Meta(title="送达地址", description="通知书和协议书寄到这里；写到门牌号", min_length=6, max_length=200),
    ]
    e_service_consent: Annotated[bool, fields.tick("同意用电子方式送达文书", "不勾选的，照旧寄送或者当面交给你")] = (
        False
    )
    e_sign_consent: Annotated[bool, fields.tick("同意在平板上电子签名", "不勾选的，照旧在纸上签名")] = False


def _answered(form: Answer, facts: Any, party_id: uuid.UUID) -> RecordAnswer:
    return RecordAnswer(answer=form.answer, party_id=party_id, way="online")


def _taken_back(form: TakeBack, facts: Any, party_id: uuid.UUID) -> Withdraw:
    return Withdraw(reason=form.reason, voluntary=True, amount=form.amount, way="online")


def _confirmed(form: Address, facts: Any, party_id: uuid.UUID) -> ConfirmAddress:
    return ConfirmAddress(
        party_id=party_id,
        address=form.address,
        e_sign_consent=form.e_sign_consent,
        e_service_consent=form.e_service_consent,
        way="online",
    )


def _of(facts: Any, party_id: uuid.UUID) -> Any:
    return next((party for party in facts.parties if party.id == party_id), None)


def _asked(facts: Any, party_id: uuid.UUID) -> bool:
    me = _of(facts, party_id)
    return bool(facts.case.state == "seeking_consent" and me and me.side == "respondent" and not me.consent)


def _may_withdraw(facts: Any, party_id: uuid.UUID) -> bool:
    """Of several applicants none ends the case for the others from a telephone."""
    return facts.case.closed_on is None and [party.id for party in facts.applicants] == [party_id]


def _reachable(facts: Any, party_id: uuid.UUID) -> bool:
    return facts.case.state != "archived" and _of(facts, party_id) is not None


ACTS = (
    PartyAct(
        "answer",
        "答复是否同意调解",
        Answer,
        _asked,
        "已收到你的答复",
        file=_answered,
        trigger="record_answer",
        icon="message-square-reply",
        hint="调解不收费，不伤和气，谈不成不影响双方的权利。不同意的，对方可以直接申请仲裁。",
    ),
    PartyAct(
        "confirm-address",
        "确认送达地址",
        Address,
        _reachable,
        "已登记送达地址",
        file=_confirmed,
        act="confirm_address",
        icon="map-pin-check",
        hint="地址写错或者换了没有告知的，文书退回之日可能视为送达。",
    ),
    PartyAct(
        "withdraw",
        "撤回申请",
        TakeBack,
        _may_withdraw,
        "申请已撤回",
        file=_taken_back,
        trigger="withdraw",
        button="我自愿撤回申请",
        pledge="voluntary",
        disposes=True,
        icon="undo",
        hint="撤回后本案结束，并通知对方；以后双方愿意的可以再申请，也可以申请仲裁。有人强迫的，不要办，给承办的工会打电话。",
    ),
)


# --- after the agreement


NOT_PAID = RequestKind(
    "对方没有付款",
    "告知对方没有付款",
    "调解员核实后登记逾期并督促履行。协议有支付内容的，还可以向法院申请支付令；经仲裁审查或者司法确认的，可以申请强制执行。",
    needs_words=False,
    icon="banknote-x",
    offered=lambda facts, party_id: any(
        term.due_on is not None and term.due_on < facts.today for term in _owed(facts, party_id)
    ),
)
OBJECTION = replace(KINDS["objection"], hint=f"{KINDS['objection'].hint}不影响你依法申请仲裁。")
LAST_DAYS = {  # clocks of the side tracks -> what a party has to know of them
    "arbitration_review_window": (
        "双方可以共同申请仲裁审查协议，到这一天为止",
        "双方都愿意才能申请，带协议书和身份证；逾期的，仲裁委员会不予受理。",
    ),
    "court_confirmation_window": (
        "双方可以共同向法院申请司法确认，到这一天为止",
        "双方都愿意才能申请；届满未申请的，不能再申请司法确认，协议仍有约束力。",
    ),
    "payment_order_reply": (
        "收到支付令的，到这一天为止清偿或者提出异议",
        "既不清偿也不异议的，可以申请强制执行。",
    ),
}


def coming(session: Session, subject: Any, facts: Any, party_id: uuid.UUID) -> Iterable[Coming]:
    """The instalments still open and the last days of what both may apply for together."""
    for term in (*_owed(facts, party_id), *_owing(facts, party_id)):
        if term.due_on is not None:
            mine = _of(facts, party_id) in facts.debtors(term)
            left = term.amount - term.paid if term.amount is not None else None
            which = f"第{term.number}项" + (f"第{term.instalment}期" if term.instalment > 1 else "")
            whose = "你应当履行" if mine else "对方应当履行"
            note = "已经付了一部分，这是剩下的。" if term.paid else ""
            yield Coming(f"协议{which}：{whose}“{term.title}”", term.due_on, left, note)
    running = (Timer.root_id == subject.id, Timer.status == "running", Timer.deadline.in_(LAST_DAYS))
    for timer in session.scalars(select(Timer).where(*running).order_by(Timer.effective_due, Timer.id)):
        what, note = LAST_DAYS[timer.deadline]
        yield Coming(what, timer.effective_due, None, note)


def _open(facts: Any) -> list[Any]:
    """Also of what is filed away: an agreement binds until it is kept."""
    return [term for term in facts.terms if facts.case.outcome == "settled" and not settled(term)]


def _owed(facts: Any, party_id: uuid.UUID) -> list[Any]:
    """What the other side still owes this party; of represented workers, what is their own."""
    me = _of(facts, party_id)
    if me is None or me.side == "third":
        return []
    theirs = [term for term in _open(facts) if me not in facts.debtors(term)]
    return [term for term in theirs if me.side == "respondent" or term.party_id in (None, party_id)]


def _owing(facts: Any, party_id: uuid.UUID) -> list[Any]:
    return [term for term in _open(facts) if _of(facts, party_id) in facts.debtors(term)]


# --- what is kept about somebody


def stored(session: Session, party_id: uuid.UUID) -> Iterable[tuple[str, str, str]]:
    """Each fact about a party with its label: masked as a page shows it, and in full for the copy that is theirs."""
    party = session.get_one(CaseParty, party_id)
    for label, masked, full in (
        ("姓名或者名称", party.name, party.name),
        ("身份证号码", mask_id(party.id_number), party.id_number),
        ("统一社会信用代码", party.credit_code, party.credit_code),
        ("电话", mask_phone(party.phone), party.phone),
        ("住址", mask_address(party.address), party.address),
        ("送达地址", mask_address(party.service_address), party.service_address),
        ("银行账号", mask_account(party.account), party.account),
        ("性别", party.sex, party.sex),
        ("岗位", party.job, party.job),
        ("入职日期", *_day(party.hired_on)),
        ("离职日期", *_day(party.left_on)),
        ("工会会员号", party.member_number, party.member_number),
        ("法定代表人", party.legal_representative, party.legal_representative),
        ("代理人", party.agent_name, party.agent_name),
        ("代理人电话", mask_phone(party.agent_phone), party.agent_phone),
        *((label, said, said) for label, said in _consents(party)),
    ):
        if full:
            yield label, str(masked), str(full)


def _day(day: date | None) -> tuple[str, str]:
    return (cn_day(day), cn_day(day)) if day else ("", "")


def _consents(party: Any) -> Iterator[tuple[str, str]]:
    for label, agreed in (("电子送达", party.e_service_consent), ("电子签名", party.e_sign_consent)):
        yield label, "同意" if agreed else "未同意"


# --- applying


class ClaimLine(msgspec.Struct, kw_only=True):
    kind: Annotated[str, fields.pick("哪一类", SCOPE)]
    title: Annotated[str, fields.text("具体要求", "例如：支付2026年1月至3月工资", 300)] = ""
    amount: Annotated[int | None, fields.money("金额", "以元计，说不清的空着")] = None


class OnlineApplication(msgspec.Struct, kw_only=True):
    """What a worker can say without a lawyer; the clerk asks for the rest."""

    name: Annotated[str, msgspec.Meta(title="你的姓名", description="与身份证一致", min_length=2, max_length=60)]
    id_number: Annotated[
        str, fields.plausible(check_id_number, msgspec.Meta(title="身份证号码", min_length=15, max_length=20))
    ]
    address: Annotated[str, fields.text("你的住址", "文书寄到这里", 200)] = ""
    employer: Annotated[
        str, msgspec.Meta(title="单位全称", description="与劳动合同、工资条一致", min_length=2, max_length=200)
    ]
    credit_code: Annotated[
        str,
        fields.plausible(
            check_credit_code, fields.text("单位的统一社会信用代码", "营业执照上的18位代码，不知道的空着", 18)
        ),
    ] = ""
    employer_phone: Annotated[str, fields.plausible(check_phone, fields.text("单位联系电话", most=30))] = ""
    workplace: Annotated[str, fields.text("上班的地方", "街道、门牌", 300)] = ""
    hired_on: Annotated[date | None, fields.past_day("哪天入职")] = None
    left_on: Annotated[date | None, fields.day("哪天离职", "还在上班的空着")] = None
    claims: Annotated[list[ClaimLine], fields.rows("你要求什么", "一行一项", most=20, required=True)]
    grounds: Annotated[
        str,
        msgspec.Meta(
            title="事情经过",
            description="什么时候、发生了什么、单位怎么说的",
            min_length=10,
            max_length=4000,
            extra={"widget": "textarea", "lines": 6},
        ),
    ]
    station: Annotated[uuid.UUID, fields.pick("交给哪里办", fields.from_facts("stations"), "选离单位或者住处近的")]
    honest: Annotated[
        bool, msgspec.Meta(title="以上内容属实，我愿意调解", extra={"widget": "checkbox", "required": True})
    ] = False


class Stations:
    """The organisations of the district that mediate, to choose from."""

    def __init__(self, session: Session, day: date) -> None:
        self.session, self.day = session, day

    def choices(self, name: str) -> dict[str, str]:
        if name != "stations":
            return {}
        rows = self.session.execute(
            select(Organisation.id, Organisation.name)
            .where(Organisation.legal_basis.is_not(None), Organisation.legal_basis != "enterprise_committee")
            .where(or_(Organisation.valid_to.is_(None), Organisation.valid_to >= self.day))
            .order_by(Organisation.level, Organisation.name_pinyin)
        )
        return {str(identity): name for identity, name in rows}


def _application(session: Session, form: OnlineApplication, phone: str, at: datetime) -> tuple[uuid.UUID, Register]:
    if form.hired_on and form.left_on and form.left_on < form.hired_on:
        raise Invalid("left_on", "离职日期早于入职日期，核对后改正。")
    filed = Register(
        applicants=[
            PartyIn(
                name=form.name,
                id_number=form.id_number,
                phone=phone,
                address=form.address,
                service_address=form.address,
                hired_on=form.hired_on,
                left_on=form.left_on,
                consent="agreed",
            )
        ],
        respondents=[
            PartyIn(name=form.employer, kind="organisation", credit_code=form.credit_code, phone=form.employer_phone)
        ],
        claims=[ClaimIn(kind=line.kind, title=line.title, amount=line.amount) for line in form.claims],
        grounds=form.grounds,
        workplace=form.workplace,
        source="online",
    )
    if likely_repetitions(session, filed, at):  # the applicant learns nothing of it; the clerk finds the cases linked
        filed.duplicate_decision, filed.duplicate_reason = "related", "网上申请，由受理窗口核对"
    return form.station, as_shown(session, filed, at)


APPLICATION = Application(
    "申请劳动争议调解",
    "register",
    OnlineApplication,
    _application,
    Stations,
    "申请已提交",
    known={"claims": [{"kind": "wages"}]},
    called="调解申请",
    prepare=(
        ("id-card", "身份证"),
        ("building-2", "单位的全称，劳动合同或者工资条上有"),
        ("banknote", "你要求什么、多少钱、哪段时间"),
    ),
)

FOR_PARTIES = ForParties(
    assurance="调解不收费。",
    identify=identify,
    outlooks=OUTLOOKS,
    milestones=MILESTONES,
    outlook=as_it_stands,
    acts=ACTS,
    application=APPLICATION,
    requests={"not-paid": NOT_PAID, "objection": OBJECTION},
    coming=coming,
    agent=agent,
    principals=principals,
    stored=stored,
    bring=bring,
    example=example,
)
