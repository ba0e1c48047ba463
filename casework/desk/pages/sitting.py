"""Sittings: arranged after a look at every clash, people told, minutes that save themselves, read back person by person."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import archive, drafts, messages, minutes, outdated, reading, sittings
from casework.desk.assignment import handlers
from casework.desk.forms import Choices
from casework.desk.once import first_time
from casework.desk.pages.asking import ask, participants, people_choices, root_of
from casework.desk.pages.steps import CASE_PAGE, new_key, seen
from casework.desk.sitting_forms import HeldForm, MoveForm, NoticeForm, ReadBackForm, SittingForm
from casework.desk.tables import (
    CONFIRMATIONS,
    MESSAGE_STATUS,
    NOTICE_ANSWERS,
    NOTICE_WAYS,
    SITTING_STATUS,
    Evidence,
    Message,
    Sitting,
    SittingNotice,
)
from union.people import Staff
from web.filters import cn_time
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import HTML, page, redirect, wants_fragment
from workflows import journal
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.module import registry
from workflows.tables import SHANGHAI, Subject
from workflows.words import Words

LEAST_REASON = 4


@get("/subjects/{subject_id:uuid}/sittings/new", opt={"action": "note.write"}, sync_to_thread=True)
def sitting_new(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, subject_id: UUID, after: str = ""
) -> Response[Any]:
    """An empty arrangement, or after an adjournment the people, room and host of the sitting before."""
    subject = root_of(session, subject_id)
    choices = _choices(session, subject, actor, today)
    former = sittings.sitting(session, _id(after), subject.id)
    people = {str(n.party_id) for n in former.notices if n.party_id} if former else set()
    invited = [
        {"who": str(p.id), "way": "phone"} for p in participants(session, subject) if not people or str(p.id) in people
    ]
    known: dict[str, Any] = {"notices": invited[:20], "host": str(actor.id)}
    if former is not None:
        known |= {"room_id": str(former.room_id or ""), "place": "" if former.room_id else former.place}
        known |= {"video_link": former.video_link, "host": str(former.host_id or actor.id)}
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
    archive.refuse_when_filed(session, subject.id)
    choices = _choices(session, subject, actor, today)
    try:
        form = parse(SittingForm, posted, choices, today)
        refuse_time_and_place(form, registry.words_for(subject), now)
        _refuse_early_notice(form, now)
        invited = _invited(session, subject, form)
        found = _clashes(session, form, invited)
        refuse_taken_room(found)
        doubts = [clash.sentence for clash in found]
        if doubts and (posted.get("_seen") != seen(doubts) or len(form.in_spite.strip()) < LEAST_REASON):
            return _doubted(request, subject, posted, choices, today, doubts)
        if not first_time(session, actor, posted, now):
            return redirect(request, f"/subjects/{subject.id}")
        held = _plan(session, subject, actor, form, choices, invited, now)
    except FormErrors as faults:
        return _planning(request, subject, faults.view, status=faults.view.status)
    except Invalid as fault:
        session.rollback()
        view = shown_again(SittingForm, posted, choices, today, [(fault.field, str(fault))])
        return _planning(request, subject, view, status=422)
    called = registry.words_for(subject).sitting
    sent = [n for n in held.notices if n.way == sittings.BY_SMS and n.notified_at is None and n.party_id]
    for row in sent:
        messages.invite(session, subject.id, row.id, now)
    said = {
        "what": f"安排第 {held.number} 次{called}",
        "text": f"{when(held.starts_at)} {held.place or '视频'}。{_told(invited)}" + _in_spite(doubts, form.in_spite),
        "href": f"/subjects/{subject.id}/sittings/{held.id}",
    }
    journal.record(session, subject.id, "sitting_planned", said, by=actor, at=now)
    promised = f"，正在向 {len(sent)} 人发送短信" if sent else ""
    return redirect(request, f"/subjects/{subject.id}/sittings/{held.id}", f"已安排{called}{promised}")


# --- who is told


@get(
    "/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/notices/{notice_id:uuid}",
    opt={"action": "note.write"},
    sync_to_thread=True,
)
def notice_page(
    request: Request[Any, Any, Any], session: Session, today: date, subject_id: UUID, sitting_id: UUID, notice_id: UUID
) -> Response[Any]:
    subject, held, row = _notice(session, subject_id, sitting_id, notice_id)
    known = {
        "way": row.way,
        "notified_at": row.notified_at,
        "proof": row.proof,
        "evidence": str(row.evidence_id or ""),
        "answer": row.answer,
    }
    return _telling(request, subject, held, row, show(NoticeForm, known, _evidence(session, subject), today))


@post(
    "/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/notices/{notice_id:uuid}",
    opt={"action": "note.write"},
    sync_to_thread=True,
)
def write_notice(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    subject_id: UUID,
    sitting_id: UUID,
    notice_id: UUID,
) -> Response[Any]:
    subject, held, row = _notice(session, subject_id, sitting_id, notice_id)
    choices = _evidence(session, subject)
    try:
        form = parse(NoticeForm, posted, choices, today)
        _refuse_notice(form, held, row, registry.words_for(subject).sitting, now)
    except FormErrors as faults:
        return _telling(request, subject, held, row, faults.view, faults.view.status)
    except Invalid as fault:
        view = shown_again(NoticeForm, posted, choices, today, [(fault.field, str(fault))])
        return _telling(request, subject, held, row, view, 422)
    home = f"/subjects/{subject.id}/sittings/{held.id}"
    if not first_time(session, actor, posted, now):
        return redirect(request, home)
    row.way, row.notified_at, row.proof = form.way, form.notified_at, form.proof.strip()
    row.evidence_id = UUID(form.evidence) if form.evidence else None
    new_answer = bool(form.answer) and form.answer != row.answer
    row.answer, row.answered = form.answer, bool(form.answer)
    called = registry.words_for(subject).sitting
    by_sms = form.way == sittings.BY_SMS and form.notified_at is None
    if by_sms:
        messages.invite(session, subject.id, row.id, now)
    outcome = "已交系统发送短信" if by_sms else f"{when(form.notified_at)}已通知" if form.notified_at else "尚未通知"
    parts = (outcome, NOTICE_ANSWERS[form.answer] if form.answer else "", form.proof.strip())
    said = {
        "what": f"{NOTICE_WAYS[form.way]}通知{row.name}到第 {held.number} 次{called}",
        "text": "；".join(filter(None, parts)),
        "href": home,
    }
    journal.record(session, subject.id, "sitting_notice", said, by=actor, at=now)
    if new_answer:  # the act of the participant, written down for it
        what = f"{row.name}答复第 {held.number} 次{called}：{NOTICE_ANSWERS[form.answer]}"
        answer = {"what": what, "way": form.way, "proof": row.proof, "href": home}
        journal.record(session, subject.id, "sitting_answer", answer, by=actor, at=now)
    return redirect(request, home, "正在发送短信，送达情况稍后显示" if by_sms else "已登记通知情况")


# --- held


@get("/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}", opt={"action": "note.write"}, sync_to_thread=True)
def sitting_page(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    subject_id: UUID,
    sitting_id: UUID,
) -> Response[Any]:
    subject, held = found_of(session, subject_id, sitting_id)
    reading.saw(request.app.state.database.sessions, subject.id, actor, now)
    typed, beside = _typed_before(session, actor, held)
    known = typed | {
        "rights_told": held.rights_told,
        "outcome": held.outcome,
        "status": held.status if held.status != "planned" else "held",
        "adjourned_because": held.adjourned_because,
        "attendance": _attendance(held),
    }
    choices = people_choices(session, subject)
    return _holding(request, session, subject, held, show(HeldForm, known, choices, today), beside=beside)


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
    subject, held = found_of(session, subject_id, sitting_id, lock=True)
    choices = people_choices(session, subject)
    try:
        form = parse(HeldForm, posted, choices, today)
        came = _came(session, subject, form)
        _refuse_held(form, held, subject, came, now)
        sittings.refuse_status(session, held, form.status, now)
    except FormErrors as faults:
        return _holding(request, session, subject, held, faults.view, faults.view.status)
    except Invalid as fault:
        view = shown_again(HeldForm, posted, choices, today, [(fault.field, str(fault))])
        return _holding(request, session, subject, held, view, 422)
    if not first_time(session, actor, posted, now):
        return redirect(request, f"/subjects/{subject.id}")
    if held.read_back:  # nothing was changed, or it would have been refused
        return redirect(request, place_of(held), "笔录已核对，没有改动")
    if posted.get("_version") != sittings.version(held):
        session.rollback()
        subject, held = found_of(session, subject_id, sitting_id)
        view = shown_again(HeldForm, posted, choices, today)
        return _holding(request, session, subject, held, view, 409, saved=_saved(session, held, form, came))
    called = registry.words_for(subject).sitting
    was_planned = held.status == "planned"
    sittings.mark(held, form.status, now)
    _write(session, held, form, [] if held.called_off else came)  # nobody came to what had not begun
    unreached = messages.call_off(session, held, actor.id, now) if was_planned and held.called_off else []
    held.written_by, held.written_at = actor.id, now
    drafts.discard(session, actor, place_of(held))
    said = {
        "what": f"第 {held.number} 次{called}：{SITTING_STATUS[form.status]}",
        "text": "；".join(filter(None, (form.outcome, form.adjourned_because, _who_came(held)))),
        "href": place_of(held),
    }
    entry = "sitting_cancelled" if form.status == "cancelled" else "sitting_held"
    journal.record(session, subject.id, entry, said, by=actor, at=now)
    by_hand = f"；{'、'.join(unreached)}收不到短信，另行告知" if unreached else ""
    if form.status == "adjourned":
        text = f"已登记延期{by_hand}，接着安排下一次"
        return redirect(request, f"/subjects/{subject.id}/sittings/new?after={held.id}", text)
    to_check = form.status == "held" and held.open_minutes and not held.read_back
    return redirect(request, place_of(held) if to_check else f"/subjects/{subject.id}", f"已保存{called}记录{by_hand}")


@post("/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/draft", opt={"action": "note.write"}, sync_to_thread=True)
def keep_minutes(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    posted: Any,
    subject_id: UUID,
    sitting_id: UUID,
) -> Response[Any]:
    """The minutes while they are typed: the writer's own until saved. A block of wording is put at their end."""
    subject, held = found_of(session, subject_id, sitting_id)
    typed: dict[str, Any] = {name: str(posted.get(name, ""))[: minutes.MOST_CHARACTERS] for name in TYPED}
    if block := str(posted.get("_insert", "")):
        typed["open_minutes"] = minutes.with_block(subject, held, typed["open_minutes"], block)
    text = json.dumps(_on_its_version(session, actor, held, typed, posted), ensure_ascii=False)
    title = registry.words_for(subject).minutes
    drafts.keep(session, actor, place_of(held), text, now, title=title, root_id=subject.id)
    if block and not wants_fragment(request):
        return redirect(request, f"{place_of(held)}#f-open_minutes")
    return Response(f"草稿已保存 {cn_time(now)}", status_code=200, media_type=HTML)


# --- read back


@get(
    "/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/read-back",
    opt={"action": "note.write"},
    sync_to_thread=True,
)
def read_back_page(
    request: Request[Any, Any, Any], session: Session, today: date, subject_id: UUID, sitting_id: UUID
) -> Response[Any]:
    subject, held = found_of(session, subject_id, sitting_id)
    people = [{"who": str(row.id)} for row in held.attendance if row.came]
    return _reading(request, subject, held, show(ReadBackForm, {"people": people}, _present(held), today))


@post(
    "/subjects/{subject_id:uuid}/sittings/{sitting_id:uuid}/read-back",
    opt={"action": "note.write"},
    sync_to_thread=True,
)
def read_back(
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
    choices = _present(held)
    try:
        form = parse(ReadBackForm, posted, choices, today)
        _refuse_reading(form, held, subject, str(posted.get("_text", "")))
        said = [sittings.Confirmed(UUID(p.who), p.confirmed, p.note.strip()) for p in form.people if p.confirmed]
        if unasked := sittings.read_back(held, said, now):
            raise Invalid("people", f"{'、'.join(unasked)}还没有确认；不在场的，先在到会情况中更正。")
    except FormErrors as faults:
        return _reading(request, subject, held, faults.view, faults.view.status)
    except Invalid as fault:
        session.rollback()
        subject, held = found_of(session, subject_id, sitting_id)
        view = shown_again(ReadBackForm, posted, choices, today, [(fault.field, str(fault))])
        return _reading(request, subject, held, view, 422)
    if not first_time(session, actor, posted, now):
        return redirect(request, place_of(held))
    words = [f"{row.name}{_confirmed(row)}" for row in held.attendance if row.came]
    called = registry.words_for(subject).sitting
    text = {"text": f"第 {held.number} 次{called}的笔录：{'；'.join(words)}", "href": place_of(held)}
    journal.record(session, subject.id, "read_back", text, by=actor, at=now)
    return redirect(request, place_of(held), "笔录已核对，正文不再改动")


TYPED = ("open_minutes", "without_prejudice_minutes")
VERSION, BESIDE = "_version", "_beside"  # of a draft: the saved text it was typed on, and the draft typed on another
Came = tuple[UUID | None, str, bool, str]  # party, name, whether it came, through whom


def _choices(session: Session, subject: Subject, actor: Actor, today: date) -> Choices:
    named = {str(h.staff_id): h.name for h in handlers(session, subject.id, today)}
    return people_choices(
        session, subject, rooms=rooms_for(session, subject, today), hosts={**named, str(actor.id): actor.name}
    )


def rooms_for(session: Session, subject: Subject, today: date) -> dict[str, str]:
    return {str(r.id): _room(r) for r in sittings.rooms(session, today, subject.organisation_id)}


def _room(room: Any) -> str:
    seats = f"{room.seats} 座" if room.seats else ""
    more = "，".join(filter(None, ("线上" if room.video else "", seats, room.equipment)))
    return f"{room.name}（{more}）" if more else room.name


def _evidence(session: Session, subject: Subject) -> Choices:
    query = select(Evidence.id, Evidence.title).where(Evidence.subject_id == subject.id).order_by(Evidence.id.desc())
    return Choices({"evidence": {str(id): title for id, title in session.execute(query.limit(200))}})


def _present(held: Sitting) -> Choices:
    through = {row.id: f"（{row.through}代）" if row.through else "" for row in held.attendance}
    return Choices({"present": {str(r.id): f"{r.name}{through[r.id]}" for r in held.attendance if r.came}})


def refuse_time_and_place(form: SittingForm | MoveForm, words: Words, now: datetime) -> None:
    if form.starts_at < now:
        raise Invalid("starts_at", "开始时间已经过去，改为今后的时间。")
    if form.ends_at is not None and form.ends_at <= form.starts_at:
        raise Invalid("ends_at", "结束时间须晚于开始时间。")
    if not (form.room_id or form.place.strip() or form.video_link.strip()):
        raise Invalid("place", f"选择{words.room}、填写地点，或者填写视频会议号。")


def _refuse_early_notice(form: SittingForm, now: datetime) -> None:
    for number, notice in enumerate(form.notices):
        if notice.notified_at is not None and notice.notified_at > now:
            raise Invalid(f"notices-{number}-notified_at", "通知时间不能晚于现在。")


def refuse_taken_room(found: Sequence[sittings.Clash]) -> None:
    """Two sittings cannot share a room, whatever the reason; a person pressed for time can be."""
    for clash in found:
        if clash.who == "taken":
            raise Invalid("room_id", clash.sentence)


def _refuse_notice(form: NoticeForm, held: Sitting, row: SittingNotice, called: str, now: datetime) -> None:
    if held.status == "cancelled":
        raise Invalid("way", f"{called}已取消，不再通知。")
    if form.notified_at is not None and form.notified_at > now:
        raise Invalid("notified_at", "通知时间不能晚于现在。")
    if form.answer and form.notified_at is None and row.message_id is None:
        raise Invalid("answer", "先填写通知时间，再登记答复。")
    if form.way == sittings.BY_SMS and form.notified_at is None and row.party_id is None:
        raise Invalid("way", "这个人不在当事人名单中，没有可用的手机号码，改用其他方式。")
    if form.way == sittings.BY_SMS and form.notified_at is None and held.starts_at <= now:
        raise Invalid("way", f"{called}已经开始，不再发送短信。")


def _refuse_held(form: HeldForm, held: Sitting, subject: Subject, came: list[Came], now: datetime) -> None:
    words = registry.words_for(subject)
    if subject.closed_on is not None:
        raise Invalid("open_minutes", f"案件已结案，{words.sitting}记录不能再改动；有误的写一条记录说明。")
    if held.read_back:
        _refuse_change(form, held, came, words)
    if form.status == "held" and held.starts_at > now:
        raise Invalid("status", f"{words.sitting}还没有到开始时间，不能登记为已召开。")
    if form.status != "held" and len(form.adjourned_because.strip()) < 2:
        raise Invalid("adjourned_because", "写明延期或者取消的原因。")


def _refuse_change(form: HeldForm, held: Sitting, came: list[Came], words: Words) -> None:
    """What was read back stands as a whole: who was there and what came of it as much as the words."""
    instead = words.said(sittings.ADD_INSTEAD)
    for name, label in sittings.STANDING.items():
        if _plain(getattr(form, name)) != _plain(getattr(held, name)):
            raise Invalid(name, f"笔录已宣读或者交阅，{words.said(label)}不能再改动；{instead}")
    if _seats(came) != _seats((row.party_id, row.name, row.came, row.through) for row in held.attendance):
        raise Invalid("attendance", f"笔录已宣读或者交阅，到会情况不能再改动；{instead}")


def _seats(came: Iterable[Came]) -> list[tuple[str, bool, str]]:
    return sorted((str(party), present, through.strip()) for party, _, present, through in came)


def _plain(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _refuse_reading(form: ReadBackForm, held: Sitting, subject: Subject, text: str) -> None:
    if subject.closed_on is not None or held.read_back:
        raise Invalid("people", "笔录已经核对过，不能再改动。")
    if held.status not in ("held", "adjourned") or not held.open_minutes.strip():
        raise Invalid("people", f"先登记{registry.words_for(subject).sitting}已召开并保存笔录，再宣读核对。")
    if text != sittings.digest(held):
        raise Invalid("people", "笔录在核对期间有改动。下面是现在的内容，须重新宣读或者交阅后再确认。")
    for number, person in enumerate(form.people):
        if person.confirmed in ("amended", "refused") and len(person.note.strip()) < 2:
            raise Invalid(f"people-{number}-note", "写明补正的内容，或者拒绝签名的原因。")


def _invited(session: Session, subject: Subject, form: SittingForm) -> list[sittings.Invited]:
    known = {str(p.id): p for p in participants(session, subject)}
    invited = []
    for notice in form.notices:
        person = known.get(notice.who)
        party_id = person.id if person and isinstance(person.id, UUID) else None
        name, key = (person.name, person.key) if person else ("其他人", "")
        told = sittings.Invited(party_id, name, notice.way, notice.notified_at, key, proof=notice.proof.strip())
        invited.append(told)
    return invited


def _clashes(session: Session, form: SittingForm, invited: list[sittings.Invited]) -> list[sittings.Clash]:
    return sittings.clashes(
        session,
        starts_at=form.starts_at,
        ends_at=form.ends_at or form.starts_at + sittings.USUAL_LENGTH,
        room_id=UUID(form.room_id) if form.room_id else None,
        host_ids=[UUID(form.host)] if form.host else [],
        person_keys=[person.key for person in invited],
        people=len(invited) + bool(form.host),
    )


def _plan(
    session: Session,
    subject: Subject,
    actor: Actor,
    form: SittingForm,
    choices: Choices,
    invited: list[sittings.Invited],
    now: datetime,
) -> Sitting:
    room = choices.choices("rooms").get(form.room_id, "").partition("（")[0]
    held = sittings.plan(
        session,
        subject.id,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        room_id=UUID(form.room_id) if form.room_id else None,
        place=form.place or room,
        video_link=form.video_link,
        host_id=UUID(form.host) if form.host else None,
        invited=invited,
        by=actor.id,
        at=now,
    )
    session.refresh(held, ["notices"])
    return held


def found_of(session: Session, subject_id: UUID, sitting_id: UUID, lock: bool = False) -> tuple[Subject, Sitting]:
    subject = root_of(session, subject_id)
    held = sittings.sitting(session, sitting_id, subject.id, lock)
    if held is None:
        raise Unknown()
    return subject, held


def _notice(
    session: Session, subject_id: UUID, sitting_id: UUID, notice_id: UUID
) -> tuple[Subject, Sitting, SittingNotice]:
    subject, held = found_of(session, subject_id, sitting_id)
    row = sittings.notice_of(held, notice_id)
    if row is None:
        raise Unknown()
    return subject, held, row


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def place_of(held: Sitting) -> str:
    return f"/subjects/{held.subject_id}/sittings/{held.id}"


def _typed_before(session: Session, actor: Actor, held: Sitting) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the form begins with, and what this writer typed on another saved text, to be shown beside it."""
    kept = _kept_draft(session, actor, held)
    saved = {name: getattr(held, name) for name in TYPED}
    if kept.get(VERSION) == sittings.version(held):
        return saved | {name: kept[name] for name in TYPED}, kept.get(BESIDE) or {}
    return saved, {} if all(kept.get(name, saved[name]).strip() == saved[name].strip() for name in TYPED) else kept


def _on_its_version(
    session: Session, actor: Actor, held: Sitting, typed: dict[str, Any], posted: Any
) -> dict[str, Any]:
    """The draft with the saved text it was typed on; the one typed on another before is kept along with it."""
    kept, version = _kept_draft(session, actor, held), str(posted.get("_version", ""))[:40]
    beside = kept.get(BESIDE) if kept.get(VERSION) == version else {name: kept.get(name, "") for name in TYPED}
    return typed | {VERSION: version} | ({BESIDE: beside} if beside and any(beside.values()) else {})


def _kept_draft(session: Session, actor: Actor, held: Sitting) -> dict[str, Any]:
    kept = drafts.draft(session, actor, place_of(held))
    return json.loads(kept) if kept else {}


def _saved(session: Session, held: Sitting, form: HeldForm, came: list[Came]) -> dict[str, Any]:
    """What was saved meanwhile where it differs from what was sent, by whom and when."""
    words = sittings.words_of(session, held)
    differs = {
        words.said(label): _said(name, getattr(held, name))
        for name, label in sittings.STANDING.items()
        if _plain(getattr(form, name)) != _plain(getattr(held, name))
    }
    if _seats(came) != _seats((a.party_id, a.name, a.came, a.through) for a in held.attendance):
        differs["到会情况"] = _who_came(held)
    writer = session.get(Staff, held.written_by) if held.written_by else None
    return {"by": writer.name if writer else "", "at": held.written_at, "differs": differs}


def _said(name: str, value: Any) -> str:
    if name == "status":
        return SITTING_STATUS[value]
    return ("已告知" if value else "未告知") if isinstance(value, bool) else value


def _attendance(held: Sitting) -> list[dict[str, Any]]:
    if held.attendance:
        return [
            {"who": str(a.party_id or "other"), "came": "yes" if a.came else "no", "through": a.through}
            for a in held.attendance
        ]
    invited = [notice.party_id for notice in held.notices if notice.party_id]
    return [{"who": str(party), "came": "yes", "through": ""} for party in invited]


def _came(session: Session, subject: Subject, form: HeldForm) -> list[Came]:
    known = {str(p.id): p for p in participants(session, subject)}
    came: list[Came] = []
    for present in form.attendance:
        person = known.get(present.who)
        party_id = person.id if person and isinstance(person.id, UUID) else None
        came.append((party_id, person.name if person else "其他人", present.came == "yes", present.through))
    return came


def _write(session: Session, held: Sitting, form: HeldForm, came: list[Came]) -> None:
    for name in sittings.STANDING:
        setattr(held, name, _plain(getattr(form, name)))
    sittings.seat(session, held, came)
    session.refresh(held, ["attendance"])


def _who_came(held: Sitting) -> str:
    came = "、".join(a.name + (f"（{a.through}代）" if a.through else "") for a in held.attendance if a.came)
    missing = "、".join(a.name for a in held.attendance if not a.came)
    return "；".join(filter(None, (f"到会：{came}" if came else "", f"未到：{missing}" if missing else "")))


def _confirmed(row: Any) -> str:
    return CONFIRMATIONS[row.confirmed] + (f"（{row.note}）" if row.note else "")


def when(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _told(invited: list[sittings.Invited]) -> str:
    told = [f"{p.name}（{NOTICE_WAYS.get(p.way, p.way)}）" for p in invited if p.notified_at]
    rest = [p.name for p in invited if not p.notified_at]
    said = [f"已通知{'、'.join(told)}"] if told else []
    return "；".join(said + ([f"待通知{'、'.join(rest)}"] if rest else [])) or "尚未通知"


def _in_spite(doubts: list[str], reason: str) -> str:
    return f"已知{''.join(doubts)}仍照此安排：{reason.strip()}" if doubts else ""


def _doubted(
    request: Request[Any, Any, Any], subject: Subject, posted: Any, choices: Choices, today: date, doubts: list[str]
) -> Response[Any]:
    """The clashes first; once they have been read, a reason is asked for."""
    read = posted.get("_seen") == seen(doubts)
    missing = [("in_spite", "写明仍照此安排的理由，不少于四个字。")] if read else []
    view = shown_again(SittingForm, posted, choices, today, missing)
    return _planning(request, subject, view, doubts, status=422 if missing else 409)


def _planning(
    request: Request[Any, Any, Any],
    subject: Subject,
    view: FormView,
    doubts: list[str] | None = None,
    status: int = 200,
) -> Response[Any]:
    home, words = f"/subjects/{subject.id}", registry.words_for(subject)
    return ask(
        request,
        f"安排{words.sitting}",
        view if doubts else view.without("in_spite"),
        action=f"{home}/sittings/new",
        back=home,
        label="仍照此安排" if doubts else "保存安排",
        subject=subject,
        hint=f"保存前核对{words.host}、{words.room}和当事人在该时间有没有其他安排。",
        doubts=doubts or (),
        hidden={"_seen": seen(doubts)} if doubts else None,
        status=status,
    )


def _telling(
    request: Request[Any, Any, Any],
    subject: Subject,
    held: Sitting,
    row: SittingNotice,
    view: FormView,
    status: int = 200,
) -> Response[Any]:
    return ask(
        request,
        f"通知{row.name}",
        view,
        action=f"{place_of(held)}/notices/{row.id}",
        back=place_of(held),
        label="保存通知情况",
        subject=subject,
        hint=f"第 {held.number} 次{registry.words_for(subject).sitting}，{when(held.starts_at)}，{held.place or '视频'}。",
        status=status,
    )


def _reading(
    request: Request[Any, Any, Any], subject: Subject, held: Sitting, view: FormView, status: int = 200
) -> Response[Any]:
    return page(
        request,
        "desk/read_back.html",
        status=status,
        headers=CASE_PAGE,
        nav="",
        subject=subject,
        sitting=held,
        words=registry.words_for(subject),
        form=view,
        key=new_key(),
        text=sittings.digest(held),
    )


def _holding(
    request: Request[Any, Any, Any],
    session: Session,
    subject: Subject,
    held: Sitting,
    view: FormView,
    status: int = 200,
    saved: Mapping[str, Any] | None = None,
    beside: Mapping[str, Any] | None = None,
) -> Response[Any]:
    words = registry.words_for(subject)
    return page(
        request,
        "desk/sitting.html",
        status=status,
        headers=CASE_PAGE,
        nav="",
        subject=subject,
        sitting=held,
        words=words,
        form=view,
        key=new_key(),
        status_label=SITTING_STATUS[held.status],
        ways=NOTICE_WAYS,
        answers=NOTICE_ANSWERS,
        confirmations=CONFIRMATIONS,
        blocks=minutes.blocks(subject),
        sent=_sent(session, held),
        statuses=MESSAGE_STATUS,
        version=sittings.version(held),
        saved=saved,
        beside=beside,
        outdated=outdated.of_another_time(session, held) if held.status == "planned" else [],
    )


def _sent(session: Session, held: Sitting) -> dict[UUID, Message]:
    """The SMS behind each notice that went out as one."""
    ids = {notice.message_id for notice in held.notices if notice.message_id}
    return {m.id: m for m in session.scalars(select(Message).where(Message.id.in_(ids)))} if ids else {}
