"""How soon a first visit shows its main content on a slow line and a slow machine.

    .venv/bin/python -m benchmarks.first_visit http://127.0.0.1:8000 [ACCOUNT] [ROUNDS]

Opens pages of a running demo in Chromium with an empty cache, 150 ms round trips, 1.6 Mbit/s down and a processor four
times slower, and prints largest contentful paint, layout shift, requests and bytes. Goal: 1.5 s.
"""

import os
import statistics
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.seeds import PASSWORD

CHROMIUM = "/usr/bin/chromium"
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER = 4
WATCH = """
globalThis.seen = {lcp: 0, cls: 0};
new PerformanceObserver((l) => l.getEntries().forEach((e) => { seen.lcp = e.startTime; }))
    .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver((l) => l.getEntries().forEach((e) => { if (!e.hadRecentInput) seen.cls += e.value; }))
    .observe({type: 'layout-shift', buffered: true});
"""
STAFF, PARTY = ("/todo", "/cases/mediation", "a case"), ("/my", "/verify")


@dataclass(frozen=True)
class Visit:
    lcp: float  # ms
    cls: float
    requests: int
    kilobytes: float


def main(address: str, account: str = "zhoumin", rounds: str = "5") -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=zh-CN"])
        signed_in = _sign_in(browser, address, account)
        print(f"{rounds} rounds, load average {os.getloadavg()[0]:.1f}; LCP in ms, worst (median)")
        for page in STAFF:
            path = _a_case(signed_in, address) if page == "a case" else page
            _say(page, [_visit(browser, address + path, signed_in) for _ in range(int(rounds))])
        for page in PARTY:
            _say(page, [_visit(browser, address + page) for _ in range(int(rounds))])
        browser.close()


def _sign_in(browser: Browser, address: str, account: str) -> BrowserContext:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/login?next=/todo")
    page.fill("#f-account", account)
    page.fill("#f-password", PASSWORD)
    page.click("main button.primary")
    page.wait_for_url("**/todo")
    return context


def _a_case(context: BrowserContext, address: str) -> str:
    page = context.pages[0]
    page.goto(f"{address}/todo")
    return urlsplit(page.locator("tr.row a.t").first.get_attribute("href") or "").path


def _visit(browser: Browser, url: str, signed_in: BrowserContext | None = None) -> Visit:
    """One page in a browser that has nothing of the service but its cookies."""
    state = signed_in.storage_state() if signed_in else None
    context = browser.new_context(locale="zh-CN", storage_state=state)
    page = context.new_page()
    sizes = _slow_down(context, page)
    page.add_init_script(WATCH)
    page.goto(url, wait_until="networkidle")
    seen = page.evaluate("seen")
    context.close()
    return Visit(seen["lcp"], seen["cls"], len(sizes), sum(sizes) / 1024)


def _slow_down(context: BrowserContext, page: Page) -> list[float]:
    """Answers the list into which the bytes of each finished request go."""
    sizes: list[float] = []
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    return sizes


def _say(page: str, visits: list[Visit]) -> None:
    times = [visit.lcp for visit in visits]
    last = visits[-1]
    print(
        f"{page:20} LCP {max(times):5.0f} ({statistics.median(times):4.0f})"
        f"  CLS {max(v.cls for v in visits):.3f}  {last.requests} requests  {last.kilobytes:.1f} KB"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
