"""What is asked about a sitting: when and where, who was told and how, what was said, and who confirms it.

What a title leaves open, {room} or {host}, is filled by the words that come with the choices.
"""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from casework.desk.forms import from_list, pick
from casework.desk.tables import CONFIRMATIONS, NOTICE_ANSWERS, NOTICE_WAYS

LINES = {"widget": "textarea", "lines": 2}


class NoticeIn(msgspec.Struct, kw_only=True):
    """How one person is told of a sitting."""

    who: Annotated[str, pick("通知谁", from_list("participants"))]
    way: Annotated[str, pick("方式", NOTICE_WAYS)] = "phone"
    notified_at: Annotated[datetime | None, Meta(title="通知时间", description="尚未通知的空着")] = None
    proof: Annotated[str, Meta(title="凭据", description="通话对象、快递单号等", max_length=300)] = ""


class SittingForm(msgspec.Struct, kw_only=True):
    starts_at: Annotated[datetime, Meta(title="开始时间")]
    ends_at: Annotated[datetime | None, Meta(title="结束时间", description="空着即为两小时")] = None
    room_id: Annotated[str, pick("{room}", from_list("rooms"))] = ""
    place: Annotated[str, Meta(title="其他地点", max_length=200)] = ""
    video_link: Annotated[str, Meta(title="视频会议号", max_length=300)] = ""
    host: Annotated[str, pick("{host}", from_list("hosts"))] = ""
    notices: Annotated[
        list[NoticeIn],
        Meta(title="通知", description="每名当事人一行。方式选短信、时间空着的，保存后由系统发出短信。"),
    ] = []
    in_spite: Annotated[str, Meta(title="仍照此安排的理由", max_length=300, extra=LINES)] = ""


class MoveForm(msgspec.Struct, kw_only=True):
    starts_at: Annotated[datetime, Meta(title="改到")]
    ends_at: Annotated[datetime | None, Meta(title="结束时间", description="空着即为两小时")] = None
    room_id: Annotated[str, pick("{room}", from_list("rooms"))] = ""
    place: Annotated[str, Meta(title="其他地点", max_length=200)] = ""
    video_link: Annotated[str, Meta(title="视频会议号", max_length=300)] = ""
    because: Annotated[str, Meta(title="改期的原因", min_length=2, max_length=300, extra=LINES)]
    in_spite: Annotated[str, Meta(title="仍照此安排的理由", max_length=300, extra=LINES)] = ""


class NoticeForm(msgspec.Struct, kw_only=True):
    """One person told, or told again."""

    way: Annotated[str, pick("方式", NOTICE_WAYS, widget="radio")] = "phone"
    notified_at: Annotated[
        datetime | None,
        Meta(title="通知时间", description="选短信而空着的，保存后由系统发出短信", extra={"not_future": True}),
    ] = None
    proof: Annotated[
        str, Meta(title="凭据", description="通话对象、快递单号、送达回证编号等", max_length=300, extra=LINES)
    ] = ""
    evidence: Annotated[str, pick("凭据文件", from_list("evidence"), "先在案件页“材料”中上传回执、截图")] = ""
    answer: Annotated[str, pick("答复", NOTICE_ANSWERS, widget="radio")] = ""


class PresentIn(msgspec.Struct, kw_only=True):
    """One person at a sitting."""

    who: Annotated[str, pick("当事人", from_list("participants"))]
    came: Annotated[str, pick("到会", {"yes": "到会", "no": "未到"}, widget="radio")] = "yes"
    through: Annotated[str, Meta(title="代理人", max_length=100)] = ""


class HeldForm(msgspec.Struct, kw_only=True):
    rights_told: Annotated[bool, Meta(title="{rights_told}")] = False
    attendance: Annotated[list[PresentIn], Meta(title="到会情况")] = []
    open_minutes: Annotated[str, Meta(title="笔录", max_length=20000, extra={"widget": "textarea", "lines": 16})] = ""
    without_prejudice_minutes: Annotated[
        str,
        Meta(
            title="{apart}（单独保存）",
            description="{apart_because}",
            max_length=20000,
            extra={"widget": "textarea", "lines": 5},
        ),
    ] = ""
    outcome: Annotated[str, Meta(title="结果", max_length=500, extra=LINES)] = ""
    status: Annotated[
        str, pick("会议状态", {"held": "已召开", "adjourned": "延期再开", "cancelled": "取消"}, widget="radio")
    ] = "held"
    adjourned_because: Annotated[
        str, Meta(title="延期、取消的原因", description="延期的，保存后接着安排下一次", max_length=300)
    ] = ""


class ConfirmedIn(msgspec.Struct, kw_only=True):
    """What one person present says to the minutes."""

    who: Annotated[str, pick("在场人", from_list("present"))]
    confirmed: Annotated[str, pick("确认", CONFIRMATIONS)] = ""
    note: Annotated[str, Meta(title="补正内容或者拒绝的原因", max_length=300)] = ""


class ReadBackForm(msgspec.Struct, kw_only=True):
    people: Annotated[list[ConfirmedIn], Meta(title="逐人确认", extra={"required": True})]


class RoomForm(msgspec.Struct, kw_only=True):
    organisation: Annotated[str, pick("所属组织", from_list("organisations"))]
    name: Annotated[str, Meta(title="名称", min_length=1, max_length=100)]
    video: Annotated[bool, Meta(title="线上{room}（视频会议）")] = False
    seats: Annotated[int | None, Meta(title="座位数", ge=1, le=500)] = None
    equipment: Annotated[str, Meta(title="设备", description="例如：投影、录音录像、无障碍通道", max_length=200)] = ""
    valid_from: Annotated[date | None, Meta(title="启用日期", description="空着即为今天")] = None


class ChangeRoomForm(msgspec.Struct, kw_only=True):
    seats: Annotated[int | None, Meta(title="座位数", ge=1, le=500)] = None
    equipment: Annotated[str, Meta(title="设备", max_length=200)] = ""
    valid_to: Annotated[date | None, Meta(title="停用日期", description="使用到这一天为止；继续使用的空着")] = None
