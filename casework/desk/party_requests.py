"""What participants tell and ask of the office beyond the steps of a procedure: by themselves or through a clerk, answered."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import assignment, messages
from casework.desk.contact_wishes import role_of
from casework.desk.tables import PartyRequest, Rating
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.module import Participant, registry
from workflows.parties import RequestKind
from workflows.tables import Subject, legal_date

ANSWERED = "你提出的事项已有答复，登录查看"
KINDS: Mapping[str, RequestKind] = {
    "message": RequestKind(
        "给承办人留言", "留言", "有什么要说明、要问的写在这里，承办人看到后答复。急事打页面上的电话。"
    ),
    "objection": RequestKind(
        "提出异议",
        "提出异议",
        "对不予受理、终止、承办人的做法有意见的，写明哪一件、为什么。",
        icon="flag",
    ),
    "correction": RequestKind(
        "更正我的信息", "请求更正个人信息", "写明哪一项不对、应当是什么。", icon="user-round-pen"
    ),
    "deletion": RequestKind(
        "删除我的信息",
        "请求删除个人信息",
        "写明要删除哪一项。案卷依法须保存的部分，承办人会说明为什么暂时不能删除、保存到哪一年。",
        icon="user-round-x",
    ),
}


class Say(msgspec.Struct, kw_only=True):
    text: Annotated[str, Meta(title="内容", min_length=2, max_length=2000, extra={"widget": "textarea", "lines": 5})]


class SayMore(msgspec.Struct, kw_only=True):
    text: Annotated[
        str,
        Meta(title="补充说明", description="没有的空着", max_length=2000, extra={"widget": "textarea", "lines": 3}),
    ] = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a page shows it."""

    row: PartyRequest
    what: str
    who: str

    @property
    def through_clerk(self) -> bool:
        return self.row.by_id != self.row.participant_id


def kinds_of(subject: Subject) -> Mapping[str, RequestKind]:
    """Those of its module, and those of every case, which the module may word."""
    seam = registry.module_for(subject).for_parties
    own = seam.requests if seam else {}
    return {**{name: kind for name, kind in own.items() if name not in KINDS}, **KINDS, **own}


def ask(
    session: Session,
    subject: Subject,
    person: Participant,
    kind: str,
    text: str,
    *,
    by: Actor,
    at: datetime,
    way: str = "online",
    proof: str = "",
) -> PartyRequest:
    """Keep what a participant said, tell whoever handles the case; Invalid for a kind this case does not know."""
    asked = kinds_of(subject).get(kind)
    if asked is None:
        raise Invalid("kind", "选择事项。")
    if asked.needs_words and len(text.strip()) < 2:
        raise Invalid("text", "写明内容。")
    row = PartyRequest(
        root_id=subject.id,
        participant_id=person.id,
        kind=kind,
        text=text.strip(),
        way=way,
        proof=proof.strip(),
        at=at,
        by_id=by.id,
    )
    session.add(row)
    session.flush()
    what = f"{person.name}{asked.said}"
    said = {"what": what, "text": row.text, "way": way, "proof": row.proof, "whose": person.label}
    journal.record(session, subject.id, "party_request", said, by=by, at=at, role=role_of(by))
    tell_handlers(session, subject, what, by=by, at=at)
    return row


def tell_handlers(session: Session, subject: Subject, what: str, *, by: Actor, at: datetime) -> None:
    """Whoever handles the case hears of it in the service; until somebody does, the head of its organisation."""
    for staff_id in listeners(session, subject, at):
        if staff_id != by.id:
            messages.tell_staff(session, staff_id, f"{subject.number or subject.title}：{what}", at, subject.id)


def answer(session: Session, subject: Subject, row: PartyRequest, text: str, *, by: Actor, at: datetime) -> None:
    """Answer once; Invalid when somebody has answered meanwhile."""
    if row.answered_at is not None:
        raise Invalid("text", "这一事项已经答复。")
    row.answer, row.answered_by, row.answered_at = text.strip(), by.id, at
    journal.record(session, subject.id, "party_answered", {"text": row.answer}, by=by, at=at)
    messages.tell_participant(session, subject.id, row.participant_id, ANSWERED, at)


def of_case(session: Session, subject: Subject, participant_id: uuid.UUID | None = None) -> list[Asked]:
    """The latest first; of one participant, or of all."""
    query = select(PartyRequest).where(PartyRequest.root_id == subject.id)
    if participant_id is not None:
        query = query.where(PartyRequest.participant_id == participant_id)
    rows = list(session.scalars(query.order_by(PartyRequest.at.desc(), PartyRequest.id.desc()).limit(50)))
    names = {p.id: p.name for p in _participants(session, subject)} if rows else {}
    kinds = kinds_of(subject)
    return [
        Asked(row, kinds[row.kind].said if row.kind in kinds else "", names.get(row.participant_id, "")) for row in rows
    ]


def listeners(session: Session, subject: Subject, at: datetime) -> Iterable[uuid.UUID]:
    held = [handler.staff_id for handler in assignment.still_working(session, subject, legal_date(at))]
    return held or messages.heads(session, subject.organisation_id, at)


def _participants(session: Session, subject: Subject) -> Iterable[Participant]:
    module = registry.module_for(subject)
    return module.participants(session, subject) if module.participants else ()


# --- what somebody thought of it


def rate(session: Session, subject: Subject, person: Participant, form: Any, *, by: Actor, at: datetime) -> None:
    """Once; the history says that it happened, not what was said: the handlers read the history."""
    if subject.closed_on is None:
        raise Invalid("clear", "结案以后才能评价。")
    if rated(session, subject.id, person.id):
        raise Invalid("clear", "已经评价过，谢谢。")
    session.add(
        Rating(
            root_id=subject.id,
            participant_id=person.id,
            organisation_id=subject.organisation_id,
            clear=int(form.clear),
            manner=int(form.manner),
            outcome=int(form.outcome),
            text=form.text.strip(),
            at=at,
            by_id=by.id,
        )
    )
    said = {"what": f"{person.name}已作评价", "whose": person.label}
    journal.record(session, subject.id, "rated", said, by=by, at=at, role=role_of(by))


def rated(session: Session, root_id: uuid.UUID, participant_id: uuid.UUID) -> bool:
    found = select(Rating.id).where(Rating.root_id == root_id, Rating.participant_id == participant_id)
    return session.scalar(found) is not None
