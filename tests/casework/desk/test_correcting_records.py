"""更正 at the desk: what will be otherwise is read before it is done; both records are seen from case, record and check."""

import re

from casework.mediation.forms.registration import SeekConsent
from documents.wording import amount_in_figures
from tests.casework.desk.test_seals import desk, notices, people  # noqa: F401 - the desk with the mediation behind it

REASON = {"reason": "案由写错"}


def sent(desk, record, **typed):  # noqa: F811
    path = f"/subjects/{record.id}/transitions/supersede"
    return desk.post(path, {"basis": "anew", **REASON, **typed}, at=path)


def seen(answer):
    return re.search(r'name="_seen" value="(\w+)"', answer.text)[1]


def corrected(desk, record, **typed):  # noqa: F811
    desk.log_in("head")
    asked = sent(desk, record, **typed)
    done = sent(desk, record, _seen=seen(asked), **typed)
    assert done.status_code == 303, done.text[:3000]
    return desk.world.record(record.root_id, record.kind_id)


def test_nothing_is_done_before_the_differences_were_read(desk, notices):  # noqa: F811
    old = notices[0]
    desk.log_in("head")
    asked = sent(desk, old, basis="words", **{"changes-0-was": "劳动争议调解组织", "changes-0-becomes": "调解委员会"})
    assert asked.status_code == 409
    assert "更正为“" in asked.text
    assert 'value="案由写错"' in asked.text or "案由写错" in asked.text
    assert desk.world.record(old.root_id, old.kind_id).id == old.id


def test_words_that_stand_nowhere_are_pointed_at_in_their_row(desk, notices):  # noqa: F811
    desk.log_in("head")
    answer = sent(desk, notices[0], basis="words", **{"changes-0-was": "没有印过", "changes-0-becomes": "改成"})
    assert answer.status_code == 422
    assert "原文书里没有“没有印过”" in answer.text
    assert 'value="改成"' in answer.text


def test_an_amount_is_corrected_as_it_is_printed(desk):  # noqa: F811
    case = desk.world.open()
    desk.world.act(case, "seek_consent", SeekConsent(), "intake")
    inquiry = desk.world.record(case, "consent_inquiry")
    was = amount_in_figures(inquiry.frozen["data"]["claims"][0]["amount"])
    desk.log_in("head")
    for wrong in ("八千元", "8000", ",元", ""):
        answer = sent(desk, inquiry, basis="words", **{"changes-0-was": was, "changes-0-becomes": wrong})
        assert answer.status_code == 422, wrong
        assert f"“{was}”是金额，写成8,793.10元的样子" in answer.text
    new = corrected(desk, inquiry, basis="words", **{"changes-0-was": was, "changes-0-becomes": "8,793.10元"})
    assert new.frozen["data"]["claims"][0]["amount"] == 879310


def test_case_record_and_public_page_show_which_corrected_which(desk, notices):  # noqa: F811
    old = notices[0]
    new = corrected(desk, old)
    assert new.number != old.number
    case = desk.get(f"/subjects/{old.root_id}").text
    assert f"已被{new.number}更正" in case
    assert f"更正自{old.number}" in case
    there = desk.get(f"/records/{old.id}").text
    assert f'href="/records/{new.id}">{new.number}</a> 更正' in there
    assert "理由：案由写错" in there
    assert f'href="/records/{old.id}">{old.number}</a>' in desk.get(f"/records/{new.id}").text
    desk.client.cookies.clear()
    assert f"本文书已被{new.number}更正。" in desk.get(f"/verify/{old.verify_code}").text
    public = desk.get(f"/verify/{new.verify_code}").text
    assert old.number in public
    assert "本文书已被" not in public


def test_only_the_head_corrects(desk, notices):  # noqa: F811
    desk.log_in("mediator")
    answer = sent(desk, notices[0])
    assert answer.status_code in (403, 404, 409)
    assert desk.world.state(notices[0].id) == "awaiting_approval"
