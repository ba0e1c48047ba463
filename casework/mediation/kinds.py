"""The lists a mediation chooses from: heads of claim, promises, reasons, referrals. Labels are what people read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClaimKind:
    """A head of claim and which remedies it opens after default."""

    id: str
    label: str
    in_scope: bool = True  # 调仲法2
    wages: bool = False  # 劳动报酬: 劳争解释一51(2)
    payment_order: bool = False  # one of the four kinds of 调仲法16


CLAIM_KINDS = (
    ClaimKind("wages", "拖欠劳动报酬", wages=True, payment_order=True),
    ClaimKind("overtime", "加班费", wages=True, payment_order=True),
    ClaimKind("injury_medical", "工伤医疗费", payment_order=True),
    ClaimKind("compensation", "经济补偿", payment_order=True),
    ClaimKind("damages", "赔偿金", payment_order=True),
    ClaimKind("double_wage", "未签书面劳动合同二倍工资差额"),
    ClaimKind("annual_leave", "未休年休假工资报酬"),
    ClaimKind("injury_benefit", "工伤待遇（医疗费除外）"),
    ClaimKind("relationship", "确认劳动关系"),
    ClaimKind("contract", "订立、履行、变更、解除和终止劳动合同"),
    ClaimKind("dismissal", "除名、辞退、辞职、离职"),
    ClaimKind("working_time", "工作时间、休息休假"),
    ClaimKind("social_insurance", "社会保险"),
    ClaimKind("benefits", "福利、培训、劳动保护"),
    ClaimKind("platform", "新就业形态劳动纠纷"),
    ClaimKind("other", "其他劳动争议"),
    ClaimKind("not_labour", "不属于劳动争议（劳务、超龄等）", in_scope=False),
    ClaimKind("collective_contract", "集体合同履行争议", in_scope=False),
)
# where a dispute goes that is not ours (law.md §3.6)
ROUTES = {
    "collective_contract": "履行集体合同发生的争议，由工会依法申请仲裁或者提起诉讼",
    "not_labour": "劳务、超龄等不属于劳动争议的，可以申请一站式调解或者诉前调解",
}
CLAIM_KIND = {kind.id: kind for kind in CLAIM_KINDS}
CLAIM_LABELS = {kind.id: kind.label for kind in CLAIM_KINDS}

TERM_KINDS = {
    "payment": "支付款项",
    "future_wage": "约定今后工资",
    "separation": "解除或者终止劳动关系",
    "certificate": "出具离职证明、办理档案和社会保险转移",
    "social_insurance": "补缴社会保险",
    "reinstatement": "继续履行劳动合同",
    "waiver": "权利了结",
    "other": "其他",
}
PAYMENT_WAYS = {"transfer": "银行转账", "cash": "现金", "wechat": "微信或者支付宝转账", "other": "其他方式"}
TAX = {"": "未约定", "pre": "税前", "post": "税后"}

REJECTION_REASONS = {
    "out_of_scope": "不属于劳动争议调解受理范围",
    "party_disagrees": "对方当事人不同意调解",
    "not_corrected": "逾期未补正，无法确认身份、请求或者事实",
}
FAILURE_REASONS = {
    "refused": "当事人拒绝调解或者退出调解",
    "deadline": "期限届满未达成协议，视为调解不成",
    "divergent": "双方分歧较大，不能达成一致",
    "not_signed": "达成合意后当事人未签署协议",
    "absent": "当事人经通知未到场，视为不愿调解",
}
WITHDRAWAL_REASONS = {
    "settled_privately": "双方自行和解",
    "going_to_arbitration": "另行申请仲裁",
    "other": "其他原因",
}
TERMINATION_GROUNDS = {
    "out_of_scope": "调解中发现不属于受理范围",
    "in_arbitration": "已经申请仲裁或者提起诉讼",
    "sham": "虚假调解、恶意串通",
    "no_successor": "当事人死亡或者终止，没有承受人",
}
SUSPENSION_GROUNDS = {
    "injury_finding": "等待工伤认定或者劳动能力鉴定",
    "incapacity": "当事人死亡或者丧失行为能力，等待确定承受人",
    "sham_suspected": "涉嫌虚假调解，正在核实",
    "other_proceeding": "须以另案结果为依据",
}
RECUSAL_GROUNDS = {
    "close_relative": "是当事人或者代理人的近亲属",
    "interest": "与本争议有利害关系",
    "other_relation": "与当事人有其他关系，可能影响公正调解",
}
TRANSFER_GROUNDS = {
    "other_body": "由其他调解组织办理更为适宜",
    "arbitration": "当事人选择仲裁",
    "supervision": "属于劳动保障监察事项",
    "legal_aid": "转法律援助",
    "one_stop": "转一站式调解或者诉前调解",
    "petition": "转信访",
    "referrer_term": "委派、委托期限届满，退回委派、委托机关",
    "joined": "并入他案",
}
REFERRAL_KINDS = {
    "arb_suggestion": "仲裁委调解建议书",
    "arb_entrust": "仲裁庭委托调解",
    "court_delegate": "法院委派调解（立案前）",
    "court_entrust": "法院委托调解（立案后）",
    "petition": "信访转办",
    "hotline": "12345、12351热线转办",
}
# why a commission does not take a review up (办案规则75(2)), or issues no letter (办案规则78)
REVIEW_NOT_ACCEPTED = {
    "scope": "不属于仲裁委员会受理争议范围",
    "jurisdiction": "不属于该仲裁委员会管辖",
    "late": "超过十五日的申请期限",
    "relationship": "请求只是确认劳动关系",
    "court_confirmed": "协议已经人民法院司法确认",
}
REVIEW_REFUSED = {
    "illegal": "违反法律、行政法规的强制性规定",
    "harmful": "损害国家、社会公共利益或者他人合法权益",
    "doubtful": "证据材料有弄虚作假嫌疑",
    "involuntary": "违反自愿原则",
    "unclear": "内容不明确",
    "other": "其他不能制作调解书的情形（在理由中写明）",
}
ANSWER_WAYS = {"in_person": "当面", "phone": "电话", "letter": "书面", "message": "短信或者微信", "online": "线上"}
SATISFACTION = {"satisfied": "满意", "fair": "基本满意", "dissatisfied": "不满意", "not_said": "未表态"}
CAPACITIES = {
    "worker": "职工",
    "employer": "用人单位",
    "dispatching": "劳务派遣单位",
    "using": "用工单位",
    "platform": "平台企业",
    "contributor": "出资人、开办单位或者主管部门",
    "relative": "近亲属、法定代理人",
}
EMPLOYERS = frozenset({"employer", "dispatching", "using", "platform", "contributor"})
AUTHORITIES = {"general": "一般授权", "special": "特别授权（可代为承认、放弃、变更请求，和解）"}
CONSENTS = {"agreed": "同意调解", "refused": "不同意调解", "quit": "退出调解"}
DUPLICATE_DECISIONS = {"join": "并入已有案件", "separate": "另立案件", "related": "另立并关联"}
SOURCES = {
    "union": "本级工会窗口",
    "hotline": "12351、12345热线",
    "hrss": "人力社保（仲裁院、监察）",
    "court": "人民法院",
    "justice": "司法行政",
    "petition": "信访",
    "employers": "企联、工商联",
    "online": "当事人网上申请",
}

STANDINGS = {"dissolved": "已注销、被吊销或者解散", "dead": "已经死亡", "incapable": "丧失或者部分丧失民事行为能力"}
MATTERS = {
    "stoppage": "停工、怠工",
    "risk": "激化风险",
    "authority": "通报人力社保部门",
    "inquiry": "向单位调查",
    "union_notice": "解除劳动合同通知工会",
    "limitation": "时效中止",
}
STOPPAGES = {"strike": "停工", "slowdown": "怠工"}
RISKS = {
    "violence": "可能引起治安案件或者刑事案件",
    "self_harm": "可能自伤",
    "gathering": "可能聚集、堵路",
    "other": "其他",
}
COOPERATION = {"helped": "单位予以协助", "partly": "部分协助", "refused": "拒绝协助"}
UNION_NOTICE = {"given": "已事先通知工会", "not_given": "没有事先通知工会", "no_union": "单位没有建立工会"}

LIMITATION_OBSTACLES = {
    "force_majeure": "不可抗力",
    "no_representative": "没有法定代理人",
    "other_obstacle": "其他不能申请仲裁的正当理由",
}

# steps that by themselves restart the limitation (协调规定31, 办案规则27)
AGREES_TO_PERFORM = "对方同意履行义务"
RESTARTING = {
    "register": "申请调解",
    "register_oral": "申请调解",
    "refer_in": "申请调解",
    "open_proactively": "同意调解",
    "reopen": "申请调解",
    "fail": "调解期内未达成协议",
    "return_to_referrer": "调解期内未达成协议",
    "party_absent": "一方不愿调解",
    "negotiation_unanswered": "协商请求五日内未获答复",
    "sign": AGREES_TO_PERFORM,
    "record_part": AGREES_TO_PERFORM,
    "postpone": AGREES_TO_PERFORM,
    "pay_late": AGREES_TO_PERFORM,
    "amend": AGREES_TO_PERFORM,
    "default": "调解协议未履行",
    "apply_arbitration": "申请仲裁",
    "apply_payment_order": "申请支付令",
    "sue_after_dismissal": "提起诉讼",
    "sue_on_agreement": "提起诉讼",
    "sue_wages": "提起诉讼",
}

# lists for the glossary: what a page offers, and the name the database keeps
TERMS = {
    "Heads of claim": CLAIM_LABELS,
    "Settlement terms": TERM_KINDS,
    "Capacities": CAPACITIES,
    "Reasons for rejection": REJECTION_REASONS,
    "Reasons of failure": FAILURE_REASONS,
    "Reasons for withdrawal": WITHDRAWAL_REASONS,
    "Grounds for termination": TERMINATION_GROUNDS,
    "Grounds for suspension": SUSPENSION_GROUNDS,
    "Grounds for recusal": RECUSAL_GROUNDS,
    "Grounds for transfer": TRANSFER_GROUNDS,
    "Grounds for not taking up a review": REVIEW_NOT_ACCEPTED,
    "Grounds for issuing no letter": REVIEW_REFUSED,
    "Obstacles that suspend the limitation": LIMITATION_OBSTACLES,
    "Kinds of referral": REFERRAL_KINDS,
    "Standing of a party": STANDINGS,
    "Special matters": MATTERS,
}
