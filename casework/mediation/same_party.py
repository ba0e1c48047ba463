"""One person or unit in two cases is one party where they are joined, however little each of them knew."""

from collections.abc import Sequence

from casework.mediation.tables import CaseParty

NUMBERS = ("id_number_index", "credit_code", "person_id", "organisation_id")
TELLING_APART = ("id_number_index", "credit_code", "phone_index")
KNOWN_OF_A_PARTY = (
    "id_number",
    "phone",
    "address",
    "credit_code",
    "legal_representative",
    "service_address",
    "sex",
    "born_on",
    "member_number",
    "job",
    "hired_on",
    "left_on",
    "monthly_wage",
    "person_id",
    "organisation_id",
)


def same_party(party: CaseParty, there: Sequence[CaseParty]) -> CaseParty | None:
    """The party of the other case that is this one: by number, or by name where nothing tells them apart.

    One of several namesakes is nobody in particular: then this is another party.
    """
    beside = [other for other in there if other.side == party.side and other.kind == party.kind]
    by_number = next((other for other in beside if _agree(party, other, NUMBERS)), None)
    namesakes = [other for other in beside if other.name_key == party.name_key and not _told_apart(party, other)]
    return by_number or (namesakes[0] if len(namesakes) == 1 else None)


def complete(party: CaseParty, other: CaseParty) -> None:
    """What only the other case knew of this party; nothing known is overwritten."""
    for name in KNOWN_OF_A_PARTY:
        if not getattr(party, name) and getattr(other, name):
            setattr(party, name, getattr(other, name))


def _agree(one: CaseParty, other: CaseParty, names: Sequence[str]) -> bool:
    return any(getattr(one, name) and getattr(one, name) == getattr(other, name) for name in names)


def _told_apart(one: CaseParty, other: CaseParty) -> bool:
    pairs = ((getattr(one, name), getattr(other, name)) for name in TELLING_APART)
    return any(mine and theirs and mine != theirs for mine, theirs in pairs)
