"""A server with what a job needs, to check jobs on."""

import pytest

from services.conftest import Aws
from services.operator.check_bench import IN, OUT


@pytest.fixture
def studio(aws: Aws) -> Aws:
    """A server with two buckets and a film."""
    s3 = aws.client("s3")
    for bucket in (IN, OUT):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=IN, Key="film.mp4", Body=b"film")
    return aws
