"""Personal data at rest is unreadable, bound to its place, and found only by who holds the index key."""

import pytest

from workflows import encryption
from workflows.encryption import Keyring, Undecipherable

RING = Keyring.from_master(b"one master key of thirty-two byte")
OTHER = Keyring.from_master(b"two master key of thirty-two byte")
PLACE = ("people", "id_number", "7")


def test_what_was_sealed_is_unsealed_in_its_place():
    assert RING.unseal(RING.seal("110105…".encode(), *PLACE), *PLACE).decode() == "110105…"


@pytest.mark.parametrize("elsewhere", [("staff", *PLACE[1:]), ("people", "phone", "7"), ("people", "id_number", "8")])
def test_a_ciphertext_moved_to_another_table_column_or_row_is_refused(elsewhere):
    with pytest.raises(Undecipherable):
        RING.unseal(RING.seal(b"x", *PLACE), *elsewhere)


def test_another_key_and_any_flipped_bit_are_refused():
    sealed = RING.seal(b"110105", *PLACE)
    with pytest.raises(Undecipherable):
        OTHER.unseal(sealed, *PLACE)
    for position in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[position] ^= 1
        with pytest.raises(Undecipherable):
            RING.unseal(bytes(flipped), *PLACE)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01short", b"\x02" + b"x" * 40])
def test_what_is_no_ciphertext_is_refused_in_the_same_way(sealed):
    with pytest.raises(Undecipherable):
        RING.unseal(sealed, *PLACE)


def test_equal_values_are_sealed_differently_and_indexed_equally():
    assert RING.seal(b"x", *PLACE) != RING.seal(b"x", *PLACE)
    assert RING.blind("phone", "１３８ 0000 0000") == RING.blind("phone", "13800000000")
    assert RING.blind("id", "11010519491231002x") == RING.blind("id", "11010519491231002X")


def test_an_index_tells_nothing_across_fields_or_keys():
    assert RING.blind("phone", "13800000000") != RING.blind("id", "13800000000")
    assert RING.blind("phone", "13800000000") != OTHER.blind("phone", "13800000000")


def test_a_short_master_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring.from_master(b"short")


def test_without_a_keyring_nothing_is_sealed(monkeypatch):
    monkeypatch.setattr(encryption, "_keyring", None)
    with pytest.raises(RuntimeError, match="no keyring"):
        encryption.keyring()
