"""Redirects of inputs at web servers: one, by 301 or 302, decided on as if the job had named where it leads."""

import pytest

from engine.web_bench import DATA, Bench, a_web
from telecine.services.mediaconvert.model import InputPolicy
from web_server import Certified, Film, Handler, answer, serving


def redirected(*hops: str, status: int = 302, film: Film | None = None) -> Handler:
    """`/film.mp4` leads to the first hop, that to the second, …; the last is the film."""
    chain = dict(zip(("/film.mp4", *hops), hops, strict=False))
    film = film or Film(DATA)
    return lambda request: answer(status, location=chain[request.target]) if request.target in chain else film(request)


def redirect_error(url: str) -> tuple[int, str]:
    more = "https://docs.aws.amazon.com/mediaconvert/latest/ug/upload-input-files.html#http-input-requirements"
    text = f"MediaConvert can't follow redirects when accessing your input: {url}."
    return 3453, f"3453: {text} For information about HTTP(S) input requirements, see {more}."


@pytest.mark.parametrize("status", [301, 302])
def test_one_redirect_is_followed(bench: Bench, status: int) -> None:
    """301 or 302 by Location; the ranges are read where it leads."""
    with serving(redirected("/there.mp4?x=y", status=status)) as server:
        assert bench.fetch(server.url()) == [DATA]
    assert [request.target for request in server.requests] == ["/film.mp4", "/there.mp4?x=y", "/there.mp4?x=y"]


@pytest.mark.parametrize("status", [300, 303, 304, 307, 308])
def test_other_redirects_are_not(bench: Bench, status: int) -> None:
    """The guide names two."""
    with serving(redirected("/there.mp4", status=status)) as server:
        assert bench.error(server.url()) == redirect_error(server.url())


@pytest.mark.parametrize("location", [None, "", "ftp://films.example/f", "http://user@films.example/f", "//[/"])
def test_redirects_that_lead_nowhere(bench: Bench, location: str | None) -> None:
    """Without a Location that is a URL."""
    with serving(lambda _request: answer(302, location=location)) as server:
        assert bench.error(server.url()) == redirect_error(server.url())


def test_two_redirects_are_not_followed(bench: Bench) -> None:
    """You can redirect only once, says the guide."""
    with serving(redirected("/there", "/yonder")) as server:
        assert bench.error(server.url()) == redirect_error(server.url())
    assert "/yonder" not in {request.target for request in server.requests}


def test_a_redirect_to_a_forbidden_address(bench: Bench) -> None:
    """Each hop is decided on."""
    with serving(lambda _request: answer(302, location="http://169.254.169.254/latest/meta-data/")) as server:
        text = f"3456: HTTP server address '169.254.169.254' for URL '{server.url()}' is invalid."
        assert bench.error(server.url()) == (3456, text)


def test_a_redirect_to_a_bad_certificate(bench: Bench) -> None:
    """Each hop is verified."""
    own = Certified.make("films.example")
    with (
        serving(Film(DATA), own.listening("films.example", addresses=())) as behind,
        serving(lambda _request: answer(302, location=behind.url(host="films.example"))) as server,
    ):
        assert bench.fetch(server.url(), web=a_web(trusted=own.trusted())) == [DATA]
        assert bench.error(server.url())[0] == 3455


def test_a_redirect_from_https_to_http(bench: Bench) -> None:
    """Who asked for https did not ask for half of it."""
    own = Certified.make("films.example")
    with (
        serving(Film(DATA)) as behind,
        serving(lambda _request: answer(302, location=behind.url()), own.listening("films.example")) as server,
    ):
        url = server.url(host="films.example")
        assert bench.error(url, a_web(trusted=own.trusted())) == redirect_error(url)
    assert not behind.requests


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (InputPolicy(http=False), 3457),
        (InputPolicy(), 3453),
        (InputPolicy(s3=False), 3453),
    ],
)
def test_a_redirect_to_http_against_the_policy(bench: Bench, policy: InputPolicy, code: int) -> None:
    """An account that forbids inputs by http hears so, before we say that we do not follow such redirects anyway."""
    own = Certified.make("films.example")
    with (
        serving(Film(DATA)) as behind,
        serving(lambda _request: answer(302, location=behind.url()), own.listening("films.example")) as server,
    ):
        url = server.url(host="films.example")
        assert bench.error(url, a_web(trusted=own.trusted()), policy)[0] == code
    assert not behind.requests


def test_a_redirect_to_https_against_the_policy(bench: Bench) -> None:
    """3457, and nobody is asked; where https is allowed the redirect is followed."""
    own = Certified.make("films.example")
    with (
        serving(Film(DATA), own.listening("films.example")) as behind,
        serving(lambda _request: answer(301, location=behind.url(host="films.example"))) as server,
    ):
        web = a_web(trusted=own.trusted())
        text = "You specified an input location that your policy disallows."
        more = "Specify an allowed input location and resubmit your job."
        assert bench.error(server.url(), web, InputPolicy(https=False)) == (3457, f"3457: {text} {more}")
        assert not behind.requests
        assert bench.fetch(server.url(), web=web, policy=InputPolicy(s3=False)) == [DATA]


def test_an_address_against_the_policy_is_not_asked(bench: Bench) -> None:
    """The policy may be another one than when the job was submitted."""
    with serving(Film(DATA)) as server:
        assert bench.error(server.url(), policy=InputPolicy(http=False))[0] == 3457
    assert not server.requests
