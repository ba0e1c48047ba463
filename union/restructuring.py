"""The tree of organisations changes: opened, renamed, moved, merged, closed. Each change is dated and kept."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from union import audit
from union.access import end_grant
from union.organisations import KINDS, Organisation, place_under, position
from union.people import RoleGrant, Staff
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid, Reason, Refused
from workflows.module import registry
from workflows.tables import SUBJECTS, Base, legal_date, new_id

MERGED = "organisation_merged"
WORDS = {
    "opened": "设立",
    "renamed": "更名",
    "moved": "改变隶属",
    "merged": "合并",
    "closed": "撤销",
    "amended": "变更",
}
LEVEL_BELOW = {
    "city": ("district",),
    "district": ("district", "street", "unit"),
    "street": ("unit",),
    "unit": ("unit",),
}


class OrganisationChange(Base):
    """What changed about an organisation, from which day, by which document; names of earlier days are read from here."""

    __tablename__ = "organisation_changes"
    __table_args__ = (Index("ix_organisation_changes_organisation_id", "organisation_id", "effective_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(20))  # WORDS
    effective_on: Mapped[date]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    document: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]

    @property
    def label(self) -> str:
        return WORDS[self.kind]


def found(
    session: Session,
    name: str,
    parent: Organisation | None,
    document: str,
    *,
    by: Actor | None,
    at: datetime,
    **values: Any,
) -> Organisation:
    """A new organisation under its parent; two living ones under one parent never bear the same name."""
    opened = Organisation(name=name.strip(), parent=parent, **values)
    if parent is not None and parent.valid_to is not None and parent.valid_to < legal_date(at):
        raise Invalid("parent_id", "上级单位已经撤销或者合并，另选一个。")
    _refuse_namesake(session, opened)
    _refuse_code(session, opened)
    session.add(opened)
    session.flush()
    _keep(session, opened, "opened", opened.valid_from, {}, {"name": opened.name}, document, by, at)
    return opened


def rename(
    session: Session,
    organisation: Organisation,
    names: dict[str, str],
    on: date,
    document: str,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Another name (short name, seal) from a day on: not before the last change, not in the future."""
    _refuse_ended(organisation)
    if on > legal_date(at):
        raise Invalid("on", "更名的生效日期不能晚于今天，到生效当天再录入。")
    last = session.scalar(
        select(func.max(OrganisationChange.effective_on)).where(
            OrganisationChange.organisation_id == organisation.id, OrganisationChange.kind == "renamed"
        )
    )
    earliest = max(last or organisation.valid_from, organisation.valid_from)
    if on < earliest:
        raise Invalid("on", f"生效日期不能早于 {earliest.isoformat()}：那一天单位才设立或者刚改过名。")
    before = {name: getattr(organisation, name) for name in names}
    if before == names:
        raise Invalid("name", "名称没有变化。")
    for name, value in names.items():
        setattr(organisation, name, value)
    _refuse_namesake(session, organisation)
    session.flush()
    _keep(session, organisation, "renamed", on, before, names, document, by, at)


def amend(session: Session, organisation: Organisation, values: dict[str, Any], *, by: Actor, at: datetime) -> None:
    """Change address, telephone, number code or legal basis; the former values stay in the history."""
    _refuse_ended(organisation)
    before = {name: getattr(organisation, name) for name in values}
    if before == values:
        return
    for name, value in values.items():
        setattr(organisation, name, value)
    _refuse_code(session, organisation)
    session.flush()
    _keep(session, organisation, "amended", legal_date(at), before, values, "", by, at)


def move(
    session: Session, organisation: Organisation, parent: Organisation, document: str, *, by: Actor, at: datetime
) -> None:
    """Under another parent, with everything below it."""
    _refuse_ended(organisation)
    if position(organisation.path, parent.path) in ("own", "below"):
        raise Invalid("parent_id", "一个单位不能隶属于自己或者自己的下级。")
    before = session.get(Organisation, organisation.parent_id) if organisation.parent_id else None
    place_under(session, organisation, parent)
    said = ({"parent": before.name if before else ""}, {"parent": parent.name})
    _keep(session, organisation, "moved", legal_date(at), *said, document, by, at)


def close(session: Session, organisation: Organisation, on: date, document: str, *, by: Actor, at: datetime) -> None:
    """The organisation ends; refused while anybody or anything still depends on it, every reason at once."""
    _refuse_ended(organisation)
    _refuse_last_day(organisation, on, at)
    if reasons := [Reason(sentence) for sentence in what_depends_on(session, organisation, legal_date(at))]:
        raise Refused(reasons)
    organisation.end_on(on)
    session.flush()
    _keep(session, organisation, "closed", on, {}, {}, document, by, at)


def merge(
    session: Session,
    organisation: Organisation,
    into: Organisation,
    on: date,
    document: str,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Everything open goes to the successor: cases, people, the organisations below; answers how many cases.

    Roles end with the old organisation: who makes organisations must not thereby widen anybody's rights.

    The old organisation itself is placed under the successor, whose head thereby goes on seeing what it closed.
    """
    _refuse_ended(organisation)
    _refuse_ended(into)
    if position(organisation.path, into.path) in ("own", "below"):
        raise Invalid("into", "不能并入自己或者自己的下级。")
    if organisation.parent_id is None:
        raise Invalid("into", "最上级单位不能并入其他单位。")
    _refuse_last_day(organisation, on, at)
    cases = _hand_over_cases(session, organisation, into, by, at)
    _hand_over_people(session, organisation, into, by, at)
    for below in session.scalars(select(Organisation).where(Organisation.parent_id == organisation.id)).all():
        place_under(session, below, into)
    place_under(session, organisation, into)
    organisation.successor_id = into.id
    organisation.end_on(on)
    session.flush()
    after = {"into": into.name, "cases": cases}
    _keep(session, organisation, "merged", on, {"name": organisation.name}, after, document, by, at)
    return cases


def what_depends_on(session: Session, organisation: Organisation, today: date) -> Iterator[str]:
    """Why it cannot be closed now, one sentence for each reason."""
    if cases := open_cases(session, organisation.id):
        yield f"还有 {cases} 件未办结的案件：先办结，或者改用“合并”移给其他单位"
    below = select(func.count()).where(Organisation.parent_id == organisation.id, Organisation.in_force(today))
    if count := session.scalar(below):
        yield f"还有 {count} 个下级单位：先撤销或者改变它们的隶属"
    people = session.scalar(select(func.count()).where(Staff.organisation_id == organisation.id, Staff.active))
    if people:
        yield f"还有 {people} 名在职人员：先调到其他单位或者停用"
    held = select(func.count(RoleGrant.staff_id.distinct())).where(
        RoleGrant.organisation_id == organisation.id, RoleGrant.in_force(today)
    )
    if (count := session.scalar(held)) and not people:
        yield f"还有 {count} 人在这里担任角色：先由安全管理员终止"


def open_cases(session: Session, organisation_id: uuid.UUID) -> int:
    table = SUBJECTS
    wanted = select(func.count()).where(table.c.organisation_id == organisation_id, table.c.id == table.c.root_id)
    return session.scalar(wanted.where(table.c.closed_on.is_(None))) or 0


def name_on(session: Session, organisation: Organisation, day: date) -> str:
    """What the organisation was called on a day."""
    later = select(OrganisationChange).where(
        OrganisationChange.organisation_id == organisation.id,
        OrganisationChange.kind == "renamed",
        OrganisationChange.effective_on > day,
    )
    next_change = session.scalars(
        later.order_by(OrganisationChange.effective_on, OrganisationChange.id).limit(1)
    ).first()
    return str(next_change.before.get("name") or organisation.name) if next_change else organisation.name


def history(session: Session, organisation_id: uuid.UUID) -> list[OrganisationChange]:
    wanted = select(OrganisationChange).where(OrganisationChange.organisation_id == organisation_id)
    return list(session.scalars(wanted.order_by(OrganisationChange.effective_on.desc(), OrganisationChange.id.desc())))


def _hand_over_cases(session: Session, organisation: Organisation, into: Organisation, by: Actor, at: datetime) -> int:
    table = SUBJECTS
    roots = session.scalars(
        select(table.c.id)
        .where(table.c.organisation_id == organisation.id, table.c.id == table.c.root_id, table.c.closed_on.is_(None))
        .order_by(table.c.id)
        .with_for_update()
    ).all()
    for root_id in roots:
        whole = (table.c.root_id == root_id) & (table.c.organisation_id == organisation.id)
        session.execute(update(table).where(whole).values(organisation_id=into.id))
        said = {"text": f"{organisation.name}并入{into.name}", "from": str(organisation.id), "to": str(into.id)}
        journal.record(session, root_id, MERGED, said, by=by, at=at)
    session.expire_all()
    return len(roots)


def _hand_over_people(
    session: Session, organisation: Organisation, into: Organisation, by: Actor, at: datetime
) -> None:
    today = legal_date(at)
    because = f"{organisation.name}并入{into.name}"[:200]
    for given in session.scalars(
        select(RoleGrant).where(RoleGrant.organisation_id == organisation.id, RoleGrant.in_force(today))
    ).all():
        end_grant(session, given, max(today - timedelta(days=1), given.valid_from), by=None, reason=because)
    moved = update(Staff).where(Staff.organisation_id == organisation.id).values(organisation_id=into.id)
    session.execute(moved)


def _keep(
    session: Session,
    organisation: Organisation,
    kind: str,
    on: date,
    before: dict[str, Any],
    after: dict[str, Any],
    document: str,
    by: Actor | None,
    at: datetime,
) -> None:
    session.add(
        OrganisationChange(
            organisation_id=organisation.id,
            kind=kind,
            effective_on=on,
            before=before,
            after=after,
            document=document,
            by_id=by.id if by else None,
            at=at,
        )
    )
    said = f"{organisation.name}，自 {on.isoformat()}{'；' + document if document else ''}"
    audit.note(session, f"单位{WORDS[kind]}", said, by=by, at=at, about=organisation.id)


def _refuse_ended(organisation: Organisation) -> None:
    if organisation.valid_to is not None:
        raise Refused([Reason(f"{organisation.name}已于 {organisation.valid_to.isoformat()} 撤销或者合并，不再变更")])


def _refuse_last_day(organisation: Organisation, on: date, at: datetime) -> None:
    if on < organisation.valid_from:
        raise Invalid("on", f"终止日期不能早于设立日期 {organisation.valid_from.isoformat()}。")
    if on > legal_date(at):
        raise Invalid("on", "终止日期不能晚于今天，到当天再录入。")


def _refuse_namesake(session: Session, organisation: Organisation) -> None:
    with session.no_autoflush:
        same = select(Organisation.id).where(
            Organisation.name == organisation.name,
            Organisation.id != organisation.id,
            Organisation.valid_to.is_(None),
            Organisation.kind == organisation.kind,
        )
        if session.scalar(same.limit(1)) is not None:
            kind = KINDS.get(organisation.kind, "单位")
            raise Invalid("name", f"已有同名的{kind}“{organisation.name}”，核对后改用能区分的名称。")


def _refuse_code(session: Session, organisation: Organisation) -> None:
    """Two organisations with one code would share their numbers."""
    if not organisation.code:
        return
    with session.no_autoflush:
        same = select(Organisation.name).where(
            Organisation.code == organisation.code, Organisation.id != organisation.id
        )
        if taken := session.scalar(same.limit(1)):
            raise Invalid("code", f"编号代字“{organisation.code}”已由{taken}使用。")


registry.entry_labels[MERGED] = "所属单位合并"
