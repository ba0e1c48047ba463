"""Personal data: bound to its row at rest, found by blind index, masked on the page, checked at the door."""

import uuid
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.orm import Session
from stdnum.cn import ric

from union.people import Person, Relative
from union.privacy import (
    Implausible,
    born_on,
    check_bank_account,
    check_credit_code,
    check_id_number,
    check_phone,
    mask_account,
    mask_address,
    mask_id,
    mask_name,
    mask_phone,
    normalise_name,
    sex_of,
)
from workflows.encryption import Undecipherable, keyring
from workflows.tables import new_id

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ID_NUMBER = "11010519491231002X"
OTHER_NUMBER = "110105199003070038"


def enter(session: Session, name: str = "李建国", **values: str) -> Person:
    person = Person(name=name, created_at=AT, **values)
    session.add(person)
    session.commit()
    return person


def column(session: Session, person: Person, name: str) -> bytes:
    session.expire_all()
    return bytes(session.execute(text(f"SELECT {name} FROM people WHERE name = :n"), {"n": person.name}).scalar_one())


def put(session: Session, person: Person, **values: bytes | None) -> None:
    session.execute(update(Person.__table__).where(Person.__table__.c.id == person.id).values(**values))
    session.commit()
    session.expire_all()


def test_an_encrypted_column_reads_back_and_is_unreadable_at_rest(session: Session) -> None:
    person = enter(session, id_number=ID_NUMBER, phone="13800131234", address="北京市朝阳区金台路1号")
    session.expire_all()
    assert (person.id_number, person.phone, person.address) == (ID_NUMBER, "13800131234", "北京市朝阳区金台路1号")
    row = session.execute(text("SELECT * FROM people")).one()
    stored = b"|".join(bytes(v) if isinstance(v, (bytes, memoryview)) else str(v).encode() for v in row)
    assert "李建国".encode() in stored  # the control: what is not encrypted would be found
    for secret in (ID_NUMBER, "13800131234", "金台路"):
        assert secret.encode() not in stored


def test_ciphertext_moved_to_another_row_does_not_open(session: Session) -> None:
    mine, yours = enter(session, id_number=ID_NUMBER), enter(session, "王芳", id_number=OTHER_NUMBER)
    put(session, yours, id_number_sealed=column(session, mine, "id_number_sealed"))
    with pytest.raises(Undecipherable):
        _ = yours.id_number
    assert mine.id_number == ID_NUMBER  # the control: in its own row it opens


def test_ciphertext_moved_to_another_column_does_not_open(session: Session) -> None:
    person = enter(session, id_number=ID_NUMBER, phone="13800131234")
    put(session, person, phone_sealed=column(session, person, "id_number_sealed"))
    with pytest.raises(Undecipherable):
        _ = person.phone


def test_ciphertext_moved_to_another_table_does_not_open(session: Session) -> None:
    same_id = new_id()
    person = Person(id=same_id, name="李建国", created_at=AT, id_number=ID_NUMBER)
    relative = Relative(id=same_id, staff_id=new_id(), name="李建国", relation="父亲", valid_from=date(2026, 1, 1))
    relative.id_number_sealed = person.id_number_sealed
    with pytest.raises(Undecipherable):
        _ = relative.id_number


def test_an_altered_bit_does_not_open(session: Session) -> None:
    person = enter(session, id_number=ID_NUMBER)
    sealed = column(session, person, "id_number_sealed")
    put(session, person, id_number_sealed=sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(Undecipherable):
        _ = person.id_number


def test_ciphertext_bound_to_nothing_would_open_anywhere() -> None:
    """The negative control of the swaps: without a context the same exchange goes unnoticed."""
    assert keyring().unseal(keyring().seal(b"6222")) == b"6222"
    with pytest.raises(Undecipherable):
        keyring().unseal(keyring().seal(b"6222", "people", "phone", "1"), "people", "phone", "2")


def test_the_id_given_after_a_secret_still_binds_it(session: Session) -> None:
    identity = uuid.UUID(int=7)
    person = Person(phone="13800131234", name="李建国", created_at=AT, id=identity)
    assert (person.id, person.phone) == (identity, "13800131234")


def test_equal_values_are_found_by_blind_index_however_they_were_typed(session: Session) -> None:
    person = enter(session, id_number=ID_NUMBER, phone="+86 138-0013-1234")
    enter(session, "王芳", id_number=OTHER_NUMBER, phone="13900131234")
    for typed in (ID_NUMBER.lower(), "１１０１０５ 19491231 002x"):
        assert session.query(Person).filter(Person.id_number.equals(typed)).all() == [person]
    assert session.query(Person).filter(Person.phone.equals("13800131234")).all() == [person]
    assert session.query(Person).filter(Person.phone.equals("13800131235")).all() == []
    assert session.query(Person).filter(Person.phone.equals("")).all() == []


def test_the_same_value_has_one_index_but_never_the_same_ciphertext(session: Session) -> None:
    one, two = enter(session, id_number=ID_NUMBER), enter(session, "王芳", id_number=ID_NUMBER)
    assert one.id_number_index == two.id_number_index
    assert one.id_number_sealed != two.id_number_sealed
    assert keyring().blind("phone", ID_NUMBER) != one.id_number_index  # an index of one field says nothing of another


def test_two_tables_share_an_index_so_that_a_relative_is_found_among_parties() -> None:
    person = Person(name="李建国", created_at=AT, id_number=ID_NUMBER)
    relative = Relative(staff_id=new_id(), name="李建国", relation="父亲", id_number=ID_NUMBER, valid_from=AT.date())
    assert person.id_number_index == relative.id_number_index


def test_a_changed_value_changes_its_index_and_an_emptied_one_leaves_nothing(session: Session) -> None:
    person = enter(session, phone="13800131234")
    before = person.phone_index
    person.phone = "13900131234"
    assert person.phone_index not in (None, before)
    person.phone = None
    assert (person.phone, person.phone_sealed, person.phone_index) == (None, None, None)


def test_who_has_a_telephone_is_found_without_knowing_it(session: Session) -> None:
    person = enter(session, phone="13800131234")
    enter(session, "王芳")
    assert session.query(Person).filter(Person.phone.is_given()).all() == [person]


@pytest.mark.parametrize("value", ["北京市", "", None])
def test_a_column_without_an_index_cannot_be_searched(value: str | None) -> None:
    with pytest.raises(TypeError):
        Person.address.equals(value)


# --- masks


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_id, ID_NUMBER, "110105********002X"),
        (mask_id, None, ""),
        (mask_id, "H12345678", "********8"),
        (mask_phone, "13800131234", "138****1234"),
        (mask_phone, "+86 138 0013 1234", "138****1234"),
        (mask_phone, "010-65090000", "*******0000"),
        (mask_phone, "", ""),
        (mask_name, "李建国", "李**"),
        (mask_name, "李明", "李*"),
        (mask_name, "李", "李*"),
        (mask_name, "欧阳建国", "欧阳**"),
        (mask_account, "6222 0212 3456 7890", "************7890"),
        (mask_account, "12", "****"),
        (mask_address, "北京市朝阳区金台路1号", "北京市朝阳区******"),
    ],
)
def test_a_mask_shows_what_identifies_and_hides_the_rest(mask, value, shown) -> None:  # type: ignore[no-untyped-def]
    assert mask(value) == shown


@given(st.dates(date(1930, 1, 1), date(2010, 1, 1)), st.integers(0, 999))
def test_no_mask_of_an_identity_number_shows_the_birth_date(born: date, serial: int) -> None:
    assert born.strftime("%m%d") not in mask_id(make_id(born, serial))[6:14]
    assert mask_id(make_id(born, serial))[6:14] == "********"


# --- checks


def make_id(born: date, serial: int, region: str = "110105") -> str:
    body = f"{region}{born:%Y%m%d}{serial:03d}"
    return body + ric.calc_check_digit(body + "0")


def test_a_genuine_identity_number_is_accepted_and_normalised() -> None:
    assert check_id_number(" 110105 19491231 002x ") == ID_NUMBER
    assert born_on(ID_NUMBER) == date(1949, 12, 31)
    assert (sex_of(ID_NUMBER), sex_of(make_id(date(1990, 1, 1), 3))) == ("女", "男")
    assert check_id_number(make_id(date(1990, 1, 1), 12, "830000"))  # residence permit of a Taiwan resident


@pytest.mark.parametrize(
    ("number", "complaint"),
    [
        ("110105194912310021", "校验位"),
        ("11010519491231002", "17位"),
        ("11010519491331002X", "出生日期不存在"),
        ("11010A19491231002X", "应为数字"),
        ("99010519491231002X", "地区代码"),
        (make_id(date(1850, 1, 1), 2), "不合理"),
        (make_id(date(2026, 3, 3), 2), "不合理"),
    ],
)
def test_a_wrong_identity_number_is_refused_with_what_is_wrong(number: str, complaint: str) -> None:
    with pytest.raises(Implausible, match=complaint):
        check_id_number(number, today=date(2026, 3, 2))


@given(st.dates(date(1930, 1, 1), date(2010, 1, 1)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_of_an_identity_number_is_noticed(born: date, serial: int, at: int, by: int) -> None:
    number = make_id(born, serial)
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert check_id_number(number) == number
    with pytest.raises(Implausible):
        check_id_number(wrong)


def test_credit_codes_are_checked() -> None:
    assert check_credit_code("91110000 600037341l") == "91110000600037341L"
    for code, complaint in (
        ("91110000600037341M", "校验位"),
        ("9111000060003734", "16位"),
        ("91110000600037341I", "不允许的字符"),
        ("", "0位"),
    ):
        with pytest.raises(Implausible, match=complaint):
            check_credit_code(code)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("13800131234", "13800131234"),
        ("+86 138-0013-1234", "13800131234"),
        ("（010）65090000转12", "01065090000转12"),
        ("0317-2012345", "03172012345"),
        ("400-810-1234", "4008101234"),
    ],
)
def test_telephone_numbers_are_accepted_however_they_are_typed(typed: str, plain: str) -> None:
    assert check_phone(typed) == plain


@pytest.mark.parametrize("typed", ["", "12345", "12800131234", "1380013123", "138001312345", "电话"])
def test_what_is_no_telephone_number_is_refused(typed: str) -> None:
    with pytest.raises(Implausible, match="电话号码"):
        check_phone(typed)


def test_bank_accounts_are_digits() -> None:
    assert check_bank_account("6222 0212 3456 7890") == "6222021234567890"
    with pytest.raises(Implausible):
        check_bank_account("六二二二")


# --- names


@pytest.mark.parametrize(
    "names",
    [
        ("北京甲（集团）有限责任公司", "北京市甲集团有限公司", "北京甲(集团)公司", " 北京甲 集团 股份有限公司"),
        ("买买提·吐尔逊", "买买提吐尔逊", "买买提•吐尔逊"),
        ("ＡＢＣ科技有限公司", "abc科技"),
    ],
)
def test_names_written_differently_compare_equal(names: tuple[str, ...]) -> None:
    assert len({normalise_name(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京甲有限公司", "北京乙有限公司"),
        ("北京甲有限公司", "北京甲有限公司朝阳分公司"),
        ("北京甲有限公司", "上海甲有限公司"),
        ("李建国", "李建军"),
    ],
)
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert normalise_name(one) != normalise_name(other)
    assert normalise_name("有限公司") != ""
