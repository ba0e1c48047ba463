"""The places of the small district every union test stands in."""

from dataclasses import dataclass
from datetime import date

from union.organisations import Organisation

TODAY = date(2026, 3, 2)


@dataclass
class District:
    city: Organisation
    district: Organisation
    street: Organisation
    next_street: Organisation
    unit: Organisation
    other_district: Organisation
    other_street: Organisation

    def seen_from_the_street(self) -> dict[str, Organisation]:
        return {
            "own": self.street,
            "below": self.unit,
            "above": self.district,
            "beside": self.next_street,
            "elsewhere": self.other_street,
        }
