"""What is being typed is kept for its writer alone, and two who write at once both keep their words."""

from datetime import timedelta

from sqlalchemy import func, select

from app.database import Database
from casework.desk import drafts
from casework.desk.tables import Draft
from tests.casework.desk.acts import register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock


def test_a_form_half_typed_is_kept_found_again_and_gone_once_sent(desk: Desk, database: Database):
    desk.log_in("intake")
    home = register(desk)
    path = f"{home}/contacts/new"
    typed = {"whom": "other", "way": "letter", "result": "left_word", "text": "已留言，约周三回电"}
    said = desk.post(path, {**typed, "_draft": "typed"}, headers={"hx-request": "true"})
    assert "草稿已保存" in said.text
    assert "这张表有没提交的草稿" in desk.get(path).text
    assert "已留言，约周三回电" not in desk.get(path).text
    again = desk.get(f"{path}?draft=kept").text
    assert "已留言，约周三回电" in again
    listed = desk.get("/drafts").text
    assert f'href="{path}?draft=kept"' in listed
    with database.reading() as session:
        assert "周三".encode() not in session.scalars(select(Draft.sealed)).one()
    desk.log_in("head")
    assert path not in desk.get("/drafts").text
    assert "已留言，约周三回电" not in desk.get(f"{path}?draft=kept").text
    desk.log_in("intake")
    assert desk.post(path, typed).status_code == 303
    assert "没有草稿" in desk.get("/drafts").text


def test_without_a_script_a_button_keeps_the_draft_and_another_throws_it_away(desk: Desk):
    desk.log_in("intake")
    home = register(desk)
    path = f"{home}/contacts/new"
    kept = desk.post(path, {"text": "明天再打", "_draft": "keep"})
    assert kept.headers["location"] == f"{path}?draft=kept"
    assert "明天再打" in desk.get(kept.headers["location"]).text
    gone = desk.post(path, {"_draft": "discard"})
    assert gone.status_code == 303
    assert "这张表有没提交的草稿" not in desk.get(path).text


def test_an_application_and_a_step_are_kept_as_drafts_without_opening_or_moving_anything(desk: Desk):
    desk.log_in("intake")
    new = "/cases/mediation/new?trigger=register_oral"
    desk.post(new, {"_trigger": "register_oral", "applicants-0-name": "王半途", "_draft": "keep"})
    assert "王半途" in desk.get(f"{new}&draft=kept").text
    assert "王半途" not in desk.get("/cases/mediation").text
    home = register(desk)
    step = f"{home}/transitions/withdraw"
    before = desk.get(home).text.count("申请登记")
    desk.post(step, {"explanation": "双方已自行和解", "_draft": "keep"})
    assert desk.get(home).text.count("申请登记") == before
    assert "已收到申请" in desk.get(home).text


def test_a_draft_is_thrown_away_after_thirty_days(desk: Desk, database: Database, clock: Clock):
    desk.log_in("intake")
    home = register(desk)
    desk.post(f"{home}/contacts/new", {"text": "明天再打", "_draft": "keep"})
    for days, left in ((29, 1), (31, 0)):
        with database.sessions.begin() as session:
            drafts.sweep(session, clock.now + timedelta(days=days))
            assert session.scalar(select(func.count()).select_from(Draft)) == left


def test_who_writes_second_sees_what_was_done_meanwhile_beside_the_own_words_and_may_send_again(desk: Desk):
    desk.log_in("intake")
    home = register(desk)
    step = f"{home}/transitions/seek_consent"
    page = desk.form(step)
    desk.log_in("head")
    assert desk.post(f"{home}/notes", {"text": "公司已来电表示愿意调解"}, at=home).status_code == 303
    desk.log_in("intake")
    typed = {**page, "_csrf": desk.form(step)["_csrf"], "text": "第一次征询"}
    stale = desk.client.post(step, data=typed, follow_redirects=False)
    assert stale.status_code == 409, stale.text[-500:]
    assert "你填写期间，本件有这些办理" in stale.text
    assert "公司已来电表示愿意调解" in stale.text
    assert "周敏" in stale.text
    again = {
        name: stale.text.split(f'name="{name}" value="')[1].split('"')[0] for name in ("_csrf", "_key", "_version")
    }
    assert again["_version"] != page["_version"]
    done = desk.client.post(step, data={**typed, **again}, follow_redirects=False)
    assert done.status_code == 303, done.text[-500:]
