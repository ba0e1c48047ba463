"""Every icon a history line or a step may show exists; a missing one would be an error page."""

from casework.desk.timeline import ENTRIES
from web.icons import icon
from workflows.module import registry


def test_every_icon_of_the_history_and_of_each_step_exists():
    steps = [t.icon for module in registry.modules.values() for w in module.workflows for t in w.transitions]
    for name in {*steps, *(entry.icon for entry in ENTRIES.values()), *(m.icon for m in registry.modules.values())}:
        assert "<svg" in icon(name)
