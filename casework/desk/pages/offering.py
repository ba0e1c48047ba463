"""What a list that can be taken out is: who looks, which page it comes from, how it is made, who may have it in full."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk.sheets import Sheet
from workflows.actor import Actor


class Masked(msgspec.Struct, kw_only=True):
    reason: Annotated[
        str, Meta(title="导出理由", description="用在哪里、给谁看；写入导出日志", min_length=4, max_length=200)
    ]


class OfCases(Masked, kw_only=True):
    full: Annotated[bool, Meta(title="显示完整姓名和电话", description="只对你有权查看完整信息的案件有效")] = False


class OfColleagues(Masked, kw_only=True):
    full: Annotated[bool, Meta(title="显示完整账号和电话", description="不勾选的只留开头或者末几位")] = False


@dataclass(frozen=True, slots=True)
class Looking:
    """Who takes a list out, by which address it was asked for."""

    request: Request[Any, Any, Any]
    session: Session
    actor: Actor
    now: datetime
    today: date
    full: bool = False

    @property
    def given(self) -> dict[str, str]:
        """What the address of the page was narrowed by."""
        return dict(self.request.query_params)

    def in_full(self) -> "Looking":
        return replace(self, full=True)


@dataclass(frozen=True, slots=True)
class Offer:
    """A list that can be taken out; ``full`` asks whoever may do ``reveals`` whether personal data is to be whole."""

    back: str
    sheet: Callable[[Looking], Sheet]
    action: str = "figures.view"
    full: type[Masked] | None = None
    reveals: str = "person.reveal"
