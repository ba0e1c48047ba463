"""What a first visit transfers, all compressed as sent: the page and everything it names, nothing cached yet."""

import re

from tests.casework.desk.acts import lend, register
from tests.casework.desk.conftest import Desk

KILOBYTE = 1024
STAFF, PARTY = 70 * KILOBYTE, 50 * KILOBYTE
NAMED = re.compile(r'<(?:link|script|img|iframe)[^>]*\s(?:href|src)="(/[^"]+)"')


def sent(desk: Desk, path: str) -> int:
    """Bytes of one answer as they go over the line."""
    with desk.client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        assert answer.status_code == 200, path
        return sum(len(piece) for piece in answer.iter_raw())


def first_visit(desk: Desk, path: str) -> dict[str, int]:
    """The page and each file it names, with its weight."""
    named = dict.fromkeys(NAMED.findall(desk.get(path).text))
    return {each: sent(desk, each) for each in (path, *named)}


def test_a_first_visit_of_staff_keeps_to_its_weight(desk: Desk):
    desk.log_in("head")
    case = register(desk)
    for number in range(50):
        lend(desk, f"投影仪{number}")
    for path in ("/login", "/todo", "/todo?view=role", "/cases/mediation/new", case):
        visit = first_visit(desk, path)
        assert len(visit) >= 4, visit  # the page, its style, two scripts
        assert sum(visit.values()) <= STAFF, visit


def test_a_first_visit_of_a_party_keeps_to_its_weight(desk: Desk):
    visit = first_visit(desk, "/verify")
    assert len(visit) >= 4, visit
    assert sum(visit.values()) <= PARTY, visit


def test_what_is_weighed_is_what_is_sent(desk: Desk):
    """The negative control: a heavy page is heavy here, and compressing is what keeps the style light."""
    style = next(name for name in first_visit(desk, "/verify") if name.endswith(".css") or ".css?" in name)
    whole = len(desk.get(style).content)
    assert sent(desk, style) < whole / 3
    assert whole > PARTY / 2
