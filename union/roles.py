"""Who acts (law.md §2.1): data only, so that a procedure can name its roles without a database."""

from workflows.definition import SYSTEM, Role

APPLICANT = Role("applicant", "申请人")
RESPONDENT = Role("respondent", "被申请人")
CLAIMANT_REP = Role("claimant_rep", "职工代表人")
INTAKE = Role("intake", "立案人员")
MEDIATOR = Role("mediator", "调解员")
ORG_HEAD = Role("org_head", "调解组织负责人")
LAWYER = Role("lawyer", "法律援助人员")
FIRM = Role("firm", "承办单位")
AID_OFFICER = Role("aid_officer", "法律援助审查人")
AID_DIRECTOR = Role("aid_director", "法律援助审批人")
UNION_CHAIR = Role("union_chair", "基层工会主席")
EMPLOYER_CHIEF = Role("employer_chief", "企业方首席代表")
RECORDER = Role("recorder", "记录员")
ADVISOR = Role("advisor", "集体协商指导员")
HRSS = Role("hrss", "区人力社保局")
COURT = Role("court", "人民法院")
INSPECTOR = Role("inspector", "检查员")
TEAM_LEAD = Role("team_lead", "检查组长")
FED_LEADER = Role("fed_leader", "区总工会分管领导")
ARCHIVIST = Role("archivist", "档案管理员")
AUDITOR = Role("auditor", "审计管理员")
PARTY = Role("party", "当事人")
SEAL_KEEPER = Role("seal_keeper", "印章管理员")
SYSTEM_ADMIN = Role("system_admin", "系统管理员")
SECURITY_ADMIN = Role("security_admin", "安全管理员")
STAFF = Role("staff", "工作人员")  # every active staff member at the own organisation
VISITOR_ROLE = Role("visitor", "访客")

PARTIES = (APPLICANT, RESPONDENT, CLAIMANT_REP, PARTY)  # whose acts a clerk only writes down (代录)
ROLES: tuple[Role, ...] = (SYSTEM, *(v for v in vars().copy().values() if isinstance(v, Role) and v is not SYSTEM))
ROLE_BY_ID: dict[str, Role] = {role.id: role for role in ROLES}
