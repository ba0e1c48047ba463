"""The duties as Celery tasks. The database is the truth: a task that is lost, doubled or late changes nothing."""

from functools import cache

from celery import Celery
from celery.signals import worker_shutdown

from app.duties import DUTIES
from app.service import Service, open_service
from app.settings import Misconfigured, load

VISIBILITY_SECONDS = 120  # how soon Redis gives a killed worker's task to another


@cache
def service() -> Service:
    return open_service()


def make_celery(broker_url: str, queue: str) -> Celery:
    celery = Celery("casework", broker=broker_url)
    celery.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_default_queue=queue,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": VISIBILITY_SECONDS},
        timezone="Asia/Shanghai",
        beat_schedule={
            name: {
                "task": "casework.attend",
                "args": (name,),
                "schedule": duty.every,
                "options": {"expires": duty.every.total_seconds()},
            }
            for name, duty in DUTIES.items()
        },
    )
    celery.task(attend, name="casework.attend")
    return celery


def attend(name: str) -> None:
    """Do the named duty until nothing is left of it."""
    while DUTIES[name].run(service()):
        pass


@worker_shutdown.connect
def _close(**_: object) -> None:
    if service.cache_info().currsize:
        service().close()


def celery_of_this_installation() -> Celery:
    settings = load()
    if settings.broker_url is None:
        raise Misconfigured("未设置消息队列地址：请设置 CASEWORK_BROKER_URL（amqp://… 或 redis://…）。")
    return make_celery(settings.broker_url, settings.queue)
