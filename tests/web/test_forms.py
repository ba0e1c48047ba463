"""The form kit: what is asked, what is read back, and the sentence for everything that cannot be used."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Meta

from web import forms
from web.forms import FormErrors, parse, show
from workflows.form import Form

TODAY = date(2026, 3, 2)


class Way(Enum):
    ORAL = "oral"
    WRITTEN = "written"


class Claim(msgspec.Struct, kw_only=True):
    kind: Annotated[str, Meta(title="请求事项", extra={"choices": {"wages": "工资", "other": "其他"}})]
    amount: Annotated[int | None, Meta(title="金额", ge=1, extra={"widget": "money"})] = None


class Address(msgspec.Struct, kw_only=True):
    street: Annotated[str, Meta(title="街道")]
    door: Annotated[str, Meta(title="门牌")] = ""


class Asked(Form, kw_only=True):
    name: Annotated[str, Meta(title="姓名", min_length=2, max_length=5)]
    reason: Annotated[str, Meta(title="情况说明", max_length=20, extra={"widget": "textarea"})] = ""
    amount: Annotated[int, Meta(title="争议金额", ge=0, extra={"widget": "money"})] = 0
    limit: Annotated[int | None, Meta(title="上限", le=100_00, extra={"widget": "money"})] = None
    people: Annotated[int | None, Meta(title="人数", ge=1, le=1000)] = None
    share: Annotated[Decimal | None, Meta(title="比例", ge=0, le=100)] = None
    way: Annotated[Way, Meta(title="方式")] = Way.ORAL
    result: Annotated[Literal["同意", "不同意"] | None, Meta(title="意见")] = None
    meeting: Annotated[datetime | None, Meta(title="开会时间")] = None
    hired_on: Annotated[date | None, Meta(title="入职日期", extra={"not_future": True})] = None
    due_on: Annotated[date | None, Meta(title="履行日期")] = None
    told: Annotated[bool, Meta(title="已告知", extra={"required": True})] = False
    topics: Annotated[list[str], Meta(title="事项", extra={"choices": {"a": "甲", "b": "乙"}})] = []
    party: Annotated[UUID | None, Meta(title="当事人", extra={"widget": "hidden"})] = None
    address: Annotated[Address | None, Meta(title="地址")] = None
    claims: Annotated[list[Claim], Meta(title="仲裁请求")] = []
    chosen: Annotated[str, Meta(title="主办", extra={"choices": lambda facts: facts})] = ""


ENOUGH = {"name": "王立娟", "told": "1"}


def refusals(sent: dict[str, object], struct: type[msgspec.Struct] = Asked, facts: object = None) -> dict[str, str]:
    with pytest.raises(FormErrors) as caught:
        parse(struct, sent, facts=facts, today=TODAY)
    return dict(caught.value.view.errors)


def read(**sent: object) -> Asked:
    return parse(Asked, ENOUGH | sent, today=TODAY)


def test_a_form_needs_only_what_is_required():
    filed = parse(Asked, ENOUGH, today=TODAY)
    assert filed == Asked(name="王立娟", told=True)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("38640", 3864000),
        ("38,640.00", 3864000),
        ("38，640.5", 3864050),
        ("３８６４０", 3864000),
        ("￥100元", 10000),
        (" 0.01 ", 1),
        ("1.", 100),
        ("0", 0),
    ],
)
def test_money_is_typed_in_yuan_and_kept_in_fen(typed, fen):
    assert read(amount=typed).amount == fen


@given(st.integers(min_value=0, max_value=10**13))
def test_an_amount_shown_reads_back_the_same(fen):
    shown = show(Asked, {"amount": fen})["amount"].value
    assert read(amount=shown).amount == fen


@pytest.mark.parametrize("typed", ["三千", "1.234", "1e3", "1.2.3", "--1", "abc", "9" * 40])
def test_what_is_no_amount_is_refused_at_its_field(typed):
    assert "争议金额" in refusals(ENOUGH | {"amount": typed})["amount"]


def test_limits_are_said_in_the_unit_that_is_typed():
    assert refusals(ENOUGH | {"amount": "-1"})["amount"] == "“争议金额”不能小于 0.00 元。"
    assert refusals(ENOUGH | {"limit": "100.01"})["limit"] == "“上限”不能大于 100.00 元。"
    assert refusals(ENOUGH | {"people": "0"})["people"] == "“人数”不能小于 1。"
    assert "负数" in refusals(ENOUGH | {"limit": "-1"})["limit"]


@pytest.mark.parametrize(
    "typed", ["2026-11-20", "2026/11/20", "2026年11月20日", "20261120", "2026.11.20", "２０２６-１１-２０"]
)
def test_a_date_is_read_in_every_common_writing(typed):
    assert read(due_on=typed).due_on == date(2026, 11, 20)


@pytest.mark.parametrize("typed", ["明天", "2026-02-30", "26-1-1", "2026-13-01", "1-1"])
def test_what_is_no_date_is_refused_at_its_field(typed):
    assert "日期" in refusals(ENOUGH | {"due_on": typed})["due_on"]


def test_the_legal_date_is_never_in_the_future():
    assert refusals(ENOUGH | {"occurred_on": "2026-03-03"})["occurred_on"] == "“办理日期”不能晚于今天。"
    assert refusals(ENOUGH | {"hired_on": "2999-01-01"})["hired_on"] == "“入职日期”不能晚于今天。"
    assert read(occurred_on="2026-03-02").occurred_on == TODAY
    assert read(due_on="2027-01-01").due_on == date(2027, 1, 1)


def test_a_moment_is_wall_time_in_beijing():
    assert read(meeting="2026-11-20T10:00").meeting == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert "时间" in refusals(ENOUGH | {"meeting": "十点"})["meeting"]


def test_choices_are_closed():
    assert read(way="written", result="同意", topics=["a", "b"]).way is Way.WRITTEN
    faults = refusals(ENOUGH | {"way": "by pigeon", "result": "也许", "topics": ["z"]})
    assert set(faults) == {"way", "result", "topics"}


def test_where_there_is_nothing_to_choose_nothing_can_be_chosen():
    class Several(msgspec.Struct, kw_only=True):
        cases: Annotated[list[str], Meta(title="案件", extra={"choices": lambda facts: facts})] = []

    assert "cases" in refusals({"cases": ["somebody else's"]}, Several, {})


def test_choices_may_come_from_the_facts():
    facts = {"1": "周敏"}
    assert parse(Asked, ENOUGH | {"chosen": "1"}, facts=facts, today=TODAY).chosen == "1"
    assert "chosen" in refusals(ENOUGH | {"chosen": "2"}, facts=facts)
    assert show(Asked, facts=facts)["chosen"].choices == [("1", "周敏")]


def test_text_has_its_length_said_in_characters():
    assert refusals({"told": "1"})["name"] == "填写“姓名”。"
    assert refusals(ENOUGH | {"name": "王"})["name"] == "“姓名”至少写 2 个字。"
    assert refusals(ENOUGH | {"name": "王" * 6})["name"] == "“姓名”最多 5 个字，现有 6 个字。"
    assert "最多 20 个字" in refusals(ENOUGH | {"reason": "长" * 21})["reason"]


def test_control_characters_do_not_survive():
    assert read(name="王\x00立\u202e娟").name == "王立娟"
    assert read(reason="一\r\n二").reason == "一\n二"


def test_a_box_that_must_be_ticked_says_so():
    assert refusals({"name": "王立娟"})["told"] == "须勾选“已告知”。"


def test_an_id_that_is_no_id_is_refused():
    assert "party" in refusals(ENOUGH | {"party": "1 OR 1=1"})


def test_rows_are_read_in_order_and_blank_ones_are_nothing():
    sent = {
        "claims-2-kind": "other",
        "claims-0-kind": "wages",
        "claims-0-amount": "100",
        "claims-1-kind": "",
        "claims-1-amount": "",
    }
    assert read(**sent).claims == [Claim(kind="wages", amount=10000), Claim(kind="other")]


def test_a_fault_in_a_row_is_said_at_that_row():
    faults = refusals(ENOUGH | {"claims-3-amount": "x", "claims-3-kind": "wages", "claims-5-amount": "5"})
    assert set(faults) == {"claims-3-amount", "claims-5-kind"}


def test_a_part_left_blank_is_no_part_and_a_half_filled_one_is_refused():
    assert read(**{"address-street": " "}).address is None
    assert read(**{"address-street": "呼家楼"}).address == Address(street="呼家楼")
    assert "address-street" in refusals(ENOUGH | {"address-door": "3 号"})


def test_everything_typed_is_shown_again():
    sent = {
        "name": "王",
        "amount": "三千",
        "topics": ["a"],
        "reason": "写了很久",
        "claims-4-kind": "wages",
        "claims-4-amount": "abc",
        "address-door": "3 号",
    }
    with pytest.raises(FormErrors) as caught:
        parse(Asked, sent, today=TODAY)
    view = caught.value.view
    assert view["name"].value == "王"
    assert view["amount"].value == "三千"
    assert view["topics"].value == ["a"]
    assert view["reason"].value == "写了很久"
    row = next(row for row in view["claims"].rows if row.index == 4)
    assert [field.value for field in row.fields] == ["wages", "abc"]
    assert row.fields[1].error
    assert view["address"].fields[1].value == "3 号"
    assert view.status == 422


def test_asking_for_a_row_keeps_what_was_typed_and_is_no_error():
    with pytest.raises(FormErrors) as caught:
        parse(Asked, {"_add": "claims", "name": "", "claims-0-kind": "wages"}, today=TODAY)
    view = caught.value.view
    assert not view.errors
    assert view.status == 200
    assert len(view["claims"].rows) == 4
    assert view["claims"].rows[0].fields[0].value == "wages"


def test_an_empty_form_offers_spare_rows():
    rows = show(Asked)["claims"].rows
    assert len(rows) == forms.SPARE_ROWS
    assert all(row.blank for row in rows)
    assert [row.fields[0].name for row in rows] == ["claims-0-kind", "claims-1-kind", "claims-2-kind"]


def test_known_values_are_shown_as_typed():
    view = show(Asked, Asked(name="王立娟", amount=3864000, claims=[Claim(kind="wages", amount=1)]), today=TODAY)
    assert view["amount"].value == "38640.00"
    assert view["occurred_on"].value == "2026-03-02"
    assert view["claims"].rows[0].fields[1].value == "0.01"
    assert len(view["claims"].rows) == forms.SPARE_ROWS


def test_a_fault_of_the_whole_is_a_sentence_too():
    class Pair(Form, kw_only=True):
        begins: Annotated[int, Meta(title="起")]
        ends: Annotated[int, Meta(title="止")]

        def __post_init__(self) -> None:
            if self.ends < self.begins:
                raise ValueError("ends: “止”不能小于“起”。")

    assert refusals({"begins": "2", "ends": "1"}, Pair) == {"ends": "“止”不能小于“起”。"}


def test_a_caller_may_add_faults_of_its_own():
    with pytest.raises(FormErrors) as caught:
        parse(Asked, ENOUGH, today=TODAY, errors=[("name", "此人已在案中。")])
    assert caught.value.view["name"].error == "此人已在案中。"


def test_nobody_can_send_endless_rows():
    sent = {f"claims-{i}-kind": "wages" for i in range(forms.MOST_ROWS + 1)}
    assert "最多" in refusals(ENOUGH | sent)["claims"]


@pytest.mark.parametrize(
    "typed", ["0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "9999-12-31T23:59", "0001-01-01"]
)
def test_a_moment_beyond_all_years_is_refused_at_its_field(typed):
    assert "会" in refusals(ENOUGH | {"meeting": typed})["meeting"]


NEARLY = (  # what is almost a date, an hour or an amount leads further into a reader than any text does
    st.from_regex(r"[-+]?[0-9０-９]{1,5}[-/年:.T W]?[0-9]{0,3}([-/.:月日+Zz ][0-9]{0,3}){0,4}")
    | st.text(alphabet="0123456789-:T+.,EeNnaAiIfZ_ \t\u3000年月日٣", max_size=30)
    | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
    | st.floats().map(str)
)
NAMES = [f.name for f in msgspec.structs.fields(Asked)] + ["address-street", "claims-0-kind", "claims-1-amount"]


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly; nothing here is timed
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40) | NEARLY))
def test_whatever_is_typed_is_read_or_refused_in_words(sent):
    try:
        parse(Asked, sent, today=TODAY)
    except FormErrors as unfinished:
        for error in unfinished.view.errors:
            assert error.name
            assert error.sentence.endswith("。")
