"""Which addresses may be connected to."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.wire.addresses import AddressBook, ForbiddenAddress, is_allowed

PUBLIC = [
    "1.1.1.1",
    "202.112.0.36",
    "2001:da8::1",
    "2400:3200::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]

INSIDE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.5",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:a00:1::",
    "2001:0:808:808:0:0:f5ff:fffe",
    "2001:db8::1",
    "2001:4860::5efe:10.0.0.1",
    "2001:4860::200:5efe:10.0.0.1",
    "100::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "4000::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_global_unicast_may_be_reached(address: str) -> None:
    assert is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", INSIDE)
def test_everything_else_may_not(address: str) -> None:
    assert not is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("address", "network", "allowed"),
    [
        ("10.3.1.1", "10.3.0.0/16", True),
        ("10.4.1.1", "10.3.0.0/16", False),
        ("::ffff:10.3.1.1", "10.3.0.0/16", True),
        ("2002:a03:101::", "10.3.0.0/16", True),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "10.0.0.0/8", False),
        ("::ffff:127.0.0.1", "::/0", False),
    ],
)
def test_networks_of_the_job(address: str, network: str, allowed: bool) -> None:
    assert is_allowed(ipaddress.ip_address(address), [ipaddress.ip_network(network)]) is allowed


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_wrapping(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    wrappings = [0xFFFF << 32 | number, 0x64_FF9B << 96 | number, 0x2002 << 112 | number << 80]
    assert {is_allowed(ipaddress.IPv6Address(wrapping)) for wrapping in wrappings} == {is_allowed(address)}


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "0177.0.0.1"])
def test_old_spellings_of_an_address(host: str) -> None:
    with pytest.raises((ForbiddenAddress, OSError)):
        asyncio.run(AddressBook(()).look_up(host))


def test_forbidden_ones_are_left_out() -> None:
    async def resolver(_: str) -> Sequence[str]:
        return ["10.0.0.1", "1.1.1.1", "::1", "2001:da8::1"]

    found = asyncio.run(AddressBook((), resolver).look_up("mixed.example"))
    assert [str(address) for address in found] == ["1.1.1.1", "2001:da8::1"]
