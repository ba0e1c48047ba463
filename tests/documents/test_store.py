"""What is stored is never overwritten, half-written or silently changed."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from documents.store import Damaged, Store


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


def test_content_is_kept_under_its_hash(store):
    digest = store.put(b"one")
    assert digest == hashlib.sha256(b"one").hexdigest()
    assert store.get(digest) == b"one"
    assert store.path(digest).relative_to(store.root).as_posix() == f"objects/{digest[:2]}/{digest[2:]}.pdf"


def test_the_same_content_twice_is_kept_once_and_untouched(store):
    path = store.path(store.put(b"one"))
    before = path.stat()
    store.put(b"one")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_altered_file_is_found_and_not_repaired_over(store):
    digest = store.put(b"one")
    store.path(digest).chmod(0o600)
    store.path(digest).write_bytes(b"two")
    with pytest.raises(Damaged, match="改动"):
        store.get(digest)
    with pytest.raises(Damaged, match="未覆盖"):
        store.put(b"one")
    assert store.path(digest).read_bytes() == b"two"


def test_a_missing_file_is_named(store):
    digest = store.put(b"one")
    store.path(digest).unlink()
    with pytest.raises(Damaged, match="缺失"):
        store.get(digest)


def test_a_crash_while_writing_leaves_nothing_under_the_name(store, monkeypatch):
    def crash(descriptor):
        raise OSError("power cut")

    monkeypatch.setattr("documents.store.os.fsync", crash)
    with pytest.raises(OSError, match="power cut"):
        store.put(b"one")
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_many_writers_of_one_content_agree(store):
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: store.put(b"the same" * 10_000), range(40)))
    assert len(digests) == 1
    assert sum(path.is_file() for path in store.root.rglob("*")) == 1


def test_a_writer_who_comes_second_at_the_last_moment_agrees(store, monkeypatch):
    link = os.link

    def link_after_another_writer(source, target):
        link(source, target)
        link(source, target)

    monkeypatch.setattr("documents.store.os.link", link_after_another_writer)
    assert store.get(store.put(b"one")) == b"one"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_a_hash_is_a_name(store, name):
    with pytest.raises(ValueError, match="SHA-256"):
        store.path(name)
