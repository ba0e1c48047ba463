"""A small district: a city, two districts, two streets and a unit, and a way to put subjects into it."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.union.district import TODAY, District
from union.organisations import Organisation
from union.people import Staff
from workflows.tables import Subject, new_id


@pytest.fixture
def district(session: Session) -> District:
    city = Organisation(name="北京市总工会", level="city", kind="federation")
    district = Organisation(parent=city, name="朝阳区总工会", level="district", kind="federation")
    street = Organisation(parent=district, name="呼家楼街道工会服务站", level="street", kind="station")
    next_street = Organisation(parent=district, name="三里屯街道工会服务站", level="street", kind="station")
    unit = Organisation(parent=street, name="北京晨光服装有限公司工会", level="unit", kind="enterprise")
    other_district = Organisation(parent=city, name="海淀区总工会", level="district", kind="federation")
    other_street = Organisation(parent=other_district, name="中关村街道工会服务站", level="street", kind="station")
    world = District(city, district, street, next_street, unit, other_district, other_street)
    for organisation in vars(world).values():
        session.add(organisation)
        session.flush()
    return world


@pytest.fixture
def hire(session: Session) -> Callable[..., Staff]:
    def hire(organisation: Organisation, name: str = "李建国", **values: object) -> Staff:
        account = values.pop("account", f"staff{new_id().hex[-8:]}")
        staff = Staff(name=name, account=account, organisation_id=organisation.id, **values)
        session.add(staff)
        session.flush()
        return staff

    return hire


@pytest.fixture
def file_case(session: Session) -> Callable[..., uuid.UUID]:
    def file_case(
        organisation: Organisation | None, kind: str = "subject", title: str = "", parent: uuid.UUID | None = None
    ) -> uuid.UUID:
        identity = new_id()
        session.execute(
            insert(Subject.__table__).values(
                id=identity,
                root_id=parent or identity,
                parent_id=parent,
                kind=kind,
                workflow="matter",
                definition_version=1,
                state="received",
                version=1,
                title=title,
                organisation_id=organisation.id if organisation is not None else None,
                opened_on=TODAY,
            )
        )
        return identity

    return file_case
