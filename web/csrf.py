"""A form counts only when it came from a page of ours, shown to this very session."""

import hmac
import secrets
from urllib.parse import urlsplit

from web.visitor import Connection, visitor

FIELD, HEADER = "_csrf", "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForgedForm(Exception):
    """The request did not come from a page of ours, or the page belongs to an ended session."""

    def __init__(self) -> None:
        super().__init__("本页已过期，这次没有办理。重新打开页面后再提交。")


def seed_cookie(secure: bool) -> str:
    return "__Host-cy_form" if secure else "cy_form"


def token(request: Connection) -> str:
    """The token for this session, other on every page; a visitor without a session gets a seed in a cookie."""
    return _masked(_secret(request, make=True))


def same_origin(request: Connection) -> bool:
    """Judged by the headers alone, before a byte of the body is read."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def genuine(request: Connection, sent: str) -> bool:
    expected = _secret(request, make=False)
    return bool(expected) and hmac.compare_digest(expected.encode(), _unmasked(sent).encode())


def new_seed(request: Connection) -> str | None:
    """The seed made while the page was rendered, to be sent along as a cookie."""
    seed: str | None = request.scope.get("state", {}).get("form_seed")
    return seed


def _secret(request: Connection, make: bool) -> str:
    if seen := visitor(request):
        return seen.csrf
    site = request.app.state.site
    seed = request.cookies.get(seed_cookie(site.secure)) or new_seed(request) or ""
    if not seed and make:
        seed = secrets.token_urlsafe(24)
        request.scope.setdefault("state", {})["form_seed"] = seed
    return site.signer.mac("csrf", seed) if seed else ""


def _masked(secret: str) -> str:
    """The secret under a fresh pad: a compressed page never repeats it, so its length tells nothing (BREACH)."""
    plain = secret.encode()
    pad = secrets.token_bytes(len(plain))
    return pad.hex() + bytes(a ^ b for a, b in zip(pad, plain, strict=True)).hex()


def _unmasked(sent: str) -> str:
    try:
        both = bytes.fromhex(sent)
    except ValueError:
        return ""
    pad, covered = both[: len(both) // 2], both[len(both) // 2 :]
    return bytes(a ^ b for a, b in zip(pad, covered, strict=False)).decode(errors="replace")
