"""A person signs on the tablet: shown the paper, written with a finger or a mouse, one action a signer."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from casework.mediation.forms import people
from documents.forms import Finalise
from documents.papers import content_of
from documents.tables import Record, RecordPaper, RecordSignature
from tests.browser.budget import Actions, budget
from tests.browser.conftest import Office, Visit
from tests.casework.mediation.test_papers import offer
from tests.casework.mediation.world import World
from union import second_factor

TABLET = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}


def agreed_to_sign(world: World, form: Any = None) -> UUID:
    """A case with a drafted agreement, both parties of which have agreed to sign electronically."""
    return agree(world, world.drafted(form))


def agree(world: World, case: UUID) -> UUID:
    for side in ("applicant", "respondent"):
        party = world.party(case, side)
        said = people.ConfirmAddress(party_id=party.id, address="朝阳区八里庄街道1号院", e_sign_consent=True)
        offer(world, case, "confirm_address", said)
    return case


def finalised(world: World, form: Any = None) -> Record:
    case = agreed_to_sign(world, form)
    world.act(world.record(case, "agreement").id, "finalise", Finalise(original="electronic"))
    return made(world, world.record(case, "agreement"))


def made(world: World, record: Record) -> Record:
    """Its PDF is there: no relay runs behind these pages."""
    with world.sessions.begin() as session:
        session.execute(update(Record).where(Record.id == record.id).values(pdf_sha256="a" * 64))
    return record


def write(visit: Visit) -> None:
    """A zigzag over the pad, as content: not counted."""
    box = visit.page.locator("[data-pad] canvas").bounding_box()
    assert box is not None
    mouse = visit.page.mouse
    for column in (0.2, 0.5, 0.8):
        mouse.move(box["x"] + box["width"] * (column - 0.1), box["y"] + box["height"] * 0.3)
        mouse.down()
        mouse.move(box["x"] + box["width"] * column, box["y"] + box["height"] * 0.7, steps=8)
        mouse.move(box["x"] + box["width"] * (column + 0.1), box["y"] + box["height"] * 0.3, steps=8)
        mouse.up()


def test_an_agreement_is_signed_on_the_tablet_in_one_and_one_more_for_each_signer(office: Office) -> None:
    record = finalised(office.world)
    visitor = office.sit_down("mediator", **TABLET)
    page = visitor.open(f"/records/{record.id}")
    with budget(page, 3) as person:
        person.click("main .event a.btn:has-text('在平板上签名')")
        page.wait_for_url("**/pad")
        for _ in range(2):
            page.locator("[data-pad] canvas").scroll_into_view_if_needed()
            write(visitor)
            _confirm(visitor, person)
    assert office.world.read(select(RecordSignature.way)) == ["pad", "pad"]
    with office.world.sessions() as session:
        strokes = json.loads(content_of(session.scalars(select(RecordPaper)).first()))
    assert len(strokes) == 3
    assert all(0 <= x <= 1000 and 0 <= y <= 320 for stroke in strokes for x, y, _, _ in stroke)
    assert [p[2] for stroke in strokes for p in stroke] == sorted(p[2] for stroke in strokes for p in stroke)
    assert visitor.said == []


def _confirm(visitor: Visit, person: Actions) -> None:
    with visitor.page.expect_navigation():
        person.click("main form button.primary:has-text('确认签名')")


def test_an_agreement_is_finalised_and_signed_by_all_in_five_and_one_for_each_signer(office: Office) -> None:
    """Finalised in two, the pad opened in one, each signer one."""
    case = agreed_to_sign(office.world)
    prove(office, "mediator")
    visitor = office.sit_down("mediator", **TABLET)
    page = visitor.open(f"/records/{office.world.record(case, 'agreement').id}")
    with budget(page, 5 + 3) as person:
        person.click("main .event a.btn[href$='/transitions/finalise']")
        page.locator("dialog#dlg[open] form").wait_for()
        person.click("dialog#dlg[open] button.primary")
        page.locator(".toast:not(.danger)").wait_for()
        made(office.world, office.world.record(case, "agreement"))
        person.click("main .event a.btn:has-text('在平板上签名')")
        page.wait_for_url("**/pad")
        for _ in range(2):
            page.locator("[data-pad] canvas").scroll_into_view_if_needed()
            write(visitor)
            _confirm(visitor, person)
        _sign_oneself(office, visitor, person)
    assert sorted(office.world.read(select(RecordSignature.way))) == ["pad", "pad", "staff"]
    assert office.world.record(case, "agreement").state == "awaiting_approval"


def test_minutes_are_taken_and_signed_by_those_at_the_table_in_three_and_one_for_each(office: Office) -> None:
    """The pad comes by itself once the paper is there, and after the parties the mediator's own signature."""
    case = agree(office.world, office.world.talking())
    prove(office, "mediator")
    visitor = office.sit_down("mediator", **TABLET)
    page = visitor.open(f"/subjects/{case}")
    with budget(page, 3 + 3) as person:
        person.click("main .event a.btn[href$='/transitions/record_minutes']")
        form = page.locator("dialog#dlg[open] form")
        form.wait_for()
        person.type(form.locator("[name=proceedings]"), "双方核对了考勤和工资台账，对欠付金额没有异议。")
        person.type(form.locator("[name=result]"), "双方同意一周后继续调解。")
        person.check(form.locator("[name=read_back]"))
        person.click(form.locator("button:has-text('接着签名')"))
        page.wait_for_url("**/pad")
        page.locator("main :text('完成后本页自动打开')").wait_for()
        made(office.world, office.world.record(case, "session_minutes"))
        for _ in range(2):
            page.locator("[data-pad] canvas").scroll_into_view_if_needed()
            write(visitor)
            _confirm(visitor, person)
        _sign_oneself(office, visitor, person)
    assert sorted(office.world.read(select(RecordSignature.way))) == ["pad", "pad", "staff"]
    with office.world.sessions() as session:
        names = set(session.scalars(select(RecordSignature.name)))
    assert "唐伟" not in names, "the recorder signs where the recorder is logged in"


def _sign_oneself(office: Office, visitor: Visit, person: Actions) -> None:
    """The mediator, whose form follows the pad."""
    page = visitor.page
    page.wait_for_url("**/transitions/sign_as_staff")
    person.type("main form [name=_code]", office.code("mediator"))
    with page.expect_navigation():
        person.click("main form button.primary:has-text('确认办理')")
    page.locator(".toast", has_text="已办理").wait_for()


def prove(office: Office, account: str) -> None:
    """A telephone of this person, taken into use."""
    with office.world.sessions.begin() as session:
        telephone = second_factor.start(session, office.world.ids[account], at=office.clock.now)
        telephone.confirmed_at = office.clock.now


def test_the_pad_fits_the_tablet_and_has_no_faults(office: Office) -> None:
    record = finalised(office.world)
    for theme in ("light", "dark"):
        visitor = office.sit_down("mediator", reduced_motion="reduce", **TABLET)
        visitor.prefer(theme=theme)
        visitor.open(f"/records/{record.id}/pad")
        assert visitor.overflow == 0
        assert visitor.violations() == []
        assert visitor.said == []


def test_what_was_written_comes_back_when_the_page_was_refused(office: Office) -> None:
    record = finalised(office.world)
    visitor = office.sit_down("mediator", **TABLET)
    page = visitor.open(f"/records/{record.id}/pad")
    page.locator("[data-pad] canvas").scroll_into_view_if_needed()
    write(visitor)
    written = page.input_value("[name=strokes]")
    with office.world.sessions.begin() as session:
        session.execute(update(Record).where(Record.id == record.id).values(data_sha256="f" * 64))
    with page.expect_navigation():
        page.click("main form button.primary:has-text('确认签名')")
    assert "与打开签名页时所示的不一致" in page.locator(".errsum").inner_text()
    assert page.input_value("[name=strokes]") == written != ""
    page.click("[data-clear]")
    assert page.input_value("[name=strokes]") == ""


def test_without_a_script_there_is_the_printed_page_and_no_button_that_does_nothing(office: Office) -> None:
    record = finalised(office.world)
    visitor = office.sit_down("mediator", java_script_enabled=False, **TABLET)
    page = visitor.open(f"/records/{record.id}/pad")
    assert not page.locator("button:has-text('确认签名')").is_visible()
    page.click("main .note a:has-text('登记签名并上传签名页扫描件')")
    page.wait_for_url("**/transitions/sign")
