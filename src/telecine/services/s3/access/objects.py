"""Who may read, write, copy and delete objects, and use the keys that they are encrypted with."""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from telecine.core.errors import ApiError
from telecine.services.contract import Call, Need, Needs, Params
from telecine.services.s3 import acls, circumstances, names, sse, tags
from telecine.services.s3.access import guards
from telecine.services.s3.access.guards import Guarded
from telecine.services.s3.model import MAX_BATCH, StoredObject, object_arn
from telecine.services.s3.names import CopySource
from telecine.services.s3.objects import Objects

CREATES = "s3:ObjectCreationOperation"
CHECKSUM_ATTRIBUTES = frozenset({"Checksum", "ObjectParts"})
"""What GetObjectAttributes can be asked for that tells checksums, which are encrypted."""
TAG_COUNT = "tag count"
"""The part of a read that tells how many tags an object has."""


def get(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Reading the bytes."""
    return _read(face, call, params, decrypts=True)


def head(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Headers are not encrypted, but for checksums (S3 API reference, "HeadObject")."""
    return _read(face, call, params, decrypts=params.get("ChecksumMode") == "ENABLED")


def _read(face: Objects, call: Call, params: Params, *, decrypts: bool) -> Sequence[Need]:
    where = CopySource(params["Bucket"], params["Key"], params.get("VersionId"))
    context = guards.said(params, {"VersionId": "s3:VersionId"})
    needs = _reading(face, call, where, guards.versioned("GetObject", where), context, decrypts=decrypts)
    if any(key.startswith(circumstances.EXISTING_TAG) for key in needs[0].context):
        # How many tags an object has is told to those who may read them.
        return (*needs, replace(needs[0], action=guards.versioned("GetObjectTagging", where), part=TAG_COUNT))
    return needs


def unseen(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Reading an object, told from its name alone: the same whether it is there or not. For simulations."""
    on = guards.of_bucket(face, call, params["Bucket"])
    return (guards.need(on, "s3:GetObject", object_arn(on.bucket.name, names.check_key(params["Key"])), {}),)


def read_attributes(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """S3 API reference, "GetObjectAttributes": reading the object and reading its attributes, both. A checksum is
    encrypted, as for HeadObject."""
    reading = _read(
        face, call, params, decrypts=not CHECKSUM_ATTRIBUTES.isdisjoint(params.get("ObjectAttributes") or ())
    )
    where = CopySource(params["Bucket"], params["Key"], params.get("VersionId"))
    return (*reading, replace(reading[0], action=guards.versioned("GetObjectAttributes", where)))


def on_object(action: str, members: Mapping[str, str] | None = None) -> Needs[Objects]:
    """A row of one action on an object, or with a version of its namesake on versions (`GetObjectVersionTagging`),
    with condition keys from `members`."""
    versioned = action.replace("Object", "ObjectVersion")

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        where = CopySource(params["Bucket"], params["Key"], params.get("VersionId"))
        context = guards.said(params, {"VersionId": "s3:VersionId", **(members or {})})
        if action == "s3:PutObjectTagging":
            context |= circumstances.request_tags(tags.said((params.get("Tagging") or {}).get("TagSet")))
        return _reading(face, call, where, action if where.version is None else versioned, context)

    return needs


def _reading(
    face: Objects,
    call: Call,
    where: CopySource,
    action: str,
    context: Mapping[str, str | Sequence[str]],
    *,
    decrypts: bool = False,
) -> Sequence[Need]:
    """Reading what is not there also takes leave to list: else "missing" and "forbidden" look alike."""
    on, stored = _stored(face, call, where)
    if stored is not None and stored.acl is not None:
        on = on._replace(policy=acls.opened(on.policy, on.bucket, stored.acl, acls.OBJECT_READ))
    need = guards.need(
        on, action, object_arn(on.bucket.name, where.key), {**context, **circumstances.existing_tags(stored)}
    )
    need = replace(need, pin=circumstances.pin(stored))
    if stored is None or (where.version is None and stored.is_delete_marker):
        return (need, guards.need(on, "s3:ListBucket", on.bucket.arn, {}))
    return (need, *(leave(lambda: face.data_keys.leave_to_open(stored, call.caller)) if decrypts else ()))


def _stored(face: Objects, call: Call, where: CopySource) -> tuple[Guarded, StoredObject | None]:
    """The bucket, and what is asked for if it is there: it may be a delete marker. Raises NoSuchBucket."""
    version = names.check_version(where.version)
    bucket, stored = face.locate(names.check_bucket(where.bucket), names.check_key(where.key), version)
    return guards.guard(face, call, bucket), stored


def leave(ask: Callable[[], tuple[Need, ...]]) -> tuple[Need, ...]:
    """What KMS must allow. That a key is gone the operation says, to those whom S3 allows what they ask."""
    try:
        return ask()
    except ApiError:
        return ()


def write(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Writing with a data key that is there already."""
    return _writing(face, guards.of_bucket(face, call, params["Bucket"]), params, {})


def put(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Beginning an object, with a data key of its own."""
    on = guards.of_bucket(face, call, params["Bucket"])
    try:
        wish = sse.of_write(params, is_secure=call.is_secure)
        plan = face.data_keys.plan(wish, on.bucket, params["Key"], call.account)
    except ApiError:
        # The operation refuses it in the same words, to those who may write there at all.
        return _writing(face, on, params, {})
    # A key that is named by its id or an alias is compared by its ARN, which is what policies are written with.
    key_id = {} if plan.key is None or wish.key_id is None else {guards.KEY_ID: plan.key.arn}
    return (*_writing(face, on, params, key_id), *face.data_keys.leave_to_make(plan, call.caller))


def _writing(face: Objects, on: Guarded, params: Params, resolved: Mapping[str, str]) -> Sequence[Need]:
    arn = object_arn(on.bucket.name, names.check_key(params["Key"]))
    context = {**guards.said(params, guards.CONTEXT_MEMBERS), **resolved}
    given = circumstances.request_tags(_header_tags(params))
    created = {CREATES: "false" if "PartNumber" in params else "true"}
    needs = [guards.need(on, "s3:PutObject", arn, {**context, **created, **given})]
    if guards.gives_acl(params):
        needs.append(guards.need(on, "s3:PutObjectAcl", arn, context))
    if given:
        needs.append(guards.need(on, "s3:PutObjectTagging", arn, given))
    if "IfMatch" in params:
        needs.append(_comparing(face, on, params["Key"]))
    return needs


def _comparing(face: Objects, on: Guarded, key: str) -> Need:
    """Whoever writes or deletes an object on condition of its ETag learns what it is: that takes leave to read it.

    Source: S3 user guide, "How to prevent object overwrites with conditional writes", "How to perform conditional
    deletes": both need s3:GetObject as well. Unlike reading it takes no leave to list: that there is no such object
    S3 tells whoever writes on condition that there is none, too.
    """
    stored = face.find(on.bucket.name, names.check_key(key))
    if stored is not None and stored.acl is not None:
        on = on._replace(policy=acls.opened(on.policy, on.bucket, stored.acl, acls.OBJECT_READ))
    return guards.need(on, "s3:GetObject", object_arn(on.bucket.name, key), circumstances.existing_tags(stored))


def _header_tags(params: Params) -> Mapping[str, str]:
    return tags.of_header(params.get("Tagging")) if isinstance(params.get("Tagging"), str) else {}


def copy(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """A copy that takes the source's tags along must be allowed to read them there and to set them here.

    Source: S3 user guide, "Required permissions for Amazon S3 API operations", CopyObject.
    """
    source = names.parse_copy_source(params.get("CopySource", ""))
    reading, writing = copying(face, call, source), put(face, call, params)
    context = reading[0].context
    taken = {
        key.removeprefix(circumstances.EXISTING_TAG): str(value)
        for key, value in context.items()
        if key.startswith(circumstances.EXISTING_TAG)
    }
    if not taken or params.get("TaggingDirective") == "REPLACE":
        return (*reading, *writing)
    return (
        *reading,
        replace(reading[0], action=guards.versioned("GetObjectTagging", source)),
        *writing,
        replace(
            writing[0],
            action="s3:PutObjectTagging",
            context={**guards.of_bucket(face, call, params["Bucket"]).context, **circumstances.request_tags(taken)},
        ),
    )


def copying(face: Objects, call: Call, source: CopySource) -> Sequence[Need]:
    version = {} if source.version is None else {"s3:VersionId": source.version}
    return _reading(face, call, source, guards.versioned("GetObject", source), version, decrypts=True)


def delete(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """One object or version, unconditionally or if it is the one that is expected."""
    on = guards.of_bucket(face, call, params["Bucket"])
    return _deleting(face, on, params["Key"], params.get("VersionId"), params.get("IfMatch"))


def delete_several(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Each of them is decided on by itself."""
    on = guards.of_bucket(face, call, params["Bucket"])
    chosen = (params.get("Delete") or {}).get("Objects") or ()
    if not 1 <= len(chosen) <= MAX_BATCH:
        # The operation refuses it whole, to those who may delete anything there.
        return (_deletion(on, "*", None, None),)
    wanted = dict.fromkeys((names.version_of(entry), entry.get("ETag")) for entry in chosen)
    return [replace(need, part=version) for version, etag in wanted for need in _deleting(face, on, *version, etag)]


def _deleting(face: Objects, on: Guarded, key: str, version_id: str | None, etag: str | None) -> Sequence[Need]:
    """With a given ETag it takes leave to read (`_comparing`); not of `*`, nor of a version, which has no condition."""
    need = _deletion(on, key, version_id, etag)
    if version_id is not None or etag is None or etag.strip() == "*":
        return (need,)
    return (need, _comparing(face, on, key))


def _deletion(on: Guarded, key: str, version_id: str | None, etag: str | None) -> Need:
    action = "s3:DeleteObject" if version_id is None else "s3:DeleteObjectVersion"
    context = {} if version_id is None else {"s3:VersionId": version_id}
    if version_id is None and etag is not None:
        context["s3:if-match"] = etag
    return guards.need(on, action, object_arn(on.bucket.name, names.check_key(key)), context)
