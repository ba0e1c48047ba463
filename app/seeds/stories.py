"""What happened to the people of the demo district: each story is a case, told step by step as the law orders it."""

import uuid
from collections.abc import Generator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select

from app.seeds.district import ROOMS, invented_name
from app.seeds.papers import (
    completed,
    finalised,
    minutes_signed,
    paper,
    sealed,
    sealed_and_served,
    served_with_trouble,
    signed,
    signed_electronically,
)
from app.seeds.telling import Cast, Story, Teller
from casework.desk.tables import Link, Room, Sitting
from casework.mediation.forms.aftermath import (
    ApplyArbReview,
    ApplyCourtConfirmation,
    ApplyPaymentOrder,
    ArbAccept,
    ArbLetter,
    ArbLetterTakesEffect,
    Complete,
    Conclude,
    Default,
    Filing,
    Postpone,
    RecordPayment,
    Ruling,
)
from casework.mediation.forms.correction import Correct, RequestCorrection
from casework.mediation.forms.endings import (
    Archive,
    Fail,
    HandOver,
    ReportBack,
    RevokeLapse,
    Terminate,
    Transfer,
    Withdraw,
)
from casework.mediation.forms.papers import Authorise, FollowUp, MakeReceipt
from casework.mediation.forms.people import (
    Assign,
    Calculate,
    ConfirmAddress,
    ElectRepresentatives,
    Recuse,
    RequestRecusal,
)
from casework.mediation.forms.registration import (
    Accept,
    ClaimIn,
    PartyIn,
    RecordAnswer,
    ReferIn,
    Register,
    RegisterOral,
    Reject,
    Reopen,
    SeekConsent,
)
from casework.mediation.forms.talks import (
    ConfirmShares,
    Extend,
    InstalmentIn,
    ReachAgreement,
    RecordMinutes,
    Resume,
    ScheduleSitting,
    SettleOnSpot,
    Sign,
    StartSession,
    Suspend,
    TermIn,
)
from casework.mediation.tables import CaseParty, Claim, SettlementTerm
from union.organisations import Enterprise
from union.people import Person
from workflows.tables import SHANGHAI

Told = Generator[int, None, uuid.UUID]

GROUNDS = "申请人于{hired}入职被申请人处，从事{job}工作。被申请人自{since}起未足额支付工资，经多次催要未果，申请人因此申请调解。"
HOURS = (time(10), time(14), time(16))  # at which a sitting begins
JOBS = (
    "保洁主管",
    "客服专员",
    "外卖骑手",
    "安装工",
    "保安员",
    "仓储管理员",
    "前厅经理",
    "幼儿教师",
    "软件测试员",
    "护理员",
)


# --- how a case comes in


def person_party(t: Teller, person: Person, consent: str = "") -> PartyIn:
    return PartyIn(
        name=person.name,
        capacity="worker",
        id_number=person.id_number or "",
        phone=person.phone or "",
        address=person.address or "",
        service_address=person.address or "",
        member_number=person.member_number or "",
        job=job_of(person),
        hired_on=(t.today - timedelta(days=75)).replace(year=(t.today - timedelta(days=75)).year - 3, month=3, day=1),
        left_on=t.today - timedelta(days=t.lots.randrange(5, 40)),
        monthly_wage=t.lots.randrange(45, 160) * 10000,
        consent=consent,
    )


def employer_party(t: Teller, c: Cast) -> PartyIn:
    with t.sessions() as session:
        facts = session.get_one(Enterprise, c.employer.id)
        representative, phone = facts.legal_representative, facts.contact_phone or ""
    return PartyIn(
        name=c.employer.name,
        kind="organisation",
        capacity="employer",
        credit_code=c.employer.credit_code or "",
        legal_representative=representative,
        phone=phone,
        address=c.employer.address,
        service_address=c.employer.address,
        agent_name=invented_name(t.lots),
        agent_authority="special",
    )


def claim(t: Teller, kind: str = "wages", worker: int = 0, amount: int | None = None) -> ClaimIn:
    last = t.today.replace(day=1) - timedelta(days=1)
    titles = {
        "wages": "支付拖欠的工资",
        "compensation": "支付解除劳动合同经济补偿",
        "overtime": "支付加班费",
        "relationship": "确认存在劳动关系",
        "annual_leave": "支付未休年休假工资报酬",
        "not_labour": "支付劳务费",
        "platform": "支付配送服务费差额",
        "injury_medical": "支付工伤医疗费",
    }
    money = kind != "relationship"
    return ClaimIn(
        kind=kind,
        title=titles[kind],
        amount=(amount or t.lots.randrange(60, 900) * 10000) if money else None,
        period_from=(last.replace(day=1) - timedelta(days=60)).replace(day=1) if money else None,
        period_to=last if money else None,
        knew_on=t.today - timedelta(days=t.lots.randrange(20, 120)),
        worker=worker,
    )


def job_of(person: Person) -> str:
    return JOBS[person.id.int % len(JOBS)]


def grounds(t: Teller, c: Cast) -> str:
    since = (t.today.replace(day=1) - timedelta(days=75)).replace(day=1)
    return GROUNDS.format(
        hired=f"{since.year - 3}年3月1日", job=job_of(c.workers[0]), since=f"{since.year}年{since.month}月"
    )


def applied(t: Teller, c: Cast, kinds: tuple[str, ...] = ("wages",), oral: bool = False) -> uuid.UUID:
    """An application comes in over the counter, written or oral."""
    common: dict[str, Any] = {
        "applicants": [person_party(t, worker) for worker in c.workers],
        "respondents": [employer_party(t, c)],
        "claims": [claim(t, kind, n) for n in range(len(c.workers)) for kind in kinds],
        "grounds": grounds(t, c),
        "duplicate_decision": "separate",
        "duplicate_reason": "请求事项和期间不同",
    }
    if not oral:
        case = t.open("register", Register(**common), c.clerk, c.place)
        signed(t, c, case, "application")
        signed(t, c, case, "materials_receipt")
        return case
    form = RegisterOral(
        **common, taken_at=t.now, place="区职工服务中心二层窗口", recorder=t.staff(c.recorder).name, read_back=True
    )
    case = t.open("register_oral", form, c.clerk, c.place)
    signed(t, c, case, "oral_application")
    signed(t, c, case, "materials_receipt")
    return case


def consented(t: Teller, c: Cast, case: uuid.UUID) -> Story:
    t.act(case, "seek_consent", SeekConsent(way="phone", answer_by=t.today + timedelta(days=2)), c.clerk)
    sealed_and_served(t, c, case, "consent_inquiry")
    yield 1
    t.act(case, "record_answer", RecordAnswer(answer="agreed", way="phone", remark="公司人事同意调解"), c.clerk)


def accepted(t: Teller, c: Cast, kinds: tuple[str, ...] = ("wages",), oral: bool = False) -> Told:
    case = applied(t, c, kinds, oral)
    yield from consented(t, c, case)
    t.act(case, "accept", Accept(), c.head)
    sealed_and_served(t, c, case, "acceptance_notice")
    return case


def assigned(t: Teller, c: Cast, kinds: tuple[str, ...] = ("wages",), oral: bool = False) -> Told:
    case = yield from accepted(t, c, kinds, oral)
    mediators = [t.staff(c.mediator).id]
    t.act(case, "assign", Assign(mediators=mediators, recorder=t.staff(c.recorder).id), c.head)
    completed(t, c, case)
    return case


def summoned(t: Teller, c: Cast, case: uuid.UUID, days: int = 3) -> None:
    at = datetime.combine(t._workday(t.today + timedelta(days=days)), HOURS[0], SHANGHAI)
    called_together(t, c, case, ScheduleSitting(starts_at=at, place=t.lots.choice(list(ROOMS)), way="phone"))


def summoned_ahead(t: Teller, c: Cast, case: uuid.UUID, days: int) -> None:
    """To a sitting that is still to come: the first hour at which neither the mediator nor the room is taken."""
    place = t.lots.choice(list(ROOMS))
    at = free_hour(t, c, t._workday(t.today + timedelta(days=days)), place)
    room = next(iter(t.read(select(Room.id).where(Room.organisation_id == c.place.id, Room.name == place))), None)
    called_together(t, c, case, ScheduleSitting(starts_at=at, place=place, room_id=room, way="phone"))


def free_hour(t: Teller, c: Cast, day: date, place: str) -> datetime:
    taken = set(
        t.read(select(Sitting.starts_at).where(or_(Sitting.host_id == t.staff(c.mediator).id, Sitting.place == place)))
    )
    while not (free := [at for hour in HOURS if (at := datetime.combine(day, hour, SHANGHAI)) not in taken]):
        day = t._workday(day + timedelta(days=1))
    return free[0]


def called_together(t: Teller, c: Cast, case: uuid.UUID, form: ScheduleSitting) -> None:
    t.act(case, "schedule_sitting", form, c.mediator)
    sealed_and_served(t, c, case, "session_notice")


def talking(t: Teller, c: Cast, kinds: tuple[str, ...] = ("wages",), oral: bool = False) -> Told:
    """Both sides sit down together for the first time."""
    case = yield from assigned(t, c, kinds, oral)
    summoned(t, c, case)
    yield 3
    t.act(case, "start_session", StartSession(rights_told=True), c.mediator)
    minutes = RecordMinutes(
        applicant_statement="被申请人拖欠工资属实，希望尽快支付。",
        respondent_statement="公司经营困难，对欠付事实没有异议，希望分期。",
        proceedings="调解员听取双方意见，核对工资支付凭证和考勤记录，双方对欠付事实没有异议。",
        without_prejudice="被申请人表示如能分期，可以在年底前付清。",
        recusal="双方均不申请回避。",
        result="双方同意继续协商支付方案。",
        read_back=True,
    )
    t.act(case, "record_minutes", minutes, c.mediator)
    minutes_signed(t, c, case)
    return case


def parties_of(t: Teller, case: uuid.UUID) -> list[CaseParty]:
    return t.read(select(CaseParty).where(CaseParty.case_id == case, CaseParty.moved_to_id.is_(None)))


def terms(t: Teller, c: Cast, case: uuid.UUID, instalments: int = 1, first_after: int = 20) -> list[TermIn]:
    """Three quarters of what is claimed, or more, in hundreds of yuan."""
    claimed = sum(amount or 0 for amount in t.read(select(Claim.amount).where(Claim.case_id == case)))
    amount = claimed * t.lots.randrange(75, 101) // 100 // instalments // 10000 * 10000
    parts = [
        InstalmentIn(amount=amount, due_on=t.today + timedelta(days=first_after + 30 * n)) for n in range(instalments)
    ]
    worker = c.workers[0]
    return [
        TermIn(
            title=f"被申请人支付{worker.name}拖欠的工资",
            payee=worker.name,
            way="transfer",
            bank_name=worker.bank_name,
            account=worker.bank_account or "",
            amount=None if instalments > 1 else amount,
            due_on=None if instalments > 1 else parts[0].due_on,
            instalments=parts if instalments > 1 else [],
            tax="pre",
        )
    ]


def agreed(t: Teller, c: Cast, instalments: int = 1, first_after: int = 20, oral: bool = False) -> Told:
    case = yield from talking(t, c, oral=oral)
    yield 2
    form = ReachAgreement(
        terms=terms(t, c, case, instalments, first_after),
        default_liability="逾期支付的，按未付金额每日万分之五支付违约金。",
        employment="双方确认劳动关系已协商一致解除。",
        warning_reason="双方核对后确认表述与事实一致。",
    )
    t.act(case, "reach_agreement", form, c.mediator)
    return case


def settled(t: Teller, c: Cast, instalments: int = 1, first_after: int = 20, oral: bool = False) -> Told:
    case = yield from agreed(t, c, instalments, first_after, oral)
    finalised(t, c, case, "agreement")
    yield 1
    signed(t, c, case, "agreement")
    sealed_and_served(t, c, case, "agreement")
    t.act(case, "sign", Sign(), c.mediator)
    return case


def instalments_of(t: Teller, case: uuid.UUID) -> list[SettlementTerm]:
    query = select(SettlementTerm).where(SettlementTerm.case_id == case, SettlementTerm.superseded_on.is_(None))
    return [term for term in t.read(query.order_by(SettlementTerm.due_on)) if term.amount is not None]


def paid(t: Teller, c: Cast, case: uuid.UUID) -> Story:
    """Every instalment comes on time; the last one completes the performance."""
    track = t.track(case, "mediation.performance")
    promised = instalments_of(t, case)
    for n, term in enumerate(promised):
        yield max((term.due_on - t.today).days - 2, 0) if term.due_on else 0
        proof = f"银行回单{t.lots.randrange(10**7, 10**8)}"
        if n < len(promised) - 1:
            t.act(track, "record_part", RecordPayment(term_id=term.id, amount=term.amount, proof=proof), c.mediator)
        else:
            t.act(track, "complete", Complete(term_id=term.id, amount=term.amount, proof=proof), c.mediator)


def archived(t: Teller, c: Cast, case: uuid.UUID) -> None:
    completed(t, c, case)
    pages = t.lots.randrange(18, 60)
    t.act(case, "archive", Archive(catalogue_complete=True, receipts_filed=True, pages=pages), c.archivist)


# --- the stories


def performed(t: Teller, c: Cast) -> Story:
    """Oral application, agreement, performance in two instalments, archive."""
    case = yield from settled(t, c, instalments=2, first_after=15, oral=True)
    yield from paid(t, c, case)
    yield 5
    archived(t, c, case)


def performed_at_once(t: Teller, c: Cast) -> Story:
    case = yield from settled(t, c, first_after=7)
    yield from paid(t, c, case)
    yield 12
    archived(t, c, case)


def performing(t: Teller, c: Cast) -> Story:
    """Settled, first instalment paid, the rest to come."""
    case = yield from settled(t, c, instalments=3, first_after=6)
    track, first = t.track(case, "mediation.performance"), instalments_of(t, case)[0]
    yield 5
    t.act(track, "record_part", RecordPayment(term_id=first.id, amount=first.amount, proof="银行回单"), c.mediator)


def refused(t: Teller, c: Cast) -> Story:
    """The other side does not want to be mediated: 不予受理 in writing."""
    case = applied(t, c, ("wages", "overtime"), oral=True)
    t.act(case, "seek_consent", SeekConsent(way="phone"), c.clerk)
    yield 2
    t.act(case, "record_answer", RecordAnswer(answer="refused", way="letter", remark="来函表示直接走仲裁"), c.clerk)
    t.act(
        case,
        "reject",
        Reject(reason="party_disagrees", explanation="被申请人书面表示不同意调解，告知申请人可以依法申请仲裁。"),
        c.head,
    )
    sealed_and_served(t, c, case, "rejection_notice")
    yield 6
    archived(t, c, case)


def defaulted(t: Teller, c: Cast) -> Story:
    """The employer pays the first instalment only; the worker goes to arbitration."""
    case = yield from settled(t, c, instalments=2, first_after=10, oral=True)
    track, first = t.track(case, "mediation.performance"), instalments_of(t, case)[0]
    yield 9
    t.act(track, "record_part", RecordPayment(term_id=first.id, amount=first.amount, proof="银行回单"), c.mediator)
    yield 36
    t.act(track, "default", Default(explanation="电话核实，公司账户被冻结，第二期未付。"), c.mediator)
    completed(t, c, case)
    yield 4
    remedy = t.track(case, "mediation.remedy")
    body = "北京市朝阳区劳动人事争议仲裁委员会"
    t.act(remedy, "apply_arbitration", Filing(body=body, accepted_on=None), c.mediator)
    yield 50
    t.act(remedy, "conclude", Conclude(result="仲裁裁决支持申请人的请求。"), c.mediator)
    archived(t, c, case)


def court(t: Teller, c: Cast) -> Story:
    """Both sides have the agreement confirmed by the court within thirty days."""
    case = yield from settled(t, c, first_after=40, oral=True)
    confirmation = t.track(case, "mediation.confirmation")
    yield 8
    form = ApplyCourtConfirmation(by_applicant=True, by_respondent=True, body="北京市朝阳区人民法院")
    t.act(confirmation, "apply_court_confirmation", form, c.mediator)
    completed(t, c, case)
    yield 15
    t.act(confirmation, "court_confirm", Ruling(number=f"（{t.today.year}）京0105调确1号"), c.mediator)
    yield from paid(t, c, case)
    yield 3
    archived(t, c, case)


def reviewed(t: Teller, c: Cast) -> Story:
    """Joint arbitration review: the commission issues its letter, both sides sign for it."""
    case = yield from settled(t, c, first_after=30)
    confirmation = t.track(case, "mediation.confirmation")
    yield 4
    body = "北京市朝阳区劳动人事争议仲裁委员会"
    t.act(
        confirmation, "apply_arb_review", ApplyArbReview(by_applicant=True, by_respondent=True, body=body), c.mediator
    )
    completed(t, c, case)
    yield 2
    t.act(confirmation, "arb_accept", ArbAccept(number=f"京朝劳人仲审字〔{t.today.year}〕第1号"), c.mediator)
    yield 5
    letter = ArbLetter(number=f"京朝劳人仲字〔{t.today.year}〕第1号", content_equals="yes")
    t.act(confirmation, "arb_letter", letter, c.mediator)
    yield 2
    received = ArbLetterTakesEffect(signed_by_applicant_on=t.today, signed_by_respondent_on=t.today)
    t.act(confirmation, "arb_letter_takes_effect", received, c.mediator)


def collective(t: Teller, c: Cast) -> Story:
    """Twelve workers, three representatives; one has not confirmed and goes on in a case of their own."""
    case = applied(t, c, ("wages",), oral=True)
    people = [p for p in parties_of(t, case) if p.side == "applicant"]
    representatives = [p.id for p in people[:3]]
    form = ElectRepresentatives(representatives=representatives, elected_on=t.today, proof="推举书（12人签名）")
    t.act(case, "elect_representatives", form, c.clerk)
    yield from consented(t, c, case)
    t.act(case, "accept", Accept(), c.head)
    sealed_and_served(t, c, case, "acceptance_notice")
    group = [t.staff(name).id for name in ("zhoumin", "sunlei", "heqing")]
    t.act(case, "assign", Assign(mediators=group, recorder=t.staff(c.recorder).id), c.head)
    summoned(t, c, case, days=2)
    yield 2
    t.act(case, "start_session", StartSession(rights_told=True), c.mediator)
    minutes = RecordMinutes(
        proceedings="逐人核对工资表，双方对欠付金额没有异议。", result="同意一次付清。", read_back=True
    )
    t.act(case, "record_minutes", minutes, c.mediator)
    minutes_signed(t, c, case)
    yield 2
    promised = [
        TermIn(
            title=f"被申请人支付{p.name}拖欠的工资",
            payee=p.name,
            amount=t.lots.randrange(80, 300) * 10000,
            way="transfer",
            account=worker.bank_account or "",
            bank_name=worker.bank_name,
            due_on=t.today + timedelta(days=20),
            party_id=p.id,
        )
        for p, worker in zip(people, c.workers, strict=True)
    ]
    t.act(case, "reach_agreement", ReachAgreement(terms=promised), c.mediator)
    yield 1
    t.act(case, "confirm_shares", ConfirmShares(confirmed=[p.id for p in people[3:-1]]), c.mediator)
    finalised(t, c, case, "agreement")
    signed(t, c, case, "agreement")
    sealed_and_served(t, c, case, "agreement")
    yield 1
    t.act(case, "sign", Sign(split_unconfirmed=True), c.mediator)
    rest = t.read(select(Link.to_id).where(Link.kind == "split", Link.from_id == case))[0]
    yield 2
    yield from not_agreed(t, c, rest, "未确认协议的职工与被申请人就支付方案未能达成一致。")
    yield from paid(t, c, case)
    yield 4
    archived(t, c, case)


def failed(t: Teller, c: Cast) -> Story:
    """Talks break down; the opinion says where to go, the papers are handed over."""
    case = yield from talking(t, c, ("compensation", "annual_leave"))
    yield 4
    yield from not_agreed(t, c, case, "双方对解除劳动合同的性质分歧较大，两次调解未能达成一致。")


def not_agreed(t: Teller, c: Cast, case: uuid.UUID, summary: str) -> Story:
    form = Fail(reason="divergent", summary=summary, opinion="")
    t.act(case, "fail", form, c.mediator)
    finalised(t, c, case, "failure_opinion")
    signed(t, c, case, "failure_opinion")
    sealed_and_served(t, c, case, "failure_opinion")
    yield 2
    receiver = "北京市朝阳区劳动人事争议仲裁院"
    t.act(case, "hand_over", HandOver(partner=receiver, materials=["调解申请书", "证据清单", "终止意见书"]), c.head)
    yield 9
    archived(t, c, case)


def lapsed(t: Teller, c: Cast) -> Story:
    """Nobody agrees and nobody extends: after the fifteen days the system records 调解不成."""
    yield from talking(t, c, ("overtime",))


def lapse_revoked(t: Teller, c: Cast) -> Story:
    """The extension was signed on the fourteenth day and typed too late; the head takes the lapse back."""
    case = yield from talking(t, c)
    signed_on = t.today + timedelta(days=1)
    yield 16
    form = RevokeLapse(
        evidence="双方签署的延期调解同意书原件",
        evidence_on=signed_on,
        extension_days=20,
        reason="同意书签署后未及时录入",
    )
    t.act(case, "revoke_lapse", form, c.head)
    yield 3
    t.act(case, "reach_agreement", ReachAgreement(terms=terms(t, c, case, first_after=10)), c.mediator)
    finalised(t, c, case, "agreement")
    signed(t, c, case, "agreement")
    sealed_and_served(t, c, case, "agreement")
    t.act(case, "sign", Sign(), c.mediator)
    yield from paid(t, c, case)


def extended(t: Teller, c: Cast) -> Story:
    """Both sides agree to go on for another fifteen days."""
    case = yield from talking(t, c, ("compensation",))
    yield 1
    form = Extend(extension_days=15, agreed_on=t.today, agreed_by_applicant=True, agreed_by_respondent=True)
    t.act(case, "extend", form, c.mediator)
    completed(t, c, case)


def suspended(t: Teller, c: Cast) -> Story:
    case = yield from talking(t, c, ("injury_medical",))
    yield 1
    t.act(case, "suspend", Suspend(ground="injury_finding", explanation="等待工伤认定决定书"), c.mediator)


def resumed(t: Teller, c: Cast) -> Story:
    case = yield from talking(t, c, ("injury_medical",))
    yield 1
    t.act(case, "suspend", Suspend(ground="injury_finding"), c.mediator)
    yield 3
    t.act(case, "resume", Resume(explanation="已收到工伤认定决定书"), c.mediator)


def recused(t: Teller, c: Cast) -> Story:
    """The applicant finds the mediator too close to the company; the head agrees and names another."""
    case = yield from assigned(t, c)
    form = RequestRecusal(
        staff_id=t.staff(c.mediator).id, ground="other_relation", explanation="调解员与公司人事经理系同学"
    )
    t.act(case, "request_recusal", form, c.clerk)
    yield 1
    t.act(case, "recuse", Recuse(mediators=[t.staff("sunlei").id], reason="关系可能影响公正调解"), c.head)
    completed(t, c, case)


def withdrawn(t: Teller, c: Cast) -> Story:
    """The parties settle by themselves."""
    case = yield from talking(t, c)
    yield 2
    form = Withdraw(
        reason="settled_privately", voluntary=True, amount=1_860_000, explanation="公司当天支付，申请人自愿撤回"
    )
    t.act(case, "withdraw", form, c.clerk)
    yield 5
    archived(t, c, case)


def just_withdrawn(t: Teller, c: Cast) -> Story:
    """Withdrawn for arbitration; the file is not yet put away."""
    case = applied(t, c)
    yield 1
    form = Withdraw(reason="going_to_arbitration", voluntary=True, explanation="申请人决定直接申请仲裁")
    t.act(case, "withdraw", form, c.clerk)


def reopened(t: Teller, c: Cast) -> Story:
    """Failed, archived; months later both are willing again and a new case begins."""
    case = yield from talking(t, c, ("compensation",))
    yield 3
    t.act(case, "fail", Fail(reason="refused", summary="被申请人退出调解。"), c.mediator)
    finalised(t, c, case, "failure_opinion")
    signed(t, c, case, "failure_opinion")
    sealed_and_served(t, c, case, "failure_opinion")
    yield 7
    archived(t, c, case)
    yield 21
    t.open(
        "reopen",
        Reopen(source_id=case, both_willing=True, duplicate_decision="related", duplicate_reason="同一争议再次申请"),
        c.clerk,
        c.place,
    )


def terminated(t: Teller, c: Cast) -> Story:
    case = yield from talking(t, c)
    yield 1
    t.act(case, "terminate", Terminate(ground="in_arbitration", explanation="申请人已就同一争议申请仲裁"), c.head)
    completed(t, c, case)


def transferred(t: Teller, c: Cast) -> Story:
    case = applied(t, c)
    yield 1
    receiver = "北京市朝阳区人力资源和社会保障局劳动保障监察大队"
    form = Transfer(partner=receiver, ground="supervision", materials=["调解申请书", "身份证明", "欠薪名单"])
    t.act(case, "transfer", form, c.head)
    completed(t, c, case)


def out_of_scope(t: Teller, c: Cast) -> Story:
    case = applied(t, c, ("not_labour",))
    yield 1
    t.act(case, "reject", Reject(reason="out_of_scope", explanation="双方为劳务关系，告知可向法院起诉。"), c.head)
    sealed_and_served(t, c, case, "rejection_notice")


def corrected(t: Teller, c: Cast) -> Story:
    case = applied(t, c)
    t.act(case, "request_correction", RequestCorrection(missing=["身份证复印件", "工资银行流水"]), c.clerk)
    completed(t, c, case)
    yield 3
    t.act(case, "correct", Correct(materials=["身份证复印件", "工资银行流水"]), c.clerk)


def awaiting_correction(t: Teller, c: Cast) -> Story:
    case = applied(t, c)
    t.act(case, "request_correction", RequestCorrection(missing=["劳动合同复印件", "被申请人准确名称"]), c.clerk)
    yield 400


def fresh(t: Teller, c: Cast) -> Story:
    applied(t, c, ("wages", "compensation"))
    yield 400


def asked(t: Teller, c: Cast) -> Story:
    case = applied(t, c)
    t.act(case, "seek_consent", SeekConsent(way="phone", answer_by=t.today + timedelta(days=2)), c.clerk)
    yield 400


def just_accepted(t: Teller, c: Cast) -> Story:
    yield from accepted(t, c)


def just_assigned(t: Teller, c: Cast) -> Story:
    case = yield from assigned(t, c, ("wages", "overtime"))
    worker = next(p for p in parties_of(t, case) if p.side == "applicant")
    form = Calculate(party_id=worker.id, monthly_wage=860_000, wages_owed_months=2, hours_rest_day=36)
    t.act(case, "calculate", form, c.mediator)
    summoned_ahead(t, c, case, days=4)


def in_talks(t: Teller, c: Cast) -> Story:
    case = yield from talking(t, c, ("wages", "annual_leave"))
    summoned_ahead(t, c, case, days=5)


def to_be_signed(t: Teller, c: Cast) -> Story:
    yield from agreed(t, c)


def referred(t: Teller, c: Cast, kind: str = "court_delegate") -> Story:
    """A court delegates a case; the result is reported back within its own term."""
    form = ReferIn(
        applicants=[person_party(t, worker, consent="agreed") for worker in c.workers],
        respondents=[employer_party(t, c)],
        claims=[claim(t)],
        grounds=grounds(t, c),
        source="court",
        referral_kind=kind,
        partner_id=next(p.id for p in t.district.partners if "朝阳区人民法院" in p.name),
        letter_number=f"（{t.today.year}）京0105诉前调{t.lots.randrange(100, 999)}号",
        letter="委派调解函",
        signed_for_on=t.today,
        duplicate_decision="separate",
        duplicate_reason="法院委派",
    )
    case = t.open("refer_in", form, c.clerk, c.place)
    signed(t, c, case, "application")
    yield from consented(t, c, case)
    t.act(case, "accept", Accept(), c.head)
    sealed_and_served(t, c, case, "acceptance_notice")
    t.act(case, "assign", Assign(mediators=[t.staff(c.mediator).id]), c.head)
    summoned(t, c, case)
    yield 3
    t.act(case, "start_session", StartSession(rights_told=True), c.mediator)
    yield 5
    t.act(case, "reach_agreement", ReachAgreement(terms=terms(t, c, case, first_after=5)), c.mediator)
    finalised(t, c, case, "agreement")
    signed(t, c, case, "agreement")
    sealed_and_served(t, c, case, "agreement")
    t.act(case, "sign", Sign(), c.mediator)
    yield from paid(t, c, case)
    t.act(case, "report_back", ReportBack(report="已达成协议并履行完毕，附调解协议书。"), c.mediator)


def on_the_spot(t: Teller, c: Cast) -> Story:
    """A small dispute of platform work, agreed and paid at once."""
    form = Register(
        applicants=[person_party(t, c.workers[0])],
        respondents=[employer_party(t, c)],
        claims=[claim(t, "platform", amount=186_000)],
        grounds=grounds(t, c),
        is_platform=True,
        duplicate_decision="separate",
        duplicate_reason="请求不同",
    )
    case = t.open("register", form, c.clerk, c.place)
    signed(t, c, case, "application")
    yield from consented(t, c, case)
    t.act(case, "accept", Accept(), c.head)
    sealed_and_served(t, c, case, "acceptance_notice")
    t.act(case, "assign", Assign(mediators=[t.staff(c.mediator).id]), c.head)
    summoned(t, c, case, days=2)
    yield 2
    t.act(case, "start_session", StartSession(rights_told=True), c.mediator)
    spot = SettleOnSpot(
        terms=[
            TermIn(title="支付配送服务费差额", amount=186_000, way="wechat", due_on=t.today, payee=c.workers[0].name)
        ],
        proceedings="双方核对订单后当场达成一致并付清。",
        result="当场履行完毕。",
    )
    t.act(case, "settle_on_spot", spot, c.mediator)
    completed(t, c, case)


def authorised(t: Teller, c: Cast) -> Story:
    """Every paper that belongs to no step: authority, address, receipts, a later date agreed in writing, a call back."""
    case = applied(t, c)
    worker, employer = (next(p for p in parties_of(t, case) if p.side == side) for side in ("applicant", "respondent"))
    agent = Authorise(party_id=employer.id, agent_name=invented_name(t.lots), authority="special")
    t.write(case, "authorise", agent, c.clerk)
    for party in (worker, employer):
        address = ConfirmAddress(
            party_id=party.id,
            address=party.service_address or party.address or "",
            e_sign_consent=True,
            e_service_consent=party is worker,
            proof="当面填写",
        )
        t.write(case, "confirm_address", address, c.clerk)
    completed(t, c, case)
    yield from consented(t, c, case)
    t.act(case, "accept", Accept(), c.head)
    sealed_and_served(t, c, case, "acceptance_notice")
    receipt = MakeReceipt(party_id=employer.id, papers=[paper(t, case, "acceptance_notice").id])
    t.write(case, "make_receipt", receipt, c.clerk)
    t.act(case, "assign", Assign(mediators=[t.staff(c.mediator).id], recorder=t.staff(c.recorder).id), c.head)
    completed(t, c, case)
    summoned(t, c, case)
    yield 3
    t.act(case, "start_session", StartSession(rights_told=True), c.mediator)
    t.act(case, "reach_agreement", ReachAgreement(terms=terms(t, c, case, first_after=12)), c.mediator)
    finalised(t, c, case, "agreement")
    signed_electronically(t, c, case, "agreement", agents=frozenset({str(employer.id)}))
    sealed(t, c, case, "agreement")
    served_with_trouble(t, c, case, "agreement")
    t.act(case, "sign", Sign(), c.mediator)
    yield 5
    track, term = t.track(case, "mediation.performance"), instalments_of(t, case)[0]
    later = Postpone(
        term_id=term.id, due_on=t.today + timedelta(days=14), agreed_by_applicant=True, agreed_by_respondent=True
    )
    t.act(track, "postpone", later, c.mediator)
    completed(t, c, case)
    yield from paid(t, c, case)
    yield 6
    call = FollowUp(party_id=worker.id, performance="款项已经全部到账。", satisfaction="satisfied")
    t.write(case, "follow_up", call, c.mediator)
    archived(t, c, case)


def ordered(t: Teller, c: Cast) -> Story:
    """The employer does not pay; the worker applies for an order to pay on the agreement."""
    case = yield from settled(t, c, first_after=6)
    yield 9
    track = t.track(case, "mediation.performance")
    t.act(track, "default", Default(explanation="电话核实，到期未付。"), c.mediator)
    yield 2
    order = ApplyPaymentOrder(
        body="北京市朝阳区人民法院",
        can_be_served=True,
        no_counter_obligation=True,
        warning_reason="法律顾问已确认可以申请。",
    )
    t.act(t.track(case, "mediation.remedy"), "apply_payment_order", order, c.mediator)
    completed(t, c, case)


STORIES = {
    "performed": ("口头申请、达成协议、分期履行、归档", performed),
    "refused": ("对方不同意调解，不予受理", refused),
    "defaulted": ("逾期未履行，转仲裁", defaulted),
    "collective": ("十二人集体争议，一人未确认而分案", collective),
    "court": ("司法确认", court),
    "reviewed": ("仲裁审查", reviewed),
    "failed": ("调解不成，移送仲裁", failed),
    "extended": ("双方同意延期", extended),
    "recused": ("回避并更换调解员", recused),
    "withdrawn": ("自行和解，撤回申请", withdrawn),
    "terminated": ("终止调解", terminated),
    "corrected": ("一次性告知补正", corrected),
    "authorised": ("委托代理、送达地址、补充协议、回访", authorised),
    "ordered": ("逾期未付，申请支付令", ordered),
}
