"""Log-in, log-out, who is let in, and whose forms count."""

from dataclasses import replace

import pytest
from litestar import get

from tests.web.conftest import log_in, token
from union.sessions import WebSession
from web.application import create
from web.guard import UnguardedRoute
from web.login import own_path
from workflows.tables import new_id


def test_a_stranger_is_sent_to_the_log_in_page_and_back(anonymous):
    answer = anonymous.get("/_ui?a=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/_ui%3Fa%3D1"
    assert log_in(anonymous, next="/_ui").headers["location"] == "/_ui"
    assert anonymous.get("/_ui").status_code == 200


def test_the_session_cookie_is_ours_hidden_from_scripts_and_new_at_each_log_in(anonymous):
    anonymous.cookies.set("cy_sid", "chosen-by-somebody-else")
    assert anonymous.get("/todo").status_code == 303
    cookies = log_in(anonymous).headers.get_list("set-cookie")
    cookie = next(line for line in cookies if line.startswith("cy_sid="))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "chosen-by-somebody-else" not in cookie


def test_a_wrong_password_keeps_the_account_and_says_no_more_than_an_unknown_one(anonymous):
    wrong = log_in(anonymous, "not the password at all")
    unknown = log_in(anonymous, account="nobody")
    assert wrong.status_code == unknown.status_code == 422
    assert 'value="zhoumin"' in wrong.text
    sentence = "账号或者密码不正确。"
    assert sentence in wrong.text
    assert sentence in unknown.text


def test_logging_out_ends_the_session_in_the_database(staff, database):
    answer = staff.post("/logout", data={"_csrf": token(staff)})
    assert answer.status_code == 303
    assert "clear-site-data" in answer.headers
    with database.sessions() as session:
        assert all(kept.revoked_at for kept in session.query(WebSession))
    assert staff.get("/todo").status_code == 303


def test_a_session_ends_when_idle(staff, clock):
    clock.move(minutes=31)
    assert staff.get("/todo").status_code == 303


def test_absent_and_not_allowed_are_the_same_answer(staff):
    absent, forbidden = staff.get("/nothing"), staff.get(f"/cases/{new_id()}")
    assert absent.status_code == forbidden.status_code == 404
    assert absent.text.replace("/nothing", "") == forbidden.text.replace("/nothing", "")


@pytest.mark.parametrize("sent", ["", "0" * 128, "zz"])
def test_a_form_without_the_token_of_its_page_is_not_carried_out(staff, sent):
    assert staff.post("/said", data={"_csrf": sent}).status_code == 403


def test_the_token_of_another_session_is_worthless(service, staff):
    from litestar.testing import TestClient

    mine = token(staff)
    with TestClient(service) as other:
        other.follow_redirects = False
        log_in(other)
        assert other.post("/said", data={"_csrf": mine}).status_code == 403
    assert staff.post("/said", data={"_csrf": mine}).status_code == 303


def test_the_token_differs_on_every_page_and_stays_valid(staff):
    first, second = token(staff), token(staff)
    assert first != second
    assert staff.post("/said", data={"_csrf": first}).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://elsewhere.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_a_form_from_another_site_is_refused_by_its_headers_alone(staff, headers):
    assert staff.post("/said", data={"_csrf": token(staff)}, headers=headers).status_code == 403


def test_our_own_origin_is_accepted(staff):
    headers = {"origin": "http://testserver.local", "sec-fetch-site": "same-origin"}
    assert staff.post("/said", data={"_csrf": token(staff)}, headers=headers).status_code == 303


def test_the_server_does_not_start_with_a_route_nobody_guards(database, service):
    @get("/open", sync_to_thread=True)
    def unguarded() -> str:
        return ""

    @get("/typo", opt={"action": "case.veiw"}, sync_to_thread=True)
    def misspelt() -> str:
        return ""

    site = service.state.site
    for handler in (unguarded, misspelt):
        with pytest.raises(UnguardedRoute, match=r"/open|/typo"):
            create(route_handlers=[handler], site=site, database=database)


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\nb", "todo"])
def test_after_log_in_nobody_is_sent_elsewhere(path):
    assert own_path(path) == "/todo"


def test_own_paths_are_kept():
    assert own_path("/cases/mediation?state=accepted") == "/cases/mediation?state=accepted"


def test_preferences_are_rendered_by_the_server(staff):
    answer = staff.post("/prefs", data={"_csrf": token(staff), "theme": "dark", "size": "nonsense", "back": "/todo"})
    assert answer.headers["location"] == "/todo"
    html = staff.get("/todo").text
    assert 'data-theme="dark"' in html
    assert 'data-size="normal"' in html
    staff.post("/prefs", data={"_csrf": token(staff), "size": "large", "back": "/todo"})
    assert 'data-theme="dark" data-size="large"' in staff.get("/todo").text


def test_https_gives_the_cookies_the_host_prefix():
    from web.csrf import seed_cookie
    from web.guard import session_cookie

    assert session_cookie(True) == "__Host-cy_sid"
    assert session_cookie(False) == "cy_sid"
    assert seed_cookie(True).startswith("__Host-")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "1.1.1.1", "testclient"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "1.1.1.1, 10.0.0.1", "1.1.1.1"),
        (1, "", "testclient"),
    ],
)
def test_only_our_own_proxies_are_believed(service, anonymous, proxies, forwarded, address):
    service.state.site = replace(service.state.site, proxies=proxies)
    assert anonymous.get("/whence", headers={"x-forwarded-for": forwarded}).text == address


def test_https_alone_is_promised_where_cookies_are_secure(service, anonymous):
    assert "strict-transport-security" not in anonymous.get("/login").headers
    service.state.site = replace(service.state.site, secure=True)
    assert "strict-transport-security" in anonymous.get("/login").headers
