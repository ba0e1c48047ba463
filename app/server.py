"""The web application of one installation."""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from litestar import Litestar
from litestar.concurrency import set_asyncio_executor

from app import health
from app.database import Transactions
from app.logs import configure_logs
from app.modules import packages, routes, templates
from app.relay import Relay
from app.seeds import ACCOUNTS, PASSWORD
from app.service import Service, has_demo_data, open_service
from app.settings import Settings
from casework.desk.sign_off import UnsignedMarks
from web import application
from web.pages import NavSection, Site, environment
from web.signing import Signer
from web.visitor import Connection


def create_app() -> Litestar:
    """What the server process runs: the installation of this environment, with its relay when it is embedded."""
    service = open_service()
    configure_logs(json=not service.settings.embedded)
    set_asyncio_executor(ThreadPoolExecutor(service.settings.threads, thread_name_prefix="request"))
    relay = Relay(service) if service.settings.embedded else None
    app = make_app(service, relay)
    spare_what_lives_on()
    return app


def spare_what_lives_on() -> None:
    """What was loaded until now stays as long as the process: looking through it for garbage made a page wait 0.2 s."""
    gc.collect()
    gc.freeze()


def make_app(service: Service, relay: Relay | None = None) -> Litestar:
    """The application around an opened service, for the server and for tests."""
    return application.create(
        route_handlers=[*health.routes, *routes()],
        site=site(service),
        database=service.database,
        state={"settings": service.settings},
        plugins=[Transactions()],
        logging_config=None,
        on_startup=[relay.start] if relay else [],
        on_shutdown=[relay.stop, service.close] if relay else [service.close],
    )


def site(service: Service) -> Site:
    demo = service.settings.demo and has_demo_data(service)
    return Site(
        templates=environment(*templates()),
        signer=Signer(_secret(service.settings)),
        clock=service.clock,
        secure=service.settings.secure,
        demo=demo,
        demo_accounts=ACCOUNTS if demo else (),
        demo_password=PASSWORD if demo else "",
        navigation=navigation,
        context={"unsigned": UnsignedMarks(service.database.reading, service.clock)},
    )


def navigation(request: Connection) -> Sequence[NavSection]:
    return list(_sections(request))


def _sections(request: Connection) -> Iterator[NavSection]:
    for package in packages():
        yield from getattr(package, "navigation", lambda request: ())(request)


def _secret(settings: Settings) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"casework/browser/1").derive(settings.master_key)
