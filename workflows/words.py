"""What a module calls what the desk offers every subject, so that the desk says each procedure's own words."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from workflows.definition import Role


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

    def said(self, text: str) -> str:
        """A text that leaves these words open, as this module says it: 安排{sitting}."""
        return text.format_map(self.terms)

    @property
    def terms(self) -> dict[str, str]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "handled_by"}


UNSAID = Words()


def together(several: Iterable[Words]) -> Words:
    """What a page across modules says: each word once, those that differ side by side, and the roles of all."""
    every = list(several)
    if not every:
        return UNSAID
    said = {f.name: dict.fromkeys(getattr(words, f.name) for words in every) for f in fields(Words)}
    roles = tuple(dict.fromkeys(role for some in said.pop("handled_by") for role in some))
    return Words(handled_by=roles, **{name: "、".join(different) for name, different in said.items()})
