"""The diagram of a procedure: everything drawn, nothing that depends on the moment."""

import re
from xml.etree import ElementTree

from tests.toy import lending
from workflows import diagram
from workflows.module import registry


def _all():
    return [lending, *(w for module in registry.modules.values() for w in module.workflows)]


def test_every_state_and_every_transition_is_drawn():
    for workflow in _all():
        drawn = diagram.svg(workflow, workflow.states[0].id)
        ElementTree.fromstring(drawn)
        assert set(re.findall(r'data-state="([^"]+)"', drawn)) == {s.id for s in workflow.states}, workflow.name
        triggers = {t for group in re.findall(r'data-triggers="([^"]+)"', drawn) for t in group.split()}
        assert triggers == {t.trigger for t in workflow.transitions}, workflow.name


def test_no_two_states_stand_on_the_same_place():
    for workflow in _all():
        places = list(diagram.layout(workflow).values())
        assert len(set(places)) == len(workflow.states), workflow.name
        assert diagram.svg(workflow) == diagram.svg(workflow)


def test_the_present_state_stands_out_with_what_may_follow():
    drawn = diagram.svg(lending, "on_loan", {"on_loan"})
    assert drawn.count("n-now") == 1
    assert "可能的下一步：续借、催还、归还" in drawn


def test_it_is_written_out_for_a_lawyer_with_article_and_condition():
    text = diagram.markdown(lending)
    assert "| 归还 | `give_back` |" in text
    assert "归还时须记明器材状况" in text
    assert diagram.as_data(lending)["deadlines"][0]["on_lapse"] == "recall"
