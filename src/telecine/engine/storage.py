"""Media in S3, with the rights of the job's role and no others."""

import http.client
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from telecine.core.errors import TelecineError
from telecine.engine.aws import Clients, Endpoint, TransportError
from telecine.media.plan.model import ObjectTerms
from telecine.services.sts.model import SessionCredentials

_KMS_ACTION = re.compile(r"not authorized to perform: (kms:\w+)")
_READ_TRIES = 4
_FIRST_PAUSE_SECONDS = 0.2


class StoreError(TelecineError):
    """S3 refused or could not be reached. Steps turn it into the job's error."""

    def __init__(self, operation: str, code: str, status: int, detail: str = "", *, is_repeated: bool = False) -> None:
        super().__init__(f"{operation}: {code} ({status}) {detail}".rstrip())
        self.operation = operation
        """`HeadObject`, `GetObject`, …"""
        self.code = code
        """S3's error code; `NoAnswer` when there was none."""
        self.status = status
        """The HTTP status, 0 without an answer."""
        self.detail = detail
        """What S3 said, in its words."""
        self.is_repeated = is_repeated
        """Whether it was asked more than once: what it says may be the work of an earlier try without an answer."""

    @property
    def is_silence(self) -> bool:
        """No answer came, after every retry: nobody knows what has been done."""
        return self.status == 0

    @property
    def is_denied(self) -> bool:
        return self.status == http.client.FORBIDDEN

    @property
    def missing_permission(self) -> str | None:
        """The action of KMS that the role may not do, when that is why S3 denies; None for any other reason."""
        found = _KMS_ACTION.search(self.detail) if self.is_denied else None
        return found[1] if found else None

    @property
    def is_missing(self) -> bool:
        return self.status == http.client.NOT_FOUND


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectInfo:
    """What a HEAD tells of an object."""

    size: int
    etag: str
    """With its quotes, as `If-Match` wants it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One uploaded part of a multipart upload."""

    number: int
    """From 1."""
    etag: str


class MediaStore(Protocol):
    """The S3 operations the engine uses. Every method raises `StoreError` and may be called from several threads.

    `telecine.testing.storage` ships one that keeps its objects in a folder.
    """

    def head(self, bucket: str, key: str) -> ObjectInfo: ...

    def read(self, bucket: str, key: str, *, etag: str, start: int, size: int) -> bytes:
        """`size` bytes from `start`, all of them, of the object with this ETag; 412 when it has changed."""
        ...

    def create_upload(self, bucket: str, key: str, content_type: str, terms: ObjectTerms | None = None) -> str:
        """Begin a multipart upload of an object that is to be kept on `terms`, or as the bucket does: its id."""
        ...

    def upload_part(self, bucket: str, key: str, upload_id: str, number: int, data: bytes) -> Part: ...

    def complete_upload(self, bucket: str, key: str, upload_id: str, parts: tuple[Part, ...]) -> str | None:
        """Make the object visible: the id of its version, in a bucket that keeps versions."""
        ...

    def abort_upload(self, bucket: str, key: str, upload_id: str) -> None: ...

    def uploads(self, bucket: str, key: str) -> tuple[str, ...]:
        """The ids of the unfinished multipart uploads of exactly this key."""
        ...

    def delete(self, bucket: str, key: str, version: str | None = None) -> None:
        """Delete a version for good; without one the object, which a bucket that keeps versions only hides."""
        ...


class S3Stores:
    """Opens stores at one S3."""

    def __init__(self, endpoint: Endpoint, *, has_virtual_hosts: bool = False) -> None:
        """With `has_virtual_hosts` a bucket's name is part of the host, which must resolve; else of the path."""
        self._endpoint = endpoint
        self._clients = Clients(
            "s3",
            endpoint,
            s3={"addressing_style": "virtual" if has_virtual_hosts else "path"},
            # S3 servers without aws-chunked trailers exist; the signature covers the bytes anyway
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )

    def warm_up(self) -> None:
        """Load what the first client of a process needs: a fifth of a second that the first job need not wait for."""
        self._clients.warm_up()

    def open(self, session: Callable[[], SessionCredentials], role_arn: str) -> "S3MediaStore":
        """A store as a role sees it; `session` gives its credentials of the moment, renewed when due."""
        return S3MediaStore(self._clients.client, self._endpoint.credentials(session, role_arn))


class S3MediaStore:
    """`MediaStore` over boto3. A new client takes over when the session has been renewed."""

    def __init__(
        self, connect: Callable[[SessionCredentials], Any], credentials: Callable[[], SessionCredentials]
    ) -> None:
        self._connect = connect
        self._credentials = credentials
        self._lock = threading.Lock()
        self._client: Any = None
        self._key_in_use: str | None = None

    def head(self, bucket: str, key: str) -> ObjectInfo:
        answer = self._call("HeadObject", "head_object", Bucket=bucket, Key=key)
        return ObjectInfo(size=answer["ContentLength"], etag=answer["ETag"])

    def read(self, bucket: str, key: str, *, etag: str, start: int, size: int) -> bytes:
        pause = _FIRST_PAUSE_SECONDS
        for remaining in reversed(range(_READ_TRIES)):
            try:
                return self._read_once(bucket, key, etag, start, size)
            except StoreError as problem:
                if problem.status or not remaining:
                    raise
            time.sleep(pause)
            pause *= 2
        raise AssertionError("the last try returns or raises")

    def _read_once(self, bucket: str, key: str, etag: str, start: int, size: int) -> bytes:
        span = f"bytes={start}-{start + size - 1}"
        answer = self._call("GetObject", "get_object", Bucket=bucket, Key=key, Range=span, IfMatch=etag)
        # boto3 retries until the answer's headers are there; a body cut short is ours to see.
        try:
            data: bytes = answer["Body"].read()
        except (TransportError, OSError) as problem:
            raise StoreError("GetObject", "NoAnswer", 0, str(problem)) from problem
        if len(data) != size:
            raise StoreError("GetObject", "NoAnswer", 0, f"{len(data)} bytes came instead of {size}")
        return data

    def create_upload(self, bucket: str, key: str, content_type: str, terms: ObjectTerms | None = None) -> str:
        answer = self._call(
            "CreateMultipartUpload",
            "create_multipart_upload",
            Bucket=bucket,
            Key=key,
            ContentType=content_type,
            **({} if terms is None else terms.parameters),
        )
        return str(answer["UploadId"])

    def upload_part(self, bucket: str, key: str, upload_id: str, number: int, data: bytes) -> Part:
        answer = self._call(
            "UploadPart", "upload_part", Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=data
        )
        return Part(number=number, etag=answer["ETag"])

    def complete_upload(self, bucket: str, key: str, upload_id: str, parts: tuple[Part, ...]) -> str | None:
        answer = self._call(
            "CompleteMultipartUpload",
            "complete_multipart_upload",
            Bucket=bucket,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
        )
        version: str | None = answer.get("VersionId")
        return version

    def abort_upload(self, bucket: str, key: str, upload_id: str) -> None:
        self._call("AbortMultipartUpload", "abort_multipart_upload", Bucket=bucket, Key=key, UploadId=upload_id)

    def uploads(self, bucket: str, key: str) -> tuple[str, ...]:
        found: list[str] = []
        markers: dict[str, str] = {}
        while True:
            answer = self._call("ListMultipartUploads", "list_multipart_uploads", Bucket=bucket, Prefix=key, **markers)
            found += [upload["UploadId"] for upload in answer.get("Uploads", ()) if upload["Key"] == key]
            if not answer.get("IsTruncated"):
                return tuple(found)
            markers = {"KeyMarker": answer["NextKeyMarker"], "UploadIdMarker": answer["NextUploadIdMarker"]}

    def delete(self, bucket: str, key: str, version: str | None = None) -> None:
        which = {} if version is None else {"VersionId": version}
        self._call("DeleteObject", "delete_object", Bucket=bucket, Key=key, **which)

    def _call(self, operation: str, method: str, **arguments: object) -> Any:
        client = self._current()
        try:
            return getattr(client, method)(**arguments)
        except client.exceptions.ClientError as problem:
            error = problem.response["Error"]
            about = problem.response["ResponseMetadata"]
            raise StoreError(
                operation,
                error["Code"],
                about["HTTPStatusCode"],
                error.get("Message", ""),
                is_repeated=about.get("RetryAttempts", 0) > 0,
            ) from problem
        except TransportError as problem:
            raise StoreError(operation, "NoAnswer", 0, str(problem)) from problem

    def _current(self) -> Any:
        credentials = self._credentials()
        with self._lock:
            if credentials.access_key_id != self._key_in_use:
                self._client = self._connect(credentials)
                self._key_in_use = credentials.access_key_id
            return self._client
