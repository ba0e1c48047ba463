"""A process that takes a case from the application to its acceptance until it is killed. Nothing here is a test."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection

import msgspec
from sqlalchemy.orm import Session, configure_mappers, sessionmaker

from app.database import open_database
from app.modules import load_tables, packages, plug_all
from casework.mediation.forms import registration
from tests.casework.mediation.world import WANG, application
from tests.killed import Boundaries
from union.access import actor_for
from workflows.calendar_table import bundled_calendar
from workflows.definition import RecordKind
from workflows.encryption import Keyring, use
from workflows.fire import Outcome, fire, open_subject
from workflows.form import Form, Step
from workflows.module import registry
from workflows.tables import Subject

AFTER_OPENING = (
    ("seek_consent", registration.SeekConsent(), "intake"),
    ("record_answer", registration.RecordAnswer(answer="agreed"), "intake"),
    ("accept", registration.Accept(), "head"),
)
STEPS = 1 + len(AFTER_OPENING)

load_tables()  # read once here, by the process all others are forked from
packages()
bundled_calendar()
configure_mappers()


@dataclass(frozen=True)
class Office:
    """The people of a station and the moment at which they act."""

    ids: dict[str, uuid.UUID]
    station: uuid.UUID
    now: datetime


def work(url: str, master: bytes, office: Office, name: str, kill_at: int, split: bool, told: Connection) -> None:
    """The whole life of the process: every step is reported before the next begins."""
    use(Keyring.from_master(master))
    plug_all()
    database = open_database(url, pool=1)
    boundaries = Boundaries(kill_at)
    with boundaries.of(database):
        steps = split_steps(database.sessions, office, name) if split else steps_of(database.sessions, office, name)
        for outcome in steps:
            told.send((outcome.root_id, outcome.seq))
    told.send(boundaries.passed)
    database.close()


def steps_of(sessions: sessionmaker[Session], office: Office, name: str) -> Iterator[Outcome]:
    """The application, the other side's consent and the acceptance with its numbered notice; each one transaction."""
    case = _done(sessions, office, name, "register", _form(name), "intake", None)
    yield case
    for trigger, form, who in AFTER_OPENING:
        yield _done(sessions, office, name, trigger, form, who, case.root_id)


def split_steps(sessions: sessionmaker[Session], office: Office, name: str) -> Iterator[Outcome]:
    """The same with the fault that the checker must find: what a step issues is written in a second transaction."""
    left: list[tuple[Step, RecordKind]] = []
    issue, registry.issue = registry.issue, lambda step, kind: left.append((step, kind))
    assert issue is not None
    for outcome in steps_of(sessions, office, name):
        with sessions.begin() as session:
            for step, kind in left:
                load = partial(session.get_one, Subject, step.subject_id)
                issue(replace(step, session=session, load=load), kind)
        left.clear()
        yield outcome


def _done(
    sessions: sessionmaker[Session],
    office: Office,
    name: str,
    trigger: str,
    form: Form,
    who: str,
    case: uuid.UUID | None,
) -> Outcome:
    with sessions.begin() as session:
        by = actor_for(session, office.ids[who], office.now)
        asked = {"by": by, "at": office.now, "key": f"{name}:{trigger}"}
        if case is None:
            return open_subject(session, "mediation", trigger, form, organisation_id=office.station, **asked)
        return fire(session, case, trigger, form, **asked)


def _form(name: str) -> registration.Register:
    """Each case is somebody else's: the same two parties again would have to be decided on as a repetition."""
    applicant = msgspec.structs.replace(WANG, name=f"王{name}", id_number="", phone="")
    return application(applicants=[applicant])
