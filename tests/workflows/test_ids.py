"""Ids are ordered by the moment they are made, so that rows are listed as they were written."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from workflows import tables
from workflows.tables import new_id


def test_ids_made_in_one_instant_are_in_the_order_of_asking(monkeypatch):
    monkeypatch.setattr(tables.time, "time_ns", lambda: 1_772_000_000_000_000_000)
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000


def test_a_clock_that_is_set_back_does_not_put_later_rows_first(monkeypatch):
    before = new_id()
    monkeypatch.setattr(tables.time, "time_ns", lambda: 0)
    assert new_id() > before


def test_ids_of_several_threads_are_all_different():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(4000)))
    assert len(set(made)) == 4000


def test_an_id_is_a_version_7_uuid_of_the_present_time(monkeypatch):
    made = new_id()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int & ((1 << 62) - 1) != new_id().int & ((1 << 62) - 1)
