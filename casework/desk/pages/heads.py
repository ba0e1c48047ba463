"""What a head looks at: the figures and the cases behind each, how the work is spread, what colleagues are due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from sqlalchemy.orm import Session

from casework.desk import allowances, cursor, figures, filters, queue, workload
from casework.desk.cursor import Cursor
from casework.desk.figures import Scope
from casework.desk.filters import Asked
from casework.desk.pages.steps import CASE_PAGE
from union.access import may
from union.organisations import Organisation
from union.people import Staff
from web.pages import fragment, page, wants_fragment
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.module import registry


@dataclass(frozen=True, slots=True)
class Choosing:
    """The period and place of a page, what else could be chosen, and what of the address made no sense."""

    path: str
    scope: Scope
    places: Sequence[Organisation]
    faults: Sequence[str]
    today: date

    def href(self, path: str = "", **more: str) -> str:
        return f"{path or self.path}?{urlencode({**self.scope.asked, **more})}"

    @property
    def periods(self) -> list[tuple[str, str, bool]]:
        """(label, address, chosen) of the usual periods. In the first quarter this quarter is this year: the year is chosen."""
        usual = figures.periods(self.today)
        chosen = {(first, last): label for label, first, last in usual}.get(self.scope.period)
        return [
            (label, self.href(**{"from": first.isoformat(), "to": last.isoformat()}), label == chosen)
            for label, first, last in usual
        ]


def choosing(request: Request[Any, Any, Any], session: Session, actor: Actor, today: date, path: str) -> Choosing:
    places = figures.places(session, actor)
    scope, faults = figures.scope(request.query_params, places, actor, today)
    return Choosing(path, scope, places, faults, today)


@get("/figures", opt={"action": "figures.view"}, sync_to_thread=True)
def figures_page(request: Request[Any, Any, Any], session: Session, actor: Actor, today: date) -> Response[Any]:
    chosen = choosing(request, session, actor, today, "/figures")
    lines = figures.lines(session, chosen.scope)
    keeps = may(actor, "figures.keep")
    return page(request, "desk/figures.html", headers=CASE_PAGE, nav="figures", chosen=chosen, lines=lines, keeps=keeps)


@get("/figures/goals", opt={"action": "figures.view"}, sync_to_thread=True)
def goals_page(request: Request[Any, Any, Any], session: Session, actor: Actor, today: date) -> Response[Any]:
    """The targets of the year at the highest place the actor leads; a card of the first page fetches it."""
    places = figures.places(session, actor)
    if not places:
        raise Unknown()
    year = Scope(date(today.year, 1, 1), today, places[0], today)
    shown: dict[str, Any] = {"goals": figures.goals(session, places[0], today), "scope": year}
    if wants_fragment(request):
        return fragment(request, "desk/_goals.html", headers=CASE_PAGE, **shown)
    return page(request, "desk/goals.html", headers=CASE_PAGE, nav="figures", **shown)


@get("/figures/{figure_id:str}", opt={"action": "figures.view"}, sync_to_thread=True)
def figure_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, figure_id: str
) -> Response[Any]:
    """The subjects a figure counts; those its reader must keep out of are said to be there, not shown."""
    chosen = choosing(request, session, actor, today, f"/figures/{figure_id}")
    line = figures.line(session, figure_id, chosen.scope)
    signer, after = request.app.state.site.signer, request.query_params.get("after", "")
    place = cursor.read(signer, after, figure_id)
    ids = figures.subjects(line.counted)
    rest = [i for i in ids if place is None or i > place.id]
    shown, more = rest[: figures.PAGE], len(rest) > figures.PAGE
    next_href = chosen.href(after=Cursor(chosen.scope.first, shown[-1]).signed(signer, figure_id)) if more else ""
    return page(
        request,
        "desk/figure.html",
        headers=CASE_PAGE,
        nav="figures",
        chosen=chosen,
        line=line,
        rows=figures.behind(session, actor, now, line, chosen.scope, shown),
        hidden=len(ids) - figures.seen(session, actor, now, ids),
        next_href=next_href,
    )


@get("/workload", opt={"action": "figures.view"}, sync_to_thread=True)
def workload_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date
) -> Response[Any]:
    chosen = choosing(request, session, actor, today, "/workload")
    return page(
        request,
        "desk/workload.html",
        headers=CASE_PAGE,
        nav="workload",
        words=registry.words,
        chosen=chosen,
        colleagues=workload.by_colleague(session, actor, now, chosen.scope),
        offices=workload.by_office(session, actor, now, chosen.scope),
        gives=may(actor, "case.assign"),
    )


@get("/workload/cases", opt={"action": "figures.view"}, sync_to_thread=True)
def carried_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, after: str = ""
) -> Response[Any]:
    """The open cases behind a number of the workload: of a place or of one colleague; ticked, they are given to another."""
    chosen, holder, asked, faults = carrying(request, session, actor, today)
    signer = request.app.state.site.signer
    place = cursor.read(signer, after, asked.sort)
    offices = chosen.scope.organisations
    listed = queue.carried(session, actor, now, offices, holder.id if holder else None, asked, place)
    same = {**asked.said(), **({"who": str(holder.id)} if holder else {})}
    more = {"after": listed.after.signed(signer, asked.sort)} if listed.after else {}
    return page(
        request,
        "desk/carried.html",
        headers=CASE_PAGE,
        nav="workload",
        chosen=chosen,
        holder=holder,
        path=chosen.path,
        here=chosen.href(**same),
        dues=[(label, chosen.href(**{**same, "due": due}), due == asked.due) for due, label in CARRIED.items()],
        asked=asked,
        faults=[*faults, *filters.lost(after, place)],
        groups=queue.grouped(listed, today),
        listed=listed,
        next_href=chosen.href(**same, **more) if more else "",
        gives=may(actor, "case.assign"),
    )


def carrying(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date
) -> tuple[Choosing, Staff | None, Asked, list[str]]:
    """Whose open cases are asked for, where, due when; what of it made no sense is left aside with a sentence."""
    chosen = choosing(request, session, actor, today, "/workload/cases")
    given = {name: request.query_params.get(name, "") for name in ("due", "sort")}
    afterwards = given["due"] == queue.AFTERWARDS
    asked, faults = filters.read(given | ({"due": ""} if afterwards else {}))
    if afterwards:
        asked = replace(asked, due=queue.AFTERWARDS)
    holder, fault = _holder(session, request.query_params.get("who", ""))
    if asked.due not in CARRIED:
        asked = asked.without("due")
    return chosen, holder, asked, [*faults, *fault]


CARRIED = {  # the numbers of the page of the workload
    "": "全部在办",
    "overdue": "已超期",
    "three": "三天内到期",
    queue.AFTERWARDS: "结案后超期",
}


def _holder(session: Session, text: str) -> tuple[Staff | None, list[str]]:
    try:
        found = session.get(Staff, UUID(text)) if text else None
    except ValueError:
        found = None
    return found, [] if found or not text else ["没有这个人员，列出的是全部承办人的案件。"]


@get("/allowances", opt={"action": "todo.view"}, sync_to_thread=True)
def allowances_page(request: Request[Any, Any, Any], session: Session, actor: Actor, today: date) -> Response[Any]:
    """A head sees everybody's, everybody else their own."""
    chosen, only = allowance_scope(request, session, actor, today)
    accounts = allowances.accounts(session, chosen.scope, only)
    return page(
        request, "desk/allowances.html", headers=CASE_PAGE, nav="allowances", chosen=chosen, own=only, accounts=accounts
    )


def allowance_scope(
    request: Request[Any, Any, Any], session: Session, actor: Actor, today: date
) -> tuple[Choosing, UUID | None]:
    if may(actor, "figures.view"):
        return choosing(request, session, actor, today, "/allowances"), None
    own = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    if own is None or actor.id is None:
        raise Unknown()
    whole = session.get_one(Organisation, UUID(own.path.split("/")[0]))  # one's own cases, wherever they are
    scope, faults = figures.scope(request.query_params, [whole], actor, today)
    return Choosing("/allowances", scope, [], faults, today), actor.id


routes = (figures_page, goals_page, figure_page, workload_page, carried_page, allowances_page)
