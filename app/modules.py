"""The one list of what is plugged in, and everything the database stores.

A package listed here may define ``module`` (what the engine plugs), ``plug()`` (seams it answers), ``routes`` (its
pages), ``TEMPLATES`` (a folder of its own) and ``navigation`` (its lines of the side bar).
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from union.access import answer_the_engine
from workflows.module import Module, registry
from workflows.tables import Base

MODULES = ("documents", "casework.desk", "casework.mediation")

TABLES = (
    "workflows.tables",
    "workflows.correct",
    "workflows.calendar_changes",
    "union.organisations",
    "union.people",
    "union.access",
    "union.audit",
    "union.case_access",
    "union.passcodes",
    "union.restructuring",
    "union.sessions",
    "union.second_factor",
    "documents.tables",
    "casework.desk.tables",
    "casework.desk.archive",
    "casework.mediation.tables",
)


def plug_all() -> list[Module]:
    """Plug every module once; a definition with a fault stops the start."""
    load_tables()
    answer_the_engine()
    for package in packages():
        module = getattr(package, "module", None)
        if isinstance(module, Module) and module.name not in registry.modules:
            registry.plug(module)
        getattr(package, "plug", lambda: None)()
    return list(registry.modules.values())


def load_tables() -> type[Base]:
    for name in TABLES:
        import_module(name)
    return Base


def packages() -> list[ModuleType]:
    return [import_module(name) for name in MODULES]


def routes() -> Iterator[Any]:
    """The pages of every module; web's own are added by ``web.application``."""
    for package in packages():
        yield from getattr(package, "routes", ())
    for module in registry.modules.values():
        yield from module.routes


def templates() -> list[Path]:
    own = [package.TEMPLATES for package in packages() if hasattr(package, "TEMPLATES")]
    return own + [module.templates for module in registry.modules.values() if module.templates is not None]
