"""改期: a sitting that was arranged is moved to another time or place, after the same look at every clash."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk import messages, outdated, sittings
from casework.desk.forms import Choices
from casework.desk.once import first_time
from casework.desk.pages.asking import ask
from casework.desk.pages.sitting import (
    LEAST_REASON,
    found_of,
    place_of,
    refuse_taken_room,
    refuse_time_and_place,
    rooms_for,
    when,
)
from casework.desk.pages.steps import seen
from casework.desk.sitting_forms import MoveForm
from casework.desk.tables import NOTICE_ANSWERS, NOTICE_WAYS, Sitting
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import redirect
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.module import registry
from workflows.tables import Subject

PATH = "/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/move"


@get(PATH, opt={"action": "note.write"}, sync_to_thread=True)
def move_page(
    request: Request[Any, Any, Any], session: Session, today: date, subject_id: UUID, sitting_id: UUID
) -> Response[Any]:
    subject, held = found_of(session, subject_id, sitting_id)
    known = {
        "starts_at": held.starts_at,
        "ends_at": held.ends_at,
        "room_id": str(held.room_id or ""),
        "place": "" if held.room_id else held.place,
        "video_link": held.video_link,
    }
    choices = Choices({"rooms": rooms_for(session, subject, today)}, registry.words_for(subject))
    return _asking(request, session, subject, held, show(MoveForm, known, choices, today))


@post(PATH, opt={"action": "note.write"}, sync_to_thread=True)
def move_sitting(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
    sitting_id: UUID,
) -> Response[Any]:
    subject, held = found_of(session, subject_id, sitting_id, lock=True)
    choices = Choices({"rooms": rooms_for(session, subject, today)}, registry.words_for(subject))
    try:
        form = parse(MoveForm, posted, choices, today)
        refuse_time_and_place(form, registry.words_for(subject), now)
        if not first_time(session, actor, posted, now):
            return redirect(request, place_of(held))
        _refuse(form, held, subject, str(posted.get("_was", "")), now)
        found = _clashes(session, form, held)
        refuse_taken_room(found)
        doubts = [clash.sentence for clash in found]
        if doubts and (posted.get("_seen") != seen(doubts) or len(form.in_spite.strip()) < LEAST_REASON):
            session.rollback()
            return _doubted(request, session, subject_id, sitting_id, posted, choices, today, doubts)
        return _moved(request, session, actor, subject, held, form, choices, doubts, now)
    except FormErrors as faults:
        return _asking(request, session, subject, held, faults.view, status=faults.view.status)
    except Invalid as fault:
        session.rollback()
        subject, held = found_of(session, subject_id, sitting_id)
        view = shown_again(MoveForm, posted, choices, today, [(fault.field, str(fault))])
        return _asking(request, session, subject, held, view, status=422)


def _moved(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    subject: Subject,
    held: Sitting,
    form: MoveForm,
    choices: Choices,
    doubts: Sequence[str],
    now: datetime,
) -> Response[Any]:
    was = (held.starts_at, messages.where(held))
    told = sittings.move(session, held, **_to(form, choices))
    unreached = messages.moved(session, held, was, told, actor.id, now)
    spite = f"已知{''.join(doubts)}仍照此安排：{form.in_spite.strip()}" if doubts else ""
    text = f"原定{when(was[0])} {was[1]}，改为{when(held.starts_at)} {messages.where(held)}：{form.because.strip()}"
    said = {
        "what": f"第 {held.number} 次{registry.words_for(subject).sitting}改期",
        "text": "。".join(filter(None, (text, _told(told), spite))),
        "from": {"starts_at": was[0].isoformat(), "place": was[1]},
        "to": {"starts_at": held.starts_at.isoformat(), "place": messages.where(held)},
        "href": place_of(held),
    }
    journal.record(session, subject.id, "sitting_moved", said, by=actor, at=now)
    by_hand = f"；{'、'.join(unreached)}收不到短信，另行告知" if unreached else ""
    paper = outdated.names(one.record for one in outdated.of_another_time(session, held))
    to_correct = f"；{paper}写的仍是原定的时间地点，须由负责人更正" if paper else ""
    return redirect(request, place_of(held), f"已改期，正在短信告知新的时间和地点{by_hand}{to_correct}")


def _to(form: MoveForm, choices: Choices) -> dict[str, Any]:
    room = choices.choices("rooms").get(form.room_id, "").partition("（")[0]
    return {
        "starts_at": form.starts_at,
        "ends_at": form.ends_at or form.starts_at + sittings.USUAL_LENGTH,
        "room_id": UUID(form.room_id) if form.room_id else None,
        "place": form.place.strip() or room,
        "video_link": form.video_link.strip(),
    }


def _refuse(form: MoveForm, held: Sitting, subject: Subject, was: str, now: datetime) -> None:
    called = registry.words_for(subject).sitting
    if subject.closed_on is not None:
        raise Invalid("starts_at", f"案件已结案，{called}不再改期。")
    if held.status != "planned":
        raise Invalid("starts_at", f"只有已安排、还没有召开的{called}可以改期；需要再开的，另安排一次。")
    if held.starts_at <= now:
        raise Invalid("starts_at", f"{called}已到开始时间（{when(held.starts_at)}），不能再改期；{sittings.NOT_HELD}")
    if was != _version(held):
        raise Invalid("starts_at", f"这次{called}刚被他人改到{when(held.starts_at)}，核对后再改期。")
    there = UUID(form.room_id) if form.room_id else None
    same = (form.starts_at, there, form.video_link.strip()) == (held.starts_at, held.room_id, held.video_link)
    if same and (there or form.place.strip() == held.place):
        raise Invalid("starts_at", "时间和地点都没有变，不必改期。")


def _clashes(session: Session, form: MoveForm, held: Sitting) -> list[sittings.Clash]:
    return sittings.clashes(
        session,
        starts_at=form.starts_at,
        ends_at=form.ends_at or form.starts_at + sittings.USUAL_LENGTH,
        room_id=UUID(form.room_id) if form.room_id else None,
        host_ids=[held.host_id] if held.host_id else [],
        person_keys=[notice.person_key for notice in held.notices],
        but=held.id,
        people=len(held.notices) + bool(held.host_id),
    )


def _told(told: Sequence[sittings.Told]) -> str:
    """How they had been told of the old time: it says nothing of the new."""
    words = [
        f"{one.notice.name}（{'，'.join(filter(None, (NOTICE_WAYS[one.way], when(one.notified_at), _answer(one))))}）"
        for one in told
        if one.notified_at
    ]
    return f"原定时间已通知{'、'.join(words)}" if words else ""


def _answer(told: sittings.Told) -> str:
    return NOTICE_ANSWERS[told.answer] if told.answer else ""


def _version(held: Sitting) -> str:
    return f"{held.starts_at.isoformat()} {held.ends_at.isoformat()} {held.room_id} {held.place} {held.video_link}"


def _doubted(
    request: Request[Any, Any, Any],
    session: Session,
    subject_id: UUID,
    sitting_id: UUID,
    posted: Any,
    choices: Choices,
    today: date,
    doubts: list[str],
) -> Response[Any]:
    """The clashes first; once they have been read, a reason is asked for."""
    subject, held = found_of(session, subject_id, sitting_id)
    read = posted.get("_seen") == seen(doubts)
    missing = [("in_spite", "写明仍照此安排的理由，不少于四个字。")] if read else []
    view = shown_again(MoveForm, posted, choices, today, missing)
    return _asking(request, session, subject, held, view, doubts, 422 if missing else 409)


def _asking(
    request: Request[Any, Any, Any],
    session: Session,
    subject: Subject,
    held: Sitting,
    view: FormView,
    doubts: Sequence[str] = (),
    status: int = 200,
) -> Response[Any]:
    words = registry.words_for(subject)
    return ask(
        request,
        f"第 {held.number} 次{words.sitting}改期",
        view if doubts else view.without("in_spite"),
        action=f"{place_of(held)}/move",
        back=place_of(held),
        label="仍照此改期" if doubts else "改期并告知所有人",
        subject=subject,
        hint=f"原定{when(held.starts_at)}，{messages.where(held)}。改期后，对原定时间的通知和答复不再有效，须重新通知。"
        f"{_paper(session, held)}",
        doubts=doubts,
        hidden={"_was": _version(held), **({"_seen": seen(doubts)} if doubts else {})},
        status=status,
    )


def _paper(session: Session, held: Sitting) -> str:
    """A notice already issued stays as it is: what it needs once the sitting has been moved."""
    paper = outdated.names(outdated.notices(session, held))
    return f"已经出具的{paper}不随改期变动：改期后由负责人更正，另以新文号出具、用印、送达。" if paper else ""


routes = (move_page, move_sitting)
