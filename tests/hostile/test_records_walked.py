"""Every step of a record's life, and the last steps of a case: no text typed into them breaks anything."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from casework.mediation.forms import aftermath, endings
from documents.correcting import Change, Supersede
from documents.forms import ApproveSeal, Finalise, Seal, Void
from documents.serving import RecordAttempt, Serve
from documents.signing import RefuseSignature, Sign, SignAsStaff, SignOnPad
from tests.browser.test_signing import agreed_to_sign, made
from tests.casework.mediation.world import World, application, build
from tests.conftest import Clock
from tests.documents.strokes import strokes
from tests.hostile.test_steps_walked import CASES, as_typed, files_of, steps_of
from tests.hostile.walk import Walk
from tests.scenarios.stage import Stage
from web.forms import show
from workflows.calendar_table import fill
from workflows.definition import SYSTEM
from workflows.fire import current_facts
from workflows.form import Form
from workflows.module import registry
from workflows.tables import Subject

Name = tuple[str, str]
LAST = {("mediation", "report_back"), ("mediation", "return_to_referrer"), ("mediation.remedy", "conclude")}
MADE_BY_OTHERS = {  # offered on no page: another step, or the day, brings them about
    ("mediation", "split_off"),
    ("mediation", "negotiation_unanswered"),
    ("mediation.performance", "begin"),
    ("mediation.confirmation", "offer"),
    ("mediation.confirmation", "lapse_window"),
    ("mediation.remedy", "inform"),
}
AGAIN = {"duplicate_decision": "separate", "duplicate_reason": "另一段用工期间的争议"}
APART = application(**AGAIN)


@dataclass
class WalkingWorld(World):
    """A station in which each step of a record that was not yet walked is walked in the browser before it is taken."""

    walk: Walk = None  # type: ignore[assignment]
    walked: set[Name] = field(default_factory=set)

    def act(self, subject_id: UUID, trigger: str, form: Form | None = None, by: str = "mediator", **more: Any) -> Any:
        name = (self.read_one(subject_id).workflow, trigger)
        if (name[0] == "record" or name in LAST) and name not in self.walked:
            self.walked.add(name)
            with self.walk.undone():
                self._walk(subject_id, trigger, form, by)
        return super().act(subject_id, trigger, form, by, **more)

    def read_one(self, subject_id: UUID) -> Subject:
        with self.sessions() as session:
            return session.get_one(Subject, subject_id)

    def _walk(self, subject_id: UUID, trigger: str, form: Form | None, by: str) -> None:
        with self.sessions() as session:
            subject = session.get_one(Subject, subject_id)
            facts = current_facts(session, subject, by=self.actor(session, by), at=self.clock.now)
            struct = registry.module_for(subject).forms.get(trigger, Form)
            typed = as_typed(show(struct, form, facts, self.clock.today).fields)
        self.walk.sit_down(self.ids[by], self.sessions)
        page = f"/subjects/{subject_id}/transitions/{trigger}"
        asked = self.walk.shown(page, rf"{page}|/records/{subject_id}/pad")
        if untaken := self.walk.into(f"{subject.workflow}.{trigger}", asked, typed, files_of(form)):
            self.walk.faults.append(f"{page}, {trigger} as it should be: {untaken}")


def test_no_text_typed_into_a_step_of_a_record_breaks_it(stage: Stage, walk: Walk, clock: Clock) -> None:
    with stage.sessions.begin() as session:
        fill(session, clock.now)
    town = build(stage.sessions, clock)
    world = WalkingWorld(stage.sessions, clock, town.ids, town.station, town.federation, walk=walk)
    live(world)
    assert walk.faults == [], "\n".join(walk.faults)
    assert world.walked | set().union(*map(steps_of, CASES)) | MADE_BY_OTHERS == by_people()


def live(world: WalkingWorld) -> None:
    """On paper and electronically, signed and refused, sealed, served and not reached, voided and replaced."""
    electronic = world.record(agreed_to_sign(world), "agreement")
    world.act(electronic.id, "finalise", Finalise(original="electronic"))
    key = made(world, world.record(electronic.root_id, "agreement")).signers[0]["key"]
    shown = world.record(electronic.root_id, "agreement").data_sha256 or ""
    world.act(electronic.id, "sign_on_pad", SignOnPad(signer=key, strokes=strokes(), shown_sha256=shown))
    world.act(electronic.id, "sign_as_staff", SignAsStaff())
    paper = world.record(world.drafted(APART), "agreement")
    world.act(paper.id, "finalise", Finalise())
    signers = [signer["key"] for signer in world.record(paper.root_id, "agreement").signers]
    world.act(
        paper.id,
        "refuse_signature",
        RefuseSignature(signer=signers[1], reason="认为金额不对，拒绝签名", witness="见证人李四"),
    )
    world.act(paper.id, "sign", Sign(signer=signers[0]))
    world.act(paper.id, "void", Void(reason="双方重新协商"), "head")
    notice = world.record(world.talking(APART), "session_notice")
    world.act(notice.id, "approve_seal", ApproveSeal(copies=3), "head")
    world.act(notice.id, "seal", Seal(copies=3), "keeper")
    to = world.record(notice.root_id, "session_notice").addressees[0]["key"]
    world.act(notice.id, "record_attempt", RecordAttempt(addressee=to, reason="无人在家，未能交付"))
    world.act(notice.id, "serve", Serve(addressee=to))
    wrong = Change(was="身份证明", becomes="身份证原件")
    world.act(notice.id, "supersede", Supersede(basis="words", changes=[wrong], reason="应带的证件写错"), "head")
    _end(world)


def _end(world: WalkingWorld) -> None:
    sent = world.referred("court_delegate", signed_for_on=date(2026, 3, 2), **AGAIN)
    world.act(sent, "return_to_referrer", endings.ReturnToReferrer(reason="divergent", summary="双方分歧较大"))
    world.act(sent, "report_back", endings.ReportBack(report="已将结果函告。"))
    remedy = world.track(sent, "remedy")
    world.act(remedy, "apply_arbitration", aftermath.Filing(body="朝阳区劳动人事争议仲裁委员会"))
    world.act(remedy, "conclude", aftermath.Conclude(result="仲裁委已受理"))


def by_people() -> set[Name]:
    """Every step of every procedure that a person may record."""
    workflows = [w for module in registry.modules.values() for w in module.workflows]
    return {(w.name, t.trigger) for w in workflows for t in w.transitions if t.by != (SYSTEM,)}
