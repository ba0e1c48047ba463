"""A promised side effect is carried out at least once, by whoever holds its lease, and is given up in plain sight."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from workflows import outbox
from workflows.outbox import ATTEMPTS, LEASE, LeaseLost, claim, fail, finish, put, relay, retry
from workflows.tables import OutboxMessage


@pytest.fixture
def promise(sessions, clock):
    def promise(topic="letter", **body):
        with sessions.begin() as session:
            return put(session, topic, body, at=clock.now)

    return promise


@pytest.fixture
def take(sessions, clock):
    def take(**more):
        with sessions.begin() as session:
            return claim(session, clock.now, **more)

    return take


@pytest.fixture
def row(sessions):
    def row(message_id):
        with sessions() as session:
            return session.get_one(OutboxMessage, message_id)

    return row


def broken(sessions, body, now):
    raise RuntimeError("打印机缺纸")


def test_a_message_is_carried_out_with_its_own_id(promise, sessions, clock, row):
    seen = []
    message = promise(to="许敏")
    assert relay(sessions, {"letter": lambda sessions, body, now: seen.append(body)}, clock.now) == 1
    assert seen == [{"to": "许敏", "message_id": str(message)}]
    assert (row(message).status, row(message).done_at) == ("done", clock.now)
    assert relay(sessions, {"letter": broken}, clock.now) == 0


def test_a_rolled_back_step_promises_nothing(sessions, clock, take):
    with sessions() as session:
        put(session, "letter", {}, at=clock.now)
        session.rollback()
    assert take() == []


def test_two_workers_never_take_the_same_message(database, promise, clock):
    promise()
    promise()
    with database.sessions() as one:
        first = claim(one, clock.now, limit=1)
        if database.dialect == "sqlite":
            one.commit()  # SQLite admits one writer at a time anyway
        with database.sessions() as other:
            second = claim(other, clock.now)
            other.commit()
        one.commit()
    assert len(first) == len(second) == 1
    assert first[0].id != second[0].id


def test_who_outlived_the_lease_can_neither_finish_nor_fail_it(promise, take, sessions, clock, row):
    message = promise()
    [slow] = take()
    assert take() == []
    clock.now += LEASE + timedelta(seconds=1)
    [quick] = take()
    for settle in (lambda s: finish(s, slow, clock.now), lambda s: fail(s, slow, "", clock.now)):
        with sessions() as session, pytest.raises(LeaseLost):
            settle(session)
    with sessions.begin() as session:
        finish(session, quick, clock.now)
    assert (row(message).status, row(message).attempts) == ("done", 2)
    with sessions() as session, pytest.raises(LeaseLost):
        finish(session, quick, clock.now)  # nor is anything finished twice


def test_a_lost_lease_does_not_keep_the_rest_of_the_batch_waiting(promise, sessions, clock, row, caplog):
    first, second = promise(n=1), promise(n=2)

    def slow(sessions, body, now):
        if body["n"] == 1:
            with sessions.begin() as session:
                later = now + LEASE + timedelta(seconds=1)
                assert [m.id for m in claim(session, later, limit=1)] == [first]

    relay(sessions, {"letter": slow}, clock.now)
    assert (row(first).status, row(second).status) == ("leased", "done")
    assert "outlived its lease" in caplog.text


def test_a_failing_message_waits_longer_each_time_and_then_stops(promise, sessions, clock, row):
    message, waited = promise(), []
    for _ in range(ATTEMPTS):
        assert relay(sessions, {"letter": broken}, clock.now) == 1
        waited.append((row(message).ready_at - clock.now).total_seconds())
        assert relay(sessions, {"letter": broken}, clock.now) == 0
        clock.now = row(message).ready_at
    assert waited == [5, 20, 80, 320, 1280]
    stopped = row(message)
    assert (stopped.status, stopped.problem) == ("stopped", "RuntimeError: 打印机缺纸")
    clock.move(days=30)
    assert relay(sessions, {"letter": broken}, clock.now) == 0


def test_what_waits_for_another_message_is_tried_until_it_can_be_done(promise, sessions, clock, row):
    made = []

    def bound(sessions, body, now):
        if not made:
            raise outbox.NotYet("文书还在生成")

    message = promise()
    for _ in range(3 * ATTEMPTS):  # one that failed would have stopped: the test above
        assert relay(sessions, {"letter": bound}, clock.now) == 1
        assert (row(message).status, row(message).attempts, row(message).problem) == ("ready", 0, "文书还在生成")
        assert relay(sessions, {"letter": bound}, clock.now) == 0
        clock.move(minutes=1)
    made.append("文书")
    relay(sessions, {"letter": bound}, clock.now)
    assert row(message).status == "done"


def test_a_stopped_message_starts_again_at_a_persons_word(promise, sessions, clock, row):
    message = promise()
    for _ in range(ATTEMPTS):
        relay(sessions, {"letter": broken}, clock.now)
        clock.now = row(message).ready_at
    with sessions.begin() as session:
        retry(session, message, clock.now)
    assert relay(sessions, {"letter": lambda *_: None}, clock.now) == 1
    assert (row(message).status, row(message).problem) == ("done", None)
    with sessions.begin() as session:
        retry(session, message, clock.now)  # only what has stopped
    assert row(message).status == "done"


def test_a_message_whose_worker_dies_every_time_stops_too(promise, take, clock, row):
    message = promise()
    for _ in range(ATTEMPTS):
        assert [m.id for m in take()] == [message]
        clock.now += LEASE + timedelta(seconds=1)
    assert take() == []
    assert (row(message).status, row(message).problem) == ("stopped", outbox.NEVER_ANSWERED)


def test_messages_of_an_unknown_topic_wait_for_who_knows_it(promise, sessions, clock, row):
    message = promise("fax")
    assert relay(sessions, {"letter": broken}, clock.now) == 0
    assert row(message).status == "ready"


def test_the_lease_may_be_shortened(promise, take, clock):
    promise()
    take(lease=timedelta(seconds=2))
    clock.now += timedelta(seconds=3)
    assert len(take()) == 1


def test_messages_are_taken_in_the_order_they_became_ready(promise, take, clock, sessions):
    first = promise()
    clock.move(minutes=1)
    second = promise()
    assert [message.id for message in take()] == [first, second]
    with sessions() as session:
        assert set(session.scalars(select(OutboxMessage.status))) == {"leased"}
