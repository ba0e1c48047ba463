"""The house rules as they stand on a day: the newest dated setting, or the default that awaits sign-off."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.mediation.policy import DEFAULTS, HOUSE_RULES
from workflows.settings import all_in_force
from workflows.tables import Setting


def settings_on(session: Session, day: date) -> dict[str, Any]:
    """Every house rule of mediation in force on the day. A setting's value is stored as ``{"value": ...}``."""
    held = all_in_force(session, day)
    return {**DEFAULTS, **{key: row.value.get("value") for key, row in held.items() if key in DEFAULTS}}


def wage_settings(session: Session, day: date) -> dict[str, Any]:
    held = settings_on(session, day)
    return {
        "average_wage": held["mediation.average_wage"],
        "cap_multiple": held["mediation.compensation_cap_multiple"],
        "cap_years": held["mediation.compensation_cap_years"],
    }


def unsigned(session: Session) -> Iterable[str]:
    """What ``casework check`` reports: house rules nobody has signed off."""
    signed = set(session.scalars(select(Setting.key).where(Setting.signed_off_by.is_not(None))))
    for rule in HOUSE_RULES:
        if rule.key not in signed:
            yield f"调解设置“{rule.label}”尚未签批（{rule.point}），现按默认值办理"
