"""casework worker: carry out the duties Celery's beat announces."""

from app.worker import celery_of_this_installation


def run(arguments: list[str]) -> None:
    # Threads: a record is rendered in a child process of its own, which a forked worker may not start.
    celery_of_this_installation().worker_main(
        ["worker", "--pool=threads", "--concurrency=4", "--loglevel=WARNING", *arguments]
    )
