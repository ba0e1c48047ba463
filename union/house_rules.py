"""House rules (⚙ ◐ ✎ ≈) as data: what is decided by a dated setting, and who has to sign it (law.md §9).

No database here, so that a procedure's rules can name them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.law import Citation, Policy
from workflows.workdays import ALL_REST

SIGNED = "sign_off."  # key of the decision on a whole point: sign_off.9-15


@dataclass(frozen=True, slots=True)
class HouseRule:
    """A setting: what it is called, what holds until somebody decides, and the point of law.md §9 it belongs to."""

    key: str
    label: str
    default: Any
    point: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    fault: Callable[[Any], str] | None = None  # the sentence why a value cannot be used, or ""
    hint: str = ""  # how a text is to be written

    @property
    def law(self) -> Citation:
        return Policy(self.label, self.point)

    @property
    def name(self) -> str:
        """What a page calls it: money is asked for and shown in yuan, however it is kept."""
        return self.label.removesuffix("（分）")

    @property
    def kind(self) -> str:
        """How the value is asked for: switch, several, choice, money, number or text."""
        if isinstance(self.default, bool):
            return "switch"
        if isinstance(self.default, list):
            return "several"
        if self.choices:
            return "choice"
        if self.unit == "分":
            return "money"
        return "number" if isinstance(self.default, int) else "text"

    def words(self, value: Any) -> str:
        """A value as a person reads it."""
        if value is None or value == "":
            return "未填"
        if self.kind == "switch":
            return "是" if value else "否"
        if self.kind == "money":
            return f"{value / 100:,.2f} 元"
        labels = dict(self.choices)
        if isinstance(value, list):
            return "、".join(labels.get(str(v), str(v)) for v in value) or "无"
        return f"{labels.get(str(value), str(value))}{' ' + self.unit if self.unit else ''}"


REST_KINDS = (
    ("weekend", "周末"),
    ("holiday", "法定节假日"),
    ("rest", "调休休息日"),
)
CALENDAR_RULES = (
    HouseRule("calendar.roll_set", "届满日顺延的休息日种类", sorted(ALL_REST), "9-1", choices=REST_KINDS),
    HouseRule("calendar.roll_back", "倒计期限遇休息日提前", True, "9-1"),
    HouseRule("calendar.deemed_effect_next_day", "视为生效发生于届满次日", True, "9-1"),
    HouseRule(
        "calendar.extension_base",
        "延期的起算日",
        "nominal",
        "9-1",
        choices=(("nominal", "名义届满日"), ("rolled", "顺延后的届满日")),
    ),
)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of law.md §9 that somebody has to decide."""

    number: str
    what: str
    who: str


POINTS: Mapping[str, Point] = {
    number: Point(number, what, who)
    for number, what, who in (
        ("3.7", "协议签订前合法性审查的提示：提示并写明理由", "法律顾问"),
        ("9-1", "顺延所称法定休假日的范围，倒计期限的提前，视为生效的日期，延期的起算", "法律顾问"),
        ("9-2", "区总工会调解组织的协议可以走哪些救济途径（调仲法第十条未列明）", "法律顾问、朝阳法院"),
        ("9-3", "《办理法律援助案件程序规定》未读到全文的条款", "与司法部公布文本核对"),
        ("9-4", "《工会法律援助办法》未读到全文的条款；本市工资标准；金额计算表", "区职工法律援助中心"),
        ("9-5", "工资专项集体合同报送七日或者十日，表决的多数", "法律顾问、区人力社保局"),
        ("9-6", "《企业民主管理规定》部分条文号；召开职工代表大会的人数标准", "区总民管部"),
        ("9-7", "九月民主管理检查的评分表", "区总民管部"),
        ("9-8", "各类案卷保管期限；批准前不作销毁", "区档案馆"),
        ("9-9", "《北京市集体合同条例》《北京市法律援助条例》的后续修改", "法律顾问"),
        ("9-10", "总工发〔2023〕23号、京人社仲发〔2023〕18号的全文", "与原文核对"),
        ("9-11", "统计口径；集体争议调解员组人数；办案补贴标准", "区总统计"),
        ("9-12", "整改、提示函、意见书、建议书的答复期限", "区总法律部"),
        ("9-13", "下一年度节假日安排", "系统管理员，通知公布后录入"),
        ("9-14", "朝阳三十日总期限和五个工作日移送", "朝阳仲裁院"),
        ("9-15", "案号、文号格式；文书作废、替代；用印", "区总办公室"),
        (
            "9-16",
            "待签署期间的届满处理，补正期限，委托机关另定的期限，当场履行的小额上限，平板和手机签名的效力",
            "法律顾问",
        ),
        (
            "9-17",
            "期满处理的撤销，登记号和案号，交接，查重，并案，取下一件的预留时间，给当事人发进展短信的时段",
            "法律顾问、区总办公室",
        ),
    )
}


def in_order(point: str) -> tuple[int, ...]:
    return tuple(int(part) for part in point.replace("-", ".").split(".") if part.isdigit())
