"""What of an installation is not set up: settings, fonts, key, queue, database, people. One Chinese sentence each."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from kombu import Connection
from kombu.exceptions import OperationalError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.health import LATE
from app.schema import missing_triggers
from app.service import Service, has_demo_data
from app.settings import Settings
from documents.fonts import FontSet, FontsMissing, fonts_directory
from union.access import policy_problems
from union.organisations import Organisation
from union.people import THREE_ADMINISTRATORS, Person, RoleGrant, RosterEntry
from union.roles import ROLE_BY_ID, STAFF
from workflows.definition import Role
from workflows.encryption import Undecipherable
from workflows.module import registry
from workflows.tables import OutboxMessage, legal_date

STALE = timedelta(hours=3)  # a checkpoint is written every hour
BROKER_SECONDS = 3
OTHERS_MAY_READ = 0o077
NOT_OF_OURS = {"party", "hrss", "court", "system", STAFF.id}  # nobody is appointed to these


def installation(service: Service) -> Iterator[str]:
    """What can be seen without the database's tables."""
    settings = service.settings
    if settings.embedded:
        yield "现为单机方式（SQLite）：适合试用和一个服务站；全区使用请改为生产方式（CASEWORK_MODE=production）"
    if not settings.secure:
        yield "没有启用 HTTPS：只可在本机使用"
    yield from _key_file(settings)
    yield from _fonts()
    if settings.broker_url and not broker_answers(settings.broker_url):
        yield "消息队列连接不上（CASEWORK_BROKER_URL）：文书和消息将不会生成，请检查地址、账号和服务是否启动"


def contents(service: Service, session: Session) -> Iterator[str]:
    """What the database holds and lacks."""
    if has_demo_data(service):
        yield "数据库里是演示数据"
    yield from (f"数据库缺少防改动的触发器：{name}" for name in missing_triggers(session.connection()))
    if not _key_opens_the_data(session):
        yield "主密钥与数据库不符：库中的个人信息无法解密，请找回原来的主密钥"
    yield from (f"权限表有误：{problem}" for problem in policy_problems())
    yield from _people(service, session)
    yield from _duties(service, session)


def broker_answers(url: str) -> bool:
    """Whether the queue accepts our log-in within a few seconds."""
    with Connection(url, connect_timeout=BROKER_SECONDS) as connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)
        except (OperationalError, OSError):
            return False
    return True


def _key_file(settings: Settings) -> Iterator[str]:
    file = settings.var / "master.key"
    if file.is_file() and file.stat().st_mode & OTHERS_MAY_READ:
        yield "主密钥文件 master.key 其他用户也能读取：请改为仅本用户可读（chmod 600）"


def _fonts() -> Iterator[str]:
    try:
        fonts = FontSet.at(fonts_directory())
    except FontsMissing as missing:
        yield str(missing).rstrip("。")
        return
    if faults := fonts.faults():
        yield f"文书字体缺失或者已损坏：{'、'.join(faults)}，请运行 casework fonts"
    if fonts.fang_comes_from == "LXGW WenKai":
        yield "没有仿宋字体，文书以楷体代替：请安装 FandolFang，或者用 CASEWORK_FONTS 指定本单位的仿宋字体"


def _key_opens_the_data(session: Session) -> bool:
    person = session.scalars(select(Person).where(Person.__table__.c.phone_sealed.is_not(None)).limit(1)).first()
    try:
        return person is None or bool(person.phone)
    except Undecipherable:
        return False


def _people(service: Service, session: Session) -> Iterator[str]:
    today = legal_date(service.clock())
    held = set(session.scalars(select(RoleGrant.role).where(RoleGrant.in_force(today)).distinct()))
    if absent := [role.label for role in _roles_needed() if role.id not in held]:
        yield f"没有人担任：{'、'.join(absent)}"
    if session.scalars(select(RosterEntry.id).where(RosterEntry.in_force(today)).limit(1)).first() is None:
        yield "调解员名册是空的：没有在册调解员就不能指定承办人"
    if session.scalars(select(Organisation.id).where(Organisation.legal_basis.is_not(None)).limit(1)).first() is None:
        yield "没有登记调解组织的设立依据：调解协议有哪些救济途径无从判断"


def _roles_needed() -> list[Role]:
    """Those the plugged procedures ask to act, and the three administrators."""
    asked = {role.id for m in registry.modules.values() for w in m.workflows for t in w.transitions for role in t.by}
    return [ROLE_BY_ID[role] for role in (*sorted(asked - NOT_OF_OURS), *THREE_ADMINISTRATORS) if role in ROLE_BY_ID]


def _duties(service: Service, session: Session) -> Iterator[str]:
    stopped = session.scalar(select(func.count()).where(OutboxMessage.status == "stopped"))
    if stopped:
        yield f"{stopped} 项后台任务多次失败后已停止，请在“后台任务”页查看原因并重试"
    waiting = OutboxMessage.status.in_(("ready", "leased")) & (OutboxMessage.ready_at < service.clock() - LATE)
    if late := session.scalar(select(func.count()).where(waiting)):
        yield f"{late} 项后台任务等待超过十分钟：没有后台进程在办理（casework serve 或者 casework worker 是否在运行）"
    newest = max(_checkpoints(service.settings.checkpoints), default=None)
    if newest is None:
        yield "还没有办理记录的检查点：服务运行后每小时自动生成，请定期抄送到数据库之外保存"
    elif service.clock().timestamp() - newest > STALE.total_seconds():
        yield "办理记录的检查点三小时没有更新：定时任务可能没有运行（生产方式须有一个 casework beat）"


def _checkpoints(folder: Path) -> Iterator[float]:
    return (path.stat().st_mtime for path in folder.glob("checkpoint-*.json"))
