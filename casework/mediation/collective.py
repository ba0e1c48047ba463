"""Ten or more workers: their list from a spreadsheet, joining two cases, and splitting off whoever goes another way."""

import hashlib
import io
import re
import uuid
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from string import ascii_letters
from typing import TYPE_CHECKING, Any, ClassVar
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy import select

from casework.desk import assignment
from casework.desk.evidence import carry_over
from casework.desk.tables import Link
from casework.mediation.kinds import CLAIM_KINDS
from casework.mediation.same_party import complete, same_party
from casework.mediation.tables import (
    CaseParty,
    Claim,
    ConflictWaiver,
    LimitationRestart,
    MediationCase,
    Referral,
    SettlementTerm,
    SpecialMatter,
    WorkerShare,
)
from union.access import can
from union.privacy import Implausible, check_bank_account, check_id_number, check_phone
from workflows import journal
from workflows.errors import Invalid
from workflows.form import Form, Step
from workflows.tables import Timer, new_id
from workflows.timers import take_over_extensions

if TYPE_CHECKING:
    from casework.mediation.forms.registration import ClaimIn, PartyIn

# --- the list of workers ---------------------------------------------------------------

HEADINGS: Mapping[str, str] = {
    "姓名": "name",
    "公民身份号码": "id_number",
    "身份证号": "id_number",
    "电话": "phone",
    "手机号": "phone",
    "岗位": "job",
    "入职日期": "hired_on",
    "离职日期": "left_on",
    "月工资": "monthly_wage",
    "请求类别": "claim_kind",
    "请求金额": "amount",
    "请求内容": "claim_title",
    "代表人": "is_representative",
    "银行账号": "account",
}
COLUMNS = (
    "姓名",
    "公民身份号码",
    "电话",
    "岗位",
    "入职日期",
    "离职日期",
    "月工资",
    "请求类别",
    "请求金额",
    "请求内容",
    "代表人",
    "银行账号",
)
FAULTS_SAID = 20
MOST_WORKERS = 2000
MOST_BYTES = 5_000_000
MOST_UNPACKED = 40_000_000
LAST_ROW, LAST_COLUMN = 10_000, 100
NOT_XLSX = "不能读取这个文件，请使用Excel的xlsx格式。"


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one row of the list, said as a person would."""

    row: int
    column: str
    sentence: str


@dataclass(slots=True)
class WorkerList:
    """What could be read, and every fault of every row; nothing is imported while there is a fault."""

    workers: list["PartyIn"] = field(default_factory=list)
    claims: list["ClaimIn"] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    def said(self) -> str:
        """Every fault by row, the first twenty in full."""
        told = [f"第{error.row}行：{error.sentence}" for error in self.errors[:FAULTS_SAID]]
        rest = len(self.errors) - len(told)
        return "".join(told) + (f"另有{rest}处。" if rest else "") + "改正后重新上传，尚未导入任何职工。"


class Unreadable(ValueError):
    """The file is no list of workers; the sentence says why."""


def read_workers(content: bytes, today: date) -> WorkerList:
    """The first sheet of an Excel file: a heading row, then one worker each; faults are collected, not raised."""
    rows = _sheet(content)
    columns = _columns(rows)
    found = WorkerList()
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        cells = {name: row[place] for place, name in columns.items() if place < len(row)}
        if any(str(cell).strip() for cell in cells.values()):
            _read_row(found, number, cells, seen, today)
    if not found.workers and not found.errors:
        raise Unreadable("名单中没有职工，第一行应为表头，其后每行一名职工。")
    return found


def _sheet(content: bytes) -> list[list[Any]]:
    if len(content) > MOST_BYTES:
        raise Unreadable("文件超过5MB，请拆分后导入。")
    try:
        book = CalamineWorkbook.from_filelike(_repacked(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=True)
    except (CalamineError, IndexError, OSError) as error:
        raise Unreadable(NOT_XLSX) from error
    if not rows:
        raise Unreadable("名单是空的。")
    if len(rows) - 1 > MOST_WORKERS:
        raise Unreadable(f"一次最多导入{MOST_WORKERS}名职工。")
    return rows


def _repacked(content: bytes) -> io.BytesIO:
    """The same workbook as we unpacked and measured it: Calamine makes room for every cell up to the farthest one,
    and ends the process where there is not that much memory; a header may lie about the size of a part."""
    packed, left = io.BytesIO(), MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as sent, zipfile.ZipFile(packed, "w") as kept:
            for name in dict.fromkeys(sent.namelist()):
                if not re.fullmatch(r"(\[Content_Types\]|(_rels|xl)/.*)\.(xml|rels)", name):
                    continue
                with sent.open(name) as part:
                    unpacked = part.read(left + 1)
                left -= len(unpacked)
                if left < 0:
                    raise Unreadable("文件解压后过大，请拆分后导入。")
                _refuse_far_cells(unpacked)
                kept.writestr(name, unpacked)
    # What zipfile and expat raise at a file that is none: NotImplementedError a packing unknown to them, RuntimeError a password.
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, NotImplementedError, RuntimeError, ValueError) as e:
        if isinstance(e, Unreadable):
            raise
        raise Unreadable(NOT_XLSX) from e
    packed.seek(0)
    return packed


def _refuse_far_cells(part: bytes) -> None:
    """Cells that hold something, by the places they name; where none is named they stand side by side."""
    for _, element in ElementTree.iterparse(io.BytesIO(part)):  # noqa: S314 - bounded, and expat refuses entity bombs
        tag = element.tag.rpartition("}")[2]
        if tag == "row":
            far = any(len(cell) for cell in element) and _number(element.get("r", "")) > LAST_ROW
            element.clear()
        elif tag == "c":
            place = element.get("r", "")
            row = place.lstrip(ascii_letters)
            letters = place.removesuffix(row)
            far = bool(len(element)) and (len(letters) > 2 or _place(letters) > LAST_COLUMN or _number(row) > LAST_ROW)
        else:
            continue
        if far:
            raise Unreadable(f"名单超出第{LAST_ROW}行或者第{LAST_COLUMN}列，删去多余的内容后重新上传。")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else LAST_ROW + 1 if text else 0


def _place(letters: str) -> int:
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - ord("A") + 1
    return place


def _columns(rows: Sequence[Sequence[Any]]) -> dict[int, str]:
    columns = {
        place: HEADINGS[str(cell).strip()] for place, cell in enumerate(rows[0]) if str(cell).strip() in HEADINGS
    }
    if "name" not in columns.values():
        raise Unreadable("第一行没有“姓名”一列，请按模板填写表头。")
    return columns


def _read_row(found: WorkerList, number: int, cells: Mapping[str, Any], seen: dict[str, int], today: date) -> None:
    from casework.mediation.forms.registration import ClaimIn, PartyIn

    reader = _Row(number, cells, today)
    name = reader.text("name", "姓名", required=True)
    id_number = reader.checked("id_number", "公民身份号码", lambda n: check_id_number(n, today))
    if id_number and id_number in seen:
        reader.fault("公民身份号码", f"与第{seen[id_number]}行的公民身份号码相同。")
    seen.setdefault(id_number, number)
    worker = PartyIn(
        name=name,
        id_number=id_number,
        phone=reader.checked("phone", "电话", check_phone),
        job=reader.text("job", "岗位", most=100),
        hired_on=reader.day("hired_on", "入职日期"),
        left_on=reader.day("left_on", "离职日期"),
        monthly_wage=reader.money("monthly_wage", "月工资"),
        account=reader.checked("account", "银行账号", check_bank_account),
        is_representative=reader.text("is_representative", "代表人") in ("是", "√", "1", "代表人"),
    )
    kind = reader.kind()
    amount = reader.money("amount", "请求金额")
    found.errors += reader.faults
    if reader.faults:
        return
    found.workers.append(worker)
    if kind:
        title = reader.text("claim_title", "请求内容")
        found.claims.append(ClaimIn(kind=kind, title=title, amount=amount, worker=len(found.workers) - 1))


class _Row:
    """One row, read cell by cell; what cannot be read is noted."""

    def __init__(self, number: int, cells: Mapping[str, Any], today: date) -> None:
        self.number, self.cells, self.today = number, cells, today
        self.faults: list[RowError] = []

    def fault(self, column: str, sentence: str) -> None:
        self.faults.append(RowError(self.number, column, sentence))

    def text(self, name: str, column: str, required: bool = False, most: int = 200) -> str:
        cell = self.cells.get(name, "")
        text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
        if required and not text:
            self.fault(column, f"{column}没有填写。")
        if len(text) > most:
            self.fault(column, f"{column}超过{most}字。")
        return text[:most]

    def checked(self, name: str, column: str, check: Any) -> str:
        text = self.text(name, column)
        try:
            return check(text) if text else ""
        except Implausible as problem:
            self.fault(column, str(problem))
            return ""

    def day(self, name: str, column: str) -> date | None:
        cell = self.cells.get(name, "")
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        text = str(cell).strip().replace("/", "-").replace(".", "-")
        if not text:
            return None
        try:
            parts = [int(part) for part in text.split("-")]
            return date(*parts)
        except (TypeError, ValueError):
            self.fault(column, f"{column}应为日期，例如2026-03-01。")
            return None

    def money(self, name: str, column: str) -> int | None:
        cell = str(self.cells.get(name, "")).strip().replace(",", "").replace("，", "").removesuffix("元")
        if not cell:
            return None
        try:
            fen = Decimal(cell) * 100
        except InvalidOperation:
            self.fault(column, f"{column}应为数字，以元填写。")
            return None
        if fen != fen.to_integral_value() or fen < 0 or fen > 10**15:
            self.fault(column, f"{column}应为不小于零、最多两位小数的金额。")
            return None
        return int(fen)

    def kind(self) -> str:
        label = self.text("claim_kind", "请求类别")
        if not label:
            return ""
        for kind in CLAIM_KINDS:
            if label in (kind.label, kind.id):
                return kind.id
        self.fault("请求类别", f"没有“{label}”这一请求类别。")
        return ""


# --- splitting -------------------------------------------------------------------------


class SplitOff(Form, kw_only=True):
    """The case split from another: it keeps receipt and acceptance dates, evidence and clocks."""

    by_itself: ClassVar[bool] = False  # opened only by a step of the case it is split from

    source_id: uuid.UUID
    parties: list[uuid.UUID] = []
    reason: str = ""

    def apply(self, step: Step) -> None:
        from casework.mediation.forms.registration import name_case
        from casework.mediation.numbers import case_number, registration_number

        source, case = step.session.get(MediationCase, self.source_id), step.subject
        assert isinstance(case, MediationCase)
        if source is None:
            raise Invalid("source_id", "没有找到来源案件。")
        for name in KEPT:
            setattr(case, name, getattr(source, name))
        case.way, case.split_from_id, case.correction_list = "split", source.id, []
        case.registration_number = registration_number(step.session, case.organisation_id, step.occurred_on)
        case.case_number = case_number(step.session, case.organisation_id, step.occurred_on)
        case.number = case.case_number
        step.session.flush()
        claims = _move_parties(step, source, case, set(self.parties))
        _copy_surroundings(step, source, case)
        _carry_limitation(step, source, case, claims)
        step.session.add(
            Link(
                from_id=source.id,
                to_id=case.id,
                kind="split",
                reason=self.reason[:300],
                by_id=step.actor.id,
                at=step.at,
            )
        )
        name_case(step, case)


KEPT = (
    "source",
    "grounds",
    "is_platform",
    "prior_arbitration",
    "workplace",
    "received_on",
    "corrected_on",
    "correction_requested_on",
    "accepted_on",
    "collective_since",
    "negotiation_requested_on",
    "negotiation_answered_on",
    "duplicates_seen",
)


def split_off(step: Step, parties: Sequence[uuid.UUID], reason: str) -> uuid.UUID:
    """Open a linked case for these parties of the case being worked on; the others stay."""
    from workflows.fire import open_subject

    applicants = {p.id for p in _parties(step, step.root_id) if p.side == "applicant"}
    leaving = set(parties)
    if not leaving or not leaving <= applicants:
        raise Invalid("parties", "选择要分出的职工。")
    if leaving == applicants:
        raise Invalid("parties", "不能把全部职工分出，至少留下一名。")
    form = SplitOff(source_id=step.root_id, parties=sorted(leaving, key=str), reason=reason.strip())
    named = hashlib.sha256("".join(map(str, form.parties)).encode()).hexdigest()[:16]
    opened = open_subject(
        step.session,
        "mediation",
        "split_off",
        form,
        by=step.actor,
        at=step.at,
        key=f"split:{step.root_id}:{named}",
        occurred_on=step.occurred_on,
        organisation_id=step.organisation_id,
    )
    take_over_extensions(step.session, step.root_id, opened.root_id, opened.seq)
    return opened.root_id


def unconfirmed(step: Step) -> list[uuid.UUID]:
    """The represented workers who have not confirmed the agreement."""
    confirmed = set(
        step.session.scalars(
            select(WorkerShare.party_id).where(
                WorkerShare.case_id == step.root_id, WorkerShare.confirmed_on.is_not(None)
            )
        )
    )
    workers = [p for p in _parties(step, step.root_id) if p.capacity == "worker" and p.side == "applicant"]
    return [w.id for w in workers if not w.is_representative and w.id not in confirmed]


def _parties(step: Step, case_id: uuid.UUID) -> list[CaseParty]:
    query = select(CaseParty).where(CaseParty.case_id == case_id, CaseParty.moved_to_id.is_(None))
    return list(step.session.scalars(query.order_by(CaseParty.id)))


def extended_days(step: Step, source: MediationCase) -> int:
    terms = ("mediation_term", "mediation_term_beside")
    extensions = step.session.scalars(
        select(Timer.extensions).where(Timer.subject_id == source.id, Timer.deadline.in_(terms))
    )
    return sum(extension["days"] for held in extensions for extension in held)


def _move_parties(
    step: Step, source: MediationCase, case: MediationCase, leaving: set[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Answers which claim here is which one there."""
    copied: dict[uuid.UUID, uuid.UUID] = {}
    claims: dict[uuid.UUID, uuid.UUID] = {}
    for party in _parties(step, source.id):
        if party.id not in leaving and party.side == "applicant":
            continue
        own = _copy(step, party, case)
        copied[party.id] = own.id
        if party.id in leaving:
            party.moved_to_id = case.id
            claims |= _carry_claims(step, party, own, case)
            _drop_terms(step, party)
    _carry_waivers(step, source, case, copied)
    step.session.flush()
    return claims


def _carry_waivers(
    step: Step, source: MediationCase, case: MediationCase, copied: Mapping[uuid.UUID, uuid.UUID]
) -> None:
    """What these very parties have said about a tie they go on saying in the case split off."""
    said = select(ConflictWaiver).where(
        ConflictWaiver.case_id == source.id,
        ConflictWaiver.party_id.in_(copied),
        ConflictWaiver.waived_by_id.in_(copied),
    )
    for waiver in step.session.scalars(said):
        own = {"party_id": copied[waiver.party_id], "waived_by_id": copied[waiver.waived_by_id]}
        step.session.add(_copied_row(waiver, case_id=case.id, **own))


def _copy(step: Step, party: CaseParty, case: MediationCase, keep_consent: bool = True) -> CaseParty:
    copied = CaseParty(
        case_id=case.id,
        **{name: getattr(party, name) for name in COPIED},
        **{name: getattr(party, name) for name in SEALED},
    )
    if not keep_consent:
        copied.consent, copied.consented_on, copied.first_agreed = "", None, False
    step.session.add(copied)
    step.session.flush()
    return copied


COPIED = tuple(
    column.key
    for column in CaseParty.__mapper__.column_attrs
    if column.key not in ("id", "case_id", "name_key", "moved_to_id") and not column.key.endswith(("_sealed", "_index"))
)


SEALED = tuple(
    column.key.removesuffix("_sealed") for column in CaseParty.__mapper__.column_attrs if column.key.endswith("_sealed")
)


def copy_parties(step: Step, source: MediationCase, case: MediationCase, keep_consent: bool) -> None:
    """Everybody of an earlier case with their claims and what befell the limitation of these, for a new one."""
    claims: dict[uuid.UUID, uuid.UUID] = {}
    for party in _parties(step, source.id):
        own = _copy(step, party, case, keep_consent)
        claims |= _carry_claims(step, party, own, case)
    claims |= _carry_loose_claims(step, source, case)
    step.session.flush()
    _carry_limitation(step, source, case, claims)


def _carry_claims(step: Step, party: CaseParty, own: CaseParty, case: MediationCase) -> dict[uuid.UUID, uuid.UUID]:
    """What this party still claims, into another case; what was withdrawn stays behind."""
    held = select(Claim).where(Claim.party_id == party.id, Claim.withdrawn_on.is_(None))
    return {claim.id: _copied_claim(step, claim, case, own) for claim in step.session.scalars(held)}


def _carry_loose_claims(step: Step, source: MediationCase, case: MediationCase) -> dict[uuid.UUID, uuid.UUID]:
    loose = select(Claim).where(Claim.case_id == source.id, Claim.party_id.is_(None), Claim.withdrawn_on.is_(None))
    return {claim.id: _copied_claim(step, claim, case, None) for claim in step.session.scalars(loose)}


def _copied_claim(step: Step, claim: Claim, case: MediationCase, party: CaseParty | None) -> uuid.UUID:
    copied = Claim(
        id=new_id(),
        case_id=case.id,
        party_id=party.id if party else None,
        **{
            name: getattr(claim, name)
            for name in ("kind", "title", "amount", "period_from", "period_to", "knew_on", "employment_ended_on")
        },
    )
    step.session.add(copied)
    return copied.id


def _carry_limitation(
    step: Step, source: MediationCase, case: MediationCase, claims: Mapping[uuid.UUID, uuid.UUID]
) -> None:
    """What restarted the limitation of the claims that go over, and what keeps it from running, holds there too."""
    for row in _restarts(step, source):
        if row.claim_id is None or row.claim_id in claims:
            own = claims[row.claim_id] if row.claim_id is not None else None
            step.session.add(LimitationRestart(case_id=case.id, claim_id=own, on=row.on, event=row.event))
    obstacles = select(SpecialMatter).where(SpecialMatter.case_id == source.id, SpecialMatter.kind == "limitation")
    for matter in step.session.scalars(obstacles):
        step.session.add(_copied_row(matter, case_id=case.id))
    step.session.flush()


def _restarts(step: Step, case: MediationCase) -> list[LimitationRestart]:
    counting = LimitationRestart.case_id == case.id, LimitationRestart.voided_on.is_(None)
    return list(step.session.scalars(select(LimitationRestart).where(*counting).order_by(LimitationRestart.id)))


def _drop_terms(step: Step, party: CaseParty) -> None:
    """What the agreement promises to a worker who leaves no longer counts for those who stay."""
    for term in step.session.scalars(select(SettlementTerm).where(SettlementTerm.party_id == party.id)):
        term.superseded_on = term.superseded_on or step.occurred_on


def _copy_surroundings(step: Step, source: MediationCase, case: MediationCase) -> None:
    """Who works on it, what was handed in, whom it was reported to, who referred it."""
    working = assignment.handlers(step.session, source.id, step.occurred_on)
    for part in sorted({handler.part for handler in working}):
        staff = [handler.staff_id for handler in working if handler.part == part]
        assignment.assign(step.session, case.id, staff, on=step.occurred_on, by=step.actor.id, part=part, reason="分案")
    told = select(SpecialMatter).where(SpecialMatter.case_id == source.id, SpecialMatter.kind == "authority")
    for matter in step.session.scalars(told):
        step.session.add(_copied_row(matter, case_id=case.id))
    came = select(Referral).where(Referral.case_id == source.id, Referral.direction == "in")
    for referral in step.session.scalars(came):
        step.session.add(_copied_row(referral, case_id=case.id))
    carry_over(step.session, source.id, case.id)
    step.session.flush()


def _copied_row(row: Any, **instead: Any) -> Any:
    names = [column.key for column in type(row).__mapper__.column_attrs if column.key != "id"]
    return type(row)(**{name: getattr(row, name) for name in names} | instead)


# --- joining ---------------------------------------------------------------------------


def join_into(step: Step, into_id: uuid.UUID, reason: str) -> None:
    """Bring the parties, claims and evidence of this case into another one, which records it in its history."""
    into = step.session.get(MediationCase, into_id)
    if into is None or not can(step.session, step.actor, "case.act", into, at=step.at):
        raise Invalid("into_id", "没有找到并入的案件，重新选择。")
    case = step.root
    assert isinstance(case, MediationCase)
    case.joined_into_id, case.end_reason, case.end_explanation = into.id, "joined", reason.strip()
    there = _parties(step, into.id)
    claims: dict[uuid.UUID, uuid.UUID] = {}
    for party in _parties(step, case.id):
        own = same_party(party, there)
        if own is None:
            own = _copy(step, party, into)
        else:
            complete(own, party)
        claims |= _carry_claims(step, party, own, into)
    claims |= _carry_loose_claims(step, case, into)
    step.session.flush()
    _restart_each(step, case, into, claims)
    carry_over(step.session, case.id, into.id)
    step.session.add(
        Link(
            from_id=case.id, to_id=into.id, kind="joined", reason=reason.strip()[:300], by_id=step.actor.id, at=step.at
        )
    )
    said = {"text": f"{case.number or case.title}并入本案：{reason.strip()}", "case": str(case.id)}
    journal.record(step.session, into.id, "joined_here", said, by=step.actor, at=step.at)


def _restart_each(step: Step, case: MediationCase, into: MediationCase, claims: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """What restarted the limitation here restarts it there for the claims brought along, and for no others."""
    for row in _restarts(step, case):
        for before, own in claims.items():
            if row.claim_id in (None, before):
                step.session.add(LimitationRestart(case_id=into.id, claim_id=own, on=row.on, event=row.event))
    step.session.flush()
