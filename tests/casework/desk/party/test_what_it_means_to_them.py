"""Plain words for this very side at this moment: who is asked, what was answered, paid, joined or filed away."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.mediation.forms import aftermath, endings, registration
from casework.mediation.tables import SettlementTerm
from tests.casework.desk.party.telephone import CALLED_FIRM, RESPONDENT, Phone, plain
from tests.casework.mediation.world import World, application


def seen(phone: Phone, case: Any, number: str = "") -> str:
    phone.clock.move(minutes=30)
    phone.enter(case, *([number] if number else []))
    return plain(phone.get("/my/case").text)


def asked(world: World) -> Any:
    case = world.open(form=application(**CALLED_FIRM))
    world.act(case, "seek_consent", registration.SeekConsent(), "intake")
    return case


def archived(world: World, case: Any) -> Any:
    world.finish_papers(case)
    filed = endings.Archive(catalogue_complete=True, receipts_filed=True, pages=0)
    world.act(case, "archive", filed, "archivist")
    return case


def test_who_is_asked_reads_that_the_answer_is_its_own_and_the_applicant_what_it_was(phone: Phone, world: World):
    case = asked(world)
    page = seen(phone, case, RESPONDENT)
    assert "等你答复是否同意" in page and "正在问对方是否同意" not in page
    assert "正在问对方是否同意调解" in seen(phone, case)
    world.act(case, "record_answer", registration.RecordAnswer(answer="agreed"), "intake")
    assert "对方已经同意调解。" in seen(phone, case)
    assert "你答复了同意调解。" in seen(phone, case, RESPONDENT)


def test_after_a_refusal_each_side_reads_what_it_means(phone: Phone, world: World):
    case = asked(world)
    world.act(case, "record_answer", registration.RecordAnswer(answer="refused"), "intake")
    assert "对方没有同意调解。" in seen(phone, case)
    assert "你答复了不同意调解。" in seen(phone, case, RESPONDENT)


def test_what_was_paid_in_full_asks_for_nothing_more(phone: Phone, world: World):
    case = world.settled()
    assert "按协议履行" in seen(phone, case)
    term = world.read(select(SettlementTerm).where(SettlementTerm.case_id == case))[0]
    paid = aftermath.Complete(term_id=term.id, amount=term.amount, proof="银行回单")
    world.act(world.track(case, "performance"), "complete", paid)
    page = seen(phone, case)
    assert "协议已经履行完毕" in page and "按协议履行" not in page


def test_a_default_reads_differently_to_who_owes_and_who_is_owed(phone: Phone, world: World):
    case = world.settled(application(**CALLED_FIRM))
    world.set(2026, 5, 12)
    world.act(world.track(case, "performance"), "default", aftermath.Default(explanation="电话核实未付"))
    assert "对方还没有付清" in seen(phone, case)
    page = seen(phone, case, RESPONDENT)
    assert "立即付清" in page and "对方还没有付清" not in page


def test_an_agreement_filed_away_before_it_was_kept_still_says_what_is_owed(phone: Phone, world: World):
    case = archived(world, world.settled())
    assert world.state(case) == "archived"
    page = seen(phone, case)
    assert "案卷已经归档" in page and "按协议履行" in page
    assert "6,000.00 元" in page
    world.set(2026, 5, 11)
    seen(phone, case)
    assert phone.post("/my/case/not-paid", {}).status_code == 303


def test_a_failed_case_filed_away_still_says_what_can_be_done(phone: Phone, world: World):
    page = seen(phone, archived(world, world.failed()))
    assert "可以申请劳动仲裁，一般须在一年内提出" in page and "案卷已经归档" in page


def test_whose_case_was_joined_to_another_is_led_there(phone: Phone, world: World):
    first = world.open()
    again = application(duplicate_decision="join", duplicate_reason="同一争议")
    second = world.open(form=again)
    world.act(second, "join", endings.Join(into_id=first, reason="同一争议"), "head")
    page = seen(phone, second)
    assert "并入另一案件" in page and str(world.case(first).number) in page
    assert "移送其他机关" not in page


@pytest.mark.parametrize("name", ["answer", "withdraw", "not-paid"])
def test_what_cannot_be_done_now_is_said_with_the_way_back(phone: Phone, world: World, name: str):
    seen(phone, world.open())
    phone.post("/my/case/withdraw", {"reason": "other", "voluntary": "1"})
    answer = phone.get(f"/my/case/{name}")
    assert answer.status_code == 404
    assert "现在不能办" in answer.text and 'href="/my/case"' in answer.text
    assert "现在不能办" in phone.get("/my/sitting").text
    assert "现在不能办" not in phone.get("/my/case/no-such-thing").text
