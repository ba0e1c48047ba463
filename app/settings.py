"""What the operator decides, read once from CASEWORK_* variables; a half-configured service does not start."""

import errno
import os
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from workflows.encryption import Keyring, use

ROOT = Path(__file__).resolve().parent.parent
KEY_BYTES = 32

Mode = Literal["embedded", "production"]


class Misconfigured(Exception):
    """The service must not start like this; the sentence tells the operator what to set."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one installation and another."""

    mode: Mode
    demo: bool
    var: Path
    database_url: str
    master_key: bytes
    broker_url: str | None = None
    queue: str = "casework"  # two installations on one broker need two names
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 16
    fonts: Path | None = None  # the operator's own font files, which take the place of ours
    seals: Path | None = None  # keys of electronic seals and the roots they are believed by
    seal_server: str = ""  # a certified seal server instead of keys of our own
    seal_token: str = ""
    stamps: str = ""  # a time-stamp authority, RFC 3161
    sms_key_id: str = ""  # of Alibaba Cloud's short messages; without one no text leaves
    sms_secret: str = field(default="", repr=False)
    sms_sign: str = "朝阳区总工会"
    sms_server: str = "https://dysmsapi.aliyuncs.com"

    @property
    def embedded(self) -> bool:
        return self.mode == "embedded"

    @property
    def secure(self) -> bool:
        """Cookies travel over HTTPS only."""
        return self.public_url.startswith("https://")

    @property
    def records(self) -> Path:
        return self.var / "records"

    @property
    def checkpoints(self) -> Path:
        return self.var / "checkpoints"

    @property
    def keyring(self) -> Keyring:
        return Keyring.from_master(self.master_key)


def load(environment: Mapping[str, str] = os.environ, *, existing: bool = False) -> Settings:
    """Read the settings and set the keyring of this process; raises Misconfigured with a Chinese sentence.

    With ``existing`` nothing is made: an embedded installation that is not there is a mistyped folder.
    """
    read = _Reader(environment)
    mode = read.choice("MODE", ("embedded", "production"), "embedded")
    var = Path(read.text("VAR", str(ROOT / "var"))).resolve()
    settings = _production(read, var) if mode == "production" else _embedded(read, var, existing)
    use(settings.keyring)
    return settings


def _embedded(read: "_Reader", var: Path, existing: bool) -> Settings:
    database_url = read.text("DATABASE_URL", f"sqlite:///{var / 'casework.db'}")
    if existing:
        _refuse_absent(database_url)
    var.mkdir(parents=True, exist_ok=True)
    demo = read.flag("DEMO", True)
    return Settings(
        mode="embedded",
        demo=demo,
        var=var,
        database_url=_known_database(database_url),
        master_key=read.master_key() or _own_master_key(var, database_url),
        broker_url=read.text("BROKER_URL", "") or None,
        public_url=read.text("PUBLIC_URL", f"http://127.0.0.1:{read.number('PORT', 8000)}"),
        **read.serving(),
        **read.texting(),
        **read.sealing(var / "seals" if demo else None),
    )


def _production(read: "_Reader", var: Path) -> Settings:
    if read.flag("DEMO", False):
        raise Misconfigured("生产环境不能开启演示数据（CASEWORK_DEMO）。")
    database_url = _known_database(read.required("DATABASE_URL", "PostgreSQL 数据库地址"))
    if not database_url.startswith("postgresql"):
        raise Misconfigured("生产环境须使用 PostgreSQL（CASEWORK_DATABASE_URL=postgresql+psycopg://…）。")
    public_url = read.required("PUBLIC_URL", "对外网址")
    if not public_url.startswith("https://"):
        raise Misconfigured("生产环境的对外网址须以 https:// 开头（CASEWORK_PUBLIC_URL）。")
    master_key = read.master_key()
    if master_key is None:
        raise Misconfigured(
            "未设置主密钥：请设置 CASEWORK_MASTER_KEY_FILE（32 字节的文件）或 CASEWORK_MASTER_KEY（base64）。"
        )
    return Settings(
        mode="production",
        demo=False,
        var=var,
        database_url=database_url,
        master_key=master_key,
        broker_url=read.required("BROKER_URL", "消息队列地址"),
        public_url=public_url,
        **read.serving(),
        **read.texting(),
        **read.sealing(None),
    )


def _known_database(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme in ("postgresql", "postgres"):
        return "postgresql+psycopg" + url[len(scheme) :]
    if scheme not in ("sqlite", "postgresql+psycopg"):
        raise Misconfigured(f"不支持的数据库：{scheme or url}。请使用 sqlite 或 postgresql。")
    return url


def _refuse_absent(database_url: str) -> None:
    file = Path(database_url.removeprefix("sqlite:///"))
    if database_url.startswith("sqlite") and not file.is_file():
        raise Misconfigured(
            f"没有找到数据库 {file}：核对 CASEWORK_VAR 和 CASEWORK_DATABASE_URL；新装的先运行 casework migrate。"
        )


def _own_master_key(var: Path, database_url: str) -> bytes:
    """The key of an embedded installation, made at its first start and readable by its owner only."""
    path = var / "master.key"
    if path.exists():
        return path.read_bytes()
    database = Path(database_url.removeprefix("sqlite:///"))
    if database_url.startswith("sqlite") and database.exists() and database.stat().st_size:
        raise Misconfigured(f"数据库 {database} 已存在，但主密钥文件 {path} 不见了：请找回原密钥，或者换一个空目录。")
    key = os.urandom(KEY_BYTES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process of the first start was quicker
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


class _Reader:
    """One environment, read by the names the operator knows."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def text(self, name: str, default: str) -> str:
        return self.environment.get(f"CASEWORK_{name}", "").strip() or default

    def required(self, name: str, what: str) -> str:
        value = self.text(name, "")
        if not value:
            raise Misconfigured(f"未设置{what}：请设置 CASEWORK_{name}。")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.choice(name, ("1", "0", "true", "false", "yes", "no"), "1" if default else "0")
        return value in ("1", "true", "yes")

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
            raise Misconfigured(f"CASEWORK_{name} 应为 1 至 65535 的整数，现为“{value}”。")
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, default).lower()
        if value not in choices:
            raise Misconfigured(f"CASEWORK_{name} 应为 {'、'.join(choices)} 之一，现为“{value}”。")
        return value

    def master_key(self) -> bytes | None:
        file, text = self.text("MASTER_KEY_FILE", ""), self.text("MASTER_KEY", "")
        if not file and not text:
            return None
        try:
            key = Path(file).read_bytes() if file else b64decode(text, validate=True)
        except OSError as error:
            raise Misconfigured(f"读不到主密钥文件 {file}：{why_unread(error)}。") from error
        except NotBase64 as error:
            raise Misconfigured("CASEWORK_MASTER_KEY 不是有效的 base64。") from error
        if len(key) < KEY_BYTES:
            raise Misconfigured(f"主密钥至少 {KEY_BYTES} 字节，现为 {len(key)} 字节。")
        return key

    def serving(self) -> dict[str, Any]:
        fonts = self.text("FONTS", "")
        if fonts and not Path(fonts).is_dir():
            raise Misconfigured(f"字体目录不存在：{fonts}（CASEWORK_FONTS）。")
        return {
            "host": self.text("HOST", "127.0.0.1"),
            "port": self.number("PORT", 8000),
            "queue": self.text("QUEUE", "casework"),
            "threads": self.number("THREADS", 16),
            "fonts": Path(fonts) if fonts else None,
        }

    def sealing(self, own: Path | None) -> dict[str, Any]:
        """Keys in a folder, or a server that keeps them; ``own`` is where the demo makes its own."""
        folder, server, stamps = self.text("SEALS", ""), self.text("SEAL_SERVER", ""), self.text("TIMESTAMPS", "")
        if folder and server:
            raise Misconfigured(
                "电子印章只能二选一：密钥目录（CASEWORK_SEALS）或者签章服务器（CASEWORK_SEAL_SERVER）。"
            )
        if folder and not (Path(folder) / "roots.pem").is_file():
            raise Misconfigured(f"电子印章目录 {folder} 中没有 roots.pem（CASEWORK_SEALS）：参见部署手册。")
        for name, address in (("SEAL_SERVER", server), ("TIMESTAMPS", stamps)):
            if address and not _may_be_asked(address):
                raise Misconfigured(f"CASEWORK_{name} 须以 https:// 开头；只有本机地址可以用 http://。")
        return {
            "seals": Path(folder).resolve() if folder else None if server else own,
            "seal_server": server,
            "seal_token": self._secret_file("SEAL_TOKEN_FILE"),
            "stamps": stamps,
        }

    def texting(self) -> dict[str, Any]:
        """Whose account short messages are sent from."""
        key_id, secret = self.text("SMS_KEY_ID", ""), self._secret_file("SMS_SECRET_FILE")
        sign, server = self.text("SMS_SIGN", "朝阳区总工会"), self.text("SMS_SERVER", "https://dysmsapi.aliyuncs.com")
        if bool(key_id) != bool(secret):
            raise Misconfigured(
                "短信账户须同时设置密钥编号（CASEWORK_SMS_KEY_ID）和密钥文件（CASEWORK_SMS_SECRET_FILE）。"
            )
        if not _may_be_asked(server):
            raise Misconfigured("CASEWORK_SMS_SERVER 须以 https:// 开头；只有本机地址可以用 http://。")
        return {"sms_key_id": key_id, "sms_secret": secret, "sms_sign": sign, "sms_server": server}

    def _secret_file(self, name: str) -> str:
        file = self.text(name, "")
        try:
            return Path(file).read_text(encoding="utf-8").strip() if file else ""
        except OSError as error:
            raise Misconfigured(f"读不到 {file}：{why_unread(error)}（CASEWORK_{name}）。") from error


def why_unread(error: OSError) -> str:
    """Why a file could not be read, in Chinese where it is the usual reason."""
    reasons = {errno.ENOENT: "没有这个文件", errno.EACCES: "没有读取权限", errno.EISDIR: "这是一个文件夹"}
    return reasons.get(error.errno or 0, error.strerror or str(error))


def _may_be_asked(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))
