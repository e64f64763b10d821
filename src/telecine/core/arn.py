"""Amazon Resource Names: `arn:partition:service:region:account:resource`, split once and compared by field."""

from dataclasses import dataclass
from typing import Self

from telecine.core.names import PARTITION


class MalformedArn(ValueError):
    """The text has not the six fields of an ARN."""


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN in its six fields; `resource` keeps every later colon and slash."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The ARN that `text` spells. Raises `MalformedArn` when it spells none."""
        fields = text.split(":", 5)
        if len(fields) != 6 or fields[0] != "arn" or not fields[1] or not fields[2] or not fields[5]:
            raise MalformedArn(text)
        return cls(*fields[1:])

    @classmethod
    def of(cls, service: str, account: str, resource: str, *, region: str = "") -> Self:
        """An ARN in our own partition."""
        return cls(PARTITION, service, region, account, resource)

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"
