"""The demo: an invented district and what happened in it during the year before the first start."""

import random
from collections.abc import Callable
from datetime import date, timedelta

from app.seeds import stories
from app.seeds.district import PASSWORD, STAFF, District, assume_notices, build
from app.seeds.telling import Cast, Story, Teller
from app.service import Service, finish_demo, mark_as_demo
from union.organisations import Organisation
from union.people import Person
from workflows.tables import legal_date

DAYS_BACK = 330
MESSAGES = frozenset({"desk.told", "desk.notice", "timers.alert"})
ACCOUNTS = tuple((account, name, title) for account, name, title, *_ in STAFF)
Tale = Callable[[Teller, Cast], Story]

# (story, how many days ago it began); those that end in an open state begin late enough to be in it today
HISTORY: tuple[tuple[Tale, tuple[int, ...]], ...] = (
    (stories.performed, (320, 291, 262, 238, 214, 190, 171, 149, 126, 108)),
    (stories.performed_at_once, (315, 283, 255, 226, 203, 177, 158, 133, 119, 97, 84, 71, 63, 58)),
    (stories.performing, (88, 52, 41, 33, 27)),
    (stories.refused, (300, 243, 187, 121, 66, 40)),
    (stories.defaulted, (256, 168, 100)),
    (stories.court, (234, 139)),
    (stories.reviewed, (205, 76)),
    (stories.collective, (150, 45)),
    (stories.failed, (287, 219, 163, 112, 74, 36)),
    (stories.lapsed, (92, 31)),
    (stories.lapse_revoked, (145,)),
    (stories.recused, (14,)),
    (stories.withdrawn, (277, 196, 129, 61)),
    (stories.just_withdrawn, (8,)),
    (stories.reopened, (60,)),
    (stories.terminated, (182, 54)),
    (stories.transferred, (160, 47)),
    (stories.out_of_scope, (141, 29)),
    (stories.referred, (133, 39)),
    (stories.on_the_spot, (110, 24)),
    (stories.extended, (22, 18)),
    (stories.suspended, (13,)),
    (stories.resumed, (16,)),
    (stories.to_be_signed, (12, 9)),
    (stories.in_talks, (15, 12, 11, 10, 9, 7)),
    (stories.just_assigned, (6, 4)),
    (stories.just_accepted, (5, 3)),
    (stories.asked, (5, 2)),
    (stories.awaiting_correction, (9, 4)),
    (stories.corrected, (7,)),
    (stories.authorised, (72,)),
    (stories.ordered, (48,)),
    (stories.fresh, (6, 3, 2, 1, 0)),
)


def fill_district(service: Service, say: Callable[[str], None]) -> District:
    """Build the district and tell its year; every case is made by firing its steps."""
    ends_at = service.clock()
    lots = random.Random(12351)
    with service.database.sessions.begin() as session:
        mark_as_demo(session, ends_at)
        assume_notices(session, ends_at)
        district = build(session, ends_at - timedelta(days=DAYS_BACK), lots)
    say(
        f"演示区：{len(district.stations)} 个服务站、{len(district.enterprises)} 家企业、{len(district.workers)} 名职工"
    )
    teller = Teller(service.database.sessions, district, ends_at, lambda line: None, lots, MESSAGES)
    tales = list(_cast(teller, district, legal_date(ends_at)))
    teller.tell(_counted(tales, say))
    with service.database.sessions.begin() as session:
        finish_demo(session, ends_at)
    say(f"演示案件：{len(tales)} 件，全部按步骤办理生成")
    return district


def _cast(teller: Teller, district: District, today: date) -> "list[tuple[date, Story]]":
    told = []
    started = sorted((days, n, tale) for n, (tale, ages) in enumerate(HISTORY) for days in ages)
    for number, (days, _, tale) in enumerate(reversed(started)):
        told.append((today - timedelta(days=days), tale(teller, cast_for(district, number, tale))))
    return told


def cast_for(district: District, number: int, tale: Tale) -> Cast:
    """Who plays: twelve workers in a collective dispute, otherwise one; every fourth case at a street station."""
    size = 12 if tale is stories.collective else 1
    first = (number * 7) % (len(district.workers) - 12)
    workers = district.workers[first : first + size]
    employer = district.enterprises[number % len(district.enterprises)]
    if number % 4 == 3 and tale not in (stories.collective, stories.recused, stories.referred):
        account = ("wangjing", "shuangjing")[number // 4 % 2]
        return _at_station(district, workers, employer, account)
    mediator = ("zhoumin", "sunlei", "heqing")[number % 3] if tale is not stories.recused else "zhoumin"
    return Cast(workers, employer, district.centre, mediator=mediator)


def _at_station(district: District, workers: list[Person], employer: Organisation, account: str) -> Cast:
    head = f"{account}-head"
    place = district.station_of({"wangjing": "望京", "shuangjing": "双井"}[account])
    return Cast(
        workers,
        employer,
        place,
        clerk=account,
        mediator=account,
        recorder=account,
        head=head,
        keeper=account,
        archivist="duanping",
    )


def _counted(tales: "list[tuple[date, Story]]", say: Callable[[str], None]) -> "list[tuple[date, Story]]":
    done = 0

    def told(story: Story) -> Story:
        nonlocal done
        yield from story
        done += 1
        if done % 20 == 0:
            say(f"已办结或者办到今天：{done} 件")

    return [(start, told(story)) for start, story in tales]


__all__ = ["ACCOUNTS", "PASSWORD", "STAFF", "fill_district"]
