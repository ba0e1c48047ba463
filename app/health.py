"""Whether the service can do its work, for the machine that watches it."""

from datetime import timedelta

from litestar import Response, get
from litestar.datastructures import State
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.guard import PUBLIC
from workflows.tables import OutboxMessage

LATE = timedelta(minutes=10)


@get("/health/ready", opt={"action": PUBLIC}, sync_to_thread=True)
def ready(session: Session, state: State) -> Response[dict[str, object]]:
    """503 while a promised side effect waits for more than ten minutes: nobody carries them out."""
    now = state.site.clock()
    waiting = (OutboxMessage.status.in_(("ready", "leased"))) & (OutboxMessage.ready_at < now - LATE)
    late = session.scalar(select(func.count()).where(waiting))
    stopped = session.scalar(select(func.count()).where(OutboxMessage.status == "stopped"))
    return Response({"outbox_late": late, "outbox_stopped": stopped}, status_code=503 if late else 200)


routes = (ready,)
