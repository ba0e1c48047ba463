"""Wording for the minutes of a mediation, block by block in the order of the sitting; what is bracketed is filled in."""

from union.law import CONSULT, INVITED, LDMA
from workflows.definition import cited
from workflows.module import MinutesBlock

MINUTES = (
    MinutesBlock(
        "opening",
        "开场",
        "调解员宣布第 {number} 次调解会开始，核对到会人员身份和代理权限，说明本次调解由〔调解员姓名〕主持、〔记录员姓名〕记录。",
    ),
    MinutesBlock(
        "rights",
        "权利义务告知",
        "调解员告知双方：调解自愿，当事人有权接受、拒绝或者要求终止调解，有权申请调解员回避，有权自愿达成调解协议；"
        "应当如实陈述、遵守调解秩序、履行调解协议。同时告知调解程序、调解协议的效力以及仲裁审查、司法确认的途径。\n"
        "问：是否听清？是否申请回避？\n申请人：〔　　〕\n被申请人：〔　　〕",
        law=cited((INVITED[14].by_analogy(), LDMA[13])),
    ),
    MinutesBlock(
        "inquiry",
        "调查",
        "申请人陈述请求、事实和理由：〔　　〕\n被申请人答复：〔　　〕\n双方出示的材料及对方意见：〔　　〕\n"
        "双方没有争议的事实：〔　　〕\n争议的焦点：〔　　〕",
    ),
    MinutesBlock(
        "mediation",
        "调解",
        "调解员就争议焦点说明有关规定，分别听取双方意见。双方为达成协议提出的让步和方案另行记录，不写入本笔录。\n"
        "经调解，〔双方达成一致／未能达成一致／同意另行约定时间继续调解〕。",
        law=cited(CONSULT[30]),
    ),
    MinutesBlock(
        "check",
        "核对",
        "以上笔录已向到会人员宣读或者交其阅读。有遗漏或者差错的，当场补正；无误的，由到会人员逐页签名或者捺印。",
        law=cited(CONSULT[30]),
    ),
)
