"""URLs that are asked, refused, and shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.outbound.errors import BadAddress, BadUrl
from telecine.outbound.url import Url, shown


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("http://example.com", "example.com", 80, "/"),
        ("HTTPS://Example.COM/a/b.mp4?x=1&y=%20#part", "example.com", 443, "/a/b.mp4?x=1&y=%20"),
        ("http://example.com:8080?only=query", "example.com", 8080, "/?only=query"),
        ("http://127.0.0.1:7700/film.mp4", "127.0.0.1", 7700, "/film.mp4"),
        ("http://[2001:DB8::1]:81/", "2001:db8::1", 81, "/"),
        ("http://bücher.example/é.mp4", "xn--bcher-kva.example", 80, "/%C3%A9.mp4"),
        ("http://my_host.example./x", "my_host.example.", 80, "/x"),
        ('http://example.com/a"b|c{d}', "example.com", 80, "/a%22b%7Cc%7Bd%7D"),
        ("http://example.com/a//../b;v=1,2", "example.com", 80, "/a//../b;v=1,2"),
    ],
)
def test_parts(text: str, host: str, port: int, target: str) -> None:
    """Host, port and target as they are asked for."""
    url = Url.parse(text)
    assert (url.host, url.port, url.target) == (host, port, target)
    assert Url.parse(str(url)) == url


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com/a b.mp4",
        "http://example.com/\r\nX-Evil: 1",
        "http://example.com/\tfilm.mp4",
        "http://exa\\mple.com/",
        "http://example.com/\ud800",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "example.com/film.mp4",
        "",
    ],
)
def test_what_is_malformed(text: str) -> None:
    """Nobody is asked; what is wrong is said without the URL."""
    with pytest.raises(BadUrl) as caught:
        Url.parse(text)
    assert not isinstance(caught.value, BadAddress)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "http:///film.mp4",
        "http://:80/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:http/",
        "http://exa$mple.com/",
        "http://-example.com/",
        "http://example..com/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://[zz::1]/",
        f"http://{'a' * 64}.example/",
        "http://" + "a." * 130 + "example/",
    ],
)
def test_what_has_no_host(text: str) -> None:
    """The server's address is what is wrong."""
    with pytest.raises(BadAddress):
        Url.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://example.com/film.mp4", "http://example.com/film.mp4"),
        ("https://b.example/f.mp4?X-Amz-Signature=abc&b=/c", "https://b.example/f.mp4?REMOVED=true"),
        ("https://example.com/f.mp4#t=?x", "https://example.com/f.mp4"),
        ("https://user:secret@example.com:81/f.mp4", "https://example.com:81/f.mp4"),
        ("HTTP://example.com?x", "HTTP://example.com?REMOVED=true"),
        ("s3://bucket/what?is=this", "s3://bucket/what?is=this"),
        ("nonsense", "nonsense"),
    ],
)
def test_what_is_shown_has_no_query(text: str, expected: str) -> None:
    """A presigned URL's signature is in its query."""
    assert shown(text) == expected


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_an_error_of_ours(text: str) -> None:
    """And what is a URL can be sent in a request line."""
    for candidate in (text, f"http://{text}", f"https://example.com/{text}", f"http://example.com?{text}"):
        try:
            url = Url.parse(candidate)
        except BadUrl:
            continue
        assert str(url).isascii()
        assert not set(str(url)) & set(" \r\n\t\\")
        assert 0 < url.port < 65536
