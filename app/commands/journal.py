"""casework journal verify: whether the history was changed by other means than ours."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.service import open_service
from workflows.journal import ForgedCheckpoint, read_checkpoint, verify
from workflows.tables import JOURNAL, SUBJECTS

GENUINE, CHANGED, UNUSABLE = 0, 1, 2
KINDS = {
    "altered": "改动",
    "removed": "缺失",
    "inserted": "插入",
    "reordered": "调换",
    "truncated": "截断",
    "payload": "所附内容改动",
    "state": "现状不符",
}


def run(arguments: list[str]) -> int:
    """0 when nothing was changed, 1 when something was, 2 when it could not be checked."""
    parser = ArgumentParser("casework journal", description="核对办理记录有无改动、缺失、插入、调换或者截断")
    verifying = parser.add_subparsers(dest="what", required=True, metavar="verify").add_parser(
        "verify", help="核对办理记录"
    )
    verifying.add_argument("--checkpoint", type=Path, metavar="文件", help="与某个检查点核对，可以发现截断")
    verifying.add_argument("--root", type=UUID, metavar="编号", help="只核对一个事项")
    given = parser.parse_args(arguments)
    service = open_service()
    try:
        with service.database.reading() as session:
            return report(session, given.root, given.checkpoint)
    finally:
        service.close()


def report(session: Session, root: UUID | None, checkpoint: Path | None) -> int:
    try:
        kept = read_checkpoint(checkpoint) if checkpoint is not None else None
    except ForgedCheckpoint as forged:
        return _unusable(f"{forged}。")
    except OSError as error:
        return _unusable(f"读不到检查点文件 {checkpoint}：{error.strerror}。")
    if root is not None and not _known(session, root, kept):
        return _unusable(f"没有编号为 {root} 的事项。")
    faults = verify(session, root, kept)
    for fault in faults:
        print(f"{fault.root_id} 第{fault.seq}条 {KINDS[fault.code]}：{fault.text}")
    print(_summary(session, root, len(faults)))
    if kept is None:
        print("未与检查点核对：整段截断须加 --checkpoint 才能发现。")
    return CHANGED if faults else GENUINE


def _known(session: Session, root: UUID, kept: dict[str, Any] | None) -> bool:
    of_it = select(func.count()).select_from(SUBJECTS).where(SUBJECTS.c.root_id == root)
    return str(root) in (kept or {}).get("heads", {}) or bool(session.scalar(of_it))


def _summary(session: Session, root: UUID | None, faults: int) -> str:
    query = select(func.count(), func.count(JOURNAL.c.root_id.distinct()))
    entries, roots = session.execute(query if root is None else query.where(JOURNAL.c.root_id == root)).one()
    found = f"发现 {faults} 处问题" if faults else "没有发现改动"
    return f"已核对 {roots} 个事项的 {entries} 条办理记录，{found}。"


def _unusable(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return UNUSABLE
