"""Personal data at rest: AES-256-GCM bound to table, column and row, and blind indexes for exact search.

A value copied to another row, column or table does not decrypt. The blind index is an HMAC under a key of its own,
so equal values can be found without being readable.
"""

import hashlib
import hmac
import os
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = b"\x01"
NONCE_BYTES = 12


class Undecipherable(ValueError):
    """The ciphertext is not of this table, column and row, or was altered."""


@dataclass(frozen=True)
class Keyring:
    """The keys derived from one 32-byte master secret; ``master`` never leaves the process."""

    sealing: AESGCM
    index_key: bytes
    signing: Ed25519PrivateKey  # signs journal checkpoints

    @classmethod
    def from_master(cls, master: bytes) -> "Keyring":
        if len(master) < 32:
            raise ValueError("the master key must be at least 32 bytes")
        return cls(
            AESGCM(_derive(master, b"casework/seal/1")),
            _derive(master, b"casework/index/1"),
            Ed25519PrivateKey.from_private_bytes(_derive(master, b"casework/checkpoint/1")),
        )

    def seal(self, plain: bytes, *context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + nonce + self.sealing.encrypt(nonce, plain, "|".join(context).encode())

    def unseal(self, sealed: bytes, *context: str) -> bytes:
        if sealed[:1] != FORMAT or len(sealed) <= 1 + NONCE_BYTES:
            raise Undecipherable("unknown format")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self.sealing.decrypt(nonce, body, "|".join(context).encode())
        except InvalidTag as error:
            raise Undecipherable("|".join(context[:2])) from error

    def blind(self, field: str, value: str) -> str:
        """A 128-bit index of the normalised value (NFKC, upper case, no spaces), for equality only."""
        normal = "".join(unicodedata.normalize("NFKC", value).upper().split())
        return hmac.new(self.index_key, f"{field}|{normal}".encode(), hashlib.sha256).hexdigest()[:32]


def _derive(master: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(master)


_keyring: Keyring | None = None


def use(keyring: Keyring) -> None:
    """Set the keyring of this process; called once by the settings at start."""
    global _keyring
    _keyring = keyring


def keyring() -> Keyring:
    if _keyring is None:
        raise RuntimeError("no keyring: the application has not been configured")
    return _keyring
