"""Counting what a person does: one action is a click, a key chord or a pick from a list; typing content is free.

The rule and the budgets are those of the project's study of peers. An experienced user on the usual way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from mimetypes import guess_type

from playwright.sync_api import Locator, Page


class Actions:
    """A person at a page, whose actions are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taken: list[str] = []

    def click(self, what: str | Locator) -> None:
        self._count("click", what)
        self._at(what).click()

    def check(self, what: str | Locator) -> None:
        self._count("check", what)
        self._at(what).check()

    def pick(self, what: str | Locator, **option: str) -> None:
        self._count("pick", what)
        self._at(what).select_option(**option)

    def choose(self, what: str | Locator, name: str, content: bytes) -> None:
        """A picture from the telephone, or a file from the desk, into a field for files."""
        self._count("choose", what)
        kind = guess_type(name)[0] or "application/octet-stream"
        self._at(what).set_input_files({"name": name, "mimeType": kind, "buffer": content})

    def scan(self, address: str) -> None:
        """The code on a paper, whose address the telephone opens."""
        self._count("scan", address)
        self.page.goto(address)

    def press(self, keys: str) -> None:
        self._count("press", keys)
        self.page.keyboard.press(keys)

    def type(self, what: str | Locator, text: str) -> None:
        """Content: not counted, but nothing the service knows already may be typed again."""
        self._at(what).fill(text)

    def _at(self, what: str | Locator) -> Locator:
        return self.page.locator(what) if isinstance(what, str) else what

    def _count(self, how: str, what: str | Locator) -> None:
        self.taken.append(f"{how} {what}")


@contextmanager
def budget(page: Page, most: int) -> Iterator[Actions]:
    """Fails above the number of actions, naming each."""
    actions = Actions(page)
    yield actions
    assert len(actions.taken) <= most, f"{len(actions.taken)} actions, the budget is {most}: {actions.taken}"
