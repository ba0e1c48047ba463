"""劳动争议调解: from the application to the agreement, its performance and the file."""

from casework.mediation import presenting
from casework.mediation.consequences import follow
from casework.mediation.figures import FIGURES
from casework.mediation.for_parties import FOR_PARTIES
from casework.mediation.forms import FORMS
from casework.mediation.forms.papers import PAPERS
from casework.mediation.forms.people import ACTS
from casework.mediation.items import item_names
from casework.mediation.kinds import TERMS
from casework.mediation.known import look_up
from casework.mediation.ledger import LEDGER, allowances
from casework.mediation.loading import load
from casework.mediation.minutes import MINUTES
from casework.mediation.panels import PANELS, TEMPLATES
from casework.mediation.policy import HOUSE_RULES
from casework.mediation.record_data import RECORD_DATA
from casework.mediation.records import RECORDS
from casework.mediation.relations import party
from casework.mediation.reminding import reminders
from casework.mediation.settings import unsigned
from casework.mediation.tables import MediationCase
from casework.mediation.telling import TOLD
from casework.mediation.ties import must_keep_out
from casework.mediation.tracks import TRACKS
from casework.mediation.words import WORDS
from casework.mediation.workflow import mediation
from workflows.module import Module, registry

module = Module(
    name="mediation",
    label="劳动争议调解",
    workflow=mediation,
    tracks=TRACKS,
    subject=MediationCase,
    facts=load,
    forms=FORMS,
    records=RECORDS,
    record_data=RECORD_DATA,
    figures=FIGURES,
    ledger=LEDGER,
    allowances=allowances,
    relations={"party": party},
    checks=(unsigned,),
    house_rules=HOUSE_RULES,
    heading=presenting.heading,
    panels=PANELS,
    templates=TEMPLATES,
    participants=presenting.participants,
    summary=presenting.summary,
    search=presenting.words,
    telephone=presenting.telephone,
    duplicates=presenting.likely_repetitions,
    look_up=look_up,
    similar=presenting.similar,
    acts=(*ACTS, *PAPERS),
    for_parties=FOR_PARTIES,
    linking=("join", "split"),
    blank=presenting.Blank,
    reveal=presenting.reveal,
    keeps_out=must_keep_out,
    unfit=presenting.unfit,
    filing=presenting.filing,
    next_step=presenting.NEXT_STEP,
    told=TOLD,
    item_names=item_names,
    reminders=reminders,
    minutes=MINUTES,
    correctable=presenting.CORRECTABLE,
    terms=TERMS,
    words=WORDS,
    titles={t.trigger: t.label for t in mediation.transitions},
    icon="scale",
    tone="accent",
)


if follow not in registry.listeners:
    registry.listeners.append(follow)
registry.entry_labels["joined_here"] = "他案并入"
