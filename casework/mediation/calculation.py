"""What a worker may be owed, line by line with its formula and its article (marked until a lawyer has compared it).

Pure arithmetic on 分 and exact fractions; every amount is rounded half up to the 分 once, at its own line.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from union.law import LABOUR_CONTRACT, LABOUR_LAW
from workflows.law import Citation, Mark

UNCHECKED = Mark.MEMORY
COMPENSATION = LABOUR_CONTRACT[47].marked(UNCHECKED)
DAMAGES = LABOUR_CONTRACT[87].marked(UNCHECKED)
DOUBLE_WAGE = LABOUR_CONTRACT[82].marked(UNCHECKED)
OVERTIME = LABOUR_LAW[44].marked(UNCHECKED)

PAID_DAYS_A_MONTH = Fraction(2175, 100)  # 月计薪天数 ✎
HOURS_A_DAY = 8


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the parties agree or prove: wages in 分, dates, hours; ``average_wage`` is the local monthly average."""

    monthly_wage: int
    hired_on: date | None = None
    left_on: date | None = None
    average_wage: int | None = None
    cap_multiple: int = 3
    cap_years: int = 12
    unlawful: bool = False  # 违法解除: 赔偿金 instead of 经济补偿
    compensation: bool = True
    no_contract_months: int = 0
    hours_workday: Fraction = Fraction(0)
    hours_rest_day: Fraction = Fraction(0)
    hours_holiday: Fraction = Fraction(0)
    wages_owed_months: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One computed item; ``checked`` once the article's text has been compared with its source."""

    title: str
    formula: str
    amount: int
    law: Citation
    note: str = ""

    @property
    def checked(self) -> bool:
        return self.law.mark is Mark.READ


def calculate(inputs: Inputs) -> list[Line]:
    """Every line the inputs give rise to."""
    return [*_wages(inputs), *_severance(inputs), *_double_wage(inputs), *_overtime(inputs)]


def total(lines: Iterable[Line]) -> int:
    return sum(line.amount for line in lines)


def service_years(hired_on: date, left_on: date) -> Fraction:
    """Years of service for severance: six months or more count as a year, less than six as half a year."""
    months = (left_on.year - hired_on.year) * 12 + left_on.month - hired_on.month
    whole = months if left_on >= _after_months(hired_on, months) else months - 1
    years, rest = divmod(max(whole, 0), 12)
    over = left_on > _after_months(hired_on, years * 12)
    if rest >= 6:
        return Fraction(years + 1)
    return Fraction(years) + (Fraction(1, 2) if rest or over else 0)


def _wages(inputs: Inputs) -> Iterable[Line]:
    months = inputs.wages_owed_months
    if months:
        formula = f"月工资{_yuan(inputs.monthly_wage)} × {_plain(months)}个月"
        yield Line("拖欠工资", formula, _round(inputs.monthly_wage * months), LABOUR_LAW[50].marked(UNCHECKED))


def _severance(inputs: Inputs) -> Iterable[Line]:
    if not (inputs.compensation or inputs.unlawful) or inputs.hired_on is None or inputs.left_on is None:
        return
    years, base, note = service_years(inputs.hired_on, inputs.left_on), inputs.monthly_wage, ""
    cap = inputs.average_wage * inputs.cap_multiple if inputs.average_wage else None
    if cap is None:
        note = "本地职工月平均工资未录入，未核对三倍封顶"
    elif base > cap:
        base, note = (
            cap,
            f"月工资高于本地职工月平均工资{inputs.cap_multiple}倍，按{inputs.cap_multiple}倍计，年限不超过{inputs.cap_years}年",
        )
        years = min(years, Fraction(inputs.cap_years))
    formula = f"月工资{_yuan(base)} × {_plain(years)}年"
    amount = _round(base * years)
    if inputs.unlawful:
        yield Line("违法解除赔偿金", f"{formula} × 2", amount * 2, DAMAGES, note)
    else:
        yield Line("经济补偿", formula, amount, COMPENSATION, note)


def _double_wage(inputs: Inputs) -> Iterable[Line]:
    months = min(inputs.no_contract_months, 11)
    if months:
        note = "自用工满一个月的次日起计，不超过十一个月" if inputs.no_contract_months > 11 else ""
        formula = f"月工资{_yuan(inputs.monthly_wage)} × {months}个月"
        yield Line("未签书面劳动合同二倍工资差额", formula, inputs.monthly_wage * months, DOUBLE_WAGE, note)


def _overtime(inputs: Inputs) -> Iterable[Line]:
    hourly = Fraction(inputs.monthly_wage) / PAID_DAYS_A_MONTH / HOURS_A_DAY
    for title, hours, times in (
        ("工作日延时加班费", inputs.hours_workday, Fraction(3, 2)),
        ("休息日加班费", inputs.hours_rest_day, Fraction(2)),
        ("法定休假日加班费", inputs.hours_holiday, Fraction(3)),
    ):
        if hours:
            formula = f"月工资{_yuan(inputs.monthly_wage)} ÷ 21.75 ÷ 8 × {_plain(hours)}小时 × {_plain(times)}"
            yield Line(title, formula, _round(hourly * hours * times), OVERTIME)


def _after_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _round(amount: Fraction | int) -> int:
    return int(Fraction(amount) + Fraction(1, 2))


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}元"


def _plain(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"
