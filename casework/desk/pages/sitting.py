"""调解会: arranged after a look at every clash, kept with attendance and minutes that save themselves while typed."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk import drafts, sittings
from casework.desk.assignment import handlers
from casework.desk.forms import Choices, HeldForm, SittingForm
from casework.desk.once import first_time
from casework.desk.pages.asking import ask, participants, people_choices, root_of
from casework.desk.pages.steps import CASE_PAGE, new_key, seen
from casework.desk.tables import NOTICE_WAYS, SITTING_STATUS, Sitting
from web.filters import cn_time
from web.forms import FormErrors, parse, show, shown_again
from web.pages import HTML, page, redirect
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.tables import SHANGHAI, Subject


@get("/subjects/{subject_id:uuid}/sittings/new", opt={"action": "note.write"}, sync_to_thread=True)
def sitting_new(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, subject_id: UUID
) -> Response[Any]:
    subject = root_of(session, subject_id)
    choices = _choices(session, subject, actor, today)
    invited = [{"who": str(p.id), "way": "phone"} for p in participants(session, subject)[:20]]
    known = {"notices": invited, "mediator": str(actor.id)}
    return _planning(request, subject, show(SittingForm, known, choices, today))


@post("/subjects/{subject_id:uuid}/sittings/new", opt={"action": "note.write"}, sync_to_thread=True)
def plan_sitting(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
) -> Response[Any]:
    subject = root_of(session, subject_id)
    choices = _choices(session, subject, actor, today)
    try:
        form = parse(SittingForm, posted, choices, today)
        _refuse(form, now)
    except FormErrors as faults:
        return _planning(request, subject, faults.view, status=faults.view.status)
    except Invalid as fault:
        view = shown_again(SittingForm, posted, choices, today, [(fault.field, str(fault))])
        return _planning(request, subject, view, status=422)
    invited = _invited(session, subject, form)
    found = _clashes(session, form, invited)
    if found and posted.get("_seen") != seen(found):
        view = shown_again(SittingForm, posted, choices, today)
        return _planning(request, subject, view, found, status=409)
    if not first_time(session, actor, posted, now):
        return redirect(request, f"/subjects/{subject.id}")
    room = choices.choices("rooms").get(form.room, "")
    held = sittings.plan(
        session,
        subject.id,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        room_id=UUID(form.room) if form.room else None,
        place=form.place or room,
        video_link=form.video_link,
        mediator_id=UUID(form.mediator) if form.mediator else None,
        invited=invited,
        by=actor.id,
        at=now,
    )
    said = {
        "what": f"安排第 {held.number} 次调解会",
        "text": f"{_when(held.starts_at)} {held.place or '视频'}。{_told(invited)}" + _in_spite(found),
        "href": f"/subjects/{subject.id}/sittings/{held.id}",
    }
    journal.record(session, subject.id, "sitting_planned", said, by=actor, at=now)
    return redirect(request, f"/subjects/{subject.id}/sittings/{held.id}", "已安排调解会")


@get("/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}", opt={"action": "note.write"}, sync_to_thread=True)
def sitting_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, subject_id: UUID, sitting_id: UUID
) -> Response[Any]:
    subject, held = _found(session, subject_id, sitting_id)
    known = _typed_before(session, actor, held) | {
        "rights_told": held.rights_told,
        "read_back": held.read_back,
        "outcome": held.outcome,
        "status": held.status if held.status != "planned" else "held",
        "adjourned_because": held.adjourned_because,
        "attendance": _attendance(session, subject, held),
    }
    choices = people_choices(session, subject)
    return _holding(request, subject, held, show(HeldForm, known, choices, today))


@post("/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}", opt={"action": "note.write"}, sync_to_thread=True)
def hold_sitting(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
    sitting_id: UUID,
) -> Response[Any]:
    subject, held = _found(session, subject_id, sitting_id)
    choices = people_choices(session, subject)
    try:
        form = parse(HeldForm, posted, choices, today)
        _refuse_held(form, held, subject, now)
    except FormErrors as faults:
        return _holding(request, subject, held, faults.view, faults.view.status)
    except Invalid as fault:
        view = shown_again(HeldForm, posted, choices, today, [(fault.field, str(fault))])
        return _holding(request, subject, held, view, 422)
    if not first_time(session, actor, posted, now):
        return redirect(request, f"/subjects/{subject.id}")
    _write(session, subject, held, form)
    drafts.discard(session, actor, f"minutes:{held.id}")
    label = SITTING_STATUS[form.status]
    said = {
        "what": f"第 {held.number} 次调解会：{label}",
        "text": "；".join(filter(None, (form.outcome, form.adjourned_because, _who_came(held)))),
        "href": f"/subjects/{subject.id}/sittings/{held.id}",
    }
    entry = "sitting_cancelled" if form.status == "cancelled" else "sitting_held"
    journal.record(session, subject.id, entry, said, by=actor, at=now)
    if form.read_back:
        text = {"text": f"第 {held.number} 次调解会的笔录"}
        journal.record(session, subject.id, "read_back", text, by=actor, at=now)
    return redirect(request, f"/subjects/{subject.id}", "已保存调解会记录")


@post("/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/draft", opt={"action": "note.write"}, sync_to_thread=True)
def keep_minutes(
    session: Session, actor: Actor, now: datetime, posted: Any, subject_id: UUID, sitting_id: UUID
) -> Response[Any]:
    """The minutes while they are typed: the writer's own until saved."""
    _found(session, subject_id, sitting_id)
    typed = {name: str(posted.get(name, ""))[:20000] for name in ("open_minutes", "without_prejudice_minutes")}
    drafts.keep(session, actor, f"minutes:{sitting_id}", json.dumps(typed, ensure_ascii=False), now)
    return Response(f"草稿已保存 {cn_time(now)}", status_code=200, media_type=HTML)


def _choices(session: Session, subject: Subject, actor: Actor, today: date) -> Choices:
    named = {str(h.staff_id): h.name for h in handlers(session, subject.id, today)}
    rooms = {str(room.id): room.name for room in sittings.rooms(session, today)}
    return people_choices(session, subject, rooms=rooms, mediators={**named, str(actor.id): actor.name})


def _refuse(form: SittingForm, now: datetime) -> None:
    if form.starts_at < now:
        raise Invalid("starts_at", "开始时间已经过去，改为今后的时间。")
    if form.ends_at is not None and form.ends_at <= form.starts_at:
        raise Invalid("ends_at", "结束时间须晚于开始时间。")
    if not (form.room or form.place.strip() or form.video_link.strip()):
        raise Invalid("place", "选择调解室、填写地点，或者填写视频会议号。")
    for number, notice in enumerate(form.notices):
        if notice.notified_at is not None and notice.notified_at > now:
            raise Invalid(f"notices-{number}-notified_at", "通知时间不能晚于现在。")


def _refuse_held(form: HeldForm, held: Sitting, subject: Subject, now: datetime) -> None:
    if subject.closed_on is not None:
        raise Invalid("open_minutes", "案件已结案，调解会记录不能再改动；有误的写一条记录说明。")
    if held.read_back and (not form.read_back or form.open_minutes.strip() != held.open_minutes.strip()):
        raise Invalid("open_minutes", "笔录已宣读或者交阅，不能再改动；需要补充的另安排一次调解会或者写一条记录。")
    if form.status == "held" and held.starts_at > now:
        raise Invalid("status", "调解会还没有到开始时间，不能登记为已召开。")
    if form.status != "held" and len(form.adjourned_because.strip()) < 2:
        raise Invalid("adjourned_because", "写明延期或者取消的原因。")
    if form.read_back and not form.open_minutes.strip():
        raise Invalid("read_back", "笔录还是空的，不能登记为已宣读。")


def _invited(session: Session, subject: Subject, form: SittingForm) -> list[sittings.Invited]:
    known = {str(p.id): p for p in participants(session, subject)}
    invited = []
    for notice in form.notices:
        person = known.get(notice.who)
        party_id = person.id if person and isinstance(person.id, UUID) else None
        name, key = (person.name, person.key) if person else ("其他人", "")
        invited.append(sittings.Invited(party_id, name, notice.way, notice.notified_at, key))
    return invited


def _clashes(session: Session, form: SittingForm, invited: list[sittings.Invited]) -> list[str]:
    found = sittings.clashes(
        session,
        starts_at=form.starts_at,
        ends_at=form.ends_at or form.starts_at + sittings.USUAL_LENGTH,
        room_id=UUID(form.room) if form.room else None,
        mediator_ids=[UUID(form.mediator)] if form.mediator else [],
        person_keys=[person.key for person in invited],
    )
    return [clash.sentence for clash in found]


def _found(session: Session, subject_id: UUID, sitting_id: UUID) -> tuple[Subject, Sitting]:
    subject = root_of(session, subject_id)
    held = sittings.sitting(session, sitting_id, subject.id)
    if held is None:
        raise Unknown()
    return subject, held


def _typed_before(session: Session, actor: Actor, held: Sitting) -> dict[str, Any]:
    """The draft of this writer, or what was saved."""
    kept = drafts.draft(session, actor, f"minutes:{held.id}")
    saved = {
        "open_minutes": held.open_minutes,
        "without_prejudice_minutes": held.without_prejudice_minutes,
    }
    return saved | (json.loads(kept) if kept else {})


def _attendance(session: Session, subject: Subject, held: Sitting) -> list[dict[str, Any]]:
    if held.attendance:
        return [
            {"who": str(a.party_id or "other"), "came": "yes" if a.came else "no", "through": a.through}
            for a in held.attendance
        ]
    invited = [notice.party_id for notice in held.notices if notice.party_id]
    return [{"who": str(party), "came": "yes", "through": ""} for party in invited]


def _write(session: Session, subject: Subject, held: Sitting, form: HeldForm) -> None:
    held.rights_told, held.read_back, held.outcome = form.rights_told, form.read_back, form.outcome
    held.open_minutes = form.open_minutes
    held.without_prejudice_minutes = form.without_prejudice_minutes
    held.status, held.adjourned_because = form.status, form.adjourned_because
    known = {str(p.id): p for p in participants(session, subject)}
    sittings.seat(
        session,
        held,
        [
            (
                known[a.who].id if a.who in known else None,
                known[a.who].name if a.who in known else "其他人",
                a.came == "yes",
                a.through,
            )
            for a in form.attendance
        ],
    )
    session.refresh(held, ["attendance"])


def _who_came(held: Sitting) -> str:
    came = "、".join(a.name + (f"（{a.through}代）" if a.through else "") for a in held.attendance if a.came)
    missing = "、".join(a.name for a in held.attendance if not a.came)
    return "；".join(filter(None, (f"到会：{came}" if came else "", f"未到：{missing}" if missing else "")))


def _when(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _told(invited: list[sittings.Invited]) -> str:
    told = [f"{p.name}（{NOTICE_WAYS.get(p.way, p.way)}）" for p in invited if p.notified_at]
    rest = [p.name for p in invited if not p.notified_at]
    said = [f"已通知{'、'.join(told)}"] if told else []
    return "；".join(said + ([f"待通知{'、'.join(rest)}"] if rest else [])) or "尚未通知"


def _in_spite(found: list[str]) -> str:
    return f"已知时间冲突仍照此安排：{''.join(found)}" if found else ""


def _planning(
    request: Request[Any, Any, Any], subject: Subject, view: Any, doubts: list[str] | None = None, status: int = 200
) -> Response[Any]:
    home = f"/subjects/{subject.id}"
    return ask(
        request,
        "安排调解会",
        view,
        action=f"{home}/sittings/new",
        back=home,
        label="保存安排",
        subject=subject,
        hint="保存前核对主持人、调解室和当事人在该时间有没有其他安排。",
        doubts=doubts or (),
        hidden={"_seen": seen(doubts)} if doubts else None,
        status=status,
    )


def _holding(
    request: Request[Any, Any, Any], subject: Subject, held: Sitting, view: Any, status: int = 200
) -> Response[Any]:
    return page(
        request,
        "desk/sitting.html",
        status=status,
        headers=CASE_PAGE,
        nav="",
        subject=subject,
        sitting=held,
        form=view,
        key=new_key(),
        status_label=SITTING_STATUS[held.status],
        ways=NOTICE_WAYS,
    )
