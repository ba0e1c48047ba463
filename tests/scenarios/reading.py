"""The language of the scenarios: what a file may say, and that every scenario says something that can be wrong."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from union.law import LAW_BY_KEY

HERE = Path(__file__).parent
SWEEP = "期限巡查"
MARKS = "✔◐✎≈⚙"
SCENARIO = {"name", "law", "given", "when", "then"}
GIVEN = {
    "state",  # reached by the usual way, on the dates below
    "received",
    "accepted",
    "drafted",
    "settled",
    "workers",  # how many applicants
    "filed",  # what the application says otherwise than usual
    "agreement",  # what the agreement says otherwise than usual
    "marks",  # who has signed or sealed the agreement; unsaid: all
    "referral",  # 来函种类
    "summary",  # the court hears the case in summary procedure
    "relatives",  # staff member: relative
    "settings",  # house rules by label
    "station",  # the street whose mediation organisation takes the case
    "drafts",  # an unfinished record lies in the file
}
STEP = {"on", "recorded", "as", "do", "file", "refused", "guards", "invalid"}
THEN = {
    "state",
    "closed_on",
    "numbered",
    "timers",
    "no_timers",
    "records",
    "no_records",
    "limitation",
    "tracks",
    "no_tracks",
    "tasks",
    "reopened",
    "split_into",
    "told",  # staff who got a message of the case, by name
    "record_states",  # of the newest record of each title
    "earlier_case",  # what is then true of the case registered before this one
    "split_case",  # and of the case split off from this one
    "claims",  # the standing ones: title and 元
    "parties",  # everybody still in the case, by side
    "figures",  # of the year 2026: how many, how many of how many, 元, 人
}
TIMER = {"nominal", "effective", "status", "calendar"}
CITED = re.compile(
    rf"(?P<law>[^\d⚙]*?)(?P<place>\d+(\(\d+\))*|[一二三四五六七八九]（[一二三四五六七八九]）)? ?(?P<mark>[{MARKS}])"
)


class Plain(yaml.CSafeLoader):
    """YAML in which only true and false are yes or no, so that ``on`` is a word."""


Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))


class BadScenario(ValueError):
    """A scenario that cannot be read, or that could never fail."""


@dataclass(frozen=True)
class Step:
    """One dated act: who records it, what it is, what is filed otherwise than usual, how it is refused."""

    on: date
    by: str
    do: str
    recorded: date
    file: dict[str, Any]
    refused: tuple[str, ...] = ()
    invalid: str = ""
    guards: tuple[str, ...] = ()  # the conditions that refuse, by name; a state or a role refuses without one


@dataclass(frozen=True)
class Scenario:
    """given, when, then, with the articles that say so."""

    name: str
    file: str
    place: int  # in its file, from 1
    given: dict[str, Any]
    when: tuple[Step, ...]
    then: dict[str, Any] = field(default_factory=dict)

    @property
    def way(self) -> str:
        """Scenarios that sort together have most steps in common."""
        told = ("relatives", "settings", "station", "filed", "workers", "referral", "summary", "received", "accepted")
        return repr(
            [str(self.given.get(name, "")) for name in (*told, "drafted", "settled", "agreement", "marks", "state")]
        )


def scenarios(kind: str) -> list[Scenario]:
    """Every scenario of a kind of case, in the order of its files."""
    files = sorted(path for path in (HERE / kind).glob("*.yaml") if path.stem != "usual")
    return [read(entry, path.stem, place) for path in files for place, entry in enumerate(_loaded(path), start=1)]


def usual(kind: str) -> dict[str, dict[str, Any]]:
    """What each step files when a scenario says nothing else."""
    return dict(_loaded(HERE / kind / "usual.yaml"))


def _loaded(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Plain)


def read(entry: dict[str, Any], file: str, place: int = 1) -> Scenario:
    name = entry.get("name", "?")
    _known(entry, SCENARIO, name)
    given, then = entry.get("given", {}), entry.get("then", {})
    _known(given, GIVEN, name)
    for expected in (then, then.get("earlier_case", {}), then.get("split_case", {})):
        _known(expected, THEN, name)
    for expected in then.get("timers", {}).values():
        _known(expected, TIMER, name)
    steps = tuple(_step(step, name) for step in entry.get("when", []))
    _cited(entry.get("law"), name)
    if not then and not any(step.refused or step.invalid for step in steps):
        raise BadScenario(f"{name}: nothing is expected, so nothing could be wrong")
    if not steps and "state" not in given:
        raise BadScenario(f"{name}: nothing happens")
    return Scenario(name, file, place, given, steps, then)


def _step(step: dict[str, Any], name: str) -> Step:
    _known(step, STEP, name)
    missing = {"on", "as", "do"} - set(step)
    if missing:
        raise BadScenario(f"{name}: a step lacks {sorted(missing)}")
    refused = tuple(step.get("refused", ()))
    if "refused" in step:
        _cited(list(refused), name)
    on = step["on"]
    guards = tuple(step.get("guards", ()))
    if guards and not refused:
        raise BadScenario(f"{name}: conditions refuse a step that is not refused")
    filed, invalid = step.get("file", {}), step.get("invalid", "")
    return Step(on, step["as"], step["do"], step.get("recorded", on), filed, refused, invalid, guards)


def _known(found: dict[str, Any], allowed: set[str], name: str) -> None:
    unknown = set(found) - allowed
    if unknown:
        raise BadScenario(f"{name}: unknown keys {sorted(unknown)}; known are {sorted(allowed)}")


def _cited(citations: Any, name: str) -> None:
    if not citations:
        raise BadScenario(f"{name}: no article is named")
    for citation in citations:
        parse_citation(citation, name)


def parse_citation(text: str, name: str = "") -> tuple[str, str, str]:
    """办案规则75(3) ✔ -> (办案规则, 75(3), ✔); 9-17 ⚙ -> ('', 9-17, ⚙)."""
    policy = re.fullmatch(r"(\d+(?:[-.]\d+)?)? ?⚙", text)
    if policy:
        return "", policy[1] or "", "⚙"
    match = CITED.fullmatch(text)
    if match is None or match["law"].strip() not in LAW_BY_KEY:
        raise BadScenario(f"{name}: {text!r} is no instrument with article and mark")
    return match["law"].strip(), match["place"] or "", match["mark"]
