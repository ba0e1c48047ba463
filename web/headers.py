"""What every answer carries, error pages included: nothing may run, frame or be kept that is not ours."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "manifest-src 'self'",
    )
)

SHOWING_A_FILE = CONTENT_SECURITY_POLICY + "; frame-src 'self'"  # a page of ours with a PDF inside it
SHOWN_IN_PAGE = {
    # the file itself: framed by our own pages alone, and free to be drawn by the browser's own viewer
    "content-security-policy": "default-src 'none'; object-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    "x-frame-options": "SAMEORIGIN",
    "content-disposition": "inline",
    "cache-control": "private, no-store",
}
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # no-referrer would make browsers send "Origin: null" with our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "private, no-store",
}
VARY = "Cookie, HX-Request"  # the same address is a page or a piece of it, and another for each person
HTTPS_ONLY = "max-age=31536000; includeSubDomains"


async def protect(message: Message, scope: Scope) -> None:
    """A ``before_send`` hook: unlike ``after_request`` it also sees 404, 403 and 500."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["vary"] = ", ".join(filter(None, (headers.get("vary"), VARY)))
    if scope["litestar_app"].state.site.secure:
        headers.setdefault("strict-transport-security", HTTPS_ONLY)
