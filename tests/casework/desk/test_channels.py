"""The signature against the provider's own published example, and what the channel makes of every answer.

The provider is played by an HTTP server inside the test; no network is touched.
"""

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from casework.desk import channels
from casework.desk.channels import AliyunSms, Handed, NotSent, Outgoing, Unanswered, canonical_query, signed

NUMBER, SECRET = "13800138000", "a secret that must not be seen"
SENT_AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_the_signature_is_that_of_the_provider_s_published_example():
    """Alibaba Cloud, "V3 版本请求体和签名机制", the fixed example RunInstances.

    help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature; the page was not read here, its inputs and
    signature are repeated alike by the test suites of several public clients of other authors.
    """
    headers = signed(
        "YourAccessKeyId",
        "YourAccessKeySecret",
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
        date="2023-10-26T10:22:32Z",
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert headers["x-acs-content-sha256"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


@pytest.mark.parametrize("changed", ["key_secret", "host", "action", "version", "query", "date", "nonce", "body"])
def test_whatever_is_changed_the_signature_is_another(changed: str):
    given: dict[str, Any] = {
        "key_secret": "s",
        "host": "h",
        "action": "a",
        "version": "v",
        "query": {"q": "1"},
        "date": "d",
        "nonce": "n",
        "body": b"",
    }
    other = {**given, changed: {"q": "2"} if changed == "query" else b"x" if changed == "body" else "other"}
    assert signed("k", **given)["authorization"] != signed("k", **other)["authorization"]


def test_a_query_is_encoded_as_rfc_3986_wants_it():
    assert canonical_query({"b": "x y", "a": "~*+/中", "c": ""}) == "a=~%2A%2B%2F%E4%B8%AD&b=x%20y&c="


def test_a_text_leaves_signed_with_its_template_and_our_own_number_for_it(provider: "Provider"):
    provider.says({"Code": "OK", "BizId": "9006197469364984400"})
    sms = _sms(values={"name": "王小明", "text": "调解申请已受理"})
    assert provider.channel.send(sms) == Handed(receipt="9006197469364984400")
    [asked] = provider.asked
    assert asked.query == {
        "PhoneNumbers": [NUMBER],
        "SignName": ["朝阳区总工会"],
        "TemplateCode": ["SMS_1"],
        "TemplateParam": ['{"name": "王小明", "text": "调解申请已受理"}'],
        "OutId": [str(sms.id)],
    }
    assert asked.headers["x-acs-action"] == "SendSms"
    again = signed(
        "key",
        SECRET,
        host=asked.headers["host"],
        action="SendSms",
        version="2017-05-25",
        query={name: values[0] for name, values in asked.query.items()},
        date=asked.headers["x-acs-date"],
        nonce=asked.headers["x-acs-signature-nonce"],
    )
    assert asked.headers["authorization"] == again["authorization"]


def test_the_same_text_twice_is_never_signed_alike(provider: "Provider"):
    provider.says({"Code": "OK", "BizId": "1"})
    provider.channel.send(_sms())
    provider.channel.send(_sms())
    first, second = provider.asked
    assert first.headers["x-acs-signature-nonce"] != second.headers["x-acs-signature-nonce"]


def test_what_the_provider_will_never_take_comes_back_as_a_sentence(provider: "Provider"):
    provider.says({"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": f"{NUMBER} is wrong"})
    assert provider.channel.send(_sms()).problem == "手机号码不正确，核对后改用其他方式通知。"
    provider.says({"Code": "isv.SOMETHING_NEW"})
    assert provider.channel.send(_sms()).problem == "短信服务商拒绝发送（isv.SOMETHING_NEW）。"


@pytest.mark.parametrize("sms", [{"number": ""}, {"number": "010-85960000"}, {"code": ""}])
def test_what_cannot_be_sent_is_not_tried(provider: "Provider", sms: dict[str, str]):
    assert provider.channel.send(_sms(**sms)).problem
    assert provider.asked == []


def test_too_much_at_once_may_be_sent_again_and_an_unclear_answer_may_not(provider: "Provider"):
    provider.says({"Code": "Throttling.User"}, status=400)
    with pytest.raises(NotSent):
        provider.channel.send(_sms())
    provider.says_bytes(b"<html>bad gateway</html>", status=502)
    with pytest.raises(Unanswered):
        provider.channel.send(_sms())
    provider.says_bytes(b"[]", status=200)
    with pytest.raises(Unanswered):
        provider.channel.send(_sms())


def test_a_provider_nobody_reaches_got_nothing():
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody_listens.getsockname()[1]}"
        with pytest.raises(NotSent, match="连不上短信服务商"):
            AliyunSms("key", SECRET, "朝阳区总工会", address).send(_sms())


def test_a_connection_that_breaks_after_the_request_leaves_the_question_open(provider: "Provider"):
    provider.hangs_up()
    with pytest.raises(Unanswered):
        provider.channel.send(_sms())


def test_what_became_of_a_text_can_be_asked(provider: "Provider"):
    def details(**said: Any) -> dict[str, Any]:
        return {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [said] if said else []}}

    channel = provider.channel
    provider.says(details(SendStatus=1))
    assert channel.arrival(_sms(), "1", SENT_AT) == channels.Arrival()
    provider.says(details(SendStatus=3, ReceiveDate="2026-03-02 10:00:07"))
    assert channel.arrival(_sms(), "1", SENT_AT).arrived_at == datetime(2026, 3, 2, 2, 0, 7, tzinfo=UTC)
    provider.says(details(SendStatus=2, ErrCode="MOBILE_NOT_ON_SERVICE"))
    assert channel.arrival(_sms(), "1", SENT_AT).problem == "手机号停机，改用其他方式通知。"
    provider.says(details())
    assert channel.arrival(_sms(), "1", SENT_AT) == channels.Arrival()
    assert provider.asked[-1].query["SendDate"] == ["20260302"]


def test_neither_the_key_nor_the_number_can_be_read_off_the_objects_or_the_errors(provider: "Provider"):
    provider.hangs_up()
    with pytest.raises(Unanswered) as raised:
        provider.channel.send(_sms())
    said = f"{provider.channel!r} {_sms()!r} {raised.value!r} {raised.value.__cause__!r}"
    assert SECRET not in said
    assert NUMBER not in said


# --- the provider


class Asked:
    def __init__(self, path: str, headers: dict[str, str]) -> None:
        self.query = parse_qs(urlsplit(path).query)
        self.headers = headers


class Provider:
    """An HTTP server that says what the test wants."""

    def __init__(self, server: HTTPServer, asked: list[Asked]) -> None:
        self.server, self.asked = server, asked
        self.channel = AliyunSms("key", SECRET, "朝阳区总工会", f"http://127.0.0.1:{server.server_port}")
        self.status, self.body = 200, b""

    def says(self, answer: dict[str, Any], status: int = 200) -> None:
        self.says_bytes(json.dumps(answer).encode(), status)

    def says_bytes(self, body: bytes, status: int) -> None:
        self.status, self.body = status, body

    def hangs_up(self) -> None:
        self.status = 0


@pytest.fixture
def provider() -> Iterator[Provider]:
    asked: list[Asked] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
            if not played.status:
                self.close_connection = True
                return
            self.send_response(played.status)
            self.send_header("content-length", str(len(played.body)))
            self.end_headers()
            self.wfile.write(played.body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    played = Provider(server, asked)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield played
    server.shutdown()
    thread.join(10)
    server.server_close()


def _sms(**more: Any) -> Outgoing:
    return Outgoing(**{"id": uuid.UUID(int=7), "number": NUMBER, "text": "x", "code": "SMS_1", "values": {}, **more})
