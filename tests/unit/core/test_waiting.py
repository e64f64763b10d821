"""Where a thread must not wait, whoever would have to says so."""

import threading
import uuid

import pytest

from telecine.core.clock import from_epoch_ms, to_the_second
from telecine.core.ids import Ids
from telecine.core.waiting import WouldWait, expect_to_wait, may_wait, no_waiting


def test_waiting_is_allowed_but_inside() -> None:
    """Also after an error went through."""
    expect_to_wait()
    with pytest.raises(WouldWait), no_waiting:
        expect_to_wait()
    assert may_wait()


def test_other_threads_may_wait() -> None:
    """It is one thread's own business."""
    seen: list[bool] = []
    with no_waiting:
        thread = threading.Thread(target=lambda: seen.append(may_wait()))
        thread.start()
        thread.join()
        assert not may_wait()
    assert seen == [True]


def test_ids_are_uuids_of_version_4() -> None:
    """In their usual spelling, whatever the random bytes are."""
    for byte in (0, 0x5A, 0xFF):
        text = Ids(lambda size, byte=byte: bytes([byte]) * size).uuid()  # type: ignore[misc]
        parsed = uuid.UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 4, uuid.RFC_4122)
        assert parsed == uuid.UUID(bytes=bytes([byte]) * 16, version=4)


def test_times_to_the_second() -> None:
    """Fractions are cut off, not rounded."""
    assert [to_the_second(from_epoch_ms(ms)) for ms in (0, 1_700_000_000_999)] == [
        "1970-01-01T00:00:00Z",
        "2023-11-14T22:13:20Z",
    ]
