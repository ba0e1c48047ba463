"""更正: a wrong record is replaced by one of its kind with a new number, which needs every mark anew; the old one stays."""

import pytest
from sqlalchemy import func, select

from documents.contents import data_sha256
from documents.correcting import Change, Supersede, chain_of
from documents.forms import Finalise, Serve, Sign
from documents.printing import pdf_of
from documents.samples import SAMPLES
from documents.tables import Record
from documents.verify import Verdict, examine, lookup
from tests.documents import page
from tests.documents.conftest import EMPLOYER, WORKER
from workflows import journal
from workflows.errors import Invalid, Refused

BOTH = (str(WORKER.id), str(EMPLOYER.id))
WRONG = Supersede(reason="被申请人名称写错")


def made(desk):
    with desk.sessions() as session:
        return list(session.scalars(select(Record).order_by(Record.id)))


def words(*changes, **more):
    return Supersede(
        basis="words",
        changes=[Change(was=was, becomes=becomes) for was, becomes in changes],
        **{"reason": "错字", **more},
    )


@pytest.fixture
def notice(desk):
    desk.act(desk.begin(), "accept")
    return made(desk)[-1]


@pytest.fixture
def minutes(desk):
    desk.act(desk.begin(), "meet")
    return made(desk)[-1]


def test_one_step_ends_the_old_record_and_makes_the_new_with_a_number_of_its_own(desk, notice, monkeypatch):
    monkeypatch.setitem(SAMPLES, "acceptance_notice", SAMPLES["acceptance_notice"] | {"cause": "经济补偿"})
    desk.clock.move(days=1)
    desk.act(notice.id, "supersede", WRONG)
    old, new = made(desk)
    assert (old.state, old.number, old.ended_because) == ("superseded", notice.number, "被申请人名称写错")
    assert old.frozen == notice.frozen
    assert (new.kind_id, new.number, new.issued_on) == (old.kind_id, "京朝工调受字〔2026〕第0002号", desk.clock.today)
    assert (old.superseded_by, new.corrects, new.parent_id) == (new.id, old.id, old.parent_id)
    assert new.frozen["data"]["cause"] == "经济补偿"
    assert new.frozen["corrects"] == old.number
    assert new.data_sha256 == data_sha256(new.frozen) != old.data_sha256
    assert new.verify_code != old.verify_code
    with desk.sessions() as session:
        assert chain_of(session, session.get(Record, old.id)).sentence == f"已被{new.number}更正"
        assert chain_of(session, session.get(Record, new.id)).sentence == f"更正自{old.number}"
        assert journal.verify(session, old.root_id) == []


def test_the_new_one_is_signed_sealed_and_served_like_the_old(desk):
    desk.act(desk.begin(), "settle")
    first = made(desk)[-1]
    desk.act(first.id, "finalise", Finalise(original="paper"))
    for key in (*BOTH, "mediator"):
        desk.act(first.id, "sign", Sign(signer=key))
    desk.seal(first.id)
    desk.act(first.id, "supersede", WRONG)
    new = made(desk)[-1]
    assert (new.state, new.original) == ("awaiting_signature", "paper")
    for key in (*BOTH, "mediator"):
        desk.act(new.id, "sign", Sign(signer=key))
    desk.seal(new.id)
    for key in BOTH:
        desk.act(new.id, "serve", Serve(addressee=key))
    assert made(desk)[-1].state == "served"


def test_the_new_one_prints_what_it_corrects_and_the_old_file_says_by_what_it_was_corrected(desk, notice, kept, fonts):
    desk.relay()
    desk.act(notice.id, "supersede", WRONG)
    desk.relay()
    old, new = made(desk)
    assert f"更正自{old.number}" in "".join(page.text(pdf_of(new)).split())
    assert "更正自" not in "".join(page.text(pdf_of(old)).split())
    with desk.sessions() as session:
        told = examine(session, pdf_of(old))
        assert told.verdict is Verdict.GENUINE
        assert f"已被{new.number}更正" in told.sentence
        assert (told.record.valid, lookup(session, old.verify_code).note) == (False, f"本文书已被{new.number}更正。")
        assert lookup(session, new.verify_code).corrects == old.number


def test_words_are_corrected_wherever_they_stand_and_nothing_else_is_read_anew(desk, minutes, monkeypatch):
    monkeypatch.setitem(SAMPLES, "session_minutes", SAMPLES["session_minutes"] | {"place": "后来改的地方"})
    place, who = minutes.frozen["data"]["place"], minutes.frozen["data"]["mediators"][0]
    desk.act(minutes.id, "supersede", words((place, "第二调解室"), (who, "赵明")))
    new = made(desk)[-1]
    assert new.frozen["data"]["place"] == "第二调解室"
    assert "赵明" in new.frozen["data"]["mediators"]
    same = {k: v for k, v in new.frozen["data"].items() if k not in ("place", "mediators", "present", "proceedings")}
    assert same.items() <= minutes.frozen["data"].items()
    assert [s["key"] for s in new.signers] == [s["key"] for s in minutes.signers]


def test_whoever_signs_does_so_under_the_corrected_name(desk, minutes):
    desk.act(minutes.id, "supersede", words((minutes.frozen["data"]["place"], "某处"), reason="x"))
    first = made(desk)[-1]
    assert WORKER.name in [signer["name"] for signer in first.signers]
    said = next(p["name"] for p in first.frozen["data"]["present"])
    desk.act(first.id, "supersede", words((said, "陈某")))
    renamed = {s["name"] for s in made(desk)[-1].signers}
    assert renamed == {s["name"].replace(said, "陈某") for s in first.signers}


def test_a_moment_is_corrected_as_it_is_printed(desk, minutes):
    from documents.wording import moment

    was = moment(minutes.frozen["data"]["starts_at"])
    with pytest.raises(Invalid, match="是时间，写成2026年11月2日9时30分的样子"):
        desk.act(minutes.id, "supersede", words((was, "上午九点")))
    desk.act(minutes.id, "supersede", words((was, "2026年11月18日14时05分")))
    assert moment(made(desk)[-1].frozen["data"]["starts_at"]) == "2026年11月18日14时05分"


# --- bad input: nothing is changed


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (words(), "写明更正的文字"),
        (words(("没有印过的话", "改成的话")), "原文书里没有“没有印过的话”"),
        (words(("2026年11月5日", "2026年11月6日")), "先在案件里更正"),
        (Supersede(reason="x", changes=[Change(was="甲", becomes="乙")]), "写明了更正的文字的，选"),
    ],
)
def test_what_cannot_be_corrected_so_is_refused_with_what_to_do(desk, notice, form, said):
    with pytest.raises(Invalid, match=said):
        desk.act(notice.id, "supersede", form)
    assert [(r.state, r.number) for r in made(desk)] == [(notice.state, notice.number)]


def test_what_said_something_once_is_not_read_anew(desk, minutes):
    with pytest.raises(Invalid, match="不能按案件现有内容重新制作"):
        desk.act(minutes.id, "supersede", Supersede(reason="写错"))
    assert len(made(desk)) == 1


def test_where_the_new_one_lacks_what_the_law_wants_the_old_one_stays_and_no_number_is_taken(desk, notice, monkeypatch):
    whole = SAMPLES["acceptance_notice"]
    monkeypatch.setitem(SAMPLES, "acceptance_notice", whole | {"accepted_on": None})
    with pytest.raises(Refused, match="须写明受理日期"):
        desk.act(notice.id, "supersede", WRONG)
    assert [(r.state, r.number, r.superseded_by) for r in made(desk)] == [(notice.state, notice.number, None)]
    monkeypatch.setitem(SAMPLES, "acceptance_notice", whole)
    desk.act(notice.id, "supersede", WRONG)
    assert made(desk)[-1].number.endswith("0002号")


def test_a_draft_is_drafted_again_not_corrected(desk):
    desk.act(desk.begin(), "settle")
    with pytest.raises(Refused, match="草稿还没有文号"):
        desk.act(made(desk)[-1].id, "supersede", WRONG)
    assert [r.state for r in made(desk)] == ["draft"]


def test_a_record_is_corrected_once_and_its_correction_again(desk, notice):
    desk.act(notice.id, "supersede", WRONG)
    with pytest.raises(Refused):
        desk.act(notice.id, "supersede", WRONG)
    desk.act(made(desk)[-1].id, "supersede", WRONG)
    with desk.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 3
        middle = session.scalars(select(Record).order_by(Record.id)).all()[1]
        assert "第0001号，已被" in chain_of(session, middle).sentence
