"""``casework demo mediation``: cases driven from application to archive without a browser, with every paper and journal."""

import json
import os
import random
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.duties import handlers
from app.logs import quiet_sealing
from app.schema import migrate
from app.seeds import stories
from app.seeds.district import District, assume_notices, build
from app.seeds.telling import Cast, Teller
from app.service import Service, house_of, mark_as_demo, open_service
from app.settings import load
from casework.desk.archive import Volume, copy_of
from documents import house
from documents.printing import pdf_of
from documents.tables import Record
from workflows import outbox
from workflows.journal import history, open_payload, verify, write_checkpoint
from workflows.tables import OUTBOX, JournalPayload, Subject, legal_date

BEGAN_DAYS_AGO = 150
LOTS = 12351  # what the demo draws its lots with: the same people at every run


def run(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    quiet_sealing()
    out: Path = asked.out
    names = list(stories.STORIES) if asked.story == "all" else [asked.story]
    environment = {**os.environ, "CASEWORK_VAR": str(out / "register"), "CASEWORK_MODE": "embedded"}
    environment.pop("CASEWORK_DATABASE_URL", None)
    service = open_service(load(environment), migrated=False)
    try:
        return _told(service, names, out)
    finally:
        service.close()


def _parser() -> ArgumentParser:
    parser = ArgumentParser("casework demo", description="不经网页把演示案件从头办到底，输出全部文书和办理记录")
    parser.add_argument("procedure", choices=["mediation"], help="办理程序")
    parser.add_argument("--story", choices=[*stories.STORIES, "all"], default="performed", help="案情，默认 performed")
    parser.add_argument("--out", type=_empty_folder, required=True, help="输出目录（须为空）")
    return parser


def _empty_folder(text: str) -> Path:
    path = Path(text)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ArgumentTypeError(f"{text} 不是空目录")
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


def _told(service: Service, names: list[str], out: Path) -> int:
    migrate(service.database)
    house.use(replace(house_of(service.settings), demo=True, seals=service.settings.var / "seals", seal_server=""))
    now, lots = service.clock(), random.Random(LOTS)  # noqa: S311 - the demo draws lots
    tell(service, found_district(service, now, lots), names, now, lots)
    print("—— 生成文书")
    stopped = _carried_out(service)
    _write_out(service, out)
    with service.database.reading() as session:
        faults = verify(session)
        write_checkpoint(session, service.settings.checkpoints, now)
    print(f"办理记录核对：{'无误' if not faults else '；'.join(f.text for f in faults)}")
    print(f"核验文书：CASEWORK_VAR={out / 'register'} casework verify 文件")
    return 1 if faults or stopped else 0


def found_district(service: Service, now: datetime, lots: random.Random) -> District:
    """The district and its people, before any case."""
    with service.database.sessions.begin() as session:
        mark_as_demo(session, now)
        assume_notices(session, now)
        return build(session, now - timedelta(days=BEGAN_DAYS_AGO), lots)


def tell(service: Service, district: District, names: Sequence[str], now: datetime, lots: random.Random) -> None:
    """Drive the stories of these names to their ends; each has the same people whether told alone or not."""
    teller = Teller(service.database.sessions, district, now, lambda line: print(line, flush=True), lots)
    began = legal_date(now) - timedelta(days=BEGAN_DAYS_AGO)
    places = {name: place for place, name in enumerate(stories.STORIES)}
    for name in names:
        number = places[name]
        size = 12 if name == "collective" else 1
        cast = Cast(district.workers[number * 13 : number * 13 + size], district.enterprises[number], district.centre)
        label, story = stories.STORIES[name]
        print(f"—— {label}")
        teller.tell([(began, story(teller, cast))])


def _carried_out(service: Service) -> int:
    """Everything the steps promised for now; the number of promises that could not be kept."""
    now = service.clock()
    while outbox.relay(service.database.sessions, handlers(), now, limit=50):
        pass
    with service.database.reading() as session:
        tried = or_(
            OUTBOX.c.status != "ready", OUTBOX.c.attempts > 0, OUTBOX.c.ready_at <= now
        )  # texts wait for the day
        left = select(OUTBOX.c.topic, OUTBOX.c.problem).where(OUTBOX.c.status != "done", tried)
        unkept = session.execute(left).all()
    for topic, problem in unkept:
        print(f"未完成：{topic} {problem or ''}", file=sys.stderr)
    return len(unkept)


def _write_out(service: Service, out: Path) -> None:
    with service.database.reading() as session:
        roots = session.scalars(select(Subject).where(Subject.id == Subject.root_id).order_by(Subject.id)).all()
        for number, root in enumerate(roots, start=1):
            folder = out / f"{number:02d} {root.number or root.title}"
            folder.mkdir()
            lines = [_as_line(session, entry) for entry in history(session, root.id)]
            text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
            (folder / "办理记录.jsonl").write_text(text + "\n", "utf-8")
            papers = session.scalars(select(Record).where(Record.root_id == root.id).order_by(Record.id)).all()
            for place, record in enumerate(papers, start=1):
                pdf = pdf_of(record)
                if pdf is not None:
                    (folder / f"{place:02d} {record.title} {record.number}.pdf").write_bytes(pdf)
            volumes = _write_volumes(session, root, folder / "卷宗")
            print(f"{folder.name}：文书 {len(papers)} 件，记录 {len(lines)} 条，案卷 {volumes} 册")


def _write_volumes(session: Session, root: Subject, folder: Path) -> int:
    volumes = session.scalars(select(Volume).where(Volume.root_id == root.id).order_by(Volume.part)).all()
    for volume in volumes:
        if (copy := copy_of(session, volume)) is not None:
            folder.mkdir(exist_ok=True)
            (folder / f"{volume.label}（副本）.pdf").write_bytes(copy)
    return len(volumes)


def _as_line(session: Any, entry: Any) -> dict[str, Any]:
    payload = session.get(JournalPayload, (entry.root_id, entry.seq))
    columns = {column.name: getattr(entry, column.name) for column in entry.__table__.columns}
    return {**msgspec.to_builtins(columns), "filed": open_payload(payload) if payload else None}
