"""B-LTA: a seal is judged by what lies in its file, also when certificates have run out, and its time-stamp is renewed in time."""

from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select, update

from app.cli import main
from documents import demo_seals, house
from documents.house import House
from documents.printing import pdf_of
from documents.renewal import RENEW, promise_renewals
from documents.seal import SealFolder, SealOrder
from documents.sealing import provider
from documents.signatures import Level, Signature, found_in
from documents.tables import EarlierFile, Record
from documents.verify import Verdict, examine
from tests.documents.test_bit_flips import Sealed
from tests.documents.test_seal import validation_data
from tests.documents.test_verify import command  # noqa: F401 - a fixture
from tests.documents.verapdf import failed_checks
from workflows import journal
from workflows.tables import OutboxMessage

YEAR = timedelta(days=365)
BEGAN = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture
def authority(kept, monkeypatch):
    """An authority for ten years, whose seals and time-stamps last one; the house that seals with it."""
    folder = kept.root.parent / "seals"
    with time_machine.travel(BEGAN):
        demo_seals.prepare(folder)
    monkeypatch.setattr(demo_seals, "YEARS", YEAR)
    change_stamper(folder, BEGAN)
    house.use(House(store=kept.root, site="https://hy.example.cn", demo=True, seals=folder))
    provider.cache_clear()
    yield SealFolder(folder)
    provider.cache_clear()
    demo_seals.stamper.cache_clear()


def change_stamper(folder, now):
    """The time-stamp authority takes a new certificate of a year into use."""
    key, authority = demo_seals._opened(folder / f"{demo_seals.AUTHORITY}.p12")
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with time_machine.travel(now):
        stamp = demo_seals._certificate("时间戳", own.public_key(), key, authority, stamper=True)
    packed = demo_seals._packed(demo_seals.STAMPER, own, stamp, [authority])
    (folder / f"{demo_seals.STAMPER}.p12").write_bytes(packed)
    demo_seals.stamper.cache_clear()
    provider.cache_clear()


@pytest.fixture
def record(desk, authority, fonts):
    """A notice sealed at B-LTA on the first day."""
    desk.clock.set(BEGAN.year, BEGAN.month, BEGAN.day)
    desk.act(desk.begin(), "accept")
    at(desk, BEGAN)
    with desk.sessions() as session:
        made = session.scalars(select(Record)).one()
    desk.seal(made.id)
    at(desk, BEGAN)
    return made


def at(desk, day):
    """Let the relay work on that day."""
    desk.clock.set(day.year, day.month, day.day)
    with time_machine.travel(desk.clock.now):
        while desk.relay():
            pass


def renew(desk, day):
    desk.clock.set(day.year, day.month, day.day)
    with desk.sessions.begin() as session:
        promised = promise_renewals(session, desk.clock.now)
    at(desk, day)
    return promised


def now(desk, record):
    with desk.sessions() as session:
        return session.get(Record, record.id)


def by_itself(content, authority, day):
    with time_machine.travel(day):
        return found_in(content, authority.roots)


def test_all_a_seal_is_judged_by_lies_in_its_file(desk, record, authority):
    content = pdf_of(now(desk, record))
    found = by_itself(content, authority, BEGAN)
    assert (found.signature, found.level) == (Signature.INTACT, Level.B_LTA)
    with pikepdf.open(__import__("io").BytesIO(content)) as document:
        stored = document.Root.DSS
        assert len(stored.Certs) >= 3
        assert len(stored.CRLs) >= 1
        assert [str(f.V.Type) for f in document.Root.AcroForm.Fields] == ["/Sig", "/DocTimeStamp"]
    with desk.sessions() as session:
        assert "签章达到 PAdES B-LTA 级" in examine(session, content).sentence


def test_it_is_judged_by_that_after_the_certificate_of_the_seal_ran_out_where_a_plain_seal_is_not(
    desk, record, authority
):
    """The seal's certificate ends after a year; a stamp of the ninth month holds on."""
    plain = provider(house.house())
    plain.stamper = None
    with time_machine.travel(BEGAN):
        rendered = now(desk, record).pdf_sha256
        from documents.store import Store

        order = SealOrder("1", record.organisation_name, "", BEGAN)
        bare = plain.seal(Store(house.house().store).get(rendered), order)
    change_stamper(authority.path, BEGAN + 0.75 * YEAR)
    assert renew(desk, BEGAN + 0.75 * YEAR) == 1
    later = BEGAN + 1.5 * YEAR
    assert by_itself(bare, authority, BEGAN).level is Level.B_B
    assert by_itself(bare, authority, later).signature is Signature.STRANGER
    found = by_itself(pdf_of(now(desk, record)), authority, later)
    assert (found.signature, found.level) == (Signature.INTACT, Level.B_LTA)


def test_before_the_newest_stamp_ends_the_next_is_laid_over_it_and_the_file_before_stays_known(desk, record, authority):
    first = now(desk, record)
    before = pdf_of(first)
    assert renew(desk, BEGAN + timedelta(days=100)) == 0, "it lasts long enough"
    assert now(desk, record).sealed_sha256 == first.sealed_sha256
    day = BEGAN + timedelta(days=300)
    change_stamper(authority.path, day)
    assert renew(desk, day) == 1
    second = now(desk, record)
    after = pdf_of(second)
    assert after.startswith(before)
    assert second.sealed_sha256 != first.sealed_sha256
    assert second.stamp_until > first.stamp_until
    with desk.sessions() as session:
        earlier = session.scalars(select(EarlierFile)).one()
        assert (earlier.sha256, earlier.replaced_by) == (first.sealed_sha256, second.sealed_sha256)
        assert journal.verify(session, record.root_id) == []
        for content in (before, after):
            assert examine(session, content).verdict is Verdict.GENUINE
        assert "登记中另有续期后的文件" in examine(session, before).sentence
        assert "另有续期后的文件" not in examine(session, after).sentence
    late = BEGAN + 1.7 * YEAR
    assert by_itself(before, authority, late).signature is Signature.STRANGER
    assert by_itself(after, authority, late).signature is Signature.INTACT
    assert renew(desk, day) == 0, "once is enough"
    assert failed_checks({"renewed": after}) == {"renewed": []}


def test_nothing_follows_the_newest_stamp_and_what_is_laid_behind_it_is_seen_in_the_file_alone(desk, record, authority):
    """The data a stamp is validated with goes in before it: behind it nobody would have signed it."""
    day = BEGAN + timedelta(days=300)
    first = pdf_of(now(desk, record))
    change_stamper(authority.path, day)
    renew(desk, day)
    for content in (first, pdf_of(now(desk, record))):
        assert Sealed(content).signed_to == len(content)
        assert by_itself(content, authority, day).signature is Signature.INTACT  # the control
        assert by_itself(validation_data(content), authority, day).signature is Signature.BROKEN


def test_a_stamp_that_would_last_no_longer_is_not_taken_and_says_what_to_do(desk, record, authority):
    day = BEGAN + timedelta(days=300)
    assert renew(desk, day) == 1
    assert now(desk, record).sealed_sha256 == record_file(desk, record)
    with desk.sessions() as session:
        waiting = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == RENEW)).one()
        assert "时间戳服务的证书没有换新" in waiting.problem
        assert promise_renewals(session, desk.clock.now) == 0, "promised once, however often it is looked for"
    change_stamper(authority.path, day)
    with desk.sessions.begin() as session:
        session.execute(update(OutboxMessage).values(ready_at=desk.clock.now))
    at(desk, day)
    assert now(desk, record).stamp_until > (day + timedelta(days=300))


def record_file(desk, record):
    with desk.sessions() as session:
        assert session.scalars(select(EarlierFile)).all() == []
    return now(desk, record).sealed_sha256


# --- casework records renew


@pytest.fixture
def renew_command(record, command, authority, monkeypatch, capsys):  # noqa: F811
    """The operator types it on that day; its exit status, what it prints and what it complains of."""
    monkeypatch.setenv("CASEWORK_VAR", str(authority.path.parent))

    def typed(day):
        capsys.readouterr()
        with time_machine.travel(day):
            status = main(["records", "renew"])
        return status, *capsys.readouterr()

    return typed


def test_the_command_renews_what_ends_soon_at_once_and_nothing_twice(desk, record, authority, renew_command):
    first = record_file(desk, record)
    status, said, _ = renew_command(BEGAN + timedelta(days=100))
    assert (status, said.splitlines()[0]) == (0, "0 份文书的归档时间戳即将到期。")
    assert record_file(desk, record) == first
    day = BEGAN + timedelta(days=300)
    change_stamper(authority.path, day)
    status, said, complaints = renew_command(day)
    assert (status, complaints) == (0, "")
    assert said.splitlines()[0] == "1 份文书的归档时间戳即将到期。"
    assert said.splitlines()[-1] == "已完成 1 / 1，等待 0，未办成 0"
    second = now(desk, record)
    assert second.sealed_sha256 != first
    assert by_itself(pdf_of(second), authority, BEGAN + 1.7 * YEAR).level is Level.B_LTA
    assert renew_command(day)[1].splitlines()[0] == "0 份文书的归档时间戳即将到期。"
    assert now(desk, record).sealed_sha256 == second.sealed_sha256


def test_the_command_says_which_record_could_not_be_renewed_and_why(desk, record, renew_command):
    first = record_file(desk, record)
    status, _, complaints = renew_command(BEGAN + timedelta(days=300))
    assert status == 1
    assert complaints.startswith(f"{record.number}：时间戳服务的证书没有换新")
    assert record_file(desk, record) == first
