"""From an origin to an open connection. What the system raises on the way is mapped here, once, to an `ErrorCode`."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from crawler.wire.addresses import Address, AddressBook, ForbiddenAddress
from crawler.wire.connection import Peer, WireConnection
from crawler.wire.exchange import ErrorCode
from crawler.wire.pool import Origin
from crawler.wire.tls import client_context, tls_facts

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


class DialFailure(Exception):
    """No connection came about: why, the system's words, and the address tried last, if any."""

    def __init__(self, code: ErrorCode, detail: str, ip: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.ip = ip


@dataclass(frozen=True, slots=True)
class DialTimes:
    """Seconds for looking up and connecting, and for the TLS handshake."""

    connect: float
    tls: float


class Dialer:
    """Opens connections to checked addresses only, one address after the other."""

    def __init__(self, book: AddressBook, times: DialTimes, protocol: Callable[[], WireConnection]) -> None:
        self._book = book
        self._times = times
        self._protocol = protocol
        self._tls = client_context()

    async def dial(self, origin: Origin, total: float) -> WireConnection:
        """A fresh connection to `origin` within `total` seconds. Raises `DialFailure`."""
        scheme, host, port = origin
        loop = asyncio.get_running_loop()
        end = loop.time() + min(self._times.connect, total)
        addresses = await self._look_up(host, end - loop.time())
        failure: DialFailure | None = None
        for number, address in enumerate(addresses):
            patience = max(end - loop.time(), 0.0) / (len(addresses) - number)
            try:
                opened = await self._connect(address, port, patience)
                try:
                    return await self._converse(opened, scheme, host, Peer(str(address), port, _local(opened)))
                except BaseException:
                    opened.close()
                    raise
            except DialFailure as error:
                failure = error
        assert failure is not None
        raise failure

    async def _look_up(self, host: str, patience: float) -> tuple[Address, ...]:
        try:
            async with asyncio.timeout(patience):
                return await self._book.look_up(host)
        except ForbiddenAddress as error:
            raise DialFailure(ErrorCode.ADDRESS_FORBIDDEN, str(error), error.addresses[0]) from None
        except TimeoutError:
            raise DialFailure(ErrorCode.DNS, f"no answer within {patience:g} s") from None
        except (OSError, UnicodeError, ValueError) as error:
            raise DialFailure(ErrorCode.DNS, str(error)) from None

    async def _connect(self, address: Address, port: int, patience: float) -> socket.socket:
        ip = str(address)
        opened: socket.socket | None = None
        try:
            opened = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
            opened.setblocking(False)
            async with asyncio.timeout(patience):
                await asyncio.get_running_loop().sock_connect(opened, (ip, port))
            peer = ipaddress.ip_address(opened.getpeername()[0])
            if peer != address:
                raise DialFailure(ErrorCode.ADDRESS_FORBIDDEN, f"connected to {peer} instead of {ip}", str(peer))
        except TimeoutError as error:
            _close(opened)
            raise DialFailure(ErrorCode.CONNECT_TIMEOUT, str(error) or f"no answer within {patience:g} s", ip) from None
        except OSError as error:
            _close(opened)
            raise DialFailure(_connect_code(error), str(error), ip) from None
        except BaseException:
            _close(opened)
            raise
        return opened

    async def _converse(self, opened: socket.socket, scheme: str, host: str, peer: Peer) -> WireConnection:
        """Puts the protocol, and TLS where the scheme asks for it, upon a connected socket."""
        loop = asyncio.get_running_loop()
        if scheme != "https":
            _, connection = await loop.create_connection(self._protocol, sock=opened)
            connection.peer = peer
            return connection
        name = host.rstrip(".")
        try:
            async with asyncio.timeout(self._times.tls):
                transport, connection = await loop.create_connection(
                    self._protocol, sock=opened, ssl=self._tls, server_hostname=name
                )
        except TimeoutError:
            detail = f"no handshake within {self._times.tls:g} s"
            raise DialFailure(ErrorCode.TLS_TIMEOUT, detail, peer.ip) from None
        except (ssl.SSLError, OSError, ValueError) as error:
            raise DialFailure(ErrorCode.TLS, str(error) or type(error).__name__, peer.ip) from None
        facts = tls_facts(transport.get_extra_info("ssl_object"), name)
        connection.peer = Peer(peer.ip, peer.port, peer.local, facts)
        return connection


def _close(opened: socket.socket | None) -> None:
    if opened is not None:
        opened.close()


def _local(opened: socket.socket) -> tuple[str, int]:
    name = opened.getsockname()
    return str(name[0]), int(name[1])


def _connect_code(error: OSError) -> ErrorCode:
    if isinstance(error, ConnectionRefusedError):
        return ErrorCode.REFUSED
    return ErrorCode.UNREACHABLE if error.errno in _UNREACHABLE else ErrorCode.CONNECT_FAILED
