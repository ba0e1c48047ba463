"""A party with a telephone: it gets the texts, types the code, and sees the pages of its own case."""

import re
from dataclasses import dataclass, field
from typing import Any

from litestar.testing import TestClient

from app.duties import handlers
from casework.desk import codes, delivery
from casework.desk.channels import Arrival, DemoChannel, Handed, NotSent, Outgoing
from tests.casework.mediation.world import FIRM, WANG, World
from tests.conftest import Clock
from workflows import outbox

APPLICANT, RESPONDENT = WANG.phone, "13900139000"
STRANGER = "13700137000"
CALLED_FIRM = {
    "respondents": [type(FIRM)(**{**{f: getattr(FIRM, f) for f in FIRM.__struct_fields__}, "phone": RESPONDENT})]
}


@dataclass
class Telephones:
    """What arrived where; it stands in for the provider at the seam made for it."""

    arrived: list[Outgoing] = field(default_factory=list)
    down: bool = False
    name: str = "sms"
    reports: bool = False

    def send(self, sms: Outgoing) -> Handed:
        if self.down:
            raise NotSent("no way to the provider")
        self.arrived.append(sms)
        return Handed()

    def arrival(self, sms: Outgoing, receipt: str, sent_at: Any) -> Arrival:
        return Arrival()

    def __enter__(self) -> "Telephones":
        codes.use(codes.SentCodes())  # a demo that was served before shows codes instead
        delivery.use(self)
        return self

    def __exit__(self, *_: object) -> None:
        delivery.use(DemoChannel())

    def link(self, phone: str) -> str:
        """The path of the latest link this telephone got, or nothing."""
        found = [re.search(r"(/my/l/[\w-]+)", sms.text) for sms in self.arrived if sms.number == phone]
        return next((link[1] for link in reversed(found) if link), "")

    def code(self, phone: str) -> str:
        """The latest code this telephone got, or nothing."""
        texts = [sms.values["code"] for sms in self.arrived if sms.number == phone and "code" in sms.values]
        return texts[-1] if texts else ""


class Phone:
    """One browser on one telephone."""

    def __init__(self, client: TestClient[Any], world: World, clock: Clock, telephones: Telephones) -> None:
        self.client, self.world, self.clock, self.telephones = client, world, clock, telephones

    def get(self, path: str) -> Any:
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, data: dict[str, Any], at: str = "") -> Any:
        """Send the form that the page at ``at`` showed; without one, this very address."""
        shown = self.client.get(at or path, follow_redirects=False).text
        hidden = dict(re.findall(r'name="(_csrf|_key|_to)" value="([^"]*)"', shown))
        return self.client.post(path, data={**hidden, **data}, follow_redirects=False)

    def ask(self, number: str, phone: str) -> Any:
        return self.post("/my/code", {"number": number, "phone": phone}, "/my")

    def ask_to_apply(self, phone: str) -> Any:
        return self.post("/my/start/mediation", {"phone": phone})

    def relay(self) -> None:
        while outbox.relay(self.world.sessions, handlers(), self.clock.now, limit=50):
            pass

    def give(self, code: str) -> Any:
        return self.post("/my/enter", {"code": code}, "/my/code")

    def enter(self, case: Any, phone: str = APPLICANT) -> "Phone":
        """The whole way in."""
        assert self.ask(self.world.case(case).number, phone).status_code == 303
        self.relay()
        answer = self.give(self.telephones.code(phone))
        assert answer.headers.get("location") == "/my/case", answer.text[-1500:]
        return self

    def hold(self, phone: str = STRANGER) -> "Phone":
        """Prove to hold a telephone, a party to nothing."""
        assert self.ask_to_apply(phone).status_code == 303
        self.relay()
        assert self.give(self.telephones.code(phone)).headers.get("location") == "/my/apply/mediation"
        return self


def plain(page: str) -> str:
    """What the page says, without its marks and what changes from one showing to the next."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
