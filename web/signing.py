"""Small signed texts: what a browser brings back unchanged, or not at all."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256


class Signer:
    """Signs with one secret; every purpose has a key of its own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def mac(self, purpose: str, text: str) -> str:
        key = hmac.new(self._secret, purpose.encode(), sha256).digest()
        return urlsafe_b64encode(hmac.new(key, text.encode(), sha256).digest()[:24]).decode()

    def sign(self, purpose: str, text: str) -> str:
        body = urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return f"{body}.{self.mac(purpose, text)}"

    def read(self, purpose: str, signed: str) -> str | None:
        """The text, or None when it was not signed by us for this purpose."""
        body, _, mac = signed.partition(".")
        try:
            text = urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
        except ValueError:
            return None
        return text if hmac.compare_digest(mac.encode(), self.mac(purpose, text).encode()) else None
