"""What belongs to the account as a whole: where this server answers, from where inputs may come, certificates."""

import re
from collections.abc import Mapping
from typing import Any

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import PAGE_SIZE, Lifecycle
from telecine.services.mediaconvert.model import InputPolicy

_CERTIFICATE = re.compile(
    r"arn:aws[a-z-]*:acm:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):certificate/[0-9A-Za-z-]{1,64}"
)
_DISALLOWED = "DISALLOWED"


def describe_endpoints(_face: Lifecycle, call: Call, params: Params) -> Result:
    """Our own address, in both modes: old clients ask for it and then use it."""
    wrong = []
    asked = params.get("MaxResults", PAGE_SIZE)
    if asked < 1:
        wrong.append(("/maxResults", "Should be greater than or equal to 1"))
    if asked > PAGE_SIZE:
        wrong.append(("/maxResults", f"Should be less than or equal to {PAGE_SIZE}"))
    if wrong:
        raise errors.issues(wrong)
    if params.get("NextToken"):
        raise errors.invalid_page_token()  # one page holds the only endpoint
    return {"Endpoints": [{"Url": call.base_url}]}


def list_versions(_face: Lifecycle, _call: Call, params: Params) -> Result:
    """None: there is the engine of this release, and no other to choose."""
    if params.get("NextToken"):
        raise errors.invalid_page_token()
    return {"Versions": []}


def get_policy(face: Lifecycle, call: Call, _params: Params) -> Result:
    """What holds for each kind of input; without a policy all are allowed (AWS does not document its answer then)."""
    return {"Policy": view.input_policy(face.input_policies.of(call.account))}


def put_policy(face: Lifecycle, call: Call, params: Params) -> Result:
    """In place of the whole policy before: what it does not say is allowed (user guide, "How to allow or disallow input
    location types using a policy")."""
    given: Mapping[str, Any] = params["Policy"]
    policy = InputPolicy(
        s3=given.get("S3Inputs") != _DISALLOWED,
        http=given.get("HttpInputs") != _DISALLOWED,
        https=given.get("HttpsInputs") != _DISALLOWED,
    )
    face.input_policies.put(call.account, policy)
    return {"Policy": view.input_policy(policy)}


def delete_policy(face: Lifecycle, call: Call, _params: Params) -> Result:
    face.input_policies.delete(call.account)
    return {}


def associate_certificate(face: Lifecycle, call: Call, params: Params) -> Result:
    """Of this account and region, as ACM's ARNs name them; once or again."""
    face.certificates.associate(call.account, _certificate(call, params["Arn"]))
    return {}


def disassociate_certificate(face: Lifecycle, call: Call, params: Params) -> Result:
    """Raises NotFoundException for one that is not associated."""
    face.certificates.disassociate(call.account, _certificate(call, params["Arn"]))
    return {}


def _certificate(call: Call, arn: str) -> str:
    found = _CERTIFICATE.fullmatch(arn)
    if found is None:
        raise errors.issues([("/arn", "Should be the ARN of a certificate in AWS Certificate Manager")])
    if (found["account"], found["region"]) != (call.account, call.region):
        raise errors.issues([("/arn", f"Should be a certificate of account {call.account} in {call.region}")])
    return arn


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "AssociateCertificate": associate_certificate,
    "DeletePolicy": delete_policy,
    "DescribeEndpoints": describe_endpoints,
    "DisassociateCertificate": disassociate_certificate,
    "GetPolicy": get_policy,
    "ListVersions": list_versions,
    "PutPolicy": put_policy,
}
