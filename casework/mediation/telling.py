"""What the parties hear of each step, in plain words, and why they hear nothing of the others."""

from workflows.module import News

APPLICANTS, RESPONDENTS = ("applicant",), ("respondent",)

TOLD = {
    "register": News("您的调解申请已登记，三个工作日内告知是否受理。", APPLICANTS),
    "register_oral": News("您的口头申请已登记，三个工作日内告知是否受理。", APPLICANTS),
    "refer_in": News("有关机关已将您的争议转来调解，三个工作日内告知是否受理。", APPLICANTS),
    "open_proactively": News("经双方同意，您的劳动争议已由工会受理调解，调解期为十五日。"),
    "reopen": News("您的再次申请已登记，三个工作日内告知是否受理。", APPLICANTS),
    "split_off": News("部分职工的请求已另立本案继续调解，收到日期和期限不变。"),
    "request_correction": News("您的申请需要补正，请按补正告知内容提交材料。", APPLICANTS),
    "correct": News("您的补正材料已收到，三个工作日内告知是否受理；期限自补正之日计算。", APPLICANTS),
    "seek_consent": News("有劳动争议调解申请涉及贵方，请答复是否同意调解。", RESPONDENTS),
    "negotiation_unanswered": News("对方五日内没有答复协商请求，视为不愿协商；仲裁时效重新起算。", APPLICANTS),
    "accept": News("您的劳动争议调解案件已受理，调解期为十五日。"),
    "reject": News("您的调解申请不予受理，可以依法申请仲裁，详见书面通知。", APPLICANTS),
    "assign": News("您的案件已指定调解员，可以申请回避。"),
    "recuse": News("您的案件已更换调解员。"),
    "deny_recusal": News("回避申请没有获得同意，原调解员继续办理，详见回避决定书。"),
    "reassign": News("您的案件已由另一名调解员接办。"),
    "handed_over": News("您的案件已由另一名调解员接办，原定的期限不变。"),
    "add_party": News("您的案件追加了当事人，承办人将与您联系。"),
    "elect_representatives": News(
        "本案的职工代表人已登记；代表人变更、放弃请求或者和解的，须经您本人同意。", APPLICANTS
    ),
    "import_workers": News("您已登记为劳动争议调解案件的申请人；不是您本人意愿的，请告知承办的工会。", APPLICANTS),
    "change_claims": News("您的案件的调解请求已变更；与您的意愿不符的，请告知承办人。", APPLICANTS),
    "suspend_limitation": News("仲裁时效已登记中止，事由消除后继续计算。", APPLICANTS),
    "resume_limitation": News("仲裁时效中止的事由已消除，一年时效继续计算。", APPLICANTS),
    "schedule_sitting": News("调解会已安排，请按调解通知书的时间到场。"),
    "extend": News("经双方同意，您的案件调解期已延长。"),
    "suspend": News("您的案件中止调解；调解期不因此停止计算。"),
    "resume": News("您的案件恢复调解。"),
    "reach_agreement": News("双方已达成合意，协议书稿待您核对；签名、盖章前不生效。"),
    "talk_again": News("协议书稿已作废，继续调解，原定的调解期不变。"),
    "sign": News("调解协议已生效，请按期履行；十五日内可共同申请仲裁审查，三十日内可共同申请司法确认。"),
    "settle_on_spot": News("双方已当场达成协议并履行，案件办结。"),
    "fail": News("您的案件调解不成，可以依法申请仲裁，详见终止意见书。"),
    "return_to_referrer": News("您的案件调解不成，已退回委派、委托机关。"),
    "party_absent": News("您的案件因一方未到场调解不成，可以依法申请仲裁。"),
    "withdraw": News("您的案件已撤回。"),
    "terminate": News("您的案件已终止调解，详见书面通知。"),
    "transfer": News("您的案件已移送有关机关办理。"),
    "join": News("您的案件已并入另一案件一并办理，承办人将与您联系。"),
    "hand_over": News("您的案件调解不成，材料已移送有关机关；您可以依法申请仲裁。"),
    "revoke_lapse": News("您的案件恢复调解，此前的自动结案已撤销。"),
    "mediation.performance.record_part": News("调解协议已登记一笔履行，其余部分的期限不变；没有收到的，请告知调解员。"),
    "mediation.performance.complete": News("调解协议已登记履行完毕；没有收到的，请告知调解员。"),
    "mediation.performance.postpone": News("经双方同意，调解协议的履行期限已变更，详见补充协议。"),
    "mediation.performance.default": News(
        "调解协议约定的款项逾期未付：应付款的一方请立即支付，收款的一方可以依法申请救济。"
    ),
    "mediation.performance.pay_late": News("调解协议已登记一笔逾期支付的款项；没有收到的，请告知调解员。"),
    "mediation.performance.cure": News("调解协议逾期后已登记履行完毕；没有收到的，请告知调解员。"),
    "mediation.confirmation.apply_arb_review": News("双方共同提出的仲裁审查申请已登记，结果另行告知。"),
    "mediation.confirmation.arb_accept": News("仲裁委员会已受理仲裁审查申请，结果另行告知。"),
    "mediation.confirmation.arb_not_accept": News("仲裁委员会不予受理仲裁审查申请；三十日期限内仍可共同申请司法确认。"),
    "mediation.confirmation.extend_arb_review": News("仲裁委员会的审查期限已延长，结果另行告知。"),
    "mediation.confirmation.arb_letter": News(
        "仲裁委员会已出具调解书，请签收；双方签收后生效，签收前任何一方可以撤回申请。"
    ),
    "mediation.confirmation.arb_letter_takes_effect": News(
        "仲裁调解书经双方签收，已经生效；一方不履行的，另一方可以申请强制执行。"
    ),
    "mediation.confirmation.arb_refuse_letter": News("仲裁委员会不予制作调解书；三十日期限内仍可共同申请司法确认。"),
    "mediation.confirmation.withdraw_arb_review": News("仲裁审查申请已撤回；调解协议仍有约束力。"),
    "mediation.confirmation.apply_court_confirmation": News("双方共同提出的司法确认申请已登记，结果另行告知。"),
    "mediation.confirmation.court_confirm": News("人民法院已裁定调解协议有效；一方不履行的，另一方可以申请强制执行。"),
    "mediation.confirmation.court_dismiss": News(
        "人民法院裁定驳回司法确认申请；双方可以经调解变更协议，也可以向人民法院起诉。"
    ),
    "mediation.confirmation.amend": News(
        "调解协议已经双方变更；十五日内可共同申请仲裁审查，三十日内可共同申请司法确认。"
    ),
    "mediation.confirmation.lapse_window": News("三十日内没有申请司法确认，不能再申请；调解协议仍有约束力。"),
    "mediation.remedy.issue_payment_order": News("人民法院已发出支付令；债务人收到后十五日内清偿或者提出书面异议。"),
    "mediation.remedy.serve_payment_order": News(
        "支付令已送达债务人；十五日内没有清偿也没有书面异议的，可以申请强制执行。"
    ),
    "mediation.remedy.payment_order_ended": News("支付令程序已终结，劳动者可以依据调解协议直接起诉。"),
}

BEFORE_THEM = "当事人在场，当场告知"
INTERNAL = "工会内部或者与有关机关之间的工作"
THEIR_OWN = "当事人自己向有关机关提出，由该机关通知"
SAID_ALREADY = "同一天的另一项通知已经告知"

SILENT = {
    "record_answer": "本人的答复；受理或者不予受理时告知双方",
    "request_recusal": "交负责人决定，决定另行告知",
    "calculate": "计算表在调解中当面出示",
    "report_stoppage": INTERNAL,
    "end_stoppage": INTERNAL,
    "report_risk": INTERNAL,
    "notify_authority": INTERNAL,
    "record_inquiry": INTERNAL,
    "record_union_notice": INTERNAL,
    "record_standing": "死亡、丧失行为能力等，由承办人当面或者打电话告知，不用短信",
    "start_session": BEFORE_THEM,
    "record_minutes": BEFORE_THEM,
    "confirm_shares": "本人当面签名确认",
    "split": "“分出新案”告知新案的当事人；本案其他当事人的权利和期限不变",
    "report_back": INTERNAL,
    "limitation_restarted": SAID_ALREADY,
    "archive": INTERNAL,
    "mediation.performance.begin": SAID_ALREADY,
    "mediation.performance.back_to_partial": SAID_ALREADY,
    "mediation.performance.back_to_pending": SAID_ALREADY,
    "mediation.confirmation.offer": SAID_ALREADY,
    "mediation.remedy.inform": SAID_ALREADY,
    "mediation.remedy.apply_arbitration": THEIR_OWN,
    "mediation.remedy.apply_payment_order": THEIR_OWN,
    "mediation.remedy.sue_on_agreement": THEIR_OWN,
    "mediation.remedy.sue_wages": THEIR_OWN,
    "mediation.remedy.sue_after_dismissal": THEIR_OWN,
    "mediation.remedy.enforce": THEIR_OWN,
    "mediation.remedy.conclude": "结果由法院、仲裁委员会送达当事人，这里只是登记",
}
