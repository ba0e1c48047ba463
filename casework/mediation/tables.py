"""What only a mediation stores: parties, claims, promises and payments as rows, and the acts of its side tracks."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from union.privacy import Encrypted, Private, normal_phone, normalise_name
from workflows.tables import Base, LongText, Subject, new_id


class MediationCase(Subject):
    """A labour dispute in mediation; 登记号 from receipt, 案号 from acceptance."""

    __tablename__ = "mediation_cases"

    id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    __mapper_args__ = {"polymorphic_identity": "mediation", "inherit_condition": id == Subject.id}

    registration_number: Mapped[str | None] = mapped_column(String(80), index=True)
    case_number: Mapped[str | None] = mapped_column(String(80), index=True)
    way: Mapped[str] = mapped_column(String(20), default="written")  # written oral referral proactive reopened split
    source: Mapped[str] = mapped_column(String(20), default="union", index=True)  # kinds.SOURCES
    grounds: Mapped[str] = mapped_column(LongText, default="")
    is_platform: Mapped[bool] = mapped_column(default=False)
    prior_arbitration: Mapped[bool] = mapped_column(default=False)
    workplace: Mapped[str] = mapped_column(
        String(300), default=""
    )  # 劳动合同履行地: decides which commission is competent
    received_on: Mapped[date | None] = mapped_column(index=True)
    correction_requested_on: Mapped[date | None]
    correction_list: Mapped[list[Any]] = mapped_column(default=list)
    corrected_on: Mapped[date | None]
    oral_taken_at: Mapped[datetime | None]
    oral_read_back: Mapped[bool] = mapped_column(default=False)
    oral_place: Mapped[str] = mapped_column(default="")
    oral_recorder: Mapped[str] = mapped_column(default="")
    negotiation_requested_on: Mapped[date | None]
    negotiation_answered_on: Mapped[date | None]
    duplicate_decision: Mapped[str] = mapped_column(String(20), default="")
    duplicate_reason: Mapped[str] = mapped_column(String(300), default="")
    duplicates_seen: Mapped[list[Any]] = mapped_column(default=list)  # keys of the hits decided about
    accepted_on: Mapped[date | None] = mapped_column(index=True)
    collective_since: Mapped[date | None]  # when ten workers had a common claim; reported then, and only then
    effective_on: Mapped[date | None]
    warning_reason: Mapped[str] = mapped_column(String(500), default="")  # why a warning of §3.7 was passed
    outcome: Mapped[str] = mapped_column(String(20), default="", index=True)  # the closing state, kept in the archive
    end_reason: Mapped[str] = mapped_column(String(40), default="")
    end_explanation: Mapped[str] = mapped_column(LongText, default="")
    opinion: Mapped[str] = mapped_column(LongText, default="")  # 调解意见 of the failure opinion
    wording: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what an agreement says beside its terms
    private_amount: Mapped[int | None] = mapped_column(BigInteger)  # 和解金额 of a withdrawal, 分
    sham_suspected: Mapped[bool] = mapped_column(default=False)
    handed_over_on: Mapped[date | None]
    reopened_from_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    split_from_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    joined_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    pages: Mapped[int | None]
    retention_years: Mapped[int | None]

    parties: Mapped[list["CaseParty"]] = relationship(
        lazy="raise", foreign_keys="CaseParty.case_id", order_by="CaseParty.id", viewonly=True
    )
    claims: Mapped[list["Claim"]] = relationship(
        lazy="raise", foreign_keys="Claim.case_id", order_by="Claim.id", viewonly=True
    )


class CaseParty(Private, Base):
    """A person or organisation on one side of a case, as it was described in this case."""

    __tablename__ = "case_parties"
    __table_args__ = (
        Index("ix_case_parties_case_id", "case_id"),
        Index("ix_case_parties_name_key", "name_key"),
        Index("ix_case_parties_credit_code", "credit_code"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"))
    side: Mapped[str] = mapped_column(String(12))  # applicant respondent third
    kind: Mapped[str] = mapped_column(String(12), default="person")  # person organisation
    capacity: Mapped[str] = mapped_column(String(20), default="")  # kinds.CAPACITIES
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    id_number = Encrypted(index="id_number")
    phone = Encrypted(index="phone", normal=normal_phone)
    address = Encrypted()
    credit_code: Mapped[str | None] = mapped_column(String(18))
    sex: Mapped[str] = mapped_column(String(4), default="")
    born_on: Mapped[date | None]
    member_number: Mapped[str] = mapped_column(String(40), default="")
    job: Mapped[str] = mapped_column(String(100), default="")
    hired_on: Mapped[date | None]
    left_on: Mapped[date | None]
    monthly_wage: Mapped[int | None] = mapped_column(BigInteger)  # 分
    legal_representative: Mapped[str] = mapped_column(String(100), default="")
    service_address = Encrypted()
    is_representative: Mapped[bool] = mapped_column(default=False)
    election_proof: Mapped[str] = mapped_column(String(200), default="")  # 推举书 by which the workers chose this one
    account = Encrypted()  # where what is owed to this worker is paid to
    standing: Mapped[str] = mapped_column(String(12), default="")  # kinds.STANDINGS; empty: as usual
    agent_name: Mapped[str] = mapped_column(String(100), default="")
    agent_authority: Mapped[str] = mapped_column(String(12), default="")
    agent_phone = Encrypted(index="phone", normal=normal_phone)
    consent: Mapped[str] = mapped_column(String(12), default="")
    consented_on: Mapped[date | None]
    consent_way: Mapped[str] = mapped_column(String(20), default="")
    first_agreed: Mapped[bool] = mapped_column(default=False)
    e_sign_consent: Mapped[bool] = mapped_column(default=False)  # to sign electronically (电签法3)
    e_service_consent: Mapped[bool] = mapped_column(default=False)  # to be served electronically (民诉法90)
    joined_on: Mapped[date]
    moved_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"))  # split off or joined elsewhere

    @validates("name")
    def _find_by_name(self, _: str, name: str) -> str:
        self.name_key = normalise_name(name)
        return name


class Claim(Base):
    """One head of claim of one worker, for one period."""

    __tablename__ = "mediation_claims"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    party_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("case_parties.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(300))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
    knew_on: Mapped[date | None]
    employment_ended_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]


class SettlementTerm(Private, Base):
    """One promise of an agreement, one row for each instalment; the account is ciphertext at rest."""

    __tablename__ = "settlement_terms"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    number: Mapped[int]
    instalment: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(500))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    payee: Mapped[str] = mapped_column(String(200), default="")
    account = Encrypted(index="bank_account")
    bank_name: Mapped[str] = mapped_column(String(100), default="")
    due_on: Mapped[date | None]
    way: Mapped[str] = mapped_column(String(20), default="")
    tax: Mapped[str] = mapped_column(String(8), default="")
    claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("mediation_claims.id"))
    party_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("case_parties.id"))
    period: Mapped[str] = mapped_column(String(8), default="past")
    monthly_wage: Mapped[int | None] = mapped_column(BigInteger)
    done_on: Mapped[date | None]  # a promise that is not money
    defaulted_on: Mapped[date | None]  # when a mediator confirmed that its day had passed unkept
    superseded_on: Mapped[date | None]


class Payment(Base):
    """Money paid on a promise, with its proof; part payments are several rows."""

    __tablename__ = "settlement_payments"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("settlement_terms.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date]
    proof: Mapped[str] = mapped_column(String(300))
    evidence_id: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None]


class Minutes(Base):
    """What the parties stated at a sitting, beside the minutes the desk keeps."""

    __tablename__ = "mediation_minutes"

    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sittings.id"), primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    bring: Mapped[list[Any]] = mapped_column(default=list)
    applicant_statement: Mapped[str] = mapped_column(LongText, default="")
    respondent_statement: Mapped[str] = mapped_column(LongText, default="")
    recusal: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[str] = mapped_column(LongText, default="")
    refused_to_sign: Mapped[str] = mapped_column(String(300), default="")
    written_at: Mapped[datetime | None]


class WorkerShare(Base):
    """A represented worker's part of a collective agreement, and the day the worker confirmed it in person."""

    __tablename__ = "worker_shares"
    __table_args__ = (UniqueConstraint("case_id", "party_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    party_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_parties.id"))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    confirmed_on: Mapped[date | None]
    way: Mapped[str] = mapped_column(String(20), default="")


class LimitationRestart(Base):
    """An event that restarts the one-year limitation, for one claim or for all."""

    __tablename__ = "limitation_restarts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("mediation_claims.id"))
    on: Mapped[date] = mapped_column("happened_on")
    event: Mapped[str] = mapped_column(String(100))
    voided_on: Mapped[date | None]  # the lapse that caused it was revoked


class Referral(Base):
    """A case received from, or handed to, a linkage partner, with the letter, its term and the report back."""

    __tablename__ = "referrals"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    direction: Mapped[str] = mapped_column(String(4))  # in out
    partner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("linkage_partners.id"), index=True)
    partner: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20), default="")
    letter_number: Mapped[str] = mapped_column(String(80), default="")
    letter_filed: Mapped[bool] = mapped_column(default=False)
    materials: Mapped[list[Any]] = mapped_column(default=list)
    procedure: Mapped[str] = mapped_column(String(12), default="")
    consented_on: Mapped[date | None]
    signed_for_on: Mapped[date | None]
    sent_on: Mapped[date | None]
    reported_on: Mapped[date | None]
    report: Mapped[str] = mapped_column(LongText, default="")


class SpecialMatter(Base):
    """What is dealt with beside the talks (law.md §3.6): a stoppage, a risk, an inquiry, a notice, and what was done."""

    __tablename__ = "special_matters"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # kinds.MATTERS
    grade: Mapped[str] = mapped_column(String(20), default="")  # kinds.STOPPAGES, RISKS, COOPERATION, UNION_NOTICE
    happened_on: Mapped[date]
    persons: Mapped[int | None]
    text: Mapped[str] = mapped_column(LongText, default="")
    measures: Mapped[str] = mapped_column(LongText, default="")
    body: Mapped[str] = mapped_column(String(200), default="")  # who was told or asked
    proof: Mapped[str] = mapped_column(String(300), default="")
    ended_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None]


class Recusal(Base):
    """A request that a mediator, recorder or head step back, and how it was decided."""

    __tablename__ = "recusals"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    by_side: Mapped[str] = mapped_column(String(12))
    ground: Mapped[str] = mapped_column(String(30))
    explanation: Mapped[str] = mapped_column(String(500), default="")
    requested_on: Mapped[date]
    decision: Mapped[str] = mapped_column(String(12), default="")
    decided_on: Mapped[date | None]
    decided_by: Mapped[uuid.UUID | None]
    decision_reason: Mapped[str] = mapped_column(String(500), default="")


class ConflictWaiver(Base):
    """One party says that a staff member's tie to a party does not disturb it; nobody says so for another."""

    __tablename__ = "conflict_waivers"
    __table_args__ = (UniqueConstraint("staff_id", "party_id", "waived_by_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    party_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_parties.id"), index=True)  # whom the tie is to
    waived_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("case_parties.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300))
    waived_on: Mapped[date]
    recorded_by: Mapped[uuid.UUID | None]


class CalculationSheet(Base):
    """A calculation as it was made: inputs, lines with formula and article, total in 分."""

    __tablename__ = "calculation_sheets"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    party_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("case_parties.id"))
    inputs: Mapped[dict[str, Any]]
    lines: Mapped[list[Any]]
    total: Mapped[int] = mapped_column(BigInteger)
    made_on: Mapped[date]
    made_by: Mapped[uuid.UUID | None]


class ConfirmationAct(Base):
    """What is known of an arbitration review or a court confirmation; the row of the confirmation track."""

    __tablename__ = "confirmation_acts"

    track_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    commission: Mapped[str] = mapped_column(String(200), default="")
    arb_applied_on: Mapped[date | None]
    arb_accepted_on: Mapped[date | None]
    arb_number: Mapped[str] = mapped_column(String(80), default="")
    arb_decided_on: Mapped[date | None]
    letter_to_applicant_on: Mapped[date | None]  # signed for: 仲裁调解书 takes effect when both have
    letter_to_respondent_on: Mapped[date | None]
    court: Mapped[str] = mapped_column(String(200), default="")
    court_applied_on: Mapped[date | None]
    court_number: Mapped[str] = mapped_column(String(80), default="")
    court_decided_on: Mapped[date | None]
    ground: Mapped[str] = mapped_column(String(30), default="")  # kinds.REVIEW_NOT_ACCEPTED, REVIEW_REFUSED
    reason: Mapped[str] = mapped_column(String(500), default="")
    amended_on: Mapped[date | None]  # the agreement was changed after a court had dismissed its confirmation


class RemedyAct(Base):
    """What is known of the remedy a party took; the row of the remedy track."""

    __tablename__ = "remedy_acts"

    track_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    body: Mapped[str] = mapped_column(String(200), default="")
    number: Mapped[str] = mapped_column(String(80), default="")
    filed_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    issued_on: Mapped[date | None]
    served_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    result: Mapped[str] = mapped_column(String(500), default="")
    warning_reason: Mapped[str] = mapped_column(String(500), default="")
