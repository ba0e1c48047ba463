"""The study of peers gives each task of a working day a number of actions; every one that mediation has is held by a test.

Copied from its tables of the mediator (4.1), the clerk of a station (4.4), the leader (4.5) and the worker (4.6); those of
the lawyer and of the inspector are of other procedures. An action is a click, a key chord, a pick, a scan or a photograph.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from tests.architecture.tree import ROOT

FOLDER = ROOT / "tests" / "browser"
NAMES = {"papers": 12}  # what a number of actions is reckoned with


@dataclass(frozen=True)
class Task:
    """One line of a table: ``most`` actions, held by the numbers these tests write down; or why mediation has no such task."""

    where: str
    screen: str
    what: str
    most: int
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: str = ""

    def __str__(self) -> str:
        return f"{self.where} {self.screen}: {self.what}"


TICKETS = "a service for members, no part of mediation"
CONTROLS = {"test_every_kind_of_action_is_counted_and_typing_is_not"}  # fails above its number, for each kind of action

TASKS = (
    Task(
        "4.1",
        "今日",
        "open the most urgent case and see why it is urgent, one more for the derivation",
        1 + 1,
        {"test_the_most_urgent_case_is_open_and_says_why_after_one_action": ("1", "1")},
    ),
    Task(
        "4.1",
        "口头申请登记",
        "register, duplicates and conflict checked, printed record ready to sign",
        6,
        {"test_an_oral_application_is_registered_and_its_record_ready_to_sign_in_six": ("6",)},
    ),
    Task(
        "4.1",
        "案件页",
        "accept and set the meeting",
        4,
        {"test_a_case_is_accepted_and_its_meeting_set_in_four_the_mediator_appointed_between": ("2", "2")},
    ),
    Task(
        "4.1",
        "会议笔录",
        "take minutes, everyone signs on the tablet: 3 and 1 for each of three signers",
        3 + 3,
        {"test_minutes_are_taken_and_signed_by_those_at_the_table_in_three_and_one_for_each": ("3 + 3",)},
    ),
    Task(
        "4.1",
        "调解协议书",
        "generate, check, send to sign, seal: 5 and 1 for each of three signers",
        5 + 3,
        {
            "test_an_agreement_is_finalised_and_signed_by_all_in_five_and_one_for_each_signer": ("5 + 3",),
            "test_an_agreement_is_signed_on_the_tablet_in_one_and_one_more_for_each_signer": ("3",),
        },
    ),
    Task("4.1", "案件页", "end without agreement", 3, {"test_a_case_ends_without_agreement_in_three": ("3",)}),
    Task("4.1", "案件页", "add a note", 2, {"test_a_note_takes_one_and_a_photograph_two_and_the_picking": ("2",)}),
    Task(
        "4.1",
        "案件页",
        "add an evidence photograph",
        2,
        {"test_a_note_takes_one_and_a_photograph_two_and_the_picking": ("2",)},
    ),
    Task(
        "4.1",
        "移交",
        "pass cases to a deputy with dates, any number of them",
        4,
        {
            "test_two_cases_pass_to_a_colleague_in_four_actions_and_come_back_in_one": ("4",),
            "test_many_cases_are_found_ticked_all_at_once_and_handed_over_in_four": ("4",),
        },
    ),
    Task(
        "4.1",
        "履行跟踪",
        "mark performed",
        2,
        {"test_performance_is_marked_in_two_and_the_help_of_a_court_opened_in_two": ("2",)},
    ),
    Task(
        "4.1",
        "履行跟踪",
        "open the help of a payment order or of a court's confirmation",
        2,
        {"test_performance_is_marked_in_two_and_the_help_of_a_court_opened_in_two": ("2",)},
    ),
    Task(
        "4.4",
        "来访登记",
        "by the telephone to the open matters of this person",
        3,
        {"test_a_caller_known_by_the_end_of_a_telephone_number_is_found_in_two": ("3",)},
    ),
    Task(
        "4.4",
        "分流",
        "route elsewhere with a printed note",
        2,
        {"test_a_matter_of_another_body_is_sent_there_with_a_letter_in_two": ("2",)},
    ),
    Task(
        "4.4",
        "重复",
        "link what repeats another case",
        2,
        {"test_what_repeats_another_case_is_linked_to_it_in_two_and_taken_back_in_one": ("2",)},
    ),
    Task(
        "4.4",
        "重复",
        "undo it",
        1,
        {"test_what_repeats_another_case_is_linked_to_it_in_two_and_taken_back_in_one": ("1",)},
    ),
    Task(
        "4.4",
        "批量导入",
        "a list from Excel, errors row by row",
        4,
        {"test_a_list_of_workers_is_taken_from_excel_in_four_and_a_corrected_one_in_two_more": ("4",)},
    ),
    Task(
        "4.4",
        "批量提醒",
        "choose a saved view, set reminders, the result of each",
        4,
        {"test_a_saved_view_is_reminded_of_in_four_actions": ("4",)},
    ),
    Task("4.4", "窗口抢票", "help a member without a smartphone in the same queue", 3, elsewhere=TICKETS),
    Task("4.4", "补正", "correct a wrong field", 3, {"test_a_wrong_field_is_corrected_in_three": ("3",)}),
    Task(
        "4.5",
        "首页",
        "the targets of the year: now, expected at its end, red where late",
        0,
        {"test_a_leader_reads_the_targets_of_the_year_without_any_action": ("0",)},
    ),
    Task(
        "4.5",
        "下钻",
        "from a number to the list to a case",
        2,
        {"test_a_figure_leads_to_its_cases_and_to_one_of_them_in_two": ("2",)},
    ),
    Task(
        "4.5",
        "历史时点",
        "the same page as of an earlier day",
        2,
        {"test_figures_are_read_as_of_an_earlier_day_in_two": ("2",)},
    ),
    Task(
        "4.5",
        "审批",
        "12 documents: look at each, approve all",
        12 + 3,
        {"test_twelve_papers_are_looked_at_and_approved_in_twelve_and_three": ("papers + 3",)},
    ),
    Task(
        "4.5",
        "年度报告",
        "create, compare with the last report, take away",
        3,
        {"test_a_report_is_kept_compared_with_the_last_one_and_taken_away_in_three": ("3",)},
    ),
    Task(
        "4.5",
        "预警",
        "who is overloaded; reassign",
        3,
        {
            "test_a_leader_sees_who_is_overloaded_in_one": ("1",),
            "test_a_leader_gives_the_cases_of_who_is_overloaded_to_another_in_three": ("3",),
        },
    ),
    Task("4.5", "问责", "who looked at case X", 3, {"test_who_looked_at_a_case_is_answered_in_three": ("3",)}),
    Task("4.6", "我要求助", "describe, amount, enterprise by name", 7, {"test_help_is_asked_for_in_seven": ("7",)}),
    Task(
        "4.6",
        "进度",
        "what happens next, who, until when, from the link of a text and the code",
        1,
        {
            "test_from_the_text_the_case_is_reached_with_one_action_and_the_code": ("1",),
            "test_what_comes_next_by_whom_and_until_when_is_read_without_a_further_action": ("0",),
        },
    ),
    Task(
        "4.6",
        "补材料",
        "a photograph into the right slot",
        3,
        {"test_a_photograph_of_a_payslip_is_handed_in_in_three": ("3",)},
    ),
    Task(
        "4.6",
        "安全联系",
        "do not call at work; a hidden title; a quick exit",
        2,
        {"test_a_safe_way_to_be_reached_is_told_in_two_a_title_hidden_and_the_page_left_in_one": ("2",)},
    ),
    Task(
        "4.6",
        "签署",
        "read, identity check, sign",
        4,
        {"test_an_agreement_is_read_and_signed_on_the_telephone_in_four": ("4",)},
    ),
    Task("4.6", "核验", "scan the code of a paper", 1, {"test_a_paper_is_checked_by_scanning_its_code": ("1",)}),
    Task("4.6", "12:00 抢票", "open at 11:59, take one", 2, elsewhere=TICKETS),
    Task("4.6", "评价", "after closing, three questions", 4, {"test_a_closed_case_is_rated_in_four": ("4",)}),
    Task(
        "4.6",
        "异议/撤回",
        "object to a refusal, withdraw an application",
        3,
        {
            "test_an_objection_to_a_refusal_is_made_in_three": ("3",),
            "test_an_application_is_withdrawn_in_three": ("3",),
        },
    ),
    Task(
        "4.6",
        "我的数据",
        "see, correct, copy, ask for deletion",
        3,
        {
            "test_what_is_kept_is_seen_and_mended_or_deleted_on_request_in_three": ("3",),
            "test_what_is_kept_is_taken_away_as_a_copy_in_three": ("3",),
        },
    ),
)


@pytest.fixture(scope="module")
def counted() -> dict[str, list[str]]:
    """The numbers of actions each browser test writes down."""
    return {
        test.name: list(_numbers(test))
        for file in sorted(FOLDER.glob("test_*.py"))
        for test in ast.parse(file.read_text("utf-8")).body
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
    }


def _numbers(test: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "budget":
            yield ast.unparse(node.args[1])


def gaps(tasks: tuple[Task, ...], counted: Mapping[str, list[str]]) -> list[str]:
    """Tasks nobody counts, tests that are not there, and tests that allow more than the task may take."""
    found = [f"{task}: no test and no reason" for task in tasks if bool(task.held) == bool(task.elsewhere)]
    for task in tasks:
        for test, numbers in task.held.items():
            written = list(counted.get(test, ()))
            if any(written.count(number) < numbers.count(number) for number in numbers):
                found.append(f"{task}: {test} does not count to {', '.join(numbers)}, but to {written or 'nothing'}")
            if sum(_worth(number) for number in numbers) > task.most:
                found.append(f"{task}: {test} allows more than {task.most}")
    return found


def _worth(number: str) -> int:
    return int(eval(number, {"__builtins__": {}}, NAMES))


def test_every_task_of_mediation_is_held_to_its_number_of_actions(counted: dict[str, list[str]]) -> None:
    assert gaps(TASKS, counted) == []


def test_no_budget_is_counted_that_no_task_gives(counted: dict[str, list[str]]) -> None:
    """Beside those that show the counting itself to fail above its number."""
    held = {test for task in TASKS for test in task.held}
    assert {test for test, numbers in counted.items() if numbers} - held == CONTROLS


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (Task("4.1", "x", "y", 2), "no test and no reason"),
        (Task("4.1", "x", "y", 2, {"test_that_is_not_there": ("2",)}), "but to nothing"),
        (Task("4.1", "x", "y", 2, {"test_help_is_asked_for_in_seven": ("6",)}), "does not count to 6, but to ['7']"),
        (Task("4.1", "x", "y", 6, {"test_help_is_asked_for_in_seven": ("7",)}), "allows more than 6"),
    ],
)
def test_a_task_nobody_holds_is_noticed(task: Task, said: str, counted: dict[str, list[str]]) -> None:
    assert any(said in gap for gap in gaps((task,), counted))
