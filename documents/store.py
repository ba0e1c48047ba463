"""Where finished files are kept, by the hash of their content; what is there is never overwritten."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

SHA256 = re.compile(r"[0-9a-f]{64}")


class Damaged(RuntimeError):
    """A stored file is missing or its content no longer has the hash it is kept under."""


@dataclass(frozen=True)
class Store:
    """A folder of files named by their SHA-256: ``objects/ab/cdef….pdf``."""

    root: Path

    def put(self, content: bytes) -> str:
        """Keep the content durably and answer its SHA-256; the same content twice is kept once."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, content)
        if not self._whole(path, digest):  # looked at once, after writing: another writer may have come between
            raise Damaged(f"库存文书 {digest} 已被改动，未覆盖，请人工核查。")
        return digest

    def get(self, digest: str) -> bytes:
        """The content kept under that hash; raises Damaged when it is missing or altered."""
        try:
            content = self.path(digest).read_bytes()
        except OSError as error:
            raise Damaged(f"库存文书 {digest} 缺失。") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise Damaged(f"库存文书 {digest} 已被改动。")
        return content

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def path(self, digest: str) -> Path:
        if not SHA256.fullmatch(digest):
            raise ValueError("not a SHA-256 in lower-case hexadecimal")
        return self.root / "objects" / digest[:2] / f"{digest[2:]}.pdf"

    def _whole(self, path: Path, digest: str) -> bool:
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest

    def _write(self, path: Path, content: bytes) -> None:
        """Write beside, flush to disk, link into place: a crash leaves the file whole or not there at all."""
        with NamedTemporaryFile(dir=path.parent, prefix=".new-") as draft:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            os.chmod(draft.name, 0o440)
            try:
                os.link(draft.name, path)  # fails where the name is taken; a rename would replace
            except FileExistsError:
                return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
