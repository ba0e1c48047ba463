"""Lists taken out as workbooks: a reason is asked for, the list must still be the one that was looked at."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.desk import (
    allowances,
    audit_lists,
    drafts,
    figure_reports,
    figures,
    filed,
    filters,
    my_acts,
    queue,
    ratings,
    registers,
    sealing,
    sheets,
    workload,
)
from casework.desk.filters import Asked
from casework.desk.pages import access, office_lists, upkeep_lists
from casework.desk.pages.archiving import VIEWS
from casework.desk.pages.asking import ask
from casework.desk.pages.heads import CARRIED, allowance_scope, carrying, choosing
from casework.desk.pages.offering import Looking, Masked, OfCases, Offer
from casework.desk.sheets import Sheet
from casework.desk.tables import ACCESS_ANSWERS, AccessRequest
from union.access import may, visible
from union.privacy import mask_numbers
from union.roles import ROLE_BY_ID
from web.errors import Problem
from web.filters import cn_day, cn_time
from web.forms import FormErrors, FormView, parse, show, shown_again
from web.pages import page
from workflows.actor import Actor
from workflows.errors import Unknown
from workflows.module import Module, registry
from workflows.tables import Subject, legal_date


@get("/take-out/{name:str}", opt={"action": "todo.view"}, sync_to_thread=True)
def take_out_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, name: str
) -> Response[Any]:
    sheets.hold_still(session)
    looking = Looking(request, session, actor, now, today)
    offer = _offer(looking, name)
    return _asking(looking, offer, offer.sheet(looking), show(_form(looking, offer)))


@post("/take-out/{name:str}", opt={"action": "todo.view"}, sync_to_thread=True, status_code=200)
def take_out(
    request: Request[Any, Any, Any],
    session: Session,
    actor: Actor,
    now: datetime,
    today: date,
    posted: Any,
    name: str,
) -> Response[Any]:
    """The workbook itself. A list that has changed since it was looked at is shown anew first.

    What is compared and what is taken out are one moment's; the log is written after it, at what is its end by then.
    """
    sheets.hold_still(session)
    looking = Looking(request, session, actor, now, today)
    offer = _offer(looking, name)
    sheet, asked = offer.sheet(looking), _form(looking, offer)
    try:
        form = parse(asked, posted)
    except FormErrors as faults:
        return _asking(looking, offer, sheet, faults.view, status=422)
    if posted.get("_seen") != sheet.digest:
        changed = Problem(409, "名单已有变化", f"打开这一页以后名单有了变化，现为 {len(sheet.rows)} 行。核对后再导出。")
        return _asking(looking, offer, sheet, shown_again(asked, posted), problem=changed, status=409)
    full = bool(getattr(form, "full", False))
    if full:
        sheet = offer.sheet(looking.in_full())
    session.rollback()
    site = request.app.state.site
    content = sheets.taken_out(session, sheet, by=actor, at=now, reason=form.reason, full=full, demo=site.demo)
    name = f"attachment; filename*=UTF-8''{quote(sheet.file_name)}"
    return Response(content, media_type=sheets.TYPE, headers={"content-disposition": name, "cache-control": "no-store"})


@get("/print/{name:str}", opt={"action": "todo.view"}, sync_to_thread=True)
def print_page(
    request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime, today: date, name: str
) -> Response[Any]:
    """The same list for paper, personal data masked."""
    sheets.hold_still(session)
    looking = Looking(request, session, actor, now, today)
    offer = _offer(looking, name)
    return page(request, "desk/paper.html", sheet=offer.sheet(looking), back=_back(looking, offer))


def _offer(looking: Looking, name: str) -> Offer:
    offer = _of(name)
    if offer is None or not may(looking.actor, offer.action):
        raise Unknown()
    return offer


def _form(looking: Looking, offer: Offer) -> type[Masked]:
    return offer.full if offer.full and may(looking.actor, offer.reveals) else Masked


def _asking(
    looking: Looking, offer: Offer, sheet: Sheet, form: FormView, problem: Problem | None = None, status: int = 200
) -> Response[Any]:
    return ask(
        looking.request,
        f"导出：{sheet.title}",
        form,
        action=f"{looking.request.url.path}?{urlencode(dict(looking.request.query_params))}",
        back=_back(looking, offer),
        label="导出为 Excel",
        hint=f"{sheet.about}，共 {len(sheet.rows)} 行。{''.join(sheet.said)}个人信息默认隐去。",
        hidden={"_seen": sheet.digest},
        problem=problem,
        download=True,
        status=status,
    )


def _back(looking: Looking, offer: Offer) -> str:
    given = dict(looking.request.query_params)
    path = offer.back.format(**given) if "{" in offer.back else offer.back
    return f"{path}?{urlencode(given)}" if given else path


# --- the lists


def _of(name: str) -> Offer | None:
    family, _, rest = name.partition(".")
    if family == "cases" and rest in registry.modules:
        module = registry.modules[rest]
        return Offer(f"/cases/{rest}", lambda looking: _cases(looking, module), "todo.view", OfCases)
    if family == "figure":
        return Offer(f"/figures/{rest}", lambda looking: _behind(looking, rest))
    return OFFERS.get(name)


def _cases(looking: Looking, module: Module) -> Sheet:
    """登记台账 of the list as it was filtered."""
    session, actor, now = looking.session, looking.actor, looking.now
    states = {state.id: state.label for state in module.workflow.states}
    asked, unused = filters.read(looking.request.query_params, states)
    rows = queue.listing(session, actor, now, module, asked, limit=sheets.MOST_ROWS).rows
    about = f"{module.label}，{_said(asked, states)}"
    if module.ledger is None:
        plain = [(row.number, row.who, row.state, row.due and _day(row.due), row.opened_on) for row in rows]
        return Sheet(
            f"{module.label}清单",
            about,
            ("编号", "内容", "状态", "期限", "登记日期"),
            plain,
            unused=unused,
            searched=asked.q,
        )
    ids = [row.id for row in rows]
    cells: dict[UUID, Any] = {}
    for start in range(0, len(ids), figures.AT_ONCE):
        some = ids[start : start + figures.AT_ONCE]
        cells |= module.ledger.cells(session, some, _revealed(looking, some))
    lines = [cells[i] for i in ids if i in cells]
    return Sheet(f"{module.label}登记台账", about, module.ledger.columns, lines, module.ledger.money, unused, asked.q)


def _revealed(looking: Looking, ids: list[UUID]) -> frozenset[UUID]:
    """For which of the cases this person may see everything in full."""
    if not looking.full:
        return frozenset()
    mine = visible(looking.session, looking.actor, at=looking.now, action="person.reveal", roots=True)
    return frozenset(looking.session.scalars(select(Subject.id).where(Subject.id.in_(ids), mine)))


def _said(asked: Asked, states: Mapping[str, str]) -> str:
    return "、".join(text for text, _ in filters.chips(asked, "", states)) or "全部"


def _day(day: date) -> date | None:
    return None if day.year == 9999 else day


def _behind(looking: Looking, figure_id: str) -> Sheet:
    session, actor, now = looking.session, looking.actor, looking.now
    chosen = choosing(looking.request, session, actor, looking.today, f"/figures/{figure_id}")
    line = figures.line(session, figure_id, chosen.scope)
    ids = figures.subjects(line.counted)[: sheets.MOST_ROWS]
    shown = [
        row
        for start in range(0, len(ids), figures.AT_ONCE)
        for row in figures.behind(session, actor, now, line, chosen.scope, ids[start : start + figures.AT_ONCE])
    ]
    each = [line.figure.each.label] if line.figure.each else []
    rows = [
        (b.number, b.place, b.state, b.opened_on, b.closed_on, *[b.amount for _ in each], "是" if b.counts else "否")
        for b in shown
    ]
    columns = ("编号", "单位", "状态", "登记日期", "结案日期", *each, "计入")
    money = each if line.figure.unit == "分" else []
    about = f"{chosen.scope.words}，{line.value}"
    return Sheet(f"{line.figure.label}明细", about, columns, rows, money, chosen.faults)


def _figures(looking: Looking) -> Sheet:
    chosen = choosing(looking.request, looking.session, looking.actor, looking.today, "/figures")
    rows = [
        (line.module.label, line.figure.label, line.value, line.parts, line.figure.definition)
        for line in figures.lines(looking.session, chosen.scope)
    ]
    columns = ("业务", "指标", "数值", "分子/分母", "口径")
    return Sheet("统计表", chosen.scope.words, columns, rows, unused=chosen.faults)


def _reports(looking: Looking) -> Sheet:
    kept = figure_reports.kept(looking.session, figures.places(looking.session, looking.actor))
    rows = [(r.title, r.words, r.made_by_name, legal_date(r.made_at), cn_time(r.made_at)) for r in kept]
    return Sheet("统计报告", "留存的全部报告，后留存的在前", ("报告", "统计范围", "留存人", "留存日期", "时间"), rows)


def _drafts(looking: Looking) -> Sheet:
    """One's own, without what is written in them; the case by its number, never by its people."""
    found = drafts.drafts_of(looking.session, looking.actor, looking.now)
    rows = [(d.title, d.number, legal_date(d.at), cn_time(d.at), legal_date(d.until)) for d in found]
    columns = ("事项", "案号", "保存日期", "时间", "自动删除日期")
    return Sheet("草稿", f"{looking.actor.name}的草稿，不含所写内容", columns, rows)


def _tasks(looking: Looking) -> Sheet:
    """Of every page: what people must decide because the machine may not, by the number of the case."""
    found = queue.tasks(looking.session, looking.actor, looking.now, sheets.MOST_ROWS)
    rows = [
        (mask_numbers(t.text), root.number or "未编号", ROLE_BY_ID[t.role].label, t.due_on, legal_date(t.created_at))
        for t, root, _ in found  # whose it is stays in the house
    ]
    return Sheet("须由人决定的任务", "尚未处理的", ("任务", "案号", "由谁处理", "届满日", "提出日期"), rows)


def _requests(looking: Looking) -> Sheet:
    """What waits for an answer, and what one asked for oneself; a case by its number, never by its people."""
    session, actor = looking.session, looking.actor
    waiting = access.to_answer(session, actor, looking.now, sheets.MOST_ROWS)
    rows = [
        *(_request(r, "等我答复", name, number or "未编号") for r, name, number, _ in waiting),
        *(_request(r, "我的申请", actor.name, r.number) for r in access.asked_by(session, actor, sheets.MOST_ROWS)),
    ]
    columns = ("类别", "申请人", "案号", "理由", "申请日期", "期限至", "答复", "答复说明")
    return Sheet("查看申请", "等本人答复的和本人提出的", columns, rows)


def _request(asked: AccessRequest, kind: str, name: str, number: str) -> tuple[sheets.Cell, ...]:
    said = (mask_numbers(asked.reason), legal_date(asked.at), asked.until)
    return kind, name, number, *said, ACCESS_ANSWERS[asked.answer], mask_numbers(asked.answer_reason)


def _workload(looking: Looking) -> Sheet:
    chosen = choosing(looking.request, looking.session, looking.actor, looking.today, "/workload")
    shares = workload.by_colleague(looking.session, looking.actor, looking.now, chosen.scope)
    rows = [(s.name, s.place, s.open, s.late, s.soon, s.late_afterwards, s.closed, s.sittings) for s in shares]
    columns = (
        "姓名",
        "单位",
        "在办",
        "已超期",
        "三天内到期",
        "结案后超期",
        "本期办结",
        f"本期{registry.words.sitting}",
    )
    return Sheet("工作量", chosen.scope.words, columns, rows, unused=chosen.faults)


def _carried(looking: Looking) -> Sheet:
    """The open cases behind a number of the workload."""
    session, today = looking.session, looking.today
    chosen, holder, asked, unused = carrying(looking.request, session, looking.actor, today)
    offices, who = chosen.scope.organisations, holder.id if holder else None
    rows = queue.carried(session, looking.actor, looking.now, offices, who, asked, limit=sheets.MOST_ROWS).rows
    lines = [(row.number, row.business, row.state, row.due, row.opened_on) for row in rows]
    said = f"{holder.name}承办，" if holder else ""
    about = f"{chosen.scope.place.name}，{said}{CARRIED[asked.due]}"
    return Sheet("在办案件", about, ("编号", "业务", "状态", "期限", "登记日期"), lines, unused=unused)


def _allowances(looking: Looking) -> Sheet:
    chosen, only = allowance_scope(looking.request, looking.session, looking.actor, looking.today)
    rows = [row for account in allowances.accounts(looking.session, chosen.scope, only) for row in _paid_to(account)]
    columns = ("姓名", "案号", "结果", "结案日期", "补贴（元）")
    return Sheet("办案补贴", chosen.scope.words, columns, rows, ("补贴（元）",), chosen.faults)


def _paid_to(account: allowances.Account) -> list[tuple[sheets.Cell, ...]]:
    """A line for each case and the sum, which is what is paid and signed for."""
    lines: list[tuple[sheets.Cell, ...]] = [
        (account.name, item.number, item.what, item.on, "未核定标准" if item.amount is None else item.amount)
        for item in account.items
    ]
    return [*lines, (account.name, "合计", f"{len(account.items)} 件", None, account.total)]


def _records(looking: Looking) -> Sheet:
    words = looking.request.query_params.get("q", "").strip()[: registers.LONGEST]
    rows, _ = registers.records(looking.session, looking.actor, looking.now, words, limit=sheets.MOST_ROWS)
    lines = [(row.number, row.title, row.case, row.state, row.on) for row in rows]
    return Sheet(
        "文书登记", f"含“{words}”" if words else "全部", ("文号", "文书", "案号", "状态", "日期"), lines, searched=words
    )


def _seals(looking: Looking) -> Sheet:
    words = looking.request.query_params.get("q", "").strip()[: sealing.LONGEST]
    uses, _ = sealing.register(looking.session, looking.actor, looking.now, words, limit=sheets.MOST_ROWS)
    lines = [
        (u.serial, u.on, u.record, u.seal, u.purpose, u.copies, u.approver, u.keeper, u.organisation) for u in uses
    ]
    return Sheet("用印登记", f"含“{words}”" if words else "全部", sealing.COLUMNS, lines, searched=words)


def _archive(looking: Looking) -> Sheet:
    """What waits for the archive, or what is in it; whose cases they are is masked but for the entitled who ask."""
    session, actor, now, given = looking.session, looking.actor, looking.now, looking.given
    words, asked = given.get("q", "").strip()[: filed.LONGEST], given.get("view", "")
    view = asked if asked in VIEWS else "ready"
    listed = filed.ready if view == "ready" else filed.register
    rows, _ = listed(session, actor, now, words, limit=sheets.MOST_ROWS)
    called = _called(looking, [row.id for row in rows])
    lines = [
        (row.number, called.get(row.id, row.title), row.kind, row.state, row.on)
        if view == "ready"
        else (row.number, called.get(row.id, row.title), row.kind, row.on, row.years, row.until)
        for row in rows
    ]
    about = f"{VIEWS[view]}{f'，含“{words}”' if words else ''}"
    unused = [f"没有“{asked[:20]}”这样的视图，列出的是{VIEWS[view]}的案卷。"] if asked not in ("", *VIEWS) else []
    return Sheet("案卷归档", about, ARCHIVE_COLUMNS[view], lines, unused=unused, searched=words)


ARCHIVE_COLUMNS = {
    "ready": ("案号", "案件", "业务", "结果", "结案日期"),
    "filed": ("案号", "案件", "业务", "归档日期", "保管期限（年）", "保管到"),
}


def _called(looking: Looking, ids: list[UUID]) -> dict[UUID, str]:
    """What to call the cases of whose people not everything is shown."""
    named: dict[UUID, str] = {}
    for start in range(0, len(ids), figures.AT_ONCE):
        some = ids[start : start + figures.AT_ONCE]
        whole = _revealed(looking, some)
        for module in registry.modules.values():
            if module.ledger is not None and module.ledger.masked_titles is not None:
                named |= module.ledger.masked_titles(looking.session, [i for i in some if i not in whole])
    return named


def _ratings(looking: Looking) -> Sheet:
    places = ratings.by_place(looking.session, looking.actor)
    rows: list[tuple[sheets.Cell, ...]] = [(p.organisation, p.count, *p.shares) for p in places]
    columns = ("承办组织", "份数", *my_acts.QUESTIONS)
    return Sheet("当事人评价", "结案后的全部评价，百分比为答“满意”的份额", columns, rows)


def _rating_words(looking: Looking) -> Sheet:
    """Without the case, its day or the writer; what people wrote of themselves is theirs, but for long numbers."""
    said = ratings.words(looking.session, looking.actor, sheets.MOST_ROWS)
    rows = [(place, f"{cn_day(r.at).partition('月')[0]}月", mask_numbers(r.text)) for r, place in said]
    about = "当事人写下的话照录，只隐去号码，不含案号和姓名"
    return Sheet("当事人评价（写下的话）", about, ("承办组织", "年月", "写下的话"), rows)


def _audit(looking: Looking) -> Sheet:
    given = looking.request.query_params
    family, who = given.get("view", ""), given.get("who", "").strip()[:50]
    family = family if family in audit_lists.VIEWS and family != "reads" else "security"
    since = audit_lists.day(given.get("since", ""))
    rows, _ = audit_lists.entries(looking.session, family, who, since, 0, sheets.MOST_ROWS)
    lines = [(e.seq, cn_day(e.at), cn_time(e.at), e.actor_name, e.what, e.text) for e in rows]
    said = (f"含“{who}”" if who else "", f"自 {since.isoformat()}" if since else "")
    about = "，".join(filter(None, said)) or "全部"
    return Sheet(
        f"审计记录（{audit_lists.VIEWS[family]}）", about, ("序号", "日期", "时间", "谁", "事项", "内容"), lines
    )


def _reads(looking: Looking) -> Sheet:
    """Both kinds of looking, one list: who opened a case on a day, who had a value shown in full."""
    asked = audit_lists.read(looking.request.query_params, looking.today)
    opened = audit_lists.opened(looking.session, asked, sheets.MOST_ROWS // 2)
    revealed = audit_lists.revealed(looking.session, asked, sheets.MOST_ROWS // 2)
    lines = [
        *(("打开案件", r.day, cn_time(r.last_at), name, number or "未编号", r.times) for r, name, number in opened),
        *(
            ("显示完整个人信息", e.occurred_on, cn_time(e.recorded_at), name, number or "未编号", 1)
            for e, name, number in revealed
        ),
    ]
    return Sheet("查看案件的记录", asked.words, ("事项", "日期", "最近一次", "谁", "案号", "次数"), lines)


OFFERS = {
    **office_lists.OFFERS,
    **upkeep_lists.OFFERS,
    "archive": Offer("/archive", _archive, "archive.list", OfCases),
    "ratings": Offer("/ratings", _ratings),
    "rating-words": Offer("/ratings", _rating_words),
    "audit": Offer("/admin/audit", _audit, "admin.audit"),
    "reads": Offer("/admin/audit/reads", _reads, "admin.audit"),
    "seals": Offer("/seals", _seals, "seal.register"),
    "figures": Offer("/figures", _figures),
    "workload": Offer("/workload", _workload),
    "carried": Offer("/workload/cases", _carried),
    "allowances": Offer("/allowances", _allowances, "todo.view"),
    "records": Offer("/documents", _records, "todo.view"),
    "reports": Offer("/figures/reports", _reports),
    "tasks": Offer("/todo", _tasks, "todo.view"),
    "requests": Offer("/access", _requests, "todo.view"),
    "drafts": Offer("/drafts", _drafts, "todo.view"),
}
routes = (take_out_page, take_out, print_page)
