"""A procedure drawn and written out from its definition: SVG, Markdown and plain data, always the same for the same data."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from workflows.definition import ANY_OPEN, NEW, RESTORED, SAME, Deadline, State, Transition, Workflow

BOX_WIDTH, BOX_HEIGHT = 116, 40
COLUMN, ROW, MARGIN, LOOP = 158, 76, 24, 30
STYLE = (
    "text{font-family:sans-serif}.n-box{fill:#fff;stroke:#8a93a5;stroke-width:1.5}.n-done{fill:#e6f5ed;stroke:#1b8a56}"
    ".n-now{fill:#1c56b4;stroke:#1c56b4}.n-next{stroke:#1c56b4;stroke-dasharray:5 4}"
    ".n-txt{font-size:14px;font-weight:600;text-anchor:middle;fill:#171a21}.n-txt.w{fill:#fff}"
    ".e-ln{fill:none;stroke:#838b9a;stroke-width:1.2}.e-ln.on{stroke:#1c56b4;stroke-width:2}"
    ".e-txt{font-size:12px;text-anchor:middle;fill:#5d6573}.e-txt.on{fill:#1c56b4}"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a state's box stands: its upper left corner."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Edge:
    """All transitions from one state to another, drawn as one line."""

    source: str
    target: str
    transitions: tuple[Transition, ...]

    @property
    def label(self) -> str:
        return " / ".join(t.label for t in self.transitions)


def svg(workflow: Workflow, current: str = "", passed: Collection[str] = (), standalone: bool = False) -> str:
    """The diagram; ``current`` stands out with the steps that leave it, ``passed`` states are marked as done."""
    places, edges = layout(workflow), edges_of(workflow)
    width = max(p.x for p in places.values()) + BOX_WIDTH + MARGIN
    height = max(p.y for p in places.values()) + BOX_HEIGHT + MARGIN
    following = {edge.target for edge in edges if edge.source == current}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-labelledby="dg-{workflow.name}-t dg-{workflow.name}-d">',
        f'<title id="dg-{workflow.name}-t">{escape(workflow.label)}流程图</title>',
        f'<desc id="dg-{workflow.name}-d">{escape(_described(workflow, current))}</desc>',
        f"<style>{STYLE}</style>" if standalone else "",
        *(_line(edge, places, edge.source == current) for edge in sorted(edges, key=lambda e: e.source == current)),
        *(_box(state, places[state.id], _look(state, current, passed, following)) for state in workflow.states),
        "</svg>",
    ]
    return "".join(parts)


def layout(workflow: Workflow) -> dict[str, Place]:
    """One column for each phase of the stepper, or for each step of distance where there is none."""
    columns: dict[int, list[str]] = {}
    ranks = _ranks(workflow)
    for state in workflow.states:
        columns.setdefault(ranks[state.id], []).append(state.id)
    return {
        state_id: Place(MARGIN + column * COLUMN, MARGIN + LOOP + row * ROW)
        for column, (_, states) in enumerate(sorted(columns.items()))
        for row, state_id in enumerate(states)
    }


def edges_of(workflow: Workflow) -> list[Edge]:
    """Every transition is on some edge; openings come from 'new' and are drawn as a stub into their state."""
    joined: dict[tuple[str, str], list[Transition]] = {}
    for transition in workflow.transitions:
        for source in workflow.sources[transition.trigger]:
            target = source if transition.target in (SAME, RESTORED) else transition.target
            joined.setdefault((source, target), []).append(transition)
    return [Edge(source, target, tuple(found)) for (source, target), found in joined.items()]


def markdown(workflow: Workflow) -> str:
    """States, steps and clocks as tables a lawyer can read."""
    lines = [
        f"# {workflow.label}（{workflow.name}，第 {workflow.version} 版）",
        "",
        f"校验值 `{workflow.hash[:16]}`",
        "",
    ]
    lines += ["## 状态", "", "| 状态 | 标识 | 负责 | 说明 |", "|---|---|---|---|"]
    lines += [
        _row(s.label, f"`{s.id}`", s.responsible.label if s.responsible else "", _about(s)) for s in workflow.states
    ]
    lines += [
        "",
        "## 办理事项",
        "",
        "| 事项 | 标识 | 从 → 到 | 办理人 | 谁的行为 | 条件 | 材料 | 文书 | 依据 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_step_row(workflow, t) for t in workflow.transitions]
    if workflow.deadlines:
        lines += [
            "",
            "## 期限",
            "",
            "| 期限 | 标识 | 长度 | 起算 | 届满时 | 后果 | 依据 |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [_clock_row(workflow, d) for d in workflow.deadlines]
    return "\n".join(lines) + "\n"


def as_data(workflow: Workflow) -> dict[str, Any]:
    """The same as data, ready for JSON."""
    return {
        "name": workflow.name,
        "label": workflow.label,
        "version": workflow.version,
        "hash": workflow.hash,
        "states": [
            {
                "id": s.id,
                "label": s.label,
                "responsible": s.responsible.id if s.responsible else None,
                "closed": s.closed or None,
                "final": s.final,
                "step": s.step or None,
            }
            for s in workflow.states
        ],
        "transitions": [
            {
                "trigger": t.trigger,
                "label": t.label,
                "from": list(workflow.sources[t.trigger]),
                "to": t.target,
                "by": [r.id for r in t.by],
                "act_of": [r.id for r in t.act_of],
                "when": [{"name": g.name, "sentence": g.sentence, "law": _cited(g.law)} for g in t.when],
                "not_before": [r.label for r in t.not_before],
                "issues": [k.id for k in t.issues],
                "starts": list(t.starts),
                "law": _cited(t.citations),
            }
            for t in workflow.transitions
        ],
        "deadlines": [
            {
                "id": d.id,
                "label": d.label,
                "period": _length(d),
                "counted_from": d.counted_from,
                "running_in": list(d.running_in),
                "on_lapse": d.on_lapse,
                "hard": d.hard,
                "law": _cited(d.citations),
            }
            for d in workflow.deadlines
        ],
    }


# --- places


def _ranks(workflow: Workflow) -> dict[str, int]:
    """Twice the phase, so that a final state can stand in a column of its own after its phase."""
    if workflow.steps:
        phase = {step: number * 2 for number, step in enumerate(workflow.steps)}
        return {s.id: phase.get(s.step, 0) + (1 if s.final else 0) for s in workflow.states}
    return _distances(workflow)


def _distances(workflow: Workflow) -> dict[str, int]:
    ranks: dict[str, int] = {NEW: -1}
    frontier = [NEW]
    while frontier:
        following = []
        for state in frontier:
            for transition in workflow.leaving(state):
                target = transition.target
                if target in workflow.state_by_id and target not in ranks:
                    ranks[target] = ranks[state] + 1
                    following.append(target)
        frontier = following
    return {s.id: ranks.get(s.id, 0) for s in workflow.states}


# --- drawing


def _look(state: State, current: str, passed: Collection[str], following: Collection[str]) -> str:
    if state.id == current:
        return " n-now"
    if state.id in passed:
        return " n-done"
    return " n-next" if state.id in following else ""


def _box(state: State, place: Place, look: str) -> str:
    size = 14 if len(state.label) <= 7 else 11
    cls = "n-txt w" if look == " n-now" else "n-txt"
    middle = place.x + BOX_WIDTH // 2
    return (
        f'<g data-state="{escape(state.id)}"><rect x="{place.x}" y="{place.y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}"'
        f' rx="9" class="n-box{look}"/><text x="{middle}" y="{place.y + 25}" class="{cls}" font-size="{size}"'
        f"{_fitted(state.label)}>{escape(state.label)}</text></g>"
    )


def _fitted(label: str) -> str:
    """A long label is set narrower instead of leaving its box."""
    return f' textLength="{BOX_WIDTH - 10}" lengthAdjust="spacingAndGlyphs"' if len(label) > 7 else ""


def _line(edge: Edge, places: dict[str, Place], on: bool) -> str:
    triggers = escape(" ".join(t.trigger for t in edge.transitions))
    path, label_at = _path(edge, places)
    cls = "e-ln on" if on else "e-ln"
    text = ""
    if on and label_at is not None:
        label = edge.label if len(edge.label) <= 16 else f"{edge.label[:15]}…"
        text = f'<text x="{label_at[0]}" y="{label_at[1]}" class="e-txt on">{escape(label)}</text>'
    return (
        f'<g data-triggers="{triggers}"><title>{escape(edge.label)}</title><path class="{cls}" d="{path}"/>{text}</g>'
    )


def _path(edge: Edge, places: dict[str, Place]) -> tuple[str, tuple[int, int] | None]:
    target = places[edge.target]
    y2 = target.y + BOX_HEIGHT // 2
    if edge.source == NEW:
        return f"M{target.x - 16} {y2}H{target.x}{_head(target.x, y2)}", None
    source = places[edge.source]
    if edge.source == edge.target:
        middle, top = source.x + BOX_WIDTH // 2, source.y
        loop = f"M{middle - 20} {top}C{middle - 26} {top - 26} {middle + 26} {top - 26} {middle + 20} {top}"
        return loop, (middle, top - 22)
    if source.x == target.x:
        return _beside(source, target)
    y1 = source.y + BOX_HEIGHT // 2
    if source.x < target.x:
        start, end = source.x + BOX_WIDTH, target.x
        bend = max((end - start) // 2, 20)
        return f"M{start} {y1}C{start + bend} {y1} {end - bend} {y2} {end} {y2}{_head(end, y2)}", None
    down = max(source.y, target.y) + BOX_HEIGHT + 26
    middle, back = source.x + BOX_WIDTH // 2, target.x + BOX_WIDTH // 2
    low = source.y + BOX_HEIGHT
    return f"M{middle} {low}C{middle} {down} {back} {down} {back} {target.y + BOX_HEIGHT}", None


def _beside(source: Place, target: Place) -> tuple[str, None]:
    """Between two boxes of one column: straight where they are neighbours, else round the others."""
    downward = source.y < target.y
    y1, y2 = (source.y + BOX_HEIGHT, target.y) if downward else (source.y, target.y + BOX_HEIGHT)
    x = source.x + BOX_WIDTH // 2 + (10 if downward else -10)
    if abs(source.y - target.y) <= ROW:
        return f"M{x} {y1}V{y2}", None
    side = source.x + BOX_WIDTH
    a, b = source.y + BOX_HEIGHT // 2, target.y + BOX_HEIGHT // 2
    return f"M{side} {a}C{side + 24} {a} {side + 24} {b} {side} {b}", None


def _head(x: int, y: int) -> str:
    return f"M{x - 7} {y - 4}L{x} {y}L{x - 7} {y + 4}"


def _described(workflow: Workflow, current: str) -> str:
    names = "、".join(state.label for state in workflow.states)
    if current not in workflow.state_by_id:
        return f"状态：{names}。"
    following = "、".join(t.label for t in workflow.leaving(current)) or "无"
    return f"状态：{names}。当前为{workflow.state_by_id[current].label}，可能的下一步：{following}。"


# --- writing


def _step_row(workflow: Workflow, t: Transition) -> str:
    sources = "、".join(_name(workflow, s) for s in t.sources)
    return _row(
        t.label,
        f"`{t.trigger}`",
        f"{sources} → {_name(workflow, t.target)}",
        "、".join(role.label for role in t.by),
        "、".join(role.label for role in t.act_of),
        "；".join((*(g.sentence for g in t.when), *(f"不早于{r.label}的日期" for r in t.not_before))),
        t.proof,
        "、".join(k.label for k in t.issues),
        "；".join(_cited(t.citations)),
    )


def _clock_row(workflow: Workflow, d: Deadline) -> str:
    lapse = workflow.transition_by_trigger[d.on_lapse].label if d.on_lapse else "提醒"
    return _row(
        d.label, f"`{d.id}`", _length(d), f"`{d.counted_from}`", lapse, d.consequence, "；".join(_cited(d.citations))
    )


def _name(workflow: Workflow, state: str) -> str:
    words = {NEW: "新", SAME: "不变", RESTORED: "届满前的状态", ANY_OPEN: "任一未结状态"}
    return words[state] if state in words else workflow.state_by_id[state].label


def _length(d: Deadline) -> str:
    return "按情形" if callable(d.period) else str(d.period)


def _cited(law: Iterable[Any]) -> list[str]:
    return [f"{c}{c.mark}" for c in law]


def _about(state: State) -> str:
    if state.final:
        return "终局"
    return "已结案" if state.closed else state.waiting or state.undated


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
