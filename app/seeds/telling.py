"""How the demo's stories are told: every step is fired as the people who take it, under a clock that moves by days.

A story is a generator; ``yield 3`` lets three days pass. All stories go on side by side, so that numbers, sweeps and
messages come in the order in which they would have come.
"""

import heapq
import itertools
import random
import uuid
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.duties import handlers
from app.seeds.district import District
from casework.desk.pages.writing import carry_out
from casework.mediation.presenting import as_shown
from union.access import actor_for
from union.organisations import Organisation
from union.people import Person, Staff
from workflows import outbox
from workflows.calendar_table import bundled_calendar
from workflows.errors import StepError
from workflows.fire import Outcome, current_facts, fire, open_subject
from workflows.form import Form
from workflows.module import registry
from workflows.sweep import sweep
from workflows.tables import SHANGHAI, Subject, new_id

OPENING_HOUR = time(9, 5)
Story = Generator[int, None, None]


@dataclass
class Cast:
    """Who plays in one story."""

    workers: list[Person]
    employer: Organisation
    place: Organisation  # the mediation organisation
    clerk: str = "linxiao"
    mediator: str = "zhoumin"
    recorder: str = "tangwei"
    head: str = "zhenghong"
    keeper: str = "panyue"
    archivist: str = "duanping"


@dataclass
class Teller:
    """Fires the steps of stories and says what happened."""

    sessions: sessionmaker[Session]
    district: District
    ends_at: datetime
    say: Callable[[str], None]
    lots: random.Random = field(default_factory=lambda: random.Random(12351))
    topics: frozenset[str] = frozenset()  # side effects carried out while telling; the rest is left to the relay
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.ends_at

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()

    def tell(self, stories: Iterable[tuple[date, Story]]) -> None:
        """Tell them all, day by day, until the end of time (``ends_at``)."""
        count = itertools.count()
        waiting = [(start, next(count), story) for start, story in stories]
        heapq.heapify(waiting)
        day = waiting[0][0] if waiting else self.today
        last = self.ends_at.astimezone(SHANGHAI).date()
        while day <= last:
            self._begin(day)
            while waiting and waiting[0][0] <= day:
                _, _, story = heapq.heappop(waiting)
                days = self._next(story)
                if days is not None:
                    heapq.heappush(waiting, (self._workday(day + timedelta(days=days)), next(count), story))
            self._end_of_day()
            day += timedelta(days=1)
        self.now = self.ends_at

    def _next(self, story: Story) -> int | None:
        try:
            return next(story, None)
        except StepError as error:
            error.add_note(f"{self.today}, in {story}")
            raise

    def act(self, subject_id: uuid.UUID, trigger: str, form: Form | None, by: str, on: date | None = None) -> Outcome:
        """One step, in a transaction of its own, by the named account."""
        self.now = min(self.now + timedelta(minutes=self.lots.randrange(2, 9)), self.ends_at)
        with self.sessions.begin() as session:
            actor = replace(actor_for(session, self.staff(by).id, self.now), proved_at=self.now)
            form = as_shown(session, form, self.now, subject_id)
            done = fire(session, subject_id, trigger, form, by=actor, at=self.now, key=str(new_id()), occurred_on=on)
            self._report(session, subject_id, trigger, actor.name)
        return done

    def write(self, case_id: uuid.UUID, name: str, form: Form, by: str) -> None:
        """An act of a module that is no step of the procedure."""
        self.now = min(self.now + timedelta(minutes=self.lots.randrange(2, 9)), self.ends_at)
        with self.sessions.begin() as session:
            actor, case = actor_for(session, self.staff(by).id, self.now), session.get_one(Subject, case_id)
            act = next(act for act in registry.module_for(case).acts if act.name == name)
            facts = current_facts(session, case, by=actor, at=self.now)
            carry_out(session, case, act, form, actor, self.now, facts)
            self.say(f"{self.today:%Y-%m-%d} {case.number or case.title} {act.label}（{actor.name}）")

    def open(self, trigger: str, form: Form, by: str, place: Organisation, workflow: str = "mediation") -> uuid.UUID:
        self.now = min(self.now + timedelta(minutes=self.lots.randrange(2, 9)), self.ends_at)
        with self.sessions.begin() as session:
            actor = actor_for(session, self.staff(by).id, self.now)
            form = as_shown(session, form, self.now)
            done = open_subject(
                session, workflow, trigger, form, by=actor, at=self.now, key=str(new_id()), organisation_id=place.id
            )
            self._report(session, done.subject_id, trigger, actor.name)
        return done.subject_id

    def staff(self, account: str) -> Staff:
        return self.district.staff[account]

    def read(self, query: Any) -> list[Any]:
        with self.sessions() as session:
            return list(session.scalars(query))

    def track(self, case_id: uuid.UUID, workflow: str) -> uuid.UUID:
        return self.read(select(Subject.id).where(Subject.root_id == case_id, Subject.workflow == workflow))[-1]

    def _begin(self, day: date) -> None:
        self.now = min(datetime.combine(day, OPENING_HOUR, SHANGHAI).astimezone(UTC), self.ends_at)
        sweep(self.sessions, self.now)

    def _end_of_day(self) -> None:
        wanted = {topic: run for topic, run in handlers().items() if topic in self.topics}
        while wanted and outbox.relay(self.sessions, wanted, self.now, limit=50):
            pass

    def _workday(self, day: date) -> date:
        calendar = bundled_calendar()
        while not calendar.is_workday(day):
            day += timedelta(days=1)
        return day

    def _report(self, session: Session, subject_id: uuid.UUID, trigger: str, who: str) -> None:
        subject = session.get_one(Subject, subject_id)
        workflow = registry.workflow_for(subject)
        label = workflow.transition_by_trigger[trigger].label
        state = workflow.state_by_id[subject.state].label
        self.say(f"{self.today:%Y-%m-%d} {subject.number or workflow.label} {label}（{who}）→ {state}")
