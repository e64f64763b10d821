"""What an account decides for all of its jobs: from where inputs may come."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class InputPolicy:
    """From where the inputs of an account's jobs may come. Without a policy: from everywhere.

    Source: MediaConvert user guide, "How to allow or disallow input location types using a policy".
    """

    s3: bool = True
    http: bool = True
    https: bool = True

    def allows(self, address: str) -> bool:
        """Whether an input at `address` may be read. What is no address of a kind that it knows it does not forbid."""
        return self._by_scheme().get(address.partition(":")[0].lower(), True)

    def _by_scheme(self) -> Mapping[str, bool]:
        return {"s3": self.s3, "http": self.http, "https": self.https}
