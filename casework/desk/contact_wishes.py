"""How participants want to be reached (安全联系方式): not at work, not by telephone, not by text."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.tables import CONTACT_WISHES, ContactWish
from union.roles import PARTY
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.module import Participant
from workflows.tables import Subject

NO_TEXTS = "当事人要求不发短信，改用电话或者书面通知。"


def wish(session: Session, subject: Subject, person: Participant, chosen: str, *, by: Actor, at: datetime) -> None:
    """From now on; earlier wishes stay in the history."""
    if chosen not in CONTACT_WISHES:
        raise Invalid("wish", "选择怎样联系。")
    session.add(ContactWish(root_id=subject.id, participant_id=person.id, wish=chosen, at=at, by_id=by.id))
    said = {
        "what": f"{person.name}的安全联系方式：{CONTACT_WISHES[chosen]}",
        "whose": person.label,
        "proof": through_agent(by),
    }
    journal.record(session, subject.id, "contact_wish", said, by=by, at=at, role=role_of(by))


def wishes(session: Session, root_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """The wish in force of each participant who has one; ``any`` is none."""
    query = select(ContactWish).where(ContactWish.root_id == root_id).order_by(ContactWish.at, ContactWish.id)
    latest = {row.participant_id: row.wish for row in session.scalars(query)}
    return {person: chosen for person, chosen in latest.items() if chosen != "any"}


def wants_no_texts(session: Session, root_id: uuid.UUID, participant_id: object) -> bool:
    return any(person == participant_id and chosen == "no_texts" for person, chosen in wishes(session, root_id).items())


def through_agent(actor: Actor) -> str:
    """What the history says where it was the agent who sat there."""
    return f"代理人{actor.agent.name}网上办理" if actor.agent is not None else ""


def role_of(actor: Actor) -> str:
    """The role a participant writes in; staff who write it down have none of theirs named."""
    return PARTY.id if PARTY.id in actor.roles else ""
