"""What every subject has, whatever its kind: who works on it, who was reached, who sat down together, what was handed in."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, String, UniqueConstraint, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from union.dated import Dated
from union.privacy import Encrypted, Private, normal_phone
from workflows.tables import Base, LongText, new_id

HANDLER_PART, RECORDER_PART, ASSISTANT_PART = "handler", "recorder", "assistant"


class Assignment(Base, Dated):
    """A staff member works on a case from one day to another: as the one responsible, as recorder or as assistant."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_staff_id_valid_to", "staff_id", "valid_to"),
        Index("ix_assignments_root_id", "root_id"),
        # Whose cases they are, without the rows themselves: whoever works for years has thousands behind them.
        Index("ix_assignments_held", "staff_id", "root_id", postgresql_include=["valid_from", "valid_to", "part"]),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    part: Mapped[str] = mapped_column(String(20), default=HANDLER_PART)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    assigned_by: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    stands_in_for: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))  # 代班: to whom the case goes back,
    returns_on: Mapped[date | None] = mapped_column(index=True)  # by itself, on this day


class Room(Base, Dated):
    """A room, or a video room, in which sittings are held."""

    __tablename__ = "rooms"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    video: Mapped[bool] = mapped_column(default=False)
    seats: Mapped[int | None]
    equipment: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[date] = mapped_column(default=date(2000, 1, 1))
    valid_to: Mapped[date | None]


class Sitting(Base):
    """People called together: planned, held, adjourned or cancelled, with minutes, the without-prejudice part kept apart."""

    __tablename__ = "sittings"
    __table_args__ = (
        Index("ix_sittings_subject_id", "subject_id"),
        Index("ix_sittings_starts_at", "starts_at"),
        UniqueConstraint("subject_id", "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"))
    number: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(20), default="planned")  # planned held adjourned cancelled
    room_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    place: Mapped[str] = mapped_column(String(200), default="")
    video_link: Mapped[str] = mapped_column(String(300), default="")
    host_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    rights_told: Mapped[bool] = mapped_column(default=False)
    open_minutes: Mapped[str] = mapped_column(LongText, default="")
    without_prejudice_minutes: Mapped[str] = mapped_column(LongText, default="")
    read_back: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str] = mapped_column(String(500), default="")
    adjourned_because: Mapped[str] = mapped_column(String(300), default="")
    put_off_at: Mapped[datetime | None]  # when it was called off or put off: before it began, or while people met
    written_by: Mapped[uuid.UUID | None]
    written_at: Mapped[datetime | None]
    created_by: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]

    notices: Mapped[list["SittingNotice"]] = relationship(lazy="raise", order_by="SittingNotice.id")
    attendance: Mapped[list["Attendance"]] = relationship(lazy="raise", order_by="Attendance.id")

    @property
    def called_off(self) -> bool:
        """Nobody met: it was cancelled, or put off before it began."""
        early = self.put_off_at is not None and self.put_off_at < self.starts_at
        return self.status == "cancelled" or (self.status == "adjourned" and early)

    @property
    def ended_at(self) -> datetime:
        """When people parted: at the planned end, or when it was put off before that."""
        if self.status == "adjourned" and self.put_off_at and self.starts_at < self.put_off_at < self.ends_at:
            return self.put_off_at
        return self.ends_at


class SittingNotice(Base):
    """Who was told of a sitting, how, when and by what proof, and whether an answer came.

    ``person_key`` finds clashes of a party; ``message_id`` is the SMS this notice went out as.
    """

    __tablename__ = "sitting_notices"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sittings.id"), index=True)
    party_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    person_key: Mapped[str] = mapped_column(String(60), default="", index=True)
    way: Mapped[str] = mapped_column(String(20), default="phone")
    notified_at: Mapped[datetime | None]
    answered: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(String(20), default="")  # NOTICE_ANSWERS
    proof: Mapped[str] = mapped_column(String(300), default="")
    evidence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence.id"), index=True)
    message_id: Mapped[uuid.UUID | None] = mapped_column(index=True)


class Attendance(Base):
    """Whether a party came to a sitting, itself or through an agent."""

    __tablename__ = "attendance"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    sitting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sittings.id"), index=True)
    party_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    came: Mapped[bool] = mapped_column(default=True)
    through: Mapped[str] = mapped_column(String(100), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    confirmed: Mapped[str] = mapped_column(String(20), default="")  # CONFIRMATIONS, of the minutes read back
    confirmed_at: Mapped[datetime | None]


class Contact(Base):
    """One attempt to reach somebody, reached or not."""

    __tablename__ = "contacts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    party_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    whom: Mapped[str] = mapped_column(String(200))
    way: Mapped[str] = mapped_column(String(20))  # CONTACT_WAYS
    result: Mapped[str] = mapped_column(String(20))  # CONTACT_RESULTS
    text: Mapped[str] = mapped_column(LongText, default="")
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]


class Note(Base):
    """What a handler writes down for the file; not an act of procedure."""

    __tablename__ = "notes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    text: Mapped[str] = mapped_column(LongText)
    by_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]


class Draft(Base):
    """What somebody is typing and has not sent yet: kept for the writer alone, thirty days."""

    __tablename__ = "drafts"

    writer_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(String(200), primary_key=True)  # the address at which it is typed on
    title: Mapped[str] = mapped_column(String(200), default="")
    root_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)


class PhoneCode(Private, Base):
    """A code a telephone was asked for: its keyed hash, the browser that may use it, and what it opens.

    Where nobody is meant, ``phone`` and ``participant_id`` are empty: the row is written all the same, and opens nothing.
    """

    __tablename__ = "phone_codes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str] = mapped_column(String(10))  # enter | apply
    phone = Encrypted(index="phone", normal=normal_phone)
    code = Encrypted()  # only until it is sent
    code_hash: Mapped[str] = mapped_column(String(32))
    ticket_hash: Mapped[str] = mapped_column(String(32), unique=True)
    root_id: Mapped[uuid.UUID | None]
    participant_id: Mapped[uuid.UUID | None]
    as_agent: Mapped[bool] = mapped_column(default=False)
    link_id: Mapped[uuid.UUID | None]  # the PartyLink it was asked for by
    issued_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class PartyLink(Base):
    """The address in a text that leads a participant to its case: the hash of its secret, for one entering, for a few days.

    By itself it shows nothing: the code is asked for all the same, and goes to the telephone in the case.
    """

    __tablename__ = "party_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    participant_id: Mapped[uuid.UUID]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class PartyRequest(Base):
    """What a participant told or asked the office, itself or through a clerk, and the answer."""

    __tablename__ = "party_requests"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    participant_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(20))  # party_requests.KINDS, or a kind of the module
    text: Mapped[str] = mapped_column(LongText, default="")
    way: Mapped[str] = mapped_column(String(20), default="online")  # NOTICE_WAYS
    proof: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None]
    answer: Mapped[str] = mapped_column(LongText, default="")
    answered_by: Mapped[uuid.UUID | None]
    answered_at: Mapped[datetime | None]


class ContactWish(Base):
    """How a participant wants to be reached (安全联系方式): the latest wish is the one in force."""

    __tablename__ = "contact_wishes"
    __table_args__ = (Index("ix_contact_wishes_root_id", "root_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"))
    participant_id: Mapped[uuid.UUID]
    wish: Mapped[str] = mapped_column(String(20))  # CONTACT_WISHES
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None]


class Rating(Base):
    """What a participant thought of the service once the case was over (评价); once for each."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("root_id", "participant_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"))
    participant_id: Mapped[uuid.UUID]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    clear: Mapped[int]  # RATINGS
    manner: Mapped[int]
    outcome: Mapped[int]
    text: Mapped[str] = mapped_column(LongText, default="")
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None]


class Evidence(Base):
    """A file handed in: by whom, when, and the SHA-256 of its bytes."""

    __tablename__ = "evidence"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40), default="other")
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    sent_sha256: Mapped[str] = mapped_column(String(64), default="")  # as it came in, where 拍摄信息 was taken out
    pages: Mapped[int | None]  # counted in a PDF, one for a picture
    place: Mapped[int] = mapped_column(default=0)  # in the 目录, counted from 1
    from_party_id: Mapped[uuid.UUID | None]
    handed_in_by: Mapped[str] = mapped_column(String(200), default="")
    received_on: Mapped[date]
    purpose: Mapped[str] = mapped_column(String(500), default="")
    by_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]


class EvidenceContent(Base):
    """The bytes of a piece of evidence, encrypted and apart, so that lists never load them."""

    __tablename__ = "evidence_contents"

    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class AccessRequest(Base):
    """A colleague asks to read a case he cannot see; ``root_id`` stays empty when the number typed is nobody's."""

    __tablename__ = "access_requests"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    root_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    number: Mapped[str] = mapped_column(String(80))  # as typed
    reason: Mapped[str] = mapped_column(String(300))
    until: Mapped[date]
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(String(20), default="")  # ACCESS_ANSWERS
    answered_by: Mapped[uuid.UUID | None]
    answered_at: Mapped[datetime | None]
    answer_reason: Mapped[str] = mapped_column(String(300), default="")


class Message(Base):
    """A message to staff or to a party, from the promise to the word of its channel that it arrived."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_staff_id_channel_read_at", "staff_id", "channel", "read_at"),
        UniqueConstraint("outbox_id", "receiver", "channel"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    outbox_id: Mapped[uuid.UUID | None]
    receiver: Mapped[str] = mapped_column(String(80))  # staff id or party id, as text
    receiver_name: Mapped[str] = mapped_column(String(200), default="")
    staff_id: Mapped[uuid.UUID | None]
    party_id: Mapped[uuid.UUID | None]
    channel: Mapped[str] = mapped_column(String(20))  # in_app sms
    address: Mapped[str] = mapped_column(String(60), default="")  # masked
    topic: Mapped[str] = mapped_column(String(60), default="")  # message_kinds.KINDS, or the topic of the outbox
    tone: Mapped[str] = mapped_column(String(10), default="")
    text: Mapped[str] = mapped_column(String(1000))
    template_id: Mapped[uuid.UUID | None]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what stood in for the template's variables
    status: Mapped[str] = mapped_column(String(20), default="sent")  # MESSAGE_STATUS
    problem: Mapped[str] = mapped_column(String(300), default="")
    receipt: Mapped[str] = mapped_column(String(80), default="")  # the provider's number for it
    attempts: Mapped[int] = mapped_column(default=0)
    settled_because: Mapped[str] = mapped_column(String(300), default="")  # how else the receiver was told
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class MessagePreference(Base):
    """Which kinds a person gets by which way, and the hours in which the telephone stays silent."""

    __tablename__ = "message_preferences"

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    ways: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # kind -> list of ways; a kind not named has its usual ones
    quiet_from: Mapped[str] = mapped_column(String(5), default="")  # 22:00
    quiet_to: Mapped[str] = mapped_column(String(5), default="")


class MessageTemplate(Base, Dated):
    """The wording of a kind of message from one day on; an earlier wording is ended, never overwritten."""

    __tablename__ = "message_templates"
    __table_args__ = (Index("ix_message_templates_name_valid_from", "name", "valid_from"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(40))  # message_templates.TEMPLATES
    text: Mapped[str] = mapped_column(String(500))
    provider_code: Mapped[str] = mapped_column(String(40), default="")  # under which the SMS provider approved it
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    entered_by: Mapped[uuid.UUID | None]
    entered_at: Mapped[datetime]


class FigureReport(Base):
    """The figures of a period and a place as they stood at one moment; what is corrected later changes none of it."""

    __tablename__ = "figure_reports"
    __table_args__ = ({"info": {"append_only": True}},)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(80))
    first: Mapped[date]
    last: Mapped[date]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    words: Mapped[str] = mapped_column(String(300))  # the scope as it was called then
    lines: Mapped[list[Any]]  # module, label, value, parts, definition
    made_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    made_by_name: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]


class CalendarLink(Base):
    """A secret address under which a calendar program reads somebody's dates; only the hash of the secret is stored."""

    __tablename__ = "calendar_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(60))
    whose: Mapped[str] = mapped_column(String(10), default="own")  # own | all
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Link(Base):
    """Two root subjects that belong together: joined, split from, reopened from, related; a mistaken relation is removed."""

    __tablename__ = "links"
    __table_args__ = (
        Index(
            "uq_links_standing",
            "from_id",
            "to_id",
            "kind",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    from_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    to_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # LINK_KINDS
    reason: Mapped[str] = mapped_column(String(300), default="")
    by_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[uuid.UUID | None]
    removed_because: Mapped[str] = mapped_column(String(300), default="")

    @classmethod
    def of(cls, subject_id: uuid.UUID) -> ColumnElement[bool]:
        """The links of a subject that stand."""
        return and_(or_(cls.from_id == subject_id, cls.to_id == subject_id), cls.removed_at.is_(None))


class SearchTerm(Base):
    """A piece of a word by which a root subject is found, alike on both databases; within a piece, by age."""

    __tablename__ = "search_terms"

    gram: Mapped[str] = mapped_column(String(8), primary_key=True)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)


class SearchText(Base):
    """The words a root subject is found by, normalised; grams narrow the search, this decides it."""

    __tablename__ = "search_texts"

    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    text: Mapped[str] = mapped_column(LongText)
    summary: Mapped[str] = mapped_column(String(300), default="")  # 当事人 line of lists
    updated_at: Mapped[datetime]


class Reading(Base):
    """Somebody opened a case: once for each person, case and day, with the number of times."""

    __tablename__ = "readings"

    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)


class SavedFilter(Base):
    """A named way of looking at the queue: one person's own, or shared with everybody of an organisation."""

    __tablename__ = "saved_filters"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    shared_with_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(20))
    asked: Mapped[dict[str, Any]]  # the query string of the list, by name
    at: Mapped[datetime]


class Reminder(Base):
    """A staff member is to be reminded of a case on a day; dismissed when done with."""

    __tablename__ = "reminders"
    __table_args__ = (
        Index(
            "ix_reminders_staff_id_on",
            "staff_id",
            "on",
            sqlite_where=text("dismissed_at IS NULL"),
            postgresql_where=text("dismissed_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    root_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    on: Mapped[date]
    text: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[uuid.UUID]
    at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]


class Skip(Base):
    """Somebody took another case first, and said why; until the end of that day it is not offered again."""

    __tablename__ = "skips"
    __table_args__ = (Index("ix_skips_staff_id_day", "staff_id", "day"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), index=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(20))  # SKIP_REASONS
    text: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]


class Offer(Base):
    """取下一件 gave it to somebody: the latest person, and the state it was in; others are not given it for some minutes."""

    __tablename__ = "offers"

    subject_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(40))


class Batch(Base):
    """What one person did to one case or to many at once: the result of each, and what it takes to take it back."""

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_actor_id_key", "actor_id", "key"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    actor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    act: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(40), default="")
    results: Mapped[list[Any]]  # of batch.Result.stored()
    at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]


CONTACT_WAYS = {
    "phone": "电话",
    "message": "短信",
    "wechat": "微信",
    "in_person": "当面",
    "letter": "信函",
    "email": "电子邮件",
}
CONTACT_WISHES = {
    "any": "可以打电话，也可以发短信",
    "off_work": "上班时间不要打电话",
    "no_calls": "不要打电话，发短信",
    "no_texts": "不要发短信，打电话",
}
RATINGS = {"3": "满意", "2": "一般", "1": "不满意"}
CONTACT_RESULTS = {
    "reached": "已联系到",
    "no_answer": "无人接听",
    "refused": "拒绝沟通",
    "wrong_number": "号码有误或者停机",
    "left_word": "已留言，等回复",
}
NOTICE_ANSWERS = {"": "尚无答复", "will_come": "能到会", "cannot_come": "不能到会", "agent": "委托代理人到会"}
CONFIRMATIONS = {
    "read": "已阅读，无误",
    "heard": "已听宣读，无误",
    "amended": "补正后确认",
    "refused": "拒绝签名",
}
MESSAGE_STATUS = {
    "queued": "排队中",
    "sending": "发送中",
    "sent": "已发出",
    "delivered": "已送达",
    "failed": "未送达",
    "settled": "已另行通知",
}
NOTICE_WAYS = {"phone": "电话", "message": "短信", "in_person": "当面", "letter": "书面通知", "online": "线上"}
SKIP_REASONS = {
    "waiting_answer": "已联系，等对方回复",
    "waiting_material": "等材料",
    "appointment": "已另约时间",
    "needs_head": "须先请示负责人",
    "other": "其他",
}
LINK_KINDS = {"joined": "并案", "split": "分案", "reopened": "重新申请", "related": "关联", "referred": "转办"}
ACCESS_ANSWERS = {"": "待答复", "granted": "已批准", "refused": "未批准"}
PARTS = {  # a module words the first
    HANDLER_PART: "{handler}",
    RECORDER_PART: "记录员",
    ASSISTANT_PART: "协办",
}
SITTING_STATUS = {"planned": "已安排", "held": "已召开", "adjourned": "延期再开", "cancelled": "已取消"}
