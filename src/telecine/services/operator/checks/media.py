"""What the role of a job must be allowed on S3 and KMS, request by request, as the engine will make them."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import structs

from telecine.core.errors import ApiError
from telecine.core.names import MEDIACONVERT_PRINCIPAL
from telecine.media.settings import Job
from telecine.policy.remedies import escaped
from telecine.services.contract import Call, Caller, Need, Needs, Params, Signature, SignaturePlace
from telecine.services.deciding import Decided
from telecine.services.kms import access as kms_access
from telecine.services.kms.crypto import Keys
from telecine.services.kms.model import Key
from telecine.services.kms.states import KeyState
from telecine.services.operator.checks import remedies, touches
from telecine.services.operator.checks.model import Permission, Problem, Unchecked
from telecine.services.operator.checks.touches import Opened, Read, Written
from telecine.services.s3 import access as s3_access
from telecine.services.s3 import sse
from telecine.services.s3.access import objects as object_rows
from telecine.services.s3.access import uploads as upload_rows
from telecine.services.s3.model import Bucket, object_arn
from telecine.services.s3.objects import Objects

_EMPTY = hashlib.sha256(b"").hexdigest()
_KEYS = "arn:aws:kms:"

Ask = Callable[[Need], Decided]
AskAs = Callable[[Call, Need], Decided]


@dataclass(kw_only=True, slots=True)
class Found:
    """What a role may and may not, collected."""

    permissions: list[Permission] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)


class Media:
    """The media as jobs find them: at this server, where the worker comes by `endpoint_url`."""

    def __init__(
        self, objects: Objects, keys: Keys, *, endpoint_url: str, has_own_s3: bool = True, has_own_kms: bool = True
    ) -> None:
        """`has_own_s3` and `has_own_kms` say that jobs read and write here, and have their keys opened here."""
        self._objects = objects
        self._keys = keys
        self._endpoint_url = endpoint_url
        self._has_own_s3 = has_own_s3
        self._has_own_kms = has_own_kms

    def of_role(self, call: Call, holder: Caller, job: Job, ask: Ask, ask_as: AskAs) -> Found:
        """What `holder`, a session of the job's role, may of all that the job does.

        `call` is whose check it is, and `ask` decides on what that caller may itself; `ask_as` on the holder's calls.
        """
        found = Found()
        check = _Check(
            call=call,
            worn=self._worn(call, holder),
            ask=ask,
            ask_as=ask_as,
            objects=self._objects,
            keys=self._keys,
            found=found,
        )
        if self._has_own_s3:
            for read in touches.reads(job):
                check.read(read)
            for group in _grouped(touches.written(job, call.now)):
                check.write(group)
        else:
            found.unchecked.append(
                Unchecked(
                    what="inputs and outputs", why="They are at another S3, whose policies this server cannot see."
                )
            )
        for opened in touches.opened(job):
            if self._has_own_kms:
                check.open(opened)
            else:
                found.unchecked.append(
                    Unchecked(
                        what=f"the data key of input {opened.number}",
                        why="Another KMS opens it, whose policies this server cannot see.",
                    )
                )
        return found

    def _worn(self, call: Call, holder: Caller) -> Call:
        """A call of the engine: from this machine, signed in a header, with an empty body."""
        return structs.replace(
            call,
            caller=holder,
            base_url=self._endpoint_url,
            source_ip="127.0.0.1",
            user_agent="",
            is_secure=self._endpoint_url.startswith("https://"),
            signature=Signature(place=SignaturePlace.HEADER, signed_at=call.now, content=_EMPTY),
            pins=frozenset(),
        )


def _grouped(entries: Sequence[Written]) -> Sequence[Sequence[Written]]:
    groups: dict[int, list[Written]] = {}
    for entry in entries:
        groups.setdefault(entry.number, []).append(entry)
    return tuple(groups.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Check:
    """One check, on its way through a job's media."""

    call: Call
    worn: Call
    ask: Ask
    ask_as: AskAs
    objects: Objects
    keys: Keys
    found: Found

    # ── inputs ──────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, read: Read) -> None:
        """HeadObject, then GetObject in ranges."""
        purpose = f"read input {read.number}"
        params = {"Bucket": read.bucket, "Key": read.key}
        try:
            bucket, stored = self.objects.locate(read.bucket, read.key)
            is_told = self._may_see(params)
        except ApiError as problem:
            self._fails(f"Input {read.number}, {read.uri}: {problem.message}.", 1404)
            return
        if not is_told:
            self._unseen(read, bucket, params, purpose)
            return
        if stored is None or stored.is_delete_marker:
            self._fails(f"Input {read.number}: there is no object {read.uri}.", 1404)
        for row in (s3_access.ROWS["HeadObject"], s3_access.ROWS["GetObject"]):
            self._needed(row, params, purpose)
        encryption = None if stored is None else stored.encryption
        if encryption is not None and encryption.key_arn is not None:
            self._usable(encryption.key_arn, f"Input {read.number}, {read.uri}, is encrypted with", 1404)

    def _may_see(self, params: Params) -> bool:
        """Whether HeadObject would tell the caller whether the object is there."""
        needs = s3_access.ROWS["HeadObject"](self.objects, self.call, params)
        return all(self.ask(need).decision.is_allowed for need in needs if need.part is None)

    def _unseen(self, read: Read, bucket: Bucket, params: Params, purpose: str) -> None:
        """An object of which the caller may not know whether it is there: nothing of it decides what is said."""
        self.found.unchecked.append(
            Unchecked(
                what=f"whether input {read.number}, {read.uri}, is there, what it is encrypted with, and its tags",
                why="You may not read it.",
                action="s3:GetObject",
                resource=object_arn(read.bucket, read.key),
            )
        )
        self._needed(object_rows.unseen, params, purpose)
        if bucket.account != self.call.account:
            return
        try:
            plan = self.objects.data_keys.plan(sse.Wish(), bucket, read.key, self.call.account)
        except ApiError:
            return  # the bucket's key is gone: what is there may be under another
        for need in self.objects.data_keys.leave_to_add(plan, self.worn.caller):
            self._decided(need, f"{purpose}, if it is encrypted as its bucket does by default", is_required=False)

    # ── outputs ─────────────────────────────────────────────────────────────────────────────────────────────────

    def write(self, group: Sequence[Written]) -> None:
        """Multipart uploads, which nobody sees until all are complete; and what takes them back."""
        first = group[0]
        purpose = f"write output group {first.number}"
        undo = f"take back what a failed job left of output group {first.number}"
        try:
            bucket = self.objects.buckets.get(first.bucket)
        except ApiError as problem:
            self._fails(f"Output group {first.number}, s3://{first.bucket}: {problem.message}.", 1404)
            return
        steps: list[tuple[Needs[Objects], Callable[[Written], dict[str, Any]], str, bool]] = [
            (s3_access.ROWS["CreateMultipartUpload"], touches.creation, purpose, True),
            (object_rows.write, _part, purpose, True),
            (object_rows.write, _name, purpose, True),
            (upload_rows.on_own_upload("s3:AbortMultipartUpload"), _name, undo, False),
            (s3_access.ROWS["DeleteObject"], _name, undo, False),
        ]
        for row, params, why, is_required in steps:
            self._on_all(group, row, params, why, is_required=is_required)
        if bucket.versioning is not None and bucket.account == self.call.account:
            self._on_all(
                group,
                s3_access.ROWS["DeleteObject"],
                lambda entry: {**_name(entry), "VersionId": "null"},
                undo,
                is_required=False,
            )
        listing = {"Bucket": first.bucket, "Prefix": first.key}
        self._needed(s3_access.ROWS["ListMultipartUploads"], listing, undo, is_required=False)
        self._encrypting(group, bucket, purpose)

    def _on_all(
        self,
        group: Sequence[Written],
        row: Needs[Objects],
        params: Callable[[Written], dict[str, Any]],
        purpose: str,
        *,
        is_required: bool,
    ) -> None:
        """A request for every object of a group: one permission on all names, where all are decided alike."""
        decided = [
            (entry, self._permission(need, purpose, is_required=is_required))
            for entry in group
            for need in row(self.objects, self.worn, params(entry))
            if not need.resource.startswith(_KEYS)  # they come once for all requests
        ]
        by_action: dict[str, list[tuple[Written, Permission]]] = {}
        for entry, one in decided:
            by_action.setdefault(one.action, []).append((entry, one))
        for alike in by_action.values():
            if len({(one.decision, len(one.steps)) for _entry, one in alike}) == 1:
                self._add(_on_prefix(*alike[0]))
            else:
                for _entry, one in alike:
                    self._add(one)

    def _encrypting(self, group: Sequence[Written], bucket: Bucket, purpose: str) -> None:
        """The key that objects are encrypted with: one data key for each upload, which every part needs again."""
        for entry in group:
            if bucket.account != self.call.account and "ServerSideEncryption" not in entry.parameters:
                self.found.unchecked.append(
                    Unchecked(
                        what=f"the key that s3://{bucket.name} encrypts with, if it does with one",
                        why="The bucket belongs to another account.",
                    )
                )
                return
            try:
                wish = sse.of_write(entry.parameters, is_secure=self.worn.is_secure)
                plan = self.objects.data_keys.plan(wish, bucket, entry.key, self.worn.account)
            except ApiError as problem:
                self._fails(f"Output group {entry.number}, s3://{bucket.name}: {problem.message}", 1517)
                return
            if plan.key is None:
                return
            self._state(plan.key, f"Output group {entry.number} is encrypted with", 1517)
            for need in (
                *self.objects.data_keys.leave_to_make(plan, self.worn.caller),
                *self.objects.data_keys.leave_to_add(plan, self.worn.caller),
            ):
                self._decided(need, purpose)

    # ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, opened: Opened) -> None:
        """The data key of an input that was encrypted before its upload."""
        if opened.how.region not in {None, self.keys.region}:
            region = opened.how.region
            self._fails(
                f"The data key of input {opened.number}: KMS of this server is in {self.keys.region}, not in {region}.",
                1040,
            )
            return
        params = {
            "CiphertextBlob": base64.b64decode(opened.how.encrypted_key),
            "EncryptionContext": {"service": MEDIACONVERT_PRINCIPAL},
        }
        try:
            needs = kms_access.ROWS["Decrypt"](self.keys, self.worn, params)
        except ApiError as problem:
            self._fails(f"The data key of input {opened.number} cannot be opened: {problem.code}.", 1040)
            return
        for need in needs:
            self._decided(need, f"open the data key of input {opened.number}")
            self._usable(need.resource, f"The data key of input {opened.number} is encrypted with", 1404)

    def _usable(self, arn: str, what: str, code: int) -> None:
        """A problem for a key of the caller's account that is gone, or cannot be used now."""
        try:
            key = self.keys.resolve(self.call.account, arn)
        except ApiError:
            self._fails(f"{what} a key that is gone.", code)
            return
        self._state(key, what, code)

    def _state(self, key: Key, what: str, code: int) -> None:
        if key.account == self.call.account and key.state is not KeyState.ENABLED:
            self._fails(f"{what} the key {key.arn}, which is {key.state}.", code)

    # ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────

    def _needed(self, row: Needs[Objects], params: Params, purpose: str, *, is_required: bool = True) -> None:
        for need in row(self.objects, self.worn, params):
            if need.part is None:  # a part that is refused costs a read nothing that the engine looks at
                self._decided(need, purpose, is_required=is_required)

    def _decided(self, need: Need, purpose: str, *, is_required: bool = True) -> None:
        self._add(self._permission(need, purpose, is_required=is_required))

    def _permission(self, need: Need, purpose: str, *, is_required: bool) -> Permission:
        return remedies.permission(
            need,
            self.ask_as(self.worn, need),
            purpose,
            account=self.call.account,
            is_required=is_required,
            tells_policies=True,
        )

    def _add(self, one: Permission) -> None:
        """Once, whatever asks for it again in the same way."""
        if one not in self.found.permissions:
            self.found.permissions.append(one)

    def _fails(self, message: str, code: int) -> None:
        problem = Problem(code=str(code), message=message, is_refused=False)
        if problem not in self.found.problems:
            self.found.problems.append(problem)


def _name(entry: Written) -> dict[str, Any]:
    return {"Bucket": entry.bucket, "Key": entry.key}


def _part(entry: Written) -> dict[str, Any]:
    return {**_name(entry), "PartNumber": 1}


def _on_prefix(entry: Written, one: Permission) -> Permission:
    """The permission on all objects of the group, where it was decided on an example."""
    example = object_arn(entry.bucket, entry.key)
    if one.resource != example:
        return one
    pattern = f"{escaped(object_arn(entry.bucket, entry.prefix))}*"
    steps = [
        replace(step, statement={**step.statement, "Resource": pattern})
        if step.statement is not None and step.statement.get("Resource") == escaped(example)
        else step
        for step in one.steps
    ]
    return replace(one, resource=pattern, steps=tuple(steps))
