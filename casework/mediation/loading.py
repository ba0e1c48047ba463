"""Loads what the rules see, once per step, in a bounded number of statements."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from casework.desk import assignment
from casework.desk import sittings as desk_sittings
from casework.desk import tables as desk
from casework.mediation import conflicts, facts, tables
from casework.mediation.facts import Facts
from casework.mediation.kinds import CLAIM_LABELS, LIMITATION_OBSTACLES, RECUSAL_GROUNDS, RESTARTING, STOPPAGES
from casework.mediation.settings import settings_on
from casework.mediation.words import WORDS
from documents.record import views
from documents.tables import Record
from union.access import visible
from union.organisations import Organisation, partners_on
from union.people import RoleGrant, RosterEntry, Staff
from union.privacy import mask_account, mask_id, mask_phone
from workflows.calendar_table import load_calendar
from workflows.definition import NEW
from workflows.form import Step
from workflows.reading import once_read
from workflows.tables import JournalEntry, Subject, Timer
from workflows.workdays import Span, Workdays, Years, reckon, stood_still

ENDED = ("voided", "superseded")
OPENINGS = ("register", "register_oral", "refer_in", "open_proactively", "reopen")
CHECKED_FOR_CONFLICTS = (*OPENINGS, "correct", "assign", "recuse", "reassign", "add_party", "import_workers", "join")
CHECKED_FOR_DUPLICATES = (*OPENINGS, "correct", "add_party", "import_workers", "join")


def load(step: Step) -> Facts:
    """The facts of the case a step belongs to; of a page when ``step.form`` is None."""
    session, case = step.session, step.root
    assert isinstance(case, tables.MediationCase)
    parties = parties_of(session, case.id)
    there = _there(session, case.id)
    assigned = _assigned(session, case.id, step.occurred_on)
    described = [_party(party) for party in parties]
    tracks = _tracks(session, case.id)
    clocks, last_lapse = _clocks(session, case.id)
    matters = _matters(session, case.id) if there.matters else ()
    joined_into = _open_case(session, case, getattr(step.form, "into_id", None))
    there_too = parties_of(session, joined_into.id) if joined_into is not None else []
    return Facts(
        subject=step.subject,
        case=case,
        today=step.today,
        form=step.form,
        occurred=step.occurred_on,
        organisation=_organisation(session, case.organisation_id),
        parties=tuple(described),
        claims=_claims(session, case.id, {party.id for party in parties}),
        terms=standing_terms(session, case.id) if there.terms else (),
        shares=_shares(session, case.id, {party.id: party.name for party in parties}) if there.shares else (),
        restarts=(*(_restarts(session, case.id) if there.restarts else ()), *_restart_of(step)),
        referrals=_referrals(session, case.id) if there.referrals else (),
        matters=matters,
        assigned=assigned,
        hits=_hits(step, assigned) if joined_into is None else _hits_there(step, joined_into),
        recusals=_recusals(session, case.id, step) if there.recusals else (),
        sittings=_sittings(session, case.id) if there.sittings else (),
        contacts=_contacts(session, case.id) if there.contacts else (),
        records=_records(session, case.id),
        tracks=tracks,
        clocks=clocks,
        confirmation=_act(session, tables.ConfirmationAct, tracks, "mediation.confirmation"),
        remedy=_act(session, tables.RemedyAct, tracks, "mediation.remedy"),
        head_name=step.actor.name,
        last_lapse=last_lapse,
        lapse_revoked=case.state == "failed" and _revoked(session, case.id),
        settings=settings_on(session, step.occurred_on),
        calculations=_calculations(session, case.id) if there.calculations else (),
        source_case=_other_case(session, getattr(step.form, "source_id", None)),
        joined_into=joined_into,
        parties_there=tuple(_party(party) for party in there_too),
        duplicates=_duplicates(step, case, parties)
        if joined_into is None
        else _duplicates(step, joined_into, there_too),
        by_system=step.actor.id is None,
        limitation_ends=_year_after(session, facts.obstacles(matters)),
        workdays_after=_workdays_after(session),
        evidence=_evidence(session, case.id) if there.evidence else (),
        last_draft=lambda: _last_draft(session, case.id),
        list_choices=_Choices(session, case, described, step),
    )


def _there(session: Session, case_id: uuid.UUID) -> Any:
    """Which of the sets a case may have it has at all, in one statement: what is not there is not asked for."""
    sets = {
        "terms": tables.SettlementTerm.case_id,
        "shares": tables.WorkerShare.case_id,
        "restarts": tables.LimitationRestart.case_id,
        "referrals": tables.Referral.case_id,
        "matters": tables.SpecialMatter.case_id,
        "recusals": tables.Recusal.case_id,
        "calculations": tables.CalculationSheet.case_id,
        "sittings": desk.Sitting.subject_id,
        "contacts": desk.Contact.subject_id,
        "evidence": desk.Evidence.subject_id,
    }
    return session.execute(select(*(exists().where(of == case_id).label(name) for name, of in sets.items()))).one()


# --- people ------------------------------------------------------------------------------


@once_read
def parties_of(session: Session, case_id: uuid.UUID) -> list[tables.CaseParty]:
    query = select(tables.CaseParty).where(tables.CaseParty.case_id == case_id, tables.CaseParty.moved_to_id.is_(None))
    return list(session.scalars(query.order_by(tables.CaseParty.id)))


def _party(row: tables.CaseParty) -> facts.Party:
    agent = facts.Agent(row.agent_name, row.agent_authority or "general") if row.agent_name else None
    return facts.Party(
        id=row.id,
        side=row.side,
        name=row.name,
        kind=row.kind,
        capacity=row.capacity,
        person_id=row.person_id,
        organisation_id=row.organisation_id,
        is_representative=row.is_representative,
        election_proof=row.election_proof,
        has_account=bool(row.account_sealed),
        agent=agent,
        consent=row.consent,
        consented_on=row.consented_on,
        consent_way=row.consent_way,
        first_agreed=row.first_agreed,
        standing=row.standing,
        joined_on=row.joined_on,
        details=_Details(row),
        number_key=row.id_number_index or row.credit_code or "",
        name_key=row.name_key,
    )


class _Details(Mapping[str, Any]):
    """How a party is described in records; numbers are decrypted only when a record asks for them."""

    FIELDS = (
        "sex",
        "born_on",
        "id_number",
        "phone",
        "address",
        "credit_code",
        "legal_representative",
        "member_number",
        "job",
        "hired_on",
        "left_on",
        "monthly_wage",
        "service_address",
        "agent_name",
        "agent_authority",
        "agent_phone",
        "e_sign_consent",
        "e_service_consent",
    )

    def __init__(self, row: tables.CaseParty) -> None:
        self.row = row

    def __getitem__(self, name: str) -> Any:
        if name == "masked_id":
            return mask_id(self.row.id_number)
        if name == "masked_account":
            return mask_account(self.row.account)
        if name == "masked_phone":
            return mask_phone(self.row.phone)
        if name not in self.FIELDS:
            raise KeyError(name)
        return getattr(self.row, name)

    def __iter__(self) -> Any:
        return iter(self.FIELDS)

    def __len__(self) -> int:
        return len(self.FIELDS)


def _assigned(session: Session, case_id: uuid.UUID, day: date) -> tuple[facts.Assigned, ...]:
    handlers = assignment.handlers(session, case_id, day)
    if not handlers:
        return ()
    people = [handler.staff_id for handler in handlers]
    listed = exists().where(RosterEntry.staff_id == Staff.id, RosterEntry.in_force(day))
    query = select(Staff.id, listed, Staff.is_adult).where(Staff.id.in_(people))
    known = {staff_id: (is_listed, adult) for staff_id, is_listed, adult in session.execute(query)}
    return tuple(
        facts.Assigned(h.staff_id, h.name, h.part, h.since, *known.get(h.staff_id, (False, True))) for h in handlers
    )


def _hits(step: Step, assigned: Sequence[facts.Assigned]) -> tuple[facts.Hit, ...]:
    """Who works on the case, and whoever takes this step, against the parties it has with it."""
    if step.form is None or step.transition.trigger not in CHECKED_FOR_CONFLICTS:
        return ()
    people = [(a.staff_id, a.part) for a in assigned] + _acting(step)
    return tuple(conflicts.conflict_hits(step.session, step.root_id, people, step.occurred_on))


def _hits_there(step: Step, into: tables.MediationCase) -> tuple[facts.Hit, ...]:
    """What stands between the people of the case that goes on and the parties it then has."""
    people = [(h.staff_id, h.part) for h in assignment.handlers(step.session, into.id, step.occurred_on)]
    return tuple(conflicts.conflict_hits(step.session, into.id, people + _acting(step), step.occurred_on))


def _acting(step: Step) -> list[tuple[uuid.UUID, str]]:
    proposed_by = getattr(step.form, "proposed_by", None)
    return [(who, "actor") for who in (step.actor.id, proposed_by) if who is not None]


def _recusals(session: Session, case_id: uuid.UUID, step: Step) -> tuple[facts.Recusal, ...]:
    rows = session.execute(
        select(tables.Recusal, Staff.name)
        .join(Staff, Staff.id == tables.Recusal.staff_id)
        .where(tables.Recusal.case_id == case_id)
        .order_by(tables.Recusal.id)
    )
    decided_now = getattr(step.form, "requests", ()) if step.transition.trigger in ("recuse", "deny_recusal") else ()
    return tuple(
        facts.Recusal(
            row.staff_id,
            name,
            row.by_side,
            row.ground,
            row.decision,
            fresh=row.id in decided_now,
            reason=row.decision_reason,
        )
        for row, name in rows
    )


# --- claims, promises, limitation --------------------------------------------------------


def _claims(session: Session, case_id: uuid.UUID, parties: set[uuid.UUID]) -> tuple[facts.Claim, ...]:
    rows = session.scalars(select(tables.Claim).where(tables.Claim.case_id == case_id).order_by(tables.Claim.id))
    return tuple(
        facts.Claim(
            row.id,
            row.kind,
            row.title,
            row.amount,
            row.party_id,
            row.period_from,
            row.period_to,
            row.knew_on,
            row.employment_ended_on,
            row.withdrawn_on is not None,
        )
        for row in rows
        if row.party_id is None or row.party_id in parties
    )


def standing_terms(session: Session, case_id: uuid.UUID) -> tuple[facts.Term, ...]:
    term = tables.SettlementTerm
    standing = _terms_where(session, term.case_id == case_id, term.superseded_on.is_(None))
    return tuple(sorted(standing, key=lambda t: (t.number, t.instalment)))


def _last_draft(session: Session, case_id: uuid.UUID) -> tuple[facts.Term, ...]:
    """The terms that were put aside last: written in one go, from the first of them on."""
    term = tables.SettlementTerm
    aside = _terms_where(session, term.case_id == case_id, term.superseded_on.is_not(None))
    firsts = [place for place, t in enumerate(aside) if (t.number, t.instalment) == (1, 1)]
    return aside[firsts[-1] :] if firsts else ()


def _terms_where(session: Session, *conditions: Any) -> tuple[facts.Term, ...]:
    """In the order in which they were written."""
    term, payment = tables.SettlementTerm, tables.Payment
    paid = (
        select(func.coalesce(func.sum(payment.amount), 0)).where(payment.term_id == term.id).correlate(term)
    ).scalar_subquery()
    paid_last_on = (
        select(func.max(payment.paid_on)).where(payment.term_id == term.id).correlate(term)
    ).scalar_subquery()
    rows = session.execute(select(term, paid, paid_last_on).where(*conditions).order_by(term.id))
    return tuple(
        facts.Term(
            id=row.id,
            number=row.number,
            kind=row.kind,
            title=row.title,
            amount=row.amount,
            payee=row.payee,
            account=row.account or "",
            due_on=row.due_on,
            instalment=row.instalment,
            way=row.way,
            tax=row.tax,
            claim_id=row.claim_id,
            party_id=row.party_id,
            period=row.period,
            monthly_wage=row.monthly_wage,
            bank_name=row.bank_name,
            paid=int(paid_so_far),
            paid_last_on=last_on or row.done_on,
            done=row.done_on is not None,
            defaulted_on=row.defaulted_on,
        )
        for row, paid_so_far, last_on in rows
    )


def _shares(session: Session, case_id: uuid.UUID, names: Mapping[uuid.UUID, str]) -> tuple[facts.Share, ...]:
    rows = session.scalars(select(tables.WorkerShare).where(tables.WorkerShare.case_id == case_id))
    return tuple(
        facts.Share(row.party_id, names[row.party_id], row.amount, row.confirmed_on)
        for row in rows
        if row.party_id in names
    )


def _restarts(session: Session, case_id: uuid.UUID) -> list[facts.Restart]:
    row = tables.LimitationRestart
    query = select(row).where(row.case_id == case_id, row.voided_on.is_(None)).order_by(row.on)
    return [facts.Restart(r.on, r.event, r.claim_id) for r in session.scalars(query)]


def _restart_of(step: Step) -> list[facts.Restart]:
    """A step that restarts the limitation by itself counts already while its clocks are turned."""
    if viewing(step) or step.transition.trigger not in RESTARTING:
        return []
    return [facts.Restart(step.occurred_on, RESTARTING[step.transition.trigger])]


def _year_after(session: Session, obstacles: Sequence[Span]) -> Callable[[date], date]:
    """When a year of limitation that began on a day is over; never, while it stands still."""

    def ends(began: date) -> date:
        calendar = load_calendar(session)
        stands, days = stood_still(obstacles, began, Years(1), calendar)
        return date.max if stands else reckon(began, Years(1), calendar, paused_days=days).effective

    return ends


def _workdays_after(session: Session) -> Callable[[date, int], date]:
    def after(day: date, n: int) -> date:
        return reckon(day, Workdays(n), load_calendar(session)).effective

    return after


def viewing(step: Step) -> bool:
    """A page is being shown: no step is carried out."""
    return step.form is None and step.transition.opens and step.from_state != NEW


def _referrals(session: Session, case_id: uuid.UUID) -> tuple[facts.Referral, ...]:
    rows = session.scalars(
        select(tables.Referral).where(tables.Referral.case_id == case_id).order_by(tables.Referral.id)
    )
    return tuple(
        facts.Referral(
            id=row.id,
            direction=row.direction,
            partner=row.partner,
            kind=row.kind,
            letter_number=row.letter_number,
            letter_filed=row.letter_filed,
            consented_on=row.consented_on,
            signed_for_on=row.signed_for_on,
            procedure=row.procedure,
            sent_on=row.sent_on,
            reported_on=row.reported_on,
            materials=tuple(row.materials),
        )
        for row in rows
    )


def _matters(session: Session, case_id: uuid.UUID) -> tuple[facts.Matter, ...]:
    row = tables.SpecialMatter
    query = select(row).where(row.case_id == case_id).order_by(row.happened_on, row.id)
    return tuple(
        facts.Matter(r.id, r.kind, r.grade, r.happened_on, r.text, r.measures, r.body, r.proof, r.persons, r.ended_on)
        for r in session.scalars(query)
    )


# --- sittings, contacts, records, tracks, clocks -----------------------------------------


def _sittings(session: Session, case_id: uuid.UUID) -> tuple[facts.Sitting, ...]:
    written = session.scalars(select(tables.Minutes).where(tables.Minutes.case_id == case_id))
    minutes = {row.sitting_id: row for row in written}
    return tuple(
        facts.Sitting(
            id=row.id,
            number=row.number,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            status="cancelled" if row.called_off else row.status,
            place=row.place,
            video_link=row.video_link,
            notices=tuple(facts.Notice(n.party_id, n.way, n.notified_at, n.answered) for n in row.notices),
            attendance=tuple(facts.Present(a.party_id, a.came, a.through) for a in row.attendance),
            rights_told=row.rights_told,
            open_minutes=row.open_minutes,
            without_prejudice_minutes=row.without_prejudice_minutes,
            read_back=row.read_back,
            minutes=minutes.get(row.id),
        )
        for row in reversed(desk_sittings.sittings_of(session, case_id))
    )


def _contacts(session: Session, case_id: uuid.UUID) -> tuple[facts.Contact, ...]:
    rows = session.scalars(select(desk.Contact).where(desk.Contact.subject_id == case_id).order_by(desk.Contact.at))
    return tuple(facts.Contact(row.at, row.whom, row.way, row.result, row.party_id) for row in rows)


def _records(session: Session, case_id: uuid.UUID) -> tuple[facts.RecordView, ...]:
    return tuple(
        facts.RecordView(
            id=view.id,
            kind=view.kind,
            state=view.state,
            number=view.number,
            data_hash=view.data_sha256,
            signed=view.signed,
            sealed=view.sealed,
            served_on=view.served_on,
            signed_last_on=view.signed_last_on,
            sealed_last_on=view.sealed_last_on,
            served_last_on=view.served_last_on,
        )
        for view in views(session, case_id)
    )


def _tracks(session: Session, case_id: uuid.UUID) -> tuple[facts.Track, ...]:
    row = Subject.__table__.c
    query = select(row.id, row.workflow, row.state).where(
        row.root_id == case_id, row.id != case_id, row.kind == "track"
    )
    return tuple(facts.Track(*found) for found in session.execute(query.order_by(row.id)))


def _clocks(session: Session, case_id: uuid.UUID) -> tuple[tuple[facts.Clock, ...], facts.Clock | None]:
    t = Timer.__table__.c
    query = select(
        t.deadline,
        t.status,
        t.starts_on,
        t.nominal_due,
        t.effective_due,
        t.item,
        t.extensions,
        t.lapsed_seq,
        t.subject_id,
        t.calendar_status,
    ).where(t.root_id == case_id)
    clocks, lapses = [], []
    for row in session.execute(query.order_by(t.id)):
        days = sum(extension["days"] for extension in row.extensions)
        clock = facts.Clock(
            row.deadline,
            row.status,
            row.starts_on,
            row.nominal_due,
            row.effective_due,
            row.item,
            days,
            row.lapsed_seq,
            row.calendar_status == "provisional",
        )
        clocks.append(clock)
        if row.lapsed_seq is not None and row.subject_id == case_id:
            lapses.append(clock)
    return tuple(clocks), max(lapses, key=lambda clock: clock.lapsed_seq or 0, default=None)


def _act(session: Session, table: type[Any], tracks: Sequence[facts.Track], workflow: str) -> Any:
    found = [track for track in tracks if track.workflow == workflow]
    return session.get(table, found[-1].id) if found else None


def _revoked(session: Session, case_id: uuid.UUID) -> bool:
    query = select(JournalEntry.seq).where(JournalEntry.root_id == case_id, JournalEntry.trigger == "revoke_lapse")
    return session.scalar(query.limit(1)) is not None


# --- what else a step may name -----------------------------------------------------------


def _organisation(session: Session, organisation_id: uuid.UUID | None) -> facts.Organisation:
    row = session.get(Organisation, organisation_id) if organisation_id else None
    if row is None:
        return facts.Organisation()
    remedies = {name: row.remedy(name).answer for name in ("payment_order", "direct_suit", "court_confirmation")}
    return facts.Organisation(row.id, row.name, row.legal_basis or "", row.address, row.phone, remedies)


def _calculations(session: Session, case_id: uuid.UUID) -> tuple[tables.CalculationSheet, ...]:
    sheet = tables.CalculationSheet
    return tuple(session.scalars(select(sheet).where(sheet.case_id == case_id).order_by(sheet.id)))


def _other_case(session: Session, case_id: uuid.UUID | None) -> tables.MediationCase | None:
    return session.get(tables.MediationCase, case_id) if case_id else None


def _open_case(session: Session, case: tables.MediationCase, case_id: uuid.UUID | None) -> tables.MediationCase | None:
    other = _other_case(session, case_id)
    if other is None or other.outcome or other.state == "archived" or other.organisation_id != case.organisation_id:
        return None
    return other


def _duplicates(step: Step, case: tables.MediationCase, parties: Sequence[tables.CaseParty]) -> tuple[Any, ...]:
    if step.form is None or step.transition.trigger not in CHECKED_FOR_DUPLICATES:
        return ()
    return tuple(conflicts.undecided(step.session, case, parties))


def _evidence(session: Session, case_id: uuid.UUID) -> tuple[tuple[uuid.UUID, str], ...]:
    query = select(desk.Evidence.id, desk.Evidence.title).where(desk.Evidence.subject_id == case_id)
    return tuple(session.execute(query.order_by(desk.Evidence.id)))


class _Choices:
    """What a select field offers, looked up when the field is shown."""

    def __init__(
        self, session: Session, case: tables.MediationCase, parties: Sequence[facts.Party], step: Step
    ) -> None:
        self.session, self.case, self.parties, self.step = session, case, parties, step

    def __call__(self, name: str) -> Mapping[str, str]:
        return getattr(self, f"_{name}", dict)()

    def _parties(self) -> dict[str, str]:
        return {str(p.id): p.name for p in self.parties}

    def _applicants(self) -> dict[str, str]:
        return {str(p.id): p.name for p in self.parties if p.side == "applicant"}

    def _workers(self) -> dict[str, str]:
        return {str(p.id): p.name for p in self.parties if p.capacity == "worker"}

    def _unconfirmed(self) -> dict[str, str]:
        held = {share.party_id for share in _shares(self.session, self.case.id, self._names()) if share.confirmed}
        return {str(p.id): p.name for p in self.parties if p.capacity == "worker" and p.id not in held}

    def _names(self) -> dict[uuid.UUID, str]:
        return {p.id: p.name for p in self.parties}

    def _claims(self) -> dict[str, str]:
        return {
            str(c.id): f"{CLAIM_LABELS[c.kind]} {c.title}"
            for c in _claims(self.session, self.case.id, set(self._names()))
            if not c.withdrawn
        }

    def _mediators(self) -> dict[str, str]:
        return mediators_of(self.session, self.case.organisation_id, self.step.occurred_on)

    def _recorders(self) -> dict[str, str]:
        return staff_with(self.session, ("recorder", "mediator"), self.case.organisation_id, self.step.occurred_on)

    def _assigned(self) -> dict[str, str]:
        handlers = assignment.handlers(self.session, self.case.id, self.step.occurred_on)
        return {str(h.staff_id): f"{h.name}（{h.part_label(WORDS)}）" for h in handlers}

    def _recusals(self) -> dict[str, str]:
        return pending_recusals(self.session, self.case.id)

    def _tied(self) -> dict[str, str]:
        """Everybody who must keep out of the case because of what they declared."""
        found = {row[0] for row in conflicts.tied(self.session, self.case.id, self.step.occurred_on)}
        rows = self.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(found)).order_by(Staff.name_pinyin))
        return {str(identity): name for identity, name in rows}

    def _partners(self) -> dict[str, str]:
        return {str(p.id): p.name for p in partners_on(self.session, self.step.occurred_on)}

    def _rooms(self) -> dict[str, str]:
        return {str(room.id): room.name for room in desk_sittings.rooms(self.session, self.step.occurred_on)}

    def _sittings(self) -> dict[str, str]:
        return {str(s.id): f"第{s.number}次" for s in _sittings(self.session, self.case.id) if s.status != "cancelled"}

    def _evidence(self) -> dict[str, str]:
        return {str(identity): title for identity, title in _evidence(self.session, self.case.id)}

    def _papers(self) -> dict[str, str]:
        """The numbered records that somebody may be served with."""
        numbered = (Record.root_id == self.case.id, Record.number.is_not(None), Record.state.not_in(ENDED))
        rows = self.session.execute(select(Record.id, Record.title, Record.number).where(*numbered).order_by(Record.id))
        return {str(identity): f"{title} {number}" for identity, title, number in rows}

    def _open_stoppages(self) -> dict[str, str]:
        going_on = [m for m in _matters(self.session, self.case.id) if m.kind == "stoppage" and m.ended_on is None]
        return {str(m.id): f"{m.happened_on} {STOPPAGES.get(m.grade, '')} {m.text[:30]}" for m in going_on}

    def _open_obstacles(self) -> dict[str, str]:
        going_on = [m for m in _matters(self.session, self.case.id) if m.kind == "limitation" and m.ended_on is None]
        return {str(m.id): f"{m.happened_on} {LIMITATION_OBSTACLES.get(m.grade, '')}" for m in going_on}

    def _open_terms(self) -> dict[str, str]:
        return self._instalments([t for t in standing_terms(self.session, self.case.id) if not facts.settled(t)])

    def _overdue_terms(self) -> dict[str, str]:
        return self._instalments(facts.newly_overdue(standing_terms(self.session, self.case.id), self.step.occurred_on))

    def _instalments(self, chosen: Sequence[facts.Term]) -> dict[str, str]:
        split = {t.number for t in standing_terms(self.session, self.case.id) if t.instalment > 1}
        return {str(t.id): _instalment(t, t.number in split) for t in chosen}

    def _open_cases(self) -> dict[str, str]:
        case = tables.MediationCase
        query = select(case.id, case.number, case.title).where(
            case.organisation_id == self.case.organisation_id,
            case.outcome == "",
            case.state != NEW,
            case.id != self.case.id,
            visible(self.step.session, self.step.actor, at=self.step.at, action="case.act", roots=True),
        )
        return {str(i): f"{number or ''} {title}" for i, number, title in self.session.execute(query.limit(200))}


def _instalment(term: facts.Term, is_one_of_several: bool) -> str:
    which = f"第{term.instalment}期 " if is_one_of_several else ""
    owed = f" 尚欠{((term.amount or 0) - term.paid) / 100:.2f}元" if term.amount else ""
    account = f"（{mask_account(term.account)}）" if term.account else ""
    return f"{term.number}. {which}{term.title[:40]}{owed}{account}"


def pending_recusals(session: Session, case_id: uuid.UUID) -> dict[str, str]:
    """The requests nobody has decided: against whom, by whom, why."""
    rows = session.execute(
        select(tables.Recusal, Staff.name)
        .join(Staff, Staff.id == tables.Recusal.staff_id)
        .where(tables.Recusal.case_id == case_id, tables.Recusal.decision == "")
        .order_by(tables.Recusal.id)
    )
    return {str(row.id): f"{name}：{RECUSAL_GROUNDS.get(row.ground, row.ground)}" for row, name in rows}


def mediators_of(session: Session, organisation_id: uuid.UUID | None, day: date) -> dict[str, str]:
    """Mediators on the roster who hold the role at this organisation, with how many open cases each has."""
    busy: dict[uuid.UUID, int] = defaultdict(int)
    counted = (
        select(desk.Assignment.staff_id, func.count())
        .join(tables.MediationCase, tables.MediationCase.id == desk.Assignment.root_id)
        .where(
            desk.Assignment.in_force(day), desk.Assignment.part == desk.HANDLER_PART, tables.MediationCase.outcome == ""
        )
        .group_by(desk.Assignment.staff_id)
    )
    busy.update(dict(session.execute(counted).all()))
    listed = set(session.scalars(select(RosterEntry.staff_id).where(RosterEntry.in_force(day))))
    found = staff_with(session, ("mediator",), organisation_id, day)
    return {
        identity: f"{name} · 在办{busy[uuid.UUID(identity)]}件"
        for identity, name in found.items()
        if uuid.UUID(identity) in listed
    }


def staff_with(session: Session, roles: Sequence[str], organisation_id: uuid.UUID | None, day: date) -> dict[str, str]:
    query = (
        select(Staff.id, Staff.name, Staff.name_pinyin)
        .join(RoleGrant, RoleGrant.staff_id == Staff.id)
        .where(RoleGrant.role.in_(roles), RoleGrant.organisation_id == organisation_id)
        .where(RoleGrant.in_force(day), Staff.active)
        .order_by(Staff.name_pinyin)
        .distinct()
    )
    return {str(row.id): row.name for row in session.execute(query)}
