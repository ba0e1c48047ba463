"""Web sessions nobody can choose, steal from the database or keep for ever; log-ins that slow down."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import Clock
from tests.union.district import District
from union import passwords
from union.passwords import hash_password, verify_password, weakness
from union.people import Staff
from union.sessions import (
    WRONG,
    LogInDelay,
    WebSession,
    authenticate,
    csrf_matches,
    csrf_token,
    issue,
    needs_touch,
    resolve,
    revoke,
    revoke_all,
    rotate,
    sessions_of,
    sweep,
    touch,
    unlock,
)

PASSWORD = "correct horse battery staple"
Hire = Callable[..., Staff]


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "_hasher", passwords._hasher)
    passwords.use(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
def staff(session: Session, district: District, hire: Hire) -> Staff:
    staff = hire(district.street, account="lijianguo", password_hash=hash_password(PASSWORD))
    session.commit()
    return staff


# --- sessions


def test_only_the_hash_of_the_id_is_stored(session: Session, staff: Staff, clock: Clock) -> None:
    issued = issue(session, staff.id, at=clock())
    row = "|".join(map(str, session.execute(text("SELECT * FROM web_sessions")).one()))
    assert issued.token not in row
    assert issued.web_session.id_hash in row
    assert resolve(session, issued.web_session.id_hash, at=clock()) is None  # what a thief reads opens nothing


def test_an_id_chosen_by_the_browser_is_nobodys_and_stays_so(session: Session, staff: Staff, clock: Clock) -> None:
    chosen = "chosen-by-an-attacker-00000000000000000000000"
    assert resolve(session, chosen, at=clock()) is None
    issued = issue(session, staff.id, at=clock())
    assert issued.token != chosen
    assert resolve(session, chosen, at=clock()) is None
    assert resolve(session, issued.token, at=clock()) is issued.web_session  # the control
    assert session.scalar(select(func.count()).select_from(WebSession)) == 1


@pytest.mark.parametrize("token", [None, "", "x" * 101, "\ud800", "' OR 1=1 --"])
def test_nonsense_is_nobody(session: Session, staff: Staff, clock: Clock, token: str | None) -> None:
    assert resolve(session, token, at=clock()) is None


def test_ids_are_long_and_never_repeat(session: Session, staff: Staff, clock: Clock) -> None:
    tokens = {issue(session, staff.id, at=clock()).token for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 43  # 256 bits


def test_a_rotated_session_has_a_new_id_and_csrf_secret_and_the_old_id_is_dead(
    session: Session, staff: Staff, clock: Clock
) -> None:
    before = issue(session, staff.id, at=clock(), user_agent="Chromium")
    token = csrf_token(before.web_session)
    after = rotate(session, before.web_session, at=clock.move(minutes=5))
    assert resolve(session, before.token, at=clock()) is None
    found = resolve(session, after.token, at=clock(), user_agent="Chromium")
    assert found is not None
    assert found.staff_id == staff.id
    assert not csrf_matches(found, token)
    assert found.ends_at == before.web_session.ends_at  # rotating does not prolong the twelve hours


def test_a_session_ends_after_thirty_idle_minutes(session: Session, staff: Staff, clock: Clock) -> None:
    issued = issue(session, staff.id, at=clock())
    assert resolve(session, issued.token, at=clock.move(minutes=29)) is not None
    assert resolve(session, issued.token, at=clock.move(minutes=1)) is None


def test_work_keeps_a_session_awake_but_not_beyond_twelve_hours(session: Session, staff: Staff, clock: Clock) -> None:
    issued = issue(session, staff.id, at=clock())
    for _ in range(35):
        found = resolve(session, issued.token, at=clock.move(minutes=20))
        assert found is not None
        touch(session, found, at=clock())
        session.refresh(found)
    assert resolve(session, issued.token, at=clock.move(minutes=19)) is not None
    assert resolve(session, issued.token, at=clock.move(minutes=1)) is None


def test_last_seen_is_written_at_most_once_a_minute(session: Session, staff: Staff, clock: Clock) -> None:
    found = issue(session, staff.id, at=clock()).web_session
    start = clock()
    clock.now += timedelta(seconds=59)
    assert not needs_touch(found, clock())
    touch(session, found, at=clock())
    session.refresh(found)
    assert found.last_seen == start
    clock.now += timedelta(seconds=1)
    touch(session, found, at=clock())
    session.refresh(found)
    assert found.last_seen == clock()


def test_another_browser_does_not_get_the_session(session: Session, staff: Staff, clock: Clock) -> None:
    issued = issue(session, staff.id, at=clock(), user_agent="Chromium")
    assert resolve(session, issued.token, at=clock(), user_agent="curl") is None
    assert resolve(session, issued.token, at=clock(), user_agent="Chromium") is issued.web_session


def test_a_dismissed_colleague_is_out_at_once(session: Session, staff: Staff, clock: Clock) -> None:
    issued = issue(session, staff.id, at=clock())
    staff.active = False
    session.flush()
    assert resolve(session, issued.token, at=clock()) is None


def test_sessions_are_listed_and_revoked(session: Session, staff: Staff, clock: Clock) -> None:
    here, there, elsewhere = (issue(session, staff.id, at=clock.move(minutes=1)) for _ in range(3))
    assert sessions_of(session, staff.id, at=clock()) == [here.web_session, there.web_session, elsewhere.web_session]
    revoke(session, there.web_session, at=clock())
    assert resolve(session, there.token, at=clock()) is None
    assert revoke_all(session, staff.id, at=clock(), but=here.web_session) == 1
    session.expire_all()
    assert resolve(session, elsewhere.token, at=clock()) is None
    assert resolve(session, here.token, at=clock()) is not None


def test_a_csrf_token_serves_only_its_own_session(session: Session, staff: Staff, clock: Clock) -> None:
    one, two = (issue(session, staff.id, at=clock()).web_session for _ in range(2))
    assert csrf_matches(one, csrf_token(one))
    for wrong in (csrf_token(two), None, "", "é", csrf_token(one)[:-1]):
        assert not csrf_matches(one, wrong)


def test_what_is_long_over_is_forgotten(session: Session, staff: Staff, clock: Clock) -> None:
    issue(session, staff.id, at=clock())
    authenticate(session, "nobody", "x", "192.0.2.1", clock())
    clock.move(days=2)
    sweep(session, at=clock())
    counts = [session.scalar(select(func.count()).select_from(table)) for table in (WebSession, LogInDelay)]
    assert counts == [1, 0]
    sweep(session, at=clock.move(days=90))
    assert session.scalar(select(func.count()).select_from(WebSession)) == 0


# --- log-in


def test_the_right_password_logs_in_whatever_the_capitals_of_the_account(
    session: Session, staff: Staff, clock: Clock
) -> None:
    found = authenticate(session, " LiJianguo", PASSWORD, "192.0.2.1", clock())
    assert isinstance(found, Staff)
    assert found.id == staff.id


def test_an_unknown_account_and_a_wrong_password_get_the_same_sentence_for_the_same_work(
    session: Session, staff: Staff, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    monkeypatch.setattr("union.sessions.verify_password", _counting(work))
    assert authenticate(session, "lijianguo", "wrong", "192.0.2.1", clock()) == WRONG
    assert authenticate(session, "nobody", "wrong", "192.0.2.1", clock()) == WRONG
    assert len(work) == 2
    verified: list[str] = []
    hasher = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", _Watching(hasher, verified))
    assert verify_password("wrong", "") == (False, None)
    assert len(verified) == 1  # an argon2 verification is carried out although there is no hash


def test_an_inactive_account_or_one_without_a_password_logs_nobody_in(
    session: Session, district: District, hire: Hire, clock: Clock
) -> None:
    hire(district.street, account="left", active=False, password_hash=hash_password(PASSWORD))
    hire(district.street, account="new", password_hash="")
    session.commit()
    for account in ("left", "new"):
        for password in (PASSWORD, ""):
            assert authenticate(session, account, password, f"192.0.2.{account}", clock()) == WRONG


def test_failures_slow_the_account_down_twice_as_long_each_time(session: Session, staff: Staff, clock: Clock) -> None:
    for _ in range(4):
        assert authenticate(session, "lijianguo", "wrong", "192.0.2.1", clock()) == WRONG
    for seconds in (2, 4, 8):
        assert authenticate(session, "lijianguo", "wrong", "192.0.2.1", clock()) == WRONG
        assert "频繁" in str(authenticate(session, "lijianguo", PASSWORD, "192.0.2.1", clock()))
        clock.now += timedelta(seconds=seconds - 1)
        assert "频繁" in str(authenticate(session, "lijianguo", PASSWORD, "192.0.2.1", clock()))
        clock.now += timedelta(seconds=1)
    assert isinstance(authenticate(session, "lijianguo", PASSWORD, "192.0.2.1", clock()), Staff)
    assert authenticate(session, "lijianguo", "wrong", "192.0.2.1", clock()) == WRONG  # and counting starts afresh


def test_the_wait_is_never_longer_than_five_minutes_so_nobody_can_be_locked_out(
    session: Session, staff: Staff, clock: Clock
) -> None:
    for attempt in range(30):
        authenticate(session, "lijianguo", "wrong", f"192.0.2.{attempt}", clock.move(minutes=5))
    assert isinstance(authenticate(session, "lijianguo", PASSWORD, "192.0.2.99", clock.move(minutes=5)), Staff)


def test_an_unknown_account_slows_down_exactly_like_a_known_one(session: Session, staff: Staff, clock: Clock) -> None:
    heard = {
        account: [authenticate(session, account, "wrong", ip, clock()) for _ in range(7)]
        for account, ip in (("lijianguo", "192.0.2.1"), ("nobody", "192.0.2.2"))
    }
    assert heard["lijianguo"] == heard["nobody"]


def test_guessing_at_many_accounts_slows_the_address_down(session: Session, staff: Staff, clock: Clock) -> None:
    heard = [authenticate(session, f"account{n}", "wrong", "192.0.2.1", clock()) for n in range(25)]
    assert heard.count(WRONG) == 21
    assert "频繁" in str(authenticate(session, "lijianguo", PASSWORD, "192.0.2.1", clock()))
    assert isinstance(
        authenticate(session, "lijianguo", PASSWORD, "192.0.2.2", clock()), Staff
    )  # from elsewhere at once


def test_an_administrator_lifts_the_delay(session: Session, staff: Staff, clock: Clock) -> None:
    for _ in range(6):
        authenticate(session, "lijianguo", "wrong", "192.0.2.1", clock())
    unlock(session, "LIJIANGUO")
    assert isinstance(authenticate(session, "lijianguo", PASSWORD, "192.0.2.1", clock()), Staff)


def test_a_failed_attempt_counts_although_its_request_is_rolled_back(
    session: Session, staff: Staff, clock: Clock
) -> None:
    authenticate(session, "lijianguo", "wrong", "192.0.2.1", clock())
    session.rollback()
    assert session.scalars(select(LogInDelay.failures)).all() == [1, 1]


def test_parallel_guesses_see_each_other(
    session: Session, sessions: sessionmaker[Session], staff: Staff, clock: Clock
) -> None:
    def guess(_: int) -> str:
        with sessions() as own:
            answer = authenticate(own, "lijianguo", "wrong", "192.0.2.1", clock())
            own.commit()
            return str(answer)

    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(guess, range(16)))
    assert heard.count(WRONG) == 5  # four free, and the one that starts the wait


def test_looking_first_and_counting_later_would_let_parallel_guesses_through(
    session: Session, sessions: sessionmaker[Session], clock: Clock
) -> None:
    """The negative control: the obvious way of counting hears every parallel guess."""
    everybody_looked = threading.Barrier(8)
    key = "the account"
    session.add(LogInDelay(key=key, failures=4, last_at=clock(), next_at=clock()))
    session.commit()

    def guess(_: int) -> bool:
        with sessions() as own:
            heard = own.scalars(select(LogInDelay.failures).where(LogInDelay.key == key)).one() <= 4
            own.rollback()
        everybody_looked.wait(10)
        with sessions() as own:
            own.execute(update(LogInDelay).where(LogInDelay.key == key).values(failures=LogInDelay.failures + 1))
            own.commit()
        return heard

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(8))) == 8


# --- passwords


def test_passwords_are_argon2id_and_outdated_costs_are_renewed_at_log_in(
    session: Session, staff: Staff, clock: Clock
) -> None:
    assert staff.password_hash.startswith("$argon2id$")
    before = staff.password_hash
    passwords.use(PasswordHash((Argon2Hasher(time_cost=2, memory_cost=64, parallelism=1),)))
    assert isinstance(authenticate(session, "lijianguo", PASSWORD, "192.0.2.1", clock()), Staff)
    session.commit()
    session.expire_all()
    assert staff.password_hash != before
    assert verify_password(PASSWORD, staff.password_hash) == (True, None)


def test_the_default_costs_are_those_of_the_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords.use(PasswordHash((Argon2Hasher(),)))
    assert "m=65536,t=3,p=4" in hash_password(PASSWORD)


@pytest.mark.parametrize(("at_once", "three_at_a_time"), [(2, False), (3, True)])
def test_only_two_passwords_are_hashed_at_once(
    monkeypatch: pytest.MonkeyPatch, at_once: int, three_at_a_time: bool
) -> None:
    """With a cap of three, the negative control, three do meet."""
    together = threading.Barrier(3)

    class Meeting:
        def hash(self, password: str) -> str:
            try:
                together.wait(0.5)
            except threading.BrokenBarrierError:
                return "alone"
            return "met"

    monkeypatch.setattr(passwords, "_hashing", threading.BoundedSemaphore(at_once))
    monkeypatch.setattr(passwords, "_hasher", Meeting())
    with ThreadPoolExecutor(3) as pool:
        met = set(pool.map(hash_password, ["a", "b", "c"]))
    assert (met == {"met"}) is three_at_a_time
    assert passwords.AT_ONCE == 2


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("short", "至少12"),
        ("x" * 129, "最多128"),
        ("aaaaaaaaaaaaaaa", "过于简单"),
        ("abcdefghijklmn", "过于简单"),
        ("gonghui12345", "gonghui"),
        ("lijianguo1234", "lijianguo"),
        ("password2026!", "password"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, complaint: str) -> None:
    assert complaint in str(weakness(password, account="lijianguo"))


@pytest.mark.parametrize("password", [PASSWORD, "三月里的小雨淅沥淅沥下个不停", "kX9#vPq2!mTz7"])
def test_a_good_password_is_not_refused(password: str) -> None:
    assert weakness(password, account="lijianguo", name="李建国") is None


# --- what the tests look through


def _counting(work: list[str]) -> Callable[[str, str], tuple[bool, str | None]]:
    def verify(password: str, stored: str) -> tuple[bool, str | None]:
        work.append(stored)
        return verify_password(password, stored)

    return verify


class _Watching:
    def __init__(self, hasher: PasswordHash, verified: list[str]) -> None:
        self.hasher, self.verified = hasher, verified

    def hash(self, password: str) -> str:
        return self.hasher.hash(password)

    def verify_and_update(self, password: str, stored: str) -> tuple[bool, str | None]:
        self.verified.append(stored)
        return self.hasher.verify_and_update(password, stored)
