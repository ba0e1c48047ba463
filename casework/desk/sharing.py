"""Giving several cases to a colleague: each for itself, and back again within seconds."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import assignment, batch, message_kinds, messages
from casework.desk.assignment import HAND_OVER_RULE
from casework.desk.batch import Act, Kind, Result
from casework.desk.forms import Choices, from_list, pick
from casework.desk.tables import HANDLER_PART, Batch
from union.people import Staff, deputies_of
from web.filters import cn_day
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Reason, Refused
from workflows.module import registry
from workflows.tables import Subject, legal_date


class AssignForm(msgspec.Struct, kw_only=True):
    to: Annotated[str, pick("接办人", from_list("colleagues"), "先列你的 B 角")]
    until: Annotated[date | None, Meta(title="预计交回日期", description="不交回的空着")] = None
    reason: Annotated[str, Meta(title="转派理由", min_length=2, max_length=300)]


TAKEN_BACK = "handover_undone"


def _giving(session: Session, actor: Actor, at: datetime, form: AssignForm) -> Act:
    """How one case is given to the colleague."""
    receiver = session.get_one(Staff, uuid.UUID(form.to))

    def give(root_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
        before = _now(session, root_id, at)
        if not before["before"]:
            raise Refused([Reason("尚未指定承办人，先在案件页办理指定", (HAND_OVER_RULE,))])
        assignment.hand_over(session, [root_id], receiver.id, form.reason, by=actor, at=at, until=form.until)
        return f"已转给{receiver.name}", {**before, "after": _holders(session, root_id, at), "to": form.to}

    return give


def give_all(
    session: Session, actor: Actor, at: datetime, root_ids: Sequence[uuid.UUID], form: Any, key: str = ""
) -> Batch:
    """All the cases or none, refused with every reason at once; taken back like what is given one by one."""
    before = {root_id: _now(session, root_id, at) for root_id in root_ids}
    to = uuid.UUID(form.to)
    assignment.hand_over(session, root_ids, to, form.reason, by=actor, at=at, until=form.until)
    said = f"已转给{session.get_one(Staff, to).name}"
    results = [
        Result(root_id, said, {**was, "after": _holders(session, root_id, at), "to": form.to})
        for root_id, was in before.items()
    ]
    done = batch.keep(session, actor, at, "assign", results, key)
    _tell(session, actor, at, form, done)
    return done


def _colleagues(session: Session, actor: Actor, today: date, root_ids: Sequence[uuid.UUID]) -> Choices:
    return Choices({"colleagues": assignment.colleagues(session, actor, today, root_ids)})


def _deputy_first(session: Session, actor: Actor, today: date) -> dict[str, Any]:
    found = deputies_of(session, actor.id, today) if actor.id else []
    return {"to": str(found[0].id)} if found else {}


def _tell(session: Session, actor: Actor, at: datetime, form: Any, done: Batch) -> None:
    """The receiver, whoever held the cases and the parties hear of it, once it can no longer be taken back."""
    moved = [result for result in batch.results(done) if result.done]
    receiver = session.get_one(Staff, uuid.UUID(form.to))
    back = f"，{cn_day(form.until)}交回" if form.until else ""
    later = batch.settled(at)
    _tell_staff(session, receiver.id, moved, f"{actor.name}移交给你 {{}} 件案件{back}：{form.reason}", later, done)
    for holder in dict.fromkeys(gone for result in moved for gone in _gone(result)):
        if holder not in (actor.id, receiver.id):
            given = [result for result in moved if holder in _gone(result)]
            text = f"{actor.name}把你承办的 {{}} 件案件移交给{receiver.name}{back}：{form.reason}"
            _tell_staff(session, holder, given, text, later, done)
    for result in moved:
        root = session.get_one(Subject, result.root_id)
        messages.tell_participants(session, root, assignment.HANDED_OVER, later, done.id)


def _tell_staff(
    session: Session, staff_id: uuid.UUID, moved: Sequence[Result], text: str, at: datetime, done: Batch
) -> None:
    only = moved[0].root_id if len(moved) == 1 else None
    messages.tell_staff(session, staff_id, text.format(len(moved)), at, only, message_kinds.HANDED, done.id)


def _gone(result: Result) -> list[uuid.UUID]:
    """Who held the case before and does not any more."""
    return [uuid.UUID(text) for text in result.before["before"] if text not in result.before["after"]]


def _take_back(session: Session, actor: Actor, at: datetime, root_id: uuid.UUID, given: Mapping[str, Any]) -> str:
    if sorted(_holders(session, root_id, at)) != sorted(given["after"]):
        raise Refused([Reason("承办人此后又有变动，没有撤销", (HAND_OVER_RULE,))])
    holders = [uuid.UUID(text) for text in given["before"]]
    assignment.assign(session, root_id, holders, on=legal_date(at), by=actor.id, reason="撤销转派")
    assignment.lend_again(session, root_id, given.get("lent", ()), legal_date(at))
    text = "撤销刚才的转派，恢复原承办人"
    journal.record(session, root_id, TAKEN_BACK, {"text": text, "to": given["to"]}, by=actor, at=at)
    return "已恢复原承办人"


def _now(session: Session, root_id: uuid.UUID, at: datetime) -> dict[str, Any]:
    """Who holds the case, and of whom holds it only until a day, for whom and until when."""
    lent = assignment.lent(session, root_id, legal_date(at))
    return {"before": _holders(session, root_id, at), "lent": lent}


def _holders(session: Session, root_id: uuid.UUID, at: datetime) -> list[str]:
    held = assignment.handlers(session, root_id, legal_date(at))
    return [str(handler.staff_id) for handler in held if handler.part == HANDLER_PART]


KINDS = {
    "assign": Kind(
        "转派",
        _take_back,
        AssignForm,
        _giving,
        choices=_colleagues,
        known=_deputy_first,
        told=_tell,
        hint="每件案件单独办理，都记下移交人、接办人和理由。",
        law=(HAND_OVER_RULE,),
    )
}
registry.entry_labels[TAKEN_BACK] = "撤销转派"
