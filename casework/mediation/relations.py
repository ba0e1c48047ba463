"""How an actor may stand to a mediation, as conditions over ``subjects``."""

from sqlalchemy import ColumnElement, and_, exists, or_

from casework.mediation.tables import CaseParty
from workflows.actor import Actor
from workflows.tables import Subject


def party(actor: Actor) -> ColumnElement[bool]:
    """The actor is a party to the case: the very entry there, or the person entered."""
    same_person = and_(CaseParty.person_id == actor.person_id, CaseParty.person_id.is_not(None))
    return exists().where(
        CaseParty.case_id == Subject.root_id,
        or_(CaseParty.id == actor.id, same_person),
        CaseParty.moved_to_id.is_(None),
    )
