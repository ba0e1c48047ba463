"""What the people of the stories do with papers: finalise, sign, seal and serve them."""

import json
import random
import uuid

from sqlalchemy import select

from app.seeds.telling import Cast, Teller
from documents import ink
from documents.forms import ApproveSeal, Finalise, Seal
from documents.serving import RecordAttempt, Serve
from documents.signing import Sign, SignAsStaff, SignOnPad
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


def signed_electronically(t: Teller, c: Cast, case: uuid.UUID, kind: str, agents: frozenset[str] = frozenset()) -> None:
    """The parties on the tablet, ``agents`` for those of these keys, the mediator with the own account."""
    record = paper(t, case, kind)
    for signer in record.signers:
        if signer.get("side"):
            strokes, shown = _written(signer["name"]), record.data_sha256 or ""
            form = SignOnPad(
                signer=signer["key"], strokes=strokes, shown_sha256=shown, by_agent=signer["key"] in agents
            )
            t.act(record.id, "sign_on_pad", form, c.mediator)
        else:
            t.act(record.id, "sign_as_staff", SignAsStaff(), c.mediator)


def served_with_trouble(t: Teller, c: Cast, case: uuid.UUID, kind: str) -> None:
    """A person electronically; an enterprise at the second attempt, its front desk signing."""
    record = paper(t, case, kind)
    for to in record.addressees:
        if to["side"] == "applicant":
            serve = Serve(addressee=to["key"], way="electronic", receipt="短信平台显示已送达，本人回复收到")
        else:
            missed = RecordAttempt(addressee=to["key"], reason="前台无人，未能交付")
            t.act(record.id, "record_attempt", missed, c.clerk)
            serve = Serve(addressee=to["key"], receiver="前台", relation="mailroom")
        t.act(record.id, "serve", serve, c.clerk)


def sealed(t: Teller, c: Cast, case: uuid.UUID, kind: str) -> None:
    _seal(t, c, paper(t, case, kind).id)


def _written(name: str) -> str:
    """Strokes such as a pen leaves for a name of so many characters: the same for the same name."""
    lots, strokes, at = random.Random(name), [], 0
    count = min(len(name), 8)
    width = ink.WIDTH // (count + 1)
    for place in range(count):
        for _ in range(4):
            x, y, stroke = width // 2 + place * width, lots.randrange(50, 230), []
            turn, fall = lots.randrange(-3, 9), lots.randrange(-4, 9)
            for step in range(12):
                at += 15
                point = (x + step * width // 16, y + step * turn + (step * step * fall) // 24, at, 380 + 30 * step)
                stroke.append([min(max(point[0], 0), ink.WIDTH), min(max(point[1], 0), ink.HEIGHT), *point[2:]])
            strokes.append(stroke)
            at += 90
    return json.dumps(strokes)


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
