"""Who works on what: assigned, ended, handed over for leave (AB角), one case or many, always with a reason."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, exists, false, literal, or_, select, true, union
from sqlalchemy.orm import Session

from casework.desk import offers
from casework.desk.tables import HANDLER_PART, PARTS, Assignment
from union.access import add_relation, can, in_conflict
from union.organisations import Organisation
from union.people import Deputy, Leave, RoleGrant, Staff, away_words
from web.filters import cn_day
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid, Reason, Refused
from workflows.law import Policy
from workflows.module import Module, registry
from workflows.reading import once_read
from workflows.tables import SUBJECTS, Subject, legal_date
from workflows.words import Words

MOST_COLLEAGUES = 300
ASSIGNED, HANDED_OVER, HANDED_BACK, KEPT = "assigned", "handed_over", "handed_back", "not_handed_back"
HAND_OVER_RULE = Policy("案件移交须说明理由，由负责人或者原承办人办理，接办人须在职且无须回避", "9-17")


@dataclass(frozen=True, slots=True)
class Handler:
    """One person's part in a case, with the name that goes with it."""

    staff_id: uuid.UUID
    name: str
    part: str
    since: date
    until: date | None

    def part_label(self, words: Words) -> str:
        return part_label(self.part, words)


def part_label(part: str, words: Words) -> str:
    """What a part of a case is called there: the responsible person by the word of the module."""
    return words.said(PARTS.get(part, part))


def assign(
    session: Session,
    root_id: uuid.UUID,
    staff_ids: Iterable[uuid.UUID],
    *,
    on: date,
    by: uuid.UUID | None,
    part: str = HANDLER_PART,
    reason: str = "",
    stands_in_for: uuid.UUID | None = None,
    returns_on: date | None = None,
) -> None:
    """From this day exactly these people hold this part of the case; the others' time ends the day before.

    Who comes in ``stands_in_for`` somebody gives the case back on ``returns_on``.
    """
    wanted = list(dict.fromkeys(staff_ids))
    held = session.scalars(in_force(root_id, on).where(Assignment.part == part)).all()
    for assignment in held:
        if assignment.staff_id not in wanted:
            _end(session, assignment, on)
    kept = {assignment.staff_id for assignment in held}
    for staff_id in wanted:
        if staff_id not in kept:
            session.add(
                Assignment(
                    root_id=root_id,
                    staff_id=staff_id,
                    part=part,
                    valid_from=on,
                    assigned_by=by,
                    reason=reason,
                    stands_in_for=stands_in_for,
                    returns_on=returns_on,
                )
            )
    session.flush()
    offers.end(session, root_id)


def hand_over(
    session: Session,
    root_ids: Sequence[uuid.UUID],
    to: uuid.UUID,
    reason: str,
    *,
    by: Actor,
    at: datetime,
    until: date | None = None,
    part: str = HANDLER_PART,
) -> int:
    """Give the cases to a colleague, all or none; refused with every reason at once. Answers how many changed hands.

    With ``until`` they come back by themselves on that day, see ``returning``.
    """
    today = legal_date(at)
    if until is not None and until <= today:
        raise Invalid("until", "交回日期应在今天之后，不交回的空着。")
    _refuse(session, root_ids, to, reason, by, at)
    receiver = session.get_one(Staff, to)
    for root_id in root_ids:
        held = [h for h in handlers(session, root_id, today) if h.part == part]
        giving = [h for h in held if h.staff_id == by.id] or held
        before = [h.name for h in giving]
        staying = [h.staff_id for h in held if h not in giving]
        back_to = giving[0].staff_id if until is not None and giving else None
        assign(
            session,
            root_id,
            [*staying, to],
            on=today,
            by=by.id,
            part=part,
            reason=reason,
            stands_in_for=back_to,
            returns_on=until if back_to else None,
        )
        back = f"，{cn_day(until)}交回" if until is not None and back_to else ""
        said = {
            "text": f"{'、'.join(before) or '未指定'} → {receiver.name}{back}：{reason}",
            "to": str(to),
            "until": until.isoformat() if until else None,
        }
        journal.record(session, root_id, HANDED_OVER, said, by=by, at=at)
    return len(root_ids)


def colleagues(session: Session, by: Actor, today: date, root_ids: Iterable[uuid.UUID]) -> dict[str, str]:
    """Who may be given one of these cases: who is active and has the role for its kind, the giver left out.

    The giver's deputies come first, then whoever works in the same house; who is away today is said to be, and of cases of
    several kinds it is said which ones alone a colleague may hold.
    """
    kinds = _kinds(session, root_ids)
    may_hold = [handles(module.words, today) for module in kinds]
    deputies = select(Deputy.deputy_id).where(Deputy.staff_id == by.id, Deputy.in_force(today))
    nearest = (Staff.id.not_in(deputies), Staff.organisation_id != by.organisation_id, Staff.name_pinyin, Staff.id)
    query = (
        select(Staff, Organisation.short_name, Leave.valid_from, Leave.valid_to, *may_hold)
        .join(Organisation, Organisation.id == Staff.organisation_id)
        .outerjoin(Leave, and_(Leave.staff_id == Staff.id, Leave.in_force(today)))
        .where(Staff.active, Staff.id != by.id, or_(false(), *may_hold))
        .order_by(*nearest)
        .limit(MOST_COLLEAGUES)
    )
    return {str(row.Staff.id): _described(row, by, _only(kinds, row[4:])) for row in session.execute(query)}


def _kinds(session: Session, root_ids: Iterable[uuid.UUID]) -> list[Module]:
    wanted = select(SUBJECTS.c.workflow, SUBJECTS.c.definition_version).where(SUBJECTS.c.id.in_(list(root_ids)))
    found = {module.name: module for module in map(registry.module_for, session.execute(wanted.distinct()))}
    return [found[name] for name in sorted(found)]


def _only(kinds: Sequence[Module], may_hold: Sequence[bool]) -> str:
    some = [module.label for module, held in zip(kinds, may_hold, strict=True) if held]
    return f"（限{'、'.join(some)}）" if len(some) < len(kinds) else ""


def _described(row: Any, by: Actor, only: str) -> str:
    place = row.short_name if row.Staff.organisation_id != by.organisation_id else ""
    away = away_words(row.valid_from, row.valid_to) if row.valid_from else ""
    return " · ".join(filter(None, (row.Staff.name + only, row.Staff.title, place, away)))


@once_read
def handlers(session: Session, root_id: uuid.UUID, day: date) -> list[Handler]:
    return handlers_of(session, [root_id], day).get(root_id, [])


def handlers_of(session: Session, root_ids: Iterable[uuid.UUID], day: date) -> dict[uuid.UUID, list[Handler]]:
    """Who works on each case on the day, in one statement."""
    found: dict[uuid.UUID, list[Handler]] = {}
    query = (
        select(Assignment, Staff.name)
        .join(Staff, Staff.id == Assignment.staff_id)
        .where(Assignment.root_id.in_(list(root_ids)), Assignment.in_force(day))
        .order_by(Assignment.part, Assignment.valid_from, Assignment.id)
    )
    for row, name in session.execute(query):
        found.setdefault(row.root_id, []).append(Handler(row.staff_id, name, row.part, row.valid_from, row.valid_to))
    return found


def history(session: Session, root_id: uuid.UUID) -> list[Handler]:
    query = (
        select(Assignment, Staff.name)
        .join(Staff, Staff.id == Assignment.staff_id)
        .where(Assignment.root_id == root_id)
        .order_by(Assignment.valid_from, Assignment.id)
    )
    return [Handler(a.staff_id, name, a.part, a.valid_from, a.valid_to) for a, name in session.execute(query)]


Lent = tuple[str, str, str]  # who holds the case, in whose place, the day it goes back


def lent(session: Session, root_id: uuid.UUID, day: date) -> list[Lent]:
    rows = session.scalars(in_force(root_id, day).where(Assignment.returns_on.is_not(None)))
    return [(str(row.staff_id), str(row.stands_in_for), row.returns_on.isoformat()) for row in rows if row.returns_on]


def lend_again(session: Session, root_id: uuid.UUID, known: Iterable[Sequence[str]], day: date) -> None:
    """Who got back a case that was only lent to them holds it as before: until the same day, for the same person."""
    for staff_id, owner, until in known:
        for row in session.scalars(in_force(root_id, day).where(Assignment.staff_id == uuid.UUID(staff_id))):
            row.stands_in_for, row.returns_on = uuid.UUID(owner), date.fromisoformat(until)
    session.flush()


def in_force(root_id: uuid.UUID, day: date) -> Any:
    return select(Assignment).where(Assignment.root_id == root_id, Assignment.in_force(day))


def assigned_to(actor: Actor, day: date, part: str = "") -> ColumnElement[bool]:
    """The case is the actor's own, or belongs to somebody on leave for whom the actor stands in."""
    return (
        exists()
        .where(
            Assignment.root_id == Subject.root_id,
            Assignment.in_force(day),
            Assignment.part == part if part else true(),
            # one list of people, not an OR: only then does a database go from the person to the cases
            Assignment.staff_id.in_(union(select(literal(actor.id, Uuid())), _stood_in_for(actor, day))),
        )
        .correlate(Subject)
    )


def assigned_roots(actor: Actor, day: date) -> Any:
    """The roots of ``assigned_to``, answered by one index."""
    people = union(select(literal(actor.id, Uuid())), _stood_in_for(actor, day))
    return select(Assignment.root_id).where(Assignment.in_force(day), Assignment.staff_id.in_(people))


def held_by(staff_id: uuid.UUID, day: date) -> Any:
    """The roots this very person is responsible for on the day."""
    return select(Assignment.root_id).where(
        Assignment.staff_id == staff_id, Assignment.in_force(day), Assignment.part == HANDLER_PART
    )


def needs(staff_id: uuid.UUID | None, day: date) -> ColumnElement[bool]:
    """The root still needs this person: it is open, or closed with something running that follows it (payment,
    confirmation, remedies) for which nobody else is responsible."""
    after = SUBJECTS.alias()
    running = exists().where(after.c.root_id == SUBJECTS.c.id, after.c.kind == "track", after.c.closed_on.is_(None))
    others = exists().where(
        Assignment.root_id == SUBJECTS.c.id,
        Assignment.in_force(day),
        Assignment.part == HANDLER_PART,
        Assignment.staff_id != staff_id,
    )
    return or_(SUBJECTS.c.closed_on.is_(None), running.correlate(SUBJECTS) & ~others.correlate(SUBJECTS))


def unassigned(actor: Actor, day: date) -> ColumnElement[bool]:
    held = select(Assignment.id).where(
        Assignment.root_id == Subject.root_id, Assignment.in_force(day), Assignment.part == HANDLER_PART
    )
    return (
        ~held.offset(0).correlate(Subject).exists()
    )  # asked of each case: without the offset PostgreSQL would first read who holds any


def _stood_in_for(actor: Actor, day: date) -> Any:
    return (
        select(Deputy.staff_id)
        .join(Leave, Leave.staff_id == Deputy.staff_id)
        .where(Deputy.deputy_id == actor.id, Deputy.in_force(day), Leave.in_force(day))
    )


def _end(session: Session, assignment: Assignment, on: date) -> None:
    if assignment.valid_from >= on:
        session.delete(assignment)  # given and taken back on the same day: the journal keeps both
    else:
        assignment.end_on(on - timedelta(days=1))


def _refuse(
    session: Session, root_ids: Sequence[uuid.UUID], to: uuid.UUID, reason: str, by: Actor, at: datetime
) -> None:
    law = (HAND_OVER_RULE,)
    reasons = [] if len(reason.strip()) >= 2 else [Reason("移交理由已写明", law)]
    today = legal_date(at)
    roots = {root.id: root for root in session.scalars(select(Subject).where(Subject.id.in_(list(root_ids))))}
    kinds = dict.fromkeys(registry.words_for(root) for root in roots.values())
    away = [words.handler for words in kinds if not at_work(session, to, words, today)]
    reasons += [Reason(f"接办人在职并担任{handler}", law) for handler in away]
    for root_id in root_ids:
        named = (roots[root_id].number if root_id in roots else None) or "所选案件"
        if root_id not in roots or not _may_hand_over(session, by, root_id, at, today):
            reasons.append(Reason(f"{named}由负责人或者原承办人移交", law))
        elif in_conflict(session, root_id, to, today):
            reasons.append(Reason(f"接办人在{named}中须回避", law))
        else:
            reasons += [Reason(f"{named}：{why}", law) for why in _unfit(session, root_id, by, to, today)]
    if reasons:
        raise Refused(reasons)


def _unfit(session: Session, root_id: uuid.UUID, by: Actor, to: uuid.UUID, today: date) -> list[str]:
    """What stands against this very receiver, or against one person taking the place of a whole group."""
    subject = session.get_one(Subject, root_id)
    module = registry.module_for(subject)
    why = list(module.unfit(session, subject, to, today)) if module.unfit else []
    group = [h.staff_id for h in handlers(session, root_id, today) if h.part == HANDLER_PART]
    if len(group) > 1 and by.id not in group:
        why.append(f"由{module.words.group}办理，由本人移交，或者在案件页逐一更换")
    if to in group:
        why.append("接办人已在承办")
    return why


def still_working(session: Session, root: Subject, day: date) -> list[Handler]:
    """Who works on a case and is still in office; whoever has left, or lost the role, hears nothing any more."""
    words = registry.words_for(root)
    asked = {HANDLER_PART} if words.handled_by else set()  # a role that nobody has to have cannot be lost
    return [
        handler
        for handler in handlers(session, root.id, day)
        if at_work(session, handler.staff_id, words, day, responsible=handler.part in asked)
    ]


def at_work(session: Session, staff_id: uuid.UUID, words: Words, today: date, *, responsible: bool = True) -> bool:
    """In office, and of a role that handles cases of the module that says these words where that is the part."""
    query = select(Staff.id).where(Staff.id == staff_id, Staff.active, handles(words, today) if responsible else true())
    return session.scalar(query) is not None


def handles(words: Words, today: date) -> ColumnElement[bool]:
    roles = [role.id for role in words.handled_by]
    return exists().where(RoleGrant.staff_id == Staff.id, RoleGrant.role.in_(roles), RoleGrant.in_force(today))


def _may_hand_over(session: Session, by: Actor, root_id: uuid.UUID, at: datetime, today: date) -> bool:
    own = session.scalar(
        select(Subject.id).where(Subject.id == root_id, assigned_to(by, today, HANDLER_PART)).correlate(None).limit(1)
    )
    kept_out = by.id is not None and in_conflict(session, root_id, by.id, today)
    return (own is not None and not kept_out) or can(session, by, "case.assign", root_id, at=at)


add_relation("assigned", assigned_to, roots=assigned_roots)
add_relation("unassigned", unassigned)
