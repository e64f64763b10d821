"""The policy in a form: what its signer lets others upload, and whether a form keeps to that.

Source: S3 user guide, "POST policy" and "Browser-based uploads using POST"; of Signature Version 2 the page of the
same name in its developer guide.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from telecine.core.errors import ApiError
from telecine.wire.sigv4.claim import ALGORITHM, SCOPE, SignatureProblem
from telecine.wire.sigv4.verify import SKEW, signing_keys
from telecine.wire.words import Common

_VERSION_4 = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
_VERSION_2 = ("awsaccesskeyid", "signature")
_FREE = frozenset({"x-amz-signature", "signature", "awsaccesskeyid", "file", "policy"})
"""Fields that no condition has to cover; those that begin with `x-ignore-` are free, too."""
_KEY_LIFE = timedelta(days=7)
"""A signing key of Version 4 lives a week."""
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class FormClaim:
    """What a form says about the signature of its policy, before anything of it is believed."""

    access_key_id: str
    region: str
    """Empty for Version 2, which has no scope."""
    date: str
    """The day of the scope; empty for Version 2."""
    signed_at: datetime | None
    signature: str
    policy: str = field(repr=False)
    """As given, in base64: this text is what is signed."""
    fields: Mapping[str, str] = field(repr=False)
    """The form, and `bucket`."""
    session_token: str | None
    service: str = "s3"

    @property
    def version(self) -> str:
        """`s3:signatureversion`."""
        return ALGORITHM if self.date else "AWS"


def from_fields(fields: Mapping[str, str]) -> FormClaim | None:
    """The claim of a form; None when nobody signed it. Raises `ApiError`, `SignatureProblem`."""
    names = _VERSION_4 if any(name in fields for name in _VERSION_4) else _VERSION_2
    if not any(name in fields for name in (*names, "policy")):
        return None
    for name in ("policy", *names):
        if not fields.get(name):
            raise _missing(name)
    parts = {"key": fields.get("awsaccesskeyid", ""), "region": "", "date": ""}
    signed_at = None
    if names is _VERSION_4:
        scope, time = SCOPE.fullmatch(fields["x-amz-credential"]), _TIME.fullmatch(fields["x-amz-date"])
        if fields["x-amz-algorithm"] != ALGORITHM or scope is None or scope["service"] != "s3" or time is None:
            message = f"A form is signed with {ALGORITHM}, x-amz-credential scoped to s3, x-amz-date in basic format."
            raise SignatureProblem(Common.BAD_REQUEST, message=message)
        parts = scope.groupdict()
        signed_at = _moment(time)
    elif re.fullmatch(r"[!-~]{1,128}", parts["key"]) is None:
        raise _missing("AWSAccessKeyId")
    return FormClaim(
        access_key_id=parts["key"],
        region=parts["region"],
        date=parts["date"],
        signed_at=signed_at,
        signature=fields["x-amz-signature" if names is _VERSION_4 else "signature"],
        policy=fields["policy"],
        fields=fields,
        session_token=fields.get("x-amz-security-token"),
    )


def verify(claim: FormClaim, *, secret: str, now: datetime) -> None:
    """Return if `secret` signed the policy, about `now` or in the week before (Version 4).

    Raises `SignatureProblem`: SKEWED, SCOPE, SIGNATURE_MISMATCH.
    """
    if claim.signed_at is not None:
        at = f"{claim.signed_at:%Y%m%dT%H%M%SZ}"
        if not now - _KEY_LIFE <= claim.signed_at <= now + SKEW:
            raise SignatureProblem(Common.SKEWED, message="x-amz-date", request_time=at, server_time=now.isoformat())
        if not at.startswith(claim.date):
            raise SignatureProblem(Common.SCOPE, message="The dates of x-amz-credential and x-amz-date differ.")
        key = signing_keys.key(secret, claim.date, claim.region, claim.service)
        expected = hmac.digest(key, claim.policy.encode(), "sha256").hex()
    else:
        expected = base64.b64encode(hmac.digest(secret.encode(), claim.policy.encode(), "sha1")).decode()
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise SignatureProblem(
            Common.SIGNATURE_MISMATCH,
            access_key_id=claim.access_key_id,
            string_to_sign=claim.policy,
            signature=claim.signature[:128],
        )


def check(claim: FormClaim, now: datetime) -> tuple[int, int | None]:
    """Return the least and the most bytes of the file, if the form keeps to its policy.

    Raises `ApiError`: InvalidPolicyDocument, AccessDenied.
    """
    try:
        policy = json.loads(base64.b64decode(claim.policy, validate=True))
        expires = datetime.fromisoformat(policy["expiration"])
        conditions = list(policy["conditions"])
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _invalid("Invalid JSON, or without 'expiration' and 'conditions'.") from error
    if now >= (expires if expires.tzinfo is not None else expires.replace(tzinfo=UTC)):
        raise _denied("Policy expired.")
    covered: set[str] = set()
    least, most = 0, None
    for condition in conditions:
        kind, first, second = _condition(condition)
        if kind == "content-length-range":
            if type(first) is not int or type(second) is not int or not 0 <= first <= second:
                raise _invalid("A content-length-range has two numbers of bytes.")
            least, most = max(least, first), second if most is None else min(most, second)
            continue
        name = first.removeprefix("$").lower()
        given = claim.fields.get(name, "")
        if not (given == second if kind == "eq" else given.startswith(second)):
            raise _denied(f"Policy Condition failed: {json.dumps([kind, '$' + name, second])}")
        covered.add(name)
    extra = [name for name in claim.fields if name not in covered | _FREE and not name.startswith("x-ignore-")]
    if extra:
        raise _denied(f"Extra input fields: {', '.join(sorted(extra))[:256]}")
    return least, most


def _condition(condition: Any) -> tuple[str, Any, Any]:
    """`eq`, `starts-with` or `content-length-range`, and what it holds."""
    if isinstance(condition, dict) and len(condition) == 1:
        name, value = next(iter(condition.items()))
        condition = ["eq", f"${name}", value]
    if isinstance(condition, list) and len(condition) == 3 and isinstance(condition[0], str):
        kind, first, second = condition[0].lower(), condition[1], condition[2]
        if kind == "content-length-range":
            return kind, first, second
        if kind in {"eq", "starts-with"} and isinstance(first, str) and first[:1] == "$" and isinstance(second, str):
            return kind, first, second
    raise _invalid(f"Invalid condition: {json.dumps(condition)[:256]}")


def _moment(match: re.Match[str]) -> datetime:
    try:
        year, month, day, hour, minute, second = map(int, match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise SignatureProblem(Common.BAD_REQUEST, message="x-amz-date is no time.") from error


def _missing(name: str) -> ApiError:
    return ApiError(
        "InvalidArgument",
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields.",
        fields={"ArgumentName": name, "ArgumentValue": ""},
    )


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidPolicyDocument", f"Invalid Policy: {message}")


def _denied(message: str) -> ApiError:
    return ApiError("AccessDenied", f"Invalid according to Policy: {message}", status=403)
