"""What the union's lawyer and the offices have not signed off: house rules, statute texts, holidays, seals.

The points (9-1 …) and who decides each stand in ``docs/sign-off.md``. A point is signed off by a dated setting
``sign_off.<point>`` that names who signed and by which document.
"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from app.service import Service
from app.settings import Settings
from casework.desk import sign_off
from union.house_rules import SIGNED
from union.law import INSTRUMENTS
from workflows import workdays
from workflows.calendar_table import load_calendar
from workflows.law import Mark
from workflows.module import registry
from workflows.tables import legal_date

UNSURE = {Mark.EXCERPT: "仅见摘录", Mark.MEMORY: "凭记忆写入"}


def open_points(service: Service, session: Session) -> Iterator[str]:
    """One sentence for each matter that still needs somebody's decision or a look at the official text."""
    settings = [line for module in registry.modules.values() for check in module.checks for line in check(session)]
    settings += _settings(session, "".join(settings))
    yield from settings
    yield from _house_rules(session, "".join(settings))
    yield from _texts()
    yield from _holidays(service, session)
    yield from _outside(service.settings)


def _outside(settings: Settings) -> Iterator[str]:
    """What others must provide before papers and texts leave the house with full force."""
    if settings.seals is None and not settings.seal_server:
        yield "没有设置电子印章（CASEWORK_SEALS 或者 CASEWORK_SEAL_SERVER）：文书须打印后盖章，再登记用印"
    elif settings.demo and not settings.seal_server:
        yield "电子印章由演示程序自己生成，只能证明文件没有被改动，不是依法设立的认证机构签发的"
    if not settings.sms_key_id:
        yield "没有设置短信账户（CASEWORK_SMS_KEY_ID）：发给当事人的消息只在案件页显示，须由承办人另行告知"


def _settings(session: Session, reported: str) -> list[str]:
    """Settings of the calendar, the desk and the records, where a module does not name its own."""
    signed = sign_off.signed_keys(session)
    left = [rule for rule in sign_off.rules().values() if not signed & {rule.key, SIGNED + rule.point}]
    return [
        f"设置“{rule.label}”尚未签批（{rule.point}），现按默认值办理"
        for rule in left
        if f"“{rule.label}”" not in reported
    ]


def _house_rules(session: Session, reported: str) -> Iterator[str]:
    """Rules a procedure cites that are no setting of a module, point by point."""
    signed = sign_off.signed_keys(session)
    for point, titles in sign_off.cited_rules().items():
        left = [title for title in titles if f"“{title}”" not in reported]
        if left and SIGNED + point not in signed:
            yield f"内部规定尚未签批（{point}）：{'；'.join(left)}"


def _texts() -> Iterator[str]:
    for mark, how in UNSURE.items():
        if keys := [law.key for law in INSTRUMENTS if law.mark is mark]:
            yield f"法规{how}，条文待核对：{'、'.join(keys)}"
    unsure = sorted({str(citation) for citation in sign_off.cited() if citation.mark is Mark.MEMORY})
    if unsure:
        yield f"程序引用的条文待核对：{'、'.join(unsure)}"
    yield f"引用的 {len(INSTRUMENTS)} 部法规没有收录条文原文，页面只显示条文号：上线前请逐部与官方文本核对"


def _holidays(service: Service, session: Session) -> Iterator[str]:
    today = legal_date(service.clock())
    years = load_calendar(session, today).years
    provisional = [year for year in sorted(years) if years[year] == workdays.PROVISIONAL and year >= today.year]
    if provisional:
        yield (
            f"{provisional[0]} 年起的节假日安排尚未录入：期限按法定节日推算，届满时不自动办理；国务院通知公布后由系统管理员在“节假日”页录入，或者用 casework calendar"
        )
