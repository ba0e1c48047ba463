"""One open transaction for all scenarios: what several of them have in common is carried out once.

Each common step is a layer, a savepoint; a scenario starts on the layers it shares with the one before and is rolled
back to them when it ends. Nothing of it is ever committed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import NestedTransaction
from sqlalchemy.orm import Session, sessionmaker


@dataclass
class Layer:
    """A step carried out, by what tells it from others, with what is known after it."""

    key: str
    savepoint: NestedTransaction
    known: Any


@dataclass
class Stage:
    """A connection whose transaction no scenario commits."""

    connection: Connection
    layers: list[Layer] = field(default_factory=list)

    @property
    def sessions(self) -> sessionmaker[Session]:
        return sessionmaker(self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint")

    def reach(self, steps: list[tuple[str, Callable[[Any], Any]]], known: Any) -> Any:
        """Carry out the steps not already standing; each is given what is known before it and answers what is after."""
        common = 0
        for layer, (key, _) in zip(self.layers, steps, strict=False):
            if layer.key != key:
                break
            common += 1
        self._strike(common)
        for key, carry_out in steps[common:]:
            before = self.layers[-1].known if self.layers else known
            savepoint = self.connection.begin_nested()
            try:
                after = carry_out(before)
            except BaseException:
                savepoint.rollback()
                raise
            self.layers.append(Layer(key, savepoint, after))
        return self.layers[-1].known if self.layers else known

    @contextmanager
    def scene(self) -> Iterator[None]:
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()

    def _strike(self, kept: int) -> None:
        while len(self.layers) > kept:
            self.layers.pop().savepoint.rollback()
