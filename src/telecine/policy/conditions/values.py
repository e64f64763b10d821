"""The types of condition values: what a text means as a number, a moment, an address.

Each reader takes the text of a policy or of a request and returns a value that can be compared, or None for a text
that is none of its type.
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from telecine.policy.memory import remembered

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)
_DATE = re.compile(r"[+-]?\d{4}[\d:.,WTZtz +-]*", re.ASCII)
_LONGEST = 64
"""Signs of a number, a date or an address worth remembering."""
_KEPT = 4096
"""So many readings are remembered: each value of a request is asked for by many statements."""

Address = tuple[int, int]
"""The version of an IP address (4 or 6) and its bits as an integer."""


@remembered(entries=_KEPT, longest=_LONGEST)
def number(text: str) -> Decimal | None:
    """A whole or decimal number; exact, so that `0.1` is 0.1 and ids beyond 2^53 stay apart."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@remembered(entries=_KEPT, longest=_LONGEST)
def moment(text: str) -> Decimal | None:
    """Seconds since 1970 of a W3C date (`2026`, `2026-01`, `2026-01-31`, `2026-01-31T12:00:00+02:00`) or of a number.

    Four digits are a year, any other number is epoch seconds. A time without an offset is taken as UTC.
    """
    month = _MONTH.fullmatch(text)
    try:
        if month:
            return _seconds(datetime(int(month[1]), int(month[2] or 1), 1, tzinfo=UTC))
        if _NUMBER.fullmatch(text):
            return Decimal(text)
        if not _DATE.fullmatch(text):
            return None
        parsed = datetime.fromisoformat(text)
        return _seconds(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _seconds(when: datetime) -> Decimal:
    since = when - datetime(1970, 1, 1, tzinfo=UTC)
    return Decimal(since.days * 86400 + since.seconds) + Decimal(since.microseconds) / 1_000_000


def truth(text: str) -> str | None:
    """`true` or `false`, written in any case."""
    lowered = text.lower()
    return lowered if lowered in ("true", "false") else None


def octets(text: str) -> bytes | None:
    """The bytes of a base64 text."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


@remembered(entries=_KEPT, longest=_LONGEST)
def address(text: str) -> Address | None:
    """An IP address by value: `2001:DB8:0:0::1` equals `2001:db8::1`. An IPv4 address mapped into IPv6 is IPv4."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.version, int(found)


class Network:
    """A range of addresses; a single address is a range of one."""

    __slots__ = ("bits", "mask", "version")

    def __init__(self, network: IPv4Network | IPv6Network) -> None:
        self.version = network.version
        self.bits = int(network.network_address)
        self.mask = int(network.netmask)

    def __contains__(self, found: Address) -> bool:
        version, bits = found
        return version == self.version and bits & self.mask == self.bits


def network(text: str) -> Network | None:
    """The range that `203.0.113.0/24`, `2001:db8::/32` or a single address names; bits after the prefix are ignored."""
    address_text, slash, prefix = text.partition("/")
    if slash and not (prefix.isascii() and prefix.isdigit()):
        return None  # a netmask (`/255.0.0.0`) is no CIDR, though Python reads one
    try:
        return Network(ip_network((address_text, int(prefix)) if slash else address_text, strict=False))
    except ValueError:
        return None
