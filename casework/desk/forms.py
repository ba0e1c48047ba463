"""What the desk itself asks for, whatever the subject: notes, contacts, evidence, hand-over, corrections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from casework.desk.tables import CONTACT_RESULTS, CONTACT_WAYS
from workflows.form import Attachment
from workflows.words import UNSAID, Words


@dataclass(frozen=True, slots=True)
class Choices:
    """What the select fields of a form offer here: list name -> value -> label; and the words its titles leave open."""

    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    words: Words = UNSAID

    def choices(self, name: str) -> Mapping[str, str]:
        return self.lists.get(name, {})


def from_list(name: str) -> Any:
    return lambda facts: facts.choices(name)


def pick(title: str, choices: Any, hint: str = "", widget: str = "select", **extra: Any) -> Meta:
    return Meta(title=title, description=hint, extra={"widget": widget, "choices": choices, **extra})


class NoteForm(msgspec.Struct, kw_only=True):
    text: Annotated[str, Meta(title="记录", min_length=1, max_length=4000, extra={"widget": "textarea", "lines": 3})]


class ContactForm(msgspec.Struct, kw_only=True):
    whom: Annotated[str, pick("联系对象", from_list("participants"))]
    way: Annotated[str, pick("方式", CONTACT_WAYS, widget="radio")] = "phone"
    result: Annotated[str, pick("结果", CONTACT_RESULTS, widget="radio")] = "reached"
    at: Annotated[datetime | None, Meta(title="时间", description="空着即为现在", extra={"not_future": True})] = None
    text: Annotated[str, Meta(title="内容", max_length=2000, extra={"widget": "textarea"})] = ""


class EvidenceForm(msgspec.Struct, kw_only=True):
    files: Annotated[list[Attachment], Meta(title="文件", extra={"required": False})] = []
    photos: Annotated[
        list[Attachment],
        Meta(
            title="拍照",
            description="用手机或者平板时直接打开相机；可以连拍多张，也可以从相册选。",
            extra={"accept": "image/*", "capture": "environment"},
        ),
    ] = []
    title: Annotated[str, Meta(title="名称", description="空着即用文件名；一次多份的依次编号", max_length=200)] = ""
    kind: Annotated[str, pick("种类", from_list("kinds"))] = "other"
    handed_in_by: Annotated[str, pick("提交人", from_list("participants"))] = ""
    received_on: Annotated[date | None, Meta(title="收到日期", extra={"not_future": True})] = None
    purpose: Annotated[str, Meta(title="证明内容", max_length=500, extra={"widget": "textarea", "lines": 2})] = ""

    def __post_init__(self) -> None:
        if not (self.files or self.photos):
            raise ValueError("files: 选择要上传的文件，或者拍照。")


class PlaceIn(msgspec.Struct, kw_only=True):
    """Where one piece stands in the 目录."""

    piece: Annotated[str, pick("材料", from_list("pieces"))]
    place: Annotated[int, Meta(title="序号", ge=1, le=9999)]


class CatalogueForm(msgspec.Struct, kw_only=True):
    order: Annotated[list[PlaceIn], Meta(title="次序", extra={"required": True})]


class HandOverForm(msgspec.Struct, kw_only=True):
    cases: Annotated[list[str], pick("移交的案件", from_list("cases"), widget="checks", required=True)]
    to: Annotated[str, pick("接办人", from_list("colleagues"))]
    until: Annotated[date | None, Meta(title="交回日期", description="到这一天自动交回原承办人；不交回的空着")] = None
    reason: Annotated[str, Meta(title="移交理由", min_length=2, max_length=300)]


class CorrectionForm(msgspec.Struct, kw_only=True):
    field: Annotated[str, pick("更正哪一项", from_list("fields"))]
    value: Annotated[
        str, Meta(title="更正为", description="日期写成 2026-11-20；是否一类写“是”或者“否”", max_length=500)
    ] = ""
    seq: Annotated[str, pick("原记录", from_list("entries"))]
    reason: Annotated[
        str, Meta(title="更正理由", min_length=4, max_length=300, extra={"widget": "textarea", "lines": 2})
    ]
    second: Annotated[str, pick("核对人", from_list("colleagues"), "核对人确认后才更正")]


class CheckForm(msgspec.Struct, kw_only=True):
    agreed: Annotated[str, pick("核对结果", {"yes": "核对无误，予以更正", "no": "不予更正"}, widget="radio")]
    because: Annotated[
        str,
        Meta(title="理由", description="不予更正的须写明", max_length=300, extra={"widget": "textarea", "lines": 2}),
    ] = ""


class TaskForm(msgspec.Struct, kw_only=True):
    how: Annotated[str, Meta(title="处理情况", min_length=2, max_length=300, extra={"widget": "textarea", "lines": 2})]


class LinkForm(msgspec.Struct, kw_only=True):
    number: Annotated[str, Meta(title="对方案件的案号或者登记号", min_length=2, max_length=80)]
    reason: Annotated[str, Meta(title="关联理由", min_length=2, max_length=300)]


class UnlinkForm(msgspec.Struct, kw_only=True):
    reason: Annotated[str, Meta(title="解除关联的理由", min_length=2, max_length=300)]


class AskAccessForm(msgspec.Struct, kw_only=True):
    number: Annotated[str, Meta(title="案号或者登记号", min_length=2, max_length=80)]
    reason: Annotated[
        str,
        Meta(title="为什么需要查看", min_length=4, max_length=300, extra={"widget": "textarea", "lines": 2}),
    ]
    until: Annotated[date | None, Meta(title="看到哪一天为止", description="空着即为三十天，最长九十天")] = None


class AnswerAccessForm(msgspec.Struct, kw_only=True):
    answer: Annotated[str, pick("答复", {"granted": "批准", "refused": "不批准"}, widget="radio", required=True)]
    until: Annotated[date | None, Meta(title="看到哪一天为止", description="批准时填写，最长九十天")] = None
    reason: Annotated[str, Meta(title="理由", description="不批准的须写明", max_length=300)] = ""


class EndAccessForm(msgspec.Struct, kw_only=True):
    reason: Annotated[str, Meta(title="收回的理由", min_length=2, max_length=300)]
