"""The desk every procedure works at: queue, case page, steps, people, sittings, messages, search, records."""

from collections.abc import Iterator
from pathlib import Path

from casework.desk import messages, next_step, search
from casework.desk.pages import (
    administration,
    ahead,
    casefile,
    cases,
    managing,
    opening,
    records,
    sitting,
    steps,
    todo,
    verification,
    writing,
)
from union.roles import SYSTEM_ADMIN
from web.pages import NavItem, NavSection
from web.visitor import Connection, visitor
from workflows.module import registry

TEMPLATES = Path(__file__).parent / "templates"
LISTENERS = (search.listen, messages.listen)

routes = (
    todo.home,
    todo.todo,
    cases.cases,
    cases.palette,
    casefile.subject_page,
    steps.step_page,
    steps.take_step,
    opening.new,
    opening.open_new,
    writing.write_note,
    writing.keep_note,
    writing.contact_page,
    writing.write_contact,
    writing.evidence_page,
    writing.take_evidence,
    writing.evidence_file,
    writing.act_page,
    writing.write_act,
    sitting.sitting_new,
    sitting.plan_sitting,
    sitting.sitting_page,
    sitting.hold_sitting,
    sitting.keep_minutes,
    managing.handover_page,
    managing.hand_over,
    managing.correction_page,
    managing.correct_entry,
    managing.link_page,
    managing.link_case,
    managing.task_page,
    managing.finish_task,
    managing.readers,
    managing.reveal,
    records.register,
    records.record_page,
    records.record_file,
    verification.verify_page,
    verification.verify_code,
    ahead.inbox,
    ahead.mark_read,
    ahead.calendar,
    ahead.figures,
    administration.stopped,
    administration.try_again,
)


def plug() -> None:
    """Answer the seams of the engine; asking twice changes nothing."""
    registry.tasks.update(messages.TASKS)
    registry.listeners.extend(listener for listener in LISTENERS if listener not in registry.listeners)


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
    yield NavSection(
        "统计与档案",
        [
            NavItem("figures", "/figures", "target", "统计"),
            NavItem("documents", "/documents", "files", "文书登记"),
        ],
    )
    if SYSTEM_ADMIN.id in seen.actor.roles:
        yield NavSection("系统管理", [NavItem("outbox", "/admin/outbox", "server-cog", "后台任务")])
