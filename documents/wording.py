"""How an office writes amounts, dates and numbers in a record."""

from datetime import date, datetime, timedelta, timezone

from workflows.law import in_words

SHANGHAI = timezone(timedelta(hours=8))
CAPITALS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
LARGEST = 10**18 - 1  # 分

__all__ = [
    "amount_in_capitals",
    "amount_in_figures",
    "counted",
    "date_in_figures",
    "in_words",
    "moment",
    "paragraphs",
    "sentence",
]


def amount_in_capitals(fen: int) -> str:
    """大写金额 of an amount in 分, as bills write it: 8000000 -> 捌万元整, 1640902 -> 壹万陆仟肆佰零玖元零贰分."""
    if not 0 <= fen <= LARGEST:
        raise ValueError(f"amount out of range: {fen}")
    yuan, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    whole = f"{_integer(yuan)}元" if yuan or not (jiao or cents) else ""
    if not (jiao or cents):
        return f"{whole}整"
    if not cents:
        return f"{whole}{CAPITALS[jiao]}角整"
    tenths = f"{CAPITALS[jiao]}角" if jiao else ("零" if whole else "")
    return f"{whole}{tenths}{CAPITALS[cents]}分"


def amount_in_figures(fen: int) -> str:
    """An amount in 分 as 80,000元 or 8,793.10元."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    cents = f".{fen % 100:02d}" if fen % 100 else ""
    return f"{sign}{fen // 100:,}{cents}元"


def date_in_figures(day: date | str) -> str:
    """A date as offices write it, without leading zeros: 2026年11月2日."""
    day = date.fromisoformat(day[:10]) if isinstance(day, str) else day
    return f"{day.year}年{day.month}月{day.day}日"


def moment(instant: datetime | str) -> str:
    """An instant to the minute, in Beijing time: 2026年11月22日14时05分."""
    instant = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    local = instant.astimezone(SHANGHAI)
    return f"{date_in_figures(local.date())}{local.hour}时{local.minute:02d}分"


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text as typed, blank lines dropped."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def counted(number: int) -> str:
    """A number before a measure word: 两期, not 二期."""
    return "两" if number == 2 else in_words(number)


def sentence(text: str) -> str:
    """The text with the full stop it lacks."""
    return text if text.endswith(("。", "！", "？", "；")) else f"{text}。"


def _integer(number: int) -> str:
    """A whole number in capitals; a gap of zeros is read as one 零."""
    if number == 0:
        return CAPITALS[0]
    text, gap = "", False
    for index in range(3, -1, -1):
        group = number // 10_000**index % 10_000
        if group == 0:
            gap = bool(text)
            continue
        text += ("零" if text and (gap or group < 1000) else "") + _group(group) + _unit(number, index)
        gap = False
    return text


def _unit(number: int, index: int) -> str:
    """万亿 shares its 亿 with the group below when that one is not empty: 壹万零壹亿."""
    return "万" if index == 3 and number // 10_000**2 % 10_000 else GROUPS[index]


def _group(number: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + CAPITALS[digit] + PLACES[place]
        gap = False
    return text
