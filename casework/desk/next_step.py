"""What is most likely to be done next: said in lists without looking at a case, and first on its page."""

from collections.abc import Sequence
from typing import Any

from workflows.definition import NEW, RESTORED, SAME, SYSTEM, State, Transition, Workflow
from workflows.fire import Possible
from workflows.module import Module, registry


def recommended(workflow: Workflow, state: str) -> Transition | None:
    """The step that usually follows: what the module names, else the first that leads onward by a person's hand."""
    named = registry.module_of(workflow.name).next_step
    trigger = named.get(f"{workflow.name}.{state}") or named.get(state)
    if trigger is not None and state in workflow.sources.get(trigger, ()):
        return workflow.transition_by_trigger[trigger]
    by_hand = [t for t in workflow.leaving(state) if _by_hand(t)]
    onward = [t for t in by_hand if _leads_onward(workflow, state, t)]
    prompted = [t for t in onward or by_hand if t.prompt]
    return next(iter(prompted or onward or by_hand), None)


def prompt(workflow: Workflow, state: str) -> str:
    """Verb first: what is to be done with a subject in this state."""
    step = recommended(workflow, state)
    if step is None:
        return workflow.state_by_id[state].label
    return step.prompt or step.label


def in_order(workflow: Workflow, state: str, possibles: Sequence[Possible]) -> list[Possible]:
    """The steps this person may take from here, the recommended one first, those with an unmet condition last."""
    first = recommended(workflow, state)
    offered = [p for p in possibles if at_hand(p) and _by_hand(p.transition)]
    return sorted(
        offered, key=lambda p: (p.transition is not first or not p.allowed, not p.allowed, not p.transition.prompt)
    )


def moves_first(ordered: Sequence[Possible]) -> list[Possible]:
    """Where a page folds the rest away: of what nothing prompts for, what moves the case before what is written to it."""
    rest = sorted(ordered[1:], key=lambda p: (not p.allowed, not p.transition.prompt, p.transition.target == SAME))
    return [*ordered[:1], *rest]


def at_hand(possible: Possible) -> bool:
    """Neither the state nor the role stands against it; a condition may still be unmet."""
    return all(reason.guard for reason in possible.refusals)


def to_do_states(roles: frozenset[str] | None = None, waiting: bool | None = None) -> list[tuple[str, str]]:
    """(workflow, state) of every state that asks for somebody's work: of the given roles, waiting for others or not."""
    return [
        (workflow.name, state.id)
        for workflow, state in _states()
        if asks_for_work(state)
        and (roles is None or (state.responsible is not None and state.responsible.id in roles))
        and (waiting is None or bool(state.waiting) is waiting)
    ]


def asks_for_work(state: State) -> bool:
    return state.asks_for_work


def opened_by_hand(module: Module) -> bool:
    """A person opens its subjects, so it has a list of its own; records are made by steps."""
    return any(_by_hand(t) and t.trigger in module.forms for t in module.workflow.opening)


def _states() -> list[tuple[Workflow, State]]:
    return [(w, state) for module in registry.modules.values() for w in module.workflows for state in w.states]


def _by_hand(transition: Transition) -> bool:
    return any(role.id != SYSTEM.id for role in transition.by)


def _leads_onward(workflow: Workflow, state: str, transition: Transition) -> bool:
    target = workflow.state_by_id.get(transition.target)
    if target is None or transition.target in (SAME, RESTORED, NEW, state):
        return False
    order = [s.id for s in workflow.states]
    later = order.index(target.id) > order.index(state)
    return later and _phase(workflow, target) >= _phase(workflow, workflow.state_by_id[state]) and _goes_well(target)


def _goes_well(state: State) -> bool:
    return state.open or state.closed in ("success", "performed", "archived", "done")


def _phase(workflow: Workflow, state: State) -> int:
    return workflow.steps.index(state.step) if state.step in workflow.steps else -1


def label_of(workflow: Any, trigger: str) -> str:
    transition = workflow.transition_by_trigger.get(trigger)
    return transition.label if transition else registry.entry_label(trigger)
