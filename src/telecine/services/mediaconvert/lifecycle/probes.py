"""Probe: what a media file holds, read with the rights of whoever asks.

What reads files and what looks into them belong to other floors: the composition root connects them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from telecine.core.errors import ApiError
from telecine.services.contract import Call, Need
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle.account import InputPolicies
from telecine.services.mediaconvert.lifecycle.turns import Turns
from telecine.services.mediaconvert.model import InputFile, InputPolicy

_AT_ONCE, _OF_ACCOUNT, _OF_CALLER = 3, 2, 1
"""How many probes run at a time: each holds a thread that answers requests, for seconds. One turn is always for another
account, and of an account's one for another caller, however slow the web servers are that somebody has chosen."""


class Reader(Protocol):
    """Reads objects of S3 as a caller may."""

    def needs(self, call: Call, bucket: str, key: str) -> Sequence[Need]:
        """What must be allowed so that the caller may read it; nothing for an object that cannot be named."""
        ...

    def open(self, call: Call, bucket: str, key: str) -> InputFile:
        """The object, for a call that was allowed to. Raises S3's `ApiError`."""
        ...


Fetch = Callable[[str, InputPolicy], InputFile]
"""The file at a web server's address, which may redirect to where the policy allows it to. Raises `ApiError`."""

Look = Callable[[InputFile], Mapping[str, Any]]
"""A `Container` and its `TrackMappings` by the model's member names. Raises `ApiError`."""


class Probes:
    """Looks into media files, a few at a time."""

    def __init__(self, policies: InputPolicies) -> None:
        """`policies` say from where the files of an account may come: what jobs may not read Probe does not read."""
        self._policies = policies
        self._reader: Reader | None = None
        self._fetch: Fetch | None = None
        self._look: Look | None = None
        self._turns = Turns(at_once=_AT_ONCE, of_account=_OF_ACCOUNT, of_caller=_OF_CALLER)

    def connect(self, reader: Reader | None, fetch: Fetch, look: Look) -> None:
        """Where files are read and with what they are looked into; without a reader media are in another S3."""
        self._reader, self._fetch, self._look = reader, fetch, look

    def needs(self, call: Call, address: str) -> Sequence[Need]:
        """What the caller must be allowed beside `mediaconvert:Probe`."""
        location = _location(address)
        if location is None or self._reader is None:
            return ()
        return self._reader.needs(call, *location)

    def results(self, call: Call, addresses: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """A `ProbeResult` for each address, by the model's member names.

        Raises BadRequestException for a file that is not there or cannot be read, or where the account's input policy
        forbids it to be, TooManyRequestsException while the caller, or too many others, have files looked into.
        """
        policy = self._policies.of(call.account)
        if not all(policy.allows(address) for address in addresses):
            raise errors.disallowed_input()
        # A role counts as one caller, however many sessions it has: they are as cheap as turns are dear.
        with self._turns.take(call.account, call.caller.identity_id or call.caller.user_id) as has_turn:
            if not has_turn:
                raise errors.probes_are_busy()
            return [self._result(call, policy, number, address) for number, address in enumerate(addresses)]

    def _result(self, call: Call, policy: InputPolicy, number: int, address: str) -> Mapping[str, Any]:
        if self._look is None:
            raise errors.no_probes()
        path = f"/inputFiles/{number}/fileUrl"
        try:
            file = self._open(call, policy, path, address)
            found = self._look(file)
        except ApiError as error:
            if not error.is_sender_fault or error.code in errors.OWN_CODES:
                raise
            raise errors.issues([(path, f"The input file [{address}] cannot be read: {error.message}")]) from error
        metadata = {
            "ETag": file.etag,
            "FileSize": file.size,
            "LastModified": file.last_modified,
            "MimeType": file.mime_type,
        }
        return {**found, "Metadata": {name: value for name, value in metadata.items() if value is not None}}

    def _open(self, call: Call, policy: InputPolicy, path: str, address: str) -> InputFile:
        location = _location(address)
        if location is not None and self._reader is not None:
            return self._reader.open(call, *location)
        if location is not None:
            raise errors.issues([(path, "This server keeps its media in another S3, where it cannot act as you.")])
        if self._fetch is None or not address.lower().startswith(("http://", "https://")):
            raise errors.issues([(path, "Should match pattern ^s3://[^/]+/.+ or ^https?://[^/]+/.*")])
        return self._fetch(address, policy)


def _location(address: str) -> tuple[str, str] | None:
    """Bucket and key of `s3://bucket/key`; None for any other address."""
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    return (bucket, key) if scheme.lower() == "s3" and bucket and key else None
