"""Who may do what: the policy rows against an oracle that shares nothing with them, and what beats what."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import Alias
from sqlalchemy.sql.visitors import iterate

from tests.union.district import TODAY, District
from union import access
from union.access import (
    ACTIONS,
    POLICY,
    ConflictOfInterest,
    PolicyRow,
    actor_for,
    can,
    condition,
    conflict,
    grant,
    kept_out,
    party_actor,
    policy_problems,
    roles_for,
    rows,
    visible,
)
from union.people import Person, RoleGrant, Staff
from workflows.actor import SYSTEM_ACTOR, Actor
from workflows.tables import JournalEntry, Subject, new_id

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
RELATIONS = ("none", "assigned", "opened", "unassigned", "party", "granted")
Hire = Callable[..., Staff]
FileCase = Callable[..., uuid.UUID]


@pytest.fixture(autouse=True)
def relations_by_title(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each relation holds where the title names it, so that a test can put a case into any relation."""
    by_title = {
        name: {"*": lambda actor, name=name: Subject.title == name}
        for name in ("assigned", "opened", "unassigned", "party", "granted")
    }
    monkeypatch.setattr(access, "_RELATIONS", {"any": access._RELATIONS["any"], **by_title})
    monkeypatch.setattr(access, "_relations", lambda name: dict(access._RELATIONS.get(name, {})))
    access.forget_questions()
    yield
    access.forget_questions()


@pytest.fixture
def monkeypatched_policy(monkeypatch: pytest.MonkeyPatch) -> Callable[[tuple[PolicyRow, ...]], None]:
    def put(rows: tuple[PolicyRow, ...]) -> None:
        monkeypatch.setattr(access, "policy", lambda: rows)
        access.forget_questions()

    return put


# --- the matrix

READING = {"case.view", "record.view", "evidence.view"}
HANDLING = {"case.list", "case.view", "case.act", "note.write", "evidence.add", "evidence.view", "record.view"}
HANDLING |= {"archive.view", "archive.side"}
DESK = {"account.own", "todo.view", "calendar.view", "search.use", "gallery.view", "message.view", "conflict.declare"}


def oracle(role: str, action: str, where: str, relation: str, in_conflict: bool) -> bool:
    """What a federation's officer would say, case by case; reads no row of the policy."""
    if in_conflict:
        return False
    if action in ("session.login", "verify.public", "calendar.feed", "my.enter"):
        return True
    here = where == "own"
    within = where in ("own", "below")
    if role == "staff":
        return (here and action in DESK) or (relation == "granted" and action in READING)
    if role == "intake":
        return here and (action in HANDLING or action in ("case.open", "room.manage", "person.view", "person.reveal"))
    if role == "mediator":
        if action in ("case.open", "person.view"):
            return here
        if action == "person.reveal":
            return relation in ("assigned", "opened")
        if action == "access.view":
            return relation == "assigned"
        return action in HANDLING and (relation in ("assigned", "opened") or (relation == "unassigned" and here))
    if role == "recorder":
        return relation == "assigned" and action in HANDLING
    if role == "org_head":
        more = {
            "case.open",
            "case.assign",
            "room.manage",
            "figures.view",
            "figures.keep",
            "person.view",
            "person.reveal",
            "seal.register",
        }
        more |= {"access.view", "access.grant"}
        return within and (action in HANDLING or action in more)
    if role == "seal_keeper":
        return within and action in (
            "case.list",
            "case.view",
            "case.act",
            "record.view",
            "record.seal",
            "seal.register",
        )
    if role == "archivist":
        return within and (action in HANDLING or action in ("seal.register", "archive.list", "archive.file"))
    if role == "fed_leader":
        more = {"case.assign", "figures.view", "figures.keep", "access.view", "seal.register"}
        return within and (action in HANDLING or action in more)
    if role == "party":
        own = {"case.view", "case.act", "record.view", "archive.view", "my.view", "my.act"}
        return action in ("case.open", "my.apply") or (relation == "party" and action in own)
    if role == "system_admin":
        running = {"admin.settings", "admin.calendar", "admin.outbox", "admin.templates"}
        return action in running | {"admin.directory", "admin.people", "admin.organisations"}
    if role == "security_admin":
        return action in ("admin.directory", "admin.roles", "admin.sessions")
    if role == "auditor":
        looking = ("access.view", "figures.view", "case.list", "case.view", "record.view", "seal.register")
        return action in (*looking, "admin.audit", "admin.directory")
    if role == "visitor":
        return action == "setup.run"
    return False


MATRIX_ROLES = [
    "staff",
    "intake",
    "mediator",
    "recorder",
    "org_head",
    "seal_keeper",
    "archivist",
    "fed_leader",
    "party",
    "system_admin",
    "security_admin",
    "auditor",
    "lawyer",
    "inspector",
    "hrss",
    "visitor",
]
Cell = tuple[str, str, bool]  # where, relation, in conflict


@pytest.fixture
def cells(session: Session, district: District, file_case: FileCase) -> tuple[uuid.UUID, dict[uuid.UUID, Cell]]:
    """A case for every place, relation and conflict; the staff member in conflict."""
    staff_id = new_id()
    places = {**district.seen_from_the_street(), "nowhere": None}
    found: dict[uuid.UUID, Cell] = {}
    for where, organisation in places.items():
        for relation in RELATIONS:
            for in_conflict in (False, True):
                case = file_case(organisation, title=relation)
                found[case] = (where, relation, in_conflict)
                if in_conflict:
                    conflict(session, case, staff_id, "近亲属", TODAY)
    return staff_id, found


def holder(role: str, staff_id: uuid.UUID, district: District) -> Actor:
    return Actor(staff_id, "某人", frozenset({role}), grants=((role, district.street.path),))


def answers(session: Session, actor: Actor, action: str, cells: dict[uuid.UUID, Cell]) -> dict[Cell, bool]:
    seen = set(session.scalars(select(Subject.id).where(visible(session, actor, at=AT, action=action))))
    return {cell: case in seen for case, cell in cells.items()}


def expected(role: str, action: str, cells: dict[uuid.UUID, Cell]) -> dict[Cell, bool]:
    return {cell: oracle(role, action, *cell) for cell in cells.values()}


@pytest.mark.parametrize(
    ("reads", "most"), [(False, 200), (True, 200), (True, 3)], ids=["step", "page", "too many to name"]
)
def test_the_policy_answers_as_the_naive_oracle_in_every_cell(
    session: Session,
    district: District,
    cells: tuple[uuid.UUID, dict[uuid.UUID, Cell]],
    monkeypatch: pytest.MonkeyPatch,
    reads: bool,
    most: int,
) -> None:
    """A page asks once what somebody keeps out of, a step of each case anew."""
    monkeypatch.setattr(access, "only_reads", lambda _: reads)
    monkeypatch.setattr(access, "MOST_NAMED", most)
    staff_id, cases = cells
    known = kept_out(session, holder("staff", staff_id, district), TODAY)
    if reads and most == 200:
        assert set(known or ()) == {case for case, (_, _, in_conflict) in cases.items() if in_conflict}
    else:
        assert known is None
    wrong = [
        (role, action, cell)
        for role in MATRIX_ROLES
        for action in ACTIONS
        for cell, answer in answers(session, holder(role, staff_id, district), action, cases).items()
        if answer != oracle(role, action, *cell)
    ]
    assert wrong == []


def test_every_row_of_the_policy_is_needed_and_its_loss_is_noticed(
    session: Session,
    district: District,
    cells: tuple[uuid.UUID, dict[uuid.UUID, Cell]],
    monkeypatched_policy: Callable[[tuple[PolicyRow, ...]], None],
) -> None:
    staff_id, cases = cells
    survivors = []
    for row in POLICY:
        if row.role == "system":
            continue
        role = row.role if row.role != "*" else "lawyer"
        for mutant in ((), (replace(row, effect="deny"),)):
            monkeypatched_policy((*(other for other in POLICY if other is not row), *mutant))
            found = answers(session, holder(role, staff_id, district), row.action, cases)
            if found == expected(role, row.action, cases):
                survivors.append((row, mutant))
    assert survivors == []


def test_page_list_and_engine_give_one_answer(
    session: Session, district: District, cells: tuple[uuid.UUID, dict[uuid.UUID, Cell]]
) -> None:
    staff_id, cases = cells
    for role in ("intake", "mediator", "org_head", "party", "auditor"):
        actor = holder(role, staff_id, district)
        for case, cell in cases.items():
            allowed = oracle(role, "case.act", *cell)
            assert can(session, actor, "case.act", case, at=AT) is allowed
            engine = roles_for(session, actor, session.get_one(Subject, case), at=AT)
            assert engine == (frozenset({role}) if allowed else frozenset())


def test_questions_of_different_people_share_their_aliases(district: District) -> None:
    """An alias of a wide table weighs as much as the rest of a question, and hundreds of questions are kept."""
    path = f"{uuid.uuid4()}/{uuid.uuid4()}"
    asked = [
        condition(
            Actor(id=uuid.uuid4(), name="甲", roles=frozenset({role}), grants=((role, path),)), "case.view", TODAY
        )
        for role in ("mediator", "mediator", "org_head")
    ]
    first, same, other = ({id(part) for part in iterate(one) if isinstance(part, Alias)} for one in asked)
    assert first
    assert first == same == other


# --- what beats what


@pytest.mark.parametrize("role", ["org_head", "fed_leader", "auditor", "system_admin", "security_admin"])
def test_a_conflict_of_interest_beats_every_allow_even_of_administrators(
    session: Session,
    district: District,
    file_case: FileCase,
    role: str,
    monkeypatched_policy: Callable[[tuple[PolicyRow, ...]], None],
) -> None:
    monkeypatched_policy((PolicyRow("*", "*", position="any"),))
    actor = holder(role, new_id(), district)
    case = file_case(district.street)
    assert can(session, actor, "case.view", case, at=AT)  # the control: without the conflict it is seen
    conflict(session, case, actor.id, "曾在被申请人处任职", TODAY)
    assert not can(session, actor, "case.view", case, at=AT)
    assert session.scalars(select(Subject.id).where(visible(session, actor, at=AT))).all() == []
    assert roles_for(session, actor, session.get_one(Subject, case), at=AT) == frozenset()


def test_a_waived_conflict_no_longer_counts_from_the_day_of_the_waiver(
    session: Session, district: District, file_case: FileCase
) -> None:
    actor, case = holder("org_head", new_id(), district), file_case(district.street)
    declared = conflict(session, case, actor.id, "同学", TODAY)
    assert not can(session, actor, "case.view", case, at=AT)
    declared.waived_on, declared.waived_because = TODAY, "双方当事人书面同意"
    session.flush()
    assert can(session, actor, "case.view", case, at=AT)


def test_a_conflict_binds_only_the_person_it_names(session: Session, district: District, file_case: FileCase) -> None:
    case = file_case(district.street)
    conflict(session, case, new_id(), "亲属", TODAY)
    assert can(session, holder("org_head", new_id(), district), "case.view", case, at=AT)


def test_a_deny_row_beats_an_allow_row(
    session: Session,
    district: District,
    file_case: FileCase,
    monkeypatched_policy: Callable[[tuple[PolicyRow, ...]], None],
) -> None:
    actor, case = holder("org_head", new_id(), district), file_case(district.street)
    assert can(session, actor, "case.view", case, at=AT)
    monkeypatched_policy((*POLICY, PolicyRow("org_head", "case.view", effect="deny")))
    assert not can(session, actor, "case.view", case, at=AT)
    assert can(session, actor, "case.list", case, at=AT)


def test_without_a_row_nothing_is_allowed(
    session: Session,
    district: District,
    file_case: FileCase,
    monkeypatched_policy: Callable[[tuple[PolicyRow, ...]], None],
) -> None:
    monkeypatched_policy(())
    case = file_case(district.street)
    for action in ACTIONS:
        assert not can(session, holder("org_head", new_id(), district), action, case, at=AT)
        assert not can(session, holder("org_head", new_id(), district), action)


def test_an_action_nobody_declared_is_a_mistake_not_an_answer(session: Session) -> None:
    with pytest.raises(LookupError):
        can(session, access.VISITOR, "case.everything")


def test_absent_and_not_allowed_are_the_same_no(session: Session, district: District, file_case: FileCase) -> None:
    actor = holder("intake", new_id(), district)
    assert (
        can(session, actor, "case.view", new_id())
        is can(session, actor, "case.view", file_case(district.unit))
        is False
    )


def test_tracks_and_records_inherit_the_answer_of_their_root(
    session: Session, district: District, file_case: FileCase
) -> None:
    actor = holder("intake", new_id(), district)
    ours, theirs = file_case(district.street), file_case(district.next_street)
    our_track = file_case(district.next_street, kind="track", parent=ours)
    their_track = file_case(district.street, kind="track", parent=theirs)
    assert can(session, actor, "case.view", our_track, at=AT)
    assert not can(session, actor, "case.view", their_track, at=AT)
    seen = set(session.scalars(select(Subject.id).where(visible(session, actor, "track", AT))))
    assert seen == {our_track}
    assert set(session.scalars(select(Subject.id).where(visible(session, actor, at=AT, roots=True)))) == {ours}


def test_list_and_count_agree(session: Session, district: District, file_case: FileCase) -> None:
    actor = holder("org_head", new_id(), district)
    for organisation in district.seen_from_the_street().values():
        file_case(organisation)
    listed = session.scalars(select(Subject.id).where(visible(session, actor, at=AT))).all()
    assert (
        session.scalar(select(func.count()).select_from(Subject).where(visible(session, actor, at=AT)))
        == len(listed)
        == 2
    )


def test_the_system_acts_everywhere_and_a_visitor_nowhere(
    session: Session, district: District, file_case: FileCase
) -> None:
    case = file_case(district.street)
    assert can(session, SYSTEM_ACTOR, "case.act", case)
    assert roles_for(session, SYSTEM_ACTOR, session.get_one(Subject, case)) == {"system"}
    assert [action for action in ACTIONS if can(session, access.VISITOR, action)] == [
        "session.login",
        "verify.public",
        "calendar.feed",
        "setup.run",
        "my.enter",
    ]
    assert not can(session, access.VISITOR, "case.view", case)


# --- without a subject


def test_opening_a_case_is_asked_at_the_organisation_that_opens_it(session: Session, district: District) -> None:
    actor = holder("intake", new_id(), district)
    assert can(session, actor, "case.open")
    assert can(session, actor, "case.open", organisation_id=district.street.id)
    assert not can(session, actor, "case.open", organisation_id=district.next_street.id)
    assert not can(session, actor, "case.open", organisation_id=new_id())
    identity = new_id()
    opening = {"id": identity, "root_id": identity, "state": "new", "kind": "subject"}
    ours = Subject(**opening, organisation_id=district.street.id)
    theirs = Subject(**opening, organisation_id=district.next_street.id)
    assert roles_for(session, actor, ours) == {"intake"}
    assert roles_for(session, actor, theirs) == frozenset()


def test_a_row_for_one_kind_says_nothing_of_another(
    session: Session,
    district: District,
    file_case: FileCase,
    monkeypatched_policy: Callable[[tuple[PolicyRow, ...]], None],
) -> None:
    monkeypatched_policy(rows(access.INTAKE, "case.view", kind="track"))
    actor = holder("intake", new_id(), district)
    assert can(session, actor, "case.view", file_case(district.street, kind="track"))
    assert not can(session, actor, "case.view", file_case(district.street))
    assert not can(session, actor, "case.view", kind="subject")


# --- actors and grants


def test_roles_hold_only_within_their_dates(session: Session, district: District, hire: Hire) -> None:
    staff = hire(district.street)
    grant(session, staff.id, access.INTAKE, district.street.id, date(2026, 1, 1), date(2026, 3, 2))
    grant(session, staff.id, access.MEDIATOR, district.district.id, date(2026, 3, 3))
    today = actor_for(session, staff.id, AT)
    assert today.roles == {"staff", "intake"}
    assert today.grants == (("staff", district.street.path), ("intake", district.street.path))
    late_in_beijing = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # 00:00 on 3 March in Shanghai
    assert actor_for(session, staff.id, late_in_beijing).grants[1:] == (("mediator", district.district.path),)


def test_an_inactive_account_is_no_actor(session: Session, district: District, hire: Hire) -> None:
    with pytest.raises(LookupError):
        actor_for(session, hire(district.street, active=False).id, AT)


def test_three_administrators_are_three_accounts(session: Session, district: District, hire: Hire) -> None:
    staff = hire(district.district)
    grant(session, staff.id, access.SYSTEM_ADMIN, district.district.id, TODAY)
    for other in (access.SECURITY_ADMIN, access.AUDITOR):
        with pytest.raises(access.AccountClash, match="三个账号"):
            grant(session, staff.id, other, district.district.id, date(2027, 1, 1))
    grant(session, staff.id, access.MEDIATOR, district.district.id, TODAY)  # the control: other roles are no clash
    grant(session, hire(district.district).id, access.AUDITOR, district.district.id, TODAY)


def test_an_administrator_may_become_another_once_the_first_term_has_ended(
    session: Session, district: District, hire: Hire
) -> None:
    staff = hire(district.district)
    first = grant(session, staff.id, access.SYSTEM_ADMIN, district.district.id, date(2025, 1, 1))
    first.end_on(date(2026, 3, 1))
    session.flush()
    assert grant(session, staff.id, access.AUDITOR, district.district.id, TODAY).role == "auditor"


def test_the_database_itself_refuses_a_second_administrator(session: Session, district: District, hire: Hire) -> None:
    staff = hire(district.district)
    for role in ("system_admin", "auditor"):
        session.add(
            RoleGrant(
                staff_id=staff.id, role=role, organisation_id=district.district.id, valid_from=TODAY, valid_to=None
            )
        )
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_nobody_grants_a_role_to_themselves(session: Session, district: District, hire: Hire) -> None:
    staff = hire(district.district)
    with pytest.raises(access.AccountClash, match="自己"):
        grant(session, staff.id, access.MEDIATOR, district.district.id, TODAY, by=staff.id)


def test_a_party_acts_as_a_person(session: Session) -> None:
    person = Person(name="王芳", created_at=AT)
    session.add(person)
    session.flush()
    actor = party_actor(session, person.id)
    assert (actor.roles, actor.person_id, actor.grants) == ({"party"}, person.id, ())


def test_the_one_who_opened_a_case_is_known_from_its_journal(
    session: Session, district: District, file_case: FileCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(access._RELATIONS, "opened", {"*": access._opened})
    opener, colleague = holder("mediator", new_id(), district), holder("mediator", new_id(), district)
    case = file_case(district.street)
    session.execute(
        insert(JournalEntry.__table__).values(
            root_id=case,
            seq=1,
            subject_id=case,
            workflow="matter",
            definition_version=1,
            trigger="register",
            from_state="new",
            to_state="received",
            occurred_on=TODAY,
            recorded_at=AT,
            actor_id=opener.id,
            actor_role="mediator",
            commitment="",
            previous="",
            hash="",
        )
    )
    assert can(session, opener, "case.view", case, at=AT)
    assert not can(session, colleague, "case.view", case, at=AT)


def test_rows_that_name_nothing_known_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert policy_problems() == []
    seeded = (
        PolicyRow("king", "case.view"),
        PolicyRow("intake", "case.eat"),
        PolicyRow("intake", "case.view", relation="x"),
    )
    monkeypatch.setattr(access, "_EXTRA", list(seeded))
    assert [problem.rsplit(": ")[-1] for problem in policy_problems()] == [
        "unknown role",
        "unknown action",
        "unknown relation",
    ]


def test_a_conflict_is_a_row_of_its_case(session: Session, district: District, file_case: FileCase) -> None:
    staff_id, case = new_id(), file_case(district.street)
    conflict(session, case, staff_id, "亲属", TODAY)
    assert access.in_conflict(session, case, staff_id, TODAY)
    assert not access.in_conflict(session, case, staff_id, date(2026, 3, 1))
    assert session.scalar(select(ConflictOfInterest.reason)) == "亲属"
