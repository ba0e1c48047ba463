"""Every list on every page goes to Excel and to paper, or is named here with the reason why it does not.

The page of one thing (a case, a colleague, a unit) is no list of things: what belongs to it is read and printed there.
"""

from collections.abc import Iterable

from casework.desk.tables import Message
from tests.browser.administration import FORMS_ONLY
from tests.browser.administration import pages as administration
from tests.browser.conftest import Office, Visit
from tests.browser.test_administration import ROUTES as ADMINISTRATION
from tests.browser.test_meeting import FORMS_ONLY as MEETINGS_FORMS
from tests.browser.test_meeting import ROUTES as MEETING
from tests.browser.test_pages import ELSEWHERE, _routes, seeded

STAY = {  # address of a page -> why its lists stay there
    "/todo": "changes by the minute; what is ticked is printed, and the list of the procedure is taken out",
    "/todo/next": "one case, and what was put aside today",
    "/todo/print": "is the paper itself",
    "/seals": "what waits is dealt with there; the register, its last tab, is taken out",
    "/messages": "one's own news, each of which leads to its case",
    "/calendar": "prints as it stands and goes to calendar programs",
    "/declarations": "what one declares of oneself",
    "/figures/goals": "a part of the first page; /figures is taken out",
}
MORE = [
    ("/messages", "mediator", "/messages?view=all"),
    ("/messages/preferences", "mediator", "/messages/preferences"),
    ("/calendar", "mediator", "/calendar?view=agenda&day=2026-03-02"),
    ("/calendar/links", "mediator", "/calendar/links"),
    ("/rooms", "head", "/rooms"),
    ("/rooms/new", "head", "/rooms/new"),
    ("/admin/templates", "admin", "/admin/templates"),
]
LISTS = """() => {
  const ways = (e) => ['/take-out/', '/print/'].filter((way) => e && e.querySelector(`a[href^="${way}"]`)).length;
  return [...document.querySelectorAll('main ul, main ol, main table')].filter((e) => !e.closest('nav, .menu, .errsum, li, .field')
    && e.querySelector(':scope > li, tbody tr')).map((e) => {
      const card = e.closest('section, .card'), title = (card && card.querySelector('h2')) || document.querySelector('main h1');
      return [title ? title.textContent.trim() : '', Math.max(ways(card && card.querySelector('header')), ways(document.querySelector('main .head')))];
    });
}"""
BOTH = 2


def test_every_list_leads_to_excel_and_to_paper(office: Office) -> None:
    pages = [page for page in (*seeded(office), *administration(office), *MORE) if "{" not in page[0]]
    with office.world.sessions.begin() as session:
        who = office.world.ids["mediator"]
        session.add(Message(receiver=str(who), staff_id=who, channel="in_app", text="明天届满", at=office.clock.now))
    assert _addresses() - {route for route, _, _ in pages} == set()
    wanting = without_ways(office, pages)
    assert {path: titles for path, titles in wanting.items() if path.partition("?")[0] not in STAY} == {}
    assert STAY.keys() == {path.partition("?")[0] for path in wanting}, "the control: lists without either are found"


def _addresses() -> set[str]:
    """Every address of the staff that a person can open as it stands."""
    elsewhere = (ELSEWHERE.keys() - MEETING - ADMINISTRATION) | MEETINGS_FORMS.keys() | FORMS_ONLY.keys()
    return {path for path in _routes() if "{" not in path} - elsewhere


def without_ways(office: Office, pages: Iterable[tuple[str, str, str]]) -> dict[str, set[str]]:
    """Address -> the headings of the lists on it that lead to nothing, or to one of the two only."""
    seats: dict[str, Visit] = {}
    found: dict[str, set[str]] = {}
    for _, account, path in pages:
        if account not in seats:
            plain = {"java_script_enabled": False}
            seats[account] = office.sit_down(account, **plain) if account else office.arrive(office.address, **plain)
        for title, ways in seats[account].open(path).evaluate(LISTS):
            if ways < BOTH:
                found.setdefault(path, set()).add(title)
    return found
