"""The house rules (⚙ ◐ ✎ ≈) of mediation: dated settings with their defaults, each waiting for sign-off."""

from typing import Any

from union.house_rules import HouseRule

HOUSE_RULES = (
    HouseRule("mediation.correction_term", "补正期限", 5, "9-16", "工作日"),
    HouseRule("mediation.local_total", "朝阳三十日总期限与五工作日移送", False, "9-14"),
    HouseRule("mediation.local_total_days", "朝阳总期限天数", 30, "9-14", "日"),
    HouseRule("mediation.hand_over_days", "调解不成后移送期限", 5, "9-14", "工作日"),
    HouseRule("mediation.absence_notices", "视为不愿调解的通知未到次数", 2, "9-16", "次"),
    HouseRule("mediation.collective_group", "集体争议调解员组人数", 3, "9-11", "人"),
    HouseRule("mediation.report_collective", "十人以上集体争议当日报告上级并通报人力社保部门", True, "9-11"),
    HouseRule("mediation.collective_first", "十人以上集体争议优先办理", True, "9-11"),
    HouseRule("mediation.platform_extension", "新就业形态争议延期上限", 15, "9-16", "日"),
    HouseRule("mediation.on_spot_ceiling", "新就业形态争议当场履行的小额上限（分）", 1_000_000, "9-16", "分"),
    HouseRule("mediation.settled_privately_is_success", "和解撤回计入调解成功", True, "9-11"),
    HouseRule("mediation.target_successful", "全年调解成功件数目标（2015年工作计划）", 600, "9-11", "件"),
    HouseRule("mediation.target_success_rate", "全年调解成功率目标（2015年工作计划）", 80, "9-11", "%"),
    HouseRule("mediation.minimum_wage", "本市最低月工资（分）", None, "9-4", "分"),
    HouseRule("mediation.average_wage", "本市上年度职工月平均工资（分）", None, "9-4", "分"),
    HouseRule("mediation.compensation_cap_multiple", "经济补偿月工资封顶倍数", 3, "9-4", "倍"),
    HouseRule("mediation.compensation_cap_years", "经济补偿封顶年限", 12, "9-4", "年"),
    HouseRule("mediation.calculation", "金额计算表", True, "9-4"),
    HouseRule("mediation.change_request", "调解中变更请求、当事人", True, "9-16"),
    HouseRule("mediation.talks_again", "协议未签署的可继续调解", True, "9-16"),
    HouseRule("mediation.reassign", "承办人请假时的交接（AB角）", True, "9-17"),
    HouseRule("mediation.duplicates", "登记时查重并记明并案、另立或者关联的理由", True, "9-17"),
    HouseRule("mediation.reopen", "调解不成或者撤回后双方再次愿意的，另立新案", True, "9-17"),
    HouseRule("mediation.join", "并案办理", True, "9-17"),
    HouseRule("mediation.counsel", "区总工会调解组织的支付令和直接起诉途径须经法律顾问确认", True, "9-2"),
    HouseRule("mediation.allowance_settled", "办案补贴：调解成功每件（分）", None, "9-11", "分"),
    HouseRule("mediation.allowance_unsettled", "办案补贴：其他结案每件（分）", None, "9-11", "分"),
    HouseRule("mediation.retention_success", "调解成功案卷保管期限", 10, "9-8", "年"),
    HouseRule("mediation.retention_other", "其他调解案卷保管期限", 5, "9-8", "年"),
    HouseRule("mediation.retention_collective", "集体争议案卷保管期限", 30, "9-8", "年"),
)
_BY_KEY = {rule.key: rule for rule in HOUSE_RULES}
DEFAULTS: dict[str, Any] = {rule.key: rule.default for rule in HOUSE_RULES}


def rule(key: str) -> HouseRule:
    return _BY_KEY[key]
