"""Media in a folder: an engine's store without a server."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from telecine.engine.storage import ObjectInfo, Part, StoreError
from telecine.media.plan.model import ObjectTerms


class FolderStore:
    """`engine.storage.MediaStore` over `folder/bucket/key`. A bucket is there when its folder is.

    `refuse` may be set to a function of operation, bucket and key that answers with an error to raise, or None.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refuse: Callable[[str, str, str], StoreError | None] = lambda _operation, _bucket, _key: None
        self.calls: list[tuple[str, str]] = []
        """(operation, key) of every call so far, in order."""
        self.unfinished: dict[str, tuple[str, str]] = {}
        """(bucket, key) of each multipart upload that is neither completed nor aborted."""
        self.content_types: dict[str, str] = {}
        """By key, of the objects written through this store."""
        self.terms: dict[str, ObjectTerms | None] = {}
        """On what terms those are to be kept, by key."""
        self.versioned: set[str] = set()
        """The buckets that keep versions of what is written through this store."""
        self.versions: dict[tuple[str, str], dict[str, bytes | None]] = {}
        """By bucket and key, the versions in such buckets, oldest first; None is a delete marker."""
        self._parts: dict[str, dict[int, bytes]] = {}
        self._types: dict[str, str] = {}
        self._terms: dict[str, ObjectTerms | None] = {}
        self._lock = threading.Lock()
        self._count = 0

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Every visible object of a bucket, by key."""
        root = self.folder / bucket
        return {str(file.relative_to(root)): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Place an object directly, past every refusal."""
        target = self.folder / bucket / key
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def head(self, bucket: str, key: str) -> ObjectInfo:
        data = self._read("HeadObject", bucket, key)
        return ObjectInfo(size=len(data), etag=_etag(data))

    def read(self, bucket: str, key: str, *, etag: str, start: int, size: int) -> bytes:
        data = self._read("GetObject", bucket, key)
        if _etag(data) != etag:
            raise StoreError("GetObject", "PreconditionFailed", 412)
        return data[start : start + size]

    def create_upload(self, bucket: str, key: str, content_type: str, terms: ObjectTerms | None = None) -> str:
        with self._lock:
            self._enter("CreateMultipartUpload", bucket, key)
            self._count += 1
            upload_id = f"upload-{self._count}"
            self.unfinished[upload_id] = (bucket, key)
            self._parts[upload_id] = {}
            self._types[upload_id] = content_type
            self._terms[upload_id] = terms
            return upload_id

    def upload_part(self, bucket: str, key: str, upload_id: str, number: int, data: bytes) -> Part:
        with self._lock:
            self._enter("UploadPart", bucket, key)
            self._known(upload_id, "UploadPart")
            self._parts[upload_id][number] = data
            return Part(number=number, etag=_etag(data))

    def complete_upload(self, bucket: str, key: str, upload_id: str, parts: tuple[Part, ...]) -> str | None:
        with self._lock:
            self._enter("CompleteMultipartUpload", bucket, key)
            self._known(upload_id, "CompleteMultipartUpload")
            held = self._parts[upload_id]
            if [part.number for part in parts] != sorted(held) or not parts:
                raise StoreError("CompleteMultipartUpload", "InvalidPart", 400)
            data = b"".join(held[part.number] for part in parts)
            self.put(bucket, key, data)
            self.content_types[key] = self._types[upload_id]
            self.terms[key] = self._terms[upload_id]
            del self.unfinished[upload_id]
            return self._add_version(bucket, key, data) if bucket in self.versioned else None

    def abort_upload(self, bucket: str, key: str, upload_id: str) -> None:
        with self._lock:
            self._enter("AbortMultipartUpload", bucket, key)
            self._known(upload_id, "AbortMultipartUpload")
            del self.unfinished[upload_id]

    def uploads(self, bucket: str, key: str) -> tuple[str, ...]:
        with self._lock:
            self._enter("ListMultipartUploads", bucket, key)
            return tuple(upload for upload, place in self.unfinished.items() if place == (bucket, key))

    def delete(self, bucket: str, key: str, version: str | None = None) -> None:
        with self._lock:
            self._enter("DeleteObject" if version is None else "DeleteObjectVersion", bucket, key)
            if version is not None:
                held = self.versions.get((bucket, key), {})
                held.pop(version, None)
                latest = next(reversed(held.values()), None)
                if latest is not None:
                    self.put(bucket, key, latest)
                    return
            elif bucket in self.versioned:
                self._add_version(bucket, key, None)
            (self.folder / bucket / key).unlink(missing_ok=True)

    def _add_version(self, bucket: str, key: str, data: bytes | None) -> str:
        self._count += 1
        self.versions.setdefault((bucket, key), {})[f"version-{self._count}"] = data
        return f"version-{self._count}"

    def _read(self, operation: str, bucket: str, key: str) -> bytes:
        with self._lock:
            self._enter(operation, bucket, key)
            try:
                return (self.folder / bucket / key).read_bytes()
            except OSError as problem:
                raise StoreError(operation, "NoSuchKey", 404) from problem

    def _enter(self, operation: str, bucket: str, key: str) -> None:
        self.calls.append((operation, key))
        refused = self.refuse(operation, bucket, key)
        if refused is not None:
            raise refused
        if not (self.folder / bucket).is_dir():
            raise StoreError(operation, "NoSuchBucket", 404)

    def _known(self, upload_id: str, operation: str) -> None:
        if upload_id not in self.unfinished:
            raise StoreError(operation, "NoSuchUpload", 404)


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()}"'
