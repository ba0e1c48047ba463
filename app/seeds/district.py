"""The demo district: Chaoyang's real streets and townships, invented stations' staff, enterprises and people."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session
from stdnum.cn import ric, uscc

from casework.desk.tables import Room
from union import second_factor
from union.access import grant
from union.organisations import Enterprise, LinkagePartner, Organisation
from union.passwords import hash_password
from union.people import Deputy, Person, Relative, RosterEntry, Staff
from union.roles import (
    ARCHIVIST,
    AUDITOR,
    FED_LEADER,
    INTAKE,
    MEDIATOR,
    ORG_HEAD,
    RECORDER,
    SEAL_KEEPER,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
)
from workflows.calendar_table import bundled_years, make_official
from workflows.definition import Role
from workflows.tables import SHANGHAI, legal_date
from workflows.workdays import PROVISIONAL

ROOMS = {"第一调解室": (8, "录音录像"), "第二调解室": (6, ""), "第三调解室": (12, "投影")}  # name -> seats, equipment
PASSWORD = "朝阳演示-2026"  # noqa: S105 - the demo's log-in is public; production refuses a demo database
ASSUMED = "演示：按法定节日推算，不是国务院办公厅的通知"
STREETS = [
    "建外",
    "朝外",
    "呼家楼",
    "三里屯",
    "左家庄",
    "香河园",
    "和平街",
    "安贞",
    "亚运村",
    "小关",
    "酒仙桥",
    "麦子店",
    "团结湖",
    "六里屯",
    "八里庄",
    "双井",
    "劲松",
    "潘家园",
    "垡头",
    "首都机场",
    "望京",
    "大屯",
    "奥运村",
    "东湖",
]
TOWNSHIPS = [
    "南磨房",
    "高碑店",
    "将台",
    "太阳宫",
    "小红门",
    "十八里店",
    "平房",
    "东风",
    "来广营",
    "常营",
    "三间房",
    "管庄",
    "金盏",
    "孙河",
    "崔各庄",
    "东坝",
    "黑庄户",
    "豆各庄",
    "王四营",
]
ZONES = (
    "商务中心区",
    "电子城",
    "温榆河",
    "奥林匹克园区",
    "垡头产业园",
)  # where the other five of the 48 stations stand
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
GIVEN = [
    "立娟",
    "志刚",
    "玉梅",
    "晓东",
    "建军",
    "秀兰",
    "海涛",
    "丽华",
    "国强",
    "雪梅",
    "永胜",
    "春燕",
    "文博",
    "佳怡",
    "俊杰",
    "慧敏",
    "天宇",
    "思远",
    "若彤",
    "明轩",
    "晨曦",
    "雅琴",
    "振华",
    "红霞",
    "子涵",
    "鹏飞",
    "凤英",
    "长江",
    "小燕",
    "建国",
    "玉兰",
    "少华",
    "晓燕",
    "春生",
    "桂芳",
    "德明",
    "静怡",
    "海燕",
    "金龙",
    "婷婷",
]
RARE = ("龑㛃", "𬱖", "䶮", "喆", "堃", "犇")
TRADES = (
    ("餐饮管理", "住宿和餐饮业"),
    ("物业管理", "房地产业"),
    ("科技", "信息传输、软件和信息技术服务业"),
    ("建筑劳务", "建筑业"),
    ("物流", "交通运输、仓储和邮政业"),
    ("教育咨询", "教育"),
    ("文化传媒", "文化、体育和娱乐业"),
    ("商贸", "批发和零售业"),
    ("保安服务", "租赁和商务服务业"),
    ("医疗器械", "制造业"),
    ("酒店管理", "住宿和餐饮业"),
    ("家政服务", "居民服务、修理和其他服务业"),
)
TRADE_NAMES = [
    "恒筑",
    "朗域",
    "盛泽",
    "云帆",
    "晟禾",
    "启岳",
    "泓图",
    "安序",
    "瑞禾",
    "宸光",
    "坤元",
    "润泽园",
    "博望",
    "清桐",
    "汇纳",
    "远澜",
    "德聚",
    "凌川",
    "筑景",
    "和沐",
]


@dataclass
class District:
    """Who and what the stories play with."""

    federation: Organisation
    centre: Organisation
    stations: list[Organisation] = field(default_factory=list)
    enterprises: list[Organisation] = field(default_factory=list)
    workers: list[Person] = field(default_factory=list)
    staff: dict[str, Staff] = field(default_factory=dict)  # account -> staff
    partners: list[LinkagePartner] = field(default_factory=list)

    def station_of(self, name: str) -> Organisation:
        return next(station for station in self.stations if station.short_name.startswith(name))


def assume_notices(session: Session, at: datetime) -> None:
    """Treat every year up to today's as announced: the demo's past must have ended, also where no notice came with us.

    The years after stay provisional, as they do in life.
    """
    for year, row in bundled_years().items():
        if row.status == PROVISIONAL and year <= legal_date(at).year:
            make_official(session, year, row.days, ASSUMED, at)


def build(session: Session, at: datetime, lots: random.Random) -> District:
    """Everything that is there before the first case: written directly, for nothing here is a step of a procedure."""
    today = at.date()
    district = _organisations(session)
    district.partners = _partners(session)
    _enterprises(session, district, today, lots)
    district.workers = [_worker(session, at, today, lots, n) for n in range(260)]
    session.flush()
    _staff(session, district, today)
    _rooms(session, district)
    session.flush()
    return district


def _organisations(session: Session) -> District:
    city = Organisation(name="北京市总工会", short_name="市总工会", level="city", kind="federation")
    hotline = Organisation(parent=city, name="12351职工服务热线", short_name="12351", level="city", kind="hotline")
    federation = Organisation(
        parent=city,
        name="北京市朝阳区总工会",
        short_name="朝阳区总工会",
        level="district",
        kind="federation",
        code="朝",
    )
    centre = Organisation(
        parent=federation,
        name="北京市朝阳区总工会劳动争议调解中心",
        short_name="区调解中心",
        level="district",
        kind="centre",
        legal_basis="union_centre",
        address="北京市朝阳区（演示地址）",
        phone="010-12351",
    )
    session.add_all([city, hotline, federation, centre])
    session.flush()
    district = District(federation, centre)
    for name in [*(f"{street}街道" for street in STREETS), *(f"{township}地区" for township in TOWNSHIPS)]:
        street = Organisation(
            parent=federation,
            name=f"北京市朝阳区{name}总工会",
            short_name=f"{name}总工会",
            level="street",
            kind="federation",
        )
        session.add(street)
        session.flush()
        district.stations.append(_station(session, street, name, "township_street"))
    for name in ZONES:
        district.stations.append(_station(session, federation, name, "peoples_mediation"))
    session.flush()
    return district


def _station(session: Session, parent: Organisation, name: str, basis: str) -> Organisation:
    station = Organisation(
        parent=parent,
        name=f"北京市朝阳区{name}工会服务站劳动争议调解室",
        short_name=f"{name}服务站",
        level="street",
        kind="station",
        legal_basis=basis,
    )
    session.add(station)
    return station


def _partners(session: Session) -> list[LinkagePartner]:
    """The line-up of the six-party linkage, and those the 2023 measure of the national federation adds."""
    partners = [
        LinkagePartner(name=name, role=role, legal_basis=basis, valid_from=date(2010, 1, 1))
        for name, role, basis in (
            ("北京市总工会", "牵头", "六方联动机制"),
            ("北京市人力资源和社会保障局", "仲裁与监察", "六方联动机制"),
            ("北京市司法局", "人民调解与法律援助", "六方联动机制"),
            ("北京市信访办公室", "信访转办", "六方联动机制"),
            ("北京市高级人民法院", "委派、委托调解与司法确认", "六方联动机制"),
            ("北京企业联合会", "企业方协调", "六方联动机制"),
        )
    ]
    partners += [
        LinkagePartner(name=name, role=role, legal_basis="总工发〔2023〕23号", valid_from=date(2023, 12, 28))
        for name, role in (("北京市朝阳区劳动人事争议仲裁院", "仲裁"), ("北京市朝阳区人民法院", "委派、委托调解"))
    ]
    session.add_all(partners)
    return partners


def _enterprises(session: Session, district: District, today: date, lots: random.Random) -> None:
    for number in range(60):
        trade, industry = TRADES[number % len(TRADES)]
        word = TRADE_NAMES[number % len(TRADE_NAMES)] + ("", "新程", "联众")[number // len(TRADE_NAMES)]
        unit = Organisation(
            parent=district.stations[number % 43],
            name=f"北京{word}{trade}有限公司",
            short_name=f"{word}{trade}",
            level="unit",
            kind="enterprise",
            credit_code=credit_code(number),
            address=f"北京市朝阳区演示路{number + 1}号",
        )
        session.add(unit)
        session.flush()
        session.add(
            Enterprise(
                id=unit.id,
                legal_representative=invented_name(lots),
                contact_name=invented_name(lots),
                contact_phone=f"010-6{lots.randrange(1000000, 9999999)}",
                address=unit.address,
                industry=industry,
                staff_count=lots.choice((12, 38, 86, 212, 460, 1300)),
                union_established_on=date(2012, 5, 1) if number % 3 else None,
            )
        )
        district.enterprises.append(unit)


def _worker(session: Session, at: datetime, today: date, lots: random.Random, number: int) -> Person:
    name = lots.choice(SURNAMES) + (RARE[number % len(RARE)] if number % 40 == 7 else lots.choice(GIVEN))
    born = today - timedelta(days=lots.randrange(20 * 365, 58 * 365))
    sex = "女" if number % 2 else "男"
    person = Person(
        name=name,
        sex=sex,
        born_on=born,
        id_number=identity_number(born, 1 + (2 * number + (sex == "男")) % 998),
        phone=f"1{lots.choice('3578')}{lots.randrange(100000000, 999999999)}",
        address=f"北京市朝阳区演示小区{lots.randrange(1, 40)}号楼{lots.randrange(101, 2600)}室",
        bank_account=f"6222{lots.randrange(10**14, 10**15 - 1)}",
        bank_name="演示银行朝阳支行",
        member_number=f"ZGH{number + 1:08d}" if number % 4 else None,
        created_at=at,
    )
    session.add(person)
    return person


STAFF: tuple[tuple[str, str, str, str, tuple[Role, ...]], ...] = (
    # account, name, title, where (centre, federation or a station), roles
    ("zhoumin", "周敏", "调解员", "centre", (MEDIATOR, INTAKE)),
    ("sunlei", "孙磊", "签约律师调解员", "centre", (MEDIATOR,)),
    ("heqing", "何清", "人民调解员", "centre", (MEDIATOR,)),
    ("linxiao", "林晓", "窗口立案", "centre", (INTAKE,)),
    ("tangwei", "唐薇", "记录员", "centre", (RECORDER,)),
    ("zhenghong", "郑宏", "调解中心主任", "centre", (ORG_HEAD,)),
    ("panyue", "潘悦", "印章管理员", "centre", (SEAL_KEEPER,)),
    ("duanping", "段平", "档案管理员", "federation", (ARCHIVIST,)),
    ("leadership", "方志远", "分管领导", "federation", (FED_LEADER,)),
    ("sysadmin", "石磊", "系统管理员", "federation", (SYSTEM_ADMIN,)),
    ("secadmin", "叶岚", "安全管理员", "federation", (SECURITY_ADMIN,)),
    ("audit", "卢谨", "审计管理员", "federation", (AUDITOR,)),
    ("wangjing", "马骏", "望京服务站调解员", "望京", (MEDIATOR, INTAKE, SEAL_KEEPER)),
    ("wangjing-head", "秦川", "望京服务站负责人", "望京", (ORG_HEAD,)),
    ("shuangjing", "袁莉", "双井服务站调解员", "双井", (MEDIATOR, INTAKE, SEAL_KEEPER)),
    ("shuangjing-head", "曹毅", "双井服务站负责人", "双井", (ORG_HEAD,)),
)


def _staff(session: Session, district: District, today: date) -> None:
    hashed = hash_password(PASSWORD)
    since = today - timedelta(days=3 * 365)
    for account, name, title, place, roles in STAFF:
        organisation = {"centre": district.centre, "federation": district.federation}.get(place) or district.station_of(
            place
        )
        staff = Staff(
            name=name,
            title=title,
            account=account,
            password_hash=hashed,
            organisation_id=organisation.id,
            is_lawyer="律师" in title,
        )
        session.add(staff)
        session.flush()
        district.staff[account] = staff
        for role in roles:
            grant(session, staff.id, role, organisation.id, since)
        if SEAL_KEEPER in roles:
            _telephone(session, staff, since)
        if MEDIATOR in roles:
            kind = "签约律师" if staff.is_lawyer else "人民调解员" if "人民" in title else "工会干部"
            session.add(RosterEntry(staff_id=staff.id, number=f"朝调{account}", kind=kind, valid_from=since))
    pairs = (("zhoumin", "heqing"), ("heqing", "zhoumin"), ("sunlei", "zhoumin"))
    session.add_all(
        Deputy(staff_id=district.staff[a].id, deputy_id=district.staff[b].id, valid_from=since) for a, b in pairs
    )
    session.add(
        Relative(
            staff_id=district.staff["heqing"].id,
            name=district.workers[5].name,
            relation="配偶",
            id_number=district.workers[5].id_number,
            valid_from=since,
        )
    )


def _rooms(session: Session, district: District) -> None:
    for organisation in (district.centre, district.station_of("望京"), district.station_of("双井")):
        session.add_all(
            Room(organisation_id=organisation.id, name=name, seats=seats, equipment=equipment)
            for name, (seats, equipment) in ROOMS.items()
        )


def _telephone(session: Session, staff: Staff, since: date) -> None:
    """Invented people have no telephones: the sealing page of the demo shows what theirs would show."""
    at = datetime.combine(since, time(9), SHANGHAI).astimezone(UTC)
    made = second_factor.start(session, staff.id, at=at, secret=second_factor.demo_secret(staff.account))
    made.confirmed_at = at


def invented_name(lots: random.Random) -> str:
    return lots.choice(SURNAMES) + lots.choice(GIVEN)


def identity_number(born: date, sequence: int) -> str:
    """A valid 18-character identity number of region 110105; odd sequences are men's."""
    body = f"110105{born:%Y%m%d}{sequence:03d}"
    return body + str(ric.calc_check_digit(f"{body}0"))


def credit_code(number: int) -> str:
    """A valid unified social credit code that belongs to nobody: the registration office's codes never start with D0DE."""
    body = f"91110105D0DE{number:05d}"
    return body + uscc.calc_check_digit(body)
