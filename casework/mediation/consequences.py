"""What follows of itself when a step of a mediation is taken: outcome, limitation, drafts and tracks that end with it."""

import uuid
from typing import cast

from sqlalchemy import Table, select, update

from casework.desk.messages import tell_staff
from casework.mediation.facts import Facts, settled
from casework.mediation.forms.aftermath import Conclude
from casework.mediation.forms.registration import JOINING
from casework.mediation.kinds import RESTARTING
from casework.mediation.records import SIDE_MINUTES
from casework.mediation.tables import LimitationRestart, MediationCase
from casework.mediation.tracks import CONFIRMATION, PERFORMANCE, REMEDY
from casework.mediation.workflow import CLOSED, OPEN, mediation
from documents.issue import annul_sealed, end_drafts, withdraw_sealed
from union.law import ARB_RULES
from union.organisations import path_of
from union.people import RoleGrant
from union.roles import FED_LEADER, ORG_HEAD
from workflows.actor import SYSTEM_ACTOR
from workflows.correct import reckon_clocks
from workflows.fire import current_facts, fire
from workflows.form import Step
from workflows.module import registry
from workflows.tables import Subject, Task

CASES = cast(Table, MediationCase.__table__)
FIRST = f"十人以上集体争议优先办理（{ARB_RULES[5].by_analogy()}）"
NEVER_IN_EFFECT = "案件已结案，协议未生效。"
TRACK_RESTARTS = "limitation_restarted"


def follow(step: Step) -> None:
    """A listener of the engine; told of every step inside its transaction."""
    if step.workflow.name == mediation.name:
        _keep_outcome(step)
        _restart_limitation(step)
        _end_what_is_pointless(step)
        _report_collective(step)
        _report_special(step)
    elif step.workflow.name.startswith(f"{mediation.name}."):
        _restart_limitation(step)
        _follow_amendment(step)
        _go_on_in_time(step)


def _keep_outcome(step: Step) -> None:
    """The closing state stays readable after the file is archived; the system's lapse has no form to write it."""
    values: dict[str, str] = {}
    if step.to_state in CLOSED and step.from_state != step.to_state:
        values["outcome"] = step.to_state
        if step.actor.id is None and step.form is None:
            values["end_reason"] = "deadline"
    elif step.to_state in OPEN and step.from_state in CLOSED:
        values["outcome"] = ""
    if values:
        step.session.execute(update(CASES).where(CASES.c.id == step.root_id).values(values))
        step.session.expire_all()


def _restart_limitation(step: Step) -> None:
    event = RESTARTING.get(step.transition.trigger)
    if event is None:
        return
    step.session.add(LimitationRestart(case_id=step.root_id, on=step.occurred_on, event=event))
    step.session.flush()
    if step.subject_id != step.root_id and step.root.state in CLOSED:
        _system(step, step.root_id, TRACK_RESTARTS)


def _end_what_is_pointless(step: Step) -> None:
    trigger = step.transition.trigger
    if trigger == "settle_on_spot":
        for track in _tracks(step, PERFORMANCE.name, ("pending",)):
            _system(step, track, "complete")
    if trigger == "record_minutes" and _conceded(step) and registry.issue is not None:
        registry.issue(step, SIDE_MINUTES)
    if trigger == "talk_again":
        end_drafts(step, "agreement", "协议未签署，继续调解。")
        withdraw_sealed(step, "agreement", "协议未生效，继续调解。")
    if trigger in ("fail", "withdraw", "terminate", "transfer", "join", "party_absent", "return_to_referrer"):
        end_drafts(step, "agreement", NEVER_IN_EFFECT)
        annul_sealed(step, "agreement", NEVER_IN_EFFECT)
    if step.to_state in CLOSED and step.from_state in OPEN:
        joining = update(Task).where(Task.root_id == step.root_id, Task.kind == JOINING, Task.done_at.is_(None))
        step.session.execute(joining.values(done_at=step.at))
    if trigger == "revoke_lapse":
        end_drafts(step, "failure_opinion", "系统自动结案已撤销。")
        for track in _tracks(step, REMEDY.name, ("choosing",)):
            _system(step, track, "conclude", Conclude(result="系统自动结案已撤销，跟踪结束"))


def _follow_amendment(step: Step) -> None:
    """New promises are due on their own days; what was offered because the court had dismissed is not needed now."""
    if step.transition.trigger != "amend":
        return
    for track in _tracks(step, PERFORMANCE.name, ("pending", "partial", "defaulted")):
        reckon_clocks(step.session, step.session.get_one(Subject, track), by=SYSTEM_ACTOR, at=step.at)
        for remedy in _tracks(step, REMEDY.name, ("choosing",)):
            _system(step, remedy, "conclude", Conclude(result="双方已变更协议，跟踪结束"))


def _go_on_in_time(step: Step) -> None:
    """Once nothing is in default any more the performance goes on; a remedy nobody has chosen is not needed."""
    if step.transition.trigger not in ("pay_late", "postpone", "amend"):
        return
    terms = step.facts.terms
    if all(settled(term) for term in terms) or any(t.defaulted_on and not settled(t) for t in terms):
        return
    back = "back_to_partial" if any(t.paid for t in terms) else "back_to_pending"
    for track in _tracks(step, PERFORMANCE.name, ("defaulted",)):
        _system(step, track, back)
        if not _tracks(step, CONFIRMATION.name, ("court_dismissed",)):
            for remedy in _tracks(step, REMEDY.name, ("choosing",)):
                _system(step, remedy, "conclude", Conclude(result="逾期的款项已付清或者变更期限，跟踪结束"))


def _report_collective(step: Step) -> None:
    """十人以上集体争议: once a case has ten workers with a common claim, the street's head and the federation's leaders
    hear of it the same day (law.md §3.6 ⚙); a case that others were joined to counts its clocks anew."""
    _tell_of_the_tenth(step, step.facts.case, step.facts)
    _put_first(step.facts.case, step.facts, step.to_state)
    if step.transition.trigger == "join":
        into = step.session.get_one(MediationCase, step.facts.case.joined_into_id)
        facts = current_facts(step.session, into, by=step.actor, at=step.at)
        _tell_of_the_tenth(step, into, facts)
        _put_first(into, facts, into.state)
        reckon_clocks(step.session, into, by=SYSTEM_ACTOR, at=step.at)


def _put_first(case: MediationCase, facts: Facts, state: str) -> None:
    """A collective dispute is taken up before others while it is open (law.md §3.6)."""
    first = facts.is_collective and facts.setting("mediation.collective_first") and state in OPEN
    if case.urgent != (FIRST if first else ""):
        case.urgent = FIRST if first else ""


def _tell_of_the_tenth(step: Step, case: MediationCase, facts: Facts) -> None:
    if not facts.is_collective or case.collective_since is not None:
        return
    case.collective_since = step.occurred_on
    text = f"{len(facts.claiming_alike)}人集体争议：{case.title}，当日报告；同时通报人力社保部门。"
    for staff_id in _leaders(step):
        tell_staff(step.session, staff_id, text, step.at, case.id)


def _report_special(step: Step) -> None:
    """停工、怠工和激化风险: reported at once, to the head and upward to the district (京工会法办法30, 人民调解法25)."""
    told = REPORTED.get(step.transition.trigger)
    if told is None:
        return
    words = (getattr(step.form, "text", "") or "").strip()[:200]
    for staff_id in _leaders(step) - {step.actor.id}:
        text = f"{step.root.number or step.root.title}{told}：{words}"
        tell_staff(step.session, staff_id, text, step.at, step.root_id)


REPORTED = {"report_stoppage": "报告停工、怠工", "report_risk": "登记激化风险"}


def _leaders(step: Step) -> set[uuid.UUID]:
    path = path_of(step.session, step.organisation_id) or ""
    places = [uuid.UUID(place) for place in path.split("/") if place]
    held = select(RoleGrant.staff_id).where(
        RoleGrant.role.in_((ORG_HEAD.id, FED_LEADER.id)),
        RoleGrant.organisation_id.in_(places),
        RoleGrant.in_force(step.today),
    )
    return set(step.session.scalars(held))


def _conceded(step: Step) -> bool:
    return bool((getattr(step.form, "without_prejudice", "") or "").strip())


def _tracks(step: Step, workflow: str, states: tuple[str, ...]) -> list[uuid.UUID]:
    row = Subject.__table__.c
    found = select(row.id).where(row.root_id == step.root_id, row.workflow == workflow, row.state.in_(states))
    return list(step.session.scalars(found))


def _system(step: Step, subject_id: uuid.UUID, trigger: str, form: Conclude | None = None) -> None:
    fire(
        step.session,
        subject_id,
        trigger,
        form,
        by=SYSTEM_ACTOR,
        at=step.at,
        key=f"{subject_id}:{step.seq}:{trigger}",
        occurred_on=step.occurred_on,
    )
