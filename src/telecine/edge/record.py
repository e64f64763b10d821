"""One line of the audit log: what CloudTrail would write of a call, from the facts the edge knows of it."""

from collections.abc import Mapping
from typing import Any

from telecine.core.arn import Arn, MalformedArn
from telecine.core.clock import to_the_second
from telecine.core.errors import ApiError
from telecine.core.names import AccountId, Region
from telecine.edge.stages import Denial, Facts
from telecine.policy import PrincipalKind
from telecine.services.contract import Caller, Params
from telecine.services.iam.model import SignInAttempt, root_arn
from telecine.services.sts.model import ServiceAssumption

_READING = (
    *("Get", "List", "Describe", "Head", "Preflight", "Search", "Probe", "Simulate", "Lookup", "Lint"),
    *("Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateRandom"),
)
"""How operations begin that change nothing; CloudTrail's `readOnly`. Using a key does not change it."""

_NAMING = ("Name", "Arn", "Bucket", "Key", "Prefix", "Role", "Queue", "Id")
"""How parameters end that name a thing. The values of all others stay out: bodies, documents, secrets."""

_TOLD = (
    *("SourceIdentity", "SerialNumber", "DurationSeconds", "Tags", "TransitiveTagKeys"),
    *("EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext"),
    *("GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "PendingWindowInDays"),
)
"""Parameters that name nothing, but of which CloudTrail tells too: who is behind a session, and what it carries; for
what a key is used (encryption contexts are no secrets), and to whom it is granted."""

_ELEMENTS = {
    "Credentials": ("AccessKeyId", "Expiration"),
    "AssumedRoleUser": ("AssumedRoleId", "Arn"),
    "FederatedUser": ("FederatedUserId", "Arn"),
    "AccessKey": ("AccessKeyId", "UserName", "Status"),
}
"""What an answer's members tell of new credentials and whose they are: `responseElements`. Neither secret nor token."""

_SECRET = frozenset({"ExternalId", "SSECustomerKey", "CopySourceSSECustomerKey"})
_LONGEST_VALUE = 1024
"""CloudTrail's limit for `userAgent` and `errorMessage`, and ours for whatever a caller writes: a record that grew with
the request would let anybody fill the disk."""

_IDENTITY_TYPES = {
    PrincipalKind.ROOT: "Root",
    PrincipalKind.USER: "IAMUser",
    PrincipalKind.ASSUMED_ROLE: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.SERVICE: "AWSService",
}

_ANONYMOUS = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
"""Whoever did not sign (CloudTrail user guide, "CloudTrail userIdentity element")."""


def of_call(
    facts: Facts,
    *,
    event_id: str,
    account: AccountId,
    region: Region,
    error: ApiError | None = None,
    denial: Denial | None = None,
) -> dict[str, Any]:
    """The record of one call, in CloudTrail's form ("CloudTrail record contents", version 1.08), ready for JSON.

    `account` and `region` are the server's, for calls that name no caller or no region. `telecine.trace` is ours.
    """
    record: dict[str, Any] = {
        "eventVersion": "1.08",
        "userIdentity": _identity(facts),
        "eventTime": to_the_second(facts.now),
        "eventSource": f"{facts.service or 'telecine'}.amazonaws.com",
        "eventName": facts.operation or "Unknown",
        "awsRegion": facts.region or region,
        "sourceIPAddress": facts.request.client_address,
        "userAgent": (facts.request.header("user-agent") or "")[:_LONGEST_VALUE],
    }
    if error is not None:
        record["errorCode"] = error.code
        record["errorMessage"] = error.message[:_LONGEST_VALUE]
    record |= {
        "requestParameters": (
            request_parameters(facts.params) if facts.request_parameters is None else facts.request_parameters
        )
        or None,
        "responseElements": _elements(facts.result) or None,
        "requestID": facts.request_id,
        "eventID": event_id,
        "readOnly": facts.operation.startswith(_READING),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": (facts.caller.principal.account if facts.caller else None) or account,
        "eventCategory": "Management",
    }
    if denial is not None:
        resource = denial.resource[:_LONGEST_VALUE]
        record["telecine"] = {"action": denial.action, "resource": resource, "trace": _cut(denial.trace)}
    return record


def of_assumption(assumption: ServiceAssumption, *, event_id: str, region: Region) -> dict[str, Any]:
    """The record of a service that asked for a role, as CloudTrail has it: an AssumeRole by an AWSService."""
    claim = assumption.claim
    record: dict[str, Any] = {
        "eventVersion": "1.08",
        "userIdentity": {"type": "AWSService", "invokedBy": claim.service},
        "eventTime": to_the_second(assumption.time),
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": region,
        "sourceIPAddress": claim.service,
        "userAgent": claim.service,
    }
    if assumption.problem is not None:
        record |= {"errorCode": "AccessDenied", "errorMessage": f"The role cannot be assumed: {assumption.problem}."}
    return record | {
        # Whatever a job calls its role, for as many attempts as it has.
        "requestParameters": {"roleArn": claim.role_arn[:_LONGEST_VALUE], "roleSessionName": claim.session_name},
        "responseElements": None
        if assumption.access_key_id is None
        else {"credentials": {"accessKeyId": assumption.access_key_id}},
        "eventID": event_id,
        "readOnly": True,
        "eventType": "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": claim.account,
        "eventCategory": "Management",
        "telecine": {
            "jobId": claim.job_id,
            "attempt": claim.attempt,
            "sourceArn": claim.source_arn,
            "trace": assumption.trace,
        },
    }


def _cut(trace: Mapping[str, Any]) -> Mapping[str, Any]:
    """The trace, in which the resource alone is as long as the caller made it."""
    request = trace.get("request")
    if not isinstance(request, Mapping):
        return trace
    return {**trace, "request": {**request, "resource": str(request.get("resource"))[:_LONGEST_VALUE]}}


def of_sign_in(attempt: SignInAttempt, *, event_id: str, account: AccountId, region: Region) -> dict[str, Any]:
    """The record of somebody who tried to sign in ("AWS Management Console sign-in events").

    `account` is the server's first, for attempts in accounts that do not exist.
    """
    record: dict[str, Any] = {
        "eventVersion": "1.08",
        "userIdentity": _claimed(attempt),
        "eventTime": to_the_second(attempt.time),
        "eventSource": "signin.amazonaws.com",
        "eventName": attempt.step,
        "awsRegion": region,
        "sourceIPAddress": attempt.source.address,
        "userAgent": attempt.source.user_agent[:_LONGEST_VALUE],
    }
    if attempt.problem is not None:
        record["errorMessage"] = attempt.problem[:_LONGEST_VALUE]
    return record | {
        "requestParameters": None,
        "responseElements": {attempt.step: "Success" if attempt.problem is None else "Failure"},
        "additionalEventData": {"MobileVersion": "No", "MFAUsed": "Yes" if attempt.used_mfa else "No"},
        "eventID": event_id,
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": attempt.account or account,
        "eventCategory": "Management",
    }


def _claimed(attempt: SignInAttempt) -> dict[str, Any]:
    account = attempt.account
    if attempt.is_root:
        known = {} if account is None else {"principalId": account, "arn": root_arn(account), "accountId": account}
        return {"type": "Root", **known}
    identity: dict[str, Any] = {"type": "IAMUser"}
    if account is not None:
        identity["accountId"] = account
    user = attempt.user
    if user is None:
        # What stands for a name that nobody has may be a password that somebody typed in the wrong field.
        return identity | {"userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    return identity | {"principalId": user.unique_id, "arn": user.arn, "userName": user.name}


def _identity(facts: Facts) -> dict[str, Any]:
    caller = facts.caller
    if caller is None:
        unknown: dict[str, Any] = {"type": "Unknown"}
        if facts.access_key_id is not None:
            unknown["accessKeyId"] = facts.access_key_id
        return unknown
    if caller.principal.kind is PrincipalKind.ANONYMOUS:
        return dict(_ANONYMOUS)
    identity: dict[str, Any] = {
        "type": _IDENTITY_TYPES[caller.principal.kind],
        "principalId": caller.user_id,
        "arn": caller.principal.arn,
        "accountId": caller.principal.account,
        "accessKeyId": caller.access_key_id,
    }
    name = _context_value(caller, "aws:username")
    if name is not None:
        identity["userName"] = name
    if caller.is_temporary:
        identity["sessionContext"] = _session(caller)
    return identity


def _session(caller: Caller) -> dict[str, Any]:
    """CloudTrail's `sessionContext`: who issued the session, when, and whether with MFA."""
    session: dict[str, Any] = {
        "attributes": {
            "creationDate": _context_value(caller, "aws:TokenIssueTime"),
            "mfaAuthenticated": _context_value(caller, "aws:MultiFactorAuthPresent") or "false",
        },
    }
    issuer = _issuer(caller)
    if issuer is not None:
        session["sessionIssuer"] = issuer
    source = _context_value(caller, "aws:SourceIdentity")
    if source is not None:
        session["sourceIdentity"] = source
    return session


def _issuer(caller: Caller) -> dict[str, Any] | None:
    """The role of a role session, who federated a federated user; None for a user's or root's own session."""
    principal = caller.principal
    if principal.kind is PrincipalKind.ASSUMED_ROLE:
        kind, arn = "Role", _context_value(caller, "aws:PrincipalArn") or ""
    elif principal.kind is PrincipalKind.FEDERATED_USER:
        kind, arn = "Root" if principal.unique_id is None else "IAMUser", principal.issuer_arn or ""
    else:
        return None
    issuer = {"type": kind, "principalId": caller.identity_id, "arn": arn, "accountId": principal.account}
    try:
        name = Arn.parse(arn).resource.rpartition("/")[2]
    except MalformedArn:
        name = ""
    return issuer if kind == "Root" else {**issuer, "userName": name}


def _context_value(caller: Caller, key: str) -> str | None:
    value = caller.context.get(key)
    return value if isinstance(value, str) else None


def request_parameters(params: Params) -> Mapping[str, Any]:
    """What the log tells of parameters: `requestParameters`."""
    return {**_names(params), **_told(params)}


def _names(params: Params) -> Mapping[str, str]:
    """The parameters that name things, lowerCamel as CloudTrail has them."""
    return {
        _lower(member): value[:_LONGEST_VALUE]
        for member, value in params.items()
        if isinstance(value, str) and member.endswith(_NAMING) and member not in _SECRET
    }


def _told(params: Params) -> Mapping[str, Any]:
    """Of `_TOLD` what was given, as CloudTrail writes it."""
    return {_lower(member): _shortened(params[member]) for member in _TOLD if member in params}


def _elements(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parts of an answer that belong into the log."""
    elements: dict[str, Any] = {}
    for member, inner in _ELEMENTS.items():
        part = result.get(member)
        if part is not None and isinstance(part, Mapping):  # to ask of a None takes longer than all else here
            elements[_lower(member)] = {_lower(name): part[name] for name in inner if name in part}
    if isinstance(result.get("SourceIdentity"), str):
        elements["sourceIdentity"] = result["SourceIdentity"]
    return elements


def _shortened(value: Any) -> Any:
    """A list of tags as it is, unless it is long: then how many there are."""
    if isinstance(value, str):
        return value[:_LONGEST_VALUE]
    if not isinstance(value, list | dict):
        return value
    if len(str(value)) > _LONGEST_VALUE:
        return f"{len(value)} entries"
    if isinstance(value, dict):
        return value
    return [{_lower(name): one[name] for name in one} if isinstance(one, dict) else one for one in value]


def _lower(member: str) -> str:
    """A member's name as CloudTrail writes it, lowerCamel."""
    return member[:1].lower() + member[1:]
