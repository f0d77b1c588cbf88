"""Which addresses may be connected to, and what a host's name leads to.

A portal's page may name any host, and any host's name may lead into the crawling machine's own network. So
every address is checked after resolution and the connection goes to the address that was checked (no second
look-up that could answer otherwise). Addresses that carry an IPv4 address are judged by that one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""A host's name to its addresses as text, best first. Raises `OSError` where there are none."""

MAX_CACHED_NAMES = 4096

_LOOPBACK = ("127.0.0.1", "::1")
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_TEREDO = IPv6Network("2001::/32")
_ISATAP_MARKS = (0x0000_5EFE, 0x0200_5EFE)


class ForbiddenAddress(Exception):
    """A host all of whose addresses (given as text) are outside what may be reached."""

    def __init__(self, host: str, addresses: Sequence[str]) -> None:
        super().__init__(f"{host} leads to {', '.join(addresses)}, which the job's network.allow does not name")
        self.host = host
        self.addresses = tuple(addresses)


def judged_by(address: Address) -> tuple[Address, ...]:
    """The addresses by which `address` is judged: those it carries inside (RFC 4291, 3056, 4380, 5214, 6052).

    >>> judged_by(IPv6Address("2002:7f00:1::"))
    (IPv4Address('127.0.0.1'),)
    >>> judged_by(IPv6Address("2001:4860::1"))
    (IPv6Address('2001:4860::1'),)
    """
    if isinstance(address, IPv4Address):
        return (address,)
    low = int(address) & 0xFFFF_FFFF
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64 or (address in _COMPATIBLE and low > 0xFFFF):
        return (IPv4Address(low),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address in _TEREDO and address.teredo is not None:
        return address.teredo
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP_MARKS:
        return (address, IPv4Address(low))
    return (address,)


def is_allowed(address: Address, allow: Iterable[Network] = ()) -> bool:
    """Whether `address` may be connected to: global unicast, or in one of the networks of `allow`.

    >>> is_allowed(IPv6Address("::ffff:10.0.0.1")), is_allowed(IPv4Address("10.0.0.1"), [IPv4Network("10.0.0.0/8")])
    (False, True)
    """
    networks = tuple(allow)
    return all(
        _is_global_unicast(judged) or any(judged in network for network in networks) for judged in judged_by(address)
    )


def _is_global_unicast(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST_6:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def system_resolver(host: str) -> Sequence[str]:
    """The system's own look-up. Raises `OSError` (`socket.gaierror`) or `UnicodeError` for a name that cannot be."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class AddressBook:
    """Resolves hosts, checks each address, and remembers for a minute what it found."""

    def __init__(self, allow: Iterable[Network], resolver: Resolver = system_resolver, ttl: float = 60.0) -> None:
        self._allow = tuple(allow)
        self._resolver = resolver
        self._ttl = ttl
        self._known: dict[str, tuple[float, tuple[Address, ...]]] = {}

    def allowed(self, address: Address) -> bool:
        return is_allowed(address, self._allow)

    async def look_up(self, host: str) -> tuple[Address, ...]:
        """The addresses of `host` (a name, or a literal without brackets) that may be connected to, best first.

        Raises `OSError` or `UnicodeError` where there is none at all, `ForbiddenAddress` where none is allowed.
        """
        now = asyncio.get_running_loop().time()
        expires, addresses = self._known.get(host, (now, ()))
        if expires <= now:
            addresses = await self._resolve(host)
            if len(self._known) >= MAX_CACHED_NAMES:
                self._known.clear()
            self._known[host] = (now + self._ttl, addresses)
        return addresses

    async def _resolve(self, host: str) -> tuple[Address, ...]:
        name = host.rstrip(".").lower()
        if (literal := _literal(host)) is not None:
            found: list[Address] = [literal]
        else:
            local = name == "localhost" or name.endswith(".localhost")
            texts = _LOOPBACK if local else await self._resolver(host)
            found = [ipaddress.ip_address(text) for text in texts]
        if not found:
            raise OSError(f"{host} has no address")
        allowed = tuple(address for address in found if self.allowed(address))
        if not allowed:
            raise ForbiddenAddress(host, [str(address) for address in found])
        return allowed


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
