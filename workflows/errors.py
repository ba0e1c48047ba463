"""How a step is refused: always with a sentence a person can act on, never half-done."""

from dataclasses import dataclass
from datetime import datetime

from workflows.law import Citation


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step is not possible: what must hold, and by which article."""

    sentence: str
    law: tuple[Citation, ...] = ()
    guard: str = ""

    def __str__(self) -> str:
        return f"{self.sentence}（{'；'.join(map(str, self.law))}）" if self.law else self.sentence


class StepError(Exception):
    """A step that was not carried out; nothing has changed."""


class Refused(StepError):
    """The step is not lawful now; every reason is named at once."""

    def __init__(self, reasons: list[Reason]) -> None:
        self.reasons = reasons
        super().__init__("；".join(map(str, reasons)))


class Stale(StepError):
    """Somebody else acted since the page was shown."""

    def __init__(self, who: str, what: str, when: datetime) -> None:
        self.who, self.what, self.when = who, what, when
        super().__init__(f"{who}已办理“{what}”，本页内容已不是最新。核对后可重新办理，已填写的内容仍保留。")


class Invalid(StepError):
    """Something typed cannot be accepted; the sentence belongs to the named field."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field, self.sentence = field, sentence
        super().__init__(sentence)


class OtherBody(StepError):
    """The same request key came again with other content."""

    def __init__(self) -> None:
        super().__init__("同一次提交的内容前后不一致，未作任何改动。重新打开页面后再办理。")


class Unknown(StepError):
    """No such subject, or none that this person may see: the two are never told apart."""

    def __init__(self) -> None:
        super().__init__("没有找到该事项，或无权查看。")


class Busy(StepError):
    """The database gave way to somebody else who was writing the same rows: asked again, the step goes through."""

    def __init__(self) -> None:
        super().__init__("同一时间有其他办理占用着这些内容，本次没有办成，也没有改动任何内容。稍等几秒，再提交一次。")
