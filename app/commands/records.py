"""casework records: the register of official records and whether each file is there; start stopped ones again.

``casework records issue-all`` typesets every kind of record from invented data, for a person to look through.
``work`` makes the files that wait, with their progress; ``pause`` and ``resume`` hold that work and let it go on.
``renew`` lays the next archive time-stamp over the seals whose newest one ends soon.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.duties import handlers
from app.modules import plug_all
from app.service import Service, open_service
from documents.contents import contents_of
from documents.issue import RENDER, SEAL
from documents.render import RenderFailed, render
from documents.renewal import RENEW, promise_renewals
from documents.samples import CASE_NUMBER, CODE, ISSUED_ON, ORGANISATION, SAMPLES
from documents.store import Damaged, Store
from documents.tables import Record
from workflows import outbox
from workflows.module import registry
from workflows.tables import OutboxMessage

FILES = (RENDER, SEAL, RENEW)  # one promise for each file of a record, for each seal on it, for its next time-stamp


def run(arguments: list[str]) -> int:
    parser = ArgumentParser(
        "casework records", description="文书登记簿：文号、名称、状态、文件是否完好；有损坏则返回 1"
    )
    parser.add_argument("what", nargs="?", choices=("list", "issue-all", *WORK), default="list")
    parser.add_argument("--retry", action="store_true", help="重新生成多次失败后停止的文书")
    parser.add_argument(
        "--template", choices=("all", *SAMPLES), default="all", metavar="文书种类", help="issue-all：哪一种，默认全部"
    )
    parser.add_argument("--out", type=Path, metavar="目录", help="issue-all：样本文书写到哪里")
    given = parser.parse_args(arguments)
    if given.what == "issue-all":
        if given.out is None:
            parser.error("issue-all 须用 --out 指明目录")
        return issue_all(SAMPLES if given.template == "all" else (given.template,), given.out)
    service = open_service()
    try:
        if given.what in WORK:
            return WORK[given.what](service)
        return retry(service) if given.retry else show(service)
    finally:
        service.close()


def issue_all(kinds: Iterable[str], out: Path) -> int:
    """Typeset these kinds from invented data, marked 样本; nothing is numbered, sealed or stored."""
    plug_all()
    out.mkdir(parents=True, exist_ok=True)
    parties_own = {kind.id for module in registry.modules.values() for kind in module.records if not kind.vouched}
    failed = 0
    for kind in kinds:
        title = contents_of(kind).title or SAMPLES[kind].get("heading", kind)
        try:
            pdf = render(
                kind, SAMPLES[kind], number=CASE_NUMBER, code="" if kind in parties_own else CODE, demo=True, organisation=ORGANISATION,
                issued_on=ISSUED_ON, title=title,
            )  # fmt: skip
        except RenderFailed as error:
            print(f"{title}：{error}", file=sys.stderr)
            failed = 1
            continue
        (out / f"{kind}.pdf").write_bytes(pdf)
        print(f"{out / f'{kind}.pdf'}\t{title}")
    return failed


def work(service: Service) -> int:
    """Make the files that wait, one after the other; ended at any moment, the next run goes on where this one was."""
    makers = {topic: run for topic, run in handlers().items() if topic in FILES}
    began = service.clock()
    try:
        while outbox.relay(service.database.sessions, makers, service.clock(), limit=1):
            print(_said(service, began), flush=True)
    except KeyboardInterrupt:
        print("已停下；再次运行时接着做。", flush=True)
    print(_said(service, began), flush=True)
    return 1 if _progress(service, began).stopped else 0


def renew(service: Service) -> int:
    """Lay new archive time-stamps over the seals whose newest one ends soon, and say what could not be done."""
    with service.database.sessions.begin() as session:
        print(f"{promise_renewals(session, service.clock())} 份文书的归档时间戳即将到期。", flush=True)
    stopped, left = work(service), _not_renewed(service)
    for number, problem in left:
        print(f"{number}：{problem}", file=sys.stderr)
    return 1 if left else stopped


def _not_renewed(service: Service) -> list[tuple[str, str]]:
    """The number of each record whose stamp could not be renewed, and why; the relay tries again by itself."""
    waiting = (OutboxMessage.topic == RENEW) & (OutboxMessage.status != "done") & (OutboxMessage.problem != "")
    with service.database.reading() as session:
        found = select(Record.number, OutboxMessage.problem).join(OutboxMessage, OutboxMessage.subject_id == Record.id)
        told = session.execute(found.where(waiting)).all()
    return [(number or "（未编号）", problem.partition(": ")[2] or problem) for number, problem in told if problem]


def pause(service: Service) -> int:
    with service.database.sessions.begin() as session:
        print(f"已暂停 {outbox.pause(session, FILES)} 份文书；正在做的做完为止。")
    return 0


def resume(service: Service) -> int:
    with service.database.sessions.begin() as session:
        print(f"{outbox.resume(session, FILES)} 份文书接着做。")
    return 0


def progress(service: Service) -> int:
    print(_said(service, service.clock() - timedelta(hours=24)))
    return 0


WORK: dict[str, Callable[[Service], int]] = {
    "work": work,
    "pause": pause,
    "resume": resume,
    "progress": progress,
    "renew": renew,
}


def _said(service: Service, since: datetime) -> str:
    now = _progress(service, since)
    held = f"，暂停 {now.paused}" if now.paused else ""
    return f"已完成 {now.done} / {now.total}，等待 {now.left}{held}，未办成 {now.stopped}"


def _progress(service: Service, since: datetime) -> outbox.Progress:
    with service.database.reading() as session:
        return outbox.progress(session, FILES, since)


def show(service: Service) -> int:
    store, damaged = Store(service.settings.records), 0
    with service.database.reading() as session:
        for record, problems in examined(session, store):
            damaged += bool(problems)
            state = registry.workflow_for(record).state_by_id[record.state].label
            print("\t".join([record.number or "（未编号）", record.title, state, "；".join(problems) or "文件完好"]))
    return 1 if damaged else 0


def examined(session: Session, store: Store) -> Iterator[tuple[Record, list[str]]]:
    """Every record with what is wrong with the files it names."""
    for record in session.scalars(select(Record).order_by(Record.opened_on, Record.id)):
        named = [digest for digest in (record.pdf_sha256, record.signed_sha256, record.sealed_sha256) if digest]
        yield record, [problem for digest in named if (problem := fault(store, digest))]


def fault(store: Store, digest: str) -> str:
    try:
        store.get(digest)
    except Damaged as problem:
        return str(problem)
    return ""


def retry(service: Service) -> int:
    with service.database.sessions.begin() as session:
        stopped = session.scalars(select(OutboxMessage.id).where(OutboxMessage.status == "stopped")).all()
        for message in stopped:
            outbox.retry(session, message, service.clock())
    print(f"{len(stopped)} 项后台任务将重新执行。")
    return 0
