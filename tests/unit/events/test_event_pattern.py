"""EventBridge's pattern language: what matches, and what is refused in which words."""

import json
from typing import Any

import pytest

from telecine.events.pattern import EventPattern, InvalidEventPattern

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "MediaConvert Job State Change",
    "source": "aws.mediaconvert",
    "account": "111122223333",
    "time": "2030-03-01T12:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:mediaconvert:us-east-1:111122223333:jobs/1", "arn:other"],
    "detail": {
        "status": "COMPLETE",
        "errorCode": 1040,
        "share": 99.5,
        "isLate": False,
        "note": None,
        "empty": "",
        "address": "10.0.0.33",
        "address6": "2001:db8::1",
        "userMetadata": {"Customer": "Anna", "star": "a*b", "path": "dir/film.PNG"},
        "outputGroupDetails": [
            {"type": "FILE_GROUP", "outputDetails": [{"durationInMs": 5000, "codec": "AVC"}]},
            {"type": "HLS_GROUP", "outputDetails": [{"durationInMs": 7000, "codec": "HEVC"}, {"durationInMs": 100}]},
        ],
        "tags": [["x", "y"], ["z"]],
        "nothing": [],
    },
}


def _matches(pattern: Any) -> bool:
    return EventPattern(json.dumps(pattern)).matches(EVENT)


def _detail(name: str, *values: Any) -> dict[str, Any]:
    return {"detail": {name: list(values)}}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.mediaconvert"]},
        {"source": ["aws.ec2", "aws.mediaconvert"], "detail": {"status": ["ERROR", "COMPLETE"]}},
        {"resources": ["arn:other"]},
        _detail("errorCode", 1040),
        _detail("errorCode", 1040.0),
        _detail("isLate", False),
        _detail("note", None),
        _detail("empty", ""),
        {"time": [{"prefix": "2030-03-01"}]},
        {"time": [{"prefix": ""}]},
        {"source": [{"prefix": {"equals-ignore-case": "AWS."}}]},
        {"source": [{"suffix": "convert"}]},
        {"source": [{"suffix": {"equals-ignore-case": "CONVERT"}}]},
        {"source": [{"equals-ignore-case": "AWS.MediaConvert"}]},
        {"source": [{"wildcard": "aws.*"}]},
        {"source": [{"wildcard": "*media*"}]},
        {"source": [{"wildcard": "*"}]},
        {"source": [{"wildcard": "aws.mediaconvert"}]},
        {"detail": {"userMetadata": {"star": [{"wildcard": "a\\*b"}]}}},
        {"detail": {"userMetadata": {"path": [{"wildcard": "dir/*.PNG"}]}}},
        _detail("status", {"anything-but": "ERROR"}),
        _detail("status", {"anything-but": ["ERROR", "CANCELED"]}),
        _detail("errorCode", {"anything-but": 1010}),
        _detail("errorCode", {"anything-but": [1010, 1020]}),
        _detail("errorCode", {"anything-but": "1040"}),
        _detail("note", {"anything-but": "x"}),
        _detail("status", {"anything-but": {"prefix": "ERR"}}),
        _detail("status", {"anything-but": {"prefix": ["ERR", "CAN"]}}),
        _detail("status", {"anything-but": {"suffix": "OR"}}),
        _detail("status", {"anything-but": {"equals-ignore-case": ["error", "canceled"]}}),
        _detail("status", {"anything-but": {"wildcard": "*ERR*"}}),
        _detail("errorCode", {"anything-but": {"prefix": "1040"}}),
        {"resources": [{"anything-but": "arn:other"}]},
        _detail("errorCode", {"numeric": ["=", 1040]}),
        _detail("errorCode", {"numeric": [">", 1039]}),
        _detail("errorCode", {"numeric": [">=", 1040]}),
        _detail("errorCode", {"numeric": ["<", 1041]}),
        _detail("errorCode", {"numeric": ["<=", 1040]}),
        _detail("share", {"numeric": [">", 0, "<=", 99.5]}),
        _detail("status", {"exists": True}),
        _detail("note", {"exists": True}),
        _detail("warnings", {"exists": False}),
        _detail("userMetadata", {"exists": False}),
        _detail("nothing", {"exists": False}),
        {"detail": {"a": {"b": {"c": [{"exists": False}]}}}},
        _detail("warnings", {"exists": False}, "x"),
        _detail("address", {"cidr": "10.0.0.0/24"}),
        _detail("address", {"cidr": "10.0.0.33/32"}),
        _detail("address6", {"cidr": "2001:db8::/32"}),
        _detail("tags", "z"),
        {"detail": {"outputGroupDetails": {"type": ["HLS_GROUP"], "outputDetails": {"codec": ["HEVC"]}}}},
        {"$or": [{"source": ["aws.s3"]}, {"detail": {"status": ["COMPLETE"]}}]},
        {"source": ["aws.mediaconvert"], "detail": {"$or": [{"status": ["ERROR"]}, {"share": [99.5]}]}},
        {"$or": [{"source": ["x"]}, {"account": ["111122223333"], "$or": [{"id": ["y"]}, {"version": ["0"]}]}]},
    ],
    ids=json.dumps,
)
def test_a_pattern_that_matches(pattern: Any) -> None:
    """Each operator of the user guide, on a value that it holds for."""
    assert _matches(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2"]},
        {"source": ["aws.mediaconvert"], "detail": {"status": ["ERROR"]}},
        {"source": ["AWS.mediaconvert"]},
        {"other": ["x"]},
        {"source": {"inner": ["x"]}},
        {"detail": ["x"]},
        _detail("errorCode", "1040"),
        _detail("isLate", 0),
        _detail("isLate", None),
        _detail("note", ""),
        _detail("note", "null"),
        _detail("empty", None),
        _detail("errorCode", {"prefix": "10"}),
        _detail("errorCode", {"wildcard": "*"}),
        _detail("errorCode", {"suffix": "40"}),
        {"source": [{"prefix": "mediaconvert"}]},
        {"source": [{"wildcard": "aws*aws*"}]},
        {"source": [{"wildcard": "*.media"}]},
        {"detail": {"userMetadata": {"path": [{"wildcard": "a\\*b"}]}}},
        _detail("status", {"anything-but": "COMPLETE"}),
        _detail("status", {"anything-but": ["ERROR", "COMPLETE"]}),
        _detail("errorCode", {"anything-but": [1040.0]}),
        _detail("status", {"anything-but": {"prefix": "COM"}}),
        _detail("status", {"anything-but": {"suffix": ["X", "ETE"]}}),
        _detail("status", {"anything-but": {"equals-ignore-case": "complete"}}),
        _detail("status", {"anything-but": {"wildcard": ["*x*", "C*E"]}}),
        _detail("missing", {"anything-but": "x"}),
        _detail("nothing", {"anything-but": "x"}),
        _detail("errorCode", {"numeric": [">", 1040]}),
        _detail("errorCode", {"numeric": [">", 0, "<", 1040]}),
        _detail("status", {"numeric": [">", 0]}),
        _detail("isLate", {"numeric": ["=", 0]}),
        _detail("status", {"exists": False}),
        _detail("note", {"exists": False}),
        _detail("missing", {"exists": True}),
        _detail("userMetadata", {"exists": True}),
        _detail("nothing", {"exists": True}),
        _detail("address", {"cidr": "10.0.1.0/24"}),
        _detail("address", {"cidr": "::/0"}),
        _detail("status", {"cidr": "0.0.0.0/0"}),
        {"detail": {"outputGroupDetails": {"type": ["FILE_GROUP"], "outputDetails": {"codec": ["HEVC"]}}}},
        {"detail": {"outputGroupDetails": {"outputDetails": {"durationInMs": [100], "codec": ["HEVC"]}}}},
        {"detail": {"outputGroupDetails": {"type": ["FILE_GROUP"], "outputDetails": {"x": [{"exists": True}]}}}},
        {"detail": {"outputGroupDetails": {"outputDetails": {"durationInMs": [100], "codec": [{"exists": False}]}}}},
        {"$or": [{"source": ["aws.s3"]}, {"detail": {"status": ["ERROR"]}}]},
    ],
    ids=json.dumps,
)
def test_a_pattern_that_does_not_match(pattern: Any) -> None:
    """Near misses: another type, another case, another element of the same array, a value that is not there."""
    assert not _matches(pattern)


def test_numbers_beyond_the_limit_are_in_no_range() -> None:
    """Numeric matching ends at five billion either way; equality does not."""
    event = {"timestamp": 1893499200000}
    assert not EventPattern('{"timestamp": [{"numeric": [">", 0]}]}').matches(event)
    assert EventPattern('{"timestamp": [1893499200000]}').matches(event)


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        # The three that public reports show with their place
        ('{"source": ["aws.health"], "detail": {}}', "Empty objects are not allowed", (1, 40)),
        ('{"source":["a"],"detail":{"x":"A"}}', '"x" must be an object or an array', (1, 32)),
        ('{"key": [{"wildcard": "abc**def"}]}', "Consecutive wildcard characters at pos 4", (1, 33)),
        ("[]", "Filter is not an object", (1, 2)),
        ("{}", "Empty objects are not allowed", (1, 3)),
        ('{"a": []}', "Empty arrays are not allowed", (1, 9)),
        ('{"a": [[1]]}', "Match value must be String, number, true, false, or null", (1, 9)),
        ('{\n  "a": [1],\n  "b": 2}', '"b" must be an object or an array', (3, 9)),
        ('{"a": [{}]}', "Match expression name not found", (1, 10)),
        ('{"a": [{"like": "x"}]}', "Unrecognized match type like", (1, 18)),
        ('{"a": [{"prefix": 1}]}', "prefix match pattern must be a string", (1, 20)),
        ('{"a": [{"suffix": null}]}', "suffix match pattern must be a string", (1, 23)),
        ('{"a": [{"prefix": {"wildcard": "x"}}]}', "Unsupported prefix pattern: wildcard", (1, 33)),
        ('{"a": [{"suffix": {}}]}', "Suffix expression name not found", (1, 21)),
        ('{"a": [{"prefix": "x", "suffix": "y"}]}', "Only one key allowed in match expression", (1, 35)),
        ('{"a": [{"exists": "yes"}]}', "exists match pattern must be either true or false.", (1, 20)),
        ('{"a": [{"wildcard": "a\\\\b"}]}', "Invalid escape character at pos 2", (1, 27)),
        ('{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required", (1, 27)),
        ('{"a": [{"cidr": "10.0.0.0/x"}]}', "Malformed CIDR, mask bits must be an integer", (1, 29)),
        ('{"a": [{"cidr": "10.0.0.0/++1"}]}', "Malformed CIDR, mask bits must be an integer", (1, 31)),
        ('{"a": [{"cidr": "10.0.0.0/-1"}]}', "Malformed CIDR, mask bits must not be negative", (1, 30)),
        ('{"a": [{"cidr": "host/8"}]}', "Nonstandard IP address: host", (1, 25)),
        ('{"a": [{"cidr": "10.0.0.0/33"}]}', "IPv4 mask bits must be <= 32", (1, 30)),
        ('{"a": [{"numeric": 5}]}', "Value of numeric must be an array.", (1, 21)),
        ('{"a": [{"numeric": []}]}', "Invalid member in numeric match: ]", (1, 22)),
        ('{"a": [{"numeric": ["~", 5]}]}', "Unrecognized numeric range operator: ~", (1, 24)),
        ('{"a": [{"numeric": ["=", "5"]}]}', "Value of equals must be numeric", (1, 27)),
        ('{"a": [{"numeric": [">"]}]}', "Value of > must be numeric", (1, 24)),
        ('{"a": [{"numeric": ["=", 5, 6]}]}', "Too many elements in numeric expression", (1, 30)),
        ('{"a": [{"numeric": [">", 5, ">", 6]}]}', "Bad numeric range operator: >", (1, 32)),
        ('{"a": [{"numeric": [">", 5, "<", 6, "<", 7]}]}', "Too many terms in numeric range expression", (1, 38)),
        ('{"a": [{"numeric": [">", 5, "<", 5]}]}', "Bottom must be less than top", (1, 36)),
        ('{"a": [{"numeric": [">", 6e9]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive", (1, 30)),
        (
            '{"a": [{"anything-but": null}]}',
            "Value of anything-but must be an array or single string/number value.",
            (1, 29),
        ),
        (
            '{"a": [{"anything-but": ["x", 1]}]}',
            "Inside anything but list, either all values are number or string, mixed type is not supported",
            (1, 33),
        ),
        (
            '{"a": [{"anything-but": [true]}]}',
            "Inside anything but list, start|null|boolean is not supported.",
            (1, 30),
        ),
        ('{"a": [{"anything-but": {"cidr": "x"}}]}', "Unsupported anything-but pattern: cidr", (1, 35)),
        ('{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed", (1, 38)),
        ('{"$or": {"a": [1]}}', "It must be an Array followed with $or.", (1, 10)),
        ('{"$or": [{"a": [1]}]}', "There must have at least 2 Objects in $or relationship.", (1, 21)),
        ('{"$or": [{"a": [1]}, 2]}', "Only JSON object is allowed in array of $or relationship.", (1, 23)),
        (
            '{"$or": [{"numeric": [1]}, {"a": [1]}]}',
            "numeric is Ruler reserved fieldName which cannot be used inside $or.",
            (1, 23),
        ),
        ('{"a": [1], "a": [2]}', "Path `a` cannot be allowed multiple times", (1, 20)),
        ('{"a": [1], "$or": [{"b": [1]}, {"a": [2]}]}', "Path `a` cannot be allowed multiple times", (1, 41)),
        ('{"a": ["x",]}', "Invalid JSON", (1, 12)),
        ('{"a" ["x"]}', "Invalid JSON", (1, 6)),
        ('{"a": ["x]}', "Invalid JSON", (1, 8)),
        ("", "Invalid JSON", (1, 1)),
        ('{"a": [1]} {}', "Invalid JSON", (1, 12)),
        ('{"a": [NaN]}', "Invalid JSON", (1, 8)),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_place(text: str, reason: str, place: tuple[int, int]) -> None:
    """In PutRule's words, with the line and the column up to which the text had been read."""
    with pytest.raises(InvalidEventPattern) as refused:
        EventPattern(text)
    line, column = place
    assert str(refused.value) == (
        f'Event pattern is not valid. Reason: {reason}\n at [Source: (String)"{text}"; line: {line}, column: {column}]'
    )


def test_a_pattern_has_a_size_and_a_depth() -> None:
    """A text over the limit is refused before it is read, and one that is nested too deeply where it becomes so."""
    with pytest.raises(InvalidEventPattern, match="It has 4097 characters; the limit is 4096"):
        EventPattern('{"a": ["' + "x" * 4086 + '"]}')
    with pytest.raises(InvalidEventPattern, match="It is nested deeper than 64 levels"):
        EventPattern('{"a":' * 600 + "[1]" + "}" * 600)


def test_a_long_pattern_is_quoted_in_part() -> None:
    """As AWS's parser does it: 500 characters."""
    with pytest.raises(InvalidEventPattern) as refused:
        EventPattern('{"a": "' + "x" * 600 + '"}')
    assert '"[truncated 109 chars]; line: 1, column: 8]' in str(refused.value)


def test_a_wildcard_that_would_ruin_a_backtracking_matcher() -> None:
    """Many stars on a long text that almost fits are decided at once."""
    pattern = EventPattern(json.dumps({"a": [{"wildcard": "*a" * 1000 + "*b"}]}))
    assert not pattern.matches({"a": "a" * 100_000})


def test_the_patterns_of_mediaconverts_guide() -> None:
    """The eight sample patterns, one for each occasion, each match their occasion alone."""
    occasions = [
        *("PROGRESSING", "INPUT_INFORMATION", "STATUS_UPDATE", "COMPLETE"),
        *("ERROR", "CANCELED", "NEW_WARNING", "QUEUE_HOP"),
    ]
    for occasion in occasions:
        pattern = EventPattern(
            json.dumps(
                {
                    "source": ["aws.mediaconvert"],
                    "detail-type": ["MediaConvert Job State Change"],
                    "detail": {"status": [occasion]},
                }
            )
        )
        assert [status for status in occasions if pattern.matches({**EVENT, "detail": {"status": status}})] == [
            occasion
        ]
