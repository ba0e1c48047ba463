"""日程: sittings, legal clocks and tasks by month, week or as a list, and the secret addresses calendar programs read."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import agenda, calendar_links, ical
from casework.desk.forms import pick
from casework.desk.once import first_time
from casework.desk.pages.steps import CASE_PAGE, new_key
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page, redirect
from web.visitor import address_of
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.module import registry
from workflows.tables import legal_date

VIEWS = {"month": "月", "week": "周", "agenda": "列表"}
WHOSE = {"own": "本人", "all": "本单位"}
AGENDA_DAYS = 14
IN_A_CELL = 3
FEED_BACK, FEED_AHEAD = timedelta(days=31), timedelta(days=184)
FEED_PACE = 60, timedelta(hours=1)


class CalendarLinkForm(msgspec.Struct, kw_only=True):
    label: Annotated[
        str, Meta(title="用在哪里", description="例如：我的手机。撤销时据此辨认", min_length=1, max_length=60)
    ]
    whose: Annotated[str, pick("范围", {"own": "本人", "all": "本单位可见的全部案件"}, widget="radio")] = "own"


@get("/calendar", opt={"action": "calendar.view"}, sync_to_thread=True)
def calendar(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    view: str = "month",
    day: str = "",
    whose: str = "own",
    show: str = "",
) -> Response[Any]:
    """What the address asks and nobody knows falls back to the usual: this month, one's own, everything."""
    chosen = _Chosen(view if view in VIEWS else "month", _day(day, today), whose if whose in WHOSE else "own", show)
    first, last = chosen.span()
    found = agenda.days(
        session, actor, now, first, last, own=chosen.whose == "own", kinds=agenda.chosen_kinds(chosen.show)
    )
    words = registry.words
    return page(
        request,
        "desk/calendar.html",
        headers=CASE_PAGE,
        nav="calendar",
        view=chosen.view,
        title=chosen.title(),
        chosen=chosen,
        month=chosen.day.month if chosen.view == "month" else 0,
        weeks=agenda.weeks(found),
        days=[d for d in found if d.items or d.mark],
        words=words,
        busy=any(d.items for d in found),
        provisional=sorted({d.day.year for d in found if d.provisional}),
        most=IN_A_CELL if chosen.view == "month" else 99,
        views=[(label, chosen.href(view=name), name == chosen.view) for name, label in VIEWS.items()],
        scopes=[(label, chosen.href(whose=name), name == chosen.whose) for name, label in WHOSE.items()],
        kinds=[
            (words.said(label), chosen.href(show=name), name == chosen.show)
            for name, label in {"": "全部", **agenda.KINDS}.items()
        ],
    )


class _Chosen:
    """Which days of whom are shown, and the addresses of what lies beside them."""

    def __init__(self, view: str, day: date, whose: str, show: str) -> None:
        self.view, self.day, self.whose = view, day, whose
        self.show = show if show in agenda.KINDS else ""

    def span(self) -> tuple[date, date]:
        if self.view == "agenda":
            return self.day, self.day + timedelta(days=AGENDA_DAYS - 1)
        return agenda.month(self.day) if self.view == "month" else agenda.week(self.day)

    def title(self) -> str:
        if self.view == "month":
            return f"{self.day.year}年{self.day.month}月"
        first, last = self.span()
        year = f"{last.year}年" if last.year != first.year else ""
        return f"{first.year}年{first.month}月{first.day}日 至 {year}{last.month}月{last.day}日"

    def href(self, **other: Any) -> str:
        asked = {"view": self.view, "day": self.day.isoformat(), "whose": self.whose, "show": self.show, **other}
        return "/calendar?" + urlencode({name: value for name, value in asked.items() if value})

    @property
    def before(self) -> str:
        first, _ = (self.day.replace(day=1), None) if self.view == "month" else self.span()
        step = AGENDA_DAYS if self.view == "agenda" else 1
        return self.href(day=(first - timedelta(days=step)).isoformat())

    @property
    def following(self) -> str:
        _, last = self.span()
        if self.view == "month":
            last = (self.day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return self.href(day=(last + timedelta(days=1)).isoformat())

    @property
    def at_present(self) -> str:
        return self.href(day="")


def _day(asked: str, today: date) -> date:
    try:
        day = date.fromisoformat(asked) if asked else today
    except ValueError:
        return today
    return day if 2000 <= day.year <= 2100 else today


# --- addresses for calendar programs


@get("/calendar/links", opt={"action": "calendar.view"}, sync_to_thread=True)
def calendar_link_page(request: Request[Any, Any, Any], session: Session, actor: Actor) -> Response[Any]:
    return _links(request, session, actor, show(CalendarLinkForm))


@post("/calendar/links", opt={"action": "calendar.view"}, sync_to_thread=True)
def make_calendar_link(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, posted: Any
) -> Response[Any]:
    """Answered at once and not by a redirect: the secret stands on this one page and nowhere else."""
    assert actor.id is not None
    try:
        form = parse(CalendarLinkForm, posted)
        if not first_time(session, actor, posted, now):
            return redirect(request, "/calendar/links", "该地址已经生成过，只显示一次。需要时另建一个。", "warn")
        token = calendar_links.make(session, actor.id, form.label, form.whose, now)
    except FormErrors as faults:
        return _links(request, session, actor, faults.view, status=faults.view.status)
    except calendar_links.TooManyLinks as fault:
        view = shown_again(CalendarLinkForm, posted, errors=[("label", str(fault))])
        return _links(request, session, actor, view, status=422)
    return _links(request, session, actor, show(CalendarLinkForm), _address(request, token))


@post("/calendar/links/{link_id:uuid}/revoke", opt={"action": "calendar.view"}, sync_to_thread=True)
def revoke_calendar_link(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, link_id: UUID
) -> Response[Any]:
    assert actor.id is not None
    if not calendar_links.revoke(session, actor.id, link_id, now):
        raise Unknown()
    return redirect(request, "/calendar/links", "已撤销订阅地址，日历程序不能再读取")


@get("/calendar/feed/{name:str}", opt={"action": "calendar.feed"}, sync_to_thread=True)
def calendar_feed(request: Request[Any, Any, Any], session: Session, now: datetime, name: str) -> Response[Any]:
    """What a calendar program reads with nothing but the address: asked anew each time what its owner may see."""
    token, dot, extension = name.rpartition(".")
    found = calendar_links.opened_by(session, token, now) if (dot, extension) == (".", "ics") else None
    wait = _pace(request).wait(str(found[0].id) if found else address_of(request), now)
    if wait:
        seconds = max(1, int(wait.total_seconds()))
        return Response(
            "读取过于频繁。", status_code=429, media_type="text/plain", headers={"retry-after": str(seconds)}
        )
    if found is None:
        raise Unknown()
    link, owner = found
    calendar_links.note_use(link, request.app.state.database.sessions, now)
    today, own = legal_date(now), link.whose == "own"
    listed = agenda.items(session, owner, now, today - FEED_BACK, today + FEED_AHEAD, own=own, called_off=True)
    items = agenda.without_names(session, listed)
    host = urlsplit(request.app.state.settings.public_url).hostname or "localhost"
    text = ical.calendar(f"工会日程（{WHOSE[link.whose]}）", items, host, now)
    headers = {"cache-control": "private, no-store", "content-disposition": 'inline; filename="casework.ics"'}
    return Response(text, media_type=f"{ical.MEDIA_TYPE}; charset=utf-8", headers=headers)


def _pace(request: Request[Any, Any, Any]) -> calendar_links.Pace:
    pace: calendar_links.Pace = request.app.state.setdefault("feed_pace", calendar_links.Pace(*FEED_PACE))
    return pace


def _address(request: Request[Any, Any, Any], token: str) -> str:
    return f"{request.app.state.settings.public_url.rstrip('/')}/calendar/feed/{token}.ics"


def _links(
    request: Request[Any, Any, Any], session: Session, actor: Actor, form: FormView, made: str = "", status: int = 200
) -> Response[Any]:
    assert actor.id is not None
    return page(
        request,
        "desk/calendar_links.html",
        status=status,
        headers=CASE_PAGE,
        nav="calendar",
        form=form,
        key=new_key(),
        made=made,
        links=calendar_links.links(session, actor.id),
        whose=WHOSE,
        most=calendar_links.MOST_LINKS,
    )
