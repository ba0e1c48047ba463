"""Twelve workers with three representatives, up to the point where each of them must confirm."""

import uuid
from datetime import date

from stdnum.cn import ric

from casework.mediation.forms import registration, talks
from casework.mediation.tables import CaseParty
from tests.casework.mediation.world import FIRM, World, application


def workers(count: int, representatives: int = 3) -> list[registration.PartyIn]:
    return [
        registration.PartyIn(
            name=f"职工{chr(0x4E00 + i)}",
            id_number=id_number(i),
            hired_on=date(2021, 3, 1),
            left_on=date(2026, 1, 31),
            is_representative=i < representatives,
            election_proof="推举书一份，全体签名" if i < representatives else "",
        )
        for i in range(count)
    ]


def id_number(serial: int) -> str:
    body = f"11010519900101{serial + 1:03d}"
    return body + ric.calc_check_digit(f"{body}0")


def drafted_collective(world: World, count: int = 12, **more: str) -> uuid.UUID:
    people = workers(count)
    claims = [
        registration.ClaimIn(kind="wages", title="支付2026年1月工资", amount=500_000, worker=i)
        for i in range(len(people))
    ]
    case = world.talking(
        application(applicants=people, respondents=[FIRM], claims=claims, **more), ("mediator", "second", "third")
    )
    members = applicants(world, case)
    terms = [
        talks.TermIn(
            title=f"支付{p.name}工资", amount=400_000, payee=p.name, way="cash", due_on=date(2026, 6, 1), party_id=p.id
        )
        for p in members
    ]
    shares = [talks.ShareIn(party_id=p.id, amount=400_000) for p in members if not p.is_representative]
    world.act(case, "reach_agreement", talks.ReachAgreement(terms=terms, shares=shares))
    return case


def applicants(world: World, case: uuid.UUID) -> list[CaseParty]:
    return [p for p in world.parties(case) if p.side == "applicant"]


def confirm(world: World, case: uuid.UUID, leave_out: int = 0) -> list[CaseParty]:
    """Everybody but the last few confirms; answers those who have not."""
    represented = [p for p in applicants(world, case) if not p.is_representative]
    cut = len(represented) - leave_out
    world.act(case, "confirm_shares", talks.ConfirmShares(confirmed=[p.id for p in represented[:cut]]))
    return represented[cut:]
