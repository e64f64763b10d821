"""How the tests of reads that come again read."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

Aws = Any  # the fixture of tests/services/conftest.py

READ = {"Effect": "Allow", "Action": "s3:GetObject*", "Resource": "*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}
BODY = b"hello" * 100


def answer(
    aws: Aws,
    keys: Any,
    operation: str = "get_object",
    config: Mapping[str, Any] = {},
    headers: Mapping[str, str] = {},
    **more: Any,
) -> Any:
    """The body, for HEAD the ETag; or why it is refused."""
    client = aws.client("s3", keys, **config)

    def add(request: Any, **_event: Any) -> None:
        for name, value in headers.items():
            request.headers[name] = value

    client.meta.events.register_first("before-sign.s3", add)
    try:
        got = getattr(client, operation)(Bucket="films", Key="a", **more)
    except ClientError as error:
        return error.response["Error"]["Code"]
    finally:
        client.meta.events.unregister("before-sign.s3", add)
    return got["Body"].read() if "Body" in got else got["ETag"]


def warmed(aws: Aws, keys: Any, decided: list[str], **more: Any) -> None:
    """Ask until it is answered without a decision."""
    for _ in range(2):
        assert answer(aws, keys, **more) == BODY
    decided.clear()
    assert answer(aws, keys, **more) == BODY
    assert decided == []
