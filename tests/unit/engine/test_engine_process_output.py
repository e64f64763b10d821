"""What comes out of a tool: ffmpeg's progress lines and captured text."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from telecine.engine.tools.process import Capture, Ending, Finished, ProgressReader, ToolProgress

TEXT = b"""frame=24
fps=11.80
stream_0_0_q=29.0
bitrate=N/A
total_size=48
out_time_us=1000000
out_time=00:00:01.000000
dup_frames=0
speed=0.49x
progress=continue
frame=48
out_time_us=N/A
speed=N/A
progress=end
"""
REPORTS = [ToolProgress(frame=24, seconds=1.0, speed=0.49), ToolProgress(frame=48, is_end=True)]


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_reports_do_not_depend_on_how_the_pipe_cuts_them(cuts: list[int]) -> None:
    """However the bytes come in, the same reports come out."""
    reports: list[ToolProgress] = []
    reader = ProgressReader(reports.append)
    edges = [0, *sorted(cuts), len(TEXT)]
    for start, end in itertools.pairwise(edges):
        reader.feed(TEXT[start:end])
    assert reports == REPORTS


@given(st.binary(max_size=4000))
def test_garbage_is_no_progress(data: bytes) -> None:
    """A tool that writes anything at all cannot break its reader."""
    reader = ProgressReader(lambda report: None)
    reader.feed(data)
    reader.feed(b"\n" + data)


def test_only_new_positions_count_as_advance() -> None:
    """The same report again is what a stalled tool writes."""
    reader = ProgressReader(lambda report: None)
    reader.feed(b"frame=1\nout_time_us=5\nprogress=continue\n")
    first = reader.advance
    reader.feed(b"frame=1\nout_time_us=5\nprogress=continue\n")
    assert reader.advance == first
    reader.feed(b"frame=2\nout_time_us=9\nprogress=continue\n")
    assert reader.advance > first


def test_capture_keeps_all_or_says_that_it_did_not() -> None:
    """Output over the limit is not kept in part: half a probe would be a wrong probe."""
    capture = Capture(limit=4)
    capture.feed(b"ab")
    capture.feed(b"cd")
    assert (capture.text(), capture.is_cut) == ("abcd", False)
    capture.feed(b"e")
    assert (capture.text(), capture.is_cut) == ("", True)


def test_an_ending_in_one_line() -> None:
    """The log says what happened, the exit code and the last words."""
    finished = Finished(ending=Ending.DISK_FULL, status=228, errors=("first", "no room"))
    assert str(finished) == "there is no space left (exit code 228): no room"
