"""A column among many ids or words: one value and always the same statement, however many they are.

An ``IN`` with a parameter for each is another statement for every number of them: no connection has it prepared, and
it is taken apart and planned anew each time.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, String, TypeDecorator, Uuid, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


def among(column: Any, ids: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    """Whether the column is one of these ids."""
    return _Among(column, literal(tuple(ids), _Ids()))


def among_words(column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """Whether the column is one of these words."""
    return _Among(column, literal(tuple(words), _Words()))


class _Ids(TypeDecorator[Sequence[uuid.UUID]]):
    """Many ids as one value: PostgreSQL's array, or SQLite's JSON of ids as it stores them."""

    impl = String
    cache_ok = True
    of: Any = Uuid

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(ARRAY(self.of()) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Any) -> Any:
        many = list(value or ())
        return many if dialect.name == "postgresql" else json.dumps([getattr(one, "hex", one) for one in many])


class _Words(_Ids):
    """Many words as one value."""

    cache_ok = True
    of = String


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_Among)
def _in_json(element: _Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({ids})))"  # noqa: S608 - both are compiled, no value stands in them


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} = ANY ({ids}))"
