"""What the service says about itself: one JSON line per event in production, never personal data.

Only ids, names of duties and routes are logged; SQL parameters are hidden by the engine.
"""

import logging
import sys

import structlog
from structlog.typing import Processor


def configure_logs(json: bool) -> None:
    """Everything from WARNING on to stderr; at INFO ``transitions`` alone would write two lines for each step."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    quiet_sealing()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def quiet_sealing() -> None:
    """pyHanko warns at every sealing that it fetches no revocation lists: they are given to it."""
    logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)
