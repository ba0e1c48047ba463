"""A list taken out of the service: as a workbook, with a reason, noted in the audit log, and never as a formula."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

import xlsxwriter
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from union import audit
from web.filters import cn_day, cn_time
from workflows.actor import Actor

MOST_ROWS = 20_000
WIDEST = 48
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_TEXT = 32_767  # UTF-16 units a cell of a workbook holds
CUT = "……（原文过长，未全部列出）"
LONGEST_ABOUT = 300  # of the 600 characters of a log entry: the reason always stands in it
LOOKS_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list on paper or in a workbook: what it is, whom it covers, its columns and rows; ``money`` columns hold 分.

    ``unused`` says of each condition that made no sense that it narrowed nothing. ``searched`` are the words typed into the
    search: the list says them, the audit log, where nothing can be erased, does not, for they may name a person.
    """

    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    money: Sequence[str] = ()
    unused: Sequence[str] = ()
    searched: str = ""

    @property
    def said(self) -> list[str]:
        """What its reader must know of it beside whom it covers."""
        cut = f"只含前 {MOST_ROWS} 行，请缩小范围分次导出。"
        return [*self.unused, *([cut] if len(self.rows) >= MOST_ROWS else [])]

    @property
    def digest(self) -> str:
        """Changes when anything in the list does."""
        return hashlib.sha256(repr((self.columns, self.rows)).encode()).hexdigest()[:32]

    @property
    def file_name(self) -> str:
        return f"{self.title}.xlsx"


def hold_still(session: Session) -> None:
    """From the first reading on everything is read as it stood then, and nothing is written, until the transaction ends.

    A list is read in several statements: without this a case that changes between two of them is half the old one.
    A session that was given a connection reads as whoever began its transaction decided.
    """
    if isinstance(session.get_bind(), Connection):
        return
    postgresql = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    session.connection(
        execution_options={"reading": True, **(postgresql if session.get_bind().dialect.name == "postgresql" else {})}
    )


def taken_out(session: Session, sheet: Sheet, *, by: Actor, at: datetime, reason: str, full: bool, demo: bool) -> bytes:
    """The workbook, saying of what moment it is; who took what, how much of it and why stands in the audit log."""
    data = "未隐去个人信息" if full else "个人信息已隐去"
    about = sheet.about.replace(sheet.searched, "输入的文字") if sheet.searched else sheet.about
    text = f"{sheet.title}（{about[:LONGEST_ABOUT]}），{len(sheet.rows)} 行，{data}。理由：{reason}"
    audit.note(session, "导出表格", text, by=by, at=at, family=audit.EXPORT, about=sheet.digest)
    heading = [
        sheet.title,
        sheet.about,
        *sheet.said,
        f"{by.name} {cn_day(at)} {cn_time(at)} 导出，为当时的名单，共 {len(sheet.rows)} 行，{data}。理由：{reason}",
    ]
    return workbook(sheet, ["演示数据，均为虚构。", *heading] if demo else heading)


def workbook(sheet: Sheet, heading: Sequence[str]) -> bytes:
    """Every text is written as text: what begins like a formula is marked so that no program takes it for one."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(sheet.title[:31].translate(str.maketrans("[]:*?/\\", "（）：＊？／＼")))
        bold, plain = (
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        day, yuan = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0.00"})
        for number, line in enumerate(heading):
            _write_text(page, number, 0, line, None, quoted)
        top = len(heading) + 1
        for column, label in enumerate(sheet.columns):
            page.write_string(top, column, label, bold)
            page.set_column(column, column, _width(label, [row[column] for row in sheet.rows]))
        for number, row in enumerate(sheet.rows, top + 1):
            for column, cell in enumerate(row):
                if sheet.columns[column] in sheet.money and isinstance(cell, int):
                    page.write_number(number, column, cell / 100, yuan)
                else:
                    _write(page, number, column, cell, plain, quoted, day)
        page.freeze_panes(top + 1, 1)
        page.autofilter(top, 0, top + len(sheet.rows), max(len(sheet.columns) - 1, 0))
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.repeat_rows(top)
        page.set_footer("&C第 &P 页，共 &N 页")
    return made.getvalue()


def _write(page: Worksheet, row: int, column: int, cell: Cell, plain: Format, quoted: Format, day: Format) -> None:
    if cell is None or cell == "":
        page.write_blank(row, column, None, plain)
    elif isinstance(cell, date):
        page.write_datetime(row, column, cell, day)
    elif isinstance(cell, int):
        page.write_number(row, column, cell, plain)
    else:
        _write_text(page, row, column, cell, plain, quoted)


def _write_text(page: Worksheet, row: int, column: int, text: str, plain: Format | None, quoted: Format) -> None:
    """Cut where a cell ends, and said so: the writer leaves out what is longer without a word."""
    if _units(text) > LONGEST_TEXT:
        text = text.encode("utf-16-le")[: 2 * (LONGEST_TEXT - len(CUT))].decode("utf-16-le", "ignore") + CUT
    look = quoted if text.startswith(LOOKS_LIKE_A_FORMULA) else plain
    if text.startswith("<r>") and text.endswith("</r>"):  # which the writer takes for markup and copies as it is
        page.write_rich_string(row, column, text[:1], text[1:2], text[2:], *([look] if look else []))
    else:
        page.write_string(row, column, text, look)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _width(label: str, cells: Sequence[Cell]) -> int:
    """In characters; a Chinese one takes two."""
    longest = max((_columns(str(cell)) for cell in cells if cell is not None), default=0)
    return min(max(longest, _columns(label)) + 2, WIDEST)


def _columns(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)
