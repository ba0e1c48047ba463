"""Ten or more workers: the list, the group of mediators, partial effect, joining and splitting."""

import io
import zipfile
from datetime import date

import msgspec
import pytest
import xlsxwriter
from sqlalchemy import select

from casework.desk.tables import Link
from casework.mediation.collective import Unreadable, read_workers
from casework.mediation.for_parties import stored
from casework.mediation.forms import endings, people, registration, special, talks
from casework.mediation.tables import CaseParty, Claim, MediationCase, SettlementTerm
from tests.casework.mediation.collective_case import applicants, confirm, drafted_collective, id_number, workers
from tests.casework.mediation.test_guards import refusal
from tests.casework.mediation.world import PAYMENT, WAGES, application
from workflows.errors import Invalid, Refused
from workflows.form import Attachment


def test_the_confirmed_are_bound_and_the_rest_go_on_in_a_linked_case_with_its_clocks(world):
    case = drafted_collective(world)
    world.set(2026, 3, 9)
    world.act(case, "extend", talks.Extend(extension_days=10, agreed_by_applicant=True, agreed_by_respondent=True))
    left = confirm(world, case, leave_out=2)
    world.sign_paper(case)
    world.act(case, "sign", talks.Sign(split_unconfirmed=True))
    link = world.read(select(Link).where(Link.from_id == case, Link.kind == "split"))[0]
    new = world.case(link.to_id)
    assert {p.name for p in applicants(world, new.id)} == {p.name for p in left}
    assert (new.state, new.received_on, new.accepted_on) == ("in_mediation", date(2026, 3, 2), date(2026, 3, 2))
    assert world.timer(new.id, "mediation_term").effective_due == world.timer(case, "mediation_term").effective_due
    promised = select(SettlementTerm).where(SettlementTerm.case_id == case, SettlementTerm.superseded_on.is_(None))
    assert len(world.read(promised)) == 10
    assert new.case_number == "京朝工调字〔2026〕第0002号"


def test_ten_with_one_left_out_are_nine_and_still_bound_by_what_their_representatives_signed(world):
    case = drafted_collective(world, 10)
    (left,) = confirm(world, case, leave_out=1)
    world.sign_paper(case)
    assert "未确认的须选择分案" in refusal(world, case, "sign", talks.Sign())
    world.act(case, "sign", talks.Sign(split_unconfirmed=True))
    assert world.state(case) == "settled"
    assert len(applicants(world, case)) == 9
    assert left.id not in {p.id for p in applicants(world, case)}


def test_nine_of_ten_still_need_each_represented_workers_word(world):
    """Splitting one off makes the case small; it does not make the representatives' signature enough."""
    case = drafted_collective(world, 10)
    left, *_ = confirm(world, case, leave_out=2)
    world.act(case, "split", talks.Split(parties=[left.id], reason="不同意"))
    world.sign_paper(case)
    assert "每名被代表的职工均已书面确认" in refusal(world, case, "sign", talks.Sign())
    withdrawal = endings.Withdraw(reason="other", voluntary=True)
    assert "须经被代表的职工同意" in refusal(world, case, "withdraw", withdrawal, "intake")


def test_where_everybody_signs_nobody_is_split_off_for_want_of_a_confirmation(world):
    term = msgspec.structs.replace(PAYMENT, payee="")
    case = world.drafted(application(applicants=workers(2, representatives=0)), [term])
    first = applicants(world, case)[0]
    world.act(case, "confirm_shares", talks.ConfirmShares(confirmed=[first.id]))
    world.sign_paper(case)
    with pytest.raises(Invalid, match="没有被代表的职工") as refused:
        world.act(case, "sign", talks.Sign(split_unconfirmed=True))
    assert refused.value.field == "split_unconfirmed"
    assert len(applicants(world, case)) == 2
    world.act(case, "sign", talks.Sign())
    assert world.state(case) == "settled"


def test_a_confirmation_names_who_confirmed(world):
    case = drafted_collective(world)
    with pytest.raises(Invalid, match="选择本人已经书面确认协议的职工"):
        world.act(case, "confirm_shares", talks.ConfirmShares())


def test_a_collective_dispute_is_no_small_matter_settled_on_the_spot(world):
    case = world.talking(
        application(applicants=workers(12), is_platform=True, grounds="平台拖欠报酬"), ("mediator", "second", "third")
    )
    paid = to_each(applicants(world, case)[0], amount=10_000, due_on=date(2026, 3, 2))
    form = talks.SettleOnSpot(terms=[paid], proceedings="当场付清")
    assert "不是十人以上集体争议" in refusal(world, case, "settle_on_spot", form)


def test_ten_is_collective_and_nine_is_not(world):
    nine = world.accepted(application(applicants=workers(9)))
    world.act(nine, "assign", people.Assign(mediators=[world.ids["mediator"]]), "head")
    other = [registration.PartyIn(name="北京晨星餐饮有限公司", kind="organisation")]
    ten = world.accepted(application(applicants=workers(10), respondents=other))
    one = people.Assign(mediators=[world.ids["mediator"]])
    assert "三名调解员组成调解组" in refusal(world, ten, "assign", one, "head")


def test_representatives_are_three_to_five(world):
    case = world.open(form=application(applicants=workers(12, representatives=0)))
    everybody = [p.id for p in applicants(world, case)]
    for wrong in (everybody[:2], everybody[:6]):
        with pytest.raises(Refused, match="代表人三至五名"):
            world.act(case, "elect_representatives", elected(wrong), "intake")
    world.act(case, "elect_representatives", elected(everybody[:3]), "intake")
    assert sum(p.is_representative for p in applicants(world, case)) == 3


def elected(representatives, proof="推举书一份，12人签名") -> people.ElectRepresentatives:
    return people.ElectRepresentatives(representatives=representatives, elected_on=date(2026, 3, 2), proof=proof)


def test_only_workers_of_the_case_speak_for_it_and_by_an_election_on_paper(world):
    case = world.open(form=application(applicants=workers(12, representatives=0)))
    members = [p.id for p in applicants(world, case)]
    with pytest.raises(Refused, match="推举书已收存并写明"):
        world.act(case, "elect_representatives", elected(members[:3], " "), "intake")
    with pytest.raises(Invalid, match="只能推举本案申请人一方的职工"):
        world.act(case, "elect_representatives", elected([*members[:2], world.party(case).id]), "intake")
    world.act(case, "elect_representatives", elected(members[:3]), "intake")
    world.act(case, "elect_representatives", elected(members[3:7]), "intake")
    assert [p.election_proof != "" for p in applicants(world, case)] == [False] * 3 + [True] * 4 + [False] * 5


@pytest.mark.parametrize(("speaking", "proof", "sentence"), [(2, "推举书", "代表人三至五名"), (3, "", "推举书已收存")])
def test_representatives_who_cannot_act_reach_no_agreement(world, speaking, proof, sentence):
    people_ = [msgspec.structs.replace(w, election_proof=proof) for w in workers(12, speaking)]
    case = world.talking(application(applicants=people_), ("mediator", "second", "third"))
    each = talks.ReachAgreement(terms=[to_each(p) for p in applicants(world, case)])
    assert sentence in refusal(world, case, "reach_agreement", each)
    world.act(case, "elect_representatives", elected([p.id for p in applicants(world, case)][:3]))
    world.act(case, "reach_agreement", each)


def test_a_representative_signs_no_longer_once_too_few_are_left(world):
    case = drafted_collective(world)
    confirm(world, case)
    world.sign_paper(case)
    with world.sessions.begin() as session:
        session.get_one(CaseParty, applicants(world, case)[0].id).is_representative = False
    assert "代表人三至五名" in refusal(world, case, "sign", talks.Sign())


def to_each(party, **more) -> talks.TermIn:
    due = {"amount": 400_000, "due_on": date(2026, 6, 1), "party_id": party.id, "way": "cash"}
    return talks.TermIn(title=f"支付{party.name}工资", **{**due, **more})


def test_what_is_owed_to_the_workers_goes_to_each_of_them(world):
    accounts = [f"62220202000123{i:05d}" for i in range(12)]
    people_ = [msgspec.structs.replace(w, account=a) for w, a in zip(workers(12), accounts, strict=True)]
    case = world.talking(application(applicants=people_), ("mediator", "second", "third"))
    first, *others = applicants(world, case)
    one = talks.TermIn(
        title="支付全部工资",
        amount=4_800_000,
        payee=first.name,
        way="transfer",
        account=accounts[0],
        due_on=date(2026, 6, 1),
    )
    said = refusal(world, case, "reach_agreement", talks.ReachAgreement(terms=[one]))
    assert "集体争议的款项付给职工本人" in said
    assert "金额、收款人和收款账户明确" not in said
    wrong = talks.ReachAgreement(terms=[to_each(others[0], payee=first.name)])
    assert "集体争议的款项付给职工本人" in refusal(world, case, "reach_agreement", wrong)
    each = [to_each(p, way="transfer") for p in (first, *others)]
    world.act(case, "reach_agreement", talks.ReachAgreement(terms=each))
    with world.sessions() as session:
        rows = session.scalars(select(SettlementTerm).order_by(SettlementTerm.number)).all()
        assert [(row.payee, row.account) for row in rows] == [
            (p.name, a) for p, a in zip((first, *others), accounts, strict=True)
        ]


def test_a_sum_for_all_is_definite_once_every_worker_has_given_an_account(world):
    known = [msgspec.structs.replace(w, account=f"62220202000123{i:05d}") for i, w in enumerate(workers(12))]
    unknown = [*known[:-1], msgspec.structs.replace(known[-1], account="")]
    sum_ = talks.TermIn(title="支付全部工资", amount=4_800_000, way="transfer", due_on=date(2026, 6, 1))
    for people_, definite in ((unknown, False), (known, True)):
        other = [registration.PartyIn(name=f"北京晨星餐饮有限公司{definite}", kind="organisation")]
        filed = application(applicants=people_, respondents=other)
        decided = msgspec.structs.replace(filed, duplicate_decision="separate", duplicate_reason="另一单位的争议")
        case = world.talking(decided, ("mediator", "second", "third"))
        if definite:
            world.act(case, "reach_agreement", talks.ReachAgreement(terms=[sum_]))
        else:
            said = refusal(world, case, "reach_agreement", talks.ReachAgreement(terms=[sum_]))
            assert "金额、收款人和收款账户明确" in said


def test_an_account_on_the_list_is_kept_and_shown_covered(world):
    case = world.open()
    rows = [f"工人{i}" for i in range(9)]
    listed = [
        ["姓名", "身份证号", "银行账号"],
        *([n, id_number(i), f"62220202000123{i:05d}"] for i, n in enumerate(rows)),
    ]
    world.act(case, "import_workers", upload(*listed), "intake")
    with world.sessions() as session:
        kept = session.scalars(select(CaseParty).where(CaseParty.name == "工人3")).one()
        assert kept.account == "6222020200012300003"
        said = {label: (masked, full) for label, masked, full in stored(session, kept.id)}
    assert said["银行账号"][1] == "6222020200012300003"
    assert "62220202" not in said["银行账号"][0]


def test_a_list_is_read_with_every_fault_of_every_row():
    found = read_workers(
        sheet(
            ["姓名", "公民身份号码", "手机号", "入职日期", "请求类别", "请求金额"],
            ["甲", id_number(1), "13800138001", "2024-03-01", "拖欠劳动报酬", 5000.5],
            ["", id_number(2), "13800138002", "2024-03-01", "拖欠劳动报酬", 1],
            ["丙", "110105199001010000", "12", "昨天", "工钱", "很多"],
            ["丁", id_number(1), "", "", "", ""],
        ),
        date(2026, 3, 2),
    )
    assert [w.name for w in found.workers] == ["甲"]
    assert found.claims[0].amount == 500_050
    faults = {(e.row, e.column) for e in found.errors}
    assert faults == {
        (3, "姓名"),
        (4, "公民身份号码"),
        (4, "电话"),
        (4, "入职日期"),
        (4, "请求类别"),
        (4, "请求金额"),
        (5, "公民身份号码"),
    }


def test_a_list_without_faults_becomes_applicants(world):
    case = world.open()
    rows = [[f"工人{chr(0x4E00 + i)}", id_number(i), "拖欠劳动报酬", 3000] for i in range(10)]
    world.act(case, "import_workers", upload(["姓名", "身份证号", "请求类别", "请求金额"], *rows), "intake")
    assert len(applicants(world, case)) == 11
    assert world.case(case).title.startswith("王建国等11人")


def test_the_same_list_a_second_time_makes_nobody_a_party_twice(world):
    case = world.open()
    listed = ["姓名", "身份证号"], ["工人甲", id_number(1)]
    world.act(case, "import_workers", upload(*listed), "intake")
    with pytest.raises(Invalid, match="已登记为本案当事人工人甲"):
        world.act(case, "import_workers", upload(*listed), "intake")
    assert len(applicants(world, case)) == 2


def test_one_fault_keeps_the_whole_list_out(world):
    case = world.open()
    rows = [["工人甲", id_number(1)], ["工人乙", "110105199001010000"]]
    with pytest.raises(Invalid, match=r"第3行：公民身份号码校验位不符.*尚未导入任何职工"):
        world.act(case, "import_workers", upload(["姓名", "身份证号"], *rows), "intake")
    assert len(applicants(world, case)) == 1


def test_a_change_of_claims_changes_something(world):
    case = world.open()
    with pytest.raises(Invalid, match="选择撤回的请求，或者填写增加的请求"):
        world.act(case, "change_claims", people.ChangeClaims(reason="申请人要求"), "intake")


def test_a_collective_dispute_is_reported_the_same_day(world):
    world.open(form=application(applicants=workers(9)))
    assert world.promised("desk.notice") == []
    other = [registration.PartyIn(name="北京晨星餐饮有限公司", kind="organisation")]
    world.open(form=application(applicants=workers(10), respondents=other))
    told = [m.body for m in world.promised("desk.notice")]
    assert {m["staff_id"] for m in told} == {str(world.ids["head"])}
    assert "10人集体争议" in told[0]["text"]


def test_the_tenth_worker_added_as_a_party_is_reported_and_the_eleventh_is_not(world):
    case = world.open(form=application(applicants=workers(8)))
    ninth, tenth, eleventh = workers(11)[8:]
    add(world, case, ninth)
    assert reported(world, case) == [] and "authority_notice" not in world.timers(case)
    world.set(2026, 3, 4)
    add(world, case, tenth)
    assert reported(world, case) == ["10人集体争议"]
    assert world.timers(case)["authority_notice"].effective_due == date(2026, 3, 4)
    world.set(2026, 3, 5)
    add(world, case, eleventh)
    assert reported(world, case) == ["10人集体争议"]
    assert world.timers(case)["authority_notice"].effective_due == date(2026, 3, 4)


def test_the_tenth_worker_on_a_list_is_reported_once(world):
    case = world.open(form=application(applicants=workers(8)))
    heading = ["姓名", "身份证号"]
    world.act(case, "import_workers", upload(heading, ["工人甲", id_number(8)]), "intake")
    assert reported(world, case) == []
    for serial in (9, 10):
        world.act(case, "import_workers", upload(heading, [f"工人{serial}", id_number(serial)]), "intake")
    assert reported(world, case) == ["10人集体争议"]


def test_the_tenth_worker_of_a_joined_case_is_reported_for_the_case_that_goes_on(world):
    first, second, third, fourth = (
        world.open(form=application(applicants=some)) for some in (workers(7), workers(9)[7:], *ones(9, 10))
    )
    world.set(2026, 3, 4)
    join(world, second, first)
    assert reported(world, first) == [] and "authority_notice" not in world.timers(first)
    join(world, third, first)
    assert reported(world, first) == ["10人集体争议"]
    assert world.timers(first)["authority_notice"].effective_due == date(2026, 3, 4)
    join(world, fourth, first)
    assert reported(world, first) == ["10人集体争议"]
    assert [reported(world, gone) for gone in (second, third, fourth)] == [[], [], []]


def test_ten_workers_who_want_different_things_are_no_collective_dispute(world):
    kinds = ["wages"] * 9 + ["overtime"]
    claims = [registration.ClaimIn(kind=kind, worker=i) for i, kind in enumerate(kinds)]
    case = world.open(form=application(applicants=workers(10), claims=claims))
    assert reported(world, case) == []
    added = registration.ClaimIn(kind="wages", worker=9)
    change = people.ChangeClaims(added=[added], reason="同样拖欠工资", represented_agree=True)
    world.act(case, "change_claims", change, "intake")
    assert reported(world, case) == ["10人集体争议"]


def test_a_case_split_from_one_that_was_reported_is_not_reported_again(world):
    case = world.talking(application(applicants=workers(21)), ("mediator", "second", "third"))
    told = special.NotifyAuthority(partner="区人力社保局", text="集体争议", proof="通报函〔2026〕1号")
    world.act(case, "notify_authority", told, "head")
    world.act(case, "split", talks.Split(parties=[p.id for p in applicants(world, case)[:10]], reason="分别处理"))
    (new,) = world.read(select(MediationCase.id).where(MediationCase.id != case))
    assert reported(world, new) == [] and "authority_notice" not in world.timers(new)


def add(world, case, worker):
    world.act(case, "add_party", people.AddParty(party=worker, side="applicant", reason="同一用人单位"), "intake")


def join(world, case, into):
    world.act(case, "join", endings.Join(into_id=into, reason="同一用人单位的同类争议"), "head")


def ones(*serials):
    return [[workers(serial + 1)[serial]] for serial in serials]


def reported(world, case) -> list[str]:
    """The head's messages of the case that report it, as they begin."""
    texts = [m.body["text"] for m in world.promised("desk.notice") if m.body["root_id"] == str(case)]
    return [text.partition("：")[0] for text in texts if "集体争议：" in text]


def packed(entry: int, value: int) -> bytes:
    """A list in whose zip every part says ``value`` at ``entry``: 6 how it is locked, 8 how it is packed."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet().write(0, 0, "姓名")
    changed = bytearray(content.getvalue())
    for signature, at in ((b"PK\x03\x04", entry), (b"PK\x01\x02", entry + 2)):
        place = changed.find(signature)
        while place >= 0:
            changed[place + at] = value
            place = changed.find(signature, place + 4)
    return bytes(changed)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a spreadsheet", b"PK\x03\x04broken", packed(6, 1), packed(8, 99)],
    ids=["empty", "text", "broken", "locked by a password", "packed in an unknown way"],
)
def test_what_is_no_list_is_refused_with_a_sentence(content):
    with pytest.raises(Unreadable, match=r"xlsx|空"):
        read_workers(content, date(2026, 3, 2))


def test_two_cases_become_one(world):
    first = world.open(form=application(applicants=workers(2)))
    second = world.open(form=application(applicants=workers(3)[2:]))
    with pytest.raises(Invalid, match="选择并入的案件"):
        world.act(second, "join", endings.Join(into_id=second, reason="同一用人单位"), "head")
    world.act(second, "join", endings.Join(into_id=first, reason="同一用人单位的同类争议"), "head")
    assert len(applicants(world, first)) == 3
    assert (world.state(second), world.case(second).joined_into_id) == ("transferred", first)


@pytest.mark.parametrize("gone", [False, True])
def test_a_claim_that_was_withdrawn_does_not_come_back_with_a_joined_case(world, gone):
    first = world.open(form=application(applicants=workers(1)))
    second = world.open(form=application(applicants=workers(2)[1:], claims=[WAGES, OVERTIME, LOOSE]))
    if gone:
        change = people.ChangeClaims(withdrawn=standing(world, second, "overtime"), reason="申请人撤回")
        world.act(second, "change_claims", change, "intake")
    world.act(second, "join", endings.Join(into_id=first, reason="同一用人单位的同类争议"), "head")
    assert len(standing(world, first, "overtime")) == (0 if gone else 1)
    assert len(standing(world, first, "wages")) == 2
    assert len(standing(world, first, "compensation")) == 1  # a claim of nobody in particular comes along


@pytest.mark.parametrize("gone", [False, True])
def test_a_claim_that_was_withdrawn_does_not_come_back_with_a_split_case(world, gone):
    case = world.talking(application(applicants=workers(2), claims=[WAGES, OVERTIME]))
    if gone:
        change = people.ChangeClaims(withdrawn=standing(world, case, "overtime"), reason="申请人撤回")
        world.act(case, "change_claims", change)
    world.act(case, "split", talks.Split(parties=[applicants(world, case)[0].id], reason="分别处理"))
    (new,) = world.read(select(MediationCase.id).where(MediationCase.id != case))
    assert len(standing(world, new, "overtime")) == (0 if gone else 1)
    assert len(standing(world, new, "wages")) == 1


OVERTIME = registration.ClaimIn(kind="overtime", title="支付加班费", amount=100_000)
LOOSE = registration.ClaimIn(kind="compensation", title="支付经济补偿", worker=9)


def standing(world, case, kind):
    claims = select(Claim.id).where(Claim.case_id == case, Claim.kind == kind, Claim.withdrawn_on.is_(None))
    return world.read(claims)


def test_a_split_leaves_somebody_behind(world):
    case = world.talking(application(applicants=workers(3)))
    everybody = [p.id for p in applicants(world, case)]
    with pytest.raises(Invalid, match="至少留下一名"):
        world.act(case, "split", talks.Split(parties=everybody, reason="分别处理"))
    world.act(case, "split", talks.Split(parties=everybody[:1], reason="请求不同，分别处理"))
    assert len(applicants(world, case)) == 2


def upload(*rows) -> people.ImportWorkers:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return people.ImportWorkers(file=Attachment("名单.xlsx", kind, sheet(*rows)))


def sheet(*rows) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return buffer.getvalue()


def test_a_small_file_that_wants_half_a_terabyte_is_refused_and_ends_nothing():
    far = io.BytesIO()
    with xlsxwriter.Workbook(far, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write(0, 0, "姓名")
        page.write(1_048_575, 16_383, "远")
    with pytest.raises(Unreadable, match="超出第"):
        read_workers(far.getvalue(), date(2026, 3, 2))


def test_a_part_that_unpacks_to_more_than_it_says_is_refused():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<a/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * 60_000_000 + b"</a>")
    with pytest.raises(Unreadable, match="解压后过大"):
        read_workers(bomb.getvalue(), date(2026, 3, 2))
