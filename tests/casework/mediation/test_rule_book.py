"""The procedure against the tables of docs/law.md §3.3 and §3.4: every step, clock, article, mark and state stands there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from casework.mediation import module
from union.law import LAW_BY_KEY
from workflows.definition import ANY_OPEN, NEW, SAME, SYSTEM, Deadline, Transition, Workflow, cited
from workflows.law import Citation, Mark
from workflows.workdays import Days, OnDate, Workdays, Years

LAW = Path(__file__).parents[3] / "docs" / "law.md"
STEPS = {
    "M01": ("register", "register_oral"),
    "M02": ("refer_in",),
    "M03": ("open_proactively",),
    "M04": ("request_correction",),
    "M05": ("correct",),
    "M06": ("seek_consent",),
    "M07": ("accept",),
    "M08": ("reject",),
    "M09": ("assign",),
    "M10": ("recuse", "request_recusal", "deny_recusal"),
    "M11": ("start_session",),
    "M12": ("extend",),
    "M13": ("suspend", "resume"),
    "M14": ("reach_agreement",),
    "M15": ("sign",),
    "M16": ("settle_on_spot",),
    "M17": ("fail",),
    "M18": ("party_absent",),
    "M19": ("withdraw",),
    "M20": ("terminate",),
    "M21": ("transfer",),
    "M21b": ("hand_over",),
    "M22": ("archive",),
    "M23": ("reopen",),
    "C01": ("apply_arb_review",),
    "C02": ("arb_accept", "arb_not_accept"),
    "C03": ("arb_letter", "arb_letter_takes_effect"),
    "C04": ("arb_refuse_letter",),
    "C05": ("withdraw_arb_review",),
    "C06": ("apply_court_confirmation",),
    "C07": ("court_confirm", "court_dismiss", "amend", "sue_after_dismissal"),
    "R01": ("default",),
    "R02": ("apply_payment_order",),
    "R03": ("payment_order_ended", "sue_on_agreement"),
    "R04": ("apply_arbitration",),
    "R05": ("sue_wages",),
}
CLOCKS = {
    "D1": ("decide_acceptance",),
    "D2": ("legal_window",),
    "D3": ("mediation_term",),
    "D4": ("local_total",),
    "D5": ("hand_over",),
    "D6": ("negotiation_reply",),
    "D7": ("arbitration_review_window",),
    "D8": ("arbitration_review_term",),
    "D9": ("court_confirmation_window",),
    "D10": ("court_decision",),
    "D11": ("referral_arbitration",),
    "D12": ("referral_delegated",),
    "D13": ("referral_entrusted",),
    "D14": ("payment_order_notice", "payment_order_issue", "payment_order_reply", "payment_order_service"),
    "D15": ("limitation",),
    "D16": ("performance_due",),
    "D17": ("arbitration_acceptance", "arbitration_answer", "arbitration_award"),
}
PERIODS = {  # as the table's number and unit say; those that a setting or the referral decides are in the scenarios
    "D1": [Workdays(3)],
    "D2": [Days(15)],
    "D3": [Days(15)],
    "D6": [Days(5)],
    "D7": [Days(15)],
    "D8": [Workdays(5)],
    "D9": [Days(30)],
    "D10": [Days(30)],
    "D11": [Workdays(10)],
    "D12": [Days(30)],
    "D14": [Days(5), Days(15), Days(15), Days(30)],
    "D15": [Years(1)],
    "D16": [OnDate()],
    "D17": [Workdays(5), Workdays(10), Days(45)],
}
SHORT = {"特邀": "特邀调解"}  # how the tables call what the catalogue calls otherwise


@dataclass(frozen=True)
class Row:
    """A line of one of the tables: its code, its moves and its articles."""

    code: str
    moves: str
    citation: str


def rows(section: str) -> list[Row]:
    """Every coded line under a heading; the columns are found by their names."""
    text = LAW.read_text("utf-8")
    part = text[text.index(f"### {section} ") :]
    part = part[: part.index("\n### ", 5)]
    found, head = [], []
    for line in part.splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in ("#", "id"):
            head = cells
        code = re.match(r"[MCRD]\d+b?\b", cells[0])
        if code and head:
            named = dict(zip(head, cells, strict=True))
            found.append(Row(code[0], named.get("from → to", ""), named["citation"]))
    return found


STEP_ROWS, CLOCK_ROWS = rows("3.3"), rows("3.4")


def articles(text: str) -> Iterator[tuple[str, int, int | None, bool]]:
    """协调规定29(2), 30 ✔ -> (协调规定, 29, 2), (协调规定, 30); ≈ marks what follows it as applied by analogy."""
    law, analogy = "", False
    for piece in re.split(r"[,;]", text):
        piece = piece.strip()
        analogy = analogy or piece.startswith("≈")
        match = re.fullmatch(r"≈?\s*([^\d✔◐≈⚙✎(]*)(\d+)(?:–(\d+))?(?:\((\d+)\))?.*", piece)
        if match is None:
            law, analogy = "", False
            continue
        law = SHORT.get(match[1].strip(), match[1].strip()) or law
        for article in range(int(match[2]), int(match[3] or match[2]) + 1):
            yield law, article, int(match[4]) if match[4] else None, analogy


def test_the_tables_are_read_whole() -> None:
    assert {row.code for row in STEP_ROWS} == set(STEPS)
    assert {row.code for row in CLOCK_ROWS} == set(CLOCKS)
    read = [cite for row in (*STEP_ROWS, *CLOCK_ROWS) for cite in articles(row.citation)]
    assert len(read) > 90
    assert {law for law, *_ in read} <= set(LAW_BY_KEY), "an instrument the catalogue does not know"
    assert list(articles("协调规定29(2), 30 ✔")) == [("协调规定", 29, 2, False), ("协调规定", 30, None, False)]
    assert list(articles("≈ 办案规则47; 特邀18")) == [("办案规则", 47, None, True), ("特邀调解", 18, None, True)]


@pytest.mark.parametrize("row", STEP_ROWS, ids=lambda row: row.code)
def test_every_step_cites_the_articles_of_its_row(row: Row) -> None:
    steps = [_step(trigger) for trigger in STEPS[row.code]]
    there = [c for t in steps for c in (*t.citations, *(c for g in t.when for c in g.law), *_issued(t))]
    assert _missing(row, there) == []
    if not list(articles(row.citation)) and "⚙" in row.citation:
        assert any(c.mark is Mark.POLICY for c in there)


@pytest.mark.parametrize("row", CLOCK_ROWS, ids=lambda row: row.code)
def test_every_clock_cites_the_articles_of_its_row_and_runs_as_long(row: Row) -> None:
    clocks = [_clock(name) for name in CLOCKS[row.code]]
    steps = [_step(c.on_lapse) for c in clocks if c.on_lapse] + [
        _step(c.extendable_by) for c in clocks if c.extendable_by
    ]
    beside = [_step("apply_payment_order"), _step("payment_order_ended")] if row.code == "D14" else []
    there = [c for clock in clocks for c in clock.citations] + [c for t in (*steps, *beside) for c in t.citations]
    assert _missing(row, there) == []
    if row.code in PERIODS:
        assert [clock.period for clock in clocks] == PERIODS[row.code]


@pytest.mark.parametrize("row", [r for r in STEP_ROWS if r.moves], ids=lambda row: row.code)
def test_every_step_leaves_the_states_of_its_row(row: Row) -> None:
    """A step may be allowed in more states than the table names; never in fewer, and never lead elsewhere."""
    moves = re.sub(r"\*|\(.*?\)|`", "", row.moves)
    left, _, right = re.split(r"(→|↺|↔)", moves, maxsplit=1)
    for trigger in STEPS[row.code][:1]:
        step, workflow = _step(trigger), _workflow(trigger)
        if "any open" in left:
            assert step.sources == (ANY_OPEN,)
        elif left.strip() not in ("–", "archived"):
            wanted = {name.strip() for name in left.split(",")}
            assert wanted <= set(workflow.sources[trigger]), (wanted, workflow.sources[trigger])
        else:
            assert step.sources == (NEW,)
        target = right.strip().removeprefix("new case ").strip()
        assert step.target in ({target} if target else {SAME, *step.sources})


def test_only_the_system_s_own_clocks_are_fired_without_a_person() -> None:
    for workflow in module.workflows:
        for deadline in workflow.deadlines:
            if deadline.on_lapse:
                assert SYSTEM in workflow.transition_by_trigger[deadline.on_lapse].by


def test_a_wrong_article_would_be_noticed() -> None:
    row = Row("M07", "", "协调规定23 ✔")
    assert _missing(row, list(_step("accept").citations)) == ["协调规定23"]
    assert _missing(Row("M13", "", "办案规则47 ✔"), list(_step("suspend").citations)) == ["办案规则47"], (
        "only by analogy"
    )


def _missing(row: Row, there: list[Citation]) -> list[str]:
    lacking = []
    for law, article, paragraph, analogy in articles(row.citation):
        name = f"{law}{article}" + (f"({paragraph})" if paragraph else "")
        fits = [c for c in there if c.law.key == law and c.article == article and _place(c, paragraph)]
        marked = [c for c in fits if (c.mark is Mark.ANALOGY) == analogy or law not in MARKED_ALIKE]
        if not marked:
            lacking.append(name)
    return lacking


MARKED_ALIKE = {
    "办案规则",
    "特邀",
    "人民调解法",
}  # instruments that are applied by analogy in one row and directly in another


def _place(citation: Citation, paragraph: int | None) -> bool:
    """The whole article covers its parts; a number in brackets is a paragraph or an item."""
    return paragraph is None or citation.paragraph in (None, 0, paragraph) or citation.item == paragraph


def _issued(step: Transition) -> Iterator[Citation]:
    return (c for kind in step.issues for c in cited(kind.law))


def _step(trigger: str) -> Transition:
    return _workflow(trigger).transition_by_trigger[trigger]


def _workflow(trigger: str) -> Workflow:
    return next(w for w in module.workflows if trigger in w.transition_by_trigger)


def _clock(name: str) -> Deadline:
    return next(w.deadline_by_id[name] for w in module.workflows if name in w.deadline_by_id)
