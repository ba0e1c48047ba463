"""Personal data: encrypted columns bound to their row, blind indexes, masks, and checks that numbers are plausible."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Self, overload

from sqlalchemy import ColumnElement, LargeBinary, SQLColumnExpression, String, false
from sqlalchemy.orm import Mapped, mapped_column
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent, InvalidFormat, InvalidLength, ValidationError

from workflows.encryption import keyring
from workflows.tables import Base, new_id


class Encrypted:
    """A text kept as AES-GCM ciphertext in ``<name>_sealed``, bound to table, column and row.

    With ``index`` a blind index fills ``<name>_index``, so that ``Person.phone.equals("138...")`` finds the row; the
    same ``index`` name in two tables makes their indexes comparable.
    """

    def __init__(self, index: str = "", normal: Callable[[str], str] = str) -> None:
        self.index, self.normal = index, normal

    def __set_name__(self, owner: type[Base], name: str) -> None:
        self.owner, self.name = owner, name

    def columns(self) -> dict[str, Any]:
        found: dict[str, Any] = {f"{self.name}_sealed": mapped_column(LargeBinary, nullable=True)}
        if self.index:
            found[f"{self.name}_index"] = mapped_column(String(32), nullable=True, index=True)
        return found

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...
    def __get__(self, row: Any, owner: type) -> Self | str | None:
        if row is None:
            return self
        sealed = getattr(row, f"{self.name}_sealed")
        return None if sealed is None else keyring().unseal(sealed, *self._place(row)).decode()

    def __set__(self, row: Any, value: str | None) -> None:
        if row.id is None:
            row.id = new_id()
        sealed = keyring().seal(value.encode(), *self._place(row)) if value else None
        setattr(row, f"{self.name}_sealed", sealed)
        if self.index:
            setattr(row, f"{self.name}_index", self.blind(value) if value else None)

    def blind(self, value: str) -> str:
        return keyring().blind(self.index, self.normal(value))

    def equals(self, value: str | None) -> ColumnElement[bool]:
        """The condition that the column holds this very value; an empty value is found nowhere."""
        column = self.index_column
        return column == self.blind(value) if value else false()

    @property
    def index_column(self) -> SQLColumnExpression[str | None]:
        """Of two tables that name the same ``index`` these are equal where the values are."""
        if not self.index:
            raise TypeError(f"{self.name} has no blind index")
        column: SQLColumnExpression[str | None] = getattr(self.owner, f"{self.name}_index")
        return column

    def is_given(self) -> ColumnElement[bool]:
        """The condition that the column holds a value, whichever."""
        column: SQLColumnExpression[bytes | None] = getattr(self.owner, f"{self.name}_sealed")
        return column.is_not(None)

    def _place(self, row: Any) -> tuple[str, str, str]:
        return (self.owner.__tablename__, self.name, str(row.id))


class Private:
    """Mixin, named before the mapped base: gives every ``Encrypted`` attribute its columns and the row its id at once."""

    id: Mapped[Any]

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"id": values.pop("id", None) or new_id(), **values})

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The columns ``<name>_sealed`` and ``<name>_index``, made below."""

    def __init_subclass__(cls, **options: Any) -> None:
        for field in [value for value in vars(cls).values() if isinstance(value, Encrypted)]:
            for name, column in field.columns().items():
                setattr(cls, name, column)
        super().__init_subclass__(**options)


def mask_id(number: str | None) -> str:
    """110105********002X: region and the last four stay, the birth date goes."""
    if not number:
        return ""
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}" if len(number) >= 15 else _only_end(number, 1)


def mask_phone(number: str | None) -> str:
    """138****1234; of a landline only the last four digits stay."""
    if not number:
        return ""
    digits = normal_phone(number)
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) == 11 and digits[0] == "1" else _only_end(digits, 4)


def mask_name(name: str | None) -> str:
    """李**: the family name stays (two characters of a compound one), whatever follows is masked."""
    if not name:
        return ""
    kept = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:kept] + "*" * max(len(name) - kept, 1)


def mask_account(number: str | None) -> str:
    """Only the last four digits of a bank account stay."""
    return _only_end("".join(number.split()), 4) if number else ""


def mask_login(account: str) -> str:
    """zh****: how long the name of an account is stays hidden too."""
    return f"{account[:2]}****" if account else ""


def mask_address(address: str | None) -> str:
    """The first six characters stay: district level, not the door."""
    return address[:6] + "******" if address else ""


def mask_numbers(text: str) -> str:
    """Of every telephone, identity or account number that a text may quote only the last four digits stay."""
    return re.sub(r"\d{7,}[Xx]?", lambda number: _only_end(number[0], 4), text)


def _only_end(text: str, kept: int) -> str:
    return "*" * max(len(text) - kept, 4) + (text[-kept:] if len(text) > kept else "")


class Implausible(ValueError):
    """A number that cannot be right; the Chinese sentence says what is wrong and what to do."""


def check_id_number(number: str, today: date | None = None) -> str:
    """The normalised 18-character identity number, or Implausible."""
    compact = _compact(number)
    if len(compact) != 18:
        raise Implausible(f"公民身份号码应为18位，现为{len(compact)}位，请核对。")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", compact):
        raise Implausible("公民身份号码前17位应为数字，末位为数字或X，请核对。")
    if compact[:2] not in PROVINCES:
        raise Implausible("公民身份号码的前两位不是有效的地区代码，请核对。")
    try:
        birth = ric.get_birth_date(compact)
    except InvalidComponent as error:
        raise Implausible("公民身份号码中的出生日期不存在，请核对。") from error
    if birth.year < 1880 or (today is not None and birth > today):
        raise Implausible("公民身份号码中的出生日期不合理，请核对。")
    if compact[-1] != ric.calc_check_digit(compact):
        raise Implausible("公民身份号码校验位不符，可能有一位录错，请核对。")
    return compact


def born_on(id_number: str) -> date:
    return ric.get_birth_date(id_number)


def sex_of(id_number: str) -> str:
    """男 or 女, by the parity of the 17th digit."""
    return "男" if int(id_number[16]) % 2 else "女"


def check_credit_code(code: str) -> str:
    """The normalised 18-character unified social credit code, or Implausible."""
    compact = _compact(code)
    try:
        return uscc.validate(compact)
    except InvalidLength as error:
        raise Implausible(f"统一社会信用代码应为18位，现为{len(compact)}位，请核对。") from error
    except InvalidFormat as error:
        raise Implausible("统一社会信用代码含有不允许的字符（不使用I、O、S、V、Z），请核对。") from error
    except ValidationError as error:
        raise Implausible("统一社会信用代码校验位不符，可能有一位录错，请核对。") from error


def check_phone(number: str) -> str:
    """A mainland mobile number, or a landline with its area code, without separators; or Implausible."""
    digits = normal_phone(number)
    if not re.fullmatch(r"1[3-9][0-9]{9}|0[1-9][0-9]{1,2}[2-9][0-9]{6,7}(?:转[0-9]{1,6})?|400[0-9]{7}", digits):
        raise Implausible("电话号码应为11位手机号，或者带区号的固定电话（例如 010-65090000），请核对。")
    return digits


def check_bank_account(number: str) -> str:
    """An account number of 8 to 30 digits without separators; or Implausible."""
    digits = _compact(number)
    if not re.fullmatch(r"[0-9]{8,30}", digits):
        raise Implausible("银行账号应为8至30位数字，请核对。")
    return digits


def normal_phone(number: str) -> str:
    """Digits only: separators, brackets and the prefix +86 removed, 转 kept before an extension."""
    plain = re.sub(r"[^0-9+转]", "", unicodedata.normalize("NFKC", number))
    return re.sub(r"^(?:\+|00)86", "", plain)


def normalise_name(name: str) -> str:
    """A name for comparison only: NFKC, no brackets, spaces or dots; the legal form of a company does not count.

    北京甲（集团）有限责任公司 and 北京市甲集团有限公司 compare equal; a branch stays apart from its company.
    """
    plain = re.sub(
        r"[\s()\[\]{}<>【】〔〕「」《》“”\"'·•‧・.。,，、_-]", "", unicodedata.normalize("NFKC", name)
    ).upper()
    plain = re.sub(r"(?:股份有限|有限责任|有限)公司", "公司", plain)
    core = re.sub(r"(?<![分子])公司$", "", plain)
    return re.sub(r"^(北京|天津|上海|重庆)市", r"\1", core or plain)


def _compact(number: str) -> str:
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number)).upper()


# GB/T 2260; 81-83 are residence permits of Hong Kong, Macao and Taiwan residents
PROVINCES = frozenset(
    f"{code}"
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in codes
)
COMPOUND_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
        "仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇令狐呼延轩辕百里东郭南门西门第五拓跋",
    )
)
