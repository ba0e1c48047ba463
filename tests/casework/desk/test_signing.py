"""Signing at the desk: the pad page over HTTP, staff with their code, the scanned page; what was written is never lost."""

import re

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from casework.mediation.forms import people as people_forms
from documents.forms import Finalise
from documents.tables import Record, RecordPaper, RecordSignature, Service
from tests.casework.desk.conftest import PASSWORD
from tests.casework.desk.test_seals import Office, code_of, enrol
from tests.casework.mediation.test_papers import offer
from tests.casework.mediation.world import build
from tests.documents.strokes import strokes
from tests.served import website
from union import passwords
from union.people import Staff
from workflows.calendar_table import fill


@pytest.fixture
def desk(database, clock, quick_hashes, tmp_path):
    with database.sessions.begin() as session:
        fill(session, clock.now)
    world = build(database.sessions, clock)
    with database.sessions.begin() as session:
        session.execute(update(Staff).values(password_hash=passwords.hash_password(PASSWORD)))
    with TestClient(website(database, clock, tmp_path)) as client:
        yield Office(client, database, world)


@pytest.fixture
def people(desk):
    return desk.world.ids


@pytest.fixture
def agreement(desk):
    """Finalised; its file there; the worker has agreed to sign electronically."""
    world = desk.world
    case = world.drafted()
    worker = world.party(case, "applicant")
    form = people_forms.ConfirmAddress(party_id=worker.id, address="朝阳区八里庄街道1号院", e_sign_consent=True)
    offer(world, case, "confirm_address", form)
    record = world.record(case, "agreement")
    world.act(record.id, "finalise", Finalise(original="electronic"))
    with world.sessions.begin() as session:  # the relay is not what these tests are about
        session.execute(update(Record).where(Record.id == record.id).values(pdf_sha256="a" * 64))
    return world.record(case, "agreement")


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def filled(desk, record, **more):
    page = desk.get(f"/records/{record.id}/pad").text
    worker = next(s["key"] for s in record.signers if s.get("side") == "applicant")
    names = ("_csrf", "_key", "_version", "shown_sha256")
    return {**{name: hidden(page, name) for name in names}, "signer": worker, "strokes": strokes(), **more}


def send(desk, record, form):
    return desk.client.post(f"/records/{record.id}/pad", data=form, follow_redirects=False)


def signatures(desk):
    return desk.world.read(select(RecordSignature))


def test_a_party_signs_on_the_pad_and_the_record_says_so(desk, agreement):
    desk.log_in("mediator")
    page = desk.get(f"/records/{agreement.id}/pad").text
    assert agreement.data_sha256 in page
    assert "王建国" in page
    answer = send(desk, agreement, filled(desk, agreement, present="调解员在场"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/records/{agreement.id}")
    shown = desk.get(f"/records/{agreement.id}").text
    assert "平板签名 · 在场 调解员在场" in shown
    assert "电子原件" in shown


def test_the_words_of_the_record_are_shown_as_a_page_for_a_tablet(desk, agreement):
    desk.log_in("mediator")
    sheet = desk.get(f"/records/{agreement.id}/sheet")
    assert "王建国" in sheet.text
    assert "sheet.css" in sheet.text
    assert "<script" not in sheet.text
    assert "frame-ancestors 'self'" in sheet.headers["content-security-policy"]
    desk.client.cookies.clear()
    assert desk.get(f"/records/{agreement.id}/sheet", follow_redirects=False).status_code == 303


def test_the_same_signature_sent_twice_is_one(desk, agreement):
    desk.log_in("mediator")
    form = filled(desk, agreement)
    assert [send(desk, agreement, form).status_code for _ in range(2)] == [303, 303]
    assert len(signatures(desk)) == 1


def test_a_pad_opened_before_the_content_changed_signs_nothing_and_keeps_what_was_written(desk, agreement):
    desk.log_in("mediator")
    form = filled(desk, agreement, present="社区工作人员甲")
    with desk.world.sessions.begin() as session:
        session.execute(update(Record).where(Record.id == agreement.id).values(data_sha256="f" * 64))
    answer = send(desk, agreement, form)
    assert answer.status_code == 409
    assert "与打开签名页时所示的不一致" in answer.text
    assert "社区工作人员甲" in answer.text
    assert "[[[80," in answer.text  # the strokes come back
    assert signatures(desk) == []


def test_an_empty_pad_is_refused_with_what_to_do(desk, agreement):
    desk.log_in("mediator")
    answer = send(desk, agreement, filled(desk, agreement, strokes=""))
    assert answer.status_code == 422
    assert "在框内写上姓名" in answer.text
    assert signatures(desk) == []


def test_without_a_consent_or_without_the_file_there_is_no_pad(desk, agreement):
    desk.log_in("mediator")
    with desk.world.sessions.begin() as session:
        session.execute(update(Record).where(Record.id == agreement.id).values(pdf_sha256=None))
    waiting = desk.get(f"/records/{agreement.id}/pad")
    assert (waiting.status_code, "PDF 正在生成" in waiting.text, "<canvas" in waiting.text) == (409, True, False)
    case = agreement.root_id
    worker = desk.world.party(case, "applicant")
    offer(
        desk.world,
        case,
        "confirm_address",
        people_forms.ConfirmAddress(party_id=worker.id, address="朝阳区八里庄街道1号院"),
    )
    refused = desk.get(f"/records/{agreement.id}/pad")
    assert refused.status_code == 409
    assert "须有人已书面同意电子签名" in refused.text
    assert "须有人已书面同意电子签名" in desk.get(f"/records/{agreement.id}").text


def test_without_a_script_the_page_leads_to_the_printed_signing_page(desk, agreement):
    desk.log_in("mediator")
    page = desk.get(f"/records/{agreement.id}/pad").text
    assert "<noscript>" in page
    assert f"/subjects/{agreement.id}/transitions/sign" in page.split("<noscript>")[1].split("</noscript>")[0]


def test_a_scanned_page_is_taken_in_by_its_bytes_and_handed_out_again(desk, agreement):
    desk.log_in("mediator")
    path = f"/subjects/{agreement.id}/transitions/sign"
    data = {"signer": "mediator", "way": "paper"}
    wrong = desk.post(path, data, files={"scan": ("签名页.pdf", b"MZ not a pdf", "application/pdf")})
    assert wrong.status_code == 422
    assert signatures(desk) == []
    right = desk.post(path, data, files={"scan": ("签名页.pdf", b"%PDF-1.7 scanned", "application/pdf")})
    assert right.status_code == 303
    (paper,) = desk.world.read(select(RecordPaper))
    assert f"/records/{agreement.id}/papers/{paper.id}" in desk.get(f"/records/{agreement.id}").text
    assert desk.get(f"/records/{agreement.id}/papers/{paper.id}").content == b"%PDF-1.7 scanned"


def test_strokes_are_never_handed_out(desk, agreement):
    desk.log_in("mediator")
    send(desk, agreement, filled(desk, agreement))
    (paper,) = desk.world.read(select(RecordPaper))
    assert desk.get(f"/records/{agreement.id}/papers/{paper.id}").status_code == 404


def test_the_mediator_signs_with_a_code_and_is_asked_for_it(desk, people, clock, agreement):
    enrol(desk, people, clock, "mediator")
    path = f"/subjects/{agreement.id}/transitions/sign_as_staff"
    clock.move(minutes=6)
    desk.log_in("mediator")
    unproved = desk.post(path, {})
    assert unproved.status_code == 422
    assert "动态口令" in unproved.text
    assert signatures(desk) == []
    assert desk.post(path, {"_code": code_of(desk, people, clock, "mediator")}).status_code == 303
    assert [(s.signer, s.way) for s in signatures(desk)] == [("mediator", "staff")]


def test_the_page_of_a_record_tells_every_attempt_at_its_service_and_the_case_who_is_left(desk):
    world = desk.world
    case = world.settled()
    record = world.record(case, "agreement")
    worker = next(a["key"] for a in record.addressees if a["name"] == "王建国")
    desk.log_in("mediator")
    tried = {"addressee": worker, "way": "in_person", "reason": "两次上门无人在家"}
    path = f"/subjects/{record.id}/transitions"
    assert desk.post(f"{path}/record_attempt", tried).status_code == 303
    page = desk.get(f"/records/{record.id}").text
    assert "尚未送达，已试 1 次" in page
    assert "两次上门无人在家" in page
    served = {"addressee": worker, "way": "post", "receipt": "EMS 123"}
    receipt = {"scan": ("回证.pdf", b"%PDF-1.7 receipt", "application/pdf")}
    assert desk.post(f"{path}/serve", served, files=receipt).status_code == 303
    page = desk.get(f"/records/{record.id}").text
    assert "邮寄送达 · EMS 123" in page
    assert "送达回证扫描件" in page
    assert "送达 1/2" in desk.get(f"/subjects/{case}").text


def test_a_signing_page_sent_twice_is_answered_as_the_first_time_and_filed_once(desk, agreement):
    desk.log_in("mediator")
    scan = {"scan": ("签名页.pdf", b"%PDF-1.7 scanned", "application/pdf")}
    path = f"/subjects/{agreement.id}/transitions/sign"
    form = {**desk.form(path), "signer": "mediator", "way": "paper"}
    assert _places(desk, path, [form, form], files=scan) == [f"/subjects/{agreement.id}"] * 2
    assert len(signatures(desk)) == 1


def test_a_service_sent_twice_is_answered_as_the_first_time_and_written_once(desk):
    record = desk.world.record(desk.world.settled(), "agreement")
    desk.log_in("mediator")
    path = f"/subjects/{record.id}/transitions/serve"
    form = {**desk.form(path), "addressee": record.addressees[0]["key"], "way": "post", "receipt": "EMS 123"}
    assert _places(desk, path, [form, form]) == [f"/subjects/{record.id}"] * 2
    assert desk.world.read(select(Service.receipt).where(Service.record_id == record.id)) == ["EMS 123"]


def test_another_service_sent_with_the_same_key_is_not_taken_for_the_first(desk):
    record = desk.world.record(desk.world.settled(), "agreement")
    desk.log_in("mediator")
    path = f"/subjects/{record.id}/transitions/serve"
    first = {**desk.form(path), "addressee": record.addressees[0]["key"], "way": "post", "receipt": "EMS 123"}
    assert _places(desk, path, [first, {**first, "receipt": "EMS 124"}]) == [f"/subjects/{record.id}", None]
    other = f"/subjects/{record.id}/transitions/record_attempt"
    assert _places(desk, other, [first]) == [None]


def _places(desk, path, forms, **more):
    """Where each form, sent as it is, leads; None for one that is refused."""
    sent = [desk.client.post(path, data=form, follow_redirects=False, **more) for form in forms]
    return [answer.headers.get("location") for answer in sent]


def test_a_service_without_its_proof_is_refused_and_what_was_typed_stays(desk):
    world = desk.world
    record = world.record(world.settled(), "agreement")
    desk.log_in("mediator")
    sent = {"addressee": record.addressees[0]["key"], "way": "left", "receipt": "本人在家，拒绝签收"}
    answer = desk.post(f"/subjects/{record.id}/transitions/serve", sent)
    assert answer.status_code == 422
    assert "见证人和照片、录像" in answer.text
    assert "本人在家，拒绝签收" in answer.text
