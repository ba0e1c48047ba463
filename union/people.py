"""Persons, staff with their roles and rosters, declared relatives, leave and deputies (AB角)."""

import uuid
from datetime import date, datetime

from pypinyin import Style, lazy_pinyin
from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, validates

from union.dated import Dated
from union.privacy import COMPOUND_SURNAMES, Encrypted, Private, normal_phone, normalise_name
from workflows.tables import Base, new_id

SEXES = {"男": "男", "女": "女", "": "未说明"}
CERTIFICATE_KINDS = ("工会干部", "签约律师", "人民调解员")  # law.md §2.1
THREE_ADMINISTRATORS = ("system_admin", "security_admin", "auditor")


class Person(Private, Base):
    """A natural person, entered once; number, telephone, address and account are ciphertext at rest."""

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_name", "name"), Index("ix_people_name_initials", "name_initials"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100), index=True)
    name_pinyin: Mapped[str] = mapped_column(String(200))
    name_initials: Mapped[str] = mapped_column(String(40))
    sex: Mapped[str] = mapped_column(String(4), default="")
    born_on: Mapped[date | None]
    id_number = Encrypted(index="id_number")
    phone = Encrypted(index="phone", normal=normal_phone)
    address = Encrypted()
    bank_account = Encrypted(index="bank_account")
    bank_name: Mapped[str] = mapped_column(String(100), default="")
    member_number: Mapped[str | None] = mapped_column(String(40), index=True)
    created_at: Mapped[datetime]

    @validates("name")
    def _find_by_name(self, _: str, name: str) -> str:
        self.name_key = normalise_name(name)
        self.name_pinyin, self.name_initials = pinyin_key(name)[:200], initials(name)[:40]
        return name


class Staff(Private, Base):
    """Somebody who works here and logs in; what they may do is in their role grants."""

    __tablename__ = "staff"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100), index=True)
    name_pinyin: Mapped[str] = mapped_column(String(200))
    name_initials: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(60), default="")
    account: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    is_lawyer: Mapped[bool] = mapped_column(default=False)
    is_adult: Mapped[bool] = mapped_column(default=True)
    phone = Encrypted()  # where short messages reach them

    @validates("name")
    def _find_by_name(self, _: str, name: str) -> str:
        self.name_key = normalise_name(name)
        self.name_pinyin, self.name_initials = pinyin_key(name)[:200], initials(name)[:40]
        return name

    @validates("account")
    def _lower_case(self, _: str, account: str) -> str:
        return normal_account(account)


class RoleGrant(Base, Dated):
    """A role held by a staff member at one organisation from one date to another; granted by ``union.access.grant``."""

    __tablename__ = "role_grants"
    __table_args__ = (
        Index(
            "uq_role_grants_one_administrator",
            "staff_id",
            unique=True,
            sqlite_where=text("role IN ('system_admin', 'security_admin', 'auditor') AND valid_to IS NULL"),
            postgresql_where=text("role IN ('system_admin', 'security_admin', 'auditor') AND valid_to IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    ended_by: Mapped[uuid.UUID | None]
    ended_because: Mapped[str] = mapped_column(String(200), default="")


class RosterEntry(Base, Dated):
    """An entry of the roster of who may be given cases (名册), by which kind of standing."""

    __tablename__ = "roster_entries"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    number: Mapped[str] = mapped_column(String(60), default="")
    kind: Mapped[str] = mapped_column(String(40), default="")  # CERTIFICATE_KINDS
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Relative(Private, Base, Dated):
    """A relative declared by a staff member, so that a conflict is found before a case is assigned."""

    __tablename__ = "relatives"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100), index=True)
    relation: Mapped[str] = mapped_column(String(40))
    id_number = Encrypted(index="id_number")
    employer_key: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    @validates("name")
    def _find_by_name(self, _: str, name: str) -> str:
        self.name_key = normalise_name(name)
        return name


class FormerEmployer(Base, Dated):
    """Where a staff member worked before; a case against that employer is a conflict to be decided."""

    __tablename__ = "former_employers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    credit_code: Mapped[str | None] = mapped_column(String(18), index=True)
    left_on: Mapped[date | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    @validates("name")
    def _find_by_name(self, _: str, name: str) -> str:
        self.name_key = normalise_name(name)
        return name


class RelatedParty(Private, Base, Dated):
    """A person or an enterprise a staff member has another tie to: shares, debts, friendship; declared by that member."""

    __tablename__ = "related_parties"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))  # person organisation
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    id_number = Encrypted(index="id_number")
    credit_code: Mapped[str | None] = mapped_column(String(18), index=True)
    relation: Mapped[str] = mapped_column(String(100))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    @validates("name")
    def _find_by_name(self, _: str, name: str) -> str:
        self.name_key = normalise_name(name)
        return name


class Leave(Base, Dated):
    """Days on which a staff member is away and the deputy acts."""

    __tablename__ = "leaves"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    called_off: Mapped[bool] = mapped_column(default=False)
    called_off_because: Mapped[str] = mapped_column(String(200), default="")

    @classmethod
    def in_force(cls, day: date) -> ColumnElement[bool]:
        return and_(super().in_force(day), cls.called_off.is_(False))

    def holds_on(self, day: date) -> bool:
        return super().holds_on(day) and not self.called_off


class Deputy(Base, Dated):
    """The B角 who stands in for a staff member while that member is on leave."""

    __tablename__ = "deputies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    deputy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


def on_roster(session: Session, staff_id: uuid.UUID, day: date) -> bool:
    roster = select(RosterEntry.id).where(RosterEntry.staff_id == staff_id, RosterEntry.in_force(day))
    return session.scalars(roster).first() is not None


def on_leave(session: Session, staff_id: uuid.UUID, day: date) -> bool:
    return session.scalars(select(Leave.id).where(Leave.staff_id == staff_id, Leave.in_force(day))).first() is not None


def away_words(since: date, until: date | None) -> str:
    return f"{since.month}月{since.day}日{f'至{until.month}月{until.day}日' if until else '起'}休假"


def deputies_of(session: Session, staff_id: uuid.UUID, day: date) -> list[Staff]:
    """Who may stand in today, those on leave themselves excepted."""
    away = select(Leave.staff_id).where(Leave.in_force(day))
    wanted = (
        select(Staff)
        .join(Deputy, Deputy.deputy_id == Staff.id)
        .where(Deputy.staff_id == staff_id, Deputy.in_force(day), Staff.active, Staff.id.not_in(away))
    )
    return list(session.scalars(wanted.order_by(Staff.name_pinyin)))


def stands_in_for(session: Session, staff_id: uuid.UUID, day: date) -> frozenset[uuid.UUID]:
    """Whose work falls to this staff member today: those on leave whose deputy they are."""
    wanted = (
        select(Deputy.staff_id)
        .join(Leave, Leave.staff_id == Deputy.staff_id)
        .where(Deputy.deputy_id == staff_id, Deputy.in_force(day), Leave.in_force(day))
    )
    return frozenset(session.scalars(wanted))


def name_of(session: Session, actor_id: uuid.UUID | None) -> str:
    """The name of a staff member or of a party who acted; 系统 for the system, 他人 for somebody unknown."""
    if actor_id is None:
        return "系统"
    name = session.scalar(select(Staff.name).where(Staff.id == actor_id))
    return name or session.scalar(select(Person.name).where(Person.id == actor_id)) or "他人"


def find_people(session: Session, words: str, limit: int = 20) -> list[Person]:
    """By identity number, phone, member number, name, pinyin or initials."""
    key, name = words.strip(), normalise_name(words)
    if not name:
        return []
    pinyin = key.lower().replace(" ", "")
    found = or_(
        Person.id_number.equals(key),
        Person.phone.equals(key),
        Person.member_number == key,
        Person.name_key.startswith(name, autoescape=True),
        Person.name_pinyin.startswith(pinyin, autoescape=True),
        Person.name_initials == pinyin,
    )
    return list(session.scalars(select(Person).where(found).order_by(Person.name_pinyin, Person.id).limit(limit)))


def pinyin_key(name: str) -> str:
    """The sort and search key of a name: 单晓明 -> shanxiaoming."""
    return "".join(_syllables(name)).lower()


def initials(name: str) -> str:
    """The first letters: 单晓明 -> sxm."""
    return "".join(syllable[0] for syllable in _syllables(name) if syllable).lower()


def normal_account(account: str) -> str:
    return account.strip().lower()


def _syllables(name: str) -> list[str]:
    plain = normalise_name(name) if len(name) <= 4 else name
    surname = plain[:2] if plain[:2] in COMPOUND_SURNAMES else plain[:1]
    reading = SURNAME_READINGS.get(surname) if len(plain) <= 4 else None
    rest = lazy_pinyin(plain[len(surname) :] if reading else plain, style=Style.NORMAL, errors=_alphanumerics)
    return [*(reading or ()), *rest]


def _alphanumerics(other: str) -> str:
    return "".join(filter(str.isalnum, other))


SURNAME_READINGS = {
    "单": ("shan",),
    "仇": ("qiu",),
    "曾": ("zeng",),
    "解": ("xie",),
    "区": ("ou",),
    "查": ("zha",),
    "任": ("ren",),
    "朴": ("piao",),
    "盖": ("ge",),
    "乐": ("yue",),
    "缪": ("miao",),
    "翟": ("zhai",),
    "冼": ("xian",),
    "华": ("hua",),
    "宁": ("ning",),
    "覃": ("qin",),
    "员": ("yun",),
    "燕": ("yan",),
    "种": ("chong",),
    "黑": ("he",),
    "折": ("she",),
    "秘": ("bi",),
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
}
