"""Federation, stations and units as one tree, what a mediation organisation may do, and the linkage partners."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, validates

from union.dated import Dated
from union.law import ARB_RULES, BJ_TUL, CPL, LDI1, LDMA, PMA
from union.people import initials, pinyin_key
from union.privacy import Encrypted, Private, normalise_name
from workflows.law import Citation, Policy
from workflows.tables import Base, new_id

LEVELS = {"city": "市", "district": "区", "street": "街道（乡镇）", "unit": "基层单位"}
KINDS = {
    "hotline": "12351职工服务热线",
    "federation": "总工会",
    "centre": "劳动争议调解中心",
    "station": "工会服务站",
    "enterprise": "企业",
    "institution": "机关、事业单位",
    "other": "其他",
}


class Organisation(Base, Dated):
    """A node of the tree city – district – street – unit; ``path`` holds the ids from the root to itself, '/'-joined."""

    __tablename__ = "organisations"
    __table_args__ = (Index("ix_organisations_path", "path"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    name_pinyin: Mapped[str] = mapped_column(String(400), default="")
    name_initials: Mapped[str] = mapped_column(String(100), default="")
    short_name: Mapped[str] = mapped_column(String(100), default="")
    level: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40), default="other")
    code: Mapped[str] = mapped_column(String(20), default="")  # distinguishes its number series, where several issue
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    path: Mapped[str] = mapped_column(String(400))
    credit_code: Mapped[str | None] = mapped_column(String(18), index=True)
    legal_basis: Mapped[str | None] = mapped_column(String(40))  # LEGAL_BASES; None: it does not mediate
    address: Mapped[str] = mapped_column(String(300), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")  # the published number of an office, no personal datum
    seal_name: Mapped[str] = mapped_column(String(100), default="")  # as engraved: 劳动争议调解专用章
    successor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"))  # merged into
    valid_from: Mapped[date] = mapped_column(default=date(2000, 1, 1))
    valid_to: Mapped[date | None]

    def __init__(self, *, parent: "Organisation | None" = None, **values: Any) -> None:
        if parent is None and values.get("parent_id"):
            raise TypeError("give the parent itself: the path is built from it")
        own_id = values.pop("id", None) or new_id()
        super().__init__(id=own_id, **values)
        if parent is not None:
            self.parent_id = parent.id
        self.path = f"{parent.path}/{own_id}" if parent is not None else str(own_id)

    @validates("name")
    def _find_by_name(self, _: str, name: str) -> str:
        self.name_key = normalise_name(name)
        self.name_pinyin, self.name_initials = pinyin_key(name)[:400], initials(name)[:100]
        return name

    @property
    def mediates(self) -> bool:
        return self.legal_basis is not None

    def remedy(self, remedy: "RemedyName") -> "Remedy":
        """What an agreement of this organisation opens; an organisation without a legal basis asks counsel."""
        return REMEDIES[self.legal_basis][remedy] if self.legal_basis else Remedy("needs_counsel", (COUNSEL,))

    def position_of(self, path: str) -> str:
        """Where the organisation at ``path`` stands seen from here: own, below, above, beside or elsewhere."""
        return position(self.path, path)


def position(seen_from: str, path: str) -> str:
    """own, below, above, beside (same parent) or elsewhere."""
    if path == seen_from:
        return "own"
    if path.startswith(f"{seen_from}/"):
        return "below"
    if seen_from.startswith(f"{path}/"):
        return "above"
    parent = seen_from.rpartition("/")[0]
    return "beside" if parent and path.rpartition("/")[0] == parent else "elsewhere"


def at_or_below(path: str) -> ColumnElement[bool]:
    return or_(Organisation.path == path, Organisation.path.startswith(f"{path}/"))


def path_of(session: Session, organisation_id: uuid.UUID | None) -> str | None:
    return session.scalar(select(Organisation.path).where(Organisation.id == organisation_id))


def place_under(session: Session, organisation: Organisation, parent: Organisation) -> None:
    """Move a node with everything below it; a node cannot stand under itself."""
    if position(organisation.path, parent.path) in ("own", "below"):
        raise ValueError("一个单位不能隶属于自己或者自己的下级。")
    before, after = organisation.path, f"{parent.path}/{organisation.id}"
    session.flush()
    for row in session.scalars(select(Organisation).where(Organisation.path.startswith(f"{before}/"))):
        row.path = after + row.path.removeprefix(before)
    organisation.parent_id, organisation.path = parent.id, after
    session.flush()


def find_by_credit_code(session: Session, code: str) -> Organisation | None:
    return session.scalars(select(Organisation).where(Organisation.credit_code == code)).first()


class Enterprise(Private, Base):
    """What the union knows of a unit as an employer; the row shares the id of its organisation."""

    __tablename__ = "enterprises"

    id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    legal_representative: Mapped[str] = mapped_column(String(100), default="")
    legal_representative_title: Mapped[str] = mapped_column(String(60), default="")
    contact_name: Mapped[str] = mapped_column(String(100), default="")
    contact_phone = Encrypted(index="phone")
    address: Mapped[str] = mapped_column(String(300), default="")
    industry: Mapped[str] = mapped_column(String(60), default="")
    ownership: Mapped[str] = mapped_column(String(40), default="")
    staff_count: Mapped[int | None]
    union_established_on: Mapped[date | None]

    @property
    def has_union(self) -> bool:
        return self.union_established_on is not None


RemedyName = Literal["payment_order", "direct_suit", "court_confirmation", "arbitration_review"]
REMEDY_LABELS: dict[RemedyName, str] = {
    "payment_order": "申请支付令",
    "direct_suit": "协议作为裁判根据、直接起诉",
    "court_confirmation": "申请司法确认",
    "arbitration_review": "申请仲裁审查",
}
COUNSEL = Policy("区总工会设立的调解组织不在调仲法第十条所列之内，能否适用须经法律顾问确认", "9-2")


@dataclass(frozen=True, slots=True)
class Remedy:
    """Whether an agreement opens this remedy: ``yes``, or ``needs_counsel`` until a lawyer has signed it off."""

    answer: Literal["yes", "needs_counsel"]
    law: tuple[Citation, ...]

    @property
    def open(self) -> bool:
        return self.answer == "yes"


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """On what a mediation organisation stands (org_legal_basis, law.md §3.1)."""

    id: str
    label: str
    law: Citation


LEGAL_BASES: tuple[LegalBasis, ...] = (
    LegalBasis("enterprise_committee", "企业劳动争议调解委员会", LDMA[10, 1, 1]),
    LegalBasis("peoples_mediation", "基层人民调解组织", LDMA[10, 1, 2]),
    LegalBasis("township_street", "乡镇、街道调解组织", LDMA[10, 1, 3]),
    LegalBasis("union_centre", "区总工会劳动争议调解中心", BJ_TUL[31, 2]),
)
BASIS, BASIS_DECIDES, NO_BASIS = "调解组织的设立依据", "决定调解协议有哪些救济途径。", "不是调解组织"
LEGAL_BASIS_BY_ID = {basis.id: basis for basis in LEGAL_BASES}

REMEDIES: dict[str, dict[RemedyName, Remedy]] = {
    "enterprise_committee": {
        "payment_order": Remedy("yes", (LDMA[16],)),
        "direct_suit": Remedy("yes", (LDI1[51],)),
        "court_confirmation": Remedy("yes", (CPL[205],)),
        "arbitration_review": Remedy("yes", (ARB_RULES[74],)),
    },
    "peoples_mediation": {
        "payment_order": Remedy("yes", (LDMA[16],)),
        "direct_suit": Remedy("yes", (LDI1[51],)),
        "court_confirmation": Remedy("yes", (CPL[205], LDI1[52], PMA[33])),
        "arbitration_review": Remedy("yes", (ARB_RULES[74],)),
    },
    "township_street": {
        "payment_order": Remedy("yes", (LDMA[16],)),
        "direct_suit": Remedy("yes", (LDI1[51],)),
        "court_confirmation": Remedy("yes", (CPL[205],)),
        "arbitration_review": Remedy("yes", (ARB_RULES[74],)),
    },
    "union_centre": {
        "payment_order": Remedy("needs_counsel", (COUNSEL, LDMA[16])),
        "direct_suit": Remedy("needs_counsel", (COUNSEL, LDI1[51])),
        "court_confirmation": Remedy("yes", (CPL[205],)),
        "arbitration_review": Remedy("yes", (ARB_RULES[74],)),
    },
}


class LinkagePartner(Base, Dated):
    """A body that refers matters to us or takes them over; the line-up differs by document and year (law.md §2.1)."""

    __tablename__ = "linkage_partners"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))  # LINKAGE_ROLES
    legal_basis: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    @property
    def role_label(self) -> str:
        return LINKAGE_ROLES.get(self.role, self.role)


LINKAGE_ROLES = {
    "union": "工会（牵头）",
    "hrss": "人力社保（仲裁院、劳动监察）",
    "justice": "司法行政（人民调解、法律援助）",
    "petition": "信访办",
    "court": "人民法院",
    "employers": "企业联合会、工商联",
    "procuratorate": "人民检察院",
    "police": "公安机关",
    "lawyers": "律师协会",
    "other": "其他",
}


def partners_on(session: Session, day: date, role: str | None = None) -> list[LinkagePartner]:
    wanted = select(LinkagePartner).where(LinkagePartner.in_force(day)).order_by(LinkagePartner.name)
    return list(session.scalars(wanted if role is None else wanted.where(LinkagePartner.role == role)))
