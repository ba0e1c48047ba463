"""One bit of a sealed file turned over: found by the signature but in named places, by the register everywhere.

Where the signature cannot see is said here, place by place; there nothing stands that a reader of the record sees.
"""

import hashlib
import logging
import random
import re
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from asn1crypto import cms
from litestar.testing import TestClient
from sqlalchemy import select

from documents import demo_seals, house, verify
from documents.printing import pdf_of
from documents.samples import ORGANISATION
from documents.signatures import Signature, found_in
from documents.tables import Record
from documents.verify import Verdict, examine
from tests.documents.test_seal import folder, printed, sealed  # noqa: F401 - fixtures
from tests.documents.test_verify import command  # noqa: F401 - a fixture
from tests.served import website

FLIPS = 300  # of each level, by the signature alone
THROUGH_THE_DOOR = 12  # of each level on each database, 48 in all: each costs a process of its own
REJECTED = {"已改动", "未知"}
WRITTEN_OTHERWISE = "a hexadecimal digit in the other case: the same byte"
ROOM = "the zeros that fill the room kept for the signature"
CARRIED = "a certificate carried beside the signature, which it does not sign"


@dataclass(frozen=True)
class Sealed:
    """A sealed file and the places in it that its newest signature does not cover."""

    content: bytes

    @property
    def hole(self) -> range:
        """The digits of the newest signature."""
        start = self.content.rindex(b"/Contents <") + len(b"/Contents <")
        return range(start, self.content.index(b">", start))

    @property
    def signature(self) -> bytes:
        return bytes.fromhex(self.content[self.hole.start : self.hole.stop].decode())

    @property
    def signed_to(self) -> int:
        first, before, second, after = map(
            int, re.findall(rb"/ByteRange \[ ?(\d+) (\d+) (\d+) (\d+)", self.content)[-1]
        )
        assert (first, before) == (0, self.hole.start - 1)
        return second + after

    def blind_at(self, position: int, flipped: bytes) -> str:
        """Why the signature cannot see that bit; empty where it must."""
        if position not in self.hole:
            return ""
        at = (position - self.hole.start) // 2
        if at >= len(self._parsed.dump()):
            return ROOM
        if flipped[position : position + 1].lower() == self.content[position : position + 1].lower():
            return WRITTEN_OTHERWISE
        return CARRIED if at in self._carried else ""

    @property
    def _parsed(self) -> cms.ContentInfo:
        return cms.ContentInfo.load(self.signature)

    @property
    def _carried(self) -> range:
        inside = self._parsed["content"]["certificates"].dump()
        start = self.signature.index(inside)
        return range(start, start + len(inside))

    def flipped(self, position: int, bit: int) -> bytes:
        changed = bytearray(self.content)
        changed[position] ^= 1 << bit
        return bytes(changed)

    def in_blind_places(self) -> dict[str, bytes]:
        """One flip in each place, of bits that leave a digit a digit."""
        digits = range(self.hole.start, self.hole.stop)
        letter = next(at for at in digits if chr(self.content[at]).isalpha())
        room = self.hole.start + 2 * len(self._parsed.dump())
        return {WRITTEN_OTHERWISE: self.flipped(letter, 5), ROOM: self.flipped(room + 9, 0)}


@pytest.fixture(params=["PAdES B-B", "PAdES B-LTA"])
def level(request) -> str:
    return request.param


def test_the_signature_alone_finds_every_flipped_bit_but_in_places_that_have_a_name(sealed, folder, level, caplog):  # noqa: F811
    """It never raises either: what damages the file so that nothing can read it is broken, or bears no seal."""
    caplog.set_level(logging.CRITICAL)
    file, lots = Sealed(sealed[level]), random.Random(300)
    assert file.signed_to == len(file.content), "nothing follows the newest signature"
    assert found_in(file.content, folder.roots).signature is Signature.INTACT  # the control
    missed = Counter()
    for position in lots.sample(range(len(file.content)), FLIPS):
        changed = file.flipped(position, lots.randrange(8))
        if found_in(changed, folder.roots).signature is Signature.INTACT:
            missed[file.blind_at(position, changed) or f"byte {position}"] += 1
    assert set(missed) <= {WRITTEN_OTHERWISE, ROOM, CARRIED}
    assert missed.total() < FLIPS // 8


def test_the_places_have_their_names_because_the_signature_does_not_see_them(sealed, folder, level):  # noqa: F811
    file = Sealed(sealed[level])
    for place, changed in file.in_blind_places().items():
        position = next(at for at, (a, b) in enumerate(zip(file.content, changed, strict=True)) if a != b)
        assert file.blind_at(position, changed) == place
        assert found_in(changed, folder.roots).signature is Signature.INTACT, place


@pytest.fixture
def registered(desk, kept, fonts, level, tmp_path) -> Sealed:
    """A notice in the register, sealed at that level."""
    seals = demo_seals.prepare(tmp_path / "seals")
    demo_seals.ensure_seal(seals, ORGANISATION)
    house.use(replace(house.house(), seals=seals.path, demo=level == "PAdES B-LTA"))
    desk.act(desk.begin(), "accept")
    with desk.sessions() as session:
        record_id = session.scalars(select(Record.id)).one()
    desk.seal(record_id)
    while desk.relay():
        pass
    with desk.sessions() as session:
        return Sealed(pdf_of(session.get_one(Record, record_id)))


@pytest.fixture
def dropped(registered, database, clock, tmp_path):
    """What the public page says, with its first word, of a file that is dropped on it by somebody who is not logged in."""
    with TestClient(website(database, clock, tmp_path)) as client:

        def drop(content):
            token = re.search(r'name="_csrf" value="([^"]+)"', client.get("/verify").text)[1]
            file = ("文书.pdf", content, "application/pdf")
            page = client.post("/verify/file", data={"_csrf": token}, files={"file": file})
            assert page.status_code == 200
            said = re.sub(r"<[^>]+>", "", re.search(r'"mb16" role="status">(.*?)</div></div>', page.text, re.S)[1])
            return re.match(r"\W*(\w+)", said)[1], page.text

        yield drop


def test_register_and_signature_together_let_no_flipped_bit_through_the_public_page(
    desk, registered, dropped, level, database
):
    """Where the signature is blind, only the register stands in the way."""
    lots = random.Random(f"{level} {database.engine.name}")
    flips = [
        registered.flipped(position, lots.randrange(8))
        for position in lots.sample(range(len(registered.content)), THROUGH_THE_DOOR)
    ]
    assert dropped(registered.content)[0] == "真实"  # the control
    assert {dropped(changed)[0] for changed in flips} <= REJECTED
    for place, changed in registered.in_blind_places().items():
        word, page = dropped(changed)
        assert (word, "本文件：签名完整" in page) == ("已改动", True), place
        with desk.sessions() as session:
            answer = examine(session, changed)
        assert (answer.verdict, answer.finding.signature) == (Verdict.ALTERED, Signature.INTACT), place


def test_were_the_flipped_file_in_the_register_the_signature_would_still_refuse_it(desk, registered):
    """The other half of the verdict: a store and a register that somebody wrote to do not make a file genuine."""
    position = registered.content.index(b"/Type")
    changed = registered.flipped(position + 1, 0)
    with desk.sessions.begin() as session:
        session.scalars(select(Record)).one().sealed_sha256 = hashlib.sha256(changed).hexdigest()
    with desk.sessions() as session:
        answer = examine(session, changed)
    assert answer.verdict is Verdict.ALTERED
    assert answer.finding.signature is not Signature.INTACT


def test_without_the_register_no_flipped_bit_is_called_genuine(registered, command, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setenv("CASEWORK_SEALS", str(tmp_path / "seals"))
    flips = registered.in_blind_places().values()
    assert {verify.examine_alone(changed).verdict for changed in flips} == {Verdict.UNCHECKED}
    lots = random.Random(1)
    positions = lots.sample(range(registered.hole.start), 3)
    assert Verdict.GENUINE not in {verify.examine_alone(registered.flipped(at, 3)).verdict for at in positions}
    assert [command(content) for content in (registered.content, *flips)] == [0, *[1] * len(flips)]
