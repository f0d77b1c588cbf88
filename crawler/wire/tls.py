"""TLS as an archive needs it: any version and cipher this OpenSSL still speaks, facts recorded, nothing enforced."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Sequence
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Protocol, cast

from cryptography import x509
from OpenSSL import crypto
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address

from crawler.wire.exchange import TlsFacts

# named by the ssl module from Python 3.12 on
_LEGACY_SERVER_CONNECT = 0x4

MAX_CHAIN = 16


class _RawCertificate(Protocol):
    def public_bytes(self, encoding: int, /) -> bytes: ...


def client_context() -> ssl.SSLContext:
    """A context that shakes hands with anyone: TLS 1.0 on, weak keys and ciphers, no check of the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.options |= _LEGACY_SERVER_CONNECT
    # a peer that closes without close_notify ends the stream; how much of the message came is the parser's to say
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def tls_facts(connection: ssl.SSLObject, host: str) -> TlsFacts:
    """What the finished handshake with `host` (a name or an address literal) showed. Never raises."""
    cipher = connection.cipher()
    chain = _chain(connection)
    why = _why_not_verified(chain, host)
    return TlsFacts(
        version=connection.version() or "unknown",
        cipher=cipher[0] if cipher else "unknown",
        verified=why is None,
        why=why,
        chain=chain,
    )


def _chain(connection: ssl.SSLObject) -> tuple[bytes, ...]:
    public = getattr(connection, "get_unverified_chain", None)
    if public is not None:  # Python 3.13
        return tuple(cast("Sequence[bytes]", public()))[:MAX_CHAIN]
    raw = getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    if raw is not None:  # Python 3.10 to 3.12 have it inside only
        certificates = cast("Sequence[_RawCertificate]", raw() or ())
        return tuple(ssl.PEM_cert_to_DER_cert(_pem(each)) for each in certificates[:MAX_CHAIN])
    own = connection.getpeercert(binary_form=True)
    return (own,) if own else ()


def _pem(certificate: _RawCertificate) -> str:
    return cast(str, certificate.public_bytes(1))


@cache
def _trusted() -> crypto.X509Store:
    store = crypto.X509Store()
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath:
        store.load_locations(paths.cafile, paths.capath)
    return store


@lru_cache(maxsize=256)
def _why_not_verified(chain: tuple[bytes, ...], host: str) -> str | None:
    if not chain:
        return "no certificate"
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        own, *others = [crypto.X509.from_cryptography(certificate) for certificate in certificates]
        crypto.X509StoreContext(_trusted(), own, others).verify_certificate()
        _check_host(certificates[0], host)
    except crypto.X509StoreContextError as error:
        return str(error)
    except (VerificationError, CertificateError) as error:
        return f"certificate does not name {host}: {error!r}"
    except (ValueError, crypto.Error) as error:
        return f"certificate cannot be read: {error}"
    return None


def _check_host(certificate: x509.Certificate, host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        verify_certificate_hostname(certificate, host)
    else:
        verify_certificate_ip_address(certificate, host)
