"""What a party to any kind of case may do beside the steps of its procedure: hand in materials, say something, be reached safely."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import archive, contact_wishes, evidence, party_requests
from casework.desk.forms import pick
from casework.desk.tables import CONTACT_WISHES, RATINGS
from union.roles import PARTY
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.form import Attachment
from workflows.module import Participant, registry
from workflows.parties import PartyAct, RequestKind
from workflows.tables import Subject, legal_date
from workflows.words import Material, Words

CAMERA_OR_FILE = {"accept": "image/*,application/pdf", "required": False}


@cache
def hand_in_form(words: Words) -> type[msgspec.Struct]:
    """One place for each kind of material the module asks of its parties, so that a photograph needs no further words."""
    places = [m for m in evidence.materials(words).values() if m.from_parties]

    def somewhere(form: Any) -> None:
        if not any(getattr(form, m.id) for m in places):
            raise ValueError(f"{places[0].id}: 在对应的一栏拍照或者选文件。")

    fields: list[tuple[str, Any, Any]] = [(m.id, Annotated[list[Attachment], _place(m)], []) for m in places]
    purpose = ("purpose", Annotated[str, Meta(title="要说明什么", max_length=500)], "")
    return msgspec.defstruct("HandIn", [*fields, purpose], kw_only=True, namespace={"__post_init__": somewhere})


def _place(material: Material) -> Meta:
    return Meta(title=material.label, description=material.hint or "拍照或者选文件，可以选几张", extra=CAMERA_OR_FILE)


class Wish(msgspec.Struct, kw_only=True):
    wish: Annotated[str, pick("怎样联系你", CONTACT_WISHES, widget="radio", required=True)]


QUESTIONS = ("事情讲得清楚吗", "对你的态度怎么样", "对结果满意吗")
CLEAR, MANNER, OUTCOME = (pick(question, RATINGS, widget="radio", required=True) for question in QUESTIONS)


class Rate(msgspec.Struct, kw_only=True):
    clear: Annotated[str, CLEAR]
    manner: Annotated[str, MANNER]
    outcome: Annotated[str, OUTCOME]
    text: Annotated[str, Meta(title="还想说什么", max_length=1000)] = ""


def acts(session: Session, subject: Subject, facts: Any, actor: Actor) -> list[PartyAct]:
    """Those of this moment; what is in the archive takes no more materials.

    An agent has the matter in hand, not the person: how to be reached, one's data and one's opinion are one's own.
    """
    me = actor.id
    assert me is not None
    found = [
        _requesting(name, kind) for name, kind in party_requests.kinds_of(subject).items() if kind.offered(facts, me)
    ]
    if actor.agent is not None:
        found = [act for act in found if act.name not in PERSONAL]
    filed = archive.filed_on(session, subject.id) is not None
    closed = actor.agent is None and subject.closed_on is not None and not party_requests.rated(session, subject.id, me)
    return [
        *([] if filed else [_handing_in(subject)]),
        *found,
        *([] if actor.agent else [SAFE]),
        *([RATE] if closed else []),
    ]


PERSONAL = ("correction", "deletion")


def every_act(subject: Subject) -> list[PartyAct]:
    """All there can be, whatever the moment."""
    return [
        _handing_in(subject),
        SAFE,
        RATE,
        *(_requesting(name, kind) for name, kind in party_requests.kinds_of(subject).items()),
    ]


def person_of(session: Session, subject: Subject, actor: Actor) -> Participant:
    module = registry.module_for(subject)
    people = module.participants(session, subject) if module.participants else ()
    found = next((p for p in people if p.id == actor.id), None)
    if found is None:
        raise Unknown()
    return found


def _hand_in(session: Session, subject: Subject, actor: Actor, form: Any, at: datetime) -> None:
    archive.refuse_when_filed(session, subject.id)
    me = person_of(session, subject, actor)
    for material in evidence.materials(registry.words_for(subject)).values():
        evidence.take_in(
            session,
            subject.id,
            getattr(form, material.id, ()),
            by=actor,
            at=at,
            received_on=legal_date(at),
            title=material.label,
            kind=material.id,
            handed_in_by=f"{me.name}（代理人{actor.agent.name}）" if actor.agent else me.name,
            party_id=me.id,
            purpose=form.purpose,
            role=PARTY.id,
        )
    party_requests.tell_handlers(session, subject, f"{me.name}补交了材料", by=actor, at=at)


def _wish(session: Session, subject: Subject, actor: Actor, form: Wish, at: datetime) -> None:
    contact_wishes.wish(session, subject, person_of(session, subject, actor), form.wish, by=actor, at=at)


def _rate(session: Session, subject: Subject, actor: Actor, form: Rate, at: datetime) -> None:
    party_requests.rate(session, subject, person_of(session, subject, actor), form, by=actor, at=at)


def _handing_in(subject: Subject) -> PartyAct:
    return PartyAct(
        "hand-in",
        "补材料",
        hand_in_form(registry.words_for(subject)),
        lambda facts, me: True,
        "已收到你的材料",
        write=_hand_in,
        by_clerk="evidence/new",
        button="交给承办人",
        icon="camera",
        hint="照片里的拍摄位置会去掉。材料由承办人保管，另一方要看的，由承办人依法处理。",
    )


def _requesting(name: str, kind: RequestKind) -> PartyAct:
    def ask(session: Session, subject: Subject, actor: Actor, form: Any, at: datetime) -> None:
        me = person_of(session, subject, actor)
        proof = contact_wishes.through_agent(actor)
        party_requests.ask(session, subject, me, name, form.text, by=actor, at=at, proof=proof)

    return PartyAct(
        name,
        kind.label,
        party_requests.Say if kind.needs_words else party_requests.SayMore,
        lambda facts, me: True,
        "已告诉承办人，答复后在这里看到",
        write=ask,
        by_clerk="requests/new",
        button="告诉承办人",
        icon=kind.icon,
        hint=kind.hint,
    )


SAFE = PartyAct(
    "safe-contact",
    "安全联系方式",
    Wish,
    lambda facts, me: True,
    "以后照这样联系你",
    write=_wish,
    by_clerk="wishes/new",
    icon="phone-off",
)
RATE = PartyAct(
    "rate",
    "评价",
    Rate,
    lambda facts, me: True,
    "谢谢你的评价",
    write=_rate,
    by_clerk="ratings/new",
    icon="star",
    hint="评价由负责人看，承办人看不到是谁写的。",
)
