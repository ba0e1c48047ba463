"""The data inside a file is what the pages say, in one canonical form, and nothing about anybody that they do not say."""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import date

import pikepdf
import pytest

from documents.contents import SCHEMA, canonical, contents_of, freeze
from documents.render import render_frozen
from documents.samples import CASE_NUMBER, CODE, ISSUED_ON, ORGANISATION, SAMPLES
from documents.wording import amount_in_capitals, amount_in_figures, date_in_figures, in_words, moment
from tests.documents import page

CHOICES = {"kind", "reason_code", "copies", "session", "tax"}  # decide what is printed, and are no text themselves
FALLS_BACK = {"organisation"}  # printed where the record's own organisation would stand otherwise


def frozen(kind, **more):
    return freeze(
        kind, SAMPLES[kind] | more, number=CASE_NUMBER, organisation=ORGANISATION, issued_on=ISSUED_ON, title="文书"
    )


def unsaid(data, said: str) -> list[str]:
    """The values of the data that the text of the pages does not have in any form it may have there."""
    plain = "".join(said.split())
    return [path for path, value in leaves(data) if not any("".join(form.split()) in plain for form in forms(value))]


def leaves(value, path="") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in CHOICES | FALLS_BACK:
                yield from leaves(item, f"{path}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}.{number}")
    elif value not in (None, "") and not isinstance(value, bool):
        yield path, value


def forms(value) -> list[str]:
    if isinstance(value, int):
        return [amount_in_figures(value), in_words(value) if value < 100 else str(value)]
    try:
        instant = "T" in value
        return [moment(value) if instant else date_in_figures(date.fromisoformat(value))]
    except ValueError:
        return [value]


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_what_travels_inside_is_what_is_printed(kind, fonts):
    content = frozen(kind)
    pdf = render_frozen(content, code=CODE, watermark="", site="https://hy.example.cn")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        inside = document.attachments["record.json"].get_file().read_bytes()
        assert [str(file.AFRelationship) for file in document.Root.AF] == ["/Data"]
    assert inside == canonical(content)
    assert unsaid(json.loads(inside)["data"], page.text(pdf)) == []


def amounts(value) -> Iterator[int]:
    """Every sum of money in the data, 分, wherever it stands."""
    if isinstance(value, dict):
        yield from (v for k, v in value.items() if k in ("amount", "monthly_wage") and v is not None)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from amounts(item)


@pytest.mark.parametrize("kind", sorted(kind for kind in SAMPLES if any(amounts(SAMPLES[kind]))))
def test_every_amount_is_also_written_in_capitals(kind, fonts):
    content = frozen(kind)
    said = "".join(page.text(render_frozen(content, code=CODE, watermark="", site="https://hy.example.cn")).split())
    printed = list(amounts(content["data"]))
    assert [fen for fen in printed if amount_in_capitals(fen) not in said] == []
    assert amount_in_capitals(printed[0] + 100) not in said, "the control: an amount that is not there is not found"


def test_a_value_that_is_not_printed_would_be_found(fonts):
    """The notice prints names alone: were the identity number kept with them, the comparison would say so."""
    content = frozen("acceptance_notice")
    pdf = render_frozen(content, code=CODE, watermark="", site="https://hy.example.cn")
    told = content["data"]["applicants"][0] | {"id_number": "110105199104120022"}
    assert unsaid({"applicants": [told]}, page.text(pdf)) == [".applicants.0.id_number"]


@pytest.mark.parametrize("kind", ["acceptance_notice", "session_notice", "rejection_notice", "session_minutes"])
def test_a_record_that_prints_names_keeps_names(kind):
    text = canonical(frozen(kind)).decode()
    assert "110105199104120022" not in text
    assert "13800000018" not in text
    assert contents_of(kind).parties == ("name", "kind", "role")


def test_the_content_names_its_schema_and_is_bound_to_the_printed_hash(fonts):
    content = frozen("agreement")
    assert content["schema"] == SCHEMA
    pdf = render_frozen(content, code=CODE, watermark="", site="https://hy.example.cn")
    assert hashlib.sha256(canonical(content)).hexdigest() in page.text(pdf)
