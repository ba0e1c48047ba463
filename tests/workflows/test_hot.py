"""The two statements of a step on PostgreSQL, which go to psycopg past SQLAlchemy."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from tests.workflows.conftest import HEAD
from workflows.fire import fire
from workflows.journal import verify
from workflows.tables import Subject


@pytest.fixture
def database(postgresql):
    return postgresql


def test_a_connection_lost_under_a_step_is_told_like_any_database_error_and_the_next_step_is_done(
    lend, act, sessions, clock
):
    case = lend().subject_id
    with sessions() as session, sessions() as other:
        ours = session.scalar(select(func.pg_backend_pid()))
        assert other.scalar(select(func.pg_terminate_backend(ours, 5000)))
        with pytest.raises(OperationalError) as lost:
            fire(session, case, "recall", by=HEAD, at=clock.now, key="lost")
        assert str(HEAD.id) not in str(lost.value)  # what was sent is nobody's to read in a log
    assert act(case, "recall", by=HEAD).seq == 2
    with sessions() as session:
        assert session.get_one(Subject, case).state == "recalled"
        assert verify(session) == []


def test_what_a_refused_statement_says_is_raised_as_sqlalchemy_does(lend, sessions, clock, unguarded):
    case = lend().subject_id
    unguarded("ALTER TABLE journal ADD CONSTRAINT nobody_recalls CHECK (trigger <> 'recall')")
    try:
        with sessions() as session, pytest.raises(Exception, match="nobody_recalls") as refused:
            fire(session, case, "recall", by=HEAD, at=clock.now, key="refused")
        assert type(refused.value).__module__ == "sqlalchemy.exc"
    finally:
        unguarded("ALTER TABLE journal DROP CONSTRAINT nobody_recalls")
