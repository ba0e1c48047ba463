"""Every scenario is carried out through the engine as people would, with the clock moved from step to step."""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from casework.desk.messages import NOTICE
from casework.mediation.policy import HOUSE_RULES
from casework.mediation.presenting import as_shown
from casework.mediation.record_data import ROLES
from casework.mediation.tables import CaseParty, Claim, LimitationRestart, MediationCase
from documents.tables import Record
from tests.scenarios import world
from tests.scenarios.filing import changed, fill_in, moment
from tests.scenarios.reading import SWEEP, BadScenario, Scenario, Step, parse_citation, read, scenarios, usual
from tests.scenarios.stage import Stage
from workflows import fire as engine
from workflows.definition import Transition, Workflow
from workflows.errors import Invalid, Reason, Refused
from workflows.module import Figure, registry
from workflows.sweep import sweep
from workflows.tables import OutboxMessage, Setting, Subject, Task, Timer, Track

KIND = "mediation"
ALL = scenarios(KIND)
USUAL = usual(KIND)
APPLICATION = "登记书面申请"
TIMER_STATES = {"running": "在走", "met": "停止", "lapsed": "届满", "paused": "暂停", "stopped": "停止"}
REFERRALS = "登记转办、委派或者委托"
OPENINGS = (APPLICATION, REFERRALS)
PARTS = {"mediator": "调解员", "recorder": "记录员", "applicant": "申请人", "org_head": "调解员"}
EVERY_MARK = ["申请人", "被申请人", "调解员", "记录员", "盖章"]
MEMBERS_OF_GROUP = ["何群", "赵宁", "孙岩"]


@pytest.mark.parametrize("scenario", ALL, ids=lambda s: f"{s.file}-{s.place:02d}")
def test_scenario(scenario: Scenario, stage: Stage) -> None:
    play = given(scenario, stage)
    with stage.scene():
        for step in scenario.when:
            play.take(step)
        play.compare()


def given(scenario: Scenario, stage: Stage) -> "Play":
    """The play of a scenario, with everything that is given brought about."""
    play = Play(scenario, stage.sessions)
    world_key = f"{scenario.given.get('relatives')}{scenario.given.get('settings')}"
    steps = [(world_key, lambda _: play.build())]
    steps += [(play.key_of(step), partial(play.on_top_of, step)) for step in play.usual_way()]
    play.known = stage.reach(steps, None)
    return play


@dataclass(frozen=True)
class Known:
    """What the steps so far have made."""

    here: world.World
    case: uuid.UUID | None = None
    earlier: tuple[uuid.UUID, ...] = ()


KEYS = itertools.count()


@dataclass
class Play:
    """One scenario being carried out."""

    scenario: Scenario
    sessions: sessionmaker[Session]
    known: Known = field(default_factory=lambda: Known(world.World()))

    @property
    def here(self) -> world.World:
        return self.known.here

    @property
    def case(self) -> uuid.UUID | None:
        return self.known.case

    # --- given

    def build(self) -> Known:
        with self.sessions.begin() as session:
            here = world.build(session, self.scenario.given.get("relatives", {}))
            for label, value in self.scenario.given.get("settings", {}).items():
                session.add(_setting(label, value))
        return Known(here)

    def on_top_of(self, step: Step, known: Known) -> Known:
        self.known = known
        self.take(step)
        return self.known

    def key_of(self, step: Step) -> str:
        """Two steps of one key do the same."""
        given = self.scenario.given
        extra = (given.get("station"), given.get("marks")) if step.do in (*OPENINGS, "签署") else ()
        return repr((step, self.filed(step.do, step), extra))

    def usual_way(self) -> Iterator[Step]:
        """The steps that bring a case to the given state on the given dates."""
        given = self.scenario.given
        if "state" not in given:
            return
        state = given["state"]
        received = given.get("received", date(2026, 3, 2))
        accepted = given.get("accepted", date(2026, 3, 4) if "received" not in given else received)
        drafted = given.get("drafted", given.get("settled", accepted))
        settled = given.get("settled", drafted)
        mediators = MEMBERS_OF_GROUP if given.get("workers", 1) >= 10 else ["何群"]
        referred = "referral" in given
        way = {
            "已收到申请": [_act(received, "立案人员", REFERRALS if referred else APPLICATION)],
            "征询对方意见": [_act(received, "立案人员", "征询对方意见")],
            "已受理": [
                *([_act(accepted, "立案人员", "登记当事人答复", {"答复人": world.APPLICANT})] if referred else []),
                _act(accepted, "立案人员", "登记当事人答复"),
                _act(accepted, "调解组织负责人", "受理"),
            ],
            "已指定调解员": [_act(accepted, "调解组织负责人", "指定调解员", {"调解员": mediators})],
            "调解中": [_act(accepted, "调解员", "安排调解会"), _act(accepted, "调解员", "开始调解")],
            "达成合意、协议待签": [
                _act(drafted, "调解员", "录入协议", given.get("agreement", {})),
                _act(drafted, "", "签署"),
            ],
            "调解成功": [_act(settled, "调解员", "协议签署生效")],
            "逾期未履行": [_act(date(2026, 4, 1), "调解员", "确认逾期未履行")],
        }
        if state in ("调解不成", "已归档"):
            yield from itertools.chain(*(way[s] for s in list(way)[:5]))
            yield _act(date(2026, 3, 12), "调解员", "调解不成")
            if not given.get("drafts"):
                yield _act(date(2026, 3, 13), "", "文书齐备")
            if state == "已归档":
                yield _act(date(2026, 3, 30), "档案管理员", "归档")
            return
        if state not in way:
            raise BadScenario(f"{self.scenario.name}: no usual way leads to {state!r}; known are {list(way)}")
        yield from itertools.chain(*(way[s] for s in itertools.islice(way, list(way).index(state) + 1)))

    # --- when

    def take(self, step: Step) -> None:
        at = moment(step.recorded, 10) + timedelta(seconds=next(KEYS))
        if step.do == SWEEP:
            sweep(self.sessions, moment(step.on, 0, 30))
        elif step.do == "签署":
            self.mark_agreement(at, self.scenario.given.get("marks", EVERY_MARK))
        elif step.do == "文书齐备":
            self.finish_records(at)
        elif step.refused:
            self.must_be_refused(step, at)
        elif step.invalid:
            with pytest.raises(Invalid, match=step.invalid):
                self.fire(step, at)
        else:
            self.fire(step, at)

    def must_be_refused(self, step: Step, at: datetime) -> None:
        """Refused for exactly the articles the scenario names: each is cited, and nothing else is in the way."""
        with pytest.raises(Refused) as refused:
            self.fire(step, at)
        for citation in step.refused:
            assert any(_cites(reason, citation) for reason in refused.value.reasons), (citation, str(refused.value))
        for reason in refused.value.reasons:
            assert any(_cites(reason, citation) for citation in step.refused), f"unforeseen: {reason}"
        unmet = sorted({reason.guard for reason in refused.value.reasons if reason.guard})
        assert unmet == sorted(step.guards), f"the step is refused by these: `guards: [{', '.join(unmet)}]`"

    def fire(self, step: Step, at: datetime) -> None:
        workflow, transition = _named(step.do)
        key = f"{self.scenario.file}:{next(KEYS)}"
        with self.sessions.begin() as session:
            actor = self.here.actor(session, step.by, at)
            if transition.opens:
                form = self.form(session, None, workflow, transition, step, at)
                done = engine.open_subject(
                    session,
                    workflow.name,
                    transition.trigger,
                    form,
                    by=actor,
                    at=at,
                    key=key,
                    occurred_on=step.on,
                    organisation_id=self.here.places[self.scenario.given.get("station", world.CENTRE)],
                )
                earlier = (*self.known.earlier, self.case) if self.case else ()
                self.known = replace(self.known, case=done.subject_id, earlier=earlier)
                return
            subject = self.subject(session, workflow)
            form = self.form(session, subject, workflow, transition, step, at)
            engine.fire(session, subject.id, transition.trigger, form, by=actor, at=at, key=key, occurred_on=step.on)

    def subject(self, session: Session, workflow: Workflow) -> Subject:
        if not workflow.is_track:
            return session.get_one(Subject, self.case)
        query = select(Subject).where(Subject.root_id == self.case, Subject.workflow == workflow.name)
        track = session.scalars(query.order_by(Subject.id.desc()).limit(1)).first()
        assert track is not None, f"{workflow.label} has not begun"
        return track

    def form(
        self, session: Session, subject: Subject | None, workflow: Workflow, t: Transition, step: Step, at: datetime
    ) -> Any:
        filed = self.filed(t.label, step)
        kind = registry.module_of(workflow.name).forms.get(t.trigger)
        if kind is None:
            assert not filed, f"{t.label} has no form"
            return None
        actor = self.here.actor(session, step.by, at)
        facts = engine.current_facts(session, subject, by=actor, at=at) if subject is not None else None
        form = fill_in(kind, self.with_names(filed, step.on), facts)
        return as_shown(session, form, at, subject.id if subject is not None and not workflow.is_track else None)

    def filed(self, label: str, step: Step) -> dict[str, Any]:
        filed = USUAL.get(label, {})
        given = self.scenario.given
        if "申请人" in filed:
            filed = _with_workers(filed, given.get("workers", 1))
            filed = changed(filed, given.get("filed", {}))
            if label == REFERRALS and "referral" in given:
                filed = changed(
                    filed, {"来函种类": given["referral"], "审理程序": "简易程序" if given.get("summary") else ""}
                )
        return changed(filed, step.file)

    def with_names(self, value: Any, on: date) -> Any:
        """Staff by name, 本案 and 当日 as what they stand for."""
        if isinstance(value, dict):
            return {label: self.with_names(inner, on) for label, inner in value.items()}
        if isinstance(value, list):
            return [self.with_names(inner, on) for inner in value]
        if value in self.here.staff:
            return self.here.staff[value]
        if value == "本案":
            return self.case
        if isinstance(value, str) and value.startswith("当日 "):
            return f"{on} {value[3:]}"
        return value

    # --- records on paper

    def mark_agreement(self, at: datetime, marks: list[str]) -> None:
        """The newest agreement is finalised, signed by each who is named, and sealed if that is named."""
        with self.sessions.begin() as session:
            self.complete(session, self.newest(session, "agreement"), at, marks)

    def finish_records(self, at: datetime) -> None:
        with self.sessions.begin() as session:
            for record in session.scalars(select(Record).where(Record.root_id == self.case)).all():
                everybody = [_side(session, signer) for signer in record.signers]
                self.complete(session, record, at, [*everybody, "盖章"])

    def complete(self, session: Session, record: Record, at: datetime, marks: list[str]) -> None:
        if record.state == "draft":
            self.move(session, record, "finalise", {}, "何群", at)
        for signer in record.signers if record.state == "awaiting_signature" else ():
            if _side(session, signer) in marks:
                self.move(session, record, "sign", {"signer": signer["key"]}, "何群", at)
        if "盖章" in marks and record.state == "awaiting_approval":
            self.move(session, record, "approve_seal", {}, "郑立", at)
            self.move(session, record, "seal", {}, "吴桐", at)

    def newest(self, session: Session, kind: str) -> Record:
        query = select(Record).where(Record.root_id == self.case, Record.kind_id == kind)
        record = session.scalars(query.order_by(Record.id.desc()).limit(1)).first()
        assert record is not None, f"no {kind} was made"
        return record

    def move(
        self, session: Session, record: Record, trigger: str, values: dict[str, Any], name: str, at: datetime
    ) -> None:
        form = registry.module_of("record").forms[trigger](**values)
        actor = replace(world.access.actor_for(session, self.here.staff[name], at), proved_at=at)
        engine.fire(session, record.id, trigger, form, by=actor, at=at, key=f"{record.id}:{next(KEYS)}")
        session.expire_all()

    # --- then

    def compare(self) -> None:
        with self.sessions() as session:
            for what, expected in self.scenario.then.items():
                found = getattr(self, f"found_{what}")(session, expected)
                assert found == expected, f"{self.scenario.name}: {what}"

    def found_state(self, session: Session, _: Any) -> str:
        case = session.get_one(Subject, self.case)
        return registry.workflow_for(case).state_by_id[case.state].label

    def found_closed_on(self, session: Session, _: Any) -> date | None:
        return session.get_one(Subject, self.case).closed_on

    def found_numbered(self, session: Session, _: Any) -> bool:
        return bool(session.get_one(MediationCase, self.case).case_number)

    def found_timers(self, session: Session, expected: dict[str, Any]) -> dict[str, Any]:
        return {label: self.timer(session, label, wanted) for label, wanted in expected.items()}

    def timer(self, session: Session, label: str, wanted: dict[str, Any]) -> Any:
        timers = self.timers(session, label)
        if not timers:
            return "没有这个期限"
        timer = timers[-1]
        assert "status" in wanted or timer.status == "running", f"{label}: {TIMER_STATES[timer.status]}"
        found = {
            "nominal": timer.nominal_due,
            "effective": timer.effective_due,
            "status": TIMER_STATES[timer.status],
            "calendar": timer.calendar_status,
        }
        return {name: found[name] for name in wanted}

    def timers(self, session: Session, label: str) -> list[Timer]:
        ids = [d.id for w in _workflows() for d in w.deadlines if d.label == label]
        assert len(ids) == 1, f"no deadline is called {label!r}"
        query = select(Timer).where(Timer.root_id == self.case, Timer.deadline == ids[0])
        return list(session.scalars(query.order_by(Timer.id)))

    def found_no_timers(self, session: Session, labels: list[str]) -> list[str]:
        live = [label for label in labels for t in self.timers(session, label) if t.status in ("running", "paused")]
        return [label for label in labels if label not in live]

    def found_records(self, session: Session, expected: list[str]) -> list[str]:
        made = self.records(session)
        return [label for label in expected if label in made]

    def found_no_records(self, session: Session, labels: list[str]) -> list[str]:
        made = self.records(session)
        return [label for label in labels if label not in made]

    def records(self, session: Session) -> set[str]:
        return set(session.scalars(select(Record.title).where(Record.root_id == self.case)))

    def found_earlier_case(self, session: Session, expected: dict[str, Any]) -> dict[str, Any]:
        return self.found_of(session, self.known.earlier[-1], expected)

    def found_split_case(self, session: Session, expected: dict[str, Any]) -> dict[str, Any]:
        query = select(MediationCase.id).where(MediationCase.split_from_id == self.case)
        case = session.scalars(query).one_or_none()
        assert case is not None, "no case was split off"
        return self.found_of(session, case, expected)

    def found_of(self, session: Session, case: uuid.UUID, expected: dict[str, Any]) -> dict[str, Any]:
        other = replace(self, known=replace(self.known, case=case))
        return {what: getattr(other, f"found_{what}")(session, wanted) for what, wanted in expected.items()}

    def found_told(self, session: Session, _: Any) -> list[str]:
        told = session.scalars(
            select(OutboxMessage.body).where(OutboxMessage.topic == NOTICE, OutboxMessage.subject_id == self.case)
        )
        names = {str(identity): name for name, identity in self.here.staff.items()}
        return sorted({names[body["staff_id"]] for body in told})

    def found_record_states(self, session: Session, expected: dict[str, str]) -> dict[str, str]:
        query = select(Record).where(Record.root_id == self.case).order_by(Record.id)
        states = {r.title: registry.workflow_for(r).state_by_id[r.state].label for r in session.scalars(query)}
        return {title: states.get(title, "没有这份文书") for title in expected}

    def found_claims(self, session: Session, _: Any) -> dict[str, float]:
        query = select(Claim).where(Claim.case_id == self.case, Claim.withdrawn_on.is_(None)).order_by(Claim.id)
        return {claim.title: (claim.amount or 0) / 100 for claim in session.scalars(query)}

    def found_parties(self, session: Session, expected: dict[str, list[str]]) -> dict[str, list[str]]:
        query = select(CaseParty).where(CaseParty.case_id == self.case, CaseParty.moved_to_id.is_(None))
        parties = list(session.scalars(query.order_by(CaseParty.id)))
        return {side: [p.name for p in parties if ROLES[p.side] == side] for side in expected}

    def found_limitation(self, session: Session, _: Any) -> list[dict[str, Any]]:
        row = LimitationRestart
        query = select(row).where(row.case_id == self.case, row.voided_on.is_(None)).order_by(row.on, row.id)
        return [{"on": r.on, "event": r.event} for r in session.scalars(query)]

    def found_tracks(self, session: Session, expected: dict[str, str]) -> dict[str, str]:
        states = self.tracks(session)
        return {label: states.get(label, "没有开始") for label in expected}

    def found_no_tracks(self, session: Session, _: Any) -> bool:
        return not self.tracks(session)

    def tracks(self, session: Session) -> dict[str, str]:
        query = select(Track).where(Track.root_id == self.case).order_by(Track.id)
        tracks = [(registry.workflow_for(track), track.state) for track in session.scalars(query)]
        return {workflow.label: workflow.state_by_id[state].label for workflow, state in tracks}

    def found_tasks(self, session: Session, _: Any) -> list[str]:
        query = select(Task.kind).where(Task.root_id == self.case, Task.done_at.is_(None)).order_by(Task.created_at)
        return list(session.scalars(query))

    def found_reopened(self, session: Session, _: Any) -> bool:
        return session.get_one(MediationCase, self.case).reopened_from_id in self.known.earlier

    def found_split_into(self, session: Session, _: Any) -> int:
        return len(session.scalars(select(MediationCase).where(MediationCase.split_from_id == self.case)).all())

    def found_figures(self, session: Session, expected: dict[str, Any]) -> dict[str, Any]:
        counted = {figure.label: figure for figure in registry.module_of(KIND).figures}
        return {label: self.figure(session, counted[label]) for label in expected}

    def figure(self, session: Session, figure: Figure) -> Any:
        counted = figure.count(session, (date(2026, 1, 1), date(2026, 12, 31)), None)
        if counted.denominator is not None:
            return f"{counted.numerator}/{counted.denominator}"
        return counted.numerator / 100 if figure.unit == "分" else counted.numerator


def _act(on: date, by: str, do: str, file: dict[str, Any] | None = None) -> Step:
    return Step(on, by, do, on, file or {})


def _workflows() -> tuple[Workflow, ...]:
    return registry.module_of(KIND).workflows


def _named(label: str) -> tuple[Workflow, Transition]:
    found = [(w, t) for w in _workflows() for t in w.transitions if t.label == label]
    if len(found) != 1:
        raise BadScenario(f"{len(found)} steps are called {label!r}")
    return found[0]


def _cites(reason: Reason, text: str) -> bool:
    law, place, mark = parse_citation(text)
    for citation in reason.law:
        same_mark = str(citation.mark) == mark
        if not law and same_mark and place in ("", citation.law.key.removeprefix("政策").strip()):
            return True
        if law == citation.law.key and same_mark and place in _places(citation):
            return True
    return False


def _places(citation: Any) -> set[str]:
    """75(3) is found in article 75 as a whole, in its paragraph 3 and in its item 3."""
    article = str(citation.article or "")
    return {"", article, citation.place, *(f"{article}({n})" for n in (citation.paragraph, citation.item) if n)}


def _setting(label: str, value: Any) -> Setting:
    rule = next((rule for rule in HOUSE_RULES if rule.label == label), None)
    if rule is None:
        raise BadScenario(f"no house rule is called {label!r}")
    return Setting(
        key=rule.key, value={"value": value}, valid_from=world.SINCE, document="", entered_at=world.BEFORE_EVERYTHING
    )


def _with_workers(filed: dict[str, Any], count: int) -> dict[str, Any]:
    """As many applicants as the scenario says, each with the usual claim; of ten or more the first three speak."""
    if count == 1:
        return filed
    usual_worker, usual_claim = filed["申请人"][0], filed["调解请求"][0]
    names = list(zip(world.WORKERS, world.ID_NUMBERS, strict=True))[:count]
    workers = [
        {
            **usual_worker,
            "姓名或者名称": name,
            "公民身份号码": number,
            "电话": f"138000000{i:02d}",
            "职工代表人": count >= 10 and i < 3,
            "推举书": "推举书一份" if count >= 10 and i < 3 else "",
        }
        for i, (name, number) in enumerate(names)
    ]
    return {**filed, "申请人": workers, "调解请求": [{**usual_claim, "所属申请人": i} for i in range(count)]}


def _side(session: Session, signer: dict[str, str]) -> str:
    """申请人, 被申请人, 调解员 or 记录员, as a scenario names who signs."""
    if signer["part"] != "party":
        return PARTS.get(signer["part"], signer["part"])
    party = session.get_one(CaseParty, uuid.UUID(signer["key"]))
    return "申请人" if party.side == "applicant" else "被申请人"


# --- the runner itself must be able to say no


GOOD = {
    "name": "x",
    "law": ["协调规定22 ✔"],
    "when": [{"on": date(2026, 3, 2), "as": "立案人员", "do": "登记书面申请"}],
    "then": {"state": "已收到申请"},
}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"then": {}},
        {"then": {"staet": "已收到申请"}},
        {"given": {"status": "已受理"}},
        {"law": []},
        {"law": ["协调规定22"]},
        {"law": ["某规定22 ✔"]},
        {"when": [{"on": date(2026, 3, 2), "as": "立案人员", "do": "登记书面申请", "files": {}}]},
        {"when": [{"on": date(2026, 3, 2), "do": "登记书面申请"}]},
        {"when": []},
        {"then": {"timers": {"十五日调解期": {"due": date(2026, 3, 2)}}}},
        {"when": [{"on": date(2026, 3, 2), "as": "立案人员", "do": "登记书面申请", "guards": ["in_scope"]}]},
        {"expect": {}},
    ],
    ids=str,
)
def test_a_scenario_that_says_nothing_or_something_unknown_is_not_read(spoilt: dict[str, Any]) -> None:
    read(GOOD, "good")
    with pytest.raises(BadScenario):
        read({**GOOD, **spoilt}, "spoilt")


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "已受理"},
        {"closed_on": date(2026, 3, 2)},
        {"numbered": True},
        {"timers": {"自收到申请起十五日": {"nominal": date(2026, 3, 16)}}},
        {"timers": {"十五日调解期": {"nominal": date(2026, 3, 17)}}},
        {"no_timers": ["自收到申请起十五日"]},
        {"records": ["调解受理通知书"]},
        {"no_records": ["调解申请书"]},
        {"limitation": []},
        {"tracks": {"协议履行": "待履行"}},
        {"tasks": ["confirm_lapse"]},
        {"reopened": True},
        {"split_into": 1},
        {"told": ["郑立"]},
        {"split_case": {"state": "调解中"}},
        {"record_states": {"调解申请书": "作废"}},
        {"claims": {}},
        {"parties": {"申请人": []}},
        {"figures": {"受理件数": 1}},
    ],
    ids=str,
)
def test_each_expectation_can_fail(wrong: dict[str, Any], stage: Stage) -> None:
    play = given(replace(read(GOOD, "good"), then=wrong), stage)
    with stage.scene():
        play.take(play.scenario.when[0])
        with pytest.raises(AssertionError):
            play.compare()


def test_a_step_that_is_not_refused_or_refused_otherwise_is_noticed(stage: Stage) -> None:
    play = given(read(GOOD, "good"), stage)
    with stage.scene():
        step = play.scenario.when[0]
        bad = replace(step, file={"事实与理由": ""})
        with pytest.raises(AssertionError):
            play.take(replace(bad, refused=("协调规定22 ✔",)))
        with pytest.raises(AssertionError):
            play.take(replace(bad, refused=("协调规定21 ≈",)))
        for guards in ((), ("in_scope",), ("dispute_stated", "in_scope")):
            with pytest.raises(AssertionError):
                play.take(replace(bad, refused=("协调规定21 ✔",), guards=guards))
        play.take(replace(bad, refused=("协调规定21 ✔",), guards=("dispute_stated",)))
        with pytest.raises(pytest.fail.Exception):
            play.take(replace(step, refused=("协调规定21 ✔",)))
