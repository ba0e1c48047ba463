"""What a date may be, which year a number bears, and what is overdue when."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.commands.figures import count
from casework.desk.figures import Scope
from casework.mediation.figures import overdue
from casework.mediation.forms import registration, talks
from casework.mediation.settings import settings_on
from documents.forms import Finalise
from documents.tables import Record
from tests.casework.mediation.world import application
from union.organisations import Organisation
from workflows.errors import Invalid
from workflows.tables import Setting

KEY = "mediation.correction_term"


def refused_date(world, *args, **more) -> str:
    with pytest.raises(Invalid) as refused:
        world.act(*args, **more)
    assert refused.value.field == "occurred_on"
    return refused.value.sentence


def test_acceptance_is_dated_no_earlier_than_the_consent(world):
    case = world.open()
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    world.set(2026, 3, 10)
    world.act(case, "record_answer", registration.RecordAnswer(answer="agreed"), "intake")
    said = refused_date(world, case, "accept", registration.Accept(), "head", occurred_on=date(2026, 3, 3))
    assert said == "日期 2026-03-03 早于当事人同意调解的日期 2026-03-10，核对后改正。"
    assert world.case(case).accepted_on is None
    world.act(case, "accept", registration.Accept(), "head")
    assert world.timer(case, "mediation_term").starts_on == date(2026, 3, 10)


def test_a_consent_that_comes_with_the_acceptance_is_of_its_day(world):
    case = world.open()
    world.set(2026, 3, 10)
    world.act(case, "accept", registration.Accept(respondent_agrees=True), "head", occurred_on=date(2026, 3, 4))
    assert world.case(case).accepted_on == date(2026, 3, 4)


def test_an_agreement_takes_effect_no_earlier_than_its_signatures_and_its_seal(world):
    case = world.drafted()
    world.set(2026, 3, 6)
    world.sign_paper(case, seal=False)
    world.set(2026, 3, 9)
    world.seal(world.record(case, "agreement").id)
    said = refused_date(world, case, "sign", talks.Sign(), occurred_on=date(2026, 3, 6))
    assert said == "日期 2026-03-06 早于加盖印章的日期 2026-03-09，核对后改正。"
    assert world.state(case) == "agreement_drafted"
    world.set(2026, 3, 11)
    world.act(case, "sign", talks.Sign(), occurred_on=date(2026, 3, 9))
    window = world.timer(world.track(case, "confirmation"), "arbitration_review_window")
    assert window.nominal_due == date(2026, 3, 24)


def test_numbers_of_a_case_and_of_its_papers_bear_the_year_of_the_legal_date(world):
    world.set(2026, 12, 30)
    case = world.open()
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    world.set(2027, 1, 5)
    on = {"occurred_on": date(2026, 12, 31)}
    world.act(case, "record_answer", registration.RecordAnswer(answer="agreed"), "intake", **on)
    world.act(case, "accept", registration.Accept(), "head", **on)
    notice = world.record(case, "acceptance_notice")
    assert notice.number == "京朝工调受字〔2026〕第0001号"
    assert notice.issued_on == date(2026, 12, 31)
    assert world.case(case).case_number == "京朝工调字〔2026〕第0001号"
    late = world.open(form=application(respondents=[other()]), occurred_on=date(2026, 12, 31))
    assert world.case(late).registration_number == "京朝工调登字〔2026〕第0002号"
    new = world.open(form=application(respondents=[other("北京海晏餐饮有限公司")]))
    assert world.case(new).registration_number == "京朝工调登字〔2027〕第0001号"


def test_the_year_turns_at_midnight_in_beijing(world):
    world.clock.now = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert "〔2026〕" in world.case(world.open()).registration_number
    world.clock.now = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    after = world.open(form=application(respondents=[other()]))
    assert "〔2027〕" in world.case(after).registration_number


def test_a_draft_finalised_for_a_day_of_last_year_bears_last_years_number(world):
    world.set(2026, 12, 31)
    case = world.drafted()
    world.set(2027, 1, 5)
    record = world.record(case, "agreement")
    world.act(record.id, "finalise", Finalise(), occurred_on=date(2026, 12, 31))
    assert "〔2026〕" in world.read(select(Record).where(Record.id == record.id))[0].number


def test_of_a_year_still_running_only_what_is_overdue_today_counts(world):
    case, year = world.open(), (date(2026, 1, 1), date(2026, 12, 31))
    assert world.timer(case, "decide_acceptance").effective_due == date(2026, 3, 5)
    for day, found in ((2, []), (5, []), (6, [case])):
        world.set(2026, 3, day)
        with world.sessions() as session:
            here = session.get(Organisation, world.station)
            scope = Scope(*year, here, world.clock.today)
            assert overdue(session, scope.period, scope.organisations).subjects == found, day
    with world.sessions() as session:  # the period of the past is counted as it stood at its end
        assert overdue(session, (date(2026, 1, 1), date(2026, 3, 5)), None).subjects == []


def test_the_command_counts_what_has_passed_of_a_year(world, sessions):
    world.open()
    with sessions() as session:
        counted = {line["id"]: line for line in count(session, (date(2026, 1, 1), world.clock.today))}
    assert counted["mediation.overdue"]["numerator"] == 0


def test_of_two_values_from_one_day_the_one_entered_later_holds(world):
    later, earlier = datetime(2026, 1, 3, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    with world.sessions.begin() as session:
        for value, entered_at in ((9, later), (7, earlier)):
            session.add(Setting(key=KEY, value={"value": value}, valid_from=date(2026, 1, 1), entered_at=entered_at))
            session.flush()
    with world.sessions() as session:
        assert settings_on(session, date(2026, 3, 2))[KEY] == 9
        assert settings_on(session, date(2025, 12, 31))[KEY] == 5


def other(name: str = "北京晨星餐饮有限公司") -> registration.PartyIn:
    return registration.PartyIn(name=name, kind="organisation")
