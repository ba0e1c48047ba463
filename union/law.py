"""The instruments the product cites, with the evidence mark of how well each was read (law.md §0.1).

A mark below READ travels with every citation of the instrument; a single article read better or worse is cited
with ``.marked(...)`` where it is used.
"""

from workflows.law import Law, Mark

# Disputes
LDMA = Law(
    "调仲法",
    "中华人民共和国劳动争议调解仲裁法",
    "2008-05-01施行",
    source="https://www.mohrss.gov.cn/xxgk2020/fdzdgknr/zcfg/fl/202011/t20201102_394628.html",
)
CONSULT = Law(
    "协调规定",
    "企业劳动争议协商调解规定",
    "人社部令第17号，2012-01-01施行",
    source="https://www.mohrss.gov.cn/xxgk2020/gzk/gz/202112/t20211228_431626.html",
)
ARB_RULES = Law(
    "办案规则",
    "劳动人事争议仲裁办案规则",
    "人社部令第33号，2017-07-01施行",
    source="https://www.mohrss.gov.cn/xxgk2020/gzk/gz/202112/t20211228_431661.html",
)
CPL = Law("民诉法", "中华人民共和国民事诉讼法", "2023-09-01修正")
CPL_INTERP = Law("民诉解释", "最高人民法院关于适用〈中华人民共和国民事诉讼法〉的解释", "2022-04-01修正")
LDI1 = Law(
    "劳争解释一",
    "最高人民法院关于审理劳动争议案件适用法律问题的解释（一）",
    "法释〔2020〕26号",
    source="https://www.court.gov.cn/fabu/xiangqing/282121.html",
)
LDI2 = Law(
    "劳争解释二",
    "最高人民法院关于审理劳动争议案件适用法律问题的解释（二）",
    "法释〔2025〕12号，2025-09-01施行",
    Mark.EXCERPT,
)
PMA = Law("人民调解法", "中华人民共和国人民调解法", "2011-01-01施行")
INVITED = Law("特邀调解", "最高人民法院关于人民法院特邀调解的规定", "2016-07-01施行")
CONFIRM = Law("确认规定", "最高人民法院关于人民调解协议司法确认程序的若干规定", "2011年")
CIVIL_CODE = Law("民法典", "中华人民共和国民法典", "")

# Trade unions
TUL = Law("工会法", "中华人民共和国工会法", "2021-12-24修正，2022-01-01施行")
BJ_TUL = Law(
    "京工会法办法",
    "北京市实施〈中华人民共和国工会法〉办法",
    "2026-03-27第三次修订，2026-05-01施行",
    source="https://flk.npc.gov.cn/detail?id=ff8081819cf9f396019d6b19f14317fe",
)
ACFTU_DISPUTE = Law(
    "全总争议办法",
    "工会参与劳动争议处理办法",
    "总工发〔2023〕23号，2023-12-28",
    Mark.EXCERPT,
    "http://www.zh-lawyer.com/lawyer/3/article/detail/697.html",
)
SUPERVISION = Law(
    "一函两书",
    "工会劳动法律监督办法",
    "总工办发〔2021〕9号",
    Mark.EXCERPT,
    "http://www.wpexpress.cn/?news_31/327.html",
)

# Beijing and Chaoyang practice
BJ_ONE_STOP = Law(
    "京一站式",
    "新就业形态劳动纠纷一站式调解",
    "京人社仲发〔2025〕1号",
    source="https://rsj.beijing.gov.cn/xxgk/2024zcwj/202501/t20250122_3996364.html",
    sections=True,
)
BJ_NINE = Law(
    "京九部门",
    "协商调解实施方案",
    "京人社仲发〔2023〕18号",
    Mark.EXCERPT,
    "https://www.beijing.gov.cn/gate/big5/www.beijing.gov.cn/zhengce/zhengcefagui/202309/t20230922_3264176.html",
)
SIX_PARTY = Law(
    "六方联动",
    "北京市劳动争议调解六方联动机制",
    "2010年",
    Mark.EXCERPT,
    "http://www.handmsg.com/page/2011/1030/13388121.shtml",
)
CY_NOTICE = Law(
    "朝阳告知书",
    "北京市朝阳区劳动人事争议仲裁委员会调解建议（告知）书",
    "",
    Mark.EXCERPT,
    "http://www.bjchy.gov.cn/UserFiles/File/2bb0130a4e614ecdbb06bf2b7933ab77.zip",
)

# Labour standards and calendar
LABOUR_LAW = Law("劳动法", "中华人民共和国劳动法", "")
LABOUR_CONTRACT = Law("劳合法", "中华人民共和国劳动合同法", "")
WORKING_HOURS = Law("工时规定", "国务院关于职工工作时间的规定", "")
HOLIDAYS = Law("放假办法", "全国年节及纪念日放假办法", "2024-11-10修订，2025-01-01施行")
HOLIDAYS_2026 = Law(
    "节假日",
    "国务院办公厅关于2026年部分节假日安排的通知",
    "国办发明电〔2025〕7号",
    source="https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm",
)
WOMEN = Law("妇保法", "中华人民共和国妇女权益保障法", "")

# Legal aid
LEGAL_AID = Law("法援法", "中华人民共和国法律援助法", "2022-01-01施行")
LEGAL_AID_REGULATION = Law("法援条例", "法律援助条例", "国务院令第385号，2003年")
LEGAL_AID_PROCEDURE = Law("程序规定", "办理法律援助案件程序规定", "司法部令第148号，2023-09-01施行", Mark.EXCERPT)
LEGAL_AID_FORMS = Law(
    "文书格式",
    "法律援助文书格式",
    "司法部，2023-11-10",
    Mark.EXCERPT,
    "http://www.moj.gov.cn/pub/sfbgw/zwxxgk/fdzdgknr/fdzdgknrtzwj/202401/t20240109_493120.html",
)
BJ_LEGAL_AID = Law("京法援条例", "北京市法律援助条例", "2009-03-01施行")
UNION_LEGAL_AID = Law(
    "工会法援办法",
    "工会法律援助办法",
    "总工发〔2008〕52号",
    Mark.EXCERPT,
    "http://www.lyrce.net/news5/100059.html",
)
BJ_LEGAL_AID_FILES = Law("京法援档案", "北京市法律援助档案管理规定", "京司发〔2016〕98号", Mark.EXCERPT)

# Collective bargaining
WAGE_BARGAINING = Law(
    "工资办法",
    "工资集体协商试行办法",
    "劳动和社会保障部令第9号，2000-11-08施行",
    source="https://www.mohrss.gov.cn/xxgk2020/gzk/gz/202112/t20211228_431577.html",
)
COLLECTIVE_CONTRACT = Law(
    "集合规定",
    "集体合同规定",
    "劳动和社会保障部令第22号，2004-05-01施行",
    source="https://www.gov.cn/gongbao/content/2004/content_62937.htm",
)
BJ_COLLECTIVE_CONTRACT = Law("京集合条例", "北京市集体合同条例", "2005-11-01施行")
BJ_COLLECTIVE_FILES = Law(
    "京集档办法",
    "北京市集体合同档案管理办法",
    "京人社劳发〔2011〕344号，2012-02-01施行",
    Mark.EXCERPT,
    "http://law51.net/law5/beijing/bj128.htm",
)

# Democratic management
DEMOCRACY = Law("民管规定", "企业民主管理规定", "总工发〔2012〕12号，2012-02-13", Mark.EXCERPT)
COMPANY_LAW = Law("公司法", "中华人民共和国公司法", "2023年修订，2024-07-01施行")
PRIVATE_ECONOMY = Law("民促法", "中华人民共和国民营经济促进法", "2025-05-20施行")
CHENGDU_STANDARD = Law(
    "DB成都",
    "厂务公开民主管理工作检查考核规范",
    "DB510100/T 179—2015（成都）",
    Mark.EXCERPT,
    "https://max.book118.com/html/2022/0530/7025060152004125.shtm",
)
SH_WORKERS_CONGRESS = Law("沪职代会", "上海市职工代表大会条例", "2017年")

# Files and personal data
ARCHIVES_LAW = Law("档案法", "中华人民共和国档案法", "")
ARCHIVES_REG = Law("档案法实施条例", "中华人民共和国档案法实施条例", "2024年")
PIPL = Law("个保法", "中华人民共和国个人信息保护法", "")
ESIGN = Law("电签法", "中华人民共和国电子签名法", "")

INSTRUMENTS: tuple[Law, ...] = tuple(value for value in vars().copy().values() if isinstance(value, Law))
LAW_BY_KEY: dict[str, Law] = {law.key: law for law in INSTRUMENTS}
