"""casework beat: announce the duties on time; exactly one of it runs."""

from app.settings import load
from app.worker import celery_of_this_installation


def run(arguments: list[str]) -> None:
    schedule = load().var / "beat-schedule"
    celery_of_this_installation().start(["beat", "--loglevel=WARNING", f"--schedule={schedule}", *arguments])
