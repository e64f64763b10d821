"""One line of the audit log: what CloudTrail would write of a call, from the facts the edge knows of it."""

from collections.abc import Mapping
from typing import Any

from telecine.core.arn import Arn, MalformedArn
from telecine.core.errors import ApiError
from telecine.core.names import AccountId, Region
from telecine.edge.stages import Denial, Facts
from telecine.policy import PrincipalKind
from telecine.services.contract import Caller, Params
from telecine.services.sts.model import ServiceAssumption

_READING = ("Get", "List", "Describe", "Head", "Search", "Probe", "Simulate")
"""How operations begin that change nothing; CloudTrail's `readOnly`."""

_NAMING = ("Name", "Arn", "Bucket", "Key", "Prefix", "Role", "Queue", "Id")
"""How parameters end that name a thing. The values of all others stay out: bodies, documents, secrets."""

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
    PrincipalKind.ANONYMOUS: "Unknown",
}


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
        "eventTime": facts.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
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
        "requestParameters": _names(facts.params) or None,
        "responseElements": None,
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
        record["telecine"] = {"action": denial.action, "resource": resource, "trace": denial.trace}
    return record


def of_assumption(assumption: ServiceAssumption, *, event_id: str, region: Region) -> dict[str, Any]:
    """The record of a service that asked for a role, as CloudTrail has it: an AssumeRole by an AWSService."""
    claim = assumption.claim
    record: dict[str, Any] = {
        "eventVersion": "1.08",
        "userIdentity": {"type": "AWSService", "invokedBy": claim.service},
        "eventTime": assumption.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": region,
        "sourceIPAddress": claim.service,
        "userAgent": claim.service,
    }
    if assumption.problem is not None:
        record |= {"errorCode": "AccessDenied", "errorMessage": f"The role cannot be assumed: {assumption.problem}."}
    return record | {
        "requestParameters": {"roleArn": claim.role_arn, "roleSessionName": claim.session_name},
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


def _identity(facts: Facts) -> dict[str, Any]:
    caller = facts.caller
    if caller is None:
        unknown: dict[str, Any] = {"type": "Unknown"}
        if facts.access_key_id is not None:
            unknown["accessKeyId"] = facts.access_key_id
        return unknown
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
    if caller.principal.kind is PrincipalKind.ASSUMED_ROLE:
        identity["sessionContext"] = _session(caller)
    return identity


def _session(caller: Caller) -> dict[str, Any]:
    role = _context_value(caller, "aws:PrincipalArn") or ""
    try:
        role_name = Arn.parse(role).resource.rpartition("/")[2]
    except MalformedArn:
        role_name = ""
    return {
        "sessionIssuer": {
            "type": "Role",
            "principalId": caller.identity_id,
            "arn": role,
            "accountId": caller.principal.account,
            "userName": role_name,
        },
        "attributes": {
            "creationDate": _context_value(caller, "aws:TokenIssueTime"),
            "mfaAuthenticated": _context_value(caller, "aws:MultiFactorAuthPresent") or "false",
        },
    }


def _context_value(caller: Caller, key: str) -> str | None:
    value = caller.context.get(key)
    return value if isinstance(value, str) else None


def _names(params: Params) -> Mapping[str, str]:
    """The parameters that name things, lowerCamel as CloudTrail has them."""
    return {
        member[:1].lower() + member[1:]: value[:_LONGEST_VALUE]
        for member, value in params.items()
        if isinstance(value, str) and member.endswith(_NAMING) and member not in _SECRET
    }
