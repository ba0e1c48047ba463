"""The archive: what is filed into which volume, who reads it, that nobody changes it, and what comes later."""

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from app.duties import handlers
from casework.desk import archive, evidence
from casework.desk.archive import Volume, VolumeFile, VolumePaper
from casework.desk.tables import Note, Sitting
from casework.mediation.forms import endings, talks
from documents.correcting import Supersede
from documents.forms import Seal, Sign
from documents.serving import Serve
from documents.tables import Record
from documents.verify import Verdict, examine
from tests.casework.desk.test_seals import desk, people  # noqa: F401 - the desk with the mediation behind it
from tests.documents.conftest import fonts, kept  # noqa: F401
from tests.documents.verapdf import READING_COPY, failed_checks
from union.access import can, participant_actor
from workflows import journal, outbox
from workflows.errors import Invalid, Refused
from workflows.form import Attachment
from workflows.tables import JournalEntry, OutboxMessage, Setting, Subject, new_id

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080000000"
    "03a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
WIDE = BytesIO()
Image.new("L", (2, 1)).save(WIDE, "PNG")  # another picture: what lies behind the end of one is not kept
SECRET = "双方私下谈到的底线是五千元"


class Archived:
    """A failed case with evidence, a note and without-prejudice minutes, ready for the archivist."""

    def __init__(self, office):
        self.office, self.world = office, office.world
        world = self.world
        self.case = world.talking()
        world.act(
            self.case,
            "record_minutes",
            talks.RecordMinutes(proceedings="双方陈述。", without_prejudice=SECRET, result="未达成", read_back=True),
        )
        with world.sessions.begin() as session:
            self._take(session, "考勤照片.png", PNG)
            session.add(Note(subject_id=self.case, text="内部：公司经营困难", at=world.clock.now))
        world.act(self.case, "fail", endings.Fail(reason="divergent", summary="双方分歧较大"))
        world.finish_papers(self.case)

    def _take(self, session, name, content):
        by = self.world.actor(session, "mediator")
        file = Attachment(name, "image/png", content)
        evidence.take_in(
            session, self.case, [file], by=by, at=self.world.clock.now, received_on=self.world.clock.today,
            handed_in_by="王建国",
        )  # fmt: skip

    def serve_with_receipt(self):
        """The opinion is served, its receipt scanned."""
        record = self.world.record(self.case, "failure_opinion")
        receipt = Attachment("送达回证.png", "image/png", WIDE.getvalue())
        form = Serve(addressee=record.addressees[0]["key"], scan=receipt)
        self.world.act(record.id, "serve", form)
        return receipt

    def file(self, **more):
        form = endings.Archive(**{"catalogue_complete": True, "receipts_filed": True, "pages": 12, **more})
        self.world.act(self.case, "archive", form, "archivist")

    def relay(self):
        for _ in range(3):
            outbox.relay(self.world.sessions, handlers(), self.world.clock.now, limit=100)

    def volumes(self):
        return self.world.read(
            select(Volume).where(Volume.root_id == self.case).order_by(Volume.supplement, Volume.part)
        )

    def copy(self, part, supplement=0):
        volume = next(v for v in self.volumes() if (v.part, v.supplement) == (part, supplement))
        with self.world.sessions() as session:
            return archive.copy_of(session, volume)


@pytest.fixture
def ready(desk, kept):  # noqa: F811
    return Archived(desk)


def inside(pdf):
    with pikepdf.open(BytesIO(pdf)) as document:
        return {name: spec.get_file().read_bytes() for name, spec in document.attachments.items()}


# --- filing


def test_scanned_receipts_are_filed_behind_their_record_and_attached_byte_for_byte(ready):
    receipt = ready.serve_with_receipt()
    ready.file()
    main = next(v for v in ready.volumes() if v.part == "main")
    titles = ready.world.read(
        select(VolumePaper.title).where(VolumePaper.volume_id == main.id).order_by(VolumePaper.place)
    )
    assert titles.index("调解终止意见书送达回证扫描件") > titles.index("调解终止意见书")
    ready.relay()
    assert receipt.content in inside(ready.copy("main")).values()


def test_a_case_is_filed_in_two_volumes_and_the_inner_papers_lie_apart(ready):
    ready.file()
    assert [(v.part, v.retention_years, v.keep_until.isoformat()) for v in ready.volumes()] == [
        ("main", 5, "2031-12-31"),
        ("side", 5, "2031-12-31"),
    ]
    titles = {
        v.part: ready.world.read(select(VolumePaper.title).where(VolumePaper.volume_id == v.id))
        for v in ready.volumes()
    }
    assert "考勤照片.png" in titles["main"]
    assert "调解笔录" in titles["main"]
    assert {"调解笔录（副卷）", "办案记录"} == set(titles["side"])
    assert not any("副卷" in title for title in titles["main"])
    cover = dict(ready.volumes()[0].cover)
    assert cover["结案方式"] == "调解不成"
    assert cover["归 档 人"] == "段平"
    assert cover["承 办 人"].startswith("周敏")


def test_the_copies_are_archive_files_with_every_original_genuine(ready, fonts):  # noqa: F811
    ready.file()
    ready.relay()
    main, side = ready.copy("main"), ready.copy("side")
    assert failed_checks({"main": main, "side": side}, READING_COPY) == {"main": [], "side": []}
    originals = inside(main)
    records = ready.world.read(select(Record).where(Record.root_id == ready.case))
    known = {r.sealed_sha256 or r.pdf_sha256 for r in records if r.kind_id != "side_minutes"}
    digests = {hashlib.sha256(content).hexdigest() for content in originals.values()}
    assert known <= digests
    assert hashlib.sha256(PNG).hexdigest() in digests
    with ready.world.sessions() as session:
        verdicts = [examine(session, c).verdict for name, c in originals.items() if c[:5] == b"%PDF-"]
    assert set(verdicts) == {Verdict.GENUINE}
    assert len(verdicts) == len(known)
    assert not any(SECRET.encode() in content for content in originals.values())
    secret = next(c for n, c in inside(side).items() if "副卷" in n)
    assert SECRET in inside(secret)["record.json"].decode()


def test_a_copy_is_made_once(ready, fonts):  # noqa: F811
    ready.file()
    ready.relay()
    before = ready.world.read(select(VolumeFile.sha256).order_by(VolumeFile.volume_id))
    body = {"volume_id": str(ready.volumes()[0].id)}
    archive.bind_volume(ready.world.sessions, body, ready.world.clock.now)
    assert ready.world.read(select(VolumeFile.sha256).order_by(VolumeFile.volume_id)) == before
    written = select(JournalEntry.trigger).where(JournalEntry.trigger == archive.BOUND)
    assert len(ready.world.read(written)) == 2


# --- bad input


def test_an_unfinished_record_keeps_the_file_out_of_the_archive(desk):  # noqa: F811
    world = desk.world
    case = world.failed()
    with pytest.raises(Refused, match="文书均已定稿、签名、用印"):
        world.act(case, "archive", endings.Archive(catalogue_complete=True, receipts_filed=True, pages=1), "archivist")
    with world.sessions() as session:
        assert any("齐备或者作废以后才能归档" in reason.sentence for reason in archive.unfit(session, case))
    assert world.read(select(Volume)) == []


def test_a_record_whose_file_was_never_made_keeps_it_out_too(ready):
    record = ready.world.record(ready.case, "acceptance_notice")
    with ready.world.sessions.begin() as session:
        stopped = {"status": "stopped", "problem": "RenderFailed: 字体缺少字符"}
        session.execute(update(OutboxMessage).where(OutboxMessage.subject_id == record.id).values(stopped))
    with pytest.raises(Refused, match=r"文件没有生成.*字体缺少字符"):
        ready.file()
    assert ready.world.state(ready.case) == "failed"
    assert ready.volumes() == []


def test_what_was_corrected_because_it_could_not_be_made_is_filed_as_a_note_with_its_number(ready, fonts):  # noqa: F811
    record = ready.world.record(ready.case, "acceptance_notice")
    with ready.world.sessions.begin() as session:
        stopped = {"status": "stopped", "problem": "RenderFailed: 字体缺少字符"}
        session.execute(update(OutboxMessage).where(OutboxMessage.subject_id == record.id).values(stopped))
    ready.office.log_in("head")
    page = ready.office.get(f"/records/{record.id}").text
    assert "没有办成：字体缺少字符" in page
    assert "文号不变" in page
    ready.world.act(record.id, "supersede", Supersede(reason="有字体没有的字"), "head")
    ready.world.finish_papers(ready.case)
    ready.file()
    ready.relay()
    lines = ready.world.read(select(VolumePaper).where(VolumePaper.reference == record.number))
    assert [(line.source, line.title) for line in lines] == [("text", "调解受理通知书（被替代）")]
    text = next(c for n, c in inside(ready.copy("main")).items() if "被替代" in n)
    assert (
        f"（{record.number}）没有生成文件即被替代，文号保留。理由：有字体没有的字"
        in inside(text)["record.json"].decode()
    )


def test_a_file_waits_for_a_record_still_being_made(ready, fonts):  # noqa: F811
    ready.file()
    body = {"volume_id": str(ready.volumes()[0].id)}
    with pytest.raises(RuntimeError, match="还在生成"):
        archive.bind_volume(ready.world.sessions, body, ready.world.clock.now)
    ready.relay()
    assert ready.copy("main") is not None


def test_pages_and_retention_are_asked_for_sensibly(ready):
    with pytest.raises(Invalid, match="填写纸质案卷的页数"):
        ready.file(pages=None)
    with pytest.raises(Invalid, match="按现行规定本案保管期限为5年"):
        ready.file(retention_years=3)
    ready.file(retention_years=30)
    assert {v.keep_until.year for v in ready.volumes()} == {2056}


def test_a_file_is_filed_once(ready):
    ready.file()
    with pytest.raises(Refused):
        ready.file()
    assert len(ready.volumes()) == 2
    again = replace_columns(ready.volumes()[0])
    with pytest.raises(DBAPIError), ready.world.sessions.begin() as session:
        session.execute(insert(Volume).values(again))


def replace_columns(volume):
    columns = {column.key: getattr(volume, column.key) for column in Volume.__mapper__.column_attrs}
    return {**columns, "id": new_id()}


# --- protection


def test_the_database_itself_keeps_what_was_filed(ready):
    ready.file()
    for change in (update(Volume).values(keep_until=None), delete(VolumePaper), delete(Volume)):
        with pytest.raises(DBAPIError, match="append-only"), ready.world.sessions.begin() as session:
            session.execute(change)
    with ready.world.sessions() as session:
        assert journal.verify(session, ready.case) == []


def test_nobody_writes_to_a_filed_case_any_more(ready):
    desk = ready.office  # noqa: F811
    home = f"/subjects/{ready.case}"
    desk.log_in("mediator")
    before = desk.post(f"{home}/notes", {"text": "归档前写的记录"}, at=home)
    assert before.status_code == 303
    hidden = desk.form(home)
    ready.file()
    refused = desk.client.post(f"{home}/notes", data={**hidden, "_key": str(new_id()), "text": "归档后的"})
    assert refused.status_code == 409
    assert "已于2026年" in refused.text
    assert "补充归档" in refused.text
    sent = {"text": "打了电话", "way": "phone", "result": "reached", "whom": "other"}
    assert "不再改动" in desk.post(f"{home}/contacts/new", sent).text
    assert ready.world.read(select(Note.text).where(Note.text == "归档后的")) == []


def test_the_page_of_a_filed_case_offers_nothing_that_is_refused(ready):
    desk = ready.office  # noqa: F811
    home = f"/subjects/{ready.case}"
    desk.log_in("mediator")
    ways = [f'action="{home}/notes"', *(f'href="{home}/{way}/new"' for way in ("contacts", "evidence", "sittings"))]
    page = desk.get(home).text
    assert [way for way in ways if way not in page] == [] and "案卷已归档，不再改动" not in page
    sent = {"starts_at": f"{ready.world.clock.today + timedelta(days=3)}T10:00", "place": "第一调解室"}
    hidden, before = desk.form(f"{home}/sittings/new"), ready.world.read(select(Sitting.id))
    ready.file()
    page = desk.get(home).text
    assert [way for way in ways if way in page] == [] and "案卷已归档，不再改动" in page
    refused = desk.client.post(f"{home}/sittings/new", data={**hidden, **sent})
    assert refused.status_code == 409 and "补充归档" in refused.text
    assert ready.world.read(select(Sitting.id)) == before


@pytest.mark.parametrize(("kind", "trigger"), [("session_minutes", "void"), ("failure_opinion", "supersede")])
def test_a_filed_record_is_neither_voided_nor_replaced(ready, kind, trigger):
    office, record = ready.office, ready.world.record(ready.case, kind)
    ready.file()
    office.log_in("head")
    path = f"/subjects/{record.id}/transitions/{trigger}"
    refused = office.post(path, {"reason": "日期写错"}, at=path)
    assert refused.status_code == 409
    assert "归档，不再改动" in refused.text
    after = ready.world.record(ready.case, kind)
    assert (after.state, after.ended_because) == (record.state, "")


@pytest.mark.parametrize(("kind", "trigger"), [("session_minutes", "void"), ("failure_opinion", "supersede")])
def test_until_it_is_filed_the_same_record_can_be_ended(ready, kind, trigger):
    office, record = ready.office, ready.world.record(ready.case, kind)
    office.log_in("head")
    path = f"/subjects/{record.id}/transitions/{trigger}"
    answer = office.post(path, {"reason": "日期写错"}, at=path)
    if trigger == "supersede":  # what the new one will say otherwise is read first
        seen = re.search(r'name="_seen" value="(\w+)"', answer.text)[1]
        answer = office.post(path, {"reason": "日期写错", "_seen": seen}, at=path)
    assert answer.status_code == 303
    assert ready.world.read(select(Record.ended_because).where(Record.id == record.id)) == ["日期写错"]


@pytest.mark.parametrize(
    ("trigger", "form", "who"), [("sign", Sign(signer="mediator"), "mediator"), ("seal", Seal(), "keeper")]
)
def test_a_filed_record_is_not_signed_or_sealed_again(ready, trigger, form, who):
    record = ready.world.record(ready.case, "failure_opinion")
    ready.file()
    with pytest.raises(Refused, match="归档，不再改动"):
        ready.world.act(record.id, trigger, form, who)
    assert ready.world.record(ready.case, "failure_opinion").state == record.state


@pytest.mark.parametrize(
    ("trigger", "who"), [("sign", "mediator"), ("seal", "keeper"), ("supersede", "head"), ("void", "head")]
)
def test_whatever_a_form_says_a_filed_record_answers_that_it_is_filed(ready, trigger, who):
    """409, not 422: an empty form is not asked for what would be refused anyhow."""
    office, record = ready.office, ready.world.record(ready.case, "failure_opinion")
    path = f"/subjects/{record.id}/transitions/{trigger}"
    office.log_in(who)
    before = office.post(path, {}, at=path)
    ready.file()
    refused = office.post(path, {}, at=path)
    assert refused.status_code == 409
    assert "归档，不再改动" in refused.text
    assert "归档，不再改动" not in before.text
    assert ready.world.record(ready.case, "failure_opinion").state == record.state


def test_the_page_of_a_filed_record_offers_no_correction(ready):
    office, record = ready.office, ready.world.record(ready.case, "failure_opinion")
    step = f'href="/subjects/{record.id}/transitions/supersede"'
    office.log_in("head")
    assert step in office.get(f"/records/{record.id}").text
    ready.file()
    page = office.get(f"/records/{record.id}").text
    assert step not in page
    assert "归档，不再改动" in page


def test_a_filed_record_is_still_handed_over_and_its_receipt_is_a_later_paper(ready):
    ready.file()
    ready.serve_with_receipt()
    with ready.world.sessions() as session:
        assert [paper.source for paper in archive.open_papers(session, ready.case)] == ["scan"]


def test_no_file_is_destroyed_before_an_approved_schedule_and_its_term(ready):
    ready.file()
    world = ready.world
    with world.sessions() as session:
        said = [r.sentence for r in archive.reasons_to_keep(session, ready.case, world.clock.today)]
    assert "任何案卷都不得销毁" in said[0]
    assert "尚未届满" in said[1]
    with world.sessions.begin() as session:
        number = {"value": "朝档〔2026〕5号"}
        session.add(
            Setting(key="filing.schedule", value=number, valid_from=world.clock.today, entered_at=world.clock.now)
        )
    with world.sessions() as session:
        until = ready.volumes()[0].keep_until
        later = [r.sentence for r in archive.reasons_to_keep(session, ready.case, until.replace(year=until.year + 1))]
    assert len(later) == 1
    assert "鉴定" in later[0]


# --- later papers


def test_a_later_paper_goes_into_a_supplement_and_the_file_stays_as_it_was(ready, fonts):  # noqa: F811
    desk = ready.office  # noqa: F811
    ready.file()
    ready.relay()
    before = ready.copy("main")
    desk.log_in("archivist")
    path = f"/subjects/{ready.case}/archive/supplement"
    empty = desk.post(path, {"reason": "没有材料"})
    assert empty.status_code == 422
    assert "没有尚未归档的材料" in empty.text
    files = {"files": ("裁决书.png", WIDE.getvalue(), "image/png")}
    sent = desk.client.post(
        path, data={**desk.form(path), "reason": "仲裁裁决送达"}, files=files, follow_redirects=False
    )
    assert sent.status_code == 303, sent.text[:2000]
    ready.relay()
    assert [(v.part, v.supplement) for v in ready.volumes()] == [("main", 0), ("side", 0), ("main", 1)]
    assert ready.copy("main") == before
    assert "001 裁决书.png" in inside(ready.copy("main", 1))
    assert archive.SUPPLEMENTED in ready.world.read(select(JournalEntry.trigger))


# --- who reads what


def test_a_party_reads_the_main_file_and_never_the_side_file(ready, fonts):  # noqa: F811
    ready.file()
    ready.relay()
    party = ready.world.party(ready.case, "applicant").id
    with ready.world.sessions() as session:
        root = session.get_one(Subject, ready.case)
        worker = participant_actor(session, ready.case, party)
        at = ready.world.clock.now
        assert can(session, worker, "archive.view", root, at=at)
        assert not can(session, worker, "archive.side", root, at=at)
        assert not can(session, replace(worker, id=new_id()), "archive.view", root, at=at)
        assert can(session, ready.world.actor(session, "archivist"), "archive.side", root, at=at)


def test_a_paper_of_the_side_file_is_not_there_for_who_may_read_the_main_file_alone(ready, fonts):  # noqa: F811
    desk = ready.office  # noqa: F811
    ready.relay()
    open_record, aside = (ready.world.record(ready.case, kind).id for kind in ("session_minutes", "side_minutes"))
    desk.log_in("keeper")  # reads records, in order to seal them
    assert desk.get(f"/records/{open_record}/file").status_code == 200
    assert [desk.get(f"/records/{aside}{what}").status_code for what in ("", "/file")] == [404, 404]
    desk.log_in("mediator")
    assert desk.get(f"/records/{aside}/file").status_code == 200


def test_taking_a_copy_is_written_down_and_others_get_nothing(ready, fonts):  # noqa: F811
    desk = ready.office  # noqa: F811
    ready.file()
    main = ready.volumes()[0]
    desk.log_in("archivist")
    home = f"/subjects/{ready.case}/archive"
    token = {"_csrf": desk.form(f"/subjects/{ready.case}/archive/supplement")["_csrf"]}
    assert desk.client.post(f"{home}/{main.id}", data=token).status_code == 404, "not made yet"
    ready.relay()
    answer = desk.client.post(f"{home}/{main.id}", data=token)
    assert answer.content == ready.copy("main")
    assert "attachment" in answer.headers["content-disposition"]
    assert desk.client.post(f"{home}/{new_id()}", data=token).status_code == 404
    assert "SHA-256" in desk.get(home).text
    assert "办案记录" in desk.get(home).text
    taken = select(JournalEntry.trigger).where(JournalEntry.trigger == archive.TAKEN)
    assert len(ready.world.read(taken)) == 1
    desk.log_in("keeper")
    assert desk.get(home).status_code == 404, "the seal keeper has no business in the archive"


def test_the_archivist_sees_what_is_ready_and_what_is_kept_until_when(ready):
    desk = ready.office  # noqa: F811
    desk.log_in("archivist")
    number = ready.world.case(ready.case).number
    assert number in desk.get("/archive").text
    assert number not in desk.get("/archive?view=filed").text
    ready.file()
    assert number not in desk.get("/archive").text
    listed = desk.get("/archive?view=filed").text
    assert number in listed
    assert "2031-12-31" in listed
    assert "任何案卷都不得销毁" in listed
    desk.log_in("keeper")
    assert desk.get("/archive").status_code == 404


# --- the copy under examination


def dropped(ready, content):
    """What the public page says of a file."""
    office = ready.office
    office.client.cookies.clear()
    files = {"file": ("卷.pdf", content, "application/pdf")}
    return re.search(
        r'role="status">(.*?)</div></div>', office.post("/verify/file", {}, at="/verify", files=files).text, re.S
    )[1]


def changed(pdf, change):
    with pikepdf.open(BytesIO(pdf)) as document:
        change(document)
        out = BytesIO()
        document.save(out)
    return out.getvalue()


def test_the_copy_of_a_volume_is_genuine_with_every_original_in_it_and_names_nobody(ready, fonts):  # noqa: F811
    ready.file()
    ready.relay()
    for part, label in (("main", "正卷"), ("side", "副卷")):
        said = dropped(ready, ready.copy(part))
        assert f"真实：案卷副本（{label}）" in said
        assert ready.world.case(ready.case).number in said
        assert "王建国" not in said
    records = [name for name in inside(ready.copy("main")) if name.endswith(".pdf") and name[:3].isdigit()]
    assert f"其中本单位文书 {len(records)} 件逐件核验为真实" in dropped(ready, ready.copy("main"))


def test_an_altered_copy_is_altered_and_tells_which_originals_still_stand(ready, fonts):  # noqa: F811
    ready.file()
    ready.relay()
    whole = ready.copy("main")
    count = sum(name[:3].isdigit() for name in inside(whole))
    turned = dropped(ready, changed(whole, lambda document: document.pages[0].rotate(90, relative=True)))
    assert "已改动：文件标明是案卷副本（正卷）" in turned
    assert f"所附文件中有 {count} 件仍与登记的原件一致" in turned

    def exchange(document):
        name = next(name for name in document.attachments if "考勤照片" in name)
        document.attachments[name] = pikepdf.AttachedFileSpec(document, PNG + b"forged", filename=name)

    assert f"所附文件中有 {count - 1} 件仍与登记的原件一致" in dropped(ready, changed(whole, exchange))
    assert "已改动" in dropped(ready, whole + b"\n")


def test_a_copy_whose_record_was_tampered_with_in_the_register_is_not_genuine(ready, fonts):  # noqa: F811
    ready.file()
    ready.relay()
    assert "真实" in dropped(ready, ready.copy("main"))
    record = ready.world.record(ready.case, "acceptance_notice")
    with ready.world.sessions.begin() as session:
        session.execute(update(Record).where(Record.id == record.id).values(data_sha256="0" * 64))
    assert "已改动：案卷副本（正卷）" in dropped(ready, ready.copy("main"))
