"""One step through HTTP: what it shows, why it is refused, and that nothing typed or done twice is lost or doubled."""

from sqlalchemy import func, select

from app.database import Database
from tests.casework.desk.acts import lend
from tests.casework.desk.conftest import Desk
from workflows.tables import JournalEntry


def test_a_step_shows_its_effects_and_is_refused_with_every_reason(desk: Desk):
    desk.log_in("intake")
    home = lend(desk)
    page = desk.get(home)
    assert page.status_code == 200
    assert "现在可以办理" in page.text
    assert "已归还" in desk.get(f"{home}/transitions/give_back").text
    refused = desk.post(f"{home}/transitions/give_back", {"damage": ""})
    assert refused.status_code == 409
    assert "归还时须记明器材状况" in refused.text
    assert desk.post(f"{home}/transitions/give_back", {"damage": "完好"}).status_code == 303
    assert "已归还" in desk.get(home).text


def test_a_field_that_an_open_condition_rests_on_is_not_called_optional(desk: Desk):
    desk.log_in("intake")
    home = lend(desk)
    path = f"{home}/transitions/give_back"
    for page in (desk.get(path), desk.post(path, {"damage": ""})):
        assert ">器材状况</label>" in page.text  # 选填 would stand inside the label


def test_a_repeated_submit_answers_the_first_result_and_changes_nothing(desk: Desk, database: Database):
    desk.log_in("intake")
    home = lend(desk)
    path = f"{home}/transitions/give_back"
    form = {**desk.form(path), "damage": "完好"}
    first = desk.client.post(path, data=form, follow_redirects=False)
    before = _entries(database)
    again = desk.client.post(path, data=form, follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (again.status_code, again.headers["location"])
    assert _entries(database) == before


def test_a_stale_form_says_who_did_what_and_keeps_what_was_typed(desk: Desk):
    desk.log_in("intake")
    home = lend(desk)
    old = desk.form(f"{home}/transitions/give_back")
    desk.log_in("head")
    assert desk.post(f"{home}/transitions/prolong", {"extension_days": "5"}).status_code == 303
    desk.log_in("intake")
    fresh = desk.form(f"{home}/transitions/give_back")["_csrf"]
    stale = {**old, "_csrf": fresh, "damage": "外壳有划痕"}
    answer = desk.client.post(f"{home}/transitions/give_back", data=stale, follow_redirects=False)
    assert answer.status_code == 409
    assert "周敏已办理“续借”" in answer.text
    assert "外壳有划痕" in answer.text


def test_a_wrong_field_is_422_with_the_sentence_at_the_field(desk: Desk):
    desk.log_in("intake")
    home = lend(desk)
    wrong = desk.post(f"{home}/transitions/prolong", {"extension_days": "四十"})
    assert wrong.status_code == 422
    assert "“续借天数”写成整数" in wrong.text
    assert "四十" in wrong.text
    future = desk.post(f"{home}/transitions/give_back", {"damage": "完好", "occurred_on": "2026-03-09"})
    assert future.status_code == 422
    before = desk.post(f"{home}/transitions/give_back", {"damage": "完好", "occurred_on": "2026-02-01"})
    assert before.status_code == 422
    assert "早于上一步的日期" in before.text


def test_an_unknown_step_and_another_kind_of_subject_are_404(desk: Desk):
    desk.log_in("intake")
    home = lend(desk)
    assert desk.get(f"{home}/transitions/fly").status_code == 404
    assert desk.get(f"{home}/transitions/lend").status_code == 404
    assert desk.get("/cases/nothing").status_code == 404


def test_what_people_type_is_text_and_never_markup(desk: Desk):
    desk.log_in("intake")
    home = lend(desk, "<script>alert(1)</script>" + "长" * 70)
    page = desk.get(home).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in desk.get("/todo?view=role").text


def test_inside_a_dialog_the_same_step_is_a_fragment(desk: Desk):
    desk.log_in("intake")
    home = lend(desk)
    inside = desk.get(f"{home}/transitions/give_back", headers={"hx-request": "true"})
    assert "<html" not in inside.text
    assert "确认办理" in inside.text
    form = {**desk.form(f"{home}/transitions/give_back"), "damage": "完好"}
    done = desk.client.post(f"{home}/transitions/give_back", data=form, headers={"hx-request": "true"})
    assert done.headers["hx-redirect"] == home


def _entries(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(JournalEntry)) or 0
