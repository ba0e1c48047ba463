"""How official records plug into the engine: a workflow of their own, issued by the steps of every other."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from documents import issue
from documents.filing import SCHEDULE
from documents.forms import FORMS
from documents.issue import RENDER, SEAL
from documents.numbering import NUMBER_TEMPLATE
from documents.printing import RENDERED, SIGNED, render_record
from documents.record import facts, phases_it_never_has, record
from documents.renewal import DAYS_BEFORE, RENEW, RENEWED, renew_record
from documents.sealing import seal_record
from documents.tables import SEALED, Record
from workflows.module import Module, registry


def words(session: Session, subject: Any) -> Iterable[str]:
    """What a record is found by: its number and its name."""
    return (subject.number or "", subject.title)


module = Module(
    name="record",
    label="文书",
    workflow=record,
    subject=Record,
    facts=facts,
    forms=FORMS,
    tasks={RENDER: render_record, SEAL: seal_record, RENEW: renew_record},
    search=words,
    never=phases_it_never_has,
    house_rules=(NUMBER_TEMPLATE, SCHEDULE, DAYS_BEFORE),
    icon="file-text",
    is_case=False,
)


def plug() -> None:
    """Let every step that issues a record make one, and every record take the steps that follow of themselves."""
    registry.issue = issue.issue
    registry.entry_labels |= {
        RENDERED: "文书已生成",
        SIGNED: "签名已载入电子原件",
        SEALED: "已加盖电子印章",
        RENEWED: "已续加归档时间戳",
    }
    if issue.advance not in registry.listeners:
        registry.listeners.append(issue.advance)
