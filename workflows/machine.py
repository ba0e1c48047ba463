"""The state machine proper: the only file that imports ``transitions``.

One machine per definition serves the whole process; it is fired on unregistered movers, so a subject costs nothing.
"""

import logging
from collections.abc import Iterable
from typing import Any

from transitions import Machine

from workflows.definition import RESTORED, SAME, Guard, Role, Transition, Workflow
from workflows.errors import Reason

logging.getLogger("transitions").setLevel(logging.WARNING)


class _Mover:
    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def move(workflow: Workflow, state: str, trigger: str, restored: str | None = None) -> str:
    """The state that follows; a move the definition does not know raises ``transitions.MachineError``.

    The machine has no conditions and keeps nothing, so what it answered once for a state and a trigger holds.
    """
    event = trigger if restored is None else f"{trigger} {restored}"
    machine, answers = _machine(workflow)
    if (state, event) not in answers:
        mover = _Mover(state)
        machine.events[event].trigger(mover)
        answers[state, event] = mover.state
    return answers[state, event]


def refusals(workflow: Workflow, transition: Transition, state: str, roles: frozenset[str], facts: Any) -> list[Reason]:
    """Every reason at once why this step is not lawful: state, role, and each failing guard with its article."""
    return [*_state(workflow, transition, state), *_role(transition, roles), *unmet(transition.when, facts)]


def unmet(guards: Iterable[Guard], facts: Any) -> list[Reason]:
    return [Reason(g.sentence, g.law, g.name) for g in guards if not g.check(facts) and not _waived(g, facts)]


def _waived(guard: Guard, facts: Any) -> bool:
    """A warning passes with a typed reason."""
    reason = getattr(getattr(facts, "form", None), "warning_reason", "") or ""
    return guard.level == "warn" and len(reason.strip()) >= 5


def _state(workflow: Workflow, transition: Transition, state: str) -> list[Reason]:
    if state in workflow.sources[transition.trigger]:
        return []
    now = workflow.state_by_id[state].label if state in workflow.state_by_id else "未登记"
    return [Reason(f"现为“{now}”，不能办理“{transition.label}”", transition.citations)]


def _role(transition: Transition, roles: frozenset[str]) -> list[Reason]:
    if roles & {role.id for role in transition.by}:
        return []
    return [Reason(f"“{transition.label}”由{_named(transition.by)}办理", transition.citations)]


def _named(roles: tuple[Role, ...]) -> str:
    return "、".join(role.label for role in roles)


Answers = dict[tuple[str, str], str]  # (state, trigger) -> the state that follows
_machines: dict[int, tuple[Workflow, Machine, Answers]] = {}  # with the definition: its id must not be given away


def _machine(workflow: Workflow) -> tuple[Machine, Answers]:
    known = _machines.get(id(workflow))
    if known is None:
        known = _machines[id(workflow)] = (workflow, _built(workflow), {})
    return known[1], known[2]


def _built(workflow: Workflow) -> Machine:
    moves = _moves(workflow)
    states = sorted({state for _, sources, target in moves for state in (*sources, target) if state != SAME})
    machine = Machine(model=None, states=states, initial=None, auto_transitions=False)
    for trigger, sources, target in moves:
        machine.add_transition(trigger, list(sources), target)
    return machine


def _moves(workflow: Workflow) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    moves = []
    for t in workflow.transitions:
        sources = workflow.sources[t.trigger]
        if t.target == RESTORED:
            moves += [(f"{t.trigger} {s.id}", sources, s.id) for s in workflow.states if s.open]
        else:
            moves.append((t.trigger, sources, t.target))
    return tuple(moves)
