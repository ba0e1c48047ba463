"""Passwords: argon2id, a bound on how many are hashed at once, and which ones are refused."""

import re
import secrets
from functools import lru_cache
from itertools import pairwise
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST, LONGEST = 12, 128
AT_ONCE = 2  # each hash takes 64 MiB and a third of a second: more at once would let log-ins starve the service

_hasher = PasswordHash((Argon2Hasher(),))
_hashing = BoundedSemaphore(AT_ONCE)


def use(hasher: PasswordHash) -> None:
    """Hash with other costs from now on (tests, the demo district)."""
    global _hasher
    _hasher = hasher
    _nobodys_hash.cache_clear()


def hash_password(password: str) -> str:
    with _hashing:
        return _hasher.hash(password)


def verify_password(password: str, stored: str) -> tuple[bool, str | None]:
    """Whether it is the password, and a new hash where the stored one has outdated costs.

    Without a stored hash the same work is done for nothing, so that an unknown account takes as long as a known one.
    """
    with _hashing:
        nobodys = _nobodys_hash()
        right, renewed = _hasher.verify_and_update(password[:LONGEST], stored or nobodys)
    return (right, renewed) if stored else (False, None)


def weakness(password: str, account: str = "", name: str = "") -> str | None:
    """The Chinese sentence why a new password is refused, or None."""
    if len(password) < SHORTEST:
        return f"密码至少{SHORTEST}个字符，可以用几个不相关的词组成。"
    if len(password) > LONGEST:
        return f"密码最多{LONGEST}个字符。"
    plain = password.lower()
    if len(set(plain)) < 5 or _is_run(plain):
        return "密码过于简单：重复或者连续的字符太多。"
    for word in (*COMMON, account.lower(), name.lower()):
        if len(word) >= 2 and word in plain and len(plain.replace(word, "")) < SHORTEST - 4:
            return f"密码以容易猜到的“{word}”为主，请换一个。"
    return None


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1}, {0})


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe())


COMMON = tuple(
    re.split(
        r"\s+",
        "工会 总工会 朝阳 北京 调解 仲裁 密码 12351 gonghui chaoyang beijing tiaojie password passw0rd admin root welcome "
        "qwerty qwertyuiop asdfgh zxcvbn 1qaz2wsx abc123 iloveyou letmein 123456 12345678 1234567890 88888888 66666666 "
        "woaini 5201314",
    )
)
