"""A refusal says what, why and by which article; nothing typed is lost; a fault of ours gives nothing away."""

import pytest

from tests.web.conftest import token
from web.application import MOST_BODY


def test_a_refused_step_names_every_reason_with_its_article(staff):
    answer = staff.post("/refused", data={"_csrf": token(staff)})
    assert answer.status_code == 409
    assert "双方当事人均须签名或者盖章" in answer.text
    assert "《示例条例》第十四条第二款" in answer.text
    assert "协议书未用印" in answer.text


def test_a_stale_page_says_who_did_what_and_gives_back_what_was_typed(staff):
    answer = staff.post("/stale", data={"_csrf": token(staff), "reason": "双方同意延期 <script>"})
    assert answer.status_code == 409
    assert "周敏" in answer.text
    assert "受理" in answer.text
    assert "双方同意延期 &lt;script&gt;" in answer.text


def test_an_expired_page_gives_back_what_was_typed(staff):
    answer = staff.post("/said", data={"_csrf": "0", "reason": "写了很久的情况说明"})
    assert answer.status_code == 403
    assert "写了很久的情况说明" in answer.text


def test_the_same_problem_comes_as_a_dialog_to_htmx(staff):
    answer = staff.post("/refused", data={"_csrf": token(staff)}, headers={"hx-request": "true"})
    assert answer.status_code == 409
    assert "<html" not in answer.text
    assert 'id="dlg-h"' in answer.text


def test_a_fault_of_ours_shows_a_number_and_nothing_else(staff):
    answer = staff.get("/broken")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "secret detail" not in answer.text
    assert "RuntimeError" not in answer.text


def test_unknown_is_not_found(staff):
    assert staff.post("/unknown", data={"_csrf": token(staff)}).status_code == 404


def test_htmx_is_told_when_the_log_in_has_run_out(anonymous):
    answer = anonymous.get("/todo", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert "登录已过期" in answer.text


def test_a_message_shows_once_and_is_text(staff):
    staff.post("/said", data={"_csrf": token(staff)})
    assert "已办理：&lt;b&gt;受理&lt;/b&gt;" in staff.get("/todo").text
    assert "已办理" not in staff.get("/todo").text


def test_a_forged_message_is_not_shown(staff):
    staff.cookies.set("cy_flash", "eyJ0ZXh0IjogIngifQ.AAAA")
    assert 'class="toast"' not in staff.get("/todo").text


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data; boundary=x", b"garbage", 400),
        ("multipart/form-data", b"garbage", 400),
        ("application/json", b"{", 403),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%00", 403),
        ("text/plain", b"x", 403),
    ],
)
def test_garbage_is_refused_with_a_page(staff, kind, body, status):
    answer = staff.post("/said", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_too_much_is_refused_before_it_is_read(staff):
    answer = staff.post("/said", data={"_csrf": token(staff)}, files={"file": ("a.pdf", b"0" * (MOST_BODY + 1))})
    assert answer.status_code == 413
    assert "上传的内容过大" in answer.text


@pytest.mark.parametrize("path", ["/static/%00", "/static/", "/cases/x", "/static/%2e%2e/pages.py", "/%ff"])
def test_odd_addresses_are_not_found(staff, path):
    assert staff.get(path).status_code == 404


def test_options_tells_the_methods_only(anonymous):
    answer = anonymous.options("/todo")
    assert answer.status_code == 204
    assert not answer.text
