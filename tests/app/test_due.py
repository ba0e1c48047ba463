"""``casework due`` as it is typed."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from app.commands.due import run

CASES = json.loads((Path(__file__).parents[1] / "data" / "deadline_cases.json").read_text(encoding="utf-8"))
OPTIONS = {"calendar_day": [], "working_day": ["--working"], "month": ["--months"], "calendar_day_before": ["--back"]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_worked_example_prints_exactly_four_keys(case: dict[str, Any]) -> None:
    code, printed, complaint = typed(case["start"], "--days", str(case["n"]), *OPTIONS[case["unit"]])
    answer = json.loads(printed)
    assert (code, complaint) == (0, "")
    assert list(answer) == ["nominal", "effective", "status", "derivation"]
    assert {key: answer[key] for key in ("nominal", "effective", "status")} == {
        key: case[key] for key in ("nominal", "effective", "status")
    }


def test_the_derivation_lists_each_day_with_its_number_and_reason() -> None:
    _, printed, _ = typed("2026-02-13", "--days", "3", "--working")
    derivation = json.loads(printed)["derivation"]
    assert derivation[0] == {"day": "2026-02-13", "counted": None, "why": "起算日不计入（民法典第二百零一条）"}
    assert derivation[1] == {"day": "2026-02-14", "counted": 1, "why": "调休上班日，计入"}
    assert [note["day"] for note in derivation if note["counted"]] == ["2026-02-14", "2026-02-24", "2026-02-25"]


def test_backward_working_days() -> None:
    _, printed, _ = typed("2026-10-12", "--days=5", "--back", "--working")
    assert json.loads(printed)["effective"] == "2026-09-29"


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["2026-02-30", "--days", "3"], "2026-02-30"),
        (["20260213", "--days", "3"], "20260213"),
        (["明天", "--days", "3"], "明天"),
        (["2026-02-13", "--days", "0"], "整数"),
        (["2026-02-13", "--days", "-3"], "整数"),
        (["2026-02-13", "--days", "三"], "整数"),
        (["2026-02-13", "--days", "999999999999"], "整数"),
        (["2026-02-13", "--days", "3", "--working", "--months"], "只能选一个"),
        (["2026-12-10", "--days", "60", "--strict"], "2027年"),
        (["9999-12-31", "--days", "3"], "范围"),
        (["0001-01-01", "--days", "3", "--back"], "范围"),
        (["2026-02-13"], "用法"),
        (["--days", "3"], "用法"),
        (["2026-02-13", "--days"], "用法"),
        (["2026-02-13", "--days", "3", "--weeks"], "用法"),
        (["2026-02-13", "--days", "3", "--work"], "用法"),
        ([], "用法"),
    ],
)
def test_bad_input_gets_one_chinese_sentence_and_exit_code_two(args: list[str], part: str) -> None:
    code, printed, complaint = typed(*args)
    assert (code, printed) == (2, "")
    assert part in complaint
    assert complaint.count("\n") == 1
    assert complaint.count("。") == 1


def typed(*args: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    return run(list(args), out, err), out.getvalue(), err.getvalue()
