"""What a list was asked for: read from its address with a sentence for all that makes no sense, named and kept, shared."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from msgspec import Meta
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casework.desk import batch, search
from casework.desk.batch import Kind, Result
from casework.desk.cursor import Cursor
from casework.desk.tables import Batch, SavedFilter
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.module import registry

MINE, ROLE, WAITING, TASKS = "mine", "role", "waiting", "tasks"
VIEWS = {MINE: "本人主办", ROLE: "待我办理", WAITING: "等他人回复", TASKS: "任务"}
DUES = {"overdue": "已超期", "today": "今天到期", "three": "三天内到期", "week": "七天内到期", "none": "无期限"}
SORTS = {"due": "按期限", "new": "按登记先后"}
HANDLERS = {"own": "本人主办", "nobody": "尚未指定"}
MOST_SAVED = 8
LONGEST_NAME = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """One way of looking at a list, every part optional."""

    view: str = ""
    q: str = ""
    module: str = ""
    st: str = ""
    due: str = ""
    who: str = ""
    sort: str = ""

    def said(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}

    def href(self, path: str, **more: str) -> str:
        asked = {name: value for name, value in {**self.said(), **more}.items() if value}
        return f"{path}?{urlencode(asked)}" if asked else path

    def without(self, name: str) -> "Asked":
        return replace(self, **{name: ""})

    @property
    def narrows(self) -> bool:
        return any((self.q, self.module, self.st, self.due, self.who))


class FilterForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(title="名称", description="显示在待办的标签上", min_length=1, max_length=LONGEST_NAME)]
    shared: Annotated[bool, Meta(title="本单位同事也能使用这个筛选")] = False


@dataclass(frozen=True, slots=True)
class Saved:
    """A named filter as its tab shows it."""

    id: uuid.UUID
    name: str
    asked: Asked
    own: bool
    shared: bool


def read(given: Mapping[str, str], states: Mapping[str, str] | None = None) -> tuple[Asked, list[str]]:
    """What is asked for, and a sentence for each part that was left aside; the parts that make sense stay."""
    known: dict[str, Mapping[str, object]] = {
        "view": VIEWS,
        "module": registry.modules,
        "st": states or {},
        "due": DUES,
        "who": HANDLERS,
        "sort": SORTS,
    }
    asked, faults = {}, []
    for name, values in known.items():
        value = given.get(name, "")
        if value in values:
            asked[name] = value
        elif value:
            faults.append(f"没有“{value[:20]}”这样的{LABELS[name]}，这一条件没有使用。")
    words = given.get("q", "").strip()
    if len(words) > search.LONGEST_QUERY:
        faults.append(f"搜索的文字最多 {search.LONGEST_QUERY} 个字，只用了前面的部分。")
    if search.too_short(words):
        faults.append("搜索至少输入两个字：一个字会找出几乎所有案件。")
    return Asked(q=words[: search.LONGEST_QUERY], **asked), faults


LABELS = {
    "view": "视图",
    "module": "业务",
    "st": "状态",
    "due": "期限范围",
    "who": "承办条件",
    "sort": "排序",
}
LOST_PLACE = "“下一页”的位置无法识别（网址可能被改动过），已回到第一页，筛选条件仍在。"


def lost(signed: str, place: Cursor | None) -> list[str]:
    return [LOST_PLACE] if signed and place is None else []


# --- kept


def saved(session: Session, actor: Actor) -> list[Saved]:
    """The actor's own, then what colleagues of the same organisation share."""
    own = SavedFilter.owner_id == actor.id
    shared = SavedFilter.shared_with_id == actor.organisation_id
    query = select(SavedFilter).where(or_(own, shared)).order_by(SavedFilter.owner_id != actor.id, SavedFilter.id)
    return [
        Saved(kept.id, kept.name, _asked(kept.asked), kept.owner_id == actor.id, kept.shared_with_id is not None)
        for kept in session.scalars(query.limit(2 * MOST_SAVED))
    ]


def save(session: Session, actor: Actor, name: str, asked: Asked, shared: bool, at: datetime) -> SavedFilter:
    """Keep it under a name of its own; Invalid says what is wrong with the name."""
    name = name.strip()
    _refuse_name(session, actor, name)
    kept = SavedFilter(
        owner_id=actor.id,
        shared_with_id=actor.organisation_id if shared else None,
        name=name,
        asked=asked.said(),
        at=at,
    )
    session.add(kept)
    session.flush()
    return kept


def _refuse_name(session: Session, actor: Actor, name: str) -> None:
    mine = session.scalars(select(SavedFilter.name).where(SavedFilter.owner_id == actor.id)).all()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("name", f"给这个筛选起一个不超过 {LONGEST_NAME} 个字的名称。")
    if name in mine:
        raise Invalid("name", f"你已经有名为“{name}”的筛选，换一个名称。")
    if len(mine) >= MOST_SAVED:
        raise Invalid("name", f"每人最多保存 {MOST_SAVED} 个筛选，先删除不用的。")


def forget(session: Session, actor: Actor, filter_id: uuid.UUID, at: datetime) -> Batch:
    """Delete one's own filter; for some seconds it can be had back. Somebody else's is Unknown, shared or not."""
    kept = session.get(SavedFilter, filter_id)
    if kept is None or kept.owner_id != actor.id:
        raise Unknown()
    shared_with = str(kept.shared_with_id) if kept.shared_with_id else ""
    before = {"name": kept.name, "asked": kept.asked, "shared_with": shared_with, "at": kept.at.isoformat()}
    session.delete(kept)
    return batch.keep(session, actor, at, FORGET, [Result(filter_id, f"已删除筛选“{kept.name}”", before)])


def _have_back(session: Session, actor: Actor, at: datetime, filter_id: uuid.UUID, before: Mapping[str, Any]) -> str:
    """The filter as it was, under its own id; refused where its name or its place was taken meanwhile."""
    _refuse_name(session, actor, before["name"])
    shared_with = uuid.UUID(before["shared_with"]) if before["shared_with"] else None
    session.add(
        SavedFilter(
            id=filter_id,
            owner_id=actor.id,
            shared_with_id=shared_with,
            name=before["name"],
            asked=before["asked"],
            at=datetime.fromisoformat(before["at"]),
        )
    )
    session.flush()
    return f"已恢复筛选“{before['name']}”"


FORGET = "forget_filter"
KINDS = {FORGET: Kind("删除筛选", _have_back, home="/todo", late="仍要用的，重新保存这个筛选。")}


def _asked(stored: Mapping[str, str]) -> Asked:
    """A part whose meaning has gone since it was saved no longer narrows."""
    names = {field.name for field in fields(Asked)}
    states = {stored["st"]: ""} if stored.get("st") else {}
    return read({name: str(value) for name, value in stored.items() if name in names}, states)[0]


def chips(asked: Asked, path: str, states: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """(text, address without it) of each condition in force."""
    words: dict[str, Mapping[str, str]] = {
        "module": {name: module.label for name, module in registry.modules.items()},
        "st": states,
        "due": DUES,
        "who": HANDLERS,
    }
    shown = [(asked.q, asked.without("q").href(path))] if asked.q else []
    for name, labels in words.items():
        value = getattr(asked, name)
        if value:
            shown.append((labels.get(value, value), asked.without(name).href(path)))
    return shown
