"""Bodies: depth, hostile documents, headers that hold lists, streams."""

import json
import time
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.core.errors import ApiError
from telecine.wire import compiled, markup, routing
from telecine.wire.http import HttpRequest
from telecine.wire.protocols.codec import UnknownMember
from telecine.wire.protocols.json_shapes import depth_exceeds
from telecine.wire.protocols.places import join_list, safe, split_list
from telecine.wire.validate import HIDDEN, IllTyped, Rule

JOBS = HttpRequest(method="POST", raw_path="/2017-08-29/jobs", raw_query="", headers=())

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('[]{}"\\ab', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"\\', max_size=3), inner, max_size=3),
    max_leaves=20,
)


def _create_job(body: bytes) -> dict[str, object]:
    return compiled.operation("mediaconvert", "CreateJob").parse(JOBS, routing.route("mediaconvert", JOBS, body), body)


def _depth(value: object) -> int:
    if isinstance(value, (list, dict)):
        return 1 + max((_depth(item) for item in (value.values() if isinstance(value, dict) else value)), default=0)
    return 0


@given(values, st.integers(0, 8))
def test_depth_is_told_without_parsing(value: object, limit: int) -> None:
    """Brackets in strings and escaped quotes do not count; the answer is exact for every JSON text."""
    text = json.dumps(value).encode()
    assert depth_exceeds(text, limit) == (_depth(value) > limit)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 101 + b"1" + b"}" * 101,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"role": ' + b"[" * 200 + b"]" * 200 + b"}",
    ],
)
def test_deep_json_is_refused(body: bytes) -> None:
    """More than 100 levels are refused by name, before anything recurses."""
    with pytest.raises(ApiError, match="nested deeper than 100 levels"):
        _create_job(body)


def test_the_deepest_json_passes() -> None:
    """100 levels are read; what the model does not know of them is ignored."""
    assert _create_job(b'{"x": ' + b"[" * 99 + b"]" * 99 + b"}") == {}


@pytest.mark.parametrize(
    "body",
    [(b"[" * 99 + b"]" * 99 + b",") * 7_000, b'"' * 1_500_000, b"\\" * 1_500_000, b"{[" * 750_000, b"}" * 1_500_000],
)
def test_hostile_json_costs_little(body: bytes) -> None:
    """A megabyte and a half of brackets, quotes or backslashes is refused without much work."""
    started = time.process_time()
    with pytest.raises(ApiError):
        _create_job(body)
    assert time.process_time() - started < 20  # seconds of work: a blow-up, not a speed


@pytest.mark.parametrize("body", [b"\xff", b'"\xff"', b"\xfe\xff\x00{\x00}", b"1" * 5000, b"", b"{} {}", b"nul"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    """Other encodings, numbers of thousands of digits, trailing text: 400, never an internal error."""
    if not body:
        assert _create_job(body) == {}
        return
    with pytest.raises(ApiError) as caught:
        _create_job(body)
    assert caught.value.status == 400


def test_a_wrong_type_is_a_violation() -> None:
    """Services can word a wrong type as they word every violation."""
    with pytest.raises(IllTyped) as caught:
        _create_job(b'{"settings": {"outputGroups": [{}, {"outputs": [{"videoDescription": {"width": "720"}}]}]}}')
    (violation,) = caught.value.violations
    assert violation.path == ("settings", "outputGroups", 1, "outputs", 0, "videoDescription", "width")
    assert (violation.rule, violation.limit, violation.value) == (Rule.TYPE, "integer", "720")


def test_a_secret_of_the_wrong_type_is_hidden() -> None:
    """The value of a sensitive member is in no error."""
    request = HttpRequest(
        method="POST", raw_path="/", raw_query="", headers=(("x-amz-target", "TrentService.CreateCustomKeyStore"),)
    )
    route = routing.route("kms", request, None)
    with pytest.raises(IllTyped) as caught:
        compiled.operation("kms", route.operation).parse(request, route, b'{"KeyStorePassword": 12345}')
    assert caught.value.violations[0].value is HIDDEN
    assert "12345" not in caught.value.message


@pytest.mark.parametrize("depth", [10, 100_000])
def test_deep_xml_is_no_danger(depth: int) -> None:
    """Elements nested deeper than any model are ignored."""
    request = HttpRequest(method="POST", raw_path="/films", raw_query="delete", headers=())
    body = b"<Delete>" + b"<a>" * depth + b"</a>" * depth + b"</Delete>"
    params = compiled.operation("s3", "DeleteObjects").parse(request, routing.route("s3", request, None), body)
    assert params == {"Bucket": "films", "Delete": {}}


def test_xml_of_a_million_elements_is_refused() -> None:
    """Empty elements are the dearest: 8 MiB of them would keep the interpreter busy for seconds."""
    started = time.process_time()
    with pytest.raises(markup.MalformedXml, match="more than"):
        markup.parse(b"<Delete>" + b"<a/>" * 2_000_000 + b"</Delete>")
    assert time.process_time() - started < 20  # seconds of work: a blow-up, not a speed


@pytest.mark.parametrize("body", [rb'{"queue": "a\u0000"}', rb'{"\u0000": 1}', rb'{"queue": "\\\u0000"}'])
def test_json_with_nul_is_refused(body: bytes) -> None:
    """PostgreSQL cannot store it: better told now than as an internal error."""
    with pytest.raises(ApiError) as caught:
        _create_job(body)
    assert (caught.value.code, caught.value.status) == ("BadRequestException", 400)


def test_the_escape_of_nul_may_be_spelled() -> None:
    """A backslash and `u0000` are six letters."""
    assert _create_job(rb'{"queue": "\\u0000"}') == {"Queue": r"\u0000"}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40))
def test_escaped_text_comes_back(text: str) -> None:
    """Whatever XML can carry comes back from a parser as it was."""
    legal = (
        "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")
        .replace("\ufffe", "")
        .replace("\uffff", "")
    )
    assert (markup.parse(markup.element("a", legal).encode()).text or "") == legal


@given(st.lists(st.text('ab ,"\\', min_size=1, max_size=5).map(str.strip).filter(bool), max_size=4))
def test_header_lists_come_back(items: list[str]) -> None:
    """Items with commas, quotes and backslashes survive a header."""
    plain = [item for item in items if not item.startswith("\\") and "\\" not in item]
    assert split_list(join_list(plain)) == plain


@given(st.text(max_size=30))
def test_headers_hold_one_line_of_ascii(text: str) -> None:
    """No value can end a header and begin another."""
    try:
        written = safe(text)
    except UnicodeEncodeError:  # a lone surrogate cannot come this far: requests are decoded strictly
        return
    assert written.isascii()
    assert not set(written) & {"\r", "\n", "\x00"}


@dataclass
class _Source:
    length: int = 3
    blocks: list[bytes] = field(default_factory=lambda: [b"abc", b""])

    def read(self) -> bytes:
        return self.blocks.pop(0)

    def again(self) -> None:
        return None

    def close(self) -> None:
        pass


def test_streams_go_out_as_they_are() -> None:
    """A source becomes the answer's source; its own length counts, whatever the result says."""
    source = _Source()
    operation = compiled.operation("s3", "GetObject")
    response = operation.serialize({"Body": source, "ContentLength": 99, "ETag": '"e"'}, request_id="i")
    assert response.source is source
    assert response.body == b""
    assert [value for name, value in response.headers if name == "Content-Length"] == ["3"]
    assert dict(response.headers)["Content-Type"] == "binary/octet-stream"


def test_uploads_are_told_apart() -> None:
    """PutObject and UploadPart take blocks, and their body is no parameter; GetObject gives blocks."""
    flags = {
        name: (compiled.operation("s3", name).streams_in, compiled.operation("s3", name).streams_out)
        for name in ("PutObject", "UploadPart", "GetObject", "CopyObject", "PutBucketPolicy")
    }
    assert flags == {
        "PutObject": (True, False),
        "UploadPart": (True, False),
        "GetObject": (False, True),
        "CopyObject": (False, False),
        "PutBucketPolicy": (False, False),
    }
    request = HttpRequest(method="PUT", raw_path="/films/a", raw_query="", headers=())
    params = compiled.operation("s3", "PutObject").parse(request, routing.route("s3", request, None), b"abc")
    assert params == {"Bucket": "films", "Key": "a"}


@pytest.mark.parametrize(
    ("service", "operation"),
    [("iam", "GetUser"), ("kms", "ListKeys"), ("mediaconvert", "GetJob"), ("s3", "ListObjectsV2")],
)
def test_a_result_that_does_not_fit_the_model_is_noticed(service: str, operation: str) -> None:
    """A misspelled member of a result is our mistake, and is not dropped silently."""
    with pytest.raises(UnknownMember, match="Misspelled"):
        compiled.operation(service, operation).serialize({"Misspelled": 1}, request_id="i")
