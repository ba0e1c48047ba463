"""What an installation decides about its records: where they are kept, who verifies them, whether they are samples."""

import os
from dataclasses import dataclass
from pathlib import Path

from documents.fonts import VAR


@dataclass(frozen=True)
class House:
    """``site`` is the public address printed beside the QR code; in a ``demo`` every page says 样本.

    ``seals`` is a folder of keys and roots, ``seal_server`` the address of a certified server that takes its place;
    with neither, seals are set by hand. ``stamps`` is a time-stamp authority (RFC 3161): PAdES B-LTA instead of B-B.
    """

    store: Path
    site: str = "http://127.0.0.1:8000"
    demo: bool = True
    seals: Path | None = None
    seal_server: str = ""
    seal_token: str = ""
    stamps: str = ""

    @property
    def sealing(self) -> bool:
        """Whether files get an electronic seal here."""
        return self.seals is not None or bool(self.seal_server)


_house: House | None = None


def use(house: House) -> None:
    """Set the house of this process; called once by the application at start."""
    global _house
    _house = house


def house() -> House:
    """The house that was set, else the one the CASEWORK_* variables describe."""
    return _house or House(
        store=Path(os.environ.get("CASEWORK_VAR") or VAR) / "records",
        site=os.environ.get("CASEWORK_PUBLIC_URL") or f"http://127.0.0.1:{os.environ.get('CASEWORK_PORT') or 8000}",
        demo=os.environ.get("CASEWORK_MODE", "embedded") != "production",
    )
