"""Messages to staff and participants: promised through the outbox with a step, kept as rows, one for each way they go.

Staff read theirs in the service and, where they chose it, on the telephone; what a participant gets is an SMS. Every
handler is idempotent by the id of the outbox message, the receiver and the way. ``delivery`` takes it from there.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from casework.desk import contact_wishes, delivery, message_kinds, message_templates, party_links
from casework.desk.assignment import still_working
from casework.desk.clocks import title
from casework.desk.message_kinds import IN_APP, SMS
from casework.desk.message_templates import signed_text, wording
from casework.desk.sittings import BY_SMS, Told, words_of
from casework.desk.tables import Batch, Message, Sitting, SittingNotice
from documents.record import Facts as RecordFacts
from union.access import in_conflict
from union.organisations import Organisation
from union.people import RoleGrant, Staff, deputies_of, on_leave
from union.privacy import mask_phone
from union.roles import ORG_HEAD
from web.filters import cn_date, cn_moment, cn_week
from workflows import outbox
from workflows.actor import SYSTEM_ACTOR
from workflows.definition import Transition, Workflow
from workflows.fire import current_facts
from workflows.form import Step
from workflows.module import Module, News, Participant, registry
from workflows.sweep import ALERT
from workflows.tables import Subject, Timer, legal_date

TOLD, NOTICE = "desk.told", "desk.notice"
INVITATION, MOVED, CALLED_OFF = "desk.invitation", "desk.moved", "desk.called_off"
CHANGES = {"cancelled": "已取消", "adjourned": "延期召开，新的时间另行通知"}
MOST_CHARACTERS = 1000


def listen(step: Step) -> None:
    """Promise the parties the news of a step, where its module has a sentence for it."""
    module = registry.module_of(step.workflow.name)
    news = told_of(module, step.workflow, step.transition)
    if news is not None and module.participants is not None:
        _promise(step.session, step.root_id, news, step.transition.trigger, step.at)
    if isinstance(step.facts, RecordFacts) and step.transition.trigger in NO_LONGER:
        _tell_of_its_end(step, step.facts)


def told_of(module: Module, workflow: Workflow, transition: Transition) -> News | None:
    """What the parties hear of a step; a step of a side track is named with its track."""
    root = workflow.name == module.workflow.name
    return module.told.get(transition.trigger if root else f"{workflow.name}.{transition.trigger}")


def _promise(session: Session, root_id: uuid.UUID, news: News, trigger: str, at: datetime, **more: str) -> None:
    body = {"root_id": str(root_id), "sentence": news.sentence, "sides": list(news.to), "trigger": trigger, **more}
    outbox.put(session, TOLD, body, at=at, subject_id=root_id)


NO_LONGER = {
    "void": "《{title}》{number}已作废，不再使用，请以承办人以后交给您的文书为准。",
    "annul": "《{title}》{number}没有生效，已作废，不再使用。",
    "supersede": "《{title}》{number}已被替代，不再使用，请以承办人以后交给您的文书为准。",
}


def _tell_of_its_end(step: Step, seen: RecordFacts) -> None:
    """A paper somebody signed or was served with is not withdrawn behind their back."""
    reached = {s.signer for s in seen.signatures if not s.refused_because} | {s.addressee for s in seen.services}
    sentence = NO_LONGER[step.transition.trigger].format(title=seen.subject.title, number=seen.subject.number or "")
    for key in sorted(reached & seen.people.keys()):
        tell_participant(step.session, step.root_id, seen.people[key].id, sentence, step.at)


def tell_staff(
    session: Session,
    staff_id: uuid.UUID,
    text: str,
    at: datetime,
    root_id: uuid.UUID | None,
    kind: str = message_kinds.OTHER,
    batch_id: uuid.UUID | None = None,
) -> None:
    """Promise a staff member a message, by the ways that person chose for its kind; not of a batch taken back by then."""
    body = {"staff_id": str(staff_id), "text": text, "root_id": str(root_id) if root_id else None, "kind": kind}
    outbox.put(session, NOTICE, {**body, **_of(batch_id)}, at=at, subject_id=root_id)


def tell_participants(
    session: Session, root: Subject, news: str, at: datetime, batch_id: uuid.UUID | None = None
) -> None:
    """Promise the participants what their module says of this news, where it has a sentence for it."""
    module = registry.module_for(root)
    if news in module.told and module.participants is not None:
        _promise(session, root.id, module.told[news], news, at, **_of(batch_id))


def _of(batch_id: uuid.UUID | None) -> dict[str, str]:
    return {"batch": str(batch_id)} if batch_id else {}


def _taken_back(session: Session, body: Mapping[str, Any]) -> bool:
    batch = session.get(Batch, uuid.UUID(body["batch"])) if body.get("batch") else None
    return batch is not None and batch.taken_back_at is not None


def tell_participant(
    session: Session, root_id: uuid.UUID, participant_id: uuid.UUID, sentence: str, at: datetime
) -> None:
    """Promise one participant an SMS; the others of the case get none."""
    body = {"root_id": str(root_id), "sentence": sentence, "to": str(participant_id)}
    outbox.put(session, TOLD, body, at=at, subject_id=root_id)


def invite(session: Session, root_id: uuid.UUID, notice_id: uuid.UUID, at: datetime) -> None:
    """Promise a participant the SMS that calls to a sitting."""
    outbox.put(session, INVITATION, {"notice_id": str(notice_id)}, at=at, subject_id=root_id)


def call_off(session: Session, held: Sitting, by: uuid.UUID | None, at: datetime) -> list[str]:
    """Promise everybody who was told of a sitting the news that it will not be; names of those no text can reach."""
    told = [notice for notice in held.notices if notice.notified_at is not None or notice.party_id]
    for notice in told:
        if notice.party_id:
            body = {"notice_id": str(notice.id), "change": held.status}
            outbox.put(session, CALLED_OFF, body, at=at, subject_id=held.subject_id)
    if held.host_id and held.host_id != by:
        text = f"原定{cn_moment(held.starts_at, legal_date(at))}的{words_of(session, held).sitting}{CHANGES[held.status]}。"
        tell_staff(session, held.host_id, text, at, held.subject_id, message_kinds.SITTING)
    return [notice.name for notice in told if not notice.party_id]


def moved(
    session: Session, held: Sitting, was: tuple[datetime, str], told: Iterable[Told], by: uuid.UUID | None, at: datetime
) -> list[str]:
    """Promise everybody invited the new time and place, with the old where it was known; names of those no text can reach."""
    starts_at, place = was
    for before in told:
        notice = before.notice
        waits_for_text = notice.way == BY_SMS and not before.heard  # its first text will say the new time
        if notice.party_id and before.heard:
            body = {"notice_id": str(notice.id), "was": starts_at.isoformat(), "place": place}
            outbox.put(session, MOVED, body, at=at, subject_id=held.subject_id)
        elif notice.party_id and not waits_for_text:
            invite(session, held.subject_id, notice.id, at)
        if notice.party_id:
            notice.way = BY_SMS
    if held.host_id and held.host_id != by:
        today = legal_date(at)
        called, to = words_of(session, held).sitting, cn_moment(held.starts_at, today)
        text = f"原定{cn_moment(starts_at, today)}的{called}改为{to}在{where(held)}召开。"
        tell_staff(session, held.host_id, text, at, held.subject_id, message_kinds.SITTING)
    return [before.notice.name for before in told if not before.notice.party_id]


# --- carried out by the relay


def carry_alert(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """A clock is close to its end or over it: handlers and whom it binds hear of it, once it is over the head too."""
    with sessions.begin() as session:
        timer = session.get(Timer, uuid.UUID(body["timer_id"]))
        if timer is None or timer.status not in ("running", "paused", "lapsed"):
            return
        root, overdue = session.get_one(Subject, timer.root_id), body["what"] == "overdue"
        text = _alert_words(session, root, timer, overdue, int(body.get("days_left", 0)), now)
        told = {h.staff_id: h.name for h in still_working(session, root, legal_date(now))}
        if overdue or not told:
            told |= heads(session, root.organisation_id, now)
        kind, tone = (message_kinds.OVER, "danger") if overdue else (message_kinds.NEAR, "warn")
        for staff_id in told:
            _to_staff(session, body, now, staff_id, kind, text, root.id, tone)
        remind = registry.module_for(root).reminders
        for reminder in remind(session, root, timer, overdue) if remind else ():
            _to_participant(session, body, now, root, reminder.to, reminder.sentence, ALERT)


def carry_told(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """The participants hear of a step: by SMS where a number is known, and the handlers see that they did."""
    with sessions.begin() as session:
        if _taken_back(session, body):
            return
        root = session.get_one(Subject, uuid.UUID(body["root_id"]))
        module = registry.module_for(root)
        for person in module.participants(session, root) if module.participants else ():
            theirs = not body.get("sides") or person.side in body["sides"]
            if theirs and body.get("to", str(person.id)) == str(person.id):
                _to_participant(session, body, now, root, person, body["sentence"], TOLD)


def carry_invitation(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """One participant is called to a sitting; the notice remembers which text it was."""
    with sessions.begin() as session:
        notice = session.get(SittingNotice, uuid.UUID(body["notice_id"]))
        held = session.get(Sitting, notice.sitting_id) if notice else None
        if notice is None or held is None or held.status in CHANGES or held.starts_at <= now:
            return
        root = session.get_one(Subject, held.subject_id)
        person = _invited(session, root, notice)
        if person is None:
            return
        values = _when_and_where(held, root, person, now)
        sent = _sms(session, body, now, root, person, message_templates.INVITATION, values, INVITATION)
        notice.message_id = sent.id if sent else notice.message_id


def carry_moved(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """One participant hears of the new time, or that the old one will not be where it was called off meanwhile."""
    with sessions.begin() as session:
        notice = session.get(SittingNotice, uuid.UUID(body["notice_id"]))
        held = session.get(Sitting, notice.sitting_id) if notice else None
        if notice is None or held is None or held.starts_at <= now:
            return
        root = session.get_one(Subject, held.subject_id)
        person = _invited(session, root, notice)
        if person is None:
            return
        was = cn_moment(datetime.fromisoformat(body["was"]), legal_date(now))
        if held.status in CHANGES:  # the new time was never heard of: it is the old one that will not be
            known = {**_when_and_where(held, root, person, now), "时间": was, "地点": body["place"]}
            values = {**known, "变动": CHANGES[held.status]}
            _sms(session, body, now, root, person, message_templates.CALLED_OFF, values, CALLED_OFF)
            return
        values = {**_when_and_where(held, root, person, now), "原时间": was, "原地点": body["place"]}
        sent = _sms(session, body, now, root, person, message_templates.MOVED, values, MOVED)
        notice.message_id = sent.id if sent else notice.message_id


def carry_called_off(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """Who had been told of a sitting hears that it was called off or put off; who had not hears nothing."""
    with sessions.begin() as session:
        notice = session.get(SittingNotice, uuid.UUID(body["notice_id"]))
        held = session.get(Sitting, notice.sitting_id) if notice else None
        if notice is None or held is None or (notice.notified_at is None and notice.message_id is None):
            return
        root = session.get_one(Subject, held.subject_id)
        person = _invited(session, root, notice)
        if person is None:
            return
        values = {**_when_and_where(held, root, person, now), "变动": CHANGES[body["change"]]}
        _sms(session, body, now, root, person, message_templates.CALLED_OFF, values, CALLED_OFF)


def _invited(session: Session, root: Subject, notice: SittingNotice) -> Participant | None:
    module = registry.module_for(root)
    people = module.participants(session, root) if module.participants else ()
    return next((person for person in people if person.id == notice.party_id), None)


def _when_and_where(held: Sitting, root: Subject, person: Participant, now: datetime) -> dict[str, str]:
    return {
        "姓名": person.name,
        "时间": cn_moment(held.starts_at, legal_date(now)),
        "地点": where(held),
        "会议": registry.words_for(root).sitting,
        "案号": root.number or root.title,
    }


def where(held: Sitting) -> str:
    return held.place or f"线上（{held.video_link}）"


def carry_notice(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    with sessions.begin() as session:
        if _taken_back(session, body):
            return
        root_id = uuid.UUID(body["root_id"]) if body.get("root_id") else None
        kind = body.get("kind", message_kinds.OTHER)
        _to_staff(session, body, now, uuid.UUID(body["staff_id"]), kind, body["text"], root_id, body.get("tone", ""))


def carry_undelivered(sessions: sessionmaker[Session], body: Mapping[str, Any], now: datetime) -> None:
    """A text did not arrive and nobody has dealt with it: its handlers hear at once, a day later the head too."""
    with sessions.begin() as session:
        lost = session.get(Message, uuid.UUID(body["message"]))
        if lost is None or lost.status != "failed" or lost.subject_id is None or lost.party_id is None:
            return
        root = session.get_one(Subject, lost.subject_id)
        told = {h.staff_id: h.name for h in still_working(session, root, legal_date(now))}
        if body["to"] == "head" or not told:
            told |= heads(session, root.organisation_id, now)
        number = root.number or root.title
        values = {"案号": number, "收件人": lost.receiver_name, "原因": lost.problem}
        text = wording(session, message_templates.UNDELIVERED, legal_date(now)).filled(values)
        for staff_id in told:
            _to_staff(session, body, now, staff_id, message_kinds.UNDELIVERED, text, root.id, "danger")


TASKS = {
    ALERT: carry_alert,
    TOLD: carry_told,
    NOTICE: carry_notice,
    INVITATION: carry_invitation,
    MOVED: carry_moved,
    CALLED_OFF: carry_called_off,
    delivery.UNDELIVERED: carry_undelivered,
    **delivery.TASKS,
}


def heads(session: Session, organisation_id: uuid.UUID | None, at: datetime) -> dict[uuid.UUID, str]:
    """Who leads the organisation of a case: the nearest one that has a head."""
    path = session.scalar(select(Organisation.path).where(Organisation.id == organisation_id))
    for place in reversed((path or "").split("/")):
        if not place:
            continue
        query = (
            select(Staff.id, Staff.name)
            .join(RoleGrant, RoleGrant.staff_id == Staff.id)
            .where(RoleGrant.organisation_id == uuid.UUID(place), RoleGrant.role == ORG_HEAD.id, Staff.active)
            .where(RoleGrant.in_force(legal_date(at)))
        )
        if found := dict(session.execute(query).all()):
            return found
    return {}


# --- one row for each way


def _to_staff(
    session: Session,
    body: Mapping[str, Any],
    now: datetime,
    staff_id: uuid.UUID,
    kind: str,
    text: str,
    root_id: uuid.UUID | None,
    tone: str = "",
) -> None:
    """A colleague; about a case also whoever stands in for one who is on leave, on whose desk the case is meanwhile."""
    staff, today = session.get_one(Staff, staff_id), legal_date(now)
    _reach(session, body, now, staff, kind, text, root_id, tone)
    if root_id is not None and on_leave(session, staff_id, today):
        for deputy in deputies_of(session, staff_id, today):
            if not in_conflict(session, root_id, deputy.id, today):
                _reach(session, body, now, deputy, kind, f"代{staff.name}：{text}", root_id, tone)


def _reach(
    session: Session,
    body: Mapping[str, Any],
    now: datetime,
    staff: Staff,
    kind: str,
    text: str,
    root_id: uuid.UUID | None,
    tone: str,
) -> None:
    said = {"receiver": str(staff.id), "receiver_name": staff.name, "staff_id": staff.id, "subject_id": root_id}
    chosen = message_kinds.ways(session, staff.id, kind)
    if IN_APP in chosen:
        _keep(session, body, now, **said, channel=IN_APP, topic=kind, tone=tone, text=text)
    if SMS in chosen:
        worded = wording(session, message_templates.STAFF_SMS, legal_date(now))
        values = {"内容": text}
        row = _keep(
            session,
            body,
            now,
            **said,
            channel=SMS,
            topic=kind,
            text=signed_text(delivery.sign(), worded.filled(values)),
            template_id=worded.template_id,
            values=values,
            address=mask_phone(staff.phone) if staff.phone else "",
            status="queued",
        )
        if row is not None:
            heard = message_kinds.when_heard(message_kinds.preference(session, staff.id), now)
            delivery.promise(session, row, heard)


def _to_participant(
    session: Session,
    body: Mapping[str, Any],
    now: datetime,
    root: Subject,
    person: Participant,
    sentence: str,
    topic: str,
) -> None:
    """What is no question of hours: what happens at midnight by itself wakes nobody."""
    values = {"姓名": person.name, "内容": sentence, "案号": root.number or root.title}
    leaves_at = message_kinds.by_day(session, now)
    _sms(session, body, now, root, person, message_templates.TOLD, values, topic, leaves_at)


def _sms(
    session: Session,
    body: Mapping[str, Any],
    now: datetime,
    root: Subject,
    person: Participant,
    template: str,
    values: Mapping[str, str],
    topic: str,
    leaves_at: datetime | None = None,
) -> Message | None:
    """One text for one participant; the number itself is deciphered when it is sent, what is kept is masked."""
    worded = wording(session, template, legal_date(now))
    if "{链接}" in worded.text:
        values = {**values, "链接": party_links.PLACE}  # the secret itself is made when the text leaves
    row = _keep(
        session,
        body,
        now,
        receiver=str(person.id),
        receiver_name=person.name,
        party_id=person.id if isinstance(person.id, uuid.UUID) else None,
        subject_id=root.id,
        channel=SMS,
        address=person.phone,
        topic=topic,
        text=signed_text(delivery.sign(), worded.filled(values)),
        template_id=worded.template_id,
        values={"_template": template, **values},
        status="queued",
    )
    if row is None:
        return None
    if contact_wishes.wants_no_texts(session, root.id, person.id):
        delivery.refuse(session, row, contact_wishes.NO_TEXTS, now)
    else:
        delivery.promise(session, row, leaves_at or now)
    return row


def _keep(session: Session, body: Mapping[str, Any], now: datetime, **values: Any) -> Message | None:
    """The row of an outbox message, a receiver and a way, however often it is carried out; None when it was there."""
    outbox_id = uuid.UUID(body["message_id"]) if body.get("message_id") else None
    same = (
        Message.outbox_id == outbox_id,
        Message.receiver == values["receiver"],
        Message.channel == values["channel"],
    )
    if outbox_id is not None and session.scalar(select(Message.id).where(*same)) is not None:
        return None
    values["text"] = values["text"][:MOST_CHARACTERS]
    row = Message(outbox_id=outbox_id, at=now, **values)
    session.add(row)
    session.flush()
    return row


def _alert_words(session: Session, root: Subject, timer: Timer, overdue: bool, left: int, now: datetime) -> str:
    deadline = registry.workflow_for(session.get_one(Subject, timer.subject_id)).deadline_by_id[timer.deadline]
    values = {
        "案号": root.number or root.title,
        "期限": title(deadline, timer, _item_names(session, root, now) if timer.item else {}),
        "天数": str(left),
        "届满日": f"{cn_date(timer.effective_due, legal_date(now))}（{cn_week(timer.effective_due)}）",
    }
    near = message_templates.TODAY if left <= 0 else message_templates.ALERT
    template = message_templates.OVERDUE if overdue else near
    return wording(session, template, legal_date(now)).filled(values)


def _item_names(session: Session, root: Subject, now: datetime) -> Mapping[str, str]:
    return getattr(current_facts(session, root, by=SYSTEM_ACTOR, at=now), "item_names", {})
