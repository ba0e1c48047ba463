"""Where the next page of a list starts: a signed place, so that nobody can ask for another."""

import uuid
from dataclasses import dataclass
from datetime import date

from web.signing import Signer

PURPOSE = "cursor"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row shown: its day, its id, and whether it was among those taken up first."""

    day: date
    id: uuid.UUID
    urgent: bool = False

    def signed(self, signer: Signer, of: str = "") -> str:
        return signer.sign(f"{PURPOSE}:{of}", f"{self.day.isoformat()} {self.id}{' urgent' if self.urgent else ''}")


def read(signer: Signer, signed: str, of: str = "") -> Cursor | None:
    """The place in the list ``of`` this order, or None when it was not signed by us for it."""
    text = signer.read(f"{PURPOSE}:{of}", signed) if signed else None
    if text is None:
        return None
    day, identity, *urgent = text.split(" ")
    return Cursor(date.fromisoformat(day), uuid.UUID(identity), bool(urgent))
