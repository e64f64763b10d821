"""Keys for the tests of KMS."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Aws = Any  # the fixture of tests/services/conftest.py


@pytest.fixture
def kms(aws: Aws) -> Any:
    """A client of the administrator."""
    return aws.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    """The ARN of a new key with the default policy."""
    arn: str = kms.create_key(Description="films")["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture
def refused() -> Callable[..., tuple[str, str]]:
    """`refused(call, **parameters)`: the code and message of the error that the call must end in."""

    def check(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        answer = caught.value.response
        return answer["Error"]["Code"], answer["Error"]["Message"]

    return check
