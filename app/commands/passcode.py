"""casework passcode: a one-time code at the server's console, for administrators, whose password no other may reset."""

import sys
from argparse import ArgumentParser

from sqlalchemy import select

from app.service import open_service
from union import passcodes
from union.people import Staff, normal_account
from workflows.actor import SYSTEM_ACTOR

USAGE = 2


def run(arguments: list[str]) -> int:
    parser = ArgumentParser("casework passcode", description="签发一次性代码：原密码和登录立即失效，代码 72 小时内有效")
    parser.add_argument("account", help="账号")
    account = normal_account(parser.parse_args(arguments).account)
    service = open_service()
    try:
        with service.database.sessions.begin() as session:
            staff = session.scalars(select(Staff).where(Staff.account == account, Staff.active)).first()
            if staff is None:
                print(f"没有在用的账号“{account}”，没有改动。", file=sys.stderr)
                return USAGE
            code = passcodes.issue(session, staff, by=SYSTEM_ACTOR, at=service.clock(), why="在服务器上签发")
            print(f"{staff.name}（{staff.account}）的一次性代码：{code}，到“设置密码”页使用。")
    finally:
        service.close()
    return 0
