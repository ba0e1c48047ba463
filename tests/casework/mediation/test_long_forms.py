"""What takes long to write is kept while it is typed, thirty days: the application, the minutes, the agreement, a step."""

import pytest
from sqlalchemy import func, select

from casework.desk import drafts
from casework.desk.tables import Draft, Sitting
from tests.casework.desk.conftest import Desk
from tests.casework.mediation.world import World

TYPING = {"hx-request": "true"}
FORMS = {
    "the application": (
        "intake",
        "/cases/mediation/new?trigger=register_oral",
        {
            "applicants-0-name": "王半途",
            "claims-0-title": "支付加班费",
            "claims-2-title": "支付高温津贴",
            "grounds": "写到一半",
        },
    ),
    "the minutes of a sitting": (
        "mediator",
        "/subjects/{case}/sittings/{sitting}",
        {"open_minutes": "双方到会，写到一半", "without_prejudice_minutes": "申请人愿意让步"},
    ),
    "the minutes as a step": (
        "mediator",
        "/subjects/{case}/transitions/record_minutes",
        {"proceedings": "双方到会，写到一半"},
    ),
    "the agreement": (
        "mediator",
        "/subjects/{case}/transitions/reach_agreement",
        {"terms-0-title": "支付工资", "terms-0-amount": "六千", "terms-1-title": "开具离职证明"},
    ),
    "an ending": ("mediator", "/subjects/{case}/transitions/fail", {"summary": "分歧较大，写到一半"}),
}


@pytest.mark.parametrize("what", FORMS)
def test_what_is_typed_into_a_long_form_is_found_again_for_thirty_days(desk: Desk, world: World, what: str):
    who, path, typed = FORMS[what]
    case = world.talking()
    held = world.read(select(Sitting.id).where(Sitting.subject_id == case))[0]
    path = path.format(case=case, sitting=held)
    desk.log_in(who)
    keep(desk, path, typed)
    world.clock.move(days=29)
    sweep(world)
    desk.log_in(who)
    listed = desk.get("/drafts").text
    assert path.partition("?")[0] in listed
    shown = desk.get(place_of(path)).text
    assert [text for text in typed.values() if text not in shown] == []
    world.clock.move(days=2)
    desk.log_in(who)
    assert "没有草稿" in desk.get("/drafts").text  # whether or not the nightly sweep has run
    sweep(world)
    assert world.read(select(func.count()).select_from(Draft)) == [0]
    assert all(text not in desk.get(place_of(path)).text for text in typed.values())


def keep(desk: Desk, path: str, typed: dict[str, str]) -> None:
    """As the browser does 0.8 s after the last key."""
    sent = {**desk.form(path), **typed, "_draft": "typed"}
    to = f"{path}/draft" if "/sittings/" in path else path
    answer = desk.client.post(to, data=sent, headers=TYPING)
    assert "草稿已保存" in answer.text, answer.text[:300]


def place_of(path: str) -> str:
    """Where the draft is taken up again; the minutes show theirs by themselves."""
    if "/sittings/" in path:
        return path
    return f"{path}{'&' if '?' in path else '?'}draft=kept"


def sweep(world: World) -> None:
    with world.sessions.begin() as session:
        drafts.sweep(session, world.clock.now)
