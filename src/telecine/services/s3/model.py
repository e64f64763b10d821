"""What S3 keeps: buckets, objects, the files that hold them, and uploads under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from telecine.core.names import AccountId, BucketName, ObjectKey, Region, UniqueId
from telecine.services.s3.checksums import Algorithm, Checksum, Extent
from telecine.services.s3.encryption import BucketEncryption, Encryption
from telecine.services.s3.names import UNVERSIONED

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
CORS, LIFECYCLE = "cors", "lifecycle"
"""What buckets can be configured to do beside storing."""
STANDARD = "STANDARD"
"""The storage class of whoever asks for none."""
STORAGE_CLASSES = frozenset(
    {STANDARD, "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"}
)
"""Those whose objects can be read at once: what this S3 keeps."""

Tags = Mapping[str, str]


class Versioning(StrEnum):
    """What a bucket does with an object in whose place another is put."""

    ENABLED = "Enabled"
    """It keeps it."""
    SUSPENDED = "Suspended"
    """It keeps those that it had before, and one more, with the id `null`, that the next one replaces."""


class Ownership(StrEnum):
    """To whom objects belong that other accounts write (S3 user guide, "Controlling ownership of objects")."""

    ENFORCED = "BucketOwnerEnforced"
    """To the bucket's owner; there are no ACLs."""
    PREFERRED = "BucketOwnerPreferred"
    """To the bucket's owner, when the writer says `bucket-owner-full-control`."""
    WRITER = "ObjectWriter"
    """To the writer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketPolicy:
    """A bucket policy as it was written."""

    text: str
    principals: Mapping[str, UniqueId]
    """ARN as written there -> the unique id of the user or role that was meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicAccessBlock:
    """What a bucket does about policies and ACLs that open it to everybody."""

    block_public_acls: bool
    """No such ACL is taken any more."""
    ignore_public_acls: bool
    """One that is there opens nothing."""
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
    """A bucket. Its objects belong to its owner, whoever wrote them."""

    name: BucketName
    account: AccountId
    """The owner."""
    region: Region
    created_at: datetime
    policy: BucketPolicy | None = None
    public_access_block: PublicAccessBlock | None = None
    """None: there are no settings, which is as good as all off."""
    encryption: BucketEncryption = field(default_factory=BucketEncryption)
    versioning: Versioning | None = None
    """None: it has never kept versions."""
    tags: Tags = field(default_factory=dict)
    is_tag_governed: bool = False
    """Policies may ask for its tags ("ABAC"). Without, tags tell whom it costs, and nothing else."""
    ownership: Ownership | None = Ownership.ENFORCED
    """None: nothing was decided, which is as good as `ObjectWriter`."""
    acl: str | None = None
    """The canned ACL; None: `private`."""

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
    storage_class: str = STANDARD
    """Remembered and told: every object is stored in the same way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """What stands on an object and can be changed without writing it anew."""

    tags: Tags = field(default_factory=dict)
    acl: str | None = None
    """The canned ACL; None: `private`."""


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
    """A version of an object without its bytes, or a delete marker."""

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
    version: str = UNVERSIONED
    ordinal: int = 0
    """Rises from version to version of a key: the current one has the highest."""
    superseded_at: datetime | None = None
    """When a newer version took its place; None: it is the current one."""
    is_delete_marker: bool = False
    """There is nothing but the fact that the object was deleted."""
    tags: Tags = field(default_factory=dict)
    acl: str | None = None
    """The canned ACL; None: `private`."""
    is_versioned: bool = False
    """Its bucket keeps versions, or did: answers name the version."""

    @property
    def tie(self) -> str:
        return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A version as an entry of a listing of versions, where a key has many, the newest first."""

    stored: StoredObject

    @property
    def key(self) -> str:
        return self.stored.key

    @property
    def tie(self) -> str:
        return str(self.stored.ordinal)


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
    tags: Tags = field(default_factory=dict)
    """The object's, once it is complete."""
    acl: str | None = None

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
UNLABELED = Labels()


@dataclass(frozen=True, kw_only=True, slots=True)
class Deletion:
    """What is to be deleted."""

    key: str
    version: str | None = None
    """The version that is to go for good; None: the object, however the bucket deletes objects."""
    condition: WriteCondition = UNCONDITIONAL
    """Of the current version: there is none of another that is named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deleted:
    """What became of a `Deletion`."""

    version: str | None = None
    """The version that is gone, or the delete marker that is new; None where no versions are kept."""
    is_delete_marker: bool = False
    """What is gone, or new, is a delete marker."""


def bucket_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


def object_arn(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}"


def total_size(parts: Sequence[Part]) -> int:
    return sum(part.written.size for part in parts)
