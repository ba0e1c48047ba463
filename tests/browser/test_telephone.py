"""Staff pages on a telephone and a tablet: words in lines, dates and numbers whole, and the way out in view."""

import pytest

from tests.browser.administration import pages as administration
from tests.browser.conftest import Office
from tests.browser.test_meeting import pages as meeting
from tests.browser.test_pages import report
from tests.casework.mediation.world import application

TELEPHONE, TABLET = 390, 820
BROKEN = """(words) => { const said = [], walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) for (const found of node.data.matchAll(new RegExp(words, 'g'))) {
    const range = document.createRange(); range.setStart(node, found.index); range.setEnd(node, found.index + found[0].length);
    const tops = [...range.getClientRects()].filter((row) => row.width > 1).map((row) => row.top);
    if (tops.length && Math.max(...tops) - Math.min(...tops) > 8) said.push(found[0]);
  } return said; }"""
NUMBERS = r"〔\d+〕第\d+号(?:之\d+)?"
DAYS = r"(?:\d+年)?\d+月\d+日"
IN_VIEW = """(e) => { const box = e.getBoundingClientRect();
  return box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight; }"""


def test_the_kinds_of_messages_and_their_texts_keep_to_their_lines_on_a_telephone(office: Office) -> None:
    meeting(office)
    visitor = office.sit_down("mediator")
    visitor.resize(TELEPHONE)
    page = visitor.open("/messages")
    kinds = page.locator(".segrp a").all_inner_texts()
    assert len(kinds) > 3
    assert page.evaluate(BROKEN, "|".join(kinds)) == []
    widths = page.evaluate(
        "[...document.querySelectorAll('.items .g')].map((e) => e.offsetWidth / e.closest('li').offsetWidth)"
    )
    assert widths and min(widths) > 0.6


@pytest.mark.parametrize("size", ["normal", "large"])
@pytest.mark.parametrize("width", [1440, TABLET, TELEPHONE, 320])
def test_eighteen_characters_of_a_number_can_be_read_while_typed(office: Office, width: int, size: str) -> None:
    visitor = office.sit_down("intake")
    visitor.prefer(size=size)
    visitor.resize(width)
    page = visitor.open("/cases/mediation/new?trigger=register")
    for name in ("applicants-0-id_number", "respondents-0-credit_code"):
        page.fill(f"[name='{name}']", "110105199003071234")
        assert page.locator(f"[name='{name}']").evaluate("(e) => e.scrollWidth <= e.clientWidth"), name


def test_the_view_one_is_in_stands_within_the_window_of_a_telephone(office: Office) -> None:
    visitor = office.sit_down("intake")
    visitor.resize(TELEPHONE)
    last = visitor.open("/cases/mediation/new?trigger=register").locator(".tabs a").last.get_attribute("href")
    assert last
    page = visitor.open(last)
    assert page.locator(".tabs").evaluate("(e) => e.scrollWidth > e.clientWidth")
    assert page.locator(".tabs a[aria-current]").evaluate(IN_VIEW)


def test_the_way_out_stays_in_view_below_a_long_menu(office: Office) -> None:
    visitor = office.sit_down("admin", to="/admin/people")
    visitor.resize(1180, 600)
    page = visitor.open("/admin/people")
    assert page.locator(".side").evaluate("(e) => e.scrollHeight > e.clientHeight")
    assert page.locator(".side form[action='/logout'] button").evaluate(IN_VIEW)


def test_the_page_one_is_on_stands_in_view_in_a_long_menu_and_nothing_shows_below_the_way_out(office: Office) -> None:
    visitor = office.sit_down("admin", to="/admin/people")
    visitor.resize(1180, 600)
    last = visitor.page.locator(".side .nav a").last.get_attribute("href")
    page = visitor.open(str(last))
    foot = page.locator(".side .me").bounding_box()
    here = page.locator(".side [aria-current]").bounding_box()
    assert foot and here and here["y"] >= 0 and here["y"] + here["height"] <= foot["y"]
    assert foot["y"] + foot["height"] == 600


def test_the_number_of_a_record_stands_in_one_line_beside_the_case(office: Office) -> None:
    visitor = office.sit_down("head")
    page = visitor.open(f"/subjects/{office.world.talking()}")
    assert page.locator("main .titled").count() > 3
    assert page.evaluate(BROKEN, NUMBERS) == []
    page.evaluate("document.querySelectorAll('.items small').forEach((e) => { e.style.width = '90px'; })")
    assert page.evaluate(BROKEN, NUMBERS), "the control: a narrow column breaks it"


def test_what_needs_scripts_leaves_no_hole_where_there_are_none(office: Office) -> None:
    page = office.sit_down("head", java_script_enabled=False).page
    assert page.locator(".side .findbtn").count() == 1
    assert page.locator(".side .findbtn").bounding_box() is None
    assert office.sit_down("head").page.locator(".side .findbtn").bounding_box()


def test_the_words_beside_a_number_keep_to_its_card_on_a_telephone(office: Office) -> None:
    office.world.failed()  # of one case none with success: the words are long
    visitor = office.sit_down("head")
    visitor.prefer(size="large")
    visitor.resize(320)
    page = visitor.open("/figures")
    cells = page.locator("main .tbl td", has_text="尚差")
    assert cells.count() > 0
    assert cells.evaluate_all("(all) => all.filter((e) => e.scrollWidth > e.clientWidth).length") == 0


def test_a_kept_report_has_no_empty_lines_on_a_telephone(office: Office) -> None:
    visitor = office.sit_down("head")
    visitor.resize(TELEPHONE)
    page = visitor.open(f"/figures/reports/{report(office)}")
    assert page.locator("main .tbl td:visible").count() > 10
    assert page.locator("main .tbl td:visible:empty").count() == 0


SQUEEZE = """() => document.querySelectorAll('main .tbl *').forEach((e) => Object.assign(e.style,
    {whiteSpace: 'normal', width: '1em', maxWidth: '1em', minWidth: '0', display: 'block'}))"""


def test_dates_and_names_in_tables_stay_whole_on_a_tablet(office: Office) -> None:
    administration(office)
    meeting(office)
    apart = application(duplicate_decision="separate", duplicate_reason="另一段用工期间的争议")
    case, broken = office.world.talking(apart), dict[str, list[str]]()
    for account, path in (
        ("admin", "/admin/partners"),
        ("admin", "/admin/holidays"),
        ("admin", "/admin/settings/mediation.correction_term"),
        ("head", "/rooms"),
        ("mediator", f"/todo/print?ids={case}"),
        ("head", f"/subjects/{case}/access"),
    ):
        visitor = office.sit_down(account, to=path)
        visitor.resize(TABLET)
        broken[path] = visitor.page.evaluate(BROKEN, DAYS + "|许静|周敏")
    assert not any(broken.values()), broken
    visitor.page.evaluate(SQUEEZE)
    assert visitor.page.evaluate(BROKEN, DAYS + "|许静|周敏"), "the control: narrow columns are seen"
