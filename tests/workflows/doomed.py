"""A process that carries out steps of the toy until it is killed. Nothing here is a test."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection

from sqlalchemy import insert, update
from sqlalchemy.orm import Session, configure_mappers, sessionmaker

from app.database import open_database
from tests import toy
from tests.killed import Boundaries
from tests.toy import GiveBack, Lend, Prolong
from tests.workflows.conftest import CLERK_ROLE, HEAD_ROLE, SEAMS
from workflows import outbox
from workflows.actor import Actor
from workflows.calendar_table import bundled_calendar
from workflows.encryption import Keyring, use
from workflows.fire import Outcome, fire, open_subject
from workflows.module import Registry, registry
from workflows.tables import SUBJECTS, Counter, new_id

CASES = 2
START = datetime(2026, 3, 2, 2, tzinfo=UTC)
SERIES, LETTER = "lending", "letter"
CLERK = Actor(new_id(), "许敏", frozenset({CLERK_ROLE.id}))
HEAD = Actor(new_id(), "郑立", frozenset({HEAD_ROLE.id}))
STEPS = (
    ("prolong", Prolong(extension_days=5), 0),
    ("recall", None, 1),
    ("give_back", GiveBack(damage="完好"), 0),
)


bundled_calendar()  # read once here, by the process all others are forked from
configure_mappers()


def work(
    url: str, master: bytes, people: tuple[Actor, Actor], name: str, kill_at: int, split: bool, told: Connection
) -> None:
    """The whole life of the process: every step it was told done is reported before the next begins."""
    use(Keyring.from_master(master))
    registry.plug(toy.module)
    for seam in SEAMS:  # the engine alone
        setattr(registry, seam, getattr(Registry(), seam))
    database = open_database(url, pool=1)
    boundaries = Boundaries(kill_at)
    with boundaries.of(database):
        for outcome in tell(database.sessions, name, people, split):
            told.send((outcome.subject_id, outcome.seq))
    told.send(boundaries.passed)
    database.close()


def tell(
    sessions: sessionmaker[Session], name: str, people: tuple[Actor, Actor], split: bool = False
) -> Iterator[Outcome]:
    """Two lendings from lending to return; every step promises a letter, every opening takes a number."""
    for case in range(CASES):
        key, at = f"{name}:{case}", START + timedelta(days=case)
        lend = partial(open_subject, workflow_name="lending", trigger="lend", form=Lend(item=key), by=people[0])
        opened = _done(sessions, split, partial(lend, at=at, key=key))
        yield opened
        for trigger, form, who in STEPS:
            act = partial(fire, subject_id=opened.subject_id, trigger=trigger, form=form, by=people[who])
            yield _done(sessions, split, partial(act, at=at, key=f"{key}:{trigger}"))


def _done(sessions: sessionmaker[Session], split: bool, act: Callable[[Session], Outcome]) -> Outcome:
    """One step with what it promises in one transaction; split in two, it is the fault the checker must find."""
    with sessions.begin() as session:
        outcome = act(session)
        if not split and not outcome.replayed:
            _promise(session, outcome)
    if split and not outcome.replayed:
        with sessions.begin() as session:
            _promise(session, outcome)
    return outcome


def _promise(session: Session, outcome: Outcome) -> None:
    body = {"root": str(outcome.root_id), "seq": outcome.seq}
    outbox.put(session, LETTER, body, at=START, subject_id=outcome.subject_id)
    if outcome.seq == 1:
        session.execute(
            update(SUBJECTS).where(SUBJECTS.c.id == outcome.subject_id).values(number=str(_next_number(session)))
        )


def _next_number(session: Session) -> int:
    taken = update(Counter).where(Counter.series == SERIES).values(last=Counter.last + 1).returning(Counter.last)
    number = session.scalar(taken)
    if number is None:
        session.execute(insert(Counter).values(series=SERIES, last=1))
    return number or 1
