"""What the people of the stories do with papers: finalise, sign, seal and serve them."""

import uuid

from sqlalchemy import select

from app.seeds.telling import Cast, Teller
from documents.forms import ApproveSeal, Finalise, Seal, Serve, Sign
from documents.tables import Record


def paper(t: Teller, case: uuid.UUID, kind: str) -> Record:
    """The newest record of that kind on the case."""
    return t.read(select(Record).where(Record.root_id == case, Record.kind_id == kind).order_by(Record.id))[-1]


def finalised(t: Teller, c: Cast, case: uuid.UUID, kind: str) -> None:
    t.act(paper(t, case, kind).id, "finalise", Finalise(original="paper"), c.mediator)


def minutes_signed(t: Teller, c: Cast, case: uuid.UUID) -> None:
    """The minutes, and the side minutes where something was said without prejudice."""
    waiting = select(Record.kind_id).where(Record.root_id == case, Record.state == "awaiting_signature")
    for kind in t.read(waiting):
        if kind in ("session_minutes", "side_minutes"):
            signed(t, c, case, kind)


def signed(t: Teller, c: Cast, case: uuid.UUID, kind: str) -> None:
    """Everybody who must sign does, one after the other."""
    record = paper(t, case, kind)
    for signer in record.signers:
        way = "stamp" if signer["name"].endswith("公司") else "paper"
        t.act(record.id, "sign", Sign(signer=signer["key"], way=way), c.mediator)


def sealed_and_served(t: Teller, c: Cast, case: uuid.UUID, kind: str) -> None:
    record = paper(t, case, kind)
    t.act(record.id, "approve_seal", ApproveSeal(copies=3), c.head)
    t.act(record.id, "seal", Seal(copies=3), c.keeper)
    for addressee in record.addressees:
        t.act(
            record.id, "serve", Serve(addressee=addressee["key"], way="in_person", receiver=addressee["name"]), c.clerk
        )
