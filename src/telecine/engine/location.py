"""`s3://bucket/key`, split once, and what is no such place."""

from dataclasses import dataclass
from typing import Self

from telecine.engine.errors import EngineFault

_SCHEME = "s3://"


def is_web(uri: str) -> bool:
    """Whether an input is at a web server."""
    return uri.lower().startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Location:
    """An object, or a folder of objects when the key ends in `/`."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> Self:
        """The location of an `s3://` URI that validation has passed. Raises `EngineFault` for any other."""
        bucket, _, key = uri.removeprefix(_SCHEME).partition("/")
        if not uri.startswith(_SCHEME) or not bucket or not key:
            raise EngineFault(f"{uri} is no S3 location")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"{_SCHEME}{self.bucket}/{self.key}"
