"""What mediation calls what the desk offers, and who may mediate."""

from union.roles import MEDIATOR
from workflows.words import Words

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
)
