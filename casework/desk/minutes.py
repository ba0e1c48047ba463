"""Blocks of wording a recorder puts into the minutes with one press; each procedure brings its own."""

from casework.desk.tables import Sitting
from workflows.module import MinutesBlock, registry
from workflows.tables import Subject

MOST_CHARACTERS = 20_000


def blocks(subject: Subject) -> tuple[MinutesBlock, ...]:
    return registry.module_for(subject).minutes


def with_block(subject: Subject, held: Sitting, text: str, name: str) -> str:
    """The minutes with a block at their end; unchanged when it is unknown or there is no room for it."""
    block = next((block for block in blocks(subject) if block.name == name), None)
    if block is None:
        return text
    longer = f"{text.rstrip()}\n\n" if text.strip() else ""
    longer += f"【{block.label}】\n{block.text.format(number=held.number)}\n"
    return longer if len(longer) <= MOST_CHARACTERS else text
