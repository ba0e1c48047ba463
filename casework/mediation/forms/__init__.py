"""What each step of a mediation asks for and what it writes: one struct for each trigger."""

from casework.mediation.collective import SplitOff
from casework.mediation.forms import aftermath, correction, endings, people, registration, special, talks
from workflows.form import Form

FORMS: dict[str, type[Form]] = {
    **registration.FORMS,
    **correction.FORMS,
    **people.FORMS,
    **talks.FORMS,
    **endings.FORMS,
    **aftermath.FORMS,
    **special.FORMS,
    "split_off": SplitOff,
}
