"""A certificate authority for one machine: what `--tls` serves with and what clients are to trust.

Two certificates, an authority and one for 127.0.0.1 that it signed, because some clients refuse a server's
certificate as an authority of its own. The authority's key is thrown away once it has signed.
"""

import datetime as dt
import ipaddress
import os
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CA_FILE = "ca.pem"
_SERVER_FILE = "server.pem"  # certificate and key
_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
_VALID_DAYS = 365
_RENEWED_DAYS = 7  # how long before its end a certificate is made anew


def certificate(directory: Path) -> tuple[Path, Path]:
    """Return the authority's certificate to trust, and the server's certificate with its key.

    Those of an earlier run are used again, so that what trusts them need not be told anew.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    ca, server = directory / _CA_FILE, directory / _SERVER_FILE
    if not (ca.exists() and server.exists() and _lasts(ca)):
        _make(ca, server)
    return ca, server


def server_context(server: Path) -> ssl.SSLContext:
    """Return a TLS context that serves with the file made by `certificate`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(server)
    return context


def _lasts(file: Path) -> bool:
    end = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    return end > dt.datetime.now(dt.UTC) + dt.timedelta(days=_RENEWED_DAYS)


def _make(ca_file: Path, server_file: Path) -> None:
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Local tenant test authority")])
    ca = (
        _builder(ca_name, ca_name, ca_key.public_key(), ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    server = (
        _builder(name, ca_name, key.public_key(), ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")), x509.DNSName("localhost")]
            ),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    _write(
        server_file,
        server.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    _write(ca_file, ca.public_bytes(pem))


def _builder(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=_VALID_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    used = {"key_cert_sign", "crl_sign"} if signs_certificates else {"digital_signature"}
    return x509.KeyUsage(**{use: use in used for use in _USES})


def _write(file: Path, content: bytes) -> None:
    temporary = file.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    temporary.replace(file)
