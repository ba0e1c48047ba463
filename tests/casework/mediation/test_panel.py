"""A panel of mediators: each signs the agreement, electronically or by hand, and none for another."""

import msgspec
import pytest

from casework.mediation.forms import talks
from documents.forms import Finalise, Sign, SignAsStaff, SignOnPad
from tests.casework.mediation.test_guards import refusal
from tests.casework.mediation.world import FIRM, WANG, application
from tests.documents.strokes import strokes
from workflows.errors import Refused

PANEL = ("mediator", "second", "third")


def finalised(world, mediators=PANEL, original="electronic"):
    """The case and its agreement, ready to be signed; both parties agreed to sign electronically."""
    parties = [msgspec.structs.replace(party, e_sign_consent=True) for party in (WANG, FIRM)]
    case = world.drafted(application(applicants=parties[:1], respondents=parties[1:]), mediators=mediators)
    record = world.record(case, "agreement").id
    world.act(record, "finalise", Finalise(original=original))
    return case, record


def test_the_agreement_takes_effect_when_the_whole_panel_has_signed_electronically(world):
    case, record = finalised(world)
    signers = world.record(case, "agreement").signers
    assert [s["name"] for s in signers if s["part"] == "mediator"] == ["周敏", "许静", "方圆"]
    shown = world.record(case, "agreement").data_sha256
    for party in world.parties(case):
        world.act(record, "sign_on_pad", SignOnPad(signer=str(party.id), strokes=strokes(), shown_sha256=shown))
    for account in ("mediator", "third"):
        world.act(record, "sign_as_staff", SignAsStaff(), account)
    assert world.state(record) == "awaiting_signature"
    assert "全部成员签名" in refusal(world, case, "sign", talks.Sign())
    world.act(record, "sign_as_staff", SignAsStaff(), "second")
    world.seal(record)
    world.act(case, "sign", talks.Sign())
    assert world.state(case) == "settled"


def test_nobody_signs_for_another_member_or_twice(world):
    _, record = finalised(world, PANEL[:2])
    with pytest.raises(Refused, match="须有您本人"):
        world.act(record, "sign_as_staff", SignAsStaff(), "third")
    world.act(record, "sign_as_staff", SignAsStaff(), "second")
    with pytest.raises(Refused, match="须有您本人"):
        world.act(record, "sign_as_staff", SignAsStaff(), "second")
    world.act(record, "sign_as_staff", SignAsStaff(), "mediator")


def test_on_paper_each_member_has_a_line_too(world):
    case, record = finalised(world, original="paper")
    lines = [signer["key"] for signer in world.record(case, "agreement").signers]
    assert len(lines) == 5
    for key in lines[:-1]:
        world.act(record, "sign", Sign(signer=key))
    assert world.state(record) == "awaiting_signature"
    world.act(record, "sign", Sign(signer=lines[-1]))
    assert world.state(record) == "awaiting_approval"
