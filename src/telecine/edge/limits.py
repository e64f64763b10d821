"""How long bodies may be that are received whole, and files in forms; and which are short enough for one hop."""

from collections.abc import Mapping

BODY_BYTES = 512 << 10
"""How long the body of a control call may be: IAM's largest is a policy document of 131,072 characters, escaped."""

LONG_BODY_BYTES: Mapping[tuple[str, str], int] = {
    # A job's settings: the guide names no limit; the largest real ones have some 100 kB.
    ("mediaconvert", "CreateJob"): 1536 << 10,
    ("telecine", "CheckJob"): 1536 << 10,
    # 10,000 parts with their checksums, 1,000 keys of 1,024 escaped bytes.
    ("s3", "CompleteMultipartUpload"): 4 << 20,
    ("s3", "DeleteObjects"): 8 << 20,
}

LONGEST_FILE = 5 << 30
"""Of a form: as long as whatever is put in one piece."""


def of(service: str, operation: str) -> int:
    """How long the body of a call of this operation may be."""
    return LONG_BODY_BYTES.get((service, operation), BODY_BYTES)


def longest(service: str, method: str) -> int:
    """How much is received before the signature, and so the operation, is known."""
    if method not in {"PUT", "POST"}:
        return BODY_BYTES
    return max([BODY_BYTES, *(limit for (name, _operation), limit in LONG_BODY_BYTES.items() if name == service)])


SHORT_BYTES = 64 << 10
"""Bodies of objects up to here go with their request in one hop to a thread, either way: each hop of a block costs as
much CPU as ten kilobytes."""
