"""The queue and the lists, through HTTP, with a module that nothing here knows."""

import html
import re
from datetime import date
from urllib.parse import quote
from uuid import UUID

import pytest

from app.database import Database
from casework.desk import queue, search
from casework.mediation.tables import CaseParty
from tests.casework.desk.acts import lend, register
from tests.casework.desk.conftest import Desk
from tests.conftest import Clock
from workflows.tables import Setting


def test_what_was_opened_waits_in_the_queue_of_the_role_and_is_found_by_its_words(desk: Desk):
    desk.log_in("intake")
    lend(desk)
    page = desk.get("/todo").text
    assert "借用投影仪" in page
    assert "剩 15 天" in page
    assert "借用投影仪" in desk.get("/todo?view=role&q=投影").text
    assert "借用投影仪" in desk.get("/todo?view=role&q=tyy").text
    assert "借用投影仪" not in desk.get("/todo?view=role&q=帐篷").text


@pytest.mark.parametrize("account", ["intake", "mediator", "head"])
@pytest.mark.parametrize(
    "path", ["/todo?view=mine", "/todo?view=role", "/todo?view=waiting", "/todo/next", "/cases/mediation"]
)
def test_before_the_first_case_every_view_is_empty_and_opens(desk: Desk, account: str, path: str):
    desk.log_in(account)
    assert desk.get(path).status_code == 200


def test_rows_stand_under_the_severity_of_their_deadline(desk: Desk, clock: Clock):
    desk.log_in("intake")
    lend(desk)
    assert "之后" in desk.get("/todo").text
    clock.move(days=13)
    desk.log_in("intake")
    assert "三天内到期" in desk.get("/todo").text
    clock.move(days=2)
    page = desk.log_in("intake").get("/todo").text
    assert "今天要办" in page and "今天到期" in page
    clock.move(days=2)
    desk.log_in("intake")
    page = desk.get("/todo").text
    assert "已超期" in page
    assert "已超 2 天" in page


def test_a_case_is_found_by_name_initials_and_employer(desk: Desk):
    desk.log_in("intake")
    register(desk)
    for words in ("王小明", "小明", "wxm", "甲餐饮", "小明 甲餐", "1234", "0001", "望京"):
        assert "王小明" in desk.get("/cases/mediation", params={"q": words}).text, words
    assert "没有符合条件" in desk.get("/cases/mediation", params={"q": "王大明"}).text


def test_each_of_the_hundreds_in_a_collective_dispute_is_found(desk: Desk, database: Database, clock: Clock):
    desk.log_in("intake")
    root_id = UUID(register(desk).rsplit("/")[-1])
    names = [
        f"{surname}{first}{second}"
        for surname in "王李张刘陈赵龚龙"
        for first in "建国志强晓"
        for second in "明华军伟鑫龘"
    ]
    with database.sessions.begin() as session:
        for number, name in enumerate(names):
            told = {"name_key": name, "phone": f"1380000{number:04d}", "joined_on": clock.today}
            session.add(CaseParty(case_id=root_id, side="applicant", capacity="worker", name=name, **told))
        session.flush()
        search.reindex(session, root_id, clock.now)
    for words in ("龙晓龘", "王建明", "lxd", "0239", "0001"):
        assert "王小明" in desk.get("/cases/mediation", params={"q": words}).text, words


def test_a_list_goes_on_from_a_signed_place_only(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queue, "PAGE", 2)
    desk.log_in("intake")
    for item in ("甲", "乙", "丙"):
        lend(desk, f"器材{item}")
    first = desk.get("/todo?view=role").text
    assert first.count('class="row"') == 2
    after = first.split("after=")[1].split('"')[0]
    assert desk.get(f"/todo?view=role&after={after}").text.count('class="row"') == 1
    for path, place in (("/todo?view=role", f"{after[:-2]}xx"), ("/todo?view=role&sort=new", after)):
        lost = desk.get(f"{path}&after={place}")
        assert lost.status_code == 200
        assert "“下一页”的位置无法识别" in lost.text
        assert lost.text.count('class="row"') == 2


def test_pages_together_hold_every_row_once_in_the_order_of_their_deadlines(desk: Desk, clock: Clock, monkeypatch):
    monkeypatch.setattr(queue, "PAGE", 2)
    for number in range(5):
        desk.log_in("intake")
        lend(desk, f"器材{number}")
        clock.move(days=number % 2)
    desk.log_in("intake")
    for sort in ("due", "new"):
        seen, path = [], f"/todo?view=role&sort={sort}"
        while path:
            page = desk.get(path).text
            seen += re.findall(r"借用器材(\d)</span>", page)
            following = re.search(r'href="([^"]*after=[^"]*)"', page)
            path = html.unescape(following[1]) if following else ""
        assert seen == (["0", "1", "2", "3", "4"] if sort == "due" else ["4", "3", "2", "1", "0"])


def test_what_makes_no_sense_in_an_address_is_said_and_the_rest_is_kept(desk: Desk):
    desk.log_in("intake")
    lend(desk, "投影仪")
    lend(desk, "帐篷")
    page = desk.get("/todo?view=role&q=投影&module=nonsense&due=gestern&sort=<b>").text
    for sentence in ("没有“nonsense”这样的业务", "没有“gestern”这样的期限范围", "没有“&lt;b&gt;”这样的排序"):
        assert sentence in page
    assert "借用投影仪" in page
    assert "借用帐篷" not in page
    assert 'value="投影"' in page
    assert "至少输入两个字" in desk.get("/todo?view=role&q=投").text
    assert desk.get("/cases/lending?st=nirvana").text.count("没有“nirvana”这样的状态") == 1


def test_nobody_sees_what_is_not_theirs(desk: Desk):
    desk.log_in("intake")
    home = lend(desk)
    case = register(desk)
    desk.log_in("admin")
    assert "投影仪" not in desk.get("/todo?view=role").text
    absent = desk.get("/subjects/01890000-0000-7000-8000-000000000000")
    for path in (home, case):
        hidden = desk.get(path)
        assert hidden.status_code == absent.status_code == 404
        assert _text(hidden.text) == _text(absent.text)


def test_the_palette_finds_cases_and_commands(desk: Desk):
    desk.log_in("intake")
    register(desk)
    assert "王小明" in desk.get("/palette?q=wxm").text
    assert "/calendar" in desk.get("/palette?q=日程").text


def _text(page: str) -> str:
    import re

    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|[0-9a-f]{64,}", "", page)).strip()


def test_a_collective_dispute_stands_before_older_cases_and_says_why(desk: Desk, clock: Clock):
    desk.log_in("intake")
    register(desk)
    clock.move(days=7)
    desk.log_in("intake")
    collective(desk)
    page = desk.get("/todo?view=role").text
    assert rows(page) == ["张一", "王小明"]
    assert "优先办理" in page
    assert "十人以上集体争议优先办理（参照《劳动人事争议仲裁办案规则》第五条）" in page
    assert "优先办理（参照" in desk.get("/todo/next").text


def test_every_case_is_listed_once_however_short_the_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queue, "PAGE", 1)
    desk.log_in("intake")
    register(desk)
    collective(desk)
    collective(desk, "李", "北京乙餐饮有限公司")
    found, path = [], "/todo?view=role"
    while path:
        page = desk.get(path).text
        found += rows(page)
        more = re.search(r'href="(/todo\?[^"]*after=[^"]*)"', page)
        path = html.unescape(more[1]) if more else ""
    assert found == ["张一", "李一", "王小明"]


def test_where_the_house_rule_is_off_a_collective_dispute_waits_its_turn(desk: Desk, clock: Clock, database: Database):
    with database.sessions.begin() as session:
        session.add(
            Setting(
                key="mediation.collective_first",
                value={"value": False},
                valid_from=date(2020, 1, 1),
                entered_at=clock.now,
            )
        )
    desk.log_in("intake")
    register(desk)
    clock.move(days=7)
    desk.log_in("intake")
    collective(desk)
    page = desk.get("/todo?view=role").text
    assert rows(page) == ["王小明", "张一"]
    assert "优先办理" not in page


def collective(desk: Desk, family: str = "张", firm: str = "北京丙餐饮有限公司") -> str:
    """Ten workers with one claim for all of them."""
    workers: dict[str, str] = {}
    for number, name in enumerate("一二三四五六七八九十"):
        workers |= {
            f"applicants-{number}-name": family + name,
            f"applicants-{number}-kind": "person",
            f"applicants-{number}-capacity": "worker",
            f"applicants-{number}-consent": "agreed",
        }
    return register(desk, **{**workers, "applicants-0-phone": "", "respondents-0-name": firm})


def rows(page: str) -> list[str]:
    """Who is listed, by the first name of the row."""
    return re.findall(r'<span class="s">[^<]*?(张一|李一|王小明)[^<]*</span>', page)


NUMBER_IN_FULL = ["13800001234", "138-0000-1234", "138 0000 1234", "+86 13800001234", "王小明 13800001234"]


@pytest.mark.parametrize("typed", NUMBER_IN_FULL)
def test_a_mobile_number_in_full_finds_the_cases_of_whoever_has_it_and_of_nobody_else(desk: Desk, typed: str):
    desk.log_in("head")
    register(desk)
    register(desk, **{"applicants-0-name": "李小红", "applicants-0-phone": "13900001234"})
    for path in ("/palette", "/cases/mediation", "/todo?view=role"):
        found = _found(desk, path, typed)
        assert "王小明与" in found and "李小红与" not in found, path
        assert "王小明与" not in _found(desk, path, typed.replace("1234", "1235")), path
        assert {"王小明与", "李小红与"} <= set(re.findall("王小明与|李小红与", _found(desk, path, "1234"))), path


def _found(desk: Desk, path: str, typed: str) -> str:
    """The page without the fields, which repeat what was typed."""
    answer = desk.get(f"{path}{'&' if '?' in path else '?'}q={quote(typed)}")
    assert answer.status_code == 200
    return re.sub(r"<input[^>]*>", "", answer.text)
