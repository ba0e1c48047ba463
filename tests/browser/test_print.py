"""On paper: no navigation and no buttons, black on white in either theme, heads repeated, no row cut in the middle."""

from io import BytesIO

import pytest
from pypdf import PageObject, PdfReader

from tests.browser.conftest import Office, Visit
from tests.casework.mediation.world import application

APART = application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议")
FAULTS = """() => {
  const seen = (e) => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length;
  const dark = (rgb) => { const [r, g, b] = rgb.match(/[\\d.]+/g).map(Number); return 0.2126 * r + 0.7152 * g + 0.0722 * b < 90; };
  const said = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const css = (e, name) => getComputedStyle(e)[name];
  const all = (what) => [...document.querySelectorAll(what)].filter(seen);
  return {
    'is no content': all('.side, .topbar, .btn, .filters, .tabs, .crumbs, .toasts, nav, .chev, header > .link, .more:not([open]):not(.paper)').map((e) => e.className || e.tagName),
    'is not black': all('main *').filter((e) => said(e) || e.matches('.i')).filter((e) => !dark(css(e, 'color'))).map((e) => e.textContent.trim().slice(0, 40)),
    'is not on white': [css(document.body, 'backgroundColor')].filter((c) => c !== 'rgb(255, 255, 255)'),
    'is not repeated': all('thead').filter((e) => css(e, 'display') !== 'table-header-group').map((e) => e.textContent),
    'may be cut': all('tbody tr').filter((e) => !e.closest('.month') && css(e, 'breakInside') !== 'avoid').map((e) => e.textContent.trim().slice(0, 40)),
    'is hidden beyond an edge': all('.tbl-x, .diagram').filter((e) => css(e, 'overflowX') !== 'visible').map((e) => e.className),
  };
}"""
PAGES = {
    "the queue": ("mediator", "/todo"),
    "the list": ("head", "/cases/mediation"),
    "a case": ("mediator", "/subjects/{case}"),
    "the materials": ("mediator", "/subjects/{case}/evidence"),
    "the figures": ("head", "/figures"),
    "the cases behind one": ("head", "/figures/mediation.accepted"),
    "the workload": ("head", "/workload"),
    "the register of records": ("head", "/documents"),
    "the list for paper": ("head", "/print/cases.mediation"),
    "the month": ("mediator", "/calendar?view=month"),
    "the week": ("mediator", "/calendar?view=week"),
    "the agenda": ("mediator", "/calendar?view=agenda"),
}


def faults(visit: Visit, path: str) -> dict[str, object]:
    page = visit.open(path)
    page.emulate_media(media="print")
    found: dict[str, object] = page.evaluate(FAULTS)
    return {f"{path}: {what}": where for what, where in found.items() if where}


def test_every_list_the_case_the_figures_and_the_calendar_print_as_paper(office: Office) -> None:
    case = office.world.talking()
    office.world.settled(APART)
    seats: dict[tuple[str, str], Visit] = {}
    found: dict[str, object] = {}
    for who, path in PAGES.values():
        for theme in ("light", "dark"):
            if (who, theme) not in seats:
                seats[who, theme] = office.sit_down(who)
                seats[who, theme].prefer(theme=theme)
            found |= faults(seats[who, theme], path.format(case=case))
    assert found == {}, found
    case_of, month = ("mediator", "light"), "/calendar?view=month"
    words = "".join(sheet.extract_text() for sheet in sheets(seats[case_of], f"/subjects/{case}"))
    assert "多次催要未付" in words.replace("\n", "")  # folded on the screen
    assert all(sheet.mediabox.width > sheet.mediabox.height for sheet in sheets(seats[case_of], month))


def sheets(visit: Visit, path: str) -> list[PageObject]:
    return list(PdfReader(BytesIO(visit.open(path).pdf(format="A4", prefer_css_page_size=True))).pages)


def test_what_is_no_paper_is_seen(office: Office) -> None:
    """The negative control: the same page without our styles for paper."""
    visit = office.sit_down("mediator")
    visit.page.route("**/app*.css*", lambda route: route.abort())
    assert any("is no content" in fault for fault in faults(visit, "/todo"))


@pytest.mark.parametrize("rows", [40])
def test_the_head_of_a_long_list_stands_on_each_of_its_sheets(office: Office, rows: int) -> None:
    for _ in range(rows):
        office.world.open(form=APART)
    words = [sheet.extract_text() for sheet in sheets(office.sit_down("head"), "/print/cases.mediation")]
    assert len(words) > 1
    assert all("登记号" in sheet for sheet in words)
    assert not any("我的待办" in sheet for sheet in words)
