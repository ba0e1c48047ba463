"""The public check of a record, by code, by number and by the file itself; never a name."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.exceptions import TooManyRequestsException
from sqlalchemy.orm import Session

from casework.desk.bundles import examine
from documents.verify import Answer, PublicView, lookup, lookup_number
from web.pages import page, redirect
from web.visitor import address_of

LONGEST = 80
LARGEST_FILE = 20 << 20
SPAN, MOST_ADDRESSES = timedelta(minutes=10), 10_000
MOST = {"codes": 20, "files": 20}  # wrong codes and numbers, and files, from one address within the span
GATE = Lock()


@get("/verify", opt={"action": "verify.public"}, sync_to_thread=True)
def verify_page(request: Request[Any, Any, Any], code: str = "") -> Response[Any]:
    if code.strip():
        return redirect(request, f"/verify/{quote(code.strip()[:LONGEST], safe='')}")
    return _shown(request)


@get("/verify/{code:str}", opt={"action": "verify.public"}, sync_to_thread=True)
def verify_code(request: Request[Any, Any, Any], session: Session, now: datetime, code: str) -> Response[Any]:
    typed = code[:LONGEST]
    found = lookup(session, typed)
    if found is None:
        _slow_down(request, now, "codes")
        found = lookup_number(session, typed)
    return _shown(request, code=typed, found=found, asked=True, status=200 if found else 404)


@post("/verify/file", opt={"action": "verify.public"}, sync_to_thread=True)
def verify_file(request: Request[Any, Any, Any], session: Session, now: datetime, posted: Any) -> Response[Any]:
    """The file is looked at in memory and forgotten."""
    upload = posted.get("file")
    if not getattr(upload, "filename", ""):
        return _shown(request, fault="先选择要核验的 PDF 文件。", status=422)
    _slow_down(request, now, "files")
    content = upload.file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        return _shown(request, fault="文件超过 20 MB，本系统的文书没有这么大。", status=422)
    answer = examine(session, content)
    return _shown(request, answer=answer, found=answer.record)


def _shown(
    request: Request[Any, Any, Any],
    *,
    code: str = "",
    found: PublicView | None = None,
    asked: bool = False,
    answer: Answer | None = None,
    fault: str = "",
    status: int = 200,
) -> Response[Any]:
    return page(
        request, "desk/verify.html", status=status, code=code, found=found, asked=asked, answer=answer, fault=fault
    )


def _slow_down(request: Request[Any, Any, Any], now: datetime, what: str) -> None:
    """Numbers follow one another: who tries them through gets 429; a code in hand is always answered."""
    with GATE:
        held: dict[tuple[str, str], deque[datetime]] | None = request.app.state.get("verify_asked")
        if held is None or len(held) > MOST_ADDRESSES:
            held = request.app.state["verify_asked"] = {}
        asked = held.setdefault((what, address_of(request)), deque())
        while asked and now - asked[0] >= SPAN:
            asked.popleft()
        if len(asked) >= MOST[what]:
            raise TooManyRequestsException
        asked.append(now)
