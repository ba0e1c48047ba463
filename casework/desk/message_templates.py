"""The wording of messages: an administrator's dated text with a few named gaps, and nothing a text could run.

A gap is written {姓名}. Only the gaps of its own template may stand in a text; each is filled once, by plain text.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk.tables import MessageTemplate
from workflows.errors import Invalid
from workflows.module import registry

LONGEST = 500
FIRST_SMS, EACH_SMS = 70, 67  # characters of a single Chinese SMS, and of each part of a longer one
GAP = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Gap:
    """A named gap: what an administrator writes, what the SMS provider calls it, and an example, which a module may word."""

    word: str
    parameter: str
    example: str


@dataclass(frozen=True, slots=True)
class Template:
    """One message of the service: its gaps, and its wording until an administrator writes another."""

    label: str  # a module may word it
    text: str
    gaps: tuple[Gap, ...]
    by_sms: bool = False

    @property
    def named(self) -> str:
        return registry.words.said(self.label)

    @property
    def examples(self) -> dict[str, str]:
        return {gap.word: registry.words.said(gap.example) for gap in self.gaps}


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in force on a day."""

    name: str
    text: str
    template_id: uuid.UUID | None = None
    provider_code: str = ""

    def filled(self, values: Mapping[str, str]) -> str:
        return filled(self.text, values)


NAME, NUMBER = Gap("姓名", "name", "王小明"), Gap("案号", "number", "朝工调望京〔2026〕12号")
SAID, TERM = Gap("内容", "text", "申请已受理"), Gap("期限", "term", "十五日期限")
DUE, LEFT = Gap("届满日", "due", "11月20日（周五）"), Gap("天数", "days", "3")
TIME, PLACE = Gap("时间", "time", "11月20日 10:00"), Gap("地点", "place", "第一{room}")
BEFORE, PLACE_BEFORE = Gap("原时间", "time_before", "11月18日 14:00"), Gap("原地点", "place_before", "第二{room}")
CHANGE, CALLED = Gap("变动", "change", "已取消"), Gap("会议", "sitting", "{sitting}")
LINK = Gap("链接", "link", "https://…/my/l/…")
RECEIVER, REASON = Gap("收件人", "receiver", "王小明"), Gap("原因", "reason", "手机号停机，改用其他方式通知。")

TOLD, INVITATION, MOVED, CALLED_OFF = "told", "invitation", "moved", "called_off"
STAFF_SMS, CODE = "staff_sms", "code"
ALERT, TODAY, OVERDUE, UNDELIVERED = "alert", "today", "overdue", "undelivered"
TEMPLATES: Mapping[str, Template] = {
    TOLD: Template(
        "案件进展（发给当事人）", "{姓名}：{内容}（{案号}）查看 {链接}", (NAME, SAID, NUMBER, LINK), by_sms=True
    ),
    INVITATION: Template(
        "{sitting}通知（发给当事人）",
        "{姓名}：定于{时间}在{地点}召开{会议}，按时到会；不能到会的提前告知承办人。（{案号}）答复 {链接}",
        (NAME, TIME, PLACE, CALLED, NUMBER, LINK),
        by_sms=True,
    ),
    MOVED: Template(
        "{sitting}改期（发给当事人）",
        "{姓名}：原定{原时间}在{原地点}召开的{会议}改为{时间}在{地点}召开，按时到会；不能到会的提前告知承办人。"
        "（{案号}）答复 {链接}",
        (NAME, BEFORE, PLACE_BEFORE, TIME, PLACE, CALLED, NUMBER, LINK),
        by_sms=True,
    ),
    CALLED_OFF: Template(
        "{sitting}取消、延期（发给当事人）",
        "{姓名}：原定{时间}在{地点}召开的{会议}{变动}，原定时间不必到会。（{案号}）查看 {链接}",
        (NAME, TIME, PLACE, CALLED, CHANGE, NUMBER, LINK),
        by_sms=True,
    ),
    STAFF_SMS: Template("工作提醒（发给工作人员）", "{内容}", (Gap("内容", "text", "有案件移交给本人"),), by_sms=True),
    CODE: Template(
        "登录验证码（发给当事人）",
        "验证码 {验证码}，五分钟内有效。工作人员不会向你索要验证码，不要告诉他人。",
        (Gap("验证码", "code", "246810"),),
        by_sms=True,
    ),
    ALERT: Template("期限临近", "{案号}“{期限}”还剩 {天数} 天，{届满日}届满。", (NUMBER, TERM, LEFT, DUE)),
    TODAY: Template("期限当日", "{案号}“{期限}”今天届满。", (NUMBER, TERM, DUE)),
    OVERDUE: Template("期限届满", "{案号}“{期限}”已于{届满日}届满，须立即处理。", (NUMBER, TERM, DUE)),
    UNDELIVERED: Template("未送达", "{案号}发给{收件人}的短信没有送到：{原因}", (NUMBER, RECEIVER, REASON)),
}


def wording(session: Session, name: str, day: date) -> Wording:
    """The wording of a template on a day: the administrator's, else ours."""
    query = select(MessageTemplate).where(MessageTemplate.name == name, MessageTemplate.in_force(day))
    row = session.scalars(query.order_by(MessageTemplate.valid_from.desc(), MessageTemplate.id.desc()).limit(1)).first()
    return Wording(name, row.text, row.id, row.provider_code) if row else Wording(name, TEMPLATES[name].text)


def versions(session: Session, name: str) -> list[MessageTemplate]:
    query = select(MessageTemplate).where(MessageTemplate.name == name)
    ordered = query.order_by(MessageTemplate.valid_from.desc(), MessageTemplate.id.desc())
    return list(session.scalars(ordered.limit(100)))


def reword(
    session: Session, name: str, text: str, provider_code: str, valid_from: date, by: uuid.UUID | None, at: datetime
) -> MessageTemplate:
    """A new wording from a day on; the one before ends the day before. Invalid with what is wrong with the text."""
    if wrong := problems(name, text):
        raise Invalid("text", "".join(wrong))
    query = select(MessageTemplate).where(MessageTemplate.name == name, MessageTemplate.valid_to.is_(None))
    before = session.scalars(query.with_for_update()).first()
    if before is not None:
        if valid_from <= before.valid_from:
            raise Invalid("valid_from", f"已有自 {before.valid_from.isoformat()} 起的文字，启用日期须晚于这一天。")
        before.end_on(valid_from - timedelta(days=1))
    row = MessageTemplate(
        name=name,
        text=text.strip(),
        provider_code=provider_code.strip(),
        valid_from=valid_from,
        entered_by=by,
        entered_at=at,
    )
    session.add(row)
    session.flush()
    return row


def problems(name: str, text: str) -> list[str]:
    """What is wrong with a text, each in a sentence; nothing when it may be used."""
    template, said = TEMPLATES[name], []
    known = "、".join(f"{{{gap.word}}}" for gap in template.gaps)
    unknown = sorted({word for word in GAP.findall(text) if word not in template.examples})
    said += [f"“{{{word}}}”不是这个模板可以用的变量，可用的有{known}。" for word in unknown]
    if "{" in GAP.sub("", text) or "}" in GAP.sub("", text):
        said.append("花括号没有成对，变量写成{姓名}的样子。")
    if template.by_sms and ("【" in text or "】" in text):
        said.append("短信签名由系统加在开头，正文不写【】。")
    return said


def filled(text: str, values: Mapping[str, str]) -> str:
    """Every gap replaced once; what a value contains is never read as a gap."""
    return GAP.sub(lambda gap: values.get(gap[1], ""), text)


def parameters(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values under the names the SMS provider knows them by."""
    return {gap.parameter: values.get(gap.word, "") for gap in TEMPLATES[name].gaps}


def signed_text(sign: str, text: str) -> str:
    return f"【{sign}】{text}"


def sms_parts(text: str) -> int:
    """How many short messages a text is charged as."""
    return 1 if len(text) <= FIRST_SMS else -(-len(text) // EACH_SMS)
