"""The demo's own certificate authority, seals and time-stamp authority, made in ``var/seals`` at their first use.

They prove that a file was not changed since, and nothing about who sealed it: no licensed authority stands behind
them, and every certificate says so in its name.
"""

import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from documents.seal import SealFolder

SAID = "演示，不具法律效力"
YEARS = timedelta(days=3650)
PASSWORD = b"demo"  # the files are the demo's own and readable by their owner only
AUTHORITY, STAMPER = "demo-authority", "demo-time-stamp"


def prepare(folder: Path) -> SealFolder:
    """The folder with authority, time-stamp authority and roots; made once, then left alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / "roots.pem").exists():
        key, certificate = _authority()
        _keep(folder / f"{AUTHORITY}.p12", _packed(AUTHORITY, key, certificate, []))
        _keep(folder / "password", PASSWORD)
        _keep(folder / f"{AUTHORITY}.crl", _empty_list(key, certificate))
        stamp_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)  # pyHanko's stamper signs with RSA
        stamp = _certificate(f"演示时间戳（{SAID}）", stamp_key.public_key(), key, certificate, stamper=True)
        _keep(folder / f"{STAMPER}.p12", _packed(STAMPER, stamp_key, stamp, [certificate]))
        _keep(folder / "roots.pem", certificate.public_bytes(serialization.Encoding.PEM))
    return SealFolder(folder)


def ensure_seal(folder: SealFolder, organisation: str) -> None:
    """Give the organisation a seal of the demo's authority where it has none yet."""
    if folder.key_of(organisation).exists() or "/" in organisation:
        return
    authority_key, authority = _opened(folder.path / f"{AUTHORITY}.p12")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(organisation, key.public_key(), authority_key, authority)
    _keep(folder.key_of(organisation), _packed(organisation, key, certificate, [authority]))


@lru_cache(4)
def stamper(folder: SealFolder) -> Any:
    """A time-stamp authority inside this process."""
    from asn1crypto import keys
    from asn1crypto import x509 as asn1
    from pyhanko.sign.timestamps import DummyTimeStamper
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key, certificate = _opened(folder.path / f"{STAMPER}.p12")
    packed = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    known = SimpleCertificateStore()
    return DummyTimeStamper(
        asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        keys.PrivateKeyInfo.load(packed),
        certs_to_embed=known,
    )


def _authority() -> tuple[Any, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"演示印章根证书（{SAID}）")
    usage = _usage(signs_certificates=True)
    return key, _started(name, name, key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    ).add_extension(usage, critical=True).add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    ).sign(key, hashes.SHA256())


def _certificate(name: str, public: Any, key: Any, authority: x509.Certificate, stamper: bool = False) -> Any:
    made = (
        _started(_name(name), authority.subject, public)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if stamper:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(key, hashes.SHA256())


def _started(name: x509.Name, issuer: x509.Name, public: Any) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - YEARS)  # the demo tells last year's cases
        .not_valid_after(now + YEARS)
    )


def _name(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, SAID),
            x509.NameAttribute(NameOID.COMMON_NAME, _within(64, name)),
        ]
    )


def _within(most: int, name: str) -> str:
    """A common name has 64 bytes at most, 21 Chinese characters; the whole name stands as the organisation's."""
    return name.encode()[:most].decode(errors="ignore")


def _usage(signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _empty_list(key: Any, authority: x509.Certificate) -> bytes:
    """Nothing of the demo is ever revoked; B-LTA wants to be told so."""
    now = datetime.now(UTC)
    made = x509.CertificateRevocationListBuilder().issuer_name(authority.subject)
    made = made.last_update(now - YEARS).next_update(now + YEARS)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _packed(name: str, key: Any, certificate: x509.Certificate, chain: list[x509.Certificate]) -> bytes:
    protection = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .build(PASSWORD)
    )
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, chain, protection)


def _opened(file: Path) -> tuple[Any, x509.Certificate]:
    key, certificate, _ = pkcs12.load_key_and_certificates(file.read_bytes(), PASSWORD)
    assert certificate is not None
    return key, certificate


def _keep(file: Path, content: bytes) -> None:
    """Written beside and linked into place, so that of two processes the first wins and none sees half a file."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_bytes(content)
    part.chmod(0o600)
    try:
        os.link(part, file)
    except FileExistsError:
        pass
    finally:
        part.unlink()
