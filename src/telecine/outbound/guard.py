"""Which addresses our own requests may reach. Pure: names are resolved elsewhere, and each address is asked about here.

By default what is public may be reached, and nothing of this machine, its networks or the cloud it stands in, except
the listeners of this very server. An operator allows more with `--allow-address`. The networks are those of IANA's
registries of special-purpose addresses (RFC 6890, RFC 8190) and of multicast; a test holds them against Python's own
reading of the registries.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self

from telecine.core.errors import TelecineError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_RESERVED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),  # Linux takes 0.0.0.0 for this machine
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "the host of a machine at Azure"),  # public by its number, and reached from inside alone
        ("169.254.0.0/16", "link-local"),  # where clouds keep the credentials of their machines
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "kept for protocols"),
        ("192.0.2.0/24", "kept for documentation"),
        ("192.88.99.0/24", "a relay of 6to4"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "kept for benchmarks"),
        ("198.51.100.0/24", "kept for documentation"),
        ("203.0.113.0/24", "kept for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
"""All that is given out as global unicast. What is outside is loopback, local, multicast or nobody's."""

_RESERVED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("2001::/23", "kept for protocols"),  # Teredo, benchmarks, ORCHID: tunnels and what is not routed
        ("2001:db8::/32", "kept for documentation"),
        ("2002::/16", "a tunnel of 6to4"),  # the rest of the address says where it ends
        ("3fff::/20", "kept for documentation"),
    )
)
_KINDS_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    )
)
"""Words for what is outside of `_GLOBAL_V6`."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""Behind it is the IPv4 address in the last four bytes (RFC 6052); networks without IPv4 have no other way to it."""

_ISATAP = {0x00005EFE, 0x02005EFE}
"""A tunnel to the IPv4 address in the last four bytes, under any prefix (RFC 5214)."""

_WEB_PORTS = {80, 443}
_FIRST_PLAIN_PORT = 1024


class NoNetwork(TelecineError):
    """What the operator allows is no block of addresses."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AllowedAddresses:
    """What may be reached beside the public internet."""

    networks: tuple[Network, ...] = ()
    """Blocks that the operator allows, on every port."""
    listeners: frozenset[tuple[Address, int]] = frozenset()
    """This server's own listeners: address and port."""

    @classmethod
    def of(cls, blocks: Iterable[str], listeners: Iterable[tuple[str, int]] = ()) -> Self:
        """From blocks as `--allow-address` takes them, and listeners as `(address, port)`.

        A listener on all addresses of the machine is one on its loopback addresses here; one that is named by a
        host's name is none, since that name may lead elsewhere tomorrow. Raises `NoNetwork`.
        """
        own = ((address, port) for host, port in listeners for address in _of_this_machine(host))
        return cls(networks=tuple(parse_network(block) for block in blocks), listeners=frozenset(own))

    def refusal(self, address: Address, port: int) -> str | None:
        """Why this address must not be reached on this port, as `a private address`; None when it may be."""
        address = _plain(address)
        if (address, port) in self.listeners:
            return None
        if any(address in network for network in self.networks if network.version == address.version):
            return None
        kind = _reserved(address)
        if kind is not None:
            return f"an address that is {kind}"
        if port < _FIRST_PLAIN_PORT and port not in _WEB_PORTS:
            return "a port of another protocol"
        return None


def parse_network(text: str) -> Network:
    """`10.0.0.0/8`, `fd00::/8`, or one address. Raises `NoNetwork`, whose text says what would be right."""
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError as problem:
        raise NoNetwork(f"{text} is no block of addresses such as 10.0.0.0/8, fd00::/8 or 192.168.1.20") from problem
    raise NoNetwork(f"{text} has bits behind its prefix: write {meant}, or the address without a prefix")


def parse_address(text: str) -> Address:
    """An address as resolvers give it, without the zone that a link-local one may have. Raises `ValueError`."""
    return ip_address(text.partition("%")[0])


def _plain(address: Address) -> Address:
    """The IPv4 address that the system connects to for an IPv6 address that wraps one."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _reserved(address: Address) -> str | None:
    """What an address is that is not public; None for one that is."""
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _RESERVED_V4 if address in network), None)
    if address in _NAT64:
        return _reserved(_last_four(address))
    if address not in _GLOBAL_V6:
        return next((kind for network, kind in _KINDS_V6 if address in network), "reserved")
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return "a tunnel into a private network"
    return next((kind for network, kind in _RESERVED_V6 if address in network), None)


def _last_four(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _of_this_machine(host: str) -> tuple[Address, ...]:
    if host == "localhost":
        return (IPv4Address("127.0.0.1"), IPv6Address("::1"))
    try:
        address = parse_address(host)
    except ValueError:
        return ()
    if not address.is_unspecified:
        return (_plain(address),)
    # a listener on :: takes IPv4, too
    both = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
    return both if address.version == 6 else both[:1]
