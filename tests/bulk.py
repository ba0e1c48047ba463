"""A district with very many cases, written by COPY and INSERT SELECT: only for measuring and for looking at query plans.

Nothing here went through a step, so no history verifies; what lists, queue and search read is as a step would leave it.
"""

import random
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.database import Database
from casework.desk import search
from tests.conftest import Clock
from union import passwords
from union.access import grant
from union.organisations import Organisation
from union.people import RosterEntry, Staff
from union.privacy import normalise_name
from union.roles import ARCHIVIST, INTAKE, MEDIATOR, ORG_HEAD
from workflows.calendar_table import fill
from workflows.tables import NO_DUE

PASSWORD = "correct horse battery staple"
SINCE = date(2014, 1, 1)
STATIONS = 91  # 43 streets and townships, 48 stations
MEDIATORS_EACH = 3
OPEN_SHARE = 0.02
OPEN_STATES = ("received", "seeking_consent", "accepted", "assigned", "in_mediation", "agreement_drafted")
ASSIGNED = ("assigned", "in_mediation", "agreement_drafted")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂梅玉龙文辉力建国华志红海燕小春雪冬冰亮云飞鹏宇浩然子轩梓涵诗琪"
PLACES = ("望京", "酒仙桥", "三里屯", "呼家楼", "大屯", "亚运村", "太阳宫", "麦子店", "左家庄", "安贞", "劲松", "常营")
TRADES = ("餐饮管理", "物业服务", "科技", "商贸", "物流", "建筑劳务", "文化传媒", "家政服务", "保安服务", "教育咨询")
BATCH = 20_000


@dataclass(frozen=True, slots=True)
class District:
    """Who works there: accounts by part, and the moment at which everything stands."""

    head: str  # of one station
    leader: str  # of the whole district
    intake: str
    mediator: str
    mediator_id: uuid.UUID
    station_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class _Place:
    id: uuid.UUID
    mediators: list[uuid.UUID]


def populate(database: Database, clock: Clock, cases: int) -> District:
    """The district with its people through the models, its cases by COPY; then statistics as autovacuum would keep them."""
    places, district = _people(database, clock)
    with psycopg.connect(_libpq(database), autocommit=True) as connection:
        _load(connection, clock, places, cases)
    return district


def _people(database: Database, clock: Clock) -> tuple[list[_Place], District]:
    hashed = passwords.hash_password(PASSWORD)
    places: list[_Place] = []
    with database.sessions.begin() as session:
        fill(session, clock.now)
        federation = Organisation(name="朝阳区总工会", level="district", kind="federation", valid_from=SINCE)
        session.add(federation)
        session.flush()
        leader = _staff(session, "leader", "郑宏", federation, (ORG_HEAD, ARCHIVIST), hashed)
        for number in range(STATIONS):
            station = Organisation(
                name=f"第{number}工会服务站", level="street", kind="station", parent=federation, valid_from=SINCE
            )
            station.legal_basis = "township_street"
            session.add(station)
            session.flush()
            places.append(
                _Place(
                    station.id,
                    [
                        _staff(session, f"mediator-{number}-{n}", f"周{GIVEN[n]}", station, (MEDIATOR,), hashed).id
                        for n in range(MEDIATORS_EACH)
                    ],
                )
            )
            if number == 0:
                _staff(session, "head", "周敏", station, (ORG_HEAD, INTAKE), hashed)
                _staff(session, "intake", "林晓", station, (INTAKE,), hashed)
        assert leader.id
    return places, District("head", "leader", "intake", "mediator-0-0", places[0].mediators[0], places[0].id)


def _staff(session: Session, account: str, name: str, place: Organisation, roles: Iterable[Any], hashed: str) -> Staff:
    staff = Staff(name=name, account=account, organisation_id=place.id, password_hash=hashed)
    session.add(staff)
    session.flush()
    for role in roles:
        grant(session, staff.id, role, place.id, SINCE)
    session.add(RosterEntry(staff_id=staff.id, number="1", valid_from=SINCE))
    return staff


# --- the cases


@dataclass(slots=True)
class Case:
    """One case as the lists know it."""

    number: int
    id: uuid.UUID
    place: _Place
    mediator: uuid.UUID
    state: str
    opened: datetime
    due: date
    worker: str
    firm: str
    phone: str

    @property
    def open(self) -> bool:
        return self.state != "archived"

    @property
    def called(self) -> str:
        return f"朝工调〔{self.opened.year}〕{self.number:06d}号"

    @property
    def title(self) -> str:
        return f"{self.worker}与{self.firm}"


def cases(clock: Clock, places: list[_Place], count: int) -> Iterator[Case]:
    """The newest ``OPEN_SHARE`` are open; who, where and what is drawn from a fixed seed."""
    drawn = random.Random(20260302)
    begin = datetime(2014, 1, 6, 1, tzinfo=UTC)
    apart = (clock.now - begin) / count
    firms = [
        f"北京{drawn.choice(PLACES)}{drawn.choice(GIVEN)}{drawn.choice(GIVEN)}{drawn.choice(TRADES)}有限公司"
        for _ in range(max(20, min(20_000, count // 20)))
    ]
    still_open = int(count * (1 - OPEN_SHARE))
    for number in range(count):
        opened = begin + apart * number
        place = places[drawn.randrange(len(places))]
        state = drawn.choice(OPEN_STATES) if number >= still_open else "archived"
        yield Case(
            number,
            _id(opened, drawn),
            place,
            drawn.choice(place.mediators),
            state,
            opened,
            clock.today + timedelta(days=drawn.randrange(-5, 30)) if state != "archived" else NO_DUE,
            drawn.choice(SURNAMES) + "".join(drawn.choices(GIVEN, k=drawn.choice((1, 2, 2)))),
            drawn.choice(firms),
            f"{drawn.randrange(10_000):04d}",
        )


def _id(moment: datetime, drawn: random.Random) -> uuid.UUID:
    value = (int(moment.timestamp() * 1000) << 80) | drawn.getrandbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    return uuid.UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


COPIES: dict[str, tuple[str, ...]] = {
    "subjects": (
        *("id", "root_id", "kind", "workflow", "definition_version", "state", "version", "number", "title"),
        *("organisation_id", "opened_on", "closed_on", "due_on", "to_do", "urgent"),
    ),
    "timers": (
        *("id", "subject_id", "root_id", "deadline", "item", "status", "period", "starts_on", "nominal_due"),
        *("effective_due", "calendar_status", "calendar_version", "extensions", "paused_days", "hard", "alerted"),
    ),
    "assignments": ("id", "root_id", "staff_id", "part", "valid_from", "reason"),
    "case_parties": (
        *("id", "case_id", "side", "kind", "capacity", "name", "name_key", "id_number_index", "joined_on", "consent"),
        *("sex", "member_number", "job", "legal_representative", "is_representative", "election_proof", "standing"),
        *("agent_name", "agent_authority", "consent_way", "first_agreed", "e_sign_consent", "e_service_consent"),
    ),
    "search_texts": ("root_id", "text", "summary", "updated_at"),
    "search_terms": ("gram", "root_id"),
}
PERIOD = '{"kind": "days", "count": 15}'
HISTORY = """
INSERT INTO journal (root_id, seq, subject_id, workflow, definition_version, trigger, from_state, to_state, occurred_on,
                     recorded_at, actor_id, actor_role, handler_id, organisation_id, commitment, previous, hash)
SELECT s.id, n, s.id, 'mediation', 1, CASE n WHEN 1 THEN 'register' ELSE 'note' END,
       CASE n WHEN 1 THEN 'new' ELSE 'received' END, 'received', s.opened_on, s.opened_on, a.staff_id, 'mediator',
       a.staff_id, s.organisation_id, repeat('0', 64), repeat('0', 64), repeat('0', 64)
  FROM subjects s JOIN generate_series(1, 4) n ON true
  LEFT JOIN assignments a ON a.root_id = s.id
 WHERE s.kind = 'mediation'
"""
TIES = """
INSERT INTO former_employers (id, staff_id, name, name_key, valid_from)
SELECT gen_random_uuid(), s.id, p.name, p.name_key, DATE '2014-01-01'
  FROM staff s, (SELECT name, name_key FROM case_parties WHERE kind = 'organisation' ORDER BY case_id LIMIT 1) p
 WHERE s.account IN ('mediator-0-0', 'head')
"""  # whoever asks keeps out of some cases: those of an employer of earlier years


def _load(connection: psycopg.Connection[Any], clock: Clock, places: list[_Place], count: int) -> None:
    """Batch by batch into tables whose indexes are put aside and built again at the end."""
    shelved = _shelve_indexes(connection)
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for case in cases(clock, places, count):
        for table, row in _rows_of(case, clock):
            rows.setdefault(table, []).append(row)
        if len(rows["search_texts"]) >= BATCH:
            _copy(connection, rows)
    _copy(connection, rows)
    connection.execute("ALTER TABLE journal DISABLE TRIGGER USER")
    connection.execute(HISTORY)
    connection.execute("ALTER TABLE journal ENABLE TRIGGER USER")
    for statement in shelved:
        connection.execute(statement)
    connection.execute(TIES)
    connection.execute("VACUUM ANALYZE")


def _rows_of(case: Case, clock: Clock) -> Iterator[tuple[str, tuple[Any, ...]]]:
    closed = None if case.open else (case.opened + timedelta(days=20)).date()
    place, on = case.place.id, case.opened.date()
    yield (
        "subjects",
        (
            *(case.id, case.id, "mediation", "mediation", 1, case.state, 4, case.called, case.title),
            *(place, on, closed, case.due, case.open, ""),
        ),
    )
    record = uuid.UUID(int=case.id.int ^ 1)
    waits = case.state == "agreement_drafted"
    yield (
        "subjects",
        (
            *(record, case.id, "record", "record", 1, "awaiting_seal" if waits else "sealed", 1, None, "受理通知书"),
            *(place, on, None if waits else on, NO_DUE, waits, ""),
        ),
    )
    if case.open:
        ends = (PERIOD, on, case.due, case.due, "official", 1, "[]", 0, True, "[]")
        timer = uuid.UUID(int=case.id.int ^ 2)
        yield "timers", (timer, case.id, case.id, "mediation_term", "", "running", *ends)
    if not case.open or case.state in ASSIGNED:
        yield "assignments", (uuid.UUID(int=case.id.int ^ 3), case.id, case.mediator, "handler", on, "")
    worker, firm = uuid.UUID(int=case.id.int ^ 4), uuid.UUID(int=case.id.int ^ 5)
    said = ("agreed", "", "", "", "", False, "", "", "", "", "", True, False, False)
    person = ("applicant", "person", "worker", case.worker, _key(case.worker), case.id.hex)
    organisation = ("respondent", "organisation", "employer", case.firm, _key(case.firm), None)
    yield "case_parties", (worker, case.id, *person, on, *said)
    yield "case_parties", (firm, case.id, *organisation, on, *said)
    text, grams = _words(case)
    yield "search_texts", (case.id, text, f"{case.title} · 劳动报酬 8,600.00元", case.opened)
    yield "search_terms", ("".join(f"{gram}\t{case.id}\n" for gram in grams),)


def _words(case: Case) -> tuple[str, set[str]]:
    """What ``search.index`` would keep, put together from parts that are read once each."""
    worker, firm = _read(case.worker), _read(case.firm)
    called, title = re.sub(r"\W", "", case.called), f"{worker.plain}与{firm.plain}"
    lines = (called, title, f"{worker.letters}y{firm.letters}", worker.text, firm.text, case.phone)
    head = f"{worker.plain}与{firm.plain[:1]}\n{worker.letters}y{firm.letters[:2]}"
    number = search.grams(f"{called}\n{case.phone}")
    return "\n".join(lines), worker.grams | firm.grams | number | search.grams(head)


@cache
def _key(name: str) -> str:
    return normalise_name(name)


@dataclass(frozen=True, slots=True)
class _Word:
    plain: str
    letters: str
    text: str
    grams: set[str]


@cache
def _read(word: str) -> _Word:
    text = search.normal([word])
    plain, _, letters = text.partition("\n")
    return _Word(plain, letters, text, search.grams(text))


def _copy(connection: psycopg.Connection[Any], rows: dict[str, list[tuple[Any, ...]]]) -> None:
    for table, columns in COPIES.items():
        if table in rows:
            with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                lines = rows.pop(table)
                copy.write("".join(row[0] for row in lines) if table == "search_terms" else "".join(map(_line, lines)))


def _line(row: tuple[Any, ...]) -> str:
    return "\t".join("\\N" if value is None else str(value).replace("\n", "\\n") for value in row) + "\n"


def _shelve_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Drop every index and constraint of the large tables; what makes them again, constraints last."""
    indexes, constraints = [], []
    for table in ("search_terms", "search_texts", "case_parties", "assignments", "timers", "subjects", "journal"):
        for name, kind, definition in connection.execute(
            "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE (conrelid = %(t)s::regclass OR confrelid = %(t)s::regclass) AND contype = 'f'",
            {"t": table},
        ).fetchall():
            owner = connection.execute(
                "SELECT conrelid::regclass FROM pg_constraint WHERE conname = %s", (name,)
            ).fetchone()
            if owner is not None and kind == "f":
                connection.execute(f"ALTER TABLE {owner[0]} DROP CONSTRAINT {name}")
                constraints.append(f"ALTER TABLE {owner[0]} ADD CONSTRAINT {name} {definition}")
        for name, definition, constraint in connection.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname FROM pg_index i "
            "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u') "
            "WHERE i.indrelid = %s::regclass",
            (table,),
        ).fetchall():
            if constraint is None:
                connection.execute(f"DROP INDEX {name}")
                indexes.append(definition)
            else:
                how = connection.execute(
                    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", (constraint,)
                ).fetchone()
                connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
                indexes.insert(0, f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {how and how[0]}")
    return [*indexes, *constraints]


def _libpq(database: Database) -> str:
    url = make_url(str(database.engine.url)).set(drivername="postgresql", password=database.engine.url.password)
    return url.render_as_string(hide_password=False)
