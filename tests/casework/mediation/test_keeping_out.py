"""回避: whoever is tied to a party is refused the step that would bring them together, or cannot reach the case afterwards.

Every part somebody may have in a case × every way a party comes in. A conflict is a deny that beats every allow.
"""

from datetime import date

import pytest
from msgspec.structs import replace as changed
from sqlalchemy import select

from casework.desk.pages.writing import carry_out
from casework.mediation.forms import correction, endings, people, registration
from casework.mediation.tables import ConflictWaiver, Recusal
from tests.casework.mediation.world import FIRM, WANG, application
from union.access import can, visible
from union.case_access import who_may
from union.people import FormerEmployer, Person, Relative, Staff
from workflows.errors import Invalid, Refused
from workflows.fire import current_facts
from workflows.module import registry
from workflows.tables import Subject

COUSIN = registration.PartyIn(name="周大伟", id_number="110105199001010010")
ELSEWHERE = registration.PartyIn(name="北京近岸商贸有限公司", kind="organisation")
BOTH = ["applicant", "respondent"]
SAID = {"waived_by": BOTH, "waiver_reason": "双方3月2日签名的声明"}


def declare(world, who, row=Relative, **said):
    said = said or {"name": COUSIN.name, "relation": "堂兄弟", "valid_from": date(2025, 1, 1)}
    with world.sessions.begin() as session:
        session.add(row(staff_id=world.ids[who], **said))


# --- the ways a party comes in: each gives the step, to be taken once everything before it is done


def registering(world, who):
    if who == "head":
        parties = {
            "applicants": [changed(COUSIN, consent="agreed")],
            "respondents": [changed(FIRM, consent="agreed")],
        }
        form = registration.OpenProactively(
            **parties, claims=application().claims, grounds="欠薪", proposed_by=world.ids["mediator"]
        )
        return lambda: world.open("open_proactively", form, "head")
    by = "mediator" if who == "mediator" else "intake"
    return lambda: world.open(form=application(applicants=[COUSIN]), by=by)


def assigning(world, who):
    case = world.accepted(application(applicants=[COUSIN]))
    form = people.Assign(mediators=[world.ids["mediator"]], recorder=world.ids["recorder"])

    def step():
        world.act(case, "assign", form, "head")
        return case

    return step


def adding(world, who):
    case = world.assigned()

    def step():
        world.act(case, "add_party", people.AddParty(party=COUSIN, side="applicant"), "intake")
        return case

    return step


def importing(world, who):
    case = world.assigned()

    def step():
        world.act(case, "import_workers", people.ImportWorkers(workers=[COUSIN]), "intake")
        return case

    return step


def mending(world, who):
    case = world.open()
    world.act(case, "request_correction", correction.RequestCorrection(missing=["第二被申请人"]), "intake")
    form = correction.Correct(materials=["说明"], respondents=[changed(COUSIN, capacity="employer")])

    def step():
        world.act(case, "correct", form, "intake")
        return case

    return step


def joining(world, who):
    into = world.assigned()
    brought = world.open(form=application(applicants=[COUSIN]), by="second")

    def step():
        world.act(brought, "join", endings.Join(into_id=into, reason="同一用人单位"), "head")
        return into

    return step


REFUSED, KEPT_OUT = "refused", "kept out"
MATRIX = {
    registering: {"mediator": REFUSED, "recorder": KEPT_OUT, "head": REFUSED, "intake": REFUSED},
    assigning: {"mediator": REFUSED, "recorder": REFUSED, "head": REFUSED, "intake": KEPT_OUT},
    adding: {"mediator": REFUSED, "recorder": REFUSED, "head": KEPT_OUT, "intake": REFUSED},
    importing: {"mediator": REFUSED, "recorder": REFUSED, "head": KEPT_OUT, "intake": REFUSED},
    mending: {"mediator": KEPT_OUT, "recorder": KEPT_OUT, "head": KEPT_OUT, "intake": REFUSED},
    joining: {"mediator": REFUSED, "recorder": REFUSED, "head": REFUSED, "intake": KEPT_OUT},
}


@pytest.mark.parametrize("way", MATRIX, ids=lambda way: way.__name__)
@pytest.mark.parametrize("who", ["mediator", "recorder", "head", "intake"])
def test_nobody_comes_together_with_a_relative(world, way, who):
    if way in (assigning, joining):  # what is known later counts from then on
        step = way(world, who)
        declare(world, who)
    else:
        declare(world, who)
        step = way(world, who)
    if MATRIX[way][who] == REFUSED:
        with pytest.raises(Refused):
            step()
        return
    case = step()
    assert not sees(world, who, case)
    assert sees(world, "second", case) or sees(world, "keeper", case), "others do see it"


def sees(world, who, case):
    """By every question the service asks: one case, a list, and who may read it; by a step and by a page."""
    writing = world.sessions.kw["bind"]
    answers = {_sees(world, engine, who, case) for engine in (writing, writing.execution_options(reading=True))}
    assert len(answers) == 1, answers
    return answers.pop()


def _sees(world, engine, who, case):
    with world.sessions(bind=engine) as session:
        actor, root = world.actor(session, who), session.get_one(Subject, case)
        listed = select(Subject.id).where(Subject.id == case, visible(session, actor, at=world.clock.now))
        answers = {
            can(session, actor, "case.view", case, at=world.clock.now),
            can(session, actor, "case.act", case, at=world.clock.now),
            session.scalar(listed) is not None,
            actor.id in {seer.staff_id for seer in who_may(session, root, "case.view", world.clock.today)},
        }
    assert len(answers) == 1, answers
    return answers.pop()


FORMER = {"name": "北京市远航物流有限责任公司", "valid_from": date(2025, 1, 1)}
TIES = {
    "relative by name": (Relative, {"name": "王建国", "relation": "配偶", "valid_from": date(2025, 1, 1)}),
    "relative by number": (
        Relative,
        {"name": "王建", "relation": "配偶", "id_number": WANG.id_number, "valid_from": date(2025, 1, 1)},
    ),
    "relative's employer": (
        Relative,
        {"name": "刘某", "relation": "配偶", "employer_key": "远航物流", "valid_from": date(2025, 1, 1)},
    ),
    "former employer": (FormerEmployer, FORMER),
    "former employer by code": (FormerEmployer, {**FORMER, "name": "旧名称", "credit_code": FIRM.credit_code}),
}


@pytest.mark.parametrize("tie", TIES.values(), ids=list(TIES))
def test_every_declared_tie_keeps_the_head_out(world, tie):
    row, said = tie
    case = world.open()
    assert sees(world, "head", case)
    if "employer_key" in said:
        said = {**said, "employer_key": world.party(case).name_key}
    declare(world, "head", row, **said)
    assert not sees(world, "head", case)
    assert sees(world, "intake", case)


def test_who_is_the_party_is_kept_out_of_the_own_case(world):
    with world.sessions.begin() as session:
        person = Person(name=WANG.name, id_number=WANG.id_number, created_at=world.clock.now)
        session.add(person)
        session.flush()
        session.get_one(Staff, world.ids["intake"]).person_id = person.id
    case = world.open(by="mediator")
    assert not sees(world, "intake", case)
    with pytest.raises(Refused, match="须回避的关系"):
        world.open(form=application(duplicate_decision="separate", duplicate_reason="另一争议"), by="intake")


def test_a_namesake_with_another_number_keeps_nobody_out(world):
    other = {"name": "王建国", "relation": "表兄", "id_number": COUSIN.id_number, "valid_from": date(2025, 1, 1)}
    declare(world, "head", **other)
    assert sees(world, "head", world.open())


# --- what is waived


def waive(world, case, by="intake", **said):
    with world.sessions.begin() as session:
        actor, subject = world.actor(session, by), session.get_one(Subject, case)
        act = next(act for act in registry.module_for(subject).acts if act.name == "waive_recusal")
        facts = current_facts(session, subject, by=actor, at=world.clock.now)
        carry_out(session, subject, act, people.WaiveRecusal(**said), actor, world.clock.now, facts)


def of_the_head(world):
    """A case the head is kept out of, accepted before the tie was known."""
    case = world.accepted(application(applicants=[COUSIN]))
    declare(world, "head")
    assert not sees(world, "head", case)
    return case


def test_what_every_party_waived_lets_the_head_act_and_says_who_waived_what_and_why(world):
    case = of_the_head(world)
    waive(world, case, staff_id=world.ids["head"], waived_by=["applicant"], waiver_reason="申请人3月2日声明")
    assert not sees(world, "head", case), "the other side was not asked"
    waive(world, case, staff_id=world.ids["head"], waived_by=["respondent"], waiver_reason="被申请人3月3日声明")
    assert sees(world, "head", case)
    cousin, firm = world.party(case, "applicant"), world.party(case)
    stored = {(w.party_id, w.waived_by_id, w.reason) for w in world.read(select(ConflictWaiver))}
    assert stored == {
        (cousin.id, cousin.id, "申请人3月2日声明"),
        (cousin.id, firm.id, "被申请人3月3日声明"),
    }
    assert {w.recorded_by for w in world.read(select(ConflictWaiver))} == {world.ids["intake"]}
    world.act(case, "assign", people.Assign(mediators=[world.ids["mediator"]]), "head")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"waived_by": BOTH, "waiver_reason": ""}, "写明当事人怎样放弃申请回避"),
        ({"waived_by": [], "waiver_reason": "双方声明"}, "选择放弃申请回避的一方"),
        ({"staff_id": None, **SAID}, "选择与当事人有回避关系的人员"),
    ],
)
def test_a_waiver_says_about_whom_by_whom_and_on_what_ground(world, said, sentence):
    case = of_the_head(world)
    with pytest.raises(Invalid, match=sentence):
        waive(world, case, **{"staff_id": world.ids["head"], **said})
    assert not sees(world, "head", case)


def test_an_earlier_waiver_does_not_cover_whoever_is_added_later(world):
    case = of_the_head(world)
    waive(world, case, staff_id=world.ids["head"], **SAID)
    assert sees(world, "head", case)
    world.act(case, "add_party", people.AddParty(party=ELSEWHERE, side="respondent"), "intake")
    assert not sees(world, "head", case), "the new respondent was not asked"
    waive(world, case, staff_id=world.ids["head"], **SAID)
    assert sees(world, "head", case)
    declare(world, "head", FormerEmployer, name="北京远岸商贸有限公司", valid_from=date(2025, 1, 1))
    world.act(case, "add_party", people.AddParty(party=changed(ELSEWHERE, name="北京远岸商贸有限公司")), "intake")
    assert not sees(world, "head", case), "nobody was asked about the new tie"


def test_a_mediator_everybody_waived_is_asked_about_again_when_a_party_comes_in(world):
    declare(world, "mediator")
    case = world.accepted(application(applicants=[COUSIN]), by="intake")
    world.act(case, "assign", people.Assign(mediators=[world.ids["mediator"]], **SAID), "head")
    assert sees(world, "mediator", case)
    added = people.AddParty(party=ELSEWHERE, side="respondent")
    with pytest.raises(Refused, match="全体当事人均已放弃"):
        world.act(case, "add_party", added, "intake")
    world.act(case, "add_party", changed(added, **{**SAID, "waived_by": ["respondent"]}), "intake")
    assert sees(world, "mediator", case)


# --- what is decided


def ask(world, case, who, ground="interest"):
    world.act(case, "request_recusal", people.RequestRecusal(staff_id=world.ids[who], ground=ground), "intake")
    return world.read(select(Recusal.id).order_by(Recusal.id))[-1]


def test_a_decision_answers_the_request_it_names_and_leaves_the_other_open(world):
    case = world.talking()
    about_mediator, about_recorder = ask(world, case, "mediator"), ask(world, case, "recorder")
    decided = people.DenyRecusal(requests=[about_mediator], reason="事由不成立")
    world.act(case, "deny_recusal", decided, "head")
    said = dict(world.read_rows(select(Recusal.id, Recusal.decision)))
    assert said == {about_mediator: "denied", about_recorder: ""}
    paper = world.record(case, "recusal_decision")
    assert paper.frozen["data"]["person"] == "周敏"
    world.act(case, "recuse", people.Recuse(requests=[about_recorder], reason="事由成立"), "head")
    paper = world.record(case, "recusal_decision")
    assert (paper.frozen["data"]["person"], paper.frozen["data"]["decision"]) == ("唐伟", "同意回避，唐伟不再办理本案")
    assert not sees(world, "recorder", case)
    assert sees(world, "mediator", case)


def test_without_a_pending_request_there_is_nothing_to_decide(world):
    case = world.talking()
    with pytest.raises(Refused, match="尚待决定的回避申请"):
        world.act(case, "recuse", people.Recuse(mediators=[world.ids["second"]], reason="事由成立"), "head")
    asked = ask(world, case, "mediator")
    world.act(case, "deny_recusal", people.DenyRecusal(requests=[asked], reason="事由不成立"), "head")
    with pytest.raises(Refused, match="尚待决定的回避申请"):
        world.act(case, "recuse", people.Recuse(mediators=[world.ids["second"]], reason="事由成立"), "head")
