"""Our own static files, addressed by their content so that a browser may keep them for ever."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from litestar import Response, get
from litestar.exceptions import NotFoundException

FOLDER = Path(__file__).parent / "static"
HTMX = "vendor/htmx-2.min.js"
FOR_EVER = "public, max-age=31536000, immutable"
mimetypes.add_type("application/manifest+json", ".webmanifest")


@cache
def asset(name: str) -> str:
    """The address of a static file, with the first of its SHA-256."""
    return f"/static/{name}?v={_digest(name)[:10]}"


@get("/static/{name:path}", opt={"action": "public"}, sync_to_thread=True)
def static_file(name: str, v: str = "") -> Response[bytes]:
    file = _inside(name)
    kept = FOR_EVER if v and _digest(str(file.relative_to(FOLDER)))[:10] == v else "no-cache"
    return Response(
        file.read_bytes(),
        media_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        headers={"cache-control": kept},
    )


@get("/favicon.ico", opt={"action": "public"}, sync_to_thread=True)
def browser_icon() -> Response[bytes]:
    """Asked for beside answers that are no page, such as a PDF."""
    return Response(
        (FOLDER / "app-icon.svg").read_bytes(),
        media_type="image/svg+xml",
        headers={"cache-control": "public, max-age=86400"},
    )


def _inside(name: str) -> Path:
    if "\0" in name:
        raise NotFoundException
    file = (FOLDER / name.lstrip("/")).resolve()
    if not file.is_file() or FOLDER not in file.parents:
        raise NotFoundException
    return file


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
