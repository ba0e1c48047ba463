"""A real server and a real Chromium, and a street station with its people and one enterprise to work in.

Every page is watched for console errors and sideways scroll.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
import uvicorn
from litestar import Litestar
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import update

from app.database import Database
from app.service import mark_as_demo
from tests.casework.mediation.world import World, build
from tests.conftest import Clock
from tests.served import website
from union import passwords, second_factor
from union.access import SYSTEM_ADMIN, grant
from union.organisations import Organisation
from union.people import Staff
from workflows.calendar_table import fill

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
CHROMIUM = next((p for p in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser")) if p.exists()), None)
CHINESE = {"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8", "PATH": "/usr/bin:/bin"}  # else date fields show mm/dd/yyyy
Serve = Callable[[Litestar], str]
PASSWORD = "correct horse battery staple"
FIRM, FIRM_CODE = "北京远航物流有限公司", "91110105MA01ABCD5F"
QUICK = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: bin/setup test installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--lang=zh-CN"], env=dict(CHINESE)
        )
        yield browser
        browser.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve an application on a free port until the end of the test; answers its address."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Litestar) -> str:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        servers.append((server, thread))
        _until(lambda: server.started)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in servers:
        server.should_exit = True
        thread.join(10)


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        threading.Event().wait(0.02)


class Visit:
    """One person at one browser."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.said: list[str] = []  # errors of the console and of scripts
        self.page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def log_in(self, account: str, password: str, to: str = "/todo") -> Page:
        page = self.open(f"/login?next={to}")
        page.fill("#f-account", account)
        page.fill("#f-password", password)
        page.click("main button.primary")
        page.wait_for_url(f"**{to}")
        return page

    def resize(self, width: int, height: int = 900) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def prefer(self, **choices: str) -> None:
        self.context.add_cookies([{"name": k, "value": v, "url": self.address} for k, v in choices.items()])

    @property
    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def violations(self) -> list[Any]:
        """What axe-core finds. Injected past the page, for our policy blocks script tags; it logs styles of its own."""
        before = len(self.said)
        devtools = self.context.new_cdp_session(self.page)
        known = devtools.send("Runtime.evaluate", {"expression": "typeof axe"})["result"]["value"] != "undefined"
        if not known:
            devtools.send("Runtime.evaluate", {"expression": AXE})
        found = devtools.send(
            "Runtime.evaluate",
            {"expression": AXE_REPORT, "awaitPromise": True, "returnByValue": True},
        )
        devtools.detach()
        del self.said[before:]
        return json.loads(found["result"]["value"])  # type: ignore[no-any-return]


AXE_REPORT = (
    "axe.run({resultTypes: ['violations']}).then((r) => JSON.stringify("
    "r.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 200))])))"
)


@pytest.fixture
def visit(chromium: Browser) -> Generator[Callable[..., Visit], None, None]:
    contexts: list[BrowserContext] = []

    def arrive(address: str, **options: Any) -> Visit:
        context = chromium.new_context(**{"locale": "zh-CN", "viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        return Visit(context, address)

    yield arrive
    for context in contexts:
        context.close()


@dataclass
class Office:
    """The world behind the pages, its address, and how to sit down at a browser there."""

    world: World
    address: str
    arrive: Callable[..., Visit]
    clock: Clock

    def code(self, account: str) -> str:
        """What the telephone of this person shows now."""
        with self.world.sessions() as session:
            found = second_factor.enrolled(session, self.world.ids[account])
            assert found is not None
            return second_factor.current_code(found, self.clock.now)

    def sit_down(self, account: str, to: str = "/todo", **options: object) -> Visit:
        visitor = self.arrive(self.address, **options)
        visitor.log_in(account, PASSWORD, to)
        return visitor


@pytest.fixture
def office(
    request: pytest.FixtureRequest,
    sqlite: Database,
    clock: Clock,
    serve: Serve,
    visit: Callable[..., Visit],
    tmp_path: Path,
) -> Iterator[Office]:
    passwords.use(PasswordHash((QUICK,)))
    demo = getattr(request, "param", False)
    with sqlite.sessions.begin() as session:
        fill(session, clock.now)
        if demo:
            mark_as_demo(session, clock.now)
    world = build(sqlite.sessions, clock)
    with sqlite.sessions.begin() as session:
        admin = Staff(name="孙管", account="admin", organisation_id=world.federation)
        session.add(admin)
        session.flush()
        grant(session, admin.id, SYSTEM_ADMIN, world.federation, date(2015, 1, 1))
        telephone = second_factor.start(session, world.ids["keeper"], at=clock.now)
        telephone.confirmed_at = clock.now
        session.execute(update(Staff).values(password_hash=passwords.hash_password(PASSWORD)))
        session.add(
            Organisation(
                name=FIRM,
                short_name="远航物流",
                level="unit",
                kind="enterprise",
                credit_code=FIRM_CODE,
                parent=session.get_one(Organisation, world.station),
                valid_from=date(2015, 1, 1),
            )
        )
    yield Office(world, serve(website(sqlite, clock, tmp_path, demo=demo)), visit, clock)
    passwords.use(PasswordHash((Argon2Hasher(),)))
