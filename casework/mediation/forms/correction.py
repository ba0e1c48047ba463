"""What is missing in an application, and what was handed in to mend it."""

from datetime import date
from typing import Annotated

from casework.mediation.forms import fields
from casework.mediation.forms.people import Checked
from casework.mediation.forms.registration import ClaimIn, PartyIn, add_claims, add_party, case_of, parties_of
from workflows.form import Form, Step


class RequestCorrection(Form, kw_only=True):
    """What is missing, all at once."""

    missing: Annotated[list[str], fields.lines("应补正的事项")] = []

    def apply(self, step: Step) -> None:
        case = case_of(step)
        case.correction_requested_on = step.occurred_on
        case.correction_list = [line.strip() for line in self.missing if line.strip()]


class Correct(Checked, kw_only=True):
    """What was handed in to mend the application."""

    materials: Annotated[list[str], fields.lines("收到的补正材料")] = []
    grounds: Annotated[str, fields.long("补正后的事实与理由", "不改动的可不填")] = ""
    claims: Annotated[list[ClaimIn], fields.rows("补充的调解请求")] = []
    respondents: Annotated[list[PartyIn], fields.rows("补充的被申请人")] = []

    def apply(self, step: Step) -> None:
        case = case_of(step)
        case.corrected_on = step.occurred_on
        case.grounds = self.grounds.strip() or case.grounds
        for i, typed in enumerate(self.respondents):
            add_party(step, case, typed, "respondent", f"respondents.{i}")
        add_claims(step, case, self.claims, [p for p in parties_of(step, case) if p.side == "applicant"])
        self.settle(step)

    def named(self, today: date) -> list[tuple[PartyIn, str]]:
        return [(respondent, "respondent") for respondent in self.respondents]


FORMS: dict[str, type[Form]] = {
    "request_correction": RequestCorrection,
    "correct": Correct,
}
