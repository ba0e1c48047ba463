"""Every step of every procedure, where it is lawful, as the scenarios bring it about: no text typed into it breaks anything."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import sessionmaker

from tests.hostile.walk import Walk
from tests.scenarios.reading import SWEEP, Scenario, Step, scenarios
from tests.scenarios.stage import Stage
from tests.scenarios.test_scenarios import KIND, Play, _named
from union.access import PARTY
from web.forms import Field, show
from workflows.fire import current_facts
from workflows.form import Attachment, Form
from workflows.module import registry

CASES = sorted(scenarios(KIND), key=lambda scenario: scenario.way)
Name = tuple[str, str]  # workflow, trigger


@dataclass
class WalkingPlay(Play):
    """A scenario in which each step that was not yet walked is walked in the browser before it is taken."""

    walk: Walk = None  # type: ignore[assignment]
    walked: set[Name] = field(default_factory=set)

    def fire(self, step: Step, at: datetime) -> None:
        if is_walked(step) and name_of(step) not in self.walked:
            self.walked.add(name_of(step))
            with self.walk.undone():
                self._walk(step, at)
        super().fire(step, at)

    def _walk(self, step: Step, at: datetime) -> None:
        workflow, transition = _named(step.do)
        self.walk.clock.now = at
        with self.sessions() as session:
            actor = self.here.actor(session, step.by, at)
            subject = None if transition.opens else self.subject(session, workflow)
            form = self.form(session, subject, workflow, transition, step, at)
            facts = current_facts(session, subject, by=actor, at=at) if subject is not None else None
            struct = registry.module_of(workflow.name).forms.get(transition.trigger, Form)
            typed = {**as_typed(show(struct, form, facts, step.on).fields), "occurred_on": step.on.isoformat()}
        page = f"/cases/{KIND}/new?trigger={transition.trigger}"
        if subject is not None:
            page = f"/subjects/{subject.id}/transitions/{transition.trigger}"
        assert actor.id is not None
        self.walk.sit_down(actor.id, self.sessions)
        asked = self.walk.shown(page, re.escape(page))
        if untaken := self.walk.into(f"{workflow.name}.{transition.trigger}", asked, typed, files_of(form)):
            self.walk.faults.append(f"{page} as the scenario files it: {untaken}")


def as_typed(fields: Iterable[Field]) -> dict[str, Any]:
    """What a person would have typed to file this, by the names of its fields."""
    typed: dict[str, Any] = {}
    for asked in fields:
        if asked.widget in ("rows", "group"):
            inner = [*asked.fields, *(f for row in asked.rows if not row.blank for f in row.fields)]
            typed |= as_typed(inner)
        elif asked.value not in ("", []) and asked.widget != "file":
            typed[asked.name] = asked.value
    return typed


def files_of(form: Form | None) -> dict[str, Any]:
    """The files that go along."""
    held = {name: getattr(form, name) for name in form.__struct_fields__} if form is not None else {}
    return {n: (f.name, f.content, f.media_type) for n, f in held.items() if isinstance(f, Attachment)}


def test_no_text_typed_into_a_step_of_the_scenarios_breaks_it(stage: Stage, walk: Walk) -> None:
    walked: set[Name] = set()
    for scenario in CASES:
        if steps_of(scenario) <= walked:
            continue
        play = WalkingPlay(scenario, stage.sessions, walk=walk, walked=walked)
        steps = [(f"{scenario.given.get('relatives')}{scenario.given.get('settings')}", lambda _, p=play: p.build())]
        steps += [(play.key_of(step), partial(play.on_top_of, step)) for step in play.usual_way()]
        play.known = stage.reach(steps, None)
        with stage.scene():
            for step in scenario.when:
                play.take(step)
    assert walked == set().union(*map(steps_of, CASES))
    assert walk.shown_escaped > 10
    assert walk.faults == [], "\n".join(walk.faults)


def steps_of(scenario: Scenario) -> set[Name]:
    """The steps a scenario takes that somebody at a desk takes."""
    way = Play(scenario, sessionmaker()).usual_way()
    return {name_of(step) for step in (*way, *scenario.when) if is_walked(step)}


def name_of(step: Step) -> Name:
    workflow, transition = _named(step.do)
    return workflow.name, transition.trigger


def is_walked(step: Step) -> bool:
    refused = step.refused or step.invalid
    return not refused and step.do not in (SWEEP, "签署", "文书齐备") and step.by != PARTY.label
