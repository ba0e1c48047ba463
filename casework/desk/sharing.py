"""Giving several cases to a colleague: each for itself, and back again within seconds."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import assignment, messages
from casework.desk.assignment import HAND_OVER_RULE
from casework.desk.batch import Act, Kind
from casework.desk.forms import Choices, from_list, pick
from casework.desk.tables import MEDIATOR_PART
from union.people import Staff, deputies_of
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Reason, Refused
from workflows.module import registry
from workflows.tables import legal_date


class AssignForm(msgspec.Struct, kw_only=True):
    to: Annotated[str, pick("接办人", from_list("colleagues"), "先列你的 B 角")]
    until: Annotated[date | None, Meta(title="预计交回日期", description="不交回的空着")] = None
    reason: Annotated[str, Meta(title="转派理由", min_length=2, max_length=300)]


TAKEN_BACK = "handover_undone"


def _giving(session: Session, actor: Actor, at: datetime, form: AssignForm) -> Act:
    """How one case is given to the colleague."""
    receiver = session.get_one(Staff, uuid.UUID(form.to))

    def give(root_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
        before = _holders(session, root_id, at)
        if not before:
            raise Refused([Reason("尚未指定承办人，先在案件页办理指定", (HAND_OVER_RULE,))])
        assignment.hand_over(session, [root_id], receiver.id, form.reason, by=actor, at=at, until=form.until)
        return f"已转给{receiver.name}", {"before": before, "after": _holders(session, root_id, at), "to": form.to}

    return give


def _colleagues(session: Session, actor: Actor, today: date) -> Choices:
    return Choices({"colleagues": assignment.colleagues(session, actor, today)})


def _deputy_first(session: Session, actor: Actor, today: date) -> dict[str, Any]:
    found = deputies_of(session, actor.id, today) if actor.id else []
    return {"to": str(found[0].id)} if found else {}


def _tell(session: Session, actor: Actor, at: datetime, form: AssignForm, done: list[uuid.UUID]) -> None:
    text = f"{actor.name}移交给你 {len(done)} 件案件：{form.reason}"
    messages.tell_staff(session, uuid.UUID(form.to), text, at, done[0] if len(done) == 1 else None)


def _take_back(session: Session, actor: Actor, at: datetime, root_id: uuid.UUID, given: Mapping[str, Any]) -> str:
    if sorted(_holders(session, root_id, at)) != sorted(given["after"]):
        raise Refused([Reason("承办人此后又有变动，没有撤销", (HAND_OVER_RULE,))])
    holders = [uuid.UUID(text) for text in given["before"]]
    assignment.assign(session, root_id, holders, on=legal_date(at), by=actor.id, reason="撤销转派")
    text = "撤销刚才的转派，恢复原承办人"
    journal.record(session, root_id, TAKEN_BACK, {"text": text, "to": given["to"]}, by=actor, at=at)
    return "已恢复原承办人"


def _holders(session: Session, root_id: uuid.UUID, at: datetime) -> list[str]:
    held = assignment.handlers(session, root_id, legal_date(at))
    return [str(handler.staff_id) for handler in held if handler.part == MEDIATOR_PART]


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
