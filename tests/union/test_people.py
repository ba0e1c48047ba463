"""People are found as they are spoken of; rosters, leave and deputies hold only on their days."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from tests.union.district import TODAY, District
from union.people import (
    Deputy,
    Leave,
    Person,
    RosterEntry,
    Staff,
    deputies_of,
    find_people,
    initials,
    name_of,
    on_leave,
    on_roster,
    pinyin_key,
    stands_in_for,
)
from workflows.tables import new_id

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
Hire = Callable[..., Staff]


@pytest.mark.parametrize(
    ("name", "key", "letters"),
    [
        ("李建国", "lijianguo", "ljg"),
        ("单晓明", "shanxiaoming", "sxm"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("任盈盈", "renyingying", "ryy"),
        ("买买提·吐尔逊", "maimaitituerxun", "mmttex"),
    ],
)
def test_a_name_has_its_pinyin_with_the_reading_of_the_family_name(name: str, key: str, letters: str) -> None:
    assert (pinyin_key(name), initials(name)) == (key, letters)


def test_a_renamed_person_is_found_by_the_new_name(session: Session) -> None:
    person = Person(name="李建国", created_at=AT)
    session.add(person)
    person.name = "单晓明"
    session.flush()
    assert find_people(session, "sxm") == [person]
    assert find_people(session, "ljg") == []


@pytest.mark.parametrize(
    "words", ["王芳", "王", "wangfang", "wang fang", "wf", "138 0013 1234", "110105199003070038", "A7"]
)
def test_a_person_is_found_by_whatever_is_known(session: Session, words: str) -> None:
    person = Person(name="王芳", created_at=AT, id_number="110105199003070038", phone="13800131234", member_number="A7")
    session.add_all([person, Person(name="李建国", created_at=AT, phone="13900131234")])
    session.flush()
    assert find_people(session, words) == [person]


def test_wildcards_find_nobody(session: Session) -> None:
    session.add(Person(name="王芳", created_at=AT))
    session.flush()
    assert [find_people(session, words) for words in ("%", "_", "", "  ")] == [[], [], [], []]


def test_a_certificate_counts_only_on_its_days(session: Session, district: District, hire: Hire) -> None:
    mediator = hire(district.street)
    session.add(RosterEntry(staff_id=mediator.id, valid_from=date(2025, 1, 1), valid_to=TODAY))
    session.flush()
    assert on_roster(session, mediator.id, TODAY)
    assert not on_roster(session, mediator.id, date(2026, 3, 3))
    assert not on_roster(session, hire(district.street).id, TODAY)


def test_a_deputy_stands_in_only_while_the_colleague_is_away(session: Session, district: District, hire: Hire) -> None:
    absent, deputy, absent_deputy = (hire(district.street, name) for name in ("李建国", "王芳", "赵强"))
    for stand_in in (deputy, absent_deputy):
        session.add(Deputy(staff_id=absent.id, deputy_id=stand_in.id, valid_from=date(2026, 1, 1)))
    assert stands_in_for(session, deputy.id, TODAY) == frozenset()
    for away in (absent, absent_deputy):
        session.add(Leave(staff_id=away.id, valid_from=TODAY, valid_to=date(2026, 3, 6)))
    session.flush()
    assert on_leave(session, absent.id, TODAY)
    assert stands_in_for(session, deputy.id, TODAY) == {absent.id}
    assert stands_in_for(session, deputy.id, date(2026, 3, 7)) == frozenset()
    assert deputies_of(session, absent.id, TODAY) == [deputy]


def test_accounts_do_not_depend_on_capitals(session: Session, district: District, hire: Hire) -> None:
    assert hire(district.street, account=" Li.Jianguo ").account == "li.jianguo"


def test_everybody_who_acts_has_a_name(session: Session, district: District, hire: Hire) -> None:
    person = Person(name="王芳", created_at=AT)
    session.add(person)
    session.flush()
    staff = hire(district.street, "赵强")
    assert [name_of(session, who) for who in (None, staff.id, person.id, new_id())] == ["系统", "赵强", "王芳", "他人"]
