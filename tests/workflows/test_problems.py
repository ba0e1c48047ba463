"""A definition with a fault does not start: each fault is seeded here and reported by its own code."""

from dataclasses import replace

import pytest

from tests import toy
from tests.toy import CLERK, HEAD, HOUSE, lending
from workflows.definition import SYSTEM, Deadline, Guard, RecordKind, State, Transition, guard, relied
from workflows.form import Form
from workflows.law import Law, Policy
from workflows.module import Registry
from workflows.parties import ForParties, Outlook
from workflows.workdays import Before, Days

TERM = lending.deadlines[0]


def with_state(id="extra", **more):
    """The toy with one more open state that is reached, left, watched and dated, but for what ``more`` spoils."""
    given = {"label": "核查中", "responsible": CLERK, "waiting": "等核查结果", **more}
    return replace(
        lending,
        states=(*lending.states, State(id, **given)),
        transitions=(
            *lending.transitions,
            Transition("inspect", "核查", f"on_loan -> {id}", by=(CLERK,), law=HOUSE),
            Transition("inspected", "核查完毕", f"{id} -> on_loan", by=(CLERK,), law=HOUSE),
        ),
    )


def with_step(moves="on_loan -> recalled", **more):
    given = {"by": (CLERK,), "law": HOUSE, **more}
    return replace(lending, transitions=(*lending.transitions, Transition("extra", "另一步", moves, **given)))


def with_term(**changes):
    return replace(lending, deadlines=(replace(TERM, **changes),))


UNCITED_GUARD = Guard("anything", "须有依据", lambda facts: True, ())

FAULTS = {
    "duplicate": replace(lending, states=(*lending.states, lending.states[0])),
    "duplicate transition": replace(lending, transitions=(*lending.transitions, lending.transitions[1])),
    "duplicate deadline": replace(lending, deadlines=(TERM, TERM)),
    "no-opening": replace(lending, transitions=lending.transitions[1:]),
    "unknown-state": with_step("on_loan -> lost"),
    "unknown-state in a source": with_step("lost -> recalled"),
    "unknown-state as a return to new": with_step("on_loan -> new"),
    "unknown-state of a deadline": with_term(running_in=("on_loan", "lost")),
    "unknown-state of a pause": with_term(paused_in=("lost",)),
    "unknown-state of a confirmation": with_term(confirm_lapse_in=("lost",)),
    "leaves-final": with_step("returned -> on_loan"),
    "nobody-may": with_step(by=()),
    "unreachable": replace(lending, states=(*lending.states, State("lost", "遗失", closed="lost", final=True))),
    "dead-end": replace(
        lending,
        states=(*lending.states, State("lost", "遗失", responsible=CLERK, waiting="等线索")),
        transitions=(*lending.transitions, Transition("lose", "报失", "on_loan -> lost", by=(CLERK,), law=HOUSE)),
    ),
    "nobody-responsible": with_state(responsible=None, waiting=""),
    "no-next-date": with_state(waiting=""),
    "unknown-trigger": with_term(on_lapse="explode"),
    "unknown-trigger of an extension": with_term(extendable_by="explode"),
    "system-may-not": with_term(on_lapse="give_back"),
    "lapse-not-allowed": with_term(running_in=("on_loan", "recalled")),
    "runs-and-stands": with_term(paused_in=("on_loan",)),
    "stands-twice": with_term(paused_in=("recalled",), stands_still=lambda facts: []),
    "runs-in-final": with_term(running_in=("on_loan", "returned"), on_lapse=None),
    "no-further-length": with_term(period=Before(Days(15))),
    "no-further-length of what stands still": with_term(
        period=Before(Days(15)), extendable_by=None, stands_still=lambda facts: []
    ),
    "uncited": with_step(law=()),
    "uncited guard": with_step(when=(UNCITED_GUARD,)),
    "uncited record": with_step(issues=(RecordKind("slip", "便条", "条"),)),
    "uncited deadline": with_term(law=()),
}


def test_a_sound_workflow_has_no_problems():
    assert lending.problems() == []
    assert with_state().problems() == []
    assert with_step().problems() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported_by_its_own_code_and_no_other(fault):
    assert {problem.code for problem in FAULTS[fault].problems()} == {fault.split()[0]}


class Plain(Form):
    """Asks for nothing."""


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("unknown-track", replace(toy.module, workflow=with_step(starts=("nowhere",)))),
        ("no-extension-days", replace(toy.module, forms={**toy.module.forms, "prolong": Plain})),
    ],
)
def test_a_fault_only_the_module_shows_has_its_own_code_too(code, module):
    assert {problem.code for problem in module.problems()} == {code}


def test_a_move_of_ours_without_a_date_needs_its_reason():
    states = tuple(replace(s, waiting="", undated="随案件办理") if s.waiting else s for s in lending.states)
    assert not list(replace(lending, states=states).problems())


def test_a_module_with_a_fault_is_not_plugged_in():
    registry = Registry()
    with pytest.raises(ValueError, match=r"\[leaves-final\] extra"):
        registry.plug(replace(toy.module, workflow=FAULTS["leaves-final"]))
    assert registry.modules == {}


def test_labels_may_be_reworded_without_a_new_definition():
    steps = tuple(replace(t, label=f"{t.label}。", effect="说明", prompt="说明") for t in lending.transitions)
    states = tuple(replace(s, label=f"{s.label}。", waiting=s.waiting and "另说") for s in lending.states)
    terms = tuple(replace(d, label="另名", alerts=(5,), consequence="说明") for d in lending.deadlines)
    assert replace(lending, label="另名", states=states, transitions=steps, deadlines=terms).hash == lending.hash


@guard("须经负责人同意", law=HOUSE)
def head_agrees(facts):
    return True


@relied("负责人同意")
def head_agreed_on(facts):
    return None


STATUTE = Law("测试法", "测试法", "1")

CHANGES = {
    "a guard": with_step(when=(head_agrees,)),
    "the article of a guard": with_step(when=(replace(head_agrees, law=(STATUTE[2],)),)),
    "the level of a guard": with_step(when=(replace(head_agrees, level="warn"),)),
    "the article of a step": with_step(law=STATUTE[1]),
    "what a step relies on": with_step(not_before=(head_agreed_on,)),
    "who may record a step": with_step(by=(HEAD,)),
    "a step": with_step(),
    "a period": with_term(period=Days(16)),
    "what a lapse fires": with_term(on_lapse=None),
    "who extends it": with_term(extendable_by=None),
    "where a clock runs": with_term(running_in=("on_loan",), paused_in=("recalled",)),
    "when a clock stands still": with_term(stands_still=head_agreed_on.on),
    "the rule of a clock": with_term(law=Policy("另一办法")),
    "a state": with_state(),
    "the version": replace(lending, version=2),
}


def test_the_hash_tells_every_change_of_substance():
    hashes = {lending.hash, *(workflow.hash for workflow in CHANGES.values())}
    assert len(hashes) == 1 + len(CHANGES)


def test_any_open_spells_out_every_open_state():
    assert with_step("any open -> returned").sources["extra"] == ("on_loan", "recalled")
    assert with_step("any open, returned -> =").sources["extra"] == ("on_loan", "recalled", "returned")


def test_a_deadline_may_take_its_period_from_the_facts():
    def longer(facts):
        return Days(30)

    term = Deadline("t", "期", longer, counted_from="lent_on", running_in=("on_loan",), law=HOUSE)
    assert term.period_for(None) == Days(30)
    assert replace(lending, deadlines=(term,)).problems() == []
    assert SYSTEM in lending.transition_by_trigger["recall"].by


# --- what a state means to a party

WORDS = {state.id: Outlook("器材在你手里。", "按时归还。", "借用人") for state in lending.states}


@pytest.mark.parametrize(
    ("code", "outlooks"),
    [
        ("no-outlook", {name: words for name, words in WORDS.items() if name != "recalled"}),
        ("no-outlook", {**WORDS, "recalled": Outlook("催还中。", "", "借用人")}),
        ("outlook-without-clock", {**WORDS, "returned": replace(WORDS["returned"], until="return_term")}),
        ("outlook-of-no-state", {**WORDS, "lost": WORDS["returned"]}),
        ("", {**WORDS, "on_loan": replace(WORDS["on_loan"], until="return_term")}),
    ],
)
def test_a_module_that_leaves_a_party_without_words_in_some_state_does_not_start(code, outlooks):
    told = replace(toy.module, for_parties=ForParties(lambda *_: (), outlooks, {}))
    assert {problem.code for problem in told.problems()} == ({code} if code else set())
