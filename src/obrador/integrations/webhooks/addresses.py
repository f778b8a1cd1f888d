"""Which addresses of receivers are refused, and why. Pure.

A receiver's address is chosen by who subscribes, and asked by this machine: without a check it
would open whatever this machine reaches and the subscriber does not.
"""

import re
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
"""Where a network translates: such an address is as public as the one within."""
_SHARED = ip_network("100.64.0.0/10")
_OPEN_PORTS = 1024
"""From here on no port belongs to a service of the system."""


def refused_url(url: str, *, allow_private: bool) -> str | None:
    """Why a receiver cannot be at this address, as far as that can be told without asking for its
    name; None: it can.

    Args:
        allow_private: also addresses inside this network, and http.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        return f"is no address such as https://shop.example/hooks: {error}"
    rules = {
        "must start with https://, so that nobody reads what is sent on its way": (
            parsed.scheme == "https" or (allow_private and parsed.scheme == "http")
        ),
        "names no host, such as https://shop.example/hooks": (
            re.fullmatch(r"[a-z0-9_.:-]+", host_of(parsed)) is not None
        ),
        f"has a port that there is not: {parsed.port}": 0 < (parsed.port or 443) < 65536,
        "must not hold a name and password: deliveries are signed instead": not parsed.userinfo,
        "must not have a part after #, which is never sent": not parsed.fragment,
    }
    broken = next((rule for rule, holds in rules.items() if not holds), None)
    return broken if broken or allow_private else _refused_place(parsed)


def host_of(url: httpx.URL) -> str:
    """The host as it is asked for: `xn--caf-dma.example` of `café.example`."""
    return url.raw_host.decode("ascii").lower()


def _refused_place(url: httpx.URL) -> str | None:
    host = host_of(url).rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return f"{host} is this machine itself"
    if (literal := _literal(host)) and (why := refused_address(literal)):
        return why
    port = url.port or 443
    if port != 443 and port < _OPEN_PORTS:
        return f"port {port} is not one of a receiver; use 443, or one from {_OPEN_PORTS} on"
    return None


def refused_address(address: Address) -> str | None:
    """Why nothing is sent to an address; None: it is a public one."""
    for each in _meant(address):
        kind = _kind(each)
        if kind is not None:
            return f"{address} is {kind}"
    return None


def _kind(address: Address) -> str | None:
    kinds = {
        "an address of this machine itself (loopback)": address.is_loopback,
        "link-local, where machines keep their credentials (metadata)": address.is_link_local,
        "no address at all (unspecified)": address.is_unspecified,
        "an address of many (multicast)": address.is_multicast,
        "shared within a provider's network (100.64.0.0/10)": (
            address.version == 4 and address in _SHARED
        ),
        "inside a private network": address.is_private
        or (isinstance(address, IPv6Address) and address.is_site_local),
        "reserved": address.is_reserved or not address.is_global,
    }
    return next((kind for kind, applies in kinds.items() if applies), None)


def _meant(address: Address) -> Iterator[Address]:
    """The addresses that one leads to: IPv4 ones within it, and itself."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            yield IPv4Address(int(address) & 0xFFFFFFFF)
            return
        if address.ipv4_mapped:
            yield address.ipv4_mapped
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield from address.teredo
    yield address


def _literal(host: str) -> Address | None:
    """The address that a host is, also as 127.1 or 2130706433, which systems take for one."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
