"""One invented record of each kind, for tests, the gallery and a look at the layout. Nobody in them exists."""

from datetime import date
from typing import Any

ORGANISATION = "北京市朝阳区总工会劳动争议调解中心"
ISSUED_ON = date(2026, 11, 20)
CODE = "K7QMPZ4TWYB2HXNA5RDC"
CASE_NUMBER = "京朝工调字〔2026〕第0618号"
CAUSE = "解除劳动合同经济补偿、未休年休假工资"
WORKER: dict[str, Any] = {
    "name": "陈龑㛃",
    "sex": "女",
    "born_on": "1991-04-12",
    "job": "客服主管",
    "id_number": "110105199104120022",
    "phone": "13800000018",
    "address": "北京市朝阳区八里庄街道×号院×号楼",
    "member_number": "1101050012345",
}
EMPLOYER: dict[str, Any] = {
    "name": "北京某某科技服务有限公司",
    "kind": "organisation",
    "credit_code": "91110105MA01XXXX9K",
    "address": "北京市朝阳区酒仙桥路×号院×号楼",
    "legal_representative": "王喆堃",
    "phone": "010-60000000",
    "agent": "李倓",
    "agent_authority": "特别授权",
}
CLAIMS = [
    {"title": "支付解除劳动合同经济补偿", "amount": 7560000},
    {"title": "支付未休年休假工资", "period": "2025年、2026年", "amount": 879310},
    {"title": "出具解除劳动合同证明，办理社会保险关系转移手续"},
]
FACTS = (
    "申请人于2021年3月1日入职被申请人，约定月工资标准为人民币12,600元。2026年9月30日，被申请人以部门撤并为由解除"
    "劳动合同，双方因经济补偿、未休年休假工资发生争议。\n申请人在职期间2025年度、2026年度应休年休假共计10天，实际未休。"
)
ARBITRATION = {
    "name": "北京市朝阳区劳动人事争议仲裁委员会",
    "address": "北京市朝阳区某某路×号",
    "phone": "010-60000001",
}
PARTIES = {"case_number": CASE_NUMBER, "applicants": [WORKER], "respondents": [EMPLOYER], "cause": CAUSE}

APPLICATION = {
    "applicants": [WORKER],
    "respondents": [EMPLOYER],
    "claims": CLAIMS,
    "facts": FACTS,
    "evidence": ["劳动合同", "解除劳动合同通知书", "2025年10月至2026年9月银行工资流水"],
    "entered_on": "2021-03-01",
    "left_on": "2026-09-30",
    "monthly_wage": 1260000,
    "arbitration_applied": False,
    "organisation": ORGANISATION,
    "applied_on": "2026-11-02",
}
DUES = [
    {"title": "解除劳动合同经济补偿（第二期）", "amount": 2200000, "due_on": "2026-12-31"},
    {"title": "未休年休假工资", "amount": 800000, "due_on": "2026-11-30"},
]

SAMPLES: dict[str, dict[str, Any]] = {
    "application": APPLICATION,
    "oral_application": APPLICATION
    | {"told_at": "2026-11-02T09:40:00+08:00", "place": "八里庄街道总工会服务站", "recorder": "孙䶮"},
    "acceptance_notice": PARTIES
    | {
        "received_on": "2026-11-02",
        "accepted_on": "2026-11-05",
        "window_on": "2026-11-17",
        "due_on": "2026-11-20",
        "mediators": ["赵𬱖"],
        "contact": "孙䶮",
        "phone": "010-60000002",
        "address": "北京市朝阳区某某路×号",
    },
    "rejection_notice": PARTIES
    | {
        "case_number": "调登〔2026〕0731",
        "received_on": "2026-11-02",
        "reason_code": "respondent_disagrees",
        "reason": "经征询，被申请人北京某某科技服务有限公司于2026年11月5日答复不同意调解。调解以双方当事人自愿为前提。",
        "arbitration": ARBITRATION,
        "limitation": "劳动争议申请仲裁的时效期间为一年，从当事人知道或者应当知道其权利被侵害之日起计算。请注意时效。",
        "phone": "010-60000002",
    },
    "session_notice": PARTIES
    | {
        "addressee": "北京某某科技服务有限公司",
        "session": 2,
        "starts_at": "2026-11-12T14:00:00+08:00",
        "place": "朝阳区职工服务中心三层第二调解室",
        "mediators": ["赵𬱖"],
        "contact": "孙䶮",
        "phone": "010-60000002",
    },
    "session_minutes": PARTIES
    | {
        "session": 2,
        "starts_at": "2026-11-12T14:00:00+08:00",
        "ends_at": "2026-11-12T16:20:00+08:00",
        "place": "朝阳区职工服务中心三层第二调解室",
        "mediators": ["赵𬱖"],
        "recorder": "孙䶮",
        "present": [
            {"name": "陈龑㛃", "capacity": "申请人"},
            {"name": "北京某某科技服务有限公司", "capacity": "被申请人", "through": "委托代理人李倓"},
        ],
        "rights_told": True,
        "recusal": "调解员询问双方当事人是否申请调解员回避。双方当事人均答：不申请回避。",
        "applicant_statement": FACTS,
        "respondent_statement": "对入职时间、月工资标准和解除日期没有异议。公司经营困难，希望分期支付，并对未休年休假天数核对后确认。",
        "evidence": [
            "劳动合同一份，双方无异议",
            "解除劳动合同通知书一份，双方无异议",
            "考勤记录打印件，申请人认可真实性",
        ],
        "proceedings": (
            "调解员向双方说明了经济补偿和未休年休假工资的计算方法，并分别听取意见。\n"
            "经核对，双方确认2025年度、2026年度未休年休假共计8天。\n"
            "被申请人同意支付经济补偿72,000元、未休年休假工资8,000元，分两期支付；申请人表示接受。"
        ),
        "result": "双方达成一致，另行制作调解协议书。",
        "read_back": True,
    },
    "side_minutes": {
        "case_number": CASE_NUMBER,
        "session": 2,
        "starts_at": "2026-11-12T14:00:00+08:00",
        "mediators": ["赵𬱖"],
        "recorder": "孙䶮",
        "without_prejudice": "被申请人在协商中提出：如当日达成协议，愿意一次性支付；如不能达成协议，对上述金额不予认可。",
    },
    "agreement": PARTIES
    | {
        "facts": FACTS,
        "claims": CLAIMS,
        "employment": "双方确认劳动关系于2026年9月30日协商一致解除",
        "terms": [
            {
                "title": "解除劳动合同经济补偿",
                "amount": 7200000,
                "tax": "税前",
                "account": "陈龑㛃，尾号0018的工资账户",
                "instalments": [
                    {"amount": 5000000, "due_on": "2026-11-30", "way": "银行转账"},
                    {"amount": 2200000, "due_on": "2026-12-31", "way": "银行转账"},
                ],
            },
            {
                "title": "未休年休假工资",
                "amount": 800000,
                "tax": "税前",
                "due_on": "2026-11-30",
                "way": "银行转账",
            },
            {
                "text": "被申请人向申请人出具解除劳动合同证明，并办理社会保险关系转移手续",
                "due_on": "2026-12-05",
                "way": "由被申请人经办，证明原件邮寄至申请人送达地址",
            },
        ],
        "default_liability": "任何一期逾期支付的，申请人可以就全部未付款项主张权利",
        "release": "除上述款项外，双方就本次请求所涉经济补偿、未休年休假工资再无其他争议",
        "payment_order": True,
        "confirmation_court": "北京市朝阳区人民法院",
        "mediators": ["赵𬱖"],
        "recorder": "孙䶮",
    },
    "failure_opinion": PARTIES
    | {
        "claims": CLAIMS,
        "applied_on": "2026-11-02",
        "accepted_on": "2026-11-05",
        "ended_on": "2026-11-20",
        "process": "本调解组织于2026年11月10日、11月12日两次组织调解，双方到场并充分陈述意见。",
        "reason": "双方对经济补偿的计算基数分歧较大，至调解期限届满未达成调解协议，视为调解不成。",
        "opinion": "建议双方就已核对一致的未休年休假天数先行结算。",
        "limitation_restarts_on": "2026-11-20",
        "arbitration": ARBITRATION,
        "mediators": ["赵𬱖"],
    },
    "power_of_attorney": PARTIES
    | {
        "principal": "北京某某科技服务有限公司",
        "principal_number": "91110105MA01XXXX9K",
        "principal_phone": "010-60000000",
        "agent": "李倓",
        "agent_phone": "13800000027",
        "authority": "特别授权",
        "powers": ["代为承认、放弃、变更调解请求", "进行和解，签收调解文书"],
    },
    "materials_receipt": PARTIES
    | {
        "case_number": "调登〔2026〕0731",
        "materials": ["劳动争议调解申请书", "劳动合同", "解除劳动合同通知书"],
        "received_on": "2026-11-02",
        "decide_by": "2026-11-05",
        "contact": "孙䶮",
        "phone": "010-60000002",
    },
    "correction_notice": PARTIES
    | {
        "case_number": "调登〔2026〕0731",
        "received_on": "2026-11-02",
        "items": ["申请人身份证明复印件", "写明未休年休假的天数和计算方法"],
        "due_on": "2026-11-09",
        "phone": "010-60000002",
        "address": "北京市朝阳区某某路×号",
    },
    "consent_inquiry": PARTIES
    | {
        "case_number": "调登〔2026〕0731",
        "received_on": "2026-11-02",
        "claims": CLAIMS,
        "planned": "2026年11月12日下午",
        "reply_by": "2026-11-05",
        "phone": "010-60000002",
        "address": "北京市朝阳区某某路×号",
    },
    "mediator_notice": PARTIES
    | {
        "mediators": ["赵𬱖"],
        "recorder": "孙䶮",
        "replaced": ["周敏"],
        "reason": "周敏回避",
        "phone": "010-60000002",
    },
    "recusal_decision": PARTIES
    | {
        "person": "周敏",
        "by": "申请人",
        "ground": "与当事人有其他关系，可能影响公正调解",
        "decision": "同意回避申请，周敏不再担任本案调解员",
        "reason": "经查，周敏曾任被申请人的法律顾问",
        "successors": ["赵𬱖"],
    },
    "extension_consent": PARTIES
    | {"accepted_on": "2026-11-05", "old_due_on": "2026-11-20", "new_due_on": "2026-12-05"},
    "withdrawal": PARTIES
    | {"received_on": "2026-11-02", "reason": "双方自行和解", "explanation": "双方已于2026年11月8日签订和解协议。"},
    "termination_notice": PARTIES
    | {
        "received_on": "2026-11-02",
        "ended_on": "2026-11-20",
        "reason": "已经申请仲裁或者提起诉讼",
        "explanation": "申请人已就同一争议向仲裁委员会申请仲裁并获受理。",
        "arbitration": ARBITRATION,
        "phone": "010-60000002",
    },
    "hand_over_letter": PARTIES
    | {
        "receiver": "北京市朝阳区劳动人事争议仲裁院",
        "reason": "当事人选择仲裁",
        "explanation": "经两次调解，双方未达成调解协议。",
        "received_on": "2026-11-02",
        "materials": ["调解申请书", "证据材料目录及复印件", "调解终止意见书"],
        "contact": "孙䶮",
        "phone": "010-60000002",
    },
    "arbitration_review_application": PARTIES
    | {
        "body": "北京市朝阳区劳动人事争议仲裁委员会",
        "mediated_by": ORGANISATION,
        "agreement_number": "京朝工调协字〔2026〕第0409号",
        "effective_on": "2026-11-13",
        "attachments": ["调解协议书", "双方身份证明、资格证明", "送达地址确认书"],
    },
    "court_confirmation_application": PARTIES
    | {
        "body": "北京市朝阳区人民法院",
        "mediated_by": ORGANISATION,
        "agreement_number": "京朝工调协字〔2026〕第0409号",
        "effective_on": "2026-11-13",
        "jurisdiction": "调解组织所在地在北京市朝阳区",
        "attachments": ["调解协议书", "主持调解证明", "双方身份证明、住所和联系方式"],
    },
    "mediation_certificate": PARTIES
    | {
        "body": "北京市朝阳区人民法院",
        "agreement_number": "京朝工调协字〔2026〕第0409号",
        "accepted_on": "2026-11-05",
        "effective_on": "2026-11-13",
        "mediators": ["赵𬱖"],
    },
    "payment_order_application": PARTIES
    | {
        "body": "北京市朝阳区人民法院",
        "agreement_number": "京朝工调协字〔2026〕第0409号",
        "effective_on": "2026-11-13",
        "dues": DUES,
        "facts": FACTS,
        "evidence": ["调解协议书", "2025年10月至2026年9月银行工资流水"],
    },
    "performance_reminder": PARTIES
    | {
        "agreement_number": "京朝工调协字〔2026〕第0409号",
        "effective_on": "2026-11-13",
        "dues": DUES,
        "contact": "赵𬱖",
        "phone": "010-60000002",
    },
    "follow_up": PARTIES
    | {
        "visited_on": "2027-01-05",
        "way": "电话",
        "person": "陈龑㛃",
        "agreement_number": "京朝工调协字〔2026〕第0409号",
        "performance": "两期款项均已到账，社会保险关系已转出。",
        "satisfaction": "满意",
        "opinion": "希望增加晚间调解的时段。",
        "mediators": ["赵𬱖"],
    },
    "service_receipt": {
        "case_number": CASE_NUMBER,
        "cause": CAUSE,
        "papers": [{"title": "劳动争议调解受理通知书", "number": "京朝工调受字〔2026〕第0618号"}],
        "addressee": "北京某某科技服务有限公司",
        "address": "北京市朝阳区酒仙桥路×号院×号楼",
        "way": "直接送达",
        "server": "孙䶮",
    },
    "service_address": {
        "case_number": CASE_NUMBER,
        "cause": CAUSE,
        "name": "陈龑㛃",
        "role": "申请人",
        "address": "北京市朝阳区八里庄街道×号院×号楼",
        "phone": "13800000018",
        "agent": "李倓",
        "electronic_signing": True,
        "electronic_service": True,
    },
    "supplementary_agreement": PARTIES
    | {
        "agreement_number": "京朝工调协字〔2026〕第0409号",
        "effective_on": "2026-11-13",
        "changes": ["第二期款项人民币22,000元的支付期限变更为2027年1月31日前，支付方式不变"],
        "mediators": ["赵𬱖"],
    },
    "calculation_sheet": {
        "case_number": CASE_NUMBER,
        "worker": "陈龑㛃",
        "employer": "北京某某科技服务有限公司",
        "bases": [
            {"label": "月工资（解除前十二个月平均工资）", "value": "12,600元"},
            {"label": "本单位工作年限", "value": "2021年3月1日至2026年9月30日，5年7个月，计6个月工资"},
            {"label": "未休年休假天数", "value": "8天"},
        ],
        "items": [
            {
                "title": "经济补偿",
                "formula": "12,600元×6个月＝75,600元",
                "amount": 7560000,
                "law": "《中华人民共和国劳动合同法》第四十七条",
            },
            {
                "title": "未休年休假工资",
                "formula": "12,600元÷21.75天×8天×200％＝9,268.97元",
                "amount": 926897,
                "law": "《职工带薪年休假条例》第五条",
                "note": "已支付正常工作期间工资，按差额计。",
            },
        ],
        "computed_on": "2026-11-12",
        "computed_by": "孙䶮",
    },
    "letter": {
        "heading": "关于2026年民主管理月大检查情况的通报",
        "addressees": ["各街道、地区总工会", "各直属基层工会"],
        "text": (
            "为进一步健全以职工代表大会为基本形式的企事业单位民主管理制度，区总工会于2026年9月组织开展了全区民主管理月"
            "大检查。现将检查情况通报如下。"
        ),
        "sections": [
            {
                "heading": "检查基本情况",
                "text": "本次检查共抽查已建会企业412家，其中公有制企业96家、非公有制企业316家。检查采取查阅资料、座谈访谈、"
                "问卷测评相结合的方式进行，结果见附表。",
            },
            {
                "heading": "整改要求",
                "text": "各街道、地区总工会要建立问题台账，对列入“限期整改”的单位逐一下达整改意见书，明确责任人和完成时限，"
                "于2026年11月30日前完成整改并上报结果。",
            },
        ],
        "table": {
            "caption": "民主管理月大检查结果汇总表",
            "columns": ["街道（地区）", "抽查数", "职代会建制", "厂务公开", "问题数", "结论"],
            "rows": [
                ["八里庄街道", "36", "35", "34", "3", "合格"],
                ["酒仙桥街道", "28", "26", "25", "6", "限期整改"],
                ["双井街道", "31", "31", "30", "1", "合格"],
            ],
        },
        "attachments": ["民主管理月大检查问题清单", "整改意见书样式"],
        "remark": "此件公开发布",
        "copies_to": ["区人力资源和社会保障局", "区国资委", "区工商联"],
        "printed_by": "北京市朝阳区总工会办公室",
        "printed_on": "2026-11-20",
    },
    "plain": {
        "heading": "物品借用单",
        "addressee": "陈龑㛃",
        "text": "因在职工服务中心办理签到，借用下列物品，用毕当日归还。",
        "rows": [{"label": "物品", "value": "投影仪"}, {"label": "完好情况", "value": "完好"}],
        "sections": [{"heading": "归还", "text": "归还时由经办人当面核对。"}],
        "signers": ["借用人（签名）："],
    },
}
