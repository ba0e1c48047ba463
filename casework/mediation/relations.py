"""How an actor may stand to a mediation, as conditions over ``subjects``."""

from sqlalchemy import ColumnElement, exists

from casework.mediation.tables import CaseParty
from workflows.actor import Actor
from workflows.tables import Subject


def party(actor: Actor) -> ColumnElement[bool]:
    """The actor is a party to the case, as the person entered there."""
    return exists().where(
        CaseParty.case_id == Subject.root_id,
        CaseParty.person_id == actor.person_id,
        CaseParty.person_id.is_not(None),
        CaseParty.moved_to_id.is_(None),
    )
