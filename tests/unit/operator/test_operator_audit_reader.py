"""Reading the audit log backwards: every whole line once, from all processes, the newest first."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from telecine.core.errors import ApiError
from telecine.core.names import AccountId
from telecine.core.pages import PageTokens
from telecine.services.operator import audit
from telecine.services.operator.audit import AuditPages, AuditReader, Page

ACCOUNT = AccountId("111122223333")
PAGES = PageTokens(b"p" * 32)

Write = Callable[..., None]


def line(second: int, name: str, account: str = ACCOUNT, day: str = "2030-03-01") -> str:
    time = f"{day}T12:{second // 60:02}:{second % 60:02}Z"
    return json.dumps({"eventTime": time, "requestID": name, "recipientAccountId": account}, separators=(",", ":"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of the log: the process, when it was begun, its lines."""

    def writer(process: str, begun: int, *lines: str, day: str = "2030-03-01", tail: str = "") -> None:
        name = f"{day}.{day.replace('-', '')}T1200{begun:02}000000Z.{process}.jsonl"
        (tmp_path / name).write_text("".join(f"{one}\n" for one in lines) + tail)

    return writer


def names(page: Page) -> list[str]:
    return [record["requestID"] for record in page.records]


def whole(reader: AuditPages, *, size: int, request_id: str | None = None) -> list[str]:
    """The names of all pages."""
    found: list[str] = []
    token: str | None = None
    for _ in range(50):
        page = reader.page(ACCOUNT, request_id=request_id, size=size, token=token)
        found += names(page)
        token = page.next_token
        if token is None:
            return found
    raise AssertionError("the listing does not end")


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_the_processes_are_read_side_by_side(tmp_path: Path, write: Write, size: int) -> None:
    """By their time, over as many files and pages as it takes."""
    write("api", 0, line(1, "a"), line(2, "b"))
    write("api", 3, line(3, "c"), line(6, "f"))
    write("worker", 0, line(4, "d"), line(5, "e"))
    write("worker", 9)

    assert whole(AuditPages(tmp_path, PAGES), size=size) == ["f", "e", "d", "c", "b", "a"]


def test_what_comes_later_does_not_move_pages(tmp_path: Path, write: Write) -> None:
    """Records and files that are written between two pages are not shown by the second."""
    write("api", 0, line(1, "a"), line(2, "b"))
    reader = AuditPages(tmp_path, PAGES)
    first = reader.page(ACCOUNT, request_id=None, size=1, token=None)
    write("api", 0, line(1, "a"), line(2, "b"), line(3, "c"))
    write("api", 4, line(4, "d"))
    write("worker", 5, line(5, "e"))
    second = reader.page(ACCOUNT, request_id=None, size=5, token=first.next_token)

    assert (names(first), names(second), second.next_token) == (["b"], ["a"], None)


def test_lines_that_are_not_whole_are_left_out(tmp_path: Path, write: Write) -> None:
    """One that is being written, one that a crash has torn, an empty file."""
    write("api", 0, line(1, "a"), '{"recipientAccountId":"111122223333","torn', line(3, "c"), tail=line(4, "d")[:-5])
    write("api", 5)

    assert whole(AuditPages(tmp_path, PAGES), size=9) == ["c", "a"]


def test_only_the_accounts_own_records_are_shown(tmp_path: Path, write: Write) -> None:
    """Also where another account's record holds the number, or the request id, as a text."""
    planted = json.loads(line(3, "c", "999999999999")) | {
        "userAgent": '"recipientAccountId":"111122223333"',
        "x": {"recipientAccountId": ACCOUNT},
    }
    write("api", 0, line(1, "a"), line(2, "a", "999999999999"), json.dumps(planted, separators=(",", ":")))
    reader = AuditPages(tmp_path, PAGES)

    assert whole(reader, size=9) == ["a"]
    assert whole(reader, size=9, request_id="c") == []
    assert len(whole(reader, size=9, request_id="a")) == 1


def test_one_page_looks_at_a_part_of_a_long_log(tmp_path: Path, write: Write) -> None:
    """It may be empty, and its token goes on: nothing is left out, nothing is read for minutes."""
    for begun in range(9):
        write("api", begun, *(line(begun, f"{begun}", "999999999999") for _ in range(20)), line(begun, "mine"))
    reader = AuditPages(tmp_path, PAGES, page_bytes=1)
    first = reader.page(ACCOUNT, request_id=None, size=50, token=None)

    assert len(first.records) < 9
    assert first.next_token is not None
    assert whole(reader, size=50) == ["mine"] * 9


def test_a_token_belongs_to_its_account(tmp_path: Path, write: Write) -> None:
    """And to its request id."""
    write("api", 0, line(1, "a"), line(2, "b"))
    reader = AuditPages(tmp_path, PAGES)
    token = reader.page(ACCOUNT, request_id=None, size=1, token=None).next_token
    for account, request_id in ((AccountId("999999999999"), None), (ACCOUNT, "a")):
        with pytest.raises(ApiError, match="nextToken"):
            reader.page(account, request_id=request_id, size=1, token=token)


def test_a_search_finds_text_and_leaves_out_older_days(tmp_path: Path, write: Write) -> None:
    """Whatever stands in the line; not what was written before the day."""
    write("api", 0, line(1, "old", day="2030-02-28"), day="2030-02-28")
    write("api", 0, line(1, "old"), line(2, "new"))
    reader = AuditReader(tmp_path)

    assert [one["eventTime"][:10] for one in reader.records('"requestID":"old"')] == ["2030-03-01", "2030-02-28"]
    assert [one["eventTime"][:10] for one in reader.records("old", since=date(2030, 3, 1))] == ["2030-03-01"]


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """Before the first request."""
    assert list(AuditReader(tmp_path / "none").records("x")) == []
    assert AuditPages(tmp_path / "none", PAGES).page(ACCOUNT, request_id=None, size=5, token=None) == Page(
        records=[], next_token=None
    )


def test_a_file_that_is_taken_away_meanwhile_is_left_out(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removes old days need not stop the server, nor keep others from reading."""
    write("api", 0, line(1, "a"))
    write("worker", 0, line(2, "b"))
    size = audit._size

    def measured(path: Path) -> int:
        found = size(path)
        if path.name.endswith(".api.jsonl"):
            path.unlink()
        return found

    monkeypatch.setattr(audit, "_size", measured)
    assert names(AuditPages(tmp_path, PAGES).page(ACCOUNT, request_id=None, size=9, token=None)) == ["b"]
