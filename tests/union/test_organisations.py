"""The tree of organisations, what an agreement of each opens, and the dated linkage partners."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.union.district import TODAY, District
from union.organisations import (
    LEGAL_BASES,
    REMEDIES,
    REMEDY_LABELS,
    Enterprise,
    LinkagePartner,
    Organisation,
    at_or_below,
    partners_on,
    place_under,
    position,
)


def test_the_path_leads_from_the_root_to_the_organisation(district: District) -> None:
    ids = [district.city.id, district.district.id, district.street.id, district.unit.id]
    assert district.unit.path == "/".join(map(str, ids))


def test_positions_are_seen_from_one_organisation(district: District) -> None:
    for where, organisation in district.seen_from_the_street().items():
        assert position(district.street.path, organisation.path) == where
    assert position(district.city.path, district.city.path) == "own"
    assert position(district.city.path, district.unit.path) == "below"


def test_an_id_that_begins_like_another_is_not_below_it() -> None:
    assert position("a/1", "a/12") == "beside"
    assert position("a/1", "a/1/2") == "below"


def test_everything_at_or_below_is_one_condition(session: Session, district: District) -> None:
    found = session.scalars(select(Organisation.name).where(at_or_below(district.district.path))).all()
    assert len(found) == 4
    assert district.other_street.name not in found


def test_moving_a_station_moves_what_is_below_it(session: Session, district: District) -> None:
    place_under(session, district.street, district.other_district)
    session.commit()
    session.expire_all()
    assert district.unit.path.startswith(f"{district.city.path}/{district.other_district.id}/{district.street.id}/")
    assert position(district.other_district.path, district.unit.path) == "below"


def test_an_organisation_cannot_be_placed_under_itself(session: Session, district: District) -> None:
    for parent in (district.street, district.unit):
        with pytest.raises(ValueError, match="不能隶属于自己"):
            place_under(session, district.street, parent)


def test_a_parent_is_given_itself_not_by_its_id(district: District) -> None:
    with pytest.raises(TypeError):
        Organisation(name="无路径", level="street", parent_id=district.district.id)


def test_a_union_centre_asks_counsel_where_the_law_does_not_name_it() -> None:
    answers = {name: remedy.answer for name, remedy in REMEDIES["union_centre"].items()}
    assert answers == {
        "payment_order": "needs_counsel",
        "direct_suit": "needs_counsel",
        "court_confirmation": "yes",
        "arbitration_review": "yes",
    }


def test_every_legal_basis_answers_every_remedy_with_an_article() -> None:
    assert set(REMEDIES) == {basis.id for basis in LEGAL_BASES}
    for remedies in REMEDIES.values():
        assert set(remedies) == set(REMEDY_LABELS)
        assert all(remedy.law for remedy in remedies.values())
    others = [remedy for basis, row in REMEDIES.items() if basis != "union_centre" for remedy in row.values()]
    assert all(remedy.open for remedy in others)


def test_an_organisation_that_does_not_mediate_opens_no_remedy_by_itself(district: District) -> None:
    assert not district.street.mediates
    assert not district.street.remedy("court_confirmation").open
    district.street.legal_basis = "township_street"
    assert district.street.remedy("court_confirmation").open


def test_linkage_partners_are_those_of_the_day(session: Session) -> None:
    for name, start, end in (("市信访办", date(2010, 1, 1), date(2025, 1, 21)), ("市工商联", date(2025, 1, 22), None)):
        session.add(LinkagePartner(name=name, role="other", valid_from=start, valid_to=end))
    session.flush()
    assert [partner.name for partner in partners_on(session, date(2025, 1, 21))] == ["市信访办"]
    assert [partner.name for partner in partners_on(session, TODAY)] == ["市工商联"]


def test_a_dated_row_is_ended_not_deleted_and_never_before_it_began() -> None:
    partner = LinkagePartner(name="市企联", role="employers", valid_from=TODAY)
    with pytest.raises(ValueError, match="不能早于"):
        partner.end_on(date(2026, 3, 1))
    partner.end_on(TODAY)
    assert partner.holds_on(TODAY)
    assert not partner.holds_on(date(2026, 3, 3))


def test_an_enterprise_shares_the_id_of_its_organisation(session: Session, district: District) -> None:
    session.add(Enterprise(id=district.unit.id, legal_representative="赵强", contact_phone="13800131234"))
    session.commit()
    session.expire_all()
    facts = session.get_one(Enterprise, district.unit.id)
    assert (facts.contact_phone, facts.has_union) == ("13800131234", False)


def test_a_company_is_found_by_pinyin_and_by_its_name_written_otherwise(district: District) -> None:
    assert district.unit.name_initials.startswith("bjcgfz")
    assert Organisation(name="北京甲（集团）有限公司", level="unit").name_key == "北京甲集团"
