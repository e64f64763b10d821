"""Who may begin uploads, add parts to them, complete, list and abort them."""

from collections.abc import Sequence

from msgspec.structs import replace

from telecine.policy import ResourcePolicy
from telecine.services.contract import Call, Caller, Need, Needs, Params
from telecine.services.s3 import acls, names
from telecine.services.s3.access import guards, objects
from telecine.services.s3.model import Upload, object_arn
from telecine.services.s3.objects import Objects


def begin(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Beginning an upload creates no object yet (S3 user guide, "Enforce conditional writes on Amazon S3 buckets")."""
    first, *others = objects.put(face, call, params)
    return (replace(first, context={**first.context, objects.CREATES: "false"}), *others)


def put_part(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Adding to an upload: its data key is there already."""
    return (*objects.write(face, call, params), *_decrypting_upload(face, call, params))


def complete(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """With a checksum, that of SSE-KMS takes leave to decrypt (S3 API reference, "CompleteMultipartUpload")."""
    upload = _upload(face, params)
    decrypting = () if upload is None or upload.algorithm is None else _decrypting_upload(face, call, params)
    return (*objects.write(face, call, params), *decrypting)


def copy_part(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Reading the source, and adding to the upload."""
    source = names.parse_copy_source(params.get("CopySource", ""))
    return (*objects.copying(face, call, source), *put_part(face, call, params))


def list_parts(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Of SSE-KMS it takes leave to decrypt (S3 API reference, "ListParts")."""
    listing = on_upload("s3:ListMultipartUploadParts")(face, call, params)
    return (*listing, *_decrypting_upload(face, call, params))


def _decrypting_upload(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    upload = _upload(face, params)
    return () if upload is None else objects.leave(lambda: face.data_keys.leave_to_open(upload, call.caller))


def _upload(face: Objects, params: Params) -> Upload | None:
    return face.uploads.find(params["Bucket"], names.check_key(params["Key"]), names.check_text(params["UploadId"]))


def on_upload(action: str) -> Needs[Objects]:
    """A row of one action on an upload's key, which whoever began the upload may do unless a policy denies it.

    S3 user guide, "Uploading and copying objects using multipart upload": "By default, the bucket owner and the
    initiator of the multipart upload are allowed to perform this action."
    """

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        on = guards.of_bucket(face, call, params["Bucket"])
        key = names.check_key(params["Key"])
        upload = face.uploads.find(on.bucket.name, key, names.check_text(params.get("UploadId", "")))
        on = on._replace(policy=_with_initiator(on.policy, upload, call.caller, action))
        return (guards.need(on, action, object_arn(on.bucket.name, key), {}),)

    return needs


def on_own_upload(action: str) -> Needs[Objects]:
    """`on_upload` for an upload that the caller itself has begun, before there is one. For simulations."""

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        on = guards.of_bucket(face, call, params["Bucket"])
        principal = _initiating_principal(call.caller)
        policy = on.policy if principal is None else _initiated(on.policy, principal, action)
        return (guards.need(on._replace(policy=policy), action, object_arn(on.bucket.name, params["Key"]), {}),)

    return needs


def _with_initiator(
    policy: ResourcePolicy | None, upload: Upload | None, caller: Caller, action: str
) -> ResourcePolicy | None:
    principal = _initiating_principal(caller)
    if upload is None or principal is None or upload.initiator.identity != initiator_identity(caller):
        return policy
    return _initiated(policy, principal, action)


def _initiated(policy: ResourcePolicy | None, principal: str, action: str) -> ResourcePolicy | None:
    """`policy` with a statement for whoever began the upload: so that an explicit deny, wherever it is, still counts.

    The statement names no resource, because the need that the policy is for is about this upload alone.
    """
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}
    return acls.with_statement(policy, statement, "multipart upload initiator")


def initiator_identity(caller: Caller) -> str:
    """Whom an upload belongs to beside the bucket's owner: the user or the role, whichever session; or the root."""
    return caller.identity_id or caller.principal.account or ""


def _initiating_principal(caller: Caller) -> str | None:
    """How a policy names whom `initiator_identity` stands for: behind a session the role or user, so that boundary and
    session policies still limit it."""
    principal = caller.principal
    return principal.unique_id or principal.issuer_arn or principal.arn
