"""What a module calls what the desk offers every subject, so that the desk says each procedure's own words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

from workflows.definition import Role


@dataclass(frozen=True, slots=True)
class Material:
    """A kind of material people hand in; ``hint`` tells the people a subject is about what belongs there."""

    id: str
    label: str
    hint: str = ""
    from_parties: bool = True  # they have a place for it on their own page


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one module, or of several together; left unsaid, those any office understands.

    ``handled_by`` are the roles that make somebody eligible to be given a subject: without one it is nobody's to hand on.
    """

    work: str = "办理"  # what is done with a case
    handler: str = "承办人"  # who is responsible: 承办律师
    group: str = "承办组"  # several of them, responsible together
    handled_by: tuple[Role, ...] = ()
    sitting: str = "会议"  # people called together, with notices and minutes: 协商会议
    minutes: str = "会议笔录"
    room: str = "会议室"
    host: str = "主持人"
    rights_told: str = "已告知权利义务，并询问是否申请回避"
    apart: str = "不公开的内容"  # what is said at a sitting and kept apart from its minutes
    apart_because: str = "不进入笔录。"
    materials: tuple[Material, ...] = ()  # what is handed in here beside what any office knows, or worded otherwise
    alike_by: str = "当事人"  # by what other cases are found that one may repeat
    nothing_alike: str = "没有找到本案可能重复的其他案件。"

    def said(self, text: str) -> str:
        """A text that leaves these words open, as this module says it: 安排{sitting}."""
        return text.format_map(self.terms)

    @property
    def terms(self) -> dict[str, str]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.type is str}


UNSAID = Words()


def together(several: Iterable[Words]) -> Words:
    """What a page across modules says: each word once, those that differ side by side, the roles and materials of all."""
    every = list(several)
    if not every:
        return UNSAID
    return Words(**{f.name: _side_by_side([getattr(words, f.name) for words in every]) for f in fields(Words)})


def _side_by_side(said: Sequence[Any]) -> Any:
    if isinstance(said[0], str):
        return "、".join(dict.fromkeys(said))
    return tuple(dict.fromkeys(chain.from_iterable(said)))
