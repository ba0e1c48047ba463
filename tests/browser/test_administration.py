"""The pages of the administrators and of the first start: accessible, quiet, within their window, and usable without scripts."""

import re
from collections.abc import Callable
from pathlib import Path

from app.database import Database
from casework.desk import first_start
from casework.desk.pages import administration as logs
from casework.desk.pages import declarations, holidays, organisations, people, roles, settings, setup
from tests.browser.administration import FORMS_ONLY, pages
from tests.browser.conftest import Office, Serve, Visit
from tests.browser.look import faults, faults_of_all
from tests.conftest import Clock
from tests.served import website
from web import account, password
from workflows.calendar_table import fill

MODULES = (logs, declarations, holidays, organisations, people, roles, settings, setup, password)
SECOND_FACTORS = {account.ALL, f"{account.ALL}/{{staff_id:uuid}}"}
ROUTES = SECOND_FACTORS | {path for module in MODULES for handler in module.routes for path in handler.paths}


def test_every_page_of_the_administration_is_accessible_and_fits_its_window(office: Office) -> None:
    shown = pages(office)
    assert ROUTES - set(FORMS_ONLY) == {route for route, _, _ in shown}
    found = faults_of_all(office, shown)
    assert found == {}, found


def test_the_first_start_works_without_scripts_and_each_of_its_pages_is_accessible(
    sqlite: Database, clock: Clock, serve: Serve, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    with sqlite.sessions.begin() as session:
        fill(session, clock.now)
        code = first_start.offer(session, clock.now)
    address = serve(website(sqlite, clock, tmp_path))
    plain, looking = visit(address, java_script_enabled=False), visit(address, reduced_motion="reduce")
    found: dict[str, object] = {}
    typed = {
        "code": {"code": code},
        "organisation": {"name": "北京市朝阳区总工会", "short_name": "朝阳区总工会"},
        "administrators": {
            "system_admin_name": "石磊",
            "system_admin_account": "shilei",
            "security_admin_name": "叶岚",
            "security_admin_account": "yelan",
            "auditor_name": "卢谨",
            "auditor_account": "lujin",
        },
        "calendar": {},
        "sign_off": {},
        "station": {"name": "望京街道总工会服务站", "short_name": "望京", "legal_basis": "township_street"},
    }
    for step, fields in typed.items():
        page = plain.open("/setup")
        looking.context.add_cookies([c for c in plain.context.cookies() if c["name"] == "cy_setup"])
        found.update({f"{step}: {name}": fault for name, fault in faults(looking, "/setup").items()})
        for name, value in fields.items():
            field = page.locator(f"[name={name}]")
            field.select_option(value) if name == "legal_basis" else field.fill(str(value))
        for box in page.locator("main input[type=checkbox]").all():
            box.check()
        page.click("main button.primary")
        if step == "administrators":
            assert len(re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", page.inner_text("main"))) == 3
    assert page.url.endswith("/password")
    assert found == {}, found
