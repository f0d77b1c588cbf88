"""TLS: whoever answers is heard, and what the handshake showed is recorded."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import warnings
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from crawler.wire import tls
from crawler.wire.exchange import ErrorCode

HI = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weak (1024 bits), self-signed certificate for portal.localhost and 127.0.0.1, with its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal.localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("portal.localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_context(certificate: Path, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificate)
    if version is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_self_signed_and_old(version: ssl.TLSVersion, certificate: Path, world: Any) -> None:
    context = server_context(certificate, version)
    _, begin, rest = certificate.read_text().partition("-----BEGIN CERTIFICATE")
    der = ssl.PEM_cert_to_DER_cert(begin + rest)

    async def ask() -> None:
        async with world.serving(["ask", HI, "ask", HI, "hold"], tls=context) as server, world.client() as client:
            first = await client.fetch(server.url(host="portal.localhost", scheme="https"))
            second = await client.fetch(server.url(host="portal.localhost", scheme="https"))
        assert (first.status, first.response.read(), second.reused) == (200, HI, True)
        facts = first.tls
        assert facts.version.replace(".", "_") == version.name
        assert not facts.verified
        assert "self" in facts.why  # spelt "self-signed" or "self signed", as OpenSSL likes
        assert facts.chain == (der,)
        assert second.tls is facts

    world.run(ask())


@pytest.mark.parametrize(
    ("host", "verified"), [("portal.localhost", True), ("other.localhost", False), ("127.0.0.1", True)]
)
def test_verification_is_recorded(
    host: str, verified: bool, certificate: Path, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls._trusted.cache_clear()
    tls._why_not_verified.cache_clear()

    async def ask() -> None:
        context = server_context(certificate)
        async with world.serving(["ask", HI, "hold"], tls=context) as server, world.client() as client:
            exchange = await client.fetch(server.url(host=host, scheme="https"))
        assert (exchange.status, exchange.tls.verified) == (200, verified)
        assert (exchange.tls.why is None) is verified
        if not verified:
            assert "does not name other.localhost" in exchange.tls.why

    try:
        world.run(ask())
    finally:
        tls._trusted.cache_clear()
        tls._why_not_verified.cache_clear()


def test_no_tls_where_it_is_expected(world: Any) -> None:
    async def ask() -> None:
        async with world.serving([b"HTTP/1.1 400 Bad Request\r\n\r\n", "hold"]) as server, world.client() as client:
            exchange = await client.fetch(server.url(scheme="https"))
        assert (exchange.error, exchange.request, exchange.ip) == (ErrorCode.TLS, b"", "127.0.0.1")
        assert exchange.detail

    world.run(ask())


def test_a_peer_that_goes_during_the_handshake(world: Any) -> None:
    async def ask() -> None:
        async with world.serving([]) as server, world.client() as client:
            assert (await client.fetch(server.url(scheme="https"))).error is ErrorCode.TLS

    world.run(ask())


def test_a_handshake_that_takes_too_long(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["hold"]) as server, world.client(tls=0.1) as client:
            assert (await client.fetch(server.url(scheme="https"))).error is ErrorCode.TLS_TIMEOUT

    world.run(ask())


def test_a_close_without_goodbye_ends_the_body(certificate: Path, world: Any) -> None:
    answer = b"HTTP/1.0 200 OK\r\n\r\nto the close"

    async def ask() -> None:
        async with world.serving(["ask", answer], tls=server_context(certificate)) as server, world.client() as client:
            exchange = await client.fetch(server.url(scheme="https"))
        assert (exchange.response.read(), exchange.truncated) == (answer, None)

    world.run(ask())
