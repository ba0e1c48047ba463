"""A calendar as RFC 5545 text, with the wall clock of Asia/Shanghai. It is given no names of people and writes none."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from casework.desk.agenda import Item
from workflows.tables import SHANGHAI

MEDIA_TYPE = "text/calendar"
LONGEST_LINE = 75  # octets, RFC 5545 3.1
# China has had no summer time since 1991: one rule from then on says all the feed needs.
SHANGHAI_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Shanghai",
    "BEGIN:STANDARD",
    "DTSTART:19910915T010000",
    "TZOFFSETFROM:+0900",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def calendar(name: str, items: Iterable[Item], host: str, at: datetime) -> str:
    """The whole feed; every event says its kind, its case number, its time and its place, and nothing else."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//casework//desk//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        "X-WR-TIMEZONE:Asia/Shanghai",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        *SHANGHAI_ZONE,
    ]
    for item in items:
        lines += _event(item, host, at)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(item: Item, host: str, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{item.id}@{host}"
    yield f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield from _time(item)
    yield f"SUMMARY:{_text(f'{item.label} · {item.number}')}"
    if item.place:
        yield f"LOCATION:{_text(item.place)}"
    yield f"STATUS:{'CANCELLED' if item.called_off else 'CONFIRMED'}"
    if item.starts_at is None:
        yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _time(item: Item) -> Iterator[str]:
    if item.starts_at is None or item.ends_at is None:
        yield f"DTSTART;VALUE=DATE:{item.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{item.day + timedelta(days=1):%Y%m%d}"
        return
    for name, moment in (("DTSTART", item.starts_at), ("DTEND", item.ends_at)):
        yield f"{name};TZID=Asia/Shanghai:{moment.astimezone(SHANGHAI):%Y%m%dT%H%M%S}"


def _text(value: str) -> str:
    """RFC 5545 3.3.11: what has a meaning in the format is escaped, a line end becomes \\n."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(escaped.splitlines())


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets that never cut a character in two; each but the first begins with a blank."""
    piece, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + width
    yield piece
