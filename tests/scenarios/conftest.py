"""The stage of each database, and an order of the scenarios in which neighbours have most in common."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database import Database, open_database
from tests.scenarios.stage import Stage


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    database = request.getfixturevalue("shared_sqlite" if request.param == "sqlite" else "_postgresql")
    with database.engine.connect() as connection:
        transaction = connection.begin()
        yield Stage(connection)
        transaction.rollback()


@pytest.fixture(scope="module")
def shared_sqlite(_sqlite_original: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    file = tmp_path_factory.mktemp("scenarios") / "casework.db"
    shutil.copyfile(_sqlite_original, file)
    database = open_database(f"sqlite:///{file}")
    yield database
    database.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = [i for i, item in enumerate(items) if "scenario" in _params(item)]
    ordered = sorted(
        (items[i] for i in places), key=lambda item: (_params(item)["stage"], _params(item)["scenario"].way)
    )
    for i, item in zip(places, ordered, strict=True):
        items[i] = item


def _params(item: pytest.Item) -> dict[str, object]:
    return getattr(getattr(item, "callspec", None), "params", {})
