"""What mediation calls what the desk offers, and who may mediate."""

from union.roles import MEDIATOR
from workflows.words import Material, Words

WORDS = Words(
    work="调解",
    handler="调解员",
    group="调解组",
    handled_by=(MEDIATOR,),
    sitting="调解会",
    minutes="调解笔录",
    room="调解室",
    host="主持人",
    rights_told="已告知权利义务、调解程序、协议效力和确认途径，并询问是否申请回避",
    apart="让步、方案",
    apart_because="当事人为达成协议作出的让步和调解方案。不进入笔录，不得作为后续程序对其不利的证据。",
    materials=(
        Material("contract", "劳动合同"),
        Material("wages", "工资支付凭证", "工资条、银行流水、微信或者支付宝转账记录"),
        Material("attendance", "考勤记录", "考勤、排班、工作群记录"),
        Material("correspondence", "往来信函、聊天记录", "解除通知、聊天截图"),
    ),
    alike_by="当事人的证件号码、电话、信用代码和名称",
    nothing_alike="相同的职工与相同的单位之间没有其他案件。",
)
