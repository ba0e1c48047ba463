"""Every setting an operator can decide is read where it says it counts."""

import re
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import pytest

from app.modules import plug_all
from casework.desk import sign_off
from casework.mediation.forms import aftermath
from tests.casework.mediation.test_after_agreement import defaulted, order
from tests.casework.mediation.test_guards import refusal
from tests.casework.mediation.world import PAYMENT
from union.house_rules import CALENDAR_RULES
from workflows.errors import Refused

ROOT = Path(__file__).parents[3]
SOURCES = ("app", "casework", "documents", "members", "union", "web", "workflows")
DECLARED = re.compile(r'HouseRule\(\s*"[^"]*"|\brule\("[^"]*"\)')


def test_no_setting_is_offered_that_nothing_reads():
    plug_all()
    rules = list(sign_off.rules().values())
    assert len(rules) > 30
    assert {rule.key for rule in (*CALENDAR_RULES, *sign_off.DESK_RULES)} <= {rule.key for rule in rules}
    assert [rule.key for rule in rules if not _read(rule.key)] == []


def test_a_setting_that_is_only_declared_and_cited_counts_as_unread():
    assert not _read("mediation.track")
    assert not _read("no.such_setting")


def test_a_repetition_wants_no_decision_where_the_check_is_switched_off(world):
    world.open()
    with pytest.raises(Refused, match="疑似重复"):
        world.open()
    world.setting("mediation.duplicates", False)
    world.open()


def test_what_counsel_has_settled_for_a_union_centre_needs_no_reason_of_its_own(world):
    world.station = world.federation  # a union's own centre, which 调仲法10 does not name
    case = world.settled(None, [msgspec.structs.replace(PAYMENT, due_on=date(2026, 3, 5))])
    remedy = defaulted(world, case)
    assert "须先经法律顾问确认" in refusal(world, remedy, "apply_payment_order", order())
    assert "须先经法律顾问确认" in refusal(world, remedy, "sue_wages", aftermath.SueWages(body="朝阳法院"))
    world.setting("mediation.counsel", False)
    world.act(remedy, "apply_payment_order", order())


def _read(key: str) -> bool:
    """Whether the key stands anywhere but where it is declared and cited; of a rule kept as a constant, or a switch of
    the calendar, whether that is asked."""
    text = _sources()
    if key.startswith("calendar."):
        return re.search(rf"(self|calendar)\.{key.rpartition('.')[2]}\b", text) is not None
    constant = re.search(rf'^(\w+) = HouseRule\("{re.escape(key)}"', text, re.M)
    asked = constant and re.search(rf"\b{constant[1]}\.key|\bvalue_on\(.*\b{constant[1]}\)", text)
    return f'"{key}"' in DECLARED.sub("", text) or bool(asked)


@cache
def _sources() -> str:
    return "\n".join(path.read_text("utf-8") for part in SOURCES for path in (ROOT / part).rglob("*.py"))
