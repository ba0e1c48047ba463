"""One opened installation: its settings, its database, its modules and its clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database, open_database
from app.modules import plug_all
from app.schema import current
from app.settings import Misconfigured, Settings, load
from casework.desk import codes, delivery
from casework.desk.channels import AliyunSms, Channel, DemoChannel, NoChannel
from documents.house import House
from documents.house import use as furnish
from workflows.tables import Setting, legal_date

DEMO_MARK, DEMO_FINISHED = "demo.district", "demo.finished"
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Service:
    """What commands, pages and background duties all need."""

    settings: Settings
    database: Database
    clock: Clock

    def close(self) -> None:
        self.database.close()


def wall_clock() -> datetime:
    return datetime.now(UTC)


def open_service(settings: Settings | None = None, clock: Clock = wall_clock, migrated: bool = True) -> Service:
    """Open the installation; ``migrated=False`` for the commands that prepare the database."""
    settings = settings or load(existing=migrated)
    plug_all()
    furnish(house_of(settings))
    delivery.use(channel_of(settings), settings.sms_sign, settings.public_url)
    codes.use(codes.ShownCodes() if settings.demo else codes.SentCodes())
    service = Service(settings, open_database(settings.database_url, settings.threads), clock)
    if migrated:
        refuse_unready(service)
    return service


def channel_of(settings: Settings) -> Channel:
    """What carries texts: the account of the settings; the demo only shows them, and elsewhere none leaves unnoticed."""
    if settings.sms_key_id:
        return AliyunSms(settings.sms_key_id, settings.sms_secret, settings.sms_sign, settings.sms_server)
    return DemoChannel() if settings.demo else NoChannel()


def house_of(settings: Settings) -> House:
    return House(
        store=settings.records,
        site=settings.public_url,
        demo=settings.demo,
        seals=settings.seals,
        seal_server=settings.seal_server,
        seal_token=settings.seal_token,
        stamps=settings.stamps,
    )


def refuse_unready(service: Service) -> None:
    if not current(service.database):
        raise Misconfigured("数据库结构不是最新的：请先运行 casework migrate。")
    if not service.settings.embedded and has_demo_data(service):
        raise Misconfigured("这个数据库里是演示数据，生产环境不能使用。请换用空数据库并运行 casework migrate。")


def has_demo_data(service: Service) -> bool:
    return _is_set(service, DEMO_MARK)


def demo_was_interrupted(service: Service) -> bool:
    return has_demo_data(service) and not _is_set(service, DEMO_FINISHED)


def mark_as_demo(session: Session, at: datetime) -> None:
    """Written with the first invented row: no production service will open this database."""
    session.add(Setting(key=DEMO_MARK, value={"since": at.isoformat()}, valid_from=legal_date(at), entered_at=at))


def finish_demo(session: Session, at: datetime) -> None:
    session.add(Setting(key=DEMO_FINISHED, value={"at": at.isoformat()}, valid_from=legal_date(at), entered_at=at))


def _is_set(service: Service, key: str) -> bool:
    with service.database.reading() as session:
        return session.scalar(select(Setting.id).where(Setting.key == key).limit(1)) is not None
