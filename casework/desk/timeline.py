"""办案记录: the journal as people read it, newest first, with what was said, sent and handed in between the steps."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from casework.desk import reading
from casework.desk.tables import NOTICE_WAYS
from union.people import Person, Staff
from union.roles import PARTIES, PARTY
from workflows.definition import NEW
from workflows.encryption import Undecipherable
from workflows.journal import open_payload
from workflows.module import registry
from workflows.tables import JournalEntry, JournalPayload, Subject, legal_date

PAGE = 60
View = Literal["all", "steps", "talks", "records", "reads"]
VIEWS: Mapping[str, str] = {"all": "不限", "steps": "流程", "talks": "沟通", "records": "文书材料", "reads": "阅读"}
Level = Literal["milestones", "work", "everything"]
LEVELS: Mapping[str, str] = {"milestones": "里程碑", "work": "办理", "everything": "全部"}
RECORD = "record"


@dataclass(frozen=True, slots=True)
class Entry:
    """How an entry that is not a step is shown: its words, its icon, the filter it falls under, and from which level on."""

    label: str  # a module may word it
    icon: str
    view: View = "talks"
    tone: str = ""
    level: Level = "work"
    of_party: bool = False  # the act of a participant, whoever wrote it down


ENTRIES: dict[str, Entry] = {
    "note": Entry("记录", "notebook-pen"),
    "contact": Entry("联系当事人", "phone"),
    "evidence": Entry("收存材料", "paperclip", "records"),
    "sitting_planned": Entry("安排{sitting}", "calendar-plus"),
    "sitting_moved": Entry("{sitting}改期", "calendar-clock"),
    "sitting_notice": Entry("通知到{sitting}", "send"),
    "sitting_answer": Entry("答复能否到会", "message-square-reply", of_party=True),
    "party_request": Entry("当事人提出", "message-square-text", of_party=True),
    "party_answered": Entry("答复当事人", "message-square-reply"),
    "contact_wish": Entry("登记安全联系方式", "phone-off", tone="warn", of_party=True),
    "rated": Entry("当事人评价", "star", level="everything", of_party=True),
    "sitting_held": Entry("记录{sitting}", "users", tone="ok"),
    "sitting_cancelled": Entry("取消{sitting}", "calendar-x"),
    "minutes_saved": Entry("保存{minutes}", "file-pen-line"),
    "read_back": Entry("笔录已宣读或者交阅", "book-open-check"),
    "message": Entry("发送消息", "send"),
    "assigned": Entry("指定承办人", "user-check", "steps"),
    "handed_over": Entry("移交案件", "arrow-right-left", "steps"),
    "handed_back": Entry("案件交回", "undo-2", "steps"),
    "not_handed_back": Entry("未能交回", "arrow-right-left", "steps", "warn"),
    "correction_asked": Entry("提出更正，待核对", "pencil-ruler", "steps", "warn"),
    "correction_declined": Entry("不予更正", "pencil-off", "steps"),
    "corrected": Entry("更正记录", "pencil-ruler", "steps", "warn"),
    "linked": Entry("关联案件", "link", "steps"),
    "locked_out": Entry("承办人申报回避", "user-round-x", "steps", "warn"),
    "unlinked": Entry("解除关联", "unlink", "steps"),
    "revealed": Entry("查看完整个人信息", "eye", "steps", level="everything"),
    "task_done": Entry("处理任务", "list-checks", "steps"),
    "timer_recomputed": Entry("期限重新计算", "calendar-sync", "steps", level="everything"),
    "duplicate_decided": Entry("处理疑似重复", "copy-check", "steps"),
    "evidence_arranged": Entry("调整材料目录", "arrow-up-down", "records", level="everything"),
    "access_asked": Entry("申请查看案件", "user-round-search", "steps", level="everything"),
    "access_granted": Entry("批准查看案件", "key-round", "steps"),
    "access_refused": Entry("未批准查看案件", "user-round-x", "steps", level="everything"),
    "access_ended": Entry("收回查看权限", "key-round", "steps"),
    "volume_bound": Entry("案卷副本已生成", "archive", "records", level="everything"),
    "supplement_filed": Entry("补充归档", "archive-restore", "records"),
    "volume_taken": Entry("下载案卷副本", "download", "records", level="everything"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the history; ``at`` is when it was recorded, ``occurred`` is said when the law's day differs."""

    at: datetime
    who: str
    what: str
    icon: str
    tone: str = ""
    text: str = ""
    quote: str = ""
    href: str = ""
    seq: int = 0


def timeline(
    session: Session,
    root: Subject,
    view: str = "all",
    before: int | None = None,
    limit: int = PAGE,
    *,
    level: str = "everything",
    after: int = 0,
    reads: bool = False,
) -> list[Moment]:
    """Newest first, one statement; ``before`` and ``after`` are sequence numbers.

    ``reads`` adds who opened the case, for those entitled to know, where the filter and the level show it.
    """
    looks = _looks(session, root.id) if reads and (view == "reads" or (view == "all" and level == "everything")) else []
    if view == "reads":
        return looks
    titles = aliased(Subject.__table__, name="titles")
    query = (
        select(JournalEntry, JournalPayload, titles.c.title, func.coalesce(Staff.name, Person.name))
        .join(titles, titles.c.id == JournalEntry.subject_id)
        .outerjoin(
            JournalPayload,
            and_(JournalPayload.root_id == JournalEntry.root_id, JournalPayload.seq == JournalEntry.seq),
        )
        .outerjoin(Staff, Staff.id == JournalEntry.actor_id)
        .outerjoin(Person, Person.id == JournalEntry.actor_id)
        .where(JournalEntry.root_id == root.id, JournalEntry.seq > after, *_shown(view), *_on_level(level))
        .order_by(JournalEntry.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(JournalEntry.seq < before)
    rows = session.execute(query).all()
    online = any(entry.actor_role == PARTY.id for entry, *_ in rows)
    names = {p.id: p.name for p in _participants(session, root)} if online else {}
    told = [
        _moment(entry, payload, title, name or names.get(entry.actor_id, "")) for entry, payload, title, name in rows
    ]
    return list(_folded(_together(told, looks, before, full=len(told) == limit)))


def _participants(session: Session, root: Subject) -> Iterable[Any]:
    module = registry.module_for(root)
    return module.participants(session, root) if module.participants else ()


def _looks(session: Session, root_id: uuid.UUID) -> list[Moment]:
    return [
        Moment(row.last_at, name, f"看过本件（{row.times} 次）" if row.times > 1 else "看过本件", "eye", "mute")
        for row, name in reading.readers(session, root_id)
    ]


def _together(told: list[Moment], looks: list[Moment], before: int | None, full: bool) -> list[Moment]:
    """Both in the order of time; of the looks, those of the stretch of history that this page shows."""
    if not looks or not told:
        return told or ([] if before else looks)
    until = told[0].at if before else max(told[0].at, looks[0].at)
    since = told[-1].at if full else min(told[-1].at, looks[-1].at)
    return sorted((*told, *(look for look in looks if since <= look.at <= until)), key=lambda m: m.at, reverse=True)


def _folded(moments: Iterable[Moment]) -> Iterator[Moment]:
    """The same act by the same person several times in a row is one line that says how often."""
    for (who, what, _), same in groupby(moments, key=lambda m: (m.who, m.what, m.quote or m.text or m.href)):
        run = list(same)
        yield run[0] if len(run) == 1 else replace(run[-1], at=run[0].at, what=f"{what}（{len(run)} 次）", who=who)


def _shown(view: str) -> list[ColumnElement[bool]]:
    if view == "records":
        kept = [name for name, entry in ENTRIES.items() if entry.view == "records"]
        return [or_(JournalEntry.workflow == RECORD, JournalEntry.trigger.in_(kept))]
    if view == "talks":
        return [JournalEntry.trigger.in_([name for name, entry in ENTRIES.items() if entry.view == "talks"])]
    if view == "steps":
        others = [name for name, entry in ENTRIES.items() if entry.view != "steps"]
        return [JournalEntry.workflow != RECORD, not_(JournalEntry.trigger.in_(others))]
    return []


def _on_level(level: str) -> list[ColumnElement[bool]]:
    """里程碑: what moved the case or a track of it; 办理: what people did; 全部: traces and what records do of themselves."""
    if level == "milestones":
        return [JournalEntry.workflow != RECORD, JournalEntry.from_state != JournalEntry.to_state]
    if level == "work":
        traces = [name for name, entry in ENTRIES.items() if entry.level == "everything"]
        of_itself = and_(
            JournalEntry.workflow == RECORD, JournalEntry.actor_id.is_(None), JournalEntry.from_state != NEW
        )
        return [not_(of_itself), not_(JournalEntry.trigger.in_(traces))]
    return []


def _moment(entry: JournalEntry, payload: JournalPayload | None, title: str, name: str) -> Moment:
    who = name or ("当事人" if entry.actor_role == PARTY.id else "他人") if entry.actor_id else "系统"
    workflow = registry.workflow(entry.workflow, entry.definition_version)
    transition = workflow.transition_by_trigger.get(entry.trigger)
    filed = _filed(payload)
    if transition is None:
        module = registry.module_of(entry.workflow)
        act = next((act for act in module.acts if act.name == entry.trigger), None)
        shown = ENTRIES.get(entry.trigger) or _entry_of(act, entry.trigger)
        return Moment(
            entry.recorded_at,
            who,
            str(filed.get("what") or module.words.said(shown.label)),
            str(filed.get("icon") or shown.icon),
            shown.tone or ("" if entry.actor_id else "mute"),
            quote=str(filed.get("text") or said(filed)),
            href=str(filed.get("href") or ""),
            seq=entry.seq,
            text=_sentences(_by_whom(entry, act, filed), _on_another_day(entry)),
        )
    moved = entry.from_state != entry.to_state
    return Moment(
        entry.recorded_at,
        who,
        _said_of(entry, workflow, title, transition.label),
        transition.icon,
        "state" if moved else "",
        text=_sentences(
            _change(workflow, entry) if moved else "", _by_whom(entry, transition, filed), _on_another_day(entry)
        ),
        quote=said(filed),
        seq=entry.seq,
    )


def _entry_of(act: Any, trigger: str) -> Entry:
    return Entry(act.label, act.icon, "steps") if act else Entry(registry.entry_label(trigger), "circle-dot", "steps")


def _sentences(*parts: str) -> str:
    return "。".join(filter(None, parts))


def _by_whom(entry: JournalEntry, done: Any, filed: Mapping[str, Any]) -> str:
    """That a party did it online, or that staff wrote down the act of a party (代录): how it came, by which proof."""
    if entry.actor_role == PARTY.id:
        through = str(filed.get("proof") or "").strip()
        return f"当事人网上办理；{through}" if through else "当事人网上办理"
    whose = [role.label for role in done.act_of if role in PARTIES] if done is not None else []
    if done is None and entry.trigger in ENTRIES and ENTRIES[entry.trigger].of_party:
        whose = [str(filed.get("whose") or PARTY.label)]
    if not whose or entry.actor_id is None:
        return ""
    way, proof = NOTICE_WAYS.get(str(filed.get("way", "")), ""), str(filed.get("proof") or "").strip()
    return "；".join(
        filter(
            None, (f"代录：{'、'.join(whose)}的行为", f"方式 {way}" if way else "", f"凭据 {proof}" if proof else "")
        )
    )


def said(filed: Mapping[str, Any]) -> str:
    """The words of a person among what was filed with a step, if any."""
    for name in ("explanation", "reason_text", "text", "note", "reason", "warning_reason"):
        value = filed.get(name)
        if isinstance(value, str) and len(value.strip()) > 3 and not value.isascii():
            return value
    return ""


def _change(workflow: Any, entry: JournalEntry) -> str:
    target = workflow.state_by_id[entry.to_state].label
    if entry.from_state == "new":
        return f"现为“{target}”"
    return f"{workflow.state_by_id[entry.from_state].label} → {target}"


def _on_another_day(entry: JournalEntry) -> str:
    """The law's day, where it is not the day the entry was written."""
    if legal_date(entry.recorded_at) == entry.occurred_on:
        return ""
    return f"办理日期 {entry.occurred_on.year}年{entry.occurred_on.month}月{entry.occurred_on.day}日"


def _said_of(entry: JournalEntry, workflow: Any, title: str, label: str) -> str:
    if entry.subject_id == entry.root_id:
        return label
    return f"《{title}》{label}" if entry.workflow == RECORD else f"{workflow.label}：{label}"


def _filed(payload: JournalPayload | None) -> Mapping[str, Any]:
    if payload is None or payload.sealed is None:
        return {"text": "（内容已依法删除）"} if payload is not None and payload.erased_at else {}
    try:
        filed = open_payload(payload)
    except Undecipherable:
        return {"text": "（内容无法解密，校验不符）"}
    return filed if isinstance(filed, Mapping) else {}


registry.entry_labels.update({name: entry.label for name, entry in ENTRIES.items()})
