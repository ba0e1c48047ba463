"""The desk every procedure works at: queue, case page, steps, people, sittings, messages, search, records."""

from collections.abc import Iterator
from pathlib import Path

from casework.desk import codes, messages, next_step, search
from casework.desk.archive import FILED_RECORDS, file_away
from casework.desk.archive import TASKS as BINDING
from casework.desk.pages import (
    absences,
    access,
    administration,
    archiving,
    calendar,
    casefile,
    cases,
    declarations,
    for_party,
    heads,
    holidays,
    managing,
    many,
    moving,
    my,
    opening,
    organisations,
    own_declarations,
    people,
    records,
    reports,
    roles,
    seals,
    settings,
    setup,
    signing,
    sitting,
    steps,
    taking_out,
    todo,
    unfolded,
    unsent,
    verification,
    wording,
    writing,
)
from casework.desk.pages import inbox as inbox_pages  # casework.desk.inbox and casework.desk.rooms keep their names
from casework.desk.pages import rooms as room_pages
from union.access import may
from web.pages import NavItem, NavSection
from web.visitor import Connection, visitor
from workflows.module import registry

TEMPLATES = Path(__file__).parent / "templates"
LISTENERS = (search.listen, messages.listen, file_away)

routes = (
    todo.home,
    todo.todo,
    todo.glance_page,
    todo.next_page,
    todo.skip_next,
    todo.filter_page,
    todo.save_filter,
    todo.forget_filter,
    many.many_page,
    many.do_many,
    many.print_list,
    many.results_page,
    many.undo,
    many.dismiss,
    many.put_off,
    cases.cases,
    cases.palette,
    casefile.subject_page,
    *unfolded.routes,
    steps.step_page,
    steps.take_step,
    opening.new,
    opening.open_new,
    writing.write_note,
    writing.keep_note,
    *writing.contact,
    writing.evidence_list,
    *writing.take_evidence,
    *writing.arrange_evidence,
    writing.evidence_file,
    writing.look_at_evidence,
    *writing.act,
    unsent.draft_list,
    unsent.discard_draft,
    access.access_page,
    access.my_requests,
    *access.ask_for_access,
    *access.answer_request,
    *access.end_access,
    sitting.sitting_new,
    sitting.plan_sitting,
    sitting.sitting_page,
    sitting.hold_sitting,
    sitting.keep_minutes,
    *moving.routes,
    sitting.notice_page,
    sitting.write_notice,
    sitting.read_back_page,
    sitting.read_back,
    room_pages.room_list,
    room_pages.room_new,
    room_pages.open_room,
    room_pages.room_page,
    room_pages.change_room,
    wording.template_list,
    wording.template_page,
    wording.reword,
    *archiving.routes,
    *managing.handover,
    *managing.correction,
    *managing.link,
    *managing.unlink,
    managing.undo_link,
    managing.similar,
    *managing.task,
    managing.reveal,
    records.register,
    records.record_page,
    records.record_file,
    *signing.routes,
    *seals.routes,
    verification.verify_page,
    verification.verify_code,
    verification.verify_file,
    inbox_pages.messages_page,
    inbox_pages.mark_read,
    inbox_pages.preferences_page,
    inbox_pages.choose_preferences,
    inbox_pages.retry_message,
    inbox_pages.settle_page,
    inbox_pages.settle_message,
    calendar.calendar,
    calendar.calendar_link_page,
    calendar.make_calendar_link,
    calendar.revoke_calendar_link,
    calendar.calendar_feed,
    *heads.routes,
    *absences.routes,
    *reports.routes,
    *taking_out.routes,
    *administration.routes,
    *people.routes,
    *declarations.routes,
    *own_declarations.routes,
    *roles.routes,
    *organisations.routes,
    *holidays.routes,
    *settings.routes,
    *setup.routes,
    *for_party.routes,
    *my.routes,
)


def plug() -> None:
    """Answer the seams of the engine; asking twice changes nothing."""
    registry.tasks.update(BINDING)
    registry.tasks.update({**messages.TASKS, **codes.TASKS})
    registry.listeners.extend(listener for listener in LISTENERS if listener not in registry.listeners)
    if FILED_RECORDS not in registry.barriers:
        registry.barriers.append(FILED_RECORDS)


def navigation(request: Connection) -> Iterator[NavSection]:
    seen = visitor(request)
    if seen is None:
        return
    yield NavSection(
        "",
        [
            NavItem("todo", "/todo", "inbox", "我的待办"),
            NavItem("calendar", "/calendar", "calendar", "日程"),
            NavItem("messages", "/messages", "bell", "消息"),
            NavItem("drafts", "/drafts", "file-pen-line", "草稿"),
            NavItem("access", "/access", "file-search", "查看申请"),
            NavItem("declarations", "/declarations", "user-round-x", "我的回避申报"),
        ],
    )
    modules = [module for module in registry.modules.values() if next_step.opened_by_hand(module)]
    for label, is_case in (("权益维护", True), ("其他业务", False)):
        items = [
            NavItem(f"cases.{module.name}", f"/cases/{module.name}", module.icon, module.label)
            for module in modules
            if module.is_case is is_case
        ]
        if items:
            yield NavSection(label, items)
    archive = [
        NavItem("figures", "/figures", "target", "统计", action="figures.view"),
        NavItem("workload", "/workload", "users", "工作量", action="figures.view"),
        NavItem("ratings", "/ratings", "star", "当事人评价", action="figures.view"),
        NavItem("allowances", "/allowances", "banknote", "办案补贴"),
        NavItem("documents", "/documents", "files", "文书登记"),
        NavItem("seals", "/seals", "stamp", "用印", action="seal.register"),
        NavItem("archive", "/archive", "archive", "案卷归档", action="archive.list"),
    ]
    yield NavSection("统计与档案", [item for item in archive if not item.action or may(seen.actor, item.action)])
    items = [item for item in _administration() if may(seen.actor, item.action)]
    if items:
        yield NavSection("系统管理", items)


def _administration() -> tuple[NavItem, ...]:
    return (
        NavItem("people", "/admin/people", "users", "人员", action="admin.directory"),
        NavItem("roles", "/admin/roles", "shield-check", "角色与权限", action="admin.directory"),
        NavItem("organisations", "/admin/organisations", "building-2", "单位", action="admin.directory"),
        NavItem("partners", "/admin/partners", "handshake", "联动单位", action="admin.directory"),
        NavItem("holidays", "/admin/holidays", "calendar-cog", "节假日", action="admin.calendar"),
        NavItem("settings", "/admin/settings", "file-badge", "设置与签批", action="admin.settings"),
        NavItem("rooms", "/rooms", "door-open", registry.words.room, action="room.manage"),
        NavItem("templates", "/admin/templates", "message-square-text", "消息模板", action="admin.templates"),
        NavItem("second_factors", "/admin/second-factors", "smartphone", "动态口令", action="admin.sessions"),
        NavItem("outbox", "/admin/outbox", "server-cog", "后台任务", action="admin.outbox"),
        NavItem("audit", "/admin/audit", "scroll-text", "审计", action="admin.audit"),
    )
