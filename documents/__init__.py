"""Official records (文书): their life, numbers, fonts, typesetting, store and verification."""

from typing import Any


def __getattr__(name: str) -> Any:
    """``module`` and ``plug`` on demand: the typesetting child process must not load the database."""
    if name in ("module", "plug"):
        from documents import registration

        return getattr(registration, name)
    raise AttributeError(name)
