"""A procedure as data: states, transitions, guards, deadlines and records that a union lawyer can read."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from workflows.law import Citation
from workflows.workdays import Before, Period, Span

Citations = Citation | tuple[Citation, ...]
NEW = "new"  # the source of a transition that opens a subject
ANY_OPEN = "any open"
SAME = "="  # the target of a step that leaves the subject where it is
RESTORED = "before lapse"  # the target of a step that takes back a lapse: the state the system moved away from


@dataclass(frozen=True, slots=True)
class Role:
    """Who acts: a role id of law.md §2.1 with its Chinese name."""

    id: str
    label: str


SYSTEM = Role("system", "系统")


@dataclass(frozen=True, slots=True)
class State:
    """One state of a procedure; ``closed`` names the outcome when the matter is over for the statistics."""

    id: str
    label: str
    responsible: Role | None = None
    waiting: str = ""  # whom of outside it waits for: nobody of ours has a next date here
    undated: str = ""  # why our own move has no date of its own here
    closed: str = ""
    final: bool = False
    step: str = ""  # the phase of the stepper this state belongs to

    @property
    def open(self) -> bool:
        return not self.closed and not self.final

    @property
    def asks_for_work(self) -> bool:
        """Somebody of ours still has something to do, even if only to file it away."""
        return not self.final and (self.open or self.responsible is not None)


@dataclass(frozen=True, slots=True)
class Guard:
    """A named condition with its article; the sentence states what must hold, met or not."""

    name: str
    sentence: str
    check: Callable[[Any], bool]
    law: tuple[Citation, ...]
    decided_by: tuple[str, ...] = ()  # fields of the form that settle it: shown 待填 until the form is filed
    level: Literal["block", "warn"] = "block"  # a warning passes with a typed reason


def guard(
    sentence: str, law: Citations, decided_by: Iterable[str] = (), level: Literal["block", "warn"] = "block"
) -> Callable[[Callable[[Any], bool]], Guard]:
    def declare(check: Callable[[Any], bool]) -> Guard:
        return Guard(check.__name__, sentence, check, cited(law), tuple(decided_by), level)

    return declare


@dataclass(frozen=True, slots=True)
class Relied:
    """What a step relies on beside the step before it, and since when it is there: the step is dated no earlier."""

    name: str
    label: str
    on: Callable[[Any], date | None]


def relied(label: str) -> Callable[[Callable[[Any], date | None]], Relied]:
    """``label`` follows 早于: 日期 2026-03-03 早于<label>的日期 2026-03-10."""

    def declare(on: Callable[[Any], date | None]) -> Relied:
        return Relied(on.__name__, label, on)

    return declare


@dataclass(frozen=True, slots=True)
class RecordKind:
    """An official document (文书) a step can issue: its code in the number, who signs, whose seal it bears."""

    id: str
    label: str
    code: str  # the character of the number series; empty: 案号 + serial
    law: tuple[Citation, ...] = ()
    signers: tuple[str, ...] = ()  # party, recorder, org_head ...: who must sign before it is complete
    sealed: bool = False
    served_on: tuple[str, ...] = ()
    draft: bool = False  # issued as a draft that is finalised by a step of its own
    aside: bool = False  # kept in the 副卷, which the parties do not read
    vouched: bool = True  # the organisation answers for it: it bears a code by which anybody may verify it
    said_once: bool = False  # says what one step said: a correction keeps its content but for the words that were wrong


@dataclass(frozen=True, slots=True)
class Transition:
    """One lawful step: whose act it is, who may record it, under which conditions, by which article."""

    trigger: str
    label: str
    moves: str
    by: tuple[Role, ...]
    law: Citations
    act_of: tuple[Role, ...] = ()
    proof: str = ""
    when: tuple[Guard, ...] = ()
    not_before: tuple[Relied, ...] = ()
    issues: tuple[RecordKind, ...] = ()
    starts: tuple[str, ...] = ()  # workflows of the side tracks it opens, unless one of them is still open
    effect: str = ""  # one sentence: what happens and who is told
    prompt: str = ""  # what the queue says while this is the recommended next step
    icon: str = "arrow-right"
    second_factor: bool = False  # the person has proved who they are anew, a few minutes ago at most

    @property
    def citations(self) -> tuple[Citation, ...]:
        return cited(self.law)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.moves.split("->")[0].split(","))

    @property
    def target(self) -> str:
        return self.moves.split("->")[1].strip()

    @property
    def opens(self) -> bool:
        return self.sources == (NEW,)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A legal clock as declared; ``counted_from`` and ``one_per`` name attributes of the facts."""

    id: str
    label: str
    period: Period | Callable[[Any], Period]
    counted_from: str
    running_in: tuple[str, ...]
    law: Citations
    on_lapse: str | None = None
    alerts: tuple[int, ...] = (3, 1)
    extendable_by: str | None = None
    one_per: str = ""  # "" one for the subject; otherwise facts.<one_per>() lists (item id, date it counts from)
    hard: bool = True  # a soft clock only measures our own promptness
    consequence: str = ""  # what its end means, for the page
    applies: Callable[[Any], bool] | None = None
    paused_in: tuple[str, ...] = ()  # states in which the clock stands still
    stands_still: Callable[[Any], Iterable[Span]] | None = None  # or the spans of days in which it does, from the facts
    confirm_lapse_in: tuple[str, ...] = ()  # states in which the lapse asks a person instead of firing
    lapse_asks: Role | None = None  # whom it asks, if not the role responsible for the state

    @property
    def citations(self) -> tuple[Citation, ...]:
        return cited(self.law)

    def period_for(self, facts: Any) -> Period:
        return self.period(facts) if callable(self.period) else self.period


@dataclass(frozen=True)
class Problem:
    """A fault of a definition, with a code of its own so that a test can seed it."""

    code: str
    where: str
    text: str


@dataclass(frozen=True)
class Workflow:
    """One procedure; subjects stay on the version they were opened under."""

    name: str
    label: str
    version: int
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    deadlines: tuple[Deadline, ...] = ()
    is_track: bool = False
    steps: tuple[str, ...] = field(default=())  # the stepper's phases in order

    @cached_property
    def state_by_id(self) -> dict[str, State]:
        return {state.id: state for state in self.states}

    @cached_property
    def transition_by_trigger(self) -> dict[str, Transition]:
        return {transition.trigger: transition for transition in self.transitions}

    @cached_property
    def deadline_by_id(self) -> dict[str, Deadline]:
        return {deadline.id: deadline for deadline in self.deadlines}

    @cached_property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """trigger -> the state ids it may leave, with 'any open' spelled out."""
        everything = tuple(state.id for state in self.states if state.open)
        return {
            t.trigger: tuple(s for source in t.sources for s in (everything if source == ANY_OPEN else (source,)))
            for t in self.transitions
        }

    def leaving(self, state: str) -> tuple[Transition, ...]:
        return tuple(t for t in self.transitions if state in self.sources[t.trigger])

    @property
    def opening(self) -> tuple[Transition, ...]:
        return tuple(t for t in self.transitions if t.opens)

    @cached_property
    def hash(self) -> str:
        """SHA-256 over states, transitions, guards, periods and citations; labels may be reworded freely."""
        return hashlib.sha256(json.dumps(_skeleton(self), ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def problems(self) -> list[Problem]:
        return list(_problems(self))


def cited(law: Citations) -> tuple[Citation, ...]:
    return law if isinstance(law, tuple) else (law,)


def _skeleton(workflow: Workflow) -> dict[str, Any]:
    return {
        "name": workflow.name,
        "version": workflow.version,
        "states": [[s.id, s.closed, s.final] for s in workflow.states],
        "transitions": [
            [
                t.trigger,
                t.moves,
                [r.id for r in t.by],
                [[g.name, g.level, [str(c) for c in g.law]] for g in t.when],
                [k.id for k in t.issues],
                list(t.starts),
                [str(c) for c in t.citations],
                *(["second factor"] if t.second_factor else ()),
                *([["not before", *(r.name for r in t.not_before)]] if t.not_before else ()),
            ]
            for t in workflow.transitions
        ],
        "deadlines": [
            [
                d.id,
                _period_name(d),
                d.counted_from,
                d.one_per,
                [list(d.running_in), list(d.paused_in), list(d.confirm_lapse_in), *_still(d)],
                d.on_lapse,
                d.extendable_by,
                d.hard,
                [str(c) for c in d.citations],
            ]
            for d in workflow.deadlines
        ],
    }


def _period_name(deadline: Deadline) -> str:
    period = deadline.period
    return f"{period.__module__}.{period.__qualname__}" if callable(period) else repr(period)


def _still(deadline: Deadline) -> Iterable[str]:
    if deadline.stands_still is not None:
        yield f"{deadline.stands_still.__module__}.{deadline.stands_still.__qualname__}"


def _problems(w: Workflow) -> Iterable[Problem]:
    yield from _duplicates(w)
    yield from _moves(w)
    yield from _reachability(w)
    yield from _responsibility(w)
    yield from _clocks(w)
    yield from _uncited(w)


def _duplicates(w: Workflow) -> Iterable[Problem]:
    for what, ids in (
        ("state", [s.id for s in w.states]),
        ("transition", [t.trigger for t in w.transitions]),
        ("deadline", [d.id for d in w.deadlines]),
    ):
        for repeated in sorted({i for i in ids if ids.count(i) > 1}):
            yield Problem("duplicate", f"{what} {repeated}", "declared twice")


def _moves(w: Workflow) -> Iterable[Problem]:
    if not w.opening:
        yield Problem("no-opening", w.name, "no transition opens a subject (source 'new')")
    for t in w.transitions:
        for state in (*w.sources[t.trigger], t.target):
            if state not in w.state_by_id and state not in (NEW, SAME, RESTORED):
                yield Problem("unknown-state", t.trigger, f"names the state {state!r}, which is not declared")
        if t.target == NEW:
            yield Problem("unknown-state", t.trigger, "nothing can move back to 'new'")
        for state in w.sources[t.trigger]:
            if state in w.state_by_id and w.state_by_id[state].final:
                yield Problem("leaves-final", t.trigger, f"leaves the final state {state!r}")
        if not t.by:
            yield Problem("nobody-may", t.trigger, "no role may record it")


def _reachability(w: Workflow) -> Iterable[Problem]:
    reached = {t.target for t in w.opening}
    while True:
        more = {t.target for t in w.transitions if set(w.sources[t.trigger]) & reached} - reached
        if not more:
            break
        reached |= more
    for state in w.states:
        if w.opening and state.id not in reached:
            yield Problem("unreachable", state.id, "no path from an opening leads here")
        leads_on = any(t.target not in (state.id, SAME) for t in w.leaving(state.id))
        if state.open and not leads_on:
            yield Problem("dead-end", state.id, "open, yet no transition leads on")


def _responsibility(w: Workflow) -> Iterable[Problem]:
    dated = {state for d in w.deadlines for state in d.running_in}
    for state in w.states:
        if not state.open or state.waiting:
            continue
        if state.responsible is None:
            yield Problem("nobody-responsible", state.id, "open, but no role is responsible")
        elif state.id not in dated and not state.undated:
            yield Problem("no-next-date", state.id, "open, but no deadline runs and no reason is stated")


def _clocks(w: Workflow) -> Iterable[Problem]:
    for d in w.deadlines:
        for state in (*d.running_in, *d.paused_in, *d.confirm_lapse_in):
            if state not in w.state_by_id:
                yield Problem("unknown-state", d.id, f"runs or stands in {state!r}, which is not declared")
        for state in sorted(set(d.running_in) & set(d.paused_in)):
            yield Problem("runs-and-stands", d.id, f"both runs and stands still in {state!r}")
        for state in d.running_in:
            if state in w.state_by_id and w.state_by_id[state].final:
                yield Problem("runs-in-final", d.id, f"runs in the final state {state!r}")
        if d.paused_in and d.stands_still is not None:
            yield Problem("stands-twice", d.id, "stands still by its states and by the facts as well: name one")
        if isinstance(d.period, Before) and (d.paused_in or d.stands_still or d.extendable_by):
            yield Problem("no-further-length", d.id, "counts backward from an event, so it cannot pause or be extended")
        if d.on_lapse is not None:
            if d.on_lapse not in w.transition_by_trigger:
                yield Problem("unknown-trigger", d.id, f"fires {d.on_lapse!r}, which is not declared")
            else:
                lapse = w.transition_by_trigger[d.on_lapse]
                if SYSTEM not in lapse.by:
                    yield Problem("system-may-not", d.id, f"fires {d.on_lapse!r}, which the system may not record")
                allowed = {*w.sources[d.on_lapse], *d.confirm_lapse_in}
                for state in sorted(set(d.running_in) & set(w.state_by_id) - allowed):
                    yield Problem("lapse-not-allowed", d.id, f"runs in {state!r}, where {d.on_lapse!r} is not allowed")
        if d.extendable_by is not None and d.extendable_by not in w.transition_by_trigger:
            yield Problem("unknown-trigger", d.id, f"is extended by {d.extendable_by!r}, which is not declared")


def _uncited(w: Workflow) -> Iterable[Problem]:
    for t in w.transitions:
        if not t.citations:
            yield Problem("uncited", t.trigger, "a transition without an article or a policy")
        for g in t.when:
            if not g.law:
                yield Problem("uncited", g.name, "a guard without an article or a policy")
        for k in t.issues:
            if not k.law:
                yield Problem("uncited", k.id, "a record without an article or a policy")
    for d in w.deadlines:
        if not d.citations:
            yield Problem("uncited", d.id, "a deadline without an article or a policy")
