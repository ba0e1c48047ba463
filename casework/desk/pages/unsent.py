"""A form that is being typed: kept as its writer types, found again for thirty days, thrown away on request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from sqlalchemy.orm import Session

from casework.desk import drafts
from web.filters import cn_time
from web.forms import FormView
from web.pages import HTML, page, redirect, wants_fragment
from workflows.actor import Actor

TYPED, KEEP, DISCARD = "typed", "keep", "discard"  # while typing, by the button, thrown away
KEPT_MARK = "draft=kept"


@dataclass(frozen=True, slots=True)
class Typing:
    """A form on its own address as its writer types it; the draft lives at the address that opens it again."""

    request: Request[Any, Any, Any]
    session: Session
    actor: Actor
    now: datetime
    title: str
    path: str
    root_id: UUID | None = None

    @property
    def place(self) -> str:
        return f"{self.path}{'&' if '?' in self.path else '?'}{KEPT_MARK}"

    def view(self, fresh: FormView, again: Callable[[Any], FormView]) -> FormView:
        """The form as it is kept, where its writer asked for that; else the fresh one."""
        asked = self.request.query_params.get("draft") == "kept"
        text = drafts.draft(self.session, self.actor, self.place) if asked else ""
        return again(drafts.as_posted(text)) if text else fresh

    def waiting(self) -> str:
        """Where a draft that is not on the screen is taken up again; empty when there is none."""
        if self.request.method != "GET" or self.request.query_params.get("draft") == "kept":
            return ""
        return self.place if drafts.draft(self.session, self.actor, self.place) else ""

    def answer(self, posted: Any) -> Response[Any] | None:
        """What the typing itself or a draft button asked for; None when the form was sent for good."""
        asked = str(posted.get("_draft", ""))
        if asked == DISCARD:
            self.sent()
            return redirect(self.request, self.path, "已丢弃草稿")
        if asked not in (TYPED, KEEP):
            return None
        kept = drafts.keep(
            self.session,
            self.actor,
            self.place,
            drafts.as_text(posted),
            self.now,
            title=self.title,
            root_id=self.root_id,
        )
        if asked == KEEP and not wants_fragment(self.request):
            return redirect(self.request, self.place, "草稿已保存，三十日内可以继续填写")
        said = f"草稿已保存 {cn_time(self.now)}" if kept else "内容过长，草稿没有保存"
        return Response(said, status_code=200, media_type=HTML)

    def sent(self) -> None:
        """The form is carried out or thrown away: nothing is kept of its typing."""
        drafts.discard(self.session, self.actor, self.place)


@get("/drafts", opt={"action": "todo.view"}, sync_to_thread=True)
def draft_list(request: Request[Any, Any, Any], session: Session, actor: Actor, now: datetime) -> Response[Any]:
    return page(request, "desk/drafts.html", nav="drafts", drafts=drafts.drafts_of(session, actor, now))


@post("/drafts/discard", opt={"action": "todo.view"}, sync_to_thread=True)
def discard_draft(request: Request[Any, Any, Any], session: Session, actor: Actor, posted: Any) -> Response[Any]:
    drafts.discard(session, actor, str(posted.get("place", ""))[:200])
    return redirect(request, "/drafts", "已丢弃草稿")
