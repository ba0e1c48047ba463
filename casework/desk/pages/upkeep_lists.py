"""The lists of whoever keeps the service up taken out: the holiday calendar, the wording of messages, stopped jobs, settings."""

from datetime import date
from uuid import UUID

from casework.desk import message_templates, sign_off
from casework.desk.message_templates import TEMPLATES
from casework.desk.pages import administration, holidays, settings
from casework.desk.pages.offering import Looking, Offer
from casework.desk.sheets import MOST_ROWS, Cell, Sheet
from casework.desk.sign_off import Matter, Standing
from union.people import name_of
from union.privacy import mask_numbers
from web.filters import cn_day, cn_time, cn_week
from workflows import calendar_changes
from workflows.calendar_table import KINDS, load_calendar
from workflows.tables import CalendarYear, Setting
from workflows.workdays import OFFICIAL


def _holidays(looking: Looking) -> Sheet:
    """Every day that is no ordinary one, as periods are reckoned with it now: the years' arrangements and what changed them."""
    session, today = looking.session, looking.today
    calendar = load_calendar(session, today)
    years = {year.year: year for year in holidays.years_shown(session, today)}
    changed = _changed_by(looking, years)
    rows = [
        (
            day,
            cn_week(day),
            KINDS[special.kind],
            special.name,
            changed.get(day) or years[day.year].notice,
            "正式" if calendar.years.get(day.year) == OFFICIAL else "暂定",
        )
        for day, special in sorted(calendar.special.items())
        if day.year in years
    ]
    about = f"{min(years)}年至{max(years)}年，日历第 {calendar.version} 版" if years else "没有年度安排"
    return Sheet("节假日安排", about, ("日期", "星期", "种类", "名称", "依据", "状态"), rows)


def _changed_by(looking: Looking, years: dict[int, CalendarYear]) -> dict[date, str]:
    """day -> the notice of the single change in force; a later notice for the whole year replaces those before it."""
    latest_last = reversed(holidays.single_days(looking.session, MOST_ROWS))
    return {o.day: o.notice for o in latest_last if o.day.year in years and o.version >= years[o.day.year].version}


def _single_days(looking: Looking) -> Sheet:
    listed = holidays.single_days(looking.session, MOST_ROWS)
    names = {by: name_of(looking.session, by) for by in {o.entered_by for o in listed if o.entered_by}}
    rows = [
        (o.day, cn_week(o.day), holidays.KIND_CHOICES[o.kind], o.notice, o.version, _entered(names, o.entered_by))
        for o in listed
    ]
    columns = ("日期", "星期", "改为", "通知文号", "日历版次", "录入人")
    return Sheet("节假日单日改动", "全部，后改的在前", columns, rows)


def _entered(names: dict[UUID, str], by: UUID | None) -> str:
    return names[by] if by else "随年度安排录入"


def _versions(looking: Looking) -> Sheet:
    versions = calendar_changes.versions(looking.session, MOST_ROWS)
    moved = holidays.moved_counts(looking.session, [v.version for v in versions])
    rows = [(v.version, cn_day(v.made_at), cn_time(v.made_at), v.reason, moved.get(v.version, 0)) for v in versions]
    columns = ("版次", "日期", "时间", "内容", "移动的期限（个）")
    return Sheet("节假日改动历史", "全部，后改的在前", columns, rows)


def _templates(looking: Looking) -> Sheet:
    rows = []
    for name, template in TEMPLATES.items():
        worded = message_templates.wording(looking.session, name, looking.today)
        whose = "管理员编写" if worded.template_id else "系统自带"
        way = "短信" if template.by_sms else "站内"
        rows.append((template.label, way, worded.text, whose, worded.provider_code))
    columns = ("模板", "方式", "现用文字", "来源", "服务商模板编号")
    return Sheet("消息模板", f"{cn_day(looking.today)}使用的文字", columns, rows)


def _stopped(looking: Looking) -> Sheet:
    """By number of the case, never a name; a reason may quote what a provider answered, so long numbers are masked."""
    jobs = administration.stopped_jobs(looking.session, MOST_ROWS)
    concerns = administration.concerns(looking.session, jobs)
    rows = [
        (
            administration.TOPICS.get(job.topic, job.topic),
            *concerns.get(job.id, ("不属于具体案件", "")),
            mask_numbers(job.problem or "原因不明"),
            cn_day(job.ready_at),
            cn_time(job.ready_at),
            job.attempts,
        )
        for job in jobs
    ]
    columns = ("事项", "涉及", "业务", "原因", "停止日期", "停止时间", "已试（次）")
    return Sheet("已停止的后台任务", "全部，先停止的在前", columns, rows)


def _settings(looking: Looking) -> Sheet:
    """Each setting and each decision on a whole point, as they stand today and who signed them."""
    show = looking.given.get("show", "")
    rows = [
        (matter.point.number, matter.point.what, *line)
        for matter in settings.shown(sign_off.matters(looking.session, looking.today), show)
        for line in (*map(_setting, matter.standing), _decision(matter))
    ]
    columns = ("编号", "事项", "设置", "现行规定", "起始日期", "签批人", "文件号", "签署")
    about = "有待签署的事项" if show == settings.UNSIGNED else "全部"
    return Sheet("设置与签批", f"{cn_day(looking.today)}的规定，{about}", columns, rows)


def _setting(standing: Standing) -> tuple[Cell, ...]:
    return standing.rule.name, standing.words, *_signed(standing.row)


def _decision(matter: Matter) -> tuple[Cell, ...]:
    said = str(matter.decision.value.get("value")) if matter.decision else ""
    return f"整项的决定（由{matter.point.who}决定）", said, *_signed(matter.decision, matter.needs_decision)


def _signed(row: Setting | None, needed: bool = True) -> tuple[Cell, ...]:
    if row is None:
        return None, "", "", "待签署" if needed else ""
    signed = "已签署" if row.signed_off_by else "待签署" if needed else ""
    return row.valid_from, row.signed_off_by, row.document, signed


OFFERS = {
    "holidays": Offer("/admin/holidays", _holidays, "admin.calendar"),
    "single-days": Offer("/admin/holidays", _single_days, "admin.calendar"),
    "calendar-versions": Offer("/admin/holidays", _versions, "admin.calendar"),
    "templates": Offer("/admin/templates", _templates, "admin.templates"),
    "outbox": Offer("/admin/outbox", _stopped, "admin.outbox"),
    "settings": Offer("/admin/settings", _settings, "admin.settings"),
}
