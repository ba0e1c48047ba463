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


def completed(t: Teller, c: Cast, case: uuid.UUID) -> None:
    """Whatever is still unfinished of the papers of a case is finalised, signed, sealed and served."""
    open_ones = ("draft", "finalised", "awaiting_signature", "signed", "awaiting_approval")
    waiting = select(Record).where(Record.root_id == case, Record.state.in_(open_ones)).order_by(Record.id)
    for record in t.read(waiting):
        if record.state == "draft":
            t.act(record.id, "finalise", Finalise(original="paper"), c.mediator)
        if record.state in ("draft", "awaiting_signature"):
            _sign(t, c.clerk, record.id)
        if record.needs_seal:
            _seal(t, c, record.id)
        _serve(t, c, record.id)


def signed(t: Teller, c: Cast, case: uuid.UUID, kind: str) -> None:
    """Everybody who must sign does, one after the other."""
    _sign(t, c.mediator, paper(t, case, kind).id)


def sealed_and_served(t: Teller, c: Cast, case: uuid.UUID, kind: str) -> None:
    record = paper(t, case, kind)
    _seal(t, c, record.id)
    _serve(t, c, record.id)


def _sign(t: Teller, by: str, record_id: uuid.UUID) -> None:
    for signer in _now(t, record_id).signers:
        way = "stamp" if signer["name"].endswith("公司") else "paper"
        t.act(record_id, "sign", Sign(signer=signer["key"], way=way), by)


def _seal(t: Teller, c: Cast, record_id: uuid.UUID) -> None:
    t.act(record_id, "approve_seal", ApproveSeal(copies=3), c.head)
    t.act(record_id, "seal", Seal(copies=3), c.keeper)


def _serve(t: Teller, c: Cast, record_id: uuid.UUID) -> None:
    for to in _now(t, record_id).addressees:
        t.act(record_id, "serve", Serve(addressee=to["key"], way="in_person", receiver=to["name"]), c.clerk)


def _now(t: Teller, record_id: uuid.UUID) -> Record:
    return t.read(select(Record).where(Record.id == record_id))[0]
