"""Every answer carries the policy, whoever produced it."""

import pytest

from web.headers import CONTENT_SECURITY_POLICY

EVERY_KIND = (
    ("GET", "/login", 200),
    ("GET", "/todo", 200),
    ("GET", "/_ui", 200),
    ("GET", "/health", 200),
    ("GET", "/static/css/app.css", 200),
    ("GET", "/static/../pages.py", 404),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/nothing", 404),
    ("GET", "/cases/not-a-uuid", 404),
    ("DELETE", "/todo", 405),
    ("GET", "/broken", 500),
    ("POST", "/refused", 403),
)


@pytest.mark.parametrize(("method", "path", "status"), EVERY_KIND)
def test_every_answer_carries_the_policy(staff, method, path, status):
    answer = staff.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "Cookie" in answer.headers["vary"]
    assert answer.headers["cache-control"]


def test_pages_are_kept_by_nobody_and_our_files_by_everybody(staff):
    from web.assets import asset

    assert staff.get("/todo").headers["cache-control"] == "private, no-store"
    assert "immutable" in staff.get(asset("css/app.css")).headers["cache-control"]
    assert staff.get("/static/css/app.css?v=0000000000").headers["cache-control"] == "no-cache"


def test_the_policy_allows_nothing_inline():
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
