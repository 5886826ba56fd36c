"""Tells addresses of the open internet from those of the house, the host and the cloud."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import SOCK_STREAM

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From host name and port to IP addresses as text, none twice; OSError if there are none."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_CLOUD_HOSTS = frozenset({ip_address("168.63.129.16")})
"""Addresses from public ranges that a cloud answers inside its own machines."""


async def resolve_host(host: str, port: int) -> list[str]:
    """The system's resolver, off the event loop."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host!r} is no host name") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether `address` is one machine on the open internet; raises ValueError for a non-address.

    Private, loopback, link-local, multicast, reserved and unspecified addresses are not, nor is
    an IPv6 address that carries one of them.
    """
    ip = _inner(ip_address(address))
    if ip in _CLOUD_HOSTS or ip.is_multicast or not ip.is_global:
        return False
    return isinstance(ip, IPv4Address) or ip in _GLOBAL_UNICAST


def _inner(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
