"""What carries a text to a telephone: the interface, the demo that sends nothing, and Alibaba Cloud's short messages.

The signature is ACS3-HMAC-SHA256 as Alibaba Cloud documents it (help.aliyun.com, "V3 版本请求体和签名机制"). Keys come
from the settings; neither they nor a telephone number ever stand in an exception, a log line or a stored row.
"""

import hashlib
import hmac
import json
import re
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from workflows.tables import legal_date

TIMEOUT_SECONDS = 10
NO_NUMBER = "没有可用的手机号码，须改用书面送达。"
NOT_CONNECTED = "本系统没有接入短信服务，改用其他方式通知。"
MOBILE = re.compile(r"1\d{10}")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One text for one telephone. ``id`` is our own for it, ``code`` the provider's for the approved wording."""

    id: uuid.UUID
    number: str = field(repr=False)
    text: str
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handed:
    """The provider's number for what it took, or a Chinese sentence saying why it will never take this."""

    receipt: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a text: nothing known yet, arrived, or not deliverable for a reason."""

    arrived_at: datetime | None = None
    problem: str = ""


class NotSent(Exception):
    """The text certainly did not leave: it may be sent again without anybody getting it twice."""


class Channel(Protocol):
    """One of the four seams with a single implementation.

    ``send`` raises NotSent while trying again is harmless; any other exception means that nobody knows.
    """

    @property
    def name(self) -> str: ...

    @property
    def reports(self) -> bool:
        """Whether ``arrival`` can be asked later."""

    def send(self, sms: Outgoing) -> Handed: ...

    def arrival(self, sms: Outgoing, receipt: str, sent_at: datetime) -> Arrival: ...


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """Sends nothing: the text of the SMS is what the case shows."""

    name: str = "sms"
    reports: bool = False

    def send(self, sms: Outgoing) -> Handed:
        return Handed() if sms.number else Handed(problem=NO_NUMBER)

    def arrival(self, sms: Outgoing, receipt: str, sent_at: datetime) -> Arrival:
        return Arrival()


@dataclass(frozen=True, slots=True)
class NoChannel:
    """An installation without an account for short messages: every text says so, and none seems to have left."""

    name: str = "sms"
    reports: bool = False

    def send(self, sms: Outgoing) -> Handed:
        return Handed(problem=NOT_CONNECTED)

    def arrival(self, sms: Outgoing, receipt: str, sent_at: datetime) -> Arrival:
        return Arrival()


# --- Alibaba Cloud


@dataclass(frozen=True, slots=True)
class AliyunSms:
    """Alibaba Cloud 短信服务 (Dysmsapi 2017-05-25): SendSms, and QuerySendDetails for what became of it."""

    key_id: str
    key_secret: str = field(repr=False)
    sign: str
    endpoint: str = "https://dysmsapi.aliyuncs.com"
    name: str = "sms"
    reports: bool = True

    def send(self, sms: Outgoing) -> Handed:
        if not MOBILE.fullmatch(sms.number):
            return Handed(problem=NO_NUMBER)
        if not sms.code:
            return Handed(problem="这类短信的模板还没有登记服务商的模板编号，登记后重试。")
        answer = self._call(
            "SendSms",
            {
                "PhoneNumbers": sms.number,
                "SignName": self.sign,
                "TemplateCode": sms.code,
                "TemplateParam": json.dumps(dict(sms.values), ensure_ascii=False),
                "OutId": str(sms.id),
            },
        )
        code = str(answer.get("Code", ""))
        if code == "OK":
            return Handed(receipt=str(answer.get("BizId", ""))[:80])
        if code in TRY_AGAIN:
            raise NotSent(f"短信服务商暂时不受理（{code}）")
        return Handed(problem=REFUSALS.get(code, f"短信服务商拒绝发送（{code[:60] or '没有说明'}）。"))

    def arrival(self, sms: Outgoing, receipt: str, sent_at: datetime) -> Arrival:
        answer = self._call(
            "QuerySendDetails",
            {
                "PhoneNumber": sms.number,
                "BizId": receipt,
                "SendDate": f"{legal_date(sent_at):%Y%m%d}",
                "PageSize": "1",
                "CurrentPage": "1",
            },
        )
        details = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
        status = details[0].get("SendStatus") if details else WAITING
        if status == ARRIVED:
            return Arrival(arrived_at=_china_time(details[0].get("ReceiveDate")) or sent_at)
        if status == UNDELIVERABLE:
            code = str(details[0].get("ErrCode", ""))[:60]
            return Arrival(problem=FAILURES.get(code, f"运营商未能送达（{code or '没有说明'}）。"))
        return Arrival()

    def _call(self, action: str, query: Mapping[str, str]) -> dict[str, Any]:
        """One signed request. Nothing it raises repeats what was sent."""
        host = urlsplit(self.endpoint)
        headers = signed(
            self.key_id,
            self.key_secret,
            host=host.netloc,
            action=action,
            version="2017-05-25",
            query=query,
            date=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            nonce=uuid.uuid4().hex,
        )
        connection = self._connection(host.scheme, host.netloc)
        try:
            connection.connect()
        except (OSError, HTTPException) as error:
            raise NotSent(f"连不上短信服务商（{type(error).__name__}）") from None
        try:
            connection.request("POST", f"/?{canonical_query(query)}", headers=headers)
            response = connection.getresponse()
            status, body = response.status, response.read(200_000)
        except (OSError, HTTPException) as error:
            raise Unanswered(f"短信服务商没有答复（{type(error).__name__}）") from None
        finally:
            connection.close()
        return _answer(status, body)

    def _connection(self, scheme: str, netloc: str) -> HTTPConnection:
        if scheme == "https":
            return HTTPSConnection(netloc, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        return HTTPConnection(netloc, timeout=TIMEOUT_SECONDS)


class Unanswered(Exception):
    """The request left and no answer came: it may or may not have been carried out."""


WAITING, UNDELIVERABLE, ARRIVED = 1, 2, 3  # SendStatus of QuerySendDetails
TRY_AGAIN = {"Throttling", "Throttling.User", "Throttling.Api", "ServiceUnavailable", "isp.SYSTEM_ERROR"}
REFUSALS = {
    "isv.MOBILE_NUMBER_ILLEGAL": "手机号码不正确，核对后改用其他方式通知。",
    "isv.BUSINESS_LIMIT_CONTROL": "同一号码短时间内短信过多，服务商不再发送，改用其他方式通知。",
    "isv.AMOUNT_NOT_ENOUGH": "短信账户余额不足，充值后重试。",
    "isv.OUT_OF_SERVICE": "短信账户已停机，联系系统管理员。",
    "isv.SMS_TEMPLATE_ILLEGAL": "短信模板未通过服务商审核，联系系统管理员。",
    "isv.SMS_SIGNATURE_ILLEGAL": "短信签名未通过服务商审核，联系系统管理员。",
    "isv.TEMPLATE_MISSING_PARAMETERS": "短信模板缺少变量，联系系统管理员。",
    "isv.BLACK_KEY_CONTROL_LIMIT": "短信内容含服务商限制的词语，改用其他方式通知。",
    "SignatureDoesNotMatch": "短信账户密钥不正确，联系系统管理员。",
    "InvalidAccessKeyId.NotFound": "短信账户密钥不存在，联系系统管理员。",
}
FAILURES = {
    "MK:0001": "号码为空号，改用其他方式通知。",
    "MOBILE_NOT_ON_SERVICE": "手机号停机，改用其他方式通知。",
    "MOBILE_TERMINAL_ERROR": "手机未能接收短信，改用其他方式通知。",
    "MOBILE_IN_BLACK": "该号码拒收短信，改用其他方式通知。",
    "USER_REJECT": "该号码拒收短信，改用其他方式通知。",
}


def signed(
    key_id: str,
    key_secret: str,
    *,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    date: str,
    nonce: str,
    body: bytes = b"",
) -> dict[str, str]:
    """The headers of one RPC request in the ACS3-HMAC-SHA256 manner, ``authorization`` among them."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value.strip()}\n" for name, value in headers.items())
    request = "\n".join(("POST", "/", canonical_query(query), lines, names, headers["x-acs-content-sha256"]))
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return headers | {"authorization": f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"}


ALGORITHM = "ACS3-HMAC-SHA256"


def canonical_query(query: Mapping[str, str]) -> str:
    """Sorted by name, percent-encoded as RFC 3986 wants it: a space is %20, a tilde stays."""
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items()))


def _answer(status: int, body: bytes) -> dict[str, object]:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and (status < 500 or answer.get("Code") in TRY_AGAIN):
        return answer
    raise Unanswered(f"短信服务商答复异常（HTTP {status}）")


def _china_time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{text}+08:00") if text else None
    except ValueError:
        return None
