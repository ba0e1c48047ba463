"""A half-configured service does not start, and says what is missing."""

import stat
from base64 import b64encode

import pytest

from app.settings import Misconfigured, load

PRODUCTION = {
    "CASEWORK_MODE": "production",
    "CASEWORK_DATABASE_URL": "postgresql://casework@db/casework",
    "CASEWORK_PUBLIC_URL": "https://casework.example",
    "CASEWORK_BROKER_URL": "amqp://casework@queue//",
    "CASEWORK_MASTER_KEY": b64encode(b"x" * 32).decode(),
}


@pytest.fixture(autouse=True)
def keep_the_keyring_of_the_tests(keyring):
    from workflows import encryption

    yield
    encryption.use(keyring)


def test_an_embedded_installation_needs_nothing_and_makes_its_own_key(tmp_path):
    settings = load({"CASEWORK_VAR": str(tmp_path / "var")})
    key = tmp_path / "var" / "master.key"
    assert settings.embedded
    assert settings.database_url == f"sqlite:///{tmp_path}/var/casework.db"
    assert key.read_bytes() == settings.master_key
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert load({"CASEWORK_VAR": str(tmp_path / "var")}).master_key == settings.master_key


def test_a_database_whose_key_is_gone_is_not_given_a_new_one(tmp_path):
    (tmp_path / "casework.db").write_bytes(b"something")
    with pytest.raises(Misconfigured, match="主密钥文件"):
        load({"CASEWORK_VAR": str(tmp_path)})
    assert not (tmp_path / "master.key").exists()


def test_production_with_everything_set_starts(tmp_path):
    settings = load({**PRODUCTION, "CASEWORK_VAR": str(tmp_path)})
    assert settings.database_url.startswith("postgresql+psycopg://")
    assert settings.secure
    assert not settings.demo


@pytest.mark.parametrize(
    "name", ["CASEWORK_DATABASE_URL", "CASEWORK_PUBLIC_URL", "CASEWORK_BROKER_URL", "CASEWORK_MASTER_KEY"]
)
def test_production_names_what_is_missing(tmp_path, name):
    environment = {**PRODUCTION, "CASEWORK_VAR": str(tmp_path)}
    del environment[name]
    with pytest.raises(Misconfigured, match=name):
        load(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CASEWORK_MODE", "testing"),
        ("CASEWORK_DEMO", "1"),
        ("CASEWORK_DATABASE_URL", "sqlite:///casework.db"),
        ("CASEWORK_DATABASE_URL", "mysql://db/casework"),
        ("CASEWORK_PUBLIC_URL", "http://casework.example"),
        ("CASEWORK_MASTER_KEY", "not base64!"),
        ("CASEWORK_MASTER_KEY", b64encode(b"short").decode()),
        ("CASEWORK_MASTER_KEY_FILE", "/nowhere/master.key"),
        ("CASEWORK_PORT", "http"),
        ("CASEWORK_PORT", "70000"),
        ("CASEWORK_FONTS", "/nowhere"),
    ],
)
def test_production_refuses_a_wrong_value_with_a_chinese_sentence(tmp_path, name, value):
    with pytest.raises(Misconfigured) as refused:
        load({**PRODUCTION, "CASEWORK_VAR": str(tmp_path), name: value})
    assert str(refused.value).endswith(("。", "）。"))
