"""Signing by people: on the pad with consent, by hand with the scanned page, by an agent, by staff, and not at all."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select, update

from documents import ink
from documents.forms import Finalise, RefuseSignature, Sign, SignAsStaff, SignOnPad
from documents.papers import content_of
from documents.printing import _marks, pdf_of
from documents.render import render_frozen
from documents.tables import Record, RecordPaper, RecordSignature
from documents.verify import Verdict, examine
from tests.documents.conftest import EMPLOYER, WORKER
from tests.documents.page import text
from tests.documents.strokes import strokes
from tests.documents.test_life import BOTH, only, view
from tests.documents.verapdf import failed_checks
from workflows import journal
from workflows.encryption import Undecipherable, keyring
from workflows.errors import Invalid, Refused
from workflows.fire import preview
from workflows.form import Attachment
from workflows.tables import JournalPayload

PAGE = Attachment("签名页.pdf", "application/pdf", b"%PDF-1.7 signed by hand")


@pytest.fixture
def agreement(desk):
    desk.act(desk.begin(), "settle")
    desk.act(only(desk).id, "finalise", Finalise(original="electronic"))
    return only(desk)


def signs(desk, record, by=None):
    """The mediator signs with an account that was proved just now."""
    by = by or replace(desk.mediator, proved_at=desk.clock.now)
    desk.act(record.id, "sign_as_staff", SignAsStaff(), by=by)


def pad(record, key=BOTH[0], **more):
    return SignOnPad(signer=key, strokes=strokes(), shown_sha256=record.data_sha256, **more)


def agree(desk, *parties):
    for party in parties:
        desk.say(party, agreed=frozenset({"signing"}))


def signatures(desk):
    with desk.sessions() as session:
        return session.scalars(select(RecordSignature).order_by(RecordSignature.id)).all()


def papers(desk):
    with desk.sessions() as session:
        rows = session.scalars(select(RecordPaper).order_by(RecordPaper.id)).all()
        return [(row, content_of(row)) for row in rows]


# --- on the pad


def test_the_button_is_refused_with_a_sentence_until_somebody_has_agreed(desk, agreement):
    assert said_at_the_button(desk, agreement, "sign_on_pad") == ["还没有签名的人中，须有人已书面同意电子签名"]
    desk.say(WORKER, agreed=frozenset({"service"}))
    assert said_at_the_button(desk, agreement, "sign_on_pad") == ["还没有签名的人中，须有人已书面同意电子签名"]
    agree(desk, WORKER)
    assert said_at_the_button(desk, agreement, "sign_on_pad") == []
    assert said_at_the_button(desk, agreement, "sign_as_staff", desk.head) == ["还没有签名的人中，须有您本人"]
    assert said_at_the_button(desk, agreement, "sign_as_staff", desk.mediator) == []


def said_at_the_button(desk, record, trigger, by=None):
    with desk.sessions() as session:
        found = session.get_one(Record, record.id)
        seen = preview(session, found, by=by or desk.actor, at=desk.clock.now)
        return [r.sentence for p in seen if p.transition.trigger == trigger for r in p.refusals]


def test_a_person_signs_on_the_pad_once_its_consent_to_that_is_on_record(desk, agreement):
    agree(desk, EMPLOYER)
    with pytest.raises(Invalid, match=f"没有{WORKER.name}同意电子签名的记录"):
        desk.act(agreement.id, "sign_on_pad", pad(agreement))
    assert view(desk, agreement).signed == frozenset()
    agree(desk, WORKER)
    desk.act(agreement.id, "sign_on_pad", pad(agreement, present="社区工作人员甲"))
    (kept,) = signatures(desk)
    assert (kept.way, kept.present, kept.recorded_by_name) == ("pad", "社区工作人员甲", "周敏")
    assert kept.data_sha256 == agreement.data_sha256
    assert only(desk).original == "electronic"


def test_the_strokes_are_kept_with_their_time_and_pressure_and_only_as_ciphertext(desk, agreement):
    agree(desk, WORKER)
    desk.act(agreement.id, "sign_on_pad", pad(agreement))
    ((row, content),) = papers(desk)
    assert json.loads(content) == json.loads(strokes())
    assert b"[80," in content
    with desk.sessions() as session:
        sealed = session.scalar(select(RecordPaper.sealed))
        payloads = session.scalars(select(JournalPayload)).all()
        assert not any(strokes()[:40] in json.dumps(journal.open_payload(p)) for p in payloads)
        assert any(row.sha256 in json.dumps(journal.open_payload(p)) for p in payloads)
    assert b"[80," not in sealed
    with pytest.raises(Undecipherable):
        keyring().unseal(sealed, "record_papers", "content", str(agreement.id))


def test_what_was_shown_must_be_what_is_signed(desk, agreement):
    agree(desk, WORKER)
    for shown in ("", "0" * 64):
        with pytest.raises(Refused, match="与打开签名页时所示的不一致"):
            desk.act(agreement.id, "sign_on_pad", SignOnPad(signer=BOTH[0], strokes=strokes(), shown_sha256=shown))
    before = pad(agreement)
    with desk.sessions.begin() as session:
        session.execute(update(Record).where(Record.id == agreement.id).values(data_sha256="f" * 64))
    with pytest.raises(Refused, match="没有记下签名"):
        desk.act(agreement.id, "sign_on_pad", before)
    assert signatures(desk) == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", "还没有签名"),
        ("[]", "还没有签名"),
        ("[[[500,100,0,500],[501,100,9,500]]]", "签名太短"),
        ("[[[500,100,0,500],[9000,100,9,500]]]", "没有完整传到"),
        ("[[[500,100,50,500],[800,100,9,500]]]", "没有完整传到"),
        ("{", "没有完整传到"),
        ('[[["x",1,1,1]]]', "没有完整传到"),
        ("[[[true,1,1,1]]]", "没有完整传到"),
        ("[" * 5000, "没有完整传到"),
    ],
)
def test_what_no_pen_can_have_written_is_no_signature(sent, said):
    with pytest.raises(Invalid, match=said):
        ink.read(sent)


# --- by hand


def test_what_people_sign_by_hand_is_the_original_and_no_electronic_signature_follows(desk, agreement):
    desk.act(agreement.id, "sign", Sign(signer=BOTH[1], way="stamp"))
    assert only(desk).original == "paper"
    agree(desk, WORKER)
    with pytest.raises(Refused, match="以纸质为原件"):
        desk.act(agreement.id, "sign_on_pad", pad(agreement))
    for key in (BOTH[0], "mediator"):
        desk.act(agreement.id, "sign", Sign(signer=key, way="fingerprint" if key == BOTH[0] else "paper"))
    assert only(desk).state == "awaiting_approval"


def test_on_an_electronic_original_the_scanned_signing_page_is_the_equal_of_the_pad(desk, agreement):
    agree(desk, WORKER)
    desk.act(agreement.id, "sign_on_pad", pad(agreement))
    with pytest.raises(Invalid, match="上传有其签名的签名页扫描件"):
        desk.act(agreement.id, "sign", Sign(signer=BOTH[1], way="stamp"))
    desk.act(agreement.id, "sign", Sign(signer=BOTH[1], way="stamp", scan=PAGE))
    signs(desk, agreement)
    assert only(desk).state == "awaiting_approval"
    assert view(desk, agreement).signed == {*BOTH, "mediator"}
    kept = {row.kind: content for row, content in papers(desk)}
    assert kept["signing_page"] == PAGE.content
    desk.seal(agreement.id)
    assert view(desk, agreement).sealed


def test_a_scan_is_a_pdf_or_a_picture(desk, agreement):
    song = Attachment("歌.mp3", "audio/mpeg", b"ID3")
    with pytest.raises(Invalid, match="不能作扫描件"):
        desk.act(agreement.id, "sign", Sign(signer=BOTH[0], scan=song))
    assert papers(desk) == signatures(desk) == []


def test_a_scan_stands_in_the_journal_by_its_digest_alone(desk, agreement):
    desk.act(agreement.id, "sign", Sign(signer=BOTH[0], scan=PAGE))
    ((row, _),) = papers(desk)
    with desk.sessions() as session:
        said = [json.dumps(journal.open_payload(p)) for p in session.scalars(select(JournalPayload)).all()]
    assert any(b64encode(bytes.fromhex(row.sha256)).decode() in filed for filed in said)
    assert not any(b64encode(PAGE.content).decode() in filed for filed in said)


# --- agents, refusals


def test_an_agent_signs_only_as_far_as_the_authority_on_file_reaches(desk, agreement):
    by_agent = Sign(signer=BOTH[1], way="paper", by_agent=True)
    with pytest.raises(Invalid, match="没有登记某某公司的委托代理人"):
        desk.act(agreement.id, "sign", by_agent)
    desk.say(EMPLOYER, agent="李倓")
    with pytest.raises(Invalid, match="李倓只有一般授权"):
        desk.act(agreement.id, "sign", by_agent)
    desk.say(EMPLOYER, agent_may_settle=True)
    desk.act(agreement.id, "sign", by_agent)
    (kept,) = signatures(desk)
    assert (kept.name, kept.agent) == ("某某公司（李倓代签）", "李倓")


def test_minutes_are_signed_by_an_agent_of_general_authority(desk):
    desk.act(desk.begin(), "meet")
    desk.say(EMPLOYER, agent="李倓")
    desk.act(only(desk).id, "sign", Sign(signer=BOTH[1], by_agent=True))
    assert signatures(desk)[0].agent == "李倓"


def test_a_refusal_names_what_happened_and_who_saw_it(desk, agreement):
    for reason, witness in (("不签", "社区工作人员甲"), ("看后离场，不愿签名", " ")):
        with pytest.raises(Invalid):
            desk.act(agreement.id, "refuse_signature", RefuseSignature(signer=BOTH[1], reason=reason, witness=witness))
    said = RefuseSignature(signer=BOTH[1], reason="看后离场，不愿签名", witness="社区工作人员甲")
    desk.act(agreement.id, "refuse_signature", said)
    (kept,) = signatures(desk)
    assert (kept.refused_because, kept.present) == ("看后离场，不愿签名", "社区工作人员甲")
    assert view(desk, agreement).refused == {BOTH[1]}


# --- staff


def test_staff_sign_for_themselves_alone_and_have_just_proved_who_they_are(desk, agreement):
    at = desk.clock.now
    for proved_at in (None, at - timedelta(minutes=5, seconds=1)):
        with pytest.raises(Refused, match="动态口令"):
            signs(desk, agreement, replace(desk.mediator, proved_at=proved_at))
    for other in (desk.head, replace(desk.head, name=desk.mediator.name)):
        with pytest.raises(Refused, match="须有您本人"):
            signs(desk, agreement, replace(other, proved_at=at))
    signs(desk, agreement, replace(desk.mediator, proved_at=at - timedelta(minutes=5)))
    assert [(s.signer, s.way, s.recorded_by) for s in signatures(desk)] == [("mediator", "staff", desk.mediator.id)]
    with pytest.raises(Refused, match="须有您本人"):
        signs(desk, agreement)


# --- the signed original


@pytest.fixture
def electronic(desk, agreement, kept, fonts):
    """Signed by the worker on the pad, by the employer on a scanned page, by the mediator with a code."""
    agree(desk, WORKER)
    desk.relay()
    desk.act(agreement.id, "sign_on_pad", pad(agreement))
    desk.act(agreement.id, "sign", Sign(signer=BOTH[1], way="stamp", scan=PAGE))
    signs(desk, agreement)
    desk.relay()
    return only(desk)


def test_the_signatures_stand_on_the_lines_of_the_electronic_original_drawn_as_paths(desk, electronic):
    assert electronic.signed_sha256 not in (None, electronic.pdf_sha256)
    content = pdf_of(electronic)
    assert failed_checks({"signed": content}) == {"signed": []}
    with pikepdf.open(BytesIO(content)) as pdf, pikepdf.open(BytesIO(_plain(electronic))) as plain:
        drawn, before = _operators(pdf), _operators(plain)
        images = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"]
    assert images == []
    assert drawn.count("c") - before.count("c") >= 6 * 19  # every stroke is a curve


def test_the_same_signatures_give_the_same_bytes(desk, electronic):
    with desk.sessions() as session:
        marks = _marks(session, session.get_one(Record, electronic.id))
    again = render_frozen(
        electronic.frozen, code=electronic.verify_code, watermark="样本", site="https://hy.example.cn", marks=marks
    )
    assert again == pdf_of(electronic)


def test_each_signature_is_said_in_the_text_too(electronic):
    said = "".join(text(pdf_of(electronic)).split())
    assert "（以本人账号和动态口令电子签名）" in said
    assert "（某某公司在纸质签名页上单位盖章，扫描件摘要（SHA-256）" in said
    assert "2026年11月20日" in said


def _plain(record):
    return render_frozen(record.frozen, code=record.verify_code, watermark="样本", site="https://hy.example.cn")


def _operators(pdf):
    found = []
    streams = list(pdf.pages)
    forms = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Form"]
    for content in (*streams, *forms):
        found += [str(operator) for _, operator in pikepdf.parse_content_stream(content)]
    return found


def test_the_unsigned_file_of_a_signed_original_is_genuine_and_says_that_it_is_not_final(desk, electronic, kept):
    unsigned, final = kept.get(electronic.pdf_sha256), pdf_of(electronic)
    with desk.sessions() as session:
        assert examine(session, unsigned).verdict is examine(session, final).verdict is Verdict.GENUINE
        assert "正式文书以用印后的文件为准" in examine(session, unsigned).sentence
        session.get_one(Record, electronic.id).needs_seal = False
        assert "正式文书以签名后的文件为准" in examine(session, unsigned).sentence
        assert "为准" not in examine(session, final).sentence
        assert examine(session, final + b"\n").verdict is Verdict.ALTERED
        session.rollback()
