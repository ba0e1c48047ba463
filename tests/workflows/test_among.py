"""A column among many ids or words, on both databases: none, one, thousands, and all but these."""

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, literal, not_, select
from sqlalchemy.orm import Session

from workflows.among import among, among_words
from workflows.tables import OutboxMessage, new_id

IDS = [new_id() for _ in range(3)]
UNKNOWN = [new_id() for _ in range(40_000)]  # more than SQLite takes as parameters of their own


@pytest.fixture
def kept(session: Session) -> Session:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    session.add_all(OutboxMessage(id=id, topic="test", body={}, ready_at=at) for id in IDS)
    session.flush()
    return session


@pytest.mark.parametrize(
    ("asked", "found"),
    [([], []), (IDS[:1], IDS[:1]), (IDS[1:], IDS[1:]), (UNKNOWN, []), ([*UNKNOWN, IDS[2]], [IDS[2]])],
    ids=["none", "one", "two", "strangers", "one of very many"],
)
def test_what_is_among_the_ids_is_found_and_everything_else_by_the_contrary(
    kept: Session, asked: list[uuid.UUID], found: list[uuid.UUID]
) -> None:
    chosen = select(OutboxMessage.id).order_by(OutboxMessage.id)
    assert kept.scalars(chosen.where(among(OutboxMessage.id, asked))).all() == found
    others = [id for id in IDS if id not in found]
    assert kept.scalars(chosen.where(not_(among(OutboxMessage.id, asked)))).all() == others


@pytest.mark.parametrize(
    ("asked", "found"),
    [([], False), (["letter 待发"], True), (["letter", "待发"], False), (['letter "待发"', "x'y"], False)],
    ids=["none", "one", "its parts", "with marks"],
)
def test_words_put_together_are_among_the_words(kept: Session, asked: list[str], found: bool) -> None:
    put_together = select(OutboxMessage.id).where(among_words(literal("letter") + " " + literal("待发"), asked))
    assert bool(kept.scalars(put_together).all()) == found


def test_the_statement_is_the_same_however_many_ids_there_are(kept: Session) -> None:
    sent: list[str] = []
    event.listen(kept.get_bind(), "before_cursor_execute", lambda *said: sent.append(said[2]))
    for asked in ([], IDS, UNKNOWN):
        kept.execute(select(OutboxMessage.id).where(among(OutboxMessage.id, asked)))
    assert len(sent) == 3
    assert len(set(sent)) == 1
    for asked in (IDS[:1], IDS):  # the control
        kept.execute(select(OutboxMessage.id).where(OutboxMessage.id.in_(asked)))
    assert len(set(sent)) == 3
