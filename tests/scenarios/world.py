"""The small district the scenarios play in: a union mediation centre, a street station, and who works there."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from tests.town import SINCE, member, place
from union import access
from union.people import Person, Relative
from workflows.actor import Actor

BEFORE_EVERYTHING = datetime(2020, 1, 1, tzinfo=UTC)
APPLICANT, APPLICANT_ID_NUMBER = "王芳", "110105199003071327"
CENTRE = "朝阳区总工会劳动争议调解中心"
STATION = "望京街道"
ROLES = {
    "许敏": access.INTAKE,
    "何群": access.MEDIATOR,
    "赵宁": access.MEDIATOR,
    "孙岩": access.MEDIATOR,
    "郑立": access.ORG_HEAD,
    "周静": access.RECORDER,
    "吴桐": access.SEAL_KEEPER,
    "陈晓": access.ARCHIVIST,
    "刘岚": access.FED_LEADER,
}
WORKERS = ("王芳", "李强", "张丽", "刘洋", "陈静", "杨帆", "赵敏", "黄磊", "周婷", "吴刚", "徐慧", "孙浩")
ID_NUMBERS = (
    "110105199003071327",
    "110105199102152034",
    "110105199203152041",
    "110105199304152075",
    "110105199405152082",
    "110105199506152110",
    "110105199607152128",
    "110105199708152151",
    "110105199809152169",
    "110105199901152196",
    "110105199002152205",
    "110105199103152239",
)


@dataclass
class World:
    """Places and people by name; the first holder of a role acts for it."""

    places: dict[str, uuid.UUID] = field(default_factory=dict)
    staff: dict[str, uuid.UUID] = field(default_factory=dict)
    applicant: uuid.UUID | None = None

    def actor(self, session: Session, role: str, at: datetime) -> Actor:
        if role == access.PARTY.label:
            assert self.applicant is not None
            return access.party_actor(session, self.applicant)
        name = next((name for name, held in ROLES.items() if held.label == role), None)
        if name is None:
            raise LookupError(f"nobody here is {role!r}; known are {sorted({r.label for r in ROLES.values()})}")
        return access.actor_for(session, self.staff[name], at)


def build(session: Session, relatives: dict[str, str]) -> World:
    """Everybody granted every role at the centre and at the station, so that a scenario may take either."""
    city = place(session, "北京市总工会", "city")
    district = place(session, "朝阳区总工会", "district", city)
    centre = place(session, CENTRE, "district", district, "union_centre")
    station = place(session, STATION, "street", district, "township_street")
    world = World({built.name: built.id for built in (city, district, centre, station)})
    for name, role in ROLES.items():
        world.staff[name] = member(session, name, f"staff{len(world.staff)}", (role,), (centre, station))
    applicant = Person(name=APPLICANT, id_number=APPLICANT_ID_NUMBER, created_at=BEFORE_EVERYTHING)
    session.add(applicant)
    for member_name, relative in relatives.items():
        session.add(
            Relative(
                staff_id=world.staff[member_name], name=relative, relation="配偶", valid_from=SINCE, **_known(relative)
            )
        )
    session.flush()
    world.applicant = applicant.id
    return world


def _known(relative: str) -> dict[str, str]:
    return {"id_number": APPLICANT_ID_NUMBER} if relative == APPLICANT else {}
