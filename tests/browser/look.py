"""What is wrong with a page as people get to see it: at every width, in light and dark, in large print, without scripts."""

from collections.abc import Iterable

from tests.browser.conftest import Office, Visit

WIDTHS = (1440, 820, 390, 320)
LARGE_WIDTHS = (1440, 820, 390, 320)  # 大字版 sets everything at 125 %
LOOKS = ((1440, "light"), (820, "dark"), (390, "light"), (390, "dark"))  # every layout and both themes, not every pair
OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
UNFOLDED = "() => !document.querySelector('.lazy > a')"  # what an opened fold fetches is there
SHOWN = (200, 409)  # a step that cannot be taken now says so on a page of its own
DRESS = "([theme, size]) => { Object.assign(document.documentElement.dataset, {theme, size}); }"
DEAD = """() => [...document.querySelectorAll('button, a, main [hx-get], main [hx-post], input, select, textarea')].filter((e) =>
    e.checkVisibility({checkVisibilityCSS: true, visibilityProperty: true}) && (e.matches('button[type=button], a[href="#"], a:not([href])')
    || (e.matches('input, select, textarea') && !(e.name && e.form))
    || (e.matches('[hx-get], [hx-post]') && !e.matches('a[href], form[action], input, select, textarea, [hx-trigger^=input]')
        && !(e.form && (e.formAction || e.form.action))))).map((e) => e.outerHTML.slice(0, 160))"""  # nor a field that is sent nowhere


SQUEEZED = """() => {
  const lines = (e) => { const range = document.createRange(); range.selectNodeContents(e); return [...range.getClientRects()]; };
  const narrow = (e) => { const box = e.getBoundingClientRect(), em = parseFloat(getComputedStyle(e).fontSize); return box.width < 3.5 * em && box.height > 4.2 * em; };
  const broken = (e) => { const rows = lines(e), room = e.closest('p, td, dd, li, div').clientWidth;
    return rows.length > 1 && rows.at(-1).top > rows[0].bottom - 2 && rows.reduce((sum, row) => sum + row.width, 0) < room - 2; };
  const clipped = (e) => e && (e.offsetWidth === 1 || clipped(e.parentElement));
  return [...document.querySelectorAll('main *, header *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim().length > 3)
    && !e.closest('.vh, svg, select') && !clipped(e) && e.checkVisibility({visibilityProperty: true}) && (e.matches('time') ? broken(e) : narrow(e))).map((e) => e.outerHTML.slice(0, 160));
}"""  # a column of single characters, a date broken in two where a line would hold it


CUT = """() => innerWidth > 640 ? [] : [...document.querySelectorAll('main .tbl-x')].filter((e) => e.scrollWidth > e.clientWidth)
  .flatMap((e) => [...e.querySelectorAll('td')].filter((d) => d.getBoundingClientRect().right > e.getBoundingClientRect().right + 1 || d.scrollWidth > d.clientWidth + 1))
  .map((d) => d.outerHTML.slice(0, 160))"""  # on a telephone a table is lines one below the other: none goes on beyond the edge


class Seat:
    """One person at two browsers: one that runs scripts and shows no movement, and one that runs none.

    A colour halfway between two themes is nobody's colour, hence no movement.
    """

    def __init__(self, office: Office, account: str) -> None:
        self.full, self.plain = (self._arrive(office, account, **how) for how in (SCRIPTED, SCRIPTLESS))

    def _arrive(self, office: Office, account: str, **how: object) -> Visit:
        return office.sit_down(account, **how) if account else office.arrive(office.address, **how)

    def faults(self, path: str) -> dict[str, object]:
        return {**faults(self.full, path), **faults_without_scripts(self.plain, path)}


SCRIPTED = {"reduced_motion": "reduce"}
SCRIPTLESS = {"java_script_enabled": False, "viewport": {"width": 390, "height": 900}}


def faults_of_all(office: Office, pages: Iterable[tuple[str, str, str]]) -> dict[str, object]:
    """What is wrong with each of these pages: (route, who looks, address)."""
    seats: dict[str, Seat] = {}
    found: dict[str, object] = {}
    for _, account, path in pages:
        if account not in seats:
            seats[account] = Seat(office, account)
        found.update(seats[account].faults(path))
    return found


SETTLED = """Promise.all(document.getAnimations()
  .filter(a => a.effect.getComputedTiming().endTime !== Infinity)
  .map(a => a.finished.catch(() => null))).then(() => true)"""  # colours that still change are neither theme


def faults(visitor: Visit, path: str) -> dict[str, object]:
    """What is wrong with a page: wider than the window, squeezed, not accessible, or complaining in the console."""
    visitor.resize(1440)
    page = visitor.open(path)
    page.evaluate(OPEN_ALL)
    page.wait_for_function(UNFOLDED)
    found: dict[str, object] = {}
    for size, widths in (("normal", WIDTHS), ("large", LARGE_WIDTHS)):
        page.evaluate(DRESS, ["light", size])
        for width in widths:
            visitor.resize(width)
            if visitor.overflow:
                found[f"{path} at {width} {size}"] = f"{visitor.overflow} px too wide"
            if narrow := page.evaluate(SQUEEZED):
                found[f"{path} at {width} {size}, squeezed"] = narrow
            if cut := page.evaluate(CUT):
                found[f"{path} at {width} {size}, cut"] = cut
    for width, theme in LOOKS:
        visitor.resize(width)
        page.evaluate(DRESS, [theme, "normal"])
        page.evaluate(SETTLED)
        if violations := visitor.violations():
            found[f"{path} at {width} {theme}"] = violations
    if said := [text for text in visitor.said if "404" not in text and "409" not in text]:
        found[f"{path} said"] = said
    visitor.said.clear()
    return found


def faults_without_scripts(visitor: Visit, path: str) -> dict[str, object]:
    """What is wrong with the same page on a phone whose browser runs no scripts."""
    page, found = visitor.page, dict[str, object]()
    answer = page.goto(visitor.address + path)
    if answer is None or answer.status not in SHOWN:
        found[f"{path} without scripts, status"] = answer and answer.status
    if not page.locator("main h1, main h2").first.is_visible():
        found[f"{path} without scripts"] = "says nothing"
    if page.locator(".side").count() and not page.locator(".side a[href='/todo']").first.is_visible():
        found[f"{path} without scripts, navigation"] = "leads nowhere"
    if visitor.overflow:
        found[f"{path} without scripts at 390"] = f"{visitor.overflow} px too wide"
    if dead := page.evaluate(DEAD):
        found[f"{path} without scripts, dead"] = dead
    return found
