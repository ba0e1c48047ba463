"""What a clerk writes down on a participant's behalf (代录), and the office's answers: the same acts a party has on its telephone."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from msgspec import Meta
from sqlalchemy.orm import Session

from casework.desk import contact_wishes, my_acts, party_requests
from casework.desk import ratings as given
from casework.desk.forms import Choices, from_list, pick
from casework.desk.pages.asking import Asked, Command, pages, participants
from casework.desk.tables import CONTACT_WISHES, NOTICE_WAYS, RATINGS, PartyRequest
from web.pages import page
from workflows.actor import Actor
from workflows.errors import Invalid, Unknown
from workflows.module import Participant

PROOF = Meta(title="凭据", description="例如：通话录音、来信、当面所写的字条", max_length=300)
LARGE = {"widget": "textarea", "lines": 4}
MOST_WORDS = 100


class RequestForm(msgspec.Struct, kw_only=True):
    whose: Annotated[str, pick("谁提出的", from_list("participants"))]
    kind: Annotated[str, pick("事项", from_list("kinds"))]
    text: Annotated[str, Meta(title="内容", max_length=2000, extra=LARGE)] = ""
    way: Annotated[str, pick("怎样提出的", NOTICE_WAYS, widget="radio")] = "phone"
    proof: Annotated[str, PROOF] = ""


class AnswerForm(msgspec.Struct, kw_only=True):
    text: Annotated[
        str,
        Meta(
            title="答复",
            description="当事人登录后能看到，并收到一条短信提醒",
            min_length=2,
            max_length=2000,
            extra=LARGE,
        ),
    ]


class WishForm(msgspec.Struct, kw_only=True):
    whose: Annotated[str, pick("谁的", from_list("participants"))]
    wish: Annotated[str, pick("怎样联系", CONTACT_WISHES, widget="radio", required=True)]


class RatingForm(msgspec.Struct, kw_only=True):
    whose: Annotated[str, pick("谁的评价", from_list("participants"))]
    clear: Annotated[str, pick("事情讲得清楚", RATINGS, widget="radio", required=True)]
    manner: Annotated[str, pick("态度", RATINGS, widget="radio", required=True)]
    outcome: Annotated[str, pick("结果", RATINGS, widget="radio", required=True)]
    text: Annotated[str, Meta(title="所说的话", max_length=1000, extra=LARGE)] = ""


def _request(asked: Asked) -> Command:
    kinds = {name: kind.said for name, kind in party_requests.kinds_of(asked.subject).items()}
    return Command(
        "代当事人登记",
        RequestForm,
        "登记",
        _write_request,
        subject=asked.subject,
        back=asked.home,
        choices=_people(asked, kinds=kinds),
        hint="当事人当面、打电话或者来信提出的，在这里登记；办案记录注明代录、方式和凭据。",
    )


def _write_request(asked: Asked, form: RequestForm) -> str:
    person, said = _person(asked, form.whose), {"way": form.way, "proof": form.proof}
    party_requests.ask(asked.session, asked.subject, person, form.kind, form.text, by=asked.actor, at=asked.now, **said)
    return "已登记"


def _answer(asked: Asked) -> Command:
    row = _row(asked)
    who = next((p.name for p in participants(asked.session, asked.subject) if p.id == row.participant_id), "当事人")
    return Command(
        f"答复{who}",
        AnswerForm,
        "答复",
        _write_answer,
        subject=asked.subject,
        back=asked.home,
        hint=row.text or party_requests.kinds_of(asked.subject)[row.kind].said,
    )


def _write_answer(asked: Asked, form: AnswerForm) -> str:
    party_requests.answer(asked.session, asked.subject, _row(asked), form.text, by=asked.actor, at=asked.now)
    return "已答复"


def _wish(asked: Asked) -> Command:
    return Command(
        "登记安全联系方式",
        WishForm,
        "登记",
        _write_wish,
        subject=asked.subject,
        back=asked.home,
        choices=_people(asked),
        hint="当事人不便在上班时间接电话、不便收短信的，照登记的方式联系。",
    )


def _write_wish(asked: Asked, form: WishForm) -> str:
    person = _person(asked, form.whose)
    contact_wishes.wish(asked.session, asked.subject, person, form.wish, by=asked.actor, at=asked.now)
    return "已登记安全联系方式"


def _rating(asked: Asked) -> Command:
    return Command(
        "登记当事人的评价",
        RatingForm,
        "登记评价",
        _write_rating,
        subject=asked.subject,
        back=asked.home,
        choices=_people(asked),
        hint="结案以后，当事人口头评价的，照实登记；每名当事人一次。",
    )


def _write_rating(asked: Asked, form: RatingForm) -> str:
    party_requests.rate(asked.session, asked.subject, _person(asked, form.whose), form, by=asked.actor, at=asked.now)
    return "已登记评价"


def _people(asked: Asked, **more: Any) -> Choices:
    named = {str(p.id): f"{p.name}（{p.label}）" for p in participants(asked.session, asked.subject)}
    return Choices({"participants": named, **more})


def _person(asked: Asked, chosen: str) -> Participant:
    found = next((p for p in participants(asked.session, asked.subject) if str(p.id) == chosen), None)
    if found is None:
        raise Invalid("whose", "选择当事人。")
    return found


def _row(asked: Asked) -> PartyRequest:
    row = asked.session.get(PartyRequest, asked.part("request_id"))
    if row is None or row.root_id != asked.subject.id:
        raise Unknown()
    return row


@get("/ratings", opt={"action": "figures.view"}, sync_to_thread=True)
def ratings(request: Request[Any, Any, Any], session: Session, actor: Actor) -> Response[Any]:
    """What participants said of the service: counted for each organisation the actor may count, words without names."""
    return page(
        request,
        "desk/ratings.html",
        nav="ratings",
        places=given.by_place(session, actor),
        words=given.words(session, actor, MOST_WORDS),
        questions=my_acts.QUESTIONS,
    )


routes = (
    *pages("/subjects/{subject_id:uuid}/requests/new", "note.write", _request),
    *pages("/subjects/{subject_id:uuid}/requests/{request_id:uuid}", "note.write", _answer),
    *pages("/subjects/{subject_id:uuid}/wishes/new", "note.write", _wish),
    *pages("/subjects/{subject_id:uuid}/ratings/new", "note.write", _rating),
    ratings,
)
