"""What S3 keeps: buckets, objects, the files that hold them, and uploads under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from telecine.core.names import AccountId, BucketName, ObjectKey, Region, UniqueId
from telecine.services.s3.checksums import Algorithm, Checksum, Extent
from telecine.services.s3.encryption import BucketEncryption, Encryption

MAX_METADATA_BYTES = 2048
MAX_PUT_BYTES = 5 << 30
"""One PutObject, UploadPart or CopyObject takes 5 GiB (S3 user guide, "Amazon S3 multipart upload limits")."""
MIN_PART_BYTES = 5 << 20
"""Every part but the last."""
MAX_PARTS = 10_000
MAX_PAGE = 1000
"""Keys, uploads or parts in one page of a listing."""
MAX_BUCKET_PAGE = 10_000
MAX_POLICY_BYTES = 20 << 10
"""A bucket policy (S3 user guide, "Policies and permissions in Amazon S3")."""
MAX_BATCH = 1000
"""Keys in one DeleteObjects."""
DEFAULT_CONTENT_TYPE = "binary/octet-stream"


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketPolicy:
    """A bucket policy as it was written."""

    text: str
    principals: Mapping[str, UniqueId]
    """ARN as written there -> the unique id of the user or role that was meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicAccessBlock:
    """What a bucket does about policies and ACLs that open it to everybody. There are no ACLs (`BucketOwnerEnforced`),
    so the two settings about them hold whatever they say."""

    block_public_acls: bool
    ignore_public_acls: bool
    block_public_policy: bool
    """No such policy is taken any more."""
    restrict_public_buckets: bool
    """One that is there opens the bucket to its owner's account alone."""


FULL_BLOCK = PublicAccessBlock(
    block_public_acls=True, ignore_public_acls=True, block_public_policy=True, restrict_public_buckets=True
)
"""What a new bucket begins with (S3 user guide, "Blocking public access to your Amazon S3 storage")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A bucket. Its objects belong to its owner, whoever wrote them (`BucketOwnerEnforced`)."""

    name: BucketName
    account: AccountId
    """The owner."""
    region: Region
    created_at: datetime
    policy: BucketPolicy | None = None
    public_access_block: PublicAccessBlock | None = None
    """None: there are no settings, which is as good as all off."""
    encryption: BucketEncryption = field(default_factory=BucketEncryption)

    @property
    def arn(self) -> str:
        return bucket_arn(self.name)

    @property
    def key(self) -> str:
        """What listings are ordered by."""
        return self.name

    @property
    def tie(self) -> str:
        return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """What a writer says about an object, and a reader is told again."""

    content_type: str = DEFAULT_CONTENT_TYPE
    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    expires: datetime | None = None
    """The `Expires` header; nothing expires by it."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """User metadata, names in lower case without `x-amz-meta-`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A file of the store, whole and durable, and what its bytes amount to. Immutable."""

    file: str
    """Its random name; never anything that a caller chose."""
    size: int
    etag: str
    """Hexadecimal: the MD5; with SSE-KMS and SSE-C as many random digits."""
    checksum: Checksum | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A file in its place in an object or an upload."""

    number: int
    """1 to 10,000; 1 for an object that was put in one piece."""
    written: Written
    modified_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    """An object without its bytes."""

    id: str
    """Random; a multipart object's is the id of its upload."""
    bucket: BucketName
    key: ObjectKey
    size: int
    etag: str
    """Without quotes: that of a single piece, or `…-N`, made from those of N parts."""
    modified_at: datetime
    """Whole seconds, so that it survives HTTP's date headers."""
    description: Description
    checksum: Checksum | None = None
    part_count: int | None = None
    """How many parts a multipart object has; None for one that was put in one piece."""
    encryption: Encryption | None = None
    """None: from before there was encryption, plain."""

    @property
    def tie(self) -> str:
        return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Initiator:
    """Who began an upload."""

    id: str
    """As listings show it: the ARN of the user or session, the canonical id of an account's root."""
    display_name: str | None
    identity: str
    """What a later caller is compared with: the unique id of the user or role, the account id of its root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A multipart upload under way."""

    id: str
    """Begins with its time, so that uploads of one key sort by it."""
    bucket: BucketName
    key: ObjectKey
    initiated_at: datetime
    initiator: Initiator
    description: Description
    algorithm: Algorithm | None = None
    """The checksum that every part must carry."""
    extent: Extent | None = None
    encryption: Encryption | None = None
    """How the parts, and so the object, are encrypted; None: begun before there was encryption, plain."""

    @property
    def tie(self) -> str:
        return self.id


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedPart:
    """A part as CompleteMultipartUpload names it."""

    number: int
    etag: str
    """Without quotes."""
    checksums: Mapping[Algorithm, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteCondition:
    """What must hold of the object that a write replaces or deletes."""

    etag: str | None = None
    """`If-Match`: its ETag without quotes; `*` for any."""
    must_be_absent: bool = False
    """`If-None-Match: *`: there is none."""


UNCONDITIONAL = WriteCondition()


def bucket_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


def object_arn(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}"


def total_size(parts: Sequence[Part]) -> int:
    return sum(part.written.size for part in parts)
