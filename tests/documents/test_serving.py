"""送达: each way with its own proof, attempts that failed, the address as it stood then, receipts, what was left."""

from datetime import date
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from documents.papers import content_of
from documents.serving import RecordAttempt, Serve, address_of
from documents.tables import RecordPaper, Service, ServiceAttempt
from tests.documents.conftest import EMPLOYER, MATTER, PARTICIPANTS, WORKER
from tests.documents.test_life import BOTH, only, signed, view
from workflows.errors import Invalid
from workflows.form import Attachment

RECEIPT = Attachment("送达回证.jpg", "image/jpeg", b"\xff\xd8\xff receipt")


@pytest.fixture
def sealed(desk):
    desk.act(desk.begin(), "settle")
    signed(desk, only(desk))
    desk.seal(only(desk).id)
    return only(desk)


@pytest.fixture
def addresses(desk):
    """What is on file of where each lives; the module tells it."""
    known = {WORKER.id: "朝阳区八里庄街道1号院", EMPLOYER.id: ""}
    object.__setattr__(
        MATTER, "reveal", lambda session, root, party, field: known[party] if field == "service_address" else ""
    )
    yield known
    object.__setattr__(MATTER, "reveal", None)


def served(desk):
    with desk.sessions() as session:
        return session.scalars(select(Service).order_by(Service.id)).all()


def test_each_way_of_service_wants_its_own_proof(desk, sealed):
    for way, said in (("post", "写明邮件单号"), ("left", "写明拒收的情况")):
        with pytest.raises(Invalid, match=said):
            desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], way=way))
    with pytest.raises(Invalid, match="见证人"):
        desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], way="left", receipt="本人在家，拒绝签收"))
    assert served(desk) == []
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], way="post", receipt="EMS 1"))
    assert [s.way for s in served(desk)] == ["post"]


def test_nobody_is_served_electronically_without_a_recorded_consent_to_that(desk, sealed):
    arrived = Serve(addressee=BOTH[0], way="electronic", receipt="短信10:02送达")
    desk.say(WORKER, agreed=frozenset({"signing"}))
    with pytest.raises(Invalid, match="没有该人同意电子送达的记录"):
        desk.act(sealed.id, "serve", arrived)
    desk.say(WORKER, agreed=frozenset({"service"}))
    with pytest.raises(Invalid, match="写明到达凭证"):
        desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], way="electronic"))
    desk.act(sealed.id, "serve", arrived)
    assert [s.way for s in served(desk)] == ["electronic"]


def test_whoever_takes_it_for_somebody_else_is_named_with_the_relation(desk, sealed):
    with pytest.raises(Invalid, match="选择其身份"):
        desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], receiver="王小明"))
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], receiver="王小明", relation="family"))
    assert (served(desk)[0].receiver, served(desk)[0].relation) == ("王小明", "family")


def test_an_agent_takes_it_whose_authority_is_on_file(desk, sealed):
    with pytest.raises(Invalid, match="没有登记受送达人的委托代理人"):
        desk.act(sealed.id, "serve", Serve(addressee=BOTH[1], way="agent"))
    desk.say(EMPLOYER, agent="李倓")
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[1], way="agent"))
    assert (served(desk)[0].receiver, served(desk)[0].relation) == ("李倓", "agent")


def test_a_photographed_receipt_does_not_say_where_it_was_taken(desk, sealed):
    photo = photograph()
    assert b"Exif" in photo  # the control
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], scan=Attachment("回证.jpg", "image/jpeg", photo)))
    with desk.sessions() as session:
        kept = content_of(session.scalars(select(RecordPaper)).one())
    assert b"Exif" not in kept
    assert kept.startswith(b"\xff\xd8\xff")


def photograph():
    """A picture that says which telephone made it."""
    exif, file = Image.Exif(), BytesIO()
    exif[0x0110] = "telephone"
    Image.new("RGB", (8, 8), "white").save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_an_attempt_that_failed_is_kept_and_serves_nobody(desk, sealed):
    desk.act(sealed.id, "record_attempt", RecordAttempt(addressee=BOTH[0], reason="两次上门无人在家"))
    with desk.sessions() as session:
        kept = session.scalars(select(ServiceAttempt)).one()
        assert (kept.way, kept.reason, kept.recorded_by_name) == ("in_person", "两次上门无人在家", "周敏")
    assert view(desk, sealed).served_on == frozenset()
    assert only(desk).state == "sealed"
    with pytest.raises(Invalid, match="写明没有送达的原因"):
        desk.act(sealed.id, "record_attempt", RecordAttempt(addressee=BOTH[0], reason="   无 "))
    for key in BOTH:
        desk.act(sealed.id, "serve", Serve(addressee=key))
    with pytest.raises(Invalid, match="已登记过"):
        desk.act(sealed.id, "record_attempt", RecordAttempt(addressee=BOTH[0], reason="两次上门无人在家"))


def test_the_address_is_kept_as_it_stood_on_the_day_and_as_ciphertext(desk, sealed, addresses):
    desk.act(sealed.id, "record_attempt", RecordAttempt(addressee=BOTH[0], reason="两次上门无人在家"))
    addresses[WORKER.id] = "朝阳区望京街道9号楼"
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[0]))
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[1]))
    with desk.sessions() as session:
        attempt = session.scalars(select(ServiceAttempt)).one()
        worker, employer = session.scalars(select(Service).order_by(Service.id)).all()
        assert [address_of(row) for row in (attempt, worker, employer)] == [
            "朝阳区八里庄街道1号院",
            "朝阳区望京街道9号楼",
            "",
        ]
        assert "望京".encode() not in worker.sealed_address


def test_whoever_has_moved_to_another_case_since_can_still_be_served(desk, sealed, addresses, monkeypatch):
    monkeypatch.delitem(PARTICIPANTS, WORKER.id)
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[0]))
    with desk.sessions() as session:
        assert address_of(session.scalars(select(Service)).one()) == "朝阳区八里庄街道1号院"


def test_the_receipt_is_kept_with_the_service_it_proves(desk, sealed):
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], scan=RECEIPT))
    (service,) = served(desk)
    with desk.sessions() as session:
        paper = session.scalars(select(RecordPaper)).one()
        assert (paper.kind, paper.of_id, content_of(paper)) == ("receipt", service.id, RECEIPT.content)


def test_what_was_left_counts_as_served_when_three_working_days_have_passed(desk, sealed):
    """Left on Friday 20 November 2026: the third working day is Wednesday, the service that of Thursday."""
    left = Serve(addressee=BOTH[0], way="left", receipt="本人在家，拒绝签收", witnesses="社区工作人员甲，录像1段")
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[1]))
    desk.act(sealed.id, "serve", left)
    kept = served(desk)[-1]
    assert (kept.left_on, kept.served_on) == (date(2026, 11, 20), date(2026, 11, 26))
    assert kept.witnesses == "社区工作人员甲，录像1段"
    assert view(desk, sealed).served_last_on == date(2026, 11, 26)
    assert only(desk).state == "served"


def test_the_last_receipt_is_the_day_a_record_is_served(desk, sealed):
    first, last = date(2026, 11, 20), date(2026, 11, 23)
    desk.clock.move(days=3)
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[0], occurred_on=last))
    desk.act(sealed.id, "serve", Serve(addressee=BOTH[1], occurred_on=first))
    assert view(desk, sealed).served_last_on == last
