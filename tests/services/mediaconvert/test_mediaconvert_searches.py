"""Jobs by what they are made from and of: SearchJobs and queries of jobs, through boto3."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.services.mediaconvert.lifecycle.searches import Searches
from telecine.services.mediaconvert.model import MAX_QUERIES, JobStatus
from telecine.services.mediaconvert.store import searches as store

World = Any
Door = Any
"""The fixtures of conftest.py."""


def _settings(*inputs: str, video: str = "H_264", audio: str = "AAC") -> dict[str, Any]:
    output = {
        "VideoDescription": {"CodecSettings": {"Codec": video}},
        "AudioDescriptions": [{"CodecSettings": {"Codec": audio}}] * 2,
    }
    return {"Inputs": [{"FileInput": one} for one in inputs], "OutputGroups": [{"Outputs": [output]}]}


def _refusal(call: Any, **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


@pytest.fixture
def films(world: World) -> dict[str, str]:
    """Five jobs, in this order of submission: their ids by what they are."""
    world.queue("rush")
    given: Mapping[str, dict[str, Any]] = {
        "trailer": {"settings": _settings("s3://films/in/Trailer_v1.mov", audio="AC3")},
        "film": {"settings": _settings("s3://films/in/film.mp4", "s3://films/in/credits.mp4")},
        "again": {"settings": _settings("s3://films/in/film.mp4", video="H_265"), "queue": "rush"},
        "web": {"settings": _settings("https://cdn.example.com/film.mp4?v=1"), "job_engine_version": "2020-01-31"},
        "sound": {"settings": _settings("s3://films/in/song.wav", "s3://films/in/song.wav"), "queue": "rush"},
    }
    found = {}
    for name, changes in given.items():
        found[name] = world.submit(**changes).id
        world.clock.advance(1)
    world.lifecycle.cancel(world.account, found["again"])
    return found


def _names(films: dict[str, str], jobs: list[dict[str, Any]]) -> list[str]:
    by_id = {job_id: name for name, job_id in films.items()}
    return [by_id[job["Id"]] for job in jobs]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["sound", "web", "again", "film", "trailer"]),
        ({"InputFile": "s3://films/in/film.mp4"}, ["again", "film"]),
        ({"InputFile": "s3://films/in/film.mp4", "Order": "ASCENDING"}, ["film", "again"]),
        ({"InputFile": "s3://films/in/film.mp4", "Queue": "rush"}, ["again"]),
        ({"InputFile": "s3://films/in/film.mp4", "Status": "SUBMITTED"}, ["film"]),
        ({"InputFile": "s3://films/in/film.mp4", "Status": "SUBMITTED", "Queue": "rush"}, []),
        ({"InputFile": "s3://films/in/"}, []),
        ({"InputFile": "film.mp4"}, ["web", "again", "film"]),
        ({"InputFile": "film.mp4", "Order": "ASCENDING"}, ["film", "again", "web"]),
        ({"InputFile": "film.mp4", "Status": "CANCELED"}, ["again"]),
        ({"InputFile": "edit"}, ["film"]),
        ({"InputFile": "Trailer"}, ["trailer"]),
        ({"InputFile": "trailer"}, []),
        ({"InputFile": "so%"}, []),
        ({"InputFile": "song"}, ["sound"]),
        ({"InputFile": "film.mp4", "Queue": "Default"}, ["web", "film"]),
        ({"InputFile": "film.mp4", "Queue": "nowhere"}, []),
        ({"InputFile": "film.mp4", "Queue": "arn:aws:mediaconvert:us-east-1:999999999999:queues/Default"}, []),
        ({"Queue": "rush", "Order": "ASCENDING"}, ["again", "sound"]),
    ],
    ids=str,
)
def test_jobs_are_found_by_input_queue_and_status(
    client: Any, films: dict[str, str], asked: dict[str, str], names: list[str]
) -> None:
    """A whole address is that input and no other; anything else is a part of one, capital and small as it is there."""
    assert _names(films, client.search_jobs(**asked)["Jobs"]) == names


@pytest.mark.parametrize("text", ["film.mp4", "s3://films/in/film.mp4"])
@pytest.mark.parametrize("order", ["ASCENDING", "DESCENDING"])
def test_a_search_goes_on_page_by_page(client: Any, films: dict[str, str], text: str, order: str) -> None:
    """Pages of one job add up to the same as one page; a token is good for its own search alone."""
    whole = client.search_jobs(InputFile=text, Order=order)["Jobs"]
    pages = list(client.get_paginator("search_jobs").paginate(InputFile=text, Order=order, MaxResults=1))

    assert [job["Id"] for page in pages for job in page["Jobs"]] == [job["Id"] for job in whole]
    token = client.search_jobs(InputFile=text, Order=order, MaxResults=1)["NextToken"]
    for other in ({"InputFile": "film", "Order": order}, {"InputFile": text, "Order": order, "Status": "SUBMITTED"}):
        assert _refusal(client.search_jobs, NextToken=token, **other)[:2] == (400, "BadRequestException")


def test_a_request_looks_through_a_bounded_number_of_jobs(client: Any, world: World, films: dict[str, str]) -> None:
    """Then it answers with what it has found, be it nothing, and with where to go on."""
    world.lifecycle.searches._window = 2
    pages = list(client.get_paginator("search_jobs").paginate(InputFile="Trailer"))

    assert [_names(films, page["Jobs"]) for page in pages] == [[], [], ["trailer"]]
    pages = list(client.get_paginator("search_jobs").paginate(InputFile="film."))
    assert [_names(films, page["Jobs"]) for page in pages] == [["web"], ["again", "film"], []]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"InputFile": "x" * 301}, "/inputFile: Should have at most 300 characters"),
        ({"MaxResults": 0}, "/maxResults: Should be greater than or equal to 1"),
        ({"MaxResults": 21}, "/maxResults: Should be less than or equal to 20"),
        ({"NextToken": "x"}, "/nextToken: The token does not belong to this listing."),
        ({"InputFile": "x", "NextToken": "x"}, "/nextToken: The token does not belong to this listing."),
        (
            {"Order": "UP"},
            '/order: Should be equal to one of the allowed values in ["ASCENDING","DESCENDING"]',
        ),
    ],
    ids=str,
)
def test_searches_that_cannot_be(client: Any, asked: dict[str, Any], message: str) -> None:
    """400 with the parameter's path."""
    assert _refusal(client.search_jobs, **asked) == (400, "BadRequestException", message)


def _results(client: Any, filters: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """What a query comes to, however often it must be asked."""
    answer = client.start_jobs_query(FilterList=filters, **members)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    for results in _polls(client, answer["Id"]):
        if results["Status"] == "COMPLETE":
            return results
        assert (results["Status"], results["Jobs"]) == ("PROGRESSING", [])
    raise AssertionError("it never ends")


def _polls(client: Any, query_id: str) -> Iterator[dict[str, Any]]:
    for _ in range(20):
        yield client.get_jobs_query_results(Id=query_id)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["sound", "web", "again", "film", "trailer"]),
        ({"queue": ["rush"]}, ["sound", "again"]),
        ({"queue": ["arn:aws:mediaconvert:us-east-1:111122223333:queues/rush"]}, ["sound", "again"]),
        ({"queue": ["arn:aws:mediaconvert:us-east-1:999999999999:queues/rush"]}, []),
        ({"status": ["CANCELED"]}, ["again"]),
        ({"status": ["CANCELED", "COMPLETE"]}, ["again"]),
        ({"fileInput": ["s3://films/in/film.mp4"]}, ["again", "film"]),
        ({"fileInput": ["film.mp4"]}, ["web", "again", "film"]),
        ({"fileInput": ["Trailer", "song"]}, ["sound", "trailer"]),
        ({"audioCodec": ["AC3"]}, ["trailer"]),
        ({"videoCodec": ["H_265"]}, ["again"]),
        ({"videoCodec": ["H_265", "H_264"], "audioCodec": ["OPUS"]}, ["sound", "web", "again", "film", "trailer"]),
        ({"jobEngineVersionRequested": ["2020-01-31"]}, ["web"]),
        ({"jobEngineVersionUsed": ["2020-01-31"]}, []),
        ({"errorCode": ["1010"]}, []),
        ({"audioCodec": ["AC3"], "fileInput": ["song"]}, ["sound", "trailer"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("window", [1, 2, 1000])
def test_a_query_finds_jobs_that_meet_any_filter(
    client: Any, world: World, films: dict[str, str], filters: dict[str, list[str]], names: list[str], window: int
) -> None:
    """Filters and their values are joined by "or", whether it takes one look or many."""
    world.lifecycle.searches._window = window
    given = [{"Key": key, "Values": values} for key, values in filters.items()]

    assert _names(films, _results(client, given)["Jobs"]) == names
    assert _names(films, _results(client, given, Order="ASCENDING")["Jobs"]) == names[::-1]
    found: list[str] = []
    token: dict[str, str] = {}
    for _ in range(len(names) + 1):
        page = _results(client, given, MaxResults=1, **token)
        found += _names(films, page["Jobs"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == names


def test_failed_jobs_are_found_by_their_error(client: Any, world: World, films: dict[str, str]) -> None:
    """By the code that the job shows."""
    claim = world.claim()
    world.lifecycle.fail(claim, 1010, "no media")

    assert [job["Id"] for job in _results(client, [{"Key": "errorCode", "Values": ["1010"]}])["Jobs"]] == [claim.job_id]
    assert _results(client, [{"Key": "errorCode", "Values": ["1011"]}])["Jobs"] == []


def test_a_query_shows_jobs_as_they_are_now(client: Any, world: World, films: dict[str, str]) -> None:
    """Which they are is settled once it is COMPLETE; a job that came later is not among them."""
    query = client.start_jobs_query(FilterList=[{"Key": "queue", "Values": ["rush"]}])["Id"]
    assert client.get_jobs_query_results(Id=query)["Status"] == "COMPLETE"
    world.lifecycle.cancel(world.account, films["sound"])
    world.submit(queue="rush")

    jobs = client.get_jobs_query_results(Id=query)["Jobs"]
    assert [job["Id"] for job in jobs] == [films["sound"], films["again"]]
    assert {job["Status"] for job in jobs} == {"CANCELED"}


def test_a_token_of_a_query_is_good_for_the_same_query_alone(client: Any, films: dict[str, str]) -> None:
    """Other filters, another order: 400."""
    filters = [{"Key": "queue", "Values": ["rush"]}]
    token = _results(client, filters, MaxResults=1)["NextToken"]

    for other in ({"FilterList": filters, "Order": "ASCENDING"}, {}):
        assert _refusal(client.start_jobs_query, NextToken=token, **other)[:2] == (400, "BadRequestException")


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ([{"Values": ["x"]}], "/filterList/0: key is a required property"),
        ([{"Key": "queue"}], "/filterList/0/values: Should have at least 1 items"),
        ([{"Key": "queue", "Values": [""]}], "/filterList/0/values/0: Should have at least 1 characters"),
        (
            [{"Key": "fileInput", "Values": ["a", "x" * 101]}],
            "/filterList/0/values/1: Should have at most 100 characters",
        ),
        ([{"Key": "errorCode", "Values": ["many"]}], "/filterList/0/values/0: Should be an error code such as 1010"),
        (
            [{"Key": "jobEngineVersionUsed", "Values": ["new"]}],
            "/filterList/0/values/0: Should be a job engine version such as 2025-01-31",
        ),
        (
            [{"Key": "status", "Values": ["DONE"]}],
            "/filterList/0/values/0: Should be equal to one of the allowed values in "
            "[CANCELED, COMPLETE, ERROR, PROGRESSING, SUBMITTED]",
        ),
        ([{"Key": "queue", "Values": ["q"] * 101}], "/filterList: Should have at most 100 values in all"),
    ],
)
def test_filters_that_cannot_be(client: Any, filters: list[dict[str, Any]], message: str) -> None:
    """400 with the filter's path."""
    assert _refusal(client.start_jobs_query, FilterList=filters) == (400, "BadRequestException", message)


def test_queries_are_kept_for_a_day(client: Any, world: World, films: dict[str, str]) -> None:
    """Then they are gone, and make room for others."""
    first = client.start_jobs_query()["Id"]
    world.clock.advance(timedelta(days=1).total_seconds() + 1)

    gone = (404, "NotFoundException", f"The jobs query {first} does not exist.")
    assert _refusal(client.get_jobs_query_results, Id=first) == gone
    assert _refusal(client.get_jobs_query_results, Id="never")[:2] == (404, "NotFoundException")
    client.start_jobs_query()
    with world.database.read() as connection:
        assert store.count_queries(connection, world.account) == 1


def test_an_account_has_a_limited_number_of_queries(client: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them in a day are refused with 429."""
    assert MAX_QUERIES == 1000
    monkeypatch.setattr("telecine.services.mediaconvert.lifecycle.searches.MAX_QUERIES", 2)
    for _ in range(2):
        client.start_jobs_query()

    assert _refusal(client.start_jobs_query)[:2] == (429, "TooManyRequestsException")


def test_nobody_sees_queries_and_jobs_of_another_account(world: World, films: dict[str, str]) -> None:
    """The same question of another account finds nothing."""
    searches: Searches = world.lifecycle.searches
    assert films
    other = "999999999999"
    query = searches.start(world.account, (), order="DESCENDING", limit=20, token=None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="NotFoundException"):
        searches.results(other, query)  # type: ignore[arg-type]
    mine = searches.start(other, (), order="DESCENDING", limit=20, token=None)  # type: ignore[arg-type]
    assert searches.results(other, mine).jobs == []  # type: ignore[arg-type]


def test_search_needs_the_queue_that_is_asked_for(client: Any, door: Door) -> None:
    """As ListJobs: the queue's ARN, or everything."""
    client.search_jobs(Queue="rush", Status=JobStatus.ERROR)
    assert [(need.action, need.resource) for need in door.needs] == [
        ("mediaconvert:SearchJobs", "arn:aws:mediaconvert:us-east-1:111122223333:queues/rush")
    ]
    client.search_jobs(InputFile="x")
    assert [(need.action, need.resource) for need in door.needs] == [("mediaconvert:SearchJobs", "*")]
