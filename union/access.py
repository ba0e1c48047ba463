"""Who may do what: policy as rows, denied by default, a conflict of interest beating everything.

A row allows a role an action on a kind of subject, in a relation to it and from a position in the organisation tree.
``visible`` turns the rows into one SQL condition, and ``can`` asks the database that same condition, so that a page,
a list, a count and a search can never disagree. Tracks, records and notes get the answer of their root.
"""

import inspect
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    String,
    and_,
    bindparam,
    exists,
    false,
    literal_column,
    not_,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from union.organisations import Organisation, position
from union.people import THREE_ADMINISTRATORS, Person, RoleGrant, Staff, name_of
from union.roles import (
    ARCHIVIST,
    AUDITOR,
    FED_LEADER,
    INTAKE,
    MEDIATOR,
    ORG_HEAD,
    PARTY,
    RECORDER,
    ROLE_BY_ID,
    SEAL_KEEPER,
    SECURITY_ADMIN,
    STAFF,
    SYSTEM_ADMIN,
    VISITOR_ROLE,
)
from workflows.actor import SYSTEM_ACTOR, Actor
from workflows.among import among
from workflows.definition import NEW, SYSTEM, Role
from workflows.module import Module, registry
from workflows.reading import once_read, one_plan_for_all, only_reads
from workflows.tables import Base, JournalEntry, Subject, legal_date, new_id

VISITOR = Actor(None, "访客", frozenset({VISITOR_ROLE.id}))

ACTIONS: dict[str, str] = {
    "session.login": "登录",
    "verify.public": "核验文书",
    "gallery.view": "查看组件库",
    "account.own": "管理本人账号",
    "todo.view": "查看待办",
    "calendar.view": "查看日程",
    "calendar.feed": "凭订阅地址读取日程",
    "room.manage": "管理会议用房",
    "search.use": "检索",
    "figures.view": "查看统计",
    "figures.keep": "留存统计报告",
    "case.list": "在列表中看到案件",
    "case.view": "查看案件",
    "case.open": "登记案件",
    "case.act": "办理案件",
    "case.assign": "交接案件",
    "note.write": "写备注",
    "evidence.add": "上传证据",
    "evidence.view": "查看证据",
    "record.view": "查看文书",
    "record.seal": "文书用印",
    "seal.register": "查看用印登记",
    "archive.list": "查看归档登记",
    "archive.view": "查看正卷",
    "archive.side": "查看副卷",
    "archive.file": "补充归档",
    "access.view": "查看谁能看到、谁看过",
    "access.grant": "批准查看案件的申请",
    "person.view": "查看人员",
    "person.reveal": "显示完整个人信息",
    "conflict.declare": "申报回避",
    "message.view": "查看消息",
    "admin.directory": "查看人员、角色和组织",
    "admin.people": "管理人员",
    "admin.roles": "授予、终止角色",
    "admin.organisations": "管理组织和联动单位",
    "admin.settings": "管理设置",
    "admin.calendar": "管理工作日历",
    "admin.templates": "管理消息模板",
    "admin.outbox": "管理后台任务",
    "admin.sessions": "签发一次性代码、终止登录",
    "admin.audit": "审计",
    "setup.run": "首次启动设置",
    "my.enter": "当事人登录、提出申请",
    "my.apply": "当事人填写申请",
    "my.view": "当事人查看本人案件",
    "my.act": "当事人办理本人案件",
}

MOST_NAMED = 200  # cases a statement names one by one; whoever keeps out of more is asked about at each case
Position = Literal["own", "below", "above", "beside", "any"]
Relation = Callable[..., ColumnElement[bool]]
Roots = Callable[[Actor, date], Select[Any]]
KeptOut = tuple[uuid.UUID, ...] | None  # the cases somebody must keep out of; None: not known, ask of each case


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A role may (or may not) do something; ``*`` stands for every role, action or kind, ``admin.*`` for a family."""

    role: str
    action: str
    kind: str = "*"
    relation: str = "any"
    position: Position = "own"
    effect: Literal["allow", "deny"] = "allow"

    def covers(self, action: str) -> bool:
        return self.action in ("*", action) or (self.action.endswith(".*") and action.startswith(self.action[:-1]))


def rows(
    role: Role,
    *actions: str,
    kind: str = "*",
    relations: Iterable[str] = ("any",),
    positions: Iterable[Position] = ("own",),
    effect: Literal["allow", "deny"] = "allow",
) -> tuple[PolicyRow, ...]:
    """The product of actions, relations and positions as rows."""
    return tuple(
        PolicyRow(role.id, action, kind, relation, position, effect)
        for action in actions
        for relation in relations
        for position in positions
    )


@dataclass(frozen=True, slots=True)
class Approach:
    """One way to subjects an actor may see: by a place (of a large subtree ``below`` is the path), or by a relation."""

    condition: ColumnElement[bool]
    relation: str = ""
    below: str = ""


FEW_PLACES = 8  # organisations each of which a list is read from by itself
HANDLING = (
    "case.list",
    "case.view",
    "case.act",
    "note.write",
    "evidence.add",
    "evidence.view",
    "record.view",
    "archive.view",
    "archive.side",
)
WITHIN: tuple[Position, ...] = ("own", "below")
EVERYWHERE: tuple[Position, ...] = ("any",)

POLICY: tuple[PolicyRow, ...] = (
    PolicyRow("*", "session.login", position="any"),
    PolicyRow("*", "verify.public", position="any"),
    PolicyRow("*", "calendar.feed", position="any"),  # the secret in the address says whose it is
    PolicyRow("*", "my.enter", position="any"),
    PolicyRow(VISITOR_ROLE.id, "setup.run", position="any"),
    PolicyRow(SYSTEM.id, "*", position="any"),
    *rows(
        STAFF,
        "account.own",
        "todo.view",
        "calendar.view",
        "search.use",
        "gallery.view",
        "message.view",
        "conflict.declare",
    ),
    *rows(INTAKE, *HANDLING, "case.open", "room.manage", "person.view", "person.reveal"),
    *rows(MEDIATOR, "case.open", "person.view"),
    *rows(MEDIATOR, *HANDLING, "person.reveal", relations=("assigned", "opened"), positions=EVERYWHERE),
    *rows(MEDIATOR, *HANDLING, relations=("unassigned",)),
    *rows(MEDIATOR, "access.view", relations=("assigned",), positions=EVERYWHERE),
    *rows(RECORDER, *HANDLING, relations=("assigned",), positions=EVERYWHERE),
    *rows(
        ORG_HEAD, *HANDLING, "case.open", "case.assign", "room.manage", "figures.view", "figures.keep", positions=WITHIN
    ),
    *rows(ORG_HEAD, "person.view", "person.reveal", "access.view", "access.grant", positions=WITHIN),
    *rows(SEAL_KEEPER, "case.list", "case.view", "case.act", "record.view", "record.seal", positions=WITHIN),
    *rows(SEAL_KEEPER, "seal.register", positions=WITHIN),
    *rows(ORG_HEAD, "seal.register", positions=WITHIN),
    *rows(FED_LEADER, "seal.register", positions=WITHIN),
    *rows(ARCHIVIST, "seal.register", "archive.list", "archive.file", positions=WITHIN),
    *rows(AUDITOR, "seal.register", positions=EVERYWHERE),
    *rows(ARCHIVIST, *HANDLING, positions=WITHIN),
    *rows(FED_LEADER, *HANDLING, "case.assign", "figures.view", "figures.keep", "access.view", positions=WITHIN),
    *rows(PARTY, "case.open", "my.apply", positions=EVERYWHERE),
    *rows(PARTY, "my.view", "my.act", relations=("party",), positions=EVERYWHERE),
    *rows(PARTY, "case.view", "case.act", "record.view", "archive.view", relations=("party",), positions=EVERYWHERE),
    # GB/T 22239-2019 8.1.5: who makes accounts gives no rights, who gives rights makes no accounts, a third looks on
    *rows(SYSTEM_ADMIN, "admin.directory", "admin.people", "admin.organisations", positions=EVERYWHERE),
    *rows(SYSTEM_ADMIN, "admin.settings", "admin.calendar", "admin.outbox", "admin.templates", positions=EVERYWHERE),
    *rows(SECURITY_ADMIN, "admin.directory", "admin.roles", "admin.sessions", positions=EVERYWHERE),
    *rows(
        AUDITOR,
        "access.view",
        "admin.audit",
        "admin.directory",
        "figures.view",
        "case.list",
        "case.view",
        "record.view",
        positions=EVERYWHERE,
    ),
)


class ConflictOfInterest(Base):
    """A staff member must keep out of a case (回避): beats every allow, until both sides have waived it."""

    __tablename__ = "conflicts_of_interest"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(300))
    declared_on: Mapped[date]
    declared_by: Mapped[uuid.UUID | None]
    waived_on: Mapped[date | None]
    waived_because: Mapped[str | None] = mapped_column(String(300))


NOT_ONESELF = "不得为自己授予角色，请由另一名安全管理员办理。"


class AccountClash(ValueError):
    """The three administrators must be three accounts."""


class EndsBeforeItStarts(ValueError):
    """A dated row whose last day makes no sense."""


# --- the actor


def actor_for(session: Session, staff_id: uuid.UUID, at: datetime) -> Actor:
    """A staff member with the roles in force on the day; LookupError when there is no such active account."""
    return actor_and_place(session, staff_id, at)[0]


def actor_and_place(session: Session, staff_id: uuid.UUID, at: datetime) -> tuple[Actor, str]:
    """The same with the name of where they work, in one statement: every request asks it."""
    granted_at = aliased(Organisation)
    rows = session.execute(
        select(
            Staff.name,
            Staff.organisation_id,
            Staff.person_id,
            Organisation.path,
            Organisation.name.label("place"),
            Organisation.short_name,
            RoleGrant.role,
            granted_at.path.label("granted_at"),
        )
        .join(Organisation, Organisation.id == Staff.organisation_id)
        .outerjoin(RoleGrant, and_(RoleGrant.staff_id == Staff.id, RoleGrant.in_force(legal_date(at))))
        .outerjoin(granted_at, granted_at.id == RoleGrant.organisation_id)
        .where(Staff.id == staff_id, Staff.active)
        .order_by(RoleGrant.role, granted_at.path)
    ).all()
    if not rows:
        raise LookupError(f"no active staff member {staff_id}")
    staff = rows[0]
    grants = ((STAFF.id, staff.path), *((row.role, row.granted_at) for row in rows if row.role is not None))
    roles = frozenset(role for role, _ in grants)
    actor = Actor(staff_id, staff.name, roles, staff.organisation_id, staff.person_id, grants)
    return actor, staff.short_name or staff.place


def party_actor(session: Session, person_id: uuid.UUID) -> Actor:
    """A natural person acting as a party to a case; LookupError when unknown."""
    name = session.scalar(select(Person.name).where(Person.id == person_id))
    if name is None:
        raise LookupError(f"no person {person_id}")
    return Actor(person_id, name, frozenset({PARTY.id}), person_id=person_id)


def participant_actor(
    session: Session, root_id: uuid.UUID, participant_id: uuid.UUID, agent_phone: str | None = None
) -> Actor | None:
    """Who acts for a participant of one case, in that case only; None once it is no longer theirs.

    ``agent_phone`` is that of an agent who acts in the participant's name, for as long as the participant has that agent.
    """
    root = session.get(Subject, root_id)
    module = registry.module_for(root) if root is not None else None
    if module is None or module.participants is None:
        return None
    found = next((p for p in module.participants(session, root) if p.id == participant_id), None)
    if found is None:
        return None
    agent = None
    if agent_phone is not None:
        seam = module.for_parties
        agent = seam.agent(session, participant_id, agent_phone) if seam is not None and seam.agent else None
        if agent is None:
            return None
    return Actor(participant_id, found.name, frozenset({PARTY.id}), agent=agent)


def holder_actor(phone: str) -> Actor:
    """Whoever holds this telephone and is a party to nothing yet; the same holder is always the same actor."""
    return Actor(uuid.UUID(Person.phone.blind(phone)), f"手机尾号{phone[-4:]}", frozenset({PARTY.id}))


def grant(
    session: Session,
    staff_id: uuid.UUID,
    role: Role | str,
    organisation_id: uuid.UUID,
    valid_from: date,
    valid_to: date | None = None,
    *,
    by: uuid.UUID | None = None,
    reason: str = "",
) -> RoleGrant:
    """Give a role from a day on; AccountClash when one account would hold two of the three administrators."""
    role_id = role.id if isinstance(role, Role) else role
    if role_id not in ROLE_BY_ID:
        raise LookupError(f"no role {role_id!r}")
    if by is not None and by == staff_id:
        raise AccountClash(NOT_ONESELF)
    if valid_to is not None and valid_to < valid_from:
        raise EndsBeforeItStarts("终止日期不能早于起始日期。")
    session.execute(select(Staff.id).where(Staff.id == staff_id).with_for_update()).one()
    if role_id in THREE_ADMINISTRATORS:
        _refuse_second_administrator(session, staff_id, role_id, valid_from, valid_to)
    given = RoleGrant(
        staff_id=staff_id,
        role=role_id,
        organisation_id=organisation_id,
        valid_from=valid_from,
        valid_to=valid_to,
        granted_by=by,
        reason=reason,
    )
    session.add(given)
    session.flush()
    return given


def end_grant(session: Session, given: RoleGrant, last_day: date, *, by: uuid.UUID | None, reason: str = "") -> None:
    """End a role on a day; nobody ends one of their own, or an administrator could leave the others without a check."""
    if by is not None and by == given.staff_id:
        raise AccountClash("不得终止自己的角色，请由另一名安全管理员办理。")
    if last_day < given.valid_from:
        raise EndsBeforeItStarts(f"终止日期不能早于起始日期 {given.valid_from.isoformat()}。")
    if given.valid_to is not None and given.valid_to < last_day:
        raise EndsBeforeItStarts(f"该角色已定于 {given.valid_to.isoformat()} 终止，不能延后；需要的另行授予。")
    given.end_on(last_day)
    given.ended_by, given.ended_because = by, reason
    session.flush()


def _refuse_second_administrator(
    session: Session, staff_id: uuid.UUID, role_id: str, valid_from: date, valid_to: date | None
) -> None:
    overlapping = [or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= valid_from)]
    if valid_to is not None:
        overlapping.append(RoleGrant.valid_from <= valid_to)
    others = [role for role in THREE_ADMINISTRATORS if role != role_id]
    held = session.scalars(
        select(RoleGrant.role).where(RoleGrant.staff_id == staff_id, RoleGrant.role.in_(others), *overlapping)
    ).first()
    if held is not None:
        raise AccountClash(
            f"该账号已担任{ROLE_BY_ID[held].label}，不能再担任{ROLE_BY_ID[role_id].label}："
            "系统、安全、审计三种管理员须由三个账号分别担任。"
        )


# --- the questions


def can(
    session: Session,
    actor: Actor,
    action: str,
    subject: Any = None,
    *,
    at: datetime | None = None,
    organisation_id: uuid.UUID | None = None,
    kind: str = "*",
) -> bool:
    """May the actor do this with the subject; or, without one, at the organisation; or, without either, anywhere?

    ``subject`` is a Subject, a row of ``subjects`` or its id; an unknown subject is a no.
    """
    if action not in ACTIONS:
        raise LookupError(f"no action {action!r}")
    if subject is not None:
        by_id = isinstance(subject, uuid.UUID)
        day = _day(at)
        question = _question(actor, action, day, _plugged(), by_id, kept_out(session, actor, day))
        return _answered(session, question, subject if by_id else subject.root_id) is not None
    path = _path(session, actor, organisation_id)
    if organisation_id is not None and path is None:
        return False
    return bool(_roles_without_subject(actor, action, kind, path))


def may(actor: Actor, action: str) -> bool:
    """Whether any role the actor holds allows this anywhere: what to offer on a page; the route still asks ``can``."""
    return bool(_roles_without_subject(actor, action, "*", None))


def allowed_at(actor: Actor, action: str, path: str) -> bool:
    """Whether the actor may do this at the organisation of the path, as far as it concerns no subject."""
    return bool(_roles_without_subject(actor, action, "*", path))


def roles_for(
    session: Session, actor: Actor, subject: Any, *, action: str = "case.act", at: datetime | None = None
) -> frozenset[str]:
    """Which of the actor's roles hold for this subject; for one being opened, at the organisation that opens it."""
    if actor == SYSTEM_ACTOR:
        return actor.roles
    if subject is None or (subject.state == NEW and subject.root_id == subject.id):
        path = _path(session, actor, getattr(subject, "organisation_id", None))
        return _roles_without_subject(actor, "case.open", getattr(subject, "kind", None) or "*", path)
    day = _day(at)
    question = _role_question(actor, action, day, _plugged(), kept_out(session, actor, day))
    if question is None:
        return frozenset()
    roles, statement = question
    answer = _answered(session, statement, subject.root_id)
    return frozenset(role for role, held in zip(roles, answer, strict=True) if held) if answer else frozenset()


def visible(
    session: Session,
    actor: Actor,
    kind: str | None = None,
    at: datetime | None = None,
    *,
    action: str = "case.view",
    roots: bool = False,
) -> ColumnElement[bool]:
    """The condition over ``Subject`` that the actor may see it, all kinds when ``kind`` is None.

    ``roots=True`` asks only for roots, which spares the database the way from a track to its root.
    """
    day = _day(at)
    seen = _seen(actor, action, day, _plugged(), kept_out(session, actor, day), roots)
    return seen if kind is None else and_(Subject.kind == kind, seen)


def approaches(
    session: Session, actor: Actor, at: datetime | None = None, *, action: str = "case.view"
) -> list[Approach]:
    """Conditions of which every visible subject meets at least one, each such that an index leads to its subjects.

    They allow nothing: a list asks ``visible`` along each approach, because no index serves their OR. A track or record
    belongs to the organisation of its root, so the condition may be asked of the subject itself.
    """
    day = _day(at)
    found: dict[Any, Approach] = {}
    for row, path in _held_rows(actor, action, "allow"):
        if row.position == "below" and path is not None:
            found[row.position, path] = Approach(_position_condition(row.position, path), below=path)
        elif row.position != "any":
            found[row.position, path] = Approach(_position_condition(row.position, path))
        else:
            related = or_(*(_ask(stands, actor, day) for stands in _relations(row.relation).values()))
            found[row.relation, None] = Approach(related, row.relation)
    if ("any", None) in found:
        return [Approach(true())]
    return [one for approach in found.values() for one in _place_by_place(session, approach)]


def _place_by_place(session: Session, approach: Approach) -> Iterator[Approach]:
    """A small subtree is gone through organisation by organisation, a large one as a whole, an empty one not at all."""
    ids = _subtree(session, approach.below) if approach.below else ()
    if not approach.below or len(ids) > FEW_PLACES:
        yield approach
    else:
        yield from (Approach(Subject.organisation_id == place) for place in ids)


@once_read
def _subtree(session: Session, path: str) -> tuple[uuid.UUID, ...]:
    """The organisations below a path, as far as their number matters."""
    below = select(Organisation.id).where(Organisation.path.startswith(f"{path}/")).order_by(Organisation.path)
    return tuple(session.scalars(below.limit(FEW_PLACES + 1)))


def related_roots(actor: Actor, name: str, day: date) -> Select[Any] | None:
    """The ids of the roots the actor stands in this relation to, if an index gives them; they allow nothing either."""
    roots = _ROOTS.get(name)
    return roots(actor, day) if roots is not None else None


def condition(actor: Actor, action: str, day: date, out: KeptOut = None) -> ColumnElement[bool]:
    """What must hold of a root subject so that the actor may do this with it; ``out`` as ``kept_out`` answers."""
    return _condition(actor, action, day, _plugged(), out)


def conflict(
    session: Session, root_id: uuid.UUID, staff_id: uuid.UUID, reason: str, day: date, *, by: uuid.UUID | None = None
) -> ConflictOfInterest:
    """Record that the staff member keeps out of the case from this day on."""
    declared = ConflictOfInterest(
        root_id=root_id, staff_id=staff_id, reason=reason, declared_on=day, declared_by=by, waived_on=None
    )
    session.add(declared)
    session.flush()
    return declared


def in_conflict(session: Session, root_id: uuid.UUID, staff_id: uuid.UUID, day: date) -> bool:
    found = select(Subject.id).where(Subject.id == root_id, keeps_out(staff_id, day))
    return session.scalars(found).first() is not None


def kept_out(session: Session, actor: Actor, day: date) -> KeptOut:
    """The cases the actor must keep out of, so that a page asks once and each of its statements is short.

    None in a transaction that writes, where every step asks anew, and for whoever keeps out of very many.
    """
    if actor.id is None:
        return ()
    return _named(session, actor.id, day, _plugged()) if only_reads(session) else None


@once_read
def _named(session: Session, staff_id: uuid.UUID, day: date, plugged: tuple[int, ...]) -> KeptOut:
    with one_plan_for_all(session):
        found = session.scalars(_all_kept_out(staff_id, day, plugged)).all()
    return tuple(found) if len(found) <= MOST_NAMED else None


def keeps_out(staff_id: Any, day: date) -> ColumnElement[bool]:
    """Who must keep out of a root subject: it was declared, or the kind of subject knows it by itself.

    ``staff_id`` is an id, or the column ``Staff.id`` of a query for people.
    """
    return or_(*_conflicts(staff_id, day))


def _conflicts(staff_id: Any, day: date) -> Iterator[ColumnElement[bool]]:
    """One condition for each way, so that a database may ask each once and not all of every row."""
    declared = exists().where(ConflictOfInterest.root_id == Subject.id, _running(staff_id, day))
    yield declared.correlate_except(ConflictOfInterest)
    for module in registry.modules.values():
        if module.keeps_out is not None:
            yield from module.keeps_out(staff_id, day)


def answer_the_engine() -> None:
    """From now on the engine asks here whose roles hold for a subject and who an actor is."""
    registry.roles_for, registry.name_of = roles_for, name_of


# --- the rows


def add_actions(actions: dict[str, str]) -> None:
    ACTIONS.update(actions)


def add_relation(name: str, relation: Relation, kind: str = "*", roots: Roots | None = None) -> None:
    """A relation for every kind (assigned, party ...); a module's own relations come with the module.

    ``roots`` are the ids of the roots the actor stands in it to, where an index answers that from the actor alone.
    """
    _RELATIONS.setdefault(name, {})[kind] = relation
    if roots is not None:
        _ROOTS[name] = roots
    forget_questions()


def add_policy(*extra: PolicyRow) -> None:
    _EXTRA.extend(extra)
    forget_questions()


def forget_questions() -> None:
    """Questions are composed once per actor; what changes the rows or relations forgets them."""
    for composed in (_condition, _seen, _question, _role_question):
        composed.cache_clear()


def policy() -> tuple[PolicyRow, ...]:
    """The rows in force: ours, those added, and each module's, which can only speak of its own kind."""
    return (*POLICY, *_EXTRA, *(row for module in registry.modules.values() for row in _of_module(module)))


def policy_problems() -> list[str]:
    """Rows naming a role, an action or a relation nobody knows."""
    return [problem for row in policy() for problem in _problems(row)]


def _problems(row: PolicyRow) -> Iterator[str]:
    if row.role != "*" and row.role not in ROLE_BY_ID:
        yield f"{row}: unknown role"
    if not any(row.covers(action) for action in ACTIONS):
        yield f"{row}: unknown action"
    if not _relations(row.relation):
        yield f"{row}: unknown relation"


def _of_module(module: Module) -> Iterator[PolicyRow]:
    kind = _kind_of(module)
    for row in module.policy:
        if row.kind not in ("*", kind):
            raise ValueError(f"{module.name} declares policy for the kind {row.kind!r}")
        yield replace(row, kind=kind)


def _kind_of(module: Module) -> str:
    return str(module.subject.__mapper__.polymorphic_identity)


def _relations(name: str) -> dict[str, Relation]:
    """kind -> condition; ``*`` for every kind."""
    found = dict(_RELATIONS.get(name, {}))
    for module in registry.modules.values():
        if name in module.relations:
            found[_kind_of(module)] = module.relations[name]
    return found


def _held_rows(actor: Actor, action: str, effect: str) -> Iterator[tuple[PolicyRow, str | None]]:
    """The rows that speak of a role the actor holds, each with the organisation path it is held at."""
    places = _places(actor)
    for row in policy():
        if row.effect != effect or not row.covers(action):
            continue
        if row.role == "*":
            yield row, None
        for path in places.get(row.role, ()):
            yield row, path


def _places(actor: Actor) -> dict[str, list[str | None]]:
    places: dict[str, list[str | None]] = {}
    for role, path in actor.grants:
        places.setdefault(role, []).append(path)
    for role in actor.roles:
        places.setdefault(role, [None])
    return places


def _roles_without_subject(actor: Actor, action: str, kind: str, path: str | None) -> frozenset[str]:
    def held(effect: str) -> set[str]:
        return {
            role
            for row, at_path in _held_rows(actor, action, effect)
            if kind == "*" or row.kind in ("*", kind)
            if row.relation == "any" or (path is None and effect == "allow")
            if path is None or row.position == "any" or (at_path and position(at_path, path) == row.position)
            for role in (actor.roles if row.role == "*" else (row.role,))
        }

    denied = held("deny") if path is not None else set()
    return frozenset() if denied else frozenset(held("allow"))


# --- the condition of one row


def _row_condition(actor: Actor, row: PolicyRow, path: str | None, day: date) -> ColumnElement[bool]:
    parts = [_position_condition(row.position, path), relation_condition(actor, row.relation, day)]
    if row.kind != "*":
        parts.append(Subject.kind == row.kind)
    return and_(*parts)


def _position_condition(position: Position, path: str | None) -> ColumnElement[bool]:
    if position == "any":
        return true()
    if path is None:
        return false()
    *above, own = (uuid.UUID(part) for part in path.split("/"))
    if position == "own":
        return Subject.organisation_id == own
    if position == "above":
        return Subject.organisation_id.in_(above)
    if position == "below":
        # EXISTS lets PostgreSQL choose: one look-up for a single subject, a hash of the subtree for a list
        return exists().where(Organisation.id == Subject.organisation_id, Organisation.path.startswith(f"{path}/"))
    if not above:
        return false()
    beside = select(Organisation.id).where(Organisation.parent_id == above[-1], Organisation.id != own)
    return Subject.organisation_id.in_(beside)


def relation_condition(actor: Actor, name: str, day: date) -> ColumnElement[bool]:
    """How the actor must stand to a root subject."""
    conditions = [
        stands if kind == "*" else and_(Subject.kind == kind, stands)
        for kind, relation in _relations(name).items()
        for stands in [_ask(relation, actor, day)]
    ]
    return or_(false(), *conditions)


def _ask(relation: Relation, actor: Actor, day: date) -> ColumnElement[bool]:
    """A relation takes the actor, and where it is dated a parameter named ``day``."""
    dated = "day" in inspect.signature(relation).parameters
    return relation(actor, day=day) if dated else relation(actor)


def _no_conflict(actor: Actor, day: date, out: KeptOut) -> ColumnElement[bool]:
    if actor.id is None or out == ():
        return true()
    return _in_no_conflict(actor.id, day, _plugged()) if out is None else not_(among(Subject.id, out))


def _running(staff_id: Any, day: date) -> ColumnElement[bool]:
    return and_(
        ConflictOfInterest.staff_id == staff_id,
        ConflictOfInterest.declared_on <= day,
        or_(ConflictOfInterest.waived_on.is_(None), ConflictOfInterest.waived_on > day),
    )


def _opened(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        JournalEntry.root_id == Subject.root_id,
        JournalEntry.subject_id == Subject.root_id,
        JournalEntry.from_state == literal_column(f"'{NEW}'"),  # as the partial index says it
        JournalEntry.actor_id == actor.id,
    )


def _opened_roots(actor: Actor, day: date) -> Select[Any]:
    return select(JournalEntry.root_id).where(
        JournalEntry.subject_id == JournalEntry.root_id,
        JournalEntry.from_state == literal_column(f"'{NEW}'"),
        JournalEntry.actor_id == actor.id,
    )


_ROOTS: dict[str, Roots] = {"opened": _opened_roots}
_RELATIONS: dict[str, dict[str, Relation]] = {"any": {"*": lambda actor: true()}, "opened": {"*": _opened}}
_EXTRA: list[PolicyRow] = []


# --- composed once per actor and day


@lru_cache(maxsize=512)  # some 100 KB each, shared by all questions of one person: a page asks a dozen
def _in_no_conflict(staff_id: uuid.UUID, day: date, plugged: tuple[int, ...]) -> ColumnElement[bool]:
    return and_(*map(not_, _conflicts(staff_id, day)))


@lru_cache(maxsize=512)
def _all_kept_out(staff_id: uuid.UUID, day: date, plugged: tuple[int, ...]) -> Any:
    along = [select(Subject.id).where(way) for way in _conflicts(staff_id, day)]
    return union(*along).order_by("id").limit(MOST_NAMED + 1)


@lru_cache(maxsize=1024)
def _condition(actor: Actor, action: str, day: date, plugged: tuple[int, ...], out: KeptOut) -> ColumnElement[bool]:
    allowed = [_row_condition(actor, row, path, day) for row, path in _held_rows(actor, action, "allow")]
    if not allowed:
        return false()
    denied = [_row_condition(actor, row, path, day) for row, path in _held_rows(actor, action, "deny")]
    return and_(or_(*allowed), *map(not_, denied), _no_conflict(actor, day, out))


@lru_cache(maxsize=1024)
def _seen(
    actor: Actor, action: str, day: date, plugged: tuple[int, ...], out: KeptOut, roots: bool
) -> ColumnElement[bool]:
    of_root = _condition(actor, action, day, plugged, out)
    if roots:
        return and_(Subject.id == Subject.root_id, of_root)
    return Subject.root_id.in_(select(Subject.id).where(of_root).correlate(None))


@lru_cache(maxsize=1024)
def _question(
    actor: Actor, action: str, day: date, plugged: tuple[int, ...], of_any_part: bool, out: KeptOut
) -> Select[Any]:
    """Asked of a root, or of whatever subject the id names, which gets the answer of its root."""
    part = aliased(Subject.__table__)
    root = select(part.c.root_id).where(part.c.id == bindparam("subject")).scalar_subquery()
    asked = Subject.id == (root if of_any_part else bindparam("subject"))
    return select(Subject.id).where(asked, condition(actor, action, day, out))


@lru_cache(maxsize=1024)
def _role_question(
    actor: Actor, action: str, day: date, plugged: tuple[int, ...], out: KeptOut
) -> tuple[tuple[str, ...], Select[Any]] | None:
    """One column for each role, so that one round trip answers for all."""
    allowed: dict[str, list[ColumnElement[bool]]] = {}
    for row, path in _held_rows(actor, action, "allow"):
        for role in actor.roles if row.role == "*" else (row.role,):
            allowed.setdefault(role, []).append(_row_condition(actor, row, path, day))
    if not allowed:
        return None
    denied = [_row_condition(actor, row, path, day) for row, path in _held_rows(actor, action, "deny")]
    columns: list[Any] = [or_(*conditions).label(role) for role, conditions in allowed.items()]
    asked = (Subject.id == bindparam("subject"), *map(not_, denied), _no_conflict(actor, day, out))
    return tuple(allowed), select(*columns).where(*asked).select_from(Subject)


def _plugged() -> tuple[int, ...]:
    """What the rows and relations were composed from: another module plugged in asks anew."""
    return tuple(map(id, registry.modules.values()))


def _path(session: Session, actor: Actor, organisation_id: uuid.UUID | None) -> str | None:
    """Where an organisation stands in the tree; that of the actor is known from the grant of every member of staff."""
    if organisation_id is None:
        return None
    if organisation_id == actor.organisation_id:
        known = next((path for role, path in actor.grants if role == STAFF.id), None)
        if known is not None:
            return known
    return session.scalar(select(Organisation.path).where(Organisation.id == organisation_id))


@once_read
def _answered(session: Session, statement: Select[Any], subject_id: uuid.UUID) -> Any:
    return session.execute(statement, {"subject": subject_id}).first()


def _day(at: datetime | None) -> date:
    return legal_date(at or datetime.now(UTC))
