"""Pictures of a running demo for the README and the manual: ``python docs/screenshots/take.py http://127.0.0.1:8000``."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.parse import urljoin
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.seeds import PASSWORD
from workflows.tables import SHANGHAI

FOLDER = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
CHINESE = {"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8", "PATH": "/usr/bin:/bin"}
DESKTOP, PHONE = (1360, 850), (390, 844)
PATIENCE_SECONDS = 600  # the demo is made first


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it; ``find`` leads from the first page to the one that is shown."""

    name: str
    account: str
    path: str
    find: Callable[[Page], None] = lambda page: None
    size: tuple[int, int] = DESKTOP
    dark: bool = False


def first_link(pattern: str) -> Callable[[Page], None]:
    """Follow the first link whose address matches; a missing link is an error, not an empty picture."""

    def follow(page: Page) -> None:
        addresses = [link.get_attribute("href") or "" for link in page.locator("main a[href]").all()]
        show(page, urljoin(page.url, next(filter(re.compile(pattern).search, addresses))))

    return follow


def then(*steps: Callable[[Page], None]) -> Callable[[Page], None]:
    def follow(page: Page) -> None:
        for step in steps:
            step(page)

    return follow


def foresee(page: Page) -> None:
    """Ask what a date that some term ends on would move; nothing is confirmed."""
    page.fill("[name=day]", (datetime.now(SHANGHAI) + timedelta(days=9)).date().isoformat())
    page.check("[name=kind][value=holiday]")
    page.fill("[name=notice]", "国办发明电〔2026〕0号")
    page.click("main button.primary")


def open_palette(page: Page) -> None:
    """As Ctrl K opens it anywhere, with the steps of the case on the screen."""
    CASE(page)
    page.keyboard.press("Control+k")
    page.locator("[role=option]").first.wait_for()


def enter(page: Page) -> None:
    """As a party, with the case and the telephone the demo offers and the code it shows."""
    number, phone = page.locator("form[action='/my/code'] p.hint b").all_inner_texts()
    page.fill("[name=number]", number)
    page.fill("[name=phone]", phone)
    page.click("text=获取验证码")
    page.wait_for_url("**/my/code")
    page.fill("[name=code]", page.inner_text("b .otp"))  # complete, it needs no button
    page.wait_for_url("**/my/case")


CASE = first_link(r"^/subjects/[0-9a-f-]{36}$")
IN_TALKS = "/cases/mediation?st=in_mediation"
PICTURES = (
    Picture("login", "", "/login"),
    Picture("todo", "zhoumin", "/todo"),
    Picture("todo-dark", "zhoumin", "/todo", dark=True),
    Picture("new", "linxiao", "/cases/mediation/new"),
    Picture("case", "sunlei", IN_TALKS, CASE),
    Picture("case-phone", "sunlei", IN_TALKS, CASE, size=PHONE),
    Picture("palette", "sunlei", IN_TALKS, open_palette),
    Picture("calendar", "sunlei", "/calendar"),
    Picture("my-landing", "", "/my", size=PHONE),
    Picture("my-case", "", "/my", enter, size=PHONE),
    Picture("seals", "panyue", "/seals"),
    Picture("archive", "duanping", "/archive"),
    Picture("admin-outbox", "sysadmin", "/admin/outbox"),
    Picture("step", "sunlei", IN_TALKS, then(CASE, first_link("/transitions/reach_agreement$"))),
    Picture("records", "zhoumin", "/documents"),
    Picture("figures", "zhenghong", "/figures"),
    Picture("workload", "zhenghong", "/workload"),
    Picture("verify", "", "/verify"),
    Picture("admin-person", "secadmin", "/admin/people?q=heqing", first_link(r"^/admin/people/[0-9a-f-]{36}$")),
    Picture("admin-organisations", "sysadmin", "/admin/organisations"),
    Picture("admin-holidays", "sysadmin", "/admin/holidays/days/new", foresee),
    Picture("admin-settings", "sysadmin", "/admin/settings"),
    Picture("admin-audit", "audit", "/admin/audit"),
)
AGREEMENT = "/documents?q=调协字"


def main(address: str) -> None:
    wait_for(address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], env=dict(CHINESE))
        for picture in PICTURES:
            take(browser, address, picture)
        print_agreement(browser, address)
        browser.close()


def take(browser: Browser, address: str, picture: Picture) -> None:
    width, height = picture.size
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "theme", "value": "dark" if picture.dark else "light", "url": address}])
    page = context.new_page()
    if picture.account:
        log_in(page, address, picture.account)
    show(page, address + picture.path)
    picture.find(page)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{picture.name}.png")
    sys.stdout.write(f"{picture.name}.png  {page.url.removeprefix(address)}\n")
    context.close()


def print_agreement(browser: Browser, address: str) -> None:
    """The first page of a written agreement, as the file that was made of it looks."""
    page = browser.new_page()
    log_in(page, address, "zhoumin")
    show(page, address + AGREEMENT)
    first_link(r"^/records/[0-9a-f-]{36}$")(page)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "agreement.pdf"
        file.write_bytes(content_of(page, page.url + "/file"))
        target = FOLDER / "agreement"
        subprocess.run(["pdftoppm", "-png", "-r", "70", "-singlefile", file, target], check=True)
    sys.stdout.write(f"agreement.png  {page.url.removeprefix(address)}/file\n")
    page.close()


def content_of(page: Page, address: str) -> bytes:
    """The file, once the relay has made it."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (answer := page.request.get(address)).ok:
        if time.monotonic() > until:
            raise SystemExit(f"no file at {address}: {answer.status}")
        time.sleep(2)
    return answer.body()


def show(page: Page, address: str) -> None:
    """Open the page; an error page is never photographed."""
    answer = page.goto(address)
    if answer is None or not answer.ok:
        raise SystemExit(f"{address} answers {answer and answer.status}")


def log_in(page: Page, address: str, account: str) -> None:
    page.goto(f"{address}/login")
    page.fill("#f-account", account)
    page.fill("#f-password", PASSWORD)
    page.click("main button.primary")
    page.wait_for_url("**/todo")


def wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            urlopen(f"{address}/login", timeout=5).close()  # noqa: S310 - the address is our own argument
        except (URLError, OSError):
            time.sleep(1)
        else:
            return
    raise SystemExit(f"nothing answers at {address}")


if __name__ == "__main__":
    main(sys.argv[1])
