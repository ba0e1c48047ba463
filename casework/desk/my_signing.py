"""What a party may sign on its own telephone: its own name, over the words shown, with the end of its identity number."""

import uuid
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from documents import ink
from documents.record import facts_of, is_not_begun_on_paper
from documents.record import record as life
from documents.signing import SignOnPad, signers_on_pad
from documents.tables import Record
from union.sessions import Patience, attempt_key, count_attempt, forget_attempts, in_words
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.fire import fire
from workflows.module import registry
from workflows.tables import Subject

ON_PAD = life.transition_by_trigger["sign_on_pad"]
SHOWN_DIGITS = 4
GUESSES = Patience("sign-identity", 4, timedelta(minutes=10), timedelta(seconds=30))


class OwnSignature(msgspec.Struct, kw_only=True):
    identity: Annotated[
        str, Meta(title="你的身份证号后四位", description="核对是不是本人，末位是 X 的写 X", min_length=4, max_length=4)
    ]
    strokes: Annotated[
        str, Meta(title="签名", max_length=ink.LONGEST, extra={"widget": "hidden", "required": False})
    ] = ""
    shown_sha256: Annotated[str, Meta(title="所示内容的摘要", extra={"widget": "hidden", "required": False})] = ""


def to_sign(session: Session, subject: Subject, actor: Actor) -> list[Record]:
    """The records that wait for this very person, who has agreed to sign electronically and whose identity can be asked."""
    if actor.agent is not None or not _identity(session, subject, actor):
        return []
    waiting = select(Record).where(Record.root_id == subject.id, Record.state == "awaiting_signature")
    found = []
    for record in session.scalars(waiting.order_by(Record.opened_on, Record.id)):
        seen = facts_of(session, record, by=actor)
        if record.pdf_sha256 and str(actor.id) in signers_on_pad(seen) and is_not_begun_on_paper.check(seen):
            found.append(record)
    return found


def sign(
    session: Session, subject: Subject, record: Record, form: OwnSignature, *, by: Actor, at: datetime, key: str
) -> None:
    """Once the person has shown who it is; the guess is counted and committed first."""
    attempts = attempt_key(GUESSES.kind, str(by.id))
    wait = count_attempt(session, GUESSES, attempts, at)
    session.commit()
    if wait:
        raise Invalid("identity", f"核对过于频繁，{in_words(wait)}后再试。")
    if form.identity.strip().upper() != _identity(session, subject, by)[-SHOWN_DIGITS:].upper():
        raise Invalid("identity", "与登记的身份证号后四位不一致，核对后重填。登记有误的，打承办电话。")
    filed = SignOnPad(signer=str(by.id), strokes=form.strokes, shown_sha256=form.shown_sha256)
    fire(session, record.id, ON_PAD.trigger, filed, by=by, at=at, key=key)
    forget_attempts(session, attempts)


def _identity(session: Session, subject: Subject, actor: Actor) -> str:
    reveal = registry.module_for(subject).reveal
    assert isinstance(actor.id, uuid.UUID)
    return (reveal(session, subject, actor.id, "id_number") if reveal else None) or ""
