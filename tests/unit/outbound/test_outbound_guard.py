"""Which addresses our own requests may reach."""

import ipaddress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from telecine.outbound.guard import AllowedAddresses, NoNetwork, parse_address, parse_network

NOTHING = AllowedAddresses()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("10.0.0.1", "private"),
        ("100.64.0.1", "shared by a carrier"),
        ("100.100.100.200", "shared by a carrier"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "the host of a machine at Azure"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "kept for protocols"),
        ("192.0.2.1", "kept for documentation"),
        ("192.88.99.1", "a relay of 6to4"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "kept for benchmarks"),
        ("198.51.100.1", "kept for documentation"),
        ("203.0.113.1", "kept for documentation"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::127.0.0.1", "reserved"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:a9fe:a9fe", "link-local"),
        ("64:ff9b::127.0.0.1", "loopback"),
        ("64:ff9b::169.254.169.254", "link-local"),
        ("64:ff9b:1::808:808", "reserved"),
        ("100::1", "reserved"),
        ("2001::1", "kept for protocols"),
        ("2001:20::1", "kept for protocols"),
        ("2001:db8::1", "kept for documentation"),
        ("2002:7f00:1::", "a tunnel of 6to4"),
        ("2002:808:808::", "a tunnel of 6to4"),
        ("2606:4700::5efe:10.0.0.1", "a tunnel into a private network"),
        ("2606:4700::200:5efe:10.0.0.1", "a tunnel into a private network"),
        ("3fff::1", "kept for documentation"),
        ("4000::1", "reserved"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
    ],
)
def test_what_is_not_public_is_refused(text: str, kind: str) -> None:
    """By what it is, in every guise: mapped, translated, tunnelled."""
    assert NOTHING.refusal(parse_address(text), 443) == f"an address that is {kind}"


@pytest.mark.parametrize(
    "text",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "223.255.255.255",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "2606:4700:4700::1111",
        "2a00:1450:4001::200e",
    ],
)
@pytest.mark.parametrize("port", [80, 443, 1024, 8080, 65535])
def test_what_is_public_may_be_reached(text: str, port: int) -> None:
    """Next to every block that is refused."""
    assert NOTHING.refusal(parse_address(text), port) is None


@pytest.mark.parametrize("port", [1, 21, 22, 25, 81, 143, 445, 587, 993, 1023])
def test_ports_of_other_protocols_are_refused(port: int) -> None:
    """A request must not become a mail."""
    assert NOTHING.refusal(parse_address("1.1.1.1"), port) == "a port of another protocol"


@pytest.mark.parametrize(
    ("block", "inside", "outside"),
    [
        ("127.0.0.1/32", "127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "::ffff:127.0.0.1", "::1"),
        ("10.20.0.0/16", "10.20.255.255", "10.21.0.0"),
        ("0.0.0.0/0", "192.168.0.1", "fd00::1"),
        ("fd00::/8", "fd12:3456::1", "fc00::1"),
        ("::1/128", "::1", "127.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "64:ff9b::10.0.0.1"),
    ],
)
def test_an_operator_allows_blocks(block: str, inside: str, outside: str) -> None:
    """On every port; what is beside them is refused as before."""
    allowed = AllowedAddresses.of([block])
    assert allowed.refusal(parse_address(inside), 25) is None
    assert allowed.refusal(parse_address(outside), 443) is not None


@pytest.mark.parametrize(
    ("listener", "reached"),
    [
        ("127.0.0.1", ["127.0.0.1", "::ffff:127.0.0.1"]),
        ("localhost", ["127.0.0.1", "::ffff:127.0.0.1", "::1"]),
        ("0.0.0.0", ["127.0.0.1", "::ffff:127.0.0.1"]),
        ("::", ["127.0.0.1", "::ffff:127.0.0.1", "::1"]),
        ("192.168.7.7", ["192.168.7.7"]),
        ("files.example", []),
    ],
)
def test_our_own_listeners_may_be_reached(listener: str, reached: list[str]) -> None:
    """At their address and their port, and nothing beside them."""
    allowed = AllowedAddresses.of([], [(listener, 7700)])
    candidates = ["127.0.0.1", "::ffff:127.0.0.1", "::1", "192.168.7.7", "0.0.0.0"]
    assert [text for text in candidates if allowed.refusal(parse_address(text), 7700) is None] == reached
    assert all(allowed.refusal(parse_address(text), 7702) for text in candidates)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("10.0.0.1/8", "write 10.0.0.0/8, or the address"),
        ("10.0.0.0/33", "is no block of addresses such as 10.0.0.0/8"),
        ("internal.example", "is no block of addresses"),
        ("", "is no block of addresses"),
        ("10.0.0.0-10.0.0.9", "is no block of addresses"),
    ],
)
def test_what_is_no_block_says_what_would_be(text: str, advice: str) -> None:
    """The operator reads it."""
    with pytest.raises(NoNetwork, match=advice):
        parse_network(text)


V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)


@given(V4)
def test_no_ipv4_address_that_python_calls_special_is_public(address: ipaddress.IPv4Address) -> None:
    """Two readings of IANA's registries agree: ours refuses what the standard library's does, and multicast."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert NOTHING.refusal(address, 443) is not None


@given(V6)
def test_no_ipv6_address_that_python_calls_special_is_public(address: ipaddress.IPv6Address) -> None:
    """The same, but for addresses that are translated to IPv4."""
    assume(address.ipv4_mapped is None and address not in ipaddress.ip_network("64:ff9b::/96"))
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_site_local:
        assert NOTHING.refusal(address, 443) is not None


@given(V4, st.integers(1, 65535))
def test_an_ipv4_address_in_ipv6_is_decided_on_as_itself(address: ipaddress.IPv4Address, port: int) -> None:
    """Whether the system unwraps it or a translator does."""
    expected = NOTHING.refusal(address, port)
    assert NOTHING.refusal(ipaddress.IPv6Address(f"::ffff:{address}"), port) == expected
    assert NOTHING.refusal(ipaddress.IPv6Address(f"64:ff9b::{address}"), port) == expected


@given(V4 | V6, V4 | V6, st.integers(0, 128), st.integers(1, 65535))
def test_a_block_allows_its_own_addresses_and_no_others(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    base: ipaddress.IPv4Address | ipaddress.IPv6Address,
    bits: int,
    port: int,
) -> None:
    """Whatever else is there to allow."""
    block = ipaddress.ip_network(f"{base}/{min(bits, base.max_prefixlen)}", strict=False)
    allowed = AllowedAddresses.of([str(block)])
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain in block:
        assert allowed.refusal(address, port) is None
    else:
        assert allowed.refusal(address, port) == NOTHING.refusal(address, port)
