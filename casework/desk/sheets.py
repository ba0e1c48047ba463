"""A list taken out of the service: as a workbook, with a reason, noted in the audit log, and never as a formula."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

import xlsxwriter
from sqlalchemy.orm import Session
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from union import audit
from web.filters import cn_day, cn_moment
from workflows.actor import Actor

MOST_ROWS = 20_000
WIDEST = 48
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOKS_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list on paper or in a workbook: what it is, whom it covers, its columns and rows; ``money`` columns hold 分."""

    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    money: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """Changes when anything in the list does."""
        return hashlib.sha256(repr((self.columns, self.rows)).encode()).hexdigest()[:32]

    @property
    def file_name(self) -> str:
        return f"{self.title}.xlsx"


def taken_out(session: Session, sheet: Sheet, *, by: Actor, at: datetime, reason: str, full: bool, demo: bool) -> bytes:
    """The workbook; who took what, how much of it and why stands in the audit log in the same transaction."""
    data = "未隐去个人信息" if full else "个人信息已隐去"
    text = f"{sheet.title}（{sheet.about}），{len(sheet.rows)} 行，{data}。理由：{reason}"
    audit.note(session, "导出表格", text, by=by, at=at, family=audit.EXPORT, about=sheet.digest)
    heading = [
        sheet.title,
        sheet.about,
        f"{by.name} {cn_day(at)} {cn_moment(at).split()[-1]} 导出，{data}。理由：{reason}",
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
            page.write_string(number, 0, line, quoted if line.startswith(LOOKS_LIKE_A_FORMULA) else None)
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
        page.write_string(row, column, cell, quoted if cell.startswith(LOOKS_LIKE_A_FORMULA) else plain)


def _width(label: str, cells: Sequence[Cell]) -> int:
    """In characters; a Chinese one takes two."""
    longest = max((_columns(str(cell)) for cell in cells if cell is not None), default=0)
    return min(max(longest, _columns(label)) + 2, WIDEST)


def _columns(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)
