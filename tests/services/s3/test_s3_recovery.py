"""What docs/encryption.md says of formats is enough: objects are read again without a line of the server's own code."""

import base64
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import text

from telecine.db import Database

Aws = Any  # the fixture of tests/services/conftest.py
World = Any  # of conftest.py

BODY = bytes(range(256)) * 257  # a little more than one packet
PART = bytes(5 << 20)
CUSTOMER_KEY = b"k" * 32


def hkdf(key: bytes, info: str, salt: bytes | None = None) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=info.encode()).derive(key)


class Reader:
    """Database, files and root key, as a backup has them."""

    def __init__(self, database: Database, objects: Path, root_key: bytes) -> None:
        self._database = database
        self._objects = objects
        self._root_key = root_key

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self._database.read() as connection:
            return list(connection.execute(text(query), values))

    def unsealed(self, sealed: bytes, about: str) -> bytes:
        """What the root key has sealed."""
        assert sealed[:1] == b"\x02"
        assert sealed[1:9] == hkdf(self._root_key, "telecine/key-id")[:8]
        cipher = AESGCM(hkdf(self._root_key, "telecine/seal"))
        return cipher.decrypt(sealed[9:21], sealed[21:], sealed[:9] + about.encode())

    def decrypted(self, blob: bytes, context: Mapping[str, str]) -> bytes:
        """What KMS has encrypted."""
        assert blob[:5] == b"TCK\xc5\x01"
        key_id, (version,) = str(UUID(bytes=blob[5:21])), struct.unpack(">I", blob[21:25])
        query = "SELECT sealed FROM kms_materials WHERE key_id = :key AND version = :version"
        ((sealed,),) = self.rows(query, key=key_id, version=version)
        material = self.unsealed(bytes(sealed), f"kms/{key_id}/{version}")
        pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
        written = b"".join(struct.pack(">I", len(word)) + word for pair in pairs for word in pair)
        cipher = AESGCM(hkdf(material, "telecine/kms/ciphertext/1", salt=blob[25:41]))
        return cipher.decrypt(blob[41:53], blob[53:], blob[:53] + struct.pack(">I", len(pairs)) + written)

    def data_key(self, row: Any) -> bytes:
        kept = json.loads(row.encryption) if isinstance(row.encryption, str) else row.encryption
        if kept["method"] == "AES256":
            return self.unsealed(bytes(row.sealed_key), f"s3/object/{row.id}")
        if kept["method"] == "SSE-C":
            return self.customer_key(kept, row.id)
        name = row.bucket if kept["has_bucket_key"] else f"{row.bucket}/{row.key}"
        context = {"aws:s3:arn": f"arn:aws:s3:::{name}", **kept.get("context", {})}
        key = self.decrypted(bytes(row.key_blob), context)
        return hkdf(key, f"telecine/s3/bucket-key-object/{row.id}") if kept["has_bucket_key"] else key

    def customer_key(self, kept: Mapping[str, str], object_id: str) -> bytes:
        salt = base64.b64decode(kept["salt"])
        check = HMAC(CUSTOMER_KEY, SHA256())
        check.update(b"telecine/s3/customer-key" + salt)
        assert base64.b64decode(kept["check"]) == check.finalize()
        return hkdf(CUSTOMER_KEY, f"telecine/s3/customer-object/{object_id}", salt=salt)

    def object(self, key: str) -> bytes:
        """The bytes of an object."""
        (row,) = self.rows("SELECT * FROM s3_objects WHERE key = :key", key=key)
        data_key = self.data_key(row)
        files = self.rows("SELECT file, size FROM s3_parts WHERE owner = :id ORDER BY number", id=row.id)
        return b"".join(self.file(file, size, data_key) for file, size in files)

    def file(self, name: str, size: int, data_key: bytes) -> bytes:
        content = (self._objects / "objects" / name[:2] / name).read_bytes()
        last = max(1, -(-size // 65_536)) - 1
        header = content[:24]
        assert header[:8] == b"TCS3\x01\x10\0\0"
        assert len(content) == 24 + size + 16 * (last + 1)
        cipher = AESGCM(hkdf(data_key, f"telecine/s3/file/{name}", salt=header[8:]))
        opened = []
        for number in range(last + 1):
            packet = content[24 + 65_552 * number :][:65_552]
            nonce = bytes([0, 0, 0, number == last]) + number.to_bytes(8, "big")
            opened.append(cipher.decrypt(nonce, packet, header))
        return b"".join(opened)


def test_objects_are_read_from_a_backup(aws: Aws) -> None:
    """Database, files and root key: of SSE-S3 and SSE-KMS, in one piece and in parts, with a bucket key and without."""
    s3 = aws.client("s3", s3={"addressing_style": "path"}, signature_version="s3v4")
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    s3.create_bucket(Bucket="films")
    under_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "SSEKMSEncryptionContext": "eyJyZWVsIjoiNyJ9"}
    ways: dict[str, dict[str, Any]] = {
        "plainly asked": {},
        "under a key": under_key,
        "under a bucket key": {**under_key, "BucketKeyEnabled": True},
    }
    for name, way in ways.items():
        s3.put_object(Bucket="films", Key=name, Body=BODY, **way)
    place = {"Bucket": "films", "Key": "in parts"}
    place["UploadId"] = s3.create_multipart_upload(**place)["UploadId"]
    sent = [s3.upload_part(**place, PartNumber=number, Body=body) for number, body in ((1, PART), (2, BODY))]
    parts = [{"PartNumber": number, "ETag": part["ETag"]} for number, part in enumerate(sent, 1)]
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})

    root_key = bytes.fromhex((aws.folder / "root.key").read_text())
    reader = Reader(aws.api.ground.database, aws.folder / "objects", root_key)
    assert [reader.object(name) for name in ways] == [BODY] * 3
    assert reader.object("in parts") == PART + BODY


@pytest.mark.parametrize("body", [b"", BODY], ids=["empty", "two packets"])
def test_objects_of_customers_are_read_without_the_root_key(world: World, body: bytes) -> None:
    """SSE-C: the customer's key is enough."""
    s3 = world.root(scheme="https")
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="a", Body=body, SSECustomerAlgorithm="AES256", SSECustomerKey=CUSTOMER_KEY)

    assert Reader(world.database, world.folder, root_key=b"").object("a") == body
