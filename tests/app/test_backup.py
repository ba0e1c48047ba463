"""A backup read back is the same installation; nothing is ever overwritten."""

from dataclasses import replace

import pytest
from sqlalchemy import make_url, select

from app.commands.backup import back_up
from app.commands.restore import restore
from app.database import open_database
from app.schema import migrate, missing_triggers
from app.service import Service
from app.settings import Misconfigured, Settings
from tests.conftest import new_postgresql
from workflows.tables import Counter


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request, tmp_path):
    """The address of a database in use and of an empty one."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/first.db", f"sqlite:///{tmp_path}/second.db"
        return
    with new_postgresql() as first, new_postgresql() as second:
        yield tuple(url.render_as_string(hide_password=False) for url in (first, second))


@pytest.fixture
def settings(places, tmp_path):
    return Settings(mode="embedded", demo=False, var=tmp_path / "first", database_url=places[0], master_key=b"x" * 32)


@pytest.fixture
def backup(settings, clock, tmp_path):
    database = open_database(settings.database_url, pool=2)
    migrate(database)
    with database.sessions.begin() as session:
        session.add(Counter(series="2026", last=7))
    settings.records.mkdir(parents=True)
    (settings.records / "ab12").write_bytes(b"%PDF")
    yield back_up(Service(settings, database, clock), tmp_path / "backups")
    database.close()


def test_a_backup_read_back_holds_rows_triggers_and_records(backup, settings, places, tmp_path):
    second = replace(settings, var=tmp_path / "second", database_url=places[1])
    restore(second, backup)
    database = open_database(second.database_url, pool=1)
    with database.reading() as session:
        assert session.scalar(select(Counter.last)) == 7
        assert missing_triggers(session.connection()) == []
    database.close()
    assert (second.records / "ab12").read_bytes() == b"%PDF"


def test_a_database_in_use_is_not_overwritten(backup, settings, tmp_path):
    with pytest.raises(Misconfigured, match="不是空的"):
        restore(replace(settings, var=tmp_path / "other"), backup)


def test_records_in_use_are_not_overwritten(backup, settings):
    with pytest.raises(Misconfigured, match="已有文书"):
        restore(settings, backup)


def test_a_folder_that_is_no_backup_is_refused(settings, tmp_path):
    with pytest.raises(Misconfigured, match="不是一份完整的备份"):
        restore(settings, tmp_path)


def test_a_backup_of_the_other_kind_of_database_is_refused(backup, settings, tmp_path):
    other = (
        "postgresql+psycopg:///x" if make_url(settings.database_url).get_backend_name() == "sqlite" else "sqlite:///x"
    )
    with pytest.raises(Misconfigured, match="不是同一种"):
        restore(replace(settings, var=tmp_path / "other", database_url=other), backup)
