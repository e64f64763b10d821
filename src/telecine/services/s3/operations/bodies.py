"""Bodies on their way in, and what headers say of them."""

from collections.abc import Callable, Mapping

from telecine.services.contract import Call, Params
from telecine.services.s3 import errors
from telecine.services.s3.checksums import Algorithm, Expected
from telecine.services.s3.files import Incoming
from telecine.services.s3.model import (
    DEFAULT_CONTENT_TYPE,
    MAX_METADATA_BYTES,
    MAX_PUT_BYTES,
    STANDARD,
    STORAGE_CLASSES,
    Description,
    Written,
)
from telecine.services.s3.objects import DataKey, Objects
from telecine.wire.checksums import BY_HEADER, decode


class ObjectSink:
    """A `wire.http.Sink`: a file that becomes an object or a part when it is whole."""

    def __init__(
        self, incoming: Incoming, trailing: Algorithm | None, put: Callable[[Written], dict[str, object]]
    ) -> None:
        """`put` makes the written file count, and returns the operation's result."""
        self._incoming = incoming
        self._trailing = trailing
        self._put = put

    def write(self, block: bytes) -> None:
        self._incoming.write(block)

    def finish(self, trailers: Mapping[str, str]) -> dict[str, object]:
        """Raises BadDigest and its kin; then nothing is left behind."""
        return self._put(self._incoming.keep(self._trailer(trailers)))

    def abort(self) -> None:
        self._incoming.drop()

    def _trailer(self, trailers: Mapping[str, str]) -> bytes | None:
        if self._trailing is None or self._trailing.header not in trailers:
            return None
        value = decode(trailers[self._trailing.header], self._trailing.size)
        if value is None:
            self.abort()
            raise errors.invalid_request(f"Value for {self._trailing.header} trailing header is invalid.")
        return value


def receive(
    face: Objects, expected: Expected, data_key: DataKey | None, put: Callable[[Written], dict[str, object]]
) -> ObjectSink:
    """A sink for the body that is `expected`, sealed under `data_key`; `put` then makes it count."""
    return ObjectSink(face.receive(expected, data_key), expected.trailing, put)


def expected(call: Call, params: Params) -> Expected:
    """What the headers say of the body, and which one comes behind it.

    Raises MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest.
    """
    length = params.get("ContentLength")
    if length is None and not call.has_open_length:
        raise errors.missing_content_length()
    if length is not None and length > MAX_PUT_BYTES:
        raise errors.entity_too_large(length, MAX_PUT_BYTES)
    checksums = {
        algorithm: _checksum(algorithm, params[algorithm.member])
        for algorithm in Algorithm
        if algorithm.member in params
    }
    behind = None if call.trailing is None else BY_HEADER[call.trailing]
    promised = [*checksums, *(() if behind is None else (behind,))]
    if len(promised) > 1:
        raise errors.invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    if (
        "ChecksumAlgorithm" in params
        and supported(params["ChecksumAlgorithm"], "x-amz-sdk-checksum-algorithm") not in promised
    ):
        raise errors.invalid_request(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found."
        )
    return Expected(
        length=length,
        md5=_md5(params.get("ContentMD5")),
        checksums=checksums,
        trailing=behind,
        keep=next(iter(promised), None),
    )


def supported(name: str, header: str) -> Algorithm:
    """The algorithm that `header` names. Raises NotImplemented for one that S3 has and we do not."""
    try:
        return Algorithm(name)
    except ValueError as error:
        raise errors.not_implemented(header, name) from error


def description(params: Params) -> Description:
    """What the writer says of the object. Raises MetadataTooLarge, NotImplemented."""
    metadata = params.get("Metadata") or {}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > MAX_METADATA_BYTES:
        raise errors.metadata_too_large(size, MAX_METADATA_BYTES)
    return Description(
        content_type=params.get("ContentType") or DEFAULT_CONTENT_TYPE,
        cache_control=params.get("CacheControl"),
        content_disposition=params.get("ContentDisposition"),
        content_encoding=_stored_encoding(params.get("ContentEncoding")),
        content_language=params.get("ContentLanguage"),
        expires=params.get("Expires"),
        metadata=metadata,
        storage_class=_storage_class(params.get("StorageClass")),
    )


def _storage_class(asked: str | None) -> str:
    """Raises NotImplemented for the classes whose objects must be restored before they can be read."""
    if asked is not None and asked not in STORAGE_CLASSES:
        raise errors.not_implemented("x-amz-storage-class", asked)
    return asked or STANDARD


def _stored_encoding(header: str | None) -> str | None:
    """`aws-chunked` is how the body came, not what the object is."""
    codings = [coding.strip() for coding in (header or "").split(",")]
    return ", ".join(coding for coding in codings if coding and coding != "aws-chunked") or None


def _md5(header: str | None) -> bytes | None:
    if header is None:
        return None
    digest = decode(header, 16)
    if digest is None:
        raise errors.invalid_digest("Content-MD5", header)
    return digest


def _checksum(algorithm: Algorithm, header: str) -> bytes:
    digest = decode(header, algorithm.size)
    if digest is None:
        raise errors.invalid_request(f"Value for {algorithm.header} header is invalid.")
    return digest
