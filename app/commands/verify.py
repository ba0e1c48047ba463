"""``casework verify FILE``: is this file one of our records, or the reading copy of a volume of the archive?"""

import sys
from argparse import ArgumentParser
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app.service import open_service
from app.settings import Misconfigured, why_unread
from casework.desk.bundles import examine
from documents.verify import Verdict, examine_alone

GENUINE, ALTERED, UNKNOWN, OUT_OF_REACH = range(4)
EXIT = {
    Verdict.GENUINE: GENUINE,
    Verdict.ALTERED: ALTERED,
    Verdict.UNKNOWN: UNKNOWN,
    Verdict.UNCHECKED: OUT_OF_REACH,
}


def run(arguments: list[str]) -> int:
    """0 genuine, 1 altered (our code or number, other bytes), 2 unknown, 3 register out of reach (never called genuine)."""
    parser = ArgumentParser("casework verify", description="核验文书和案卷副本的真伪")
    parser.add_argument("file", type=Path, metavar="FILE")
    file = parser.parse_args(arguments).file
    try:
        content = file.read_bytes()
    except OSError as error:
        print(f"读不到文件 {file}：{why_unread(error)}。", file=sys.stderr)
        return UNKNOWN
    return _examined(content)


def _examined(content: bytes) -> int:
    try:
        service = open_service()
        try:
            with service.database.reading() as session:
                answer = examine(session, content)
        finally:
            service.close()
    except (SQLAlchemyError, Misconfigured, OSError) as error:
        print(f"无法查询文书登记：{error}", file=sys.stderr)
        answer = examine_alone(content)
    print(answer.sentence)
    return EXIT[answer.verdict]
