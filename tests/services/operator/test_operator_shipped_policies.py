"""The linter on the policies that the server itself brings: it must not cry wolf at AWS's own."""

import json

import pytest

from telecine.policy import catalogue
from telecine.policy.lint import FindingKind, PolicyKind, lint
from telecine.services.iam.directory.managed import AWS_POLICIES
from telecine.services.iam.directory.service_roles import (
    USE_CASES,
    ConfiguredPermissions,
    Location,
    RoleChoices,
    SourceConditions,
    plan_role,
)

ADMINISTRATION = {
    "ALLOW_EVERYTHING",
    "ALLOW_WITH_NOT_ACTION",
    "CREATE_SLR_WITH_STAR_IN_RESOURCE",
    "FORALLVALUES_WITHOUT_NULL",
    "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
    "UNKNOWN_SERVICE",
}
"""What is rightly said of policies for administrators, and of AWS's services that are not here."""


@pytest.mark.parametrize("arn", AWS_POLICIES)
def test_awss_managed_policies_have_no_errors(arn: str) -> None:
    """Access Analyzer reports no error in them either."""
    found = lint(AWS_POLICIES[arn].version.document, kind=PolicyKind.IDENTITY, catalogue=catalogue.load())

    assert FindingKind.ERROR not in {one.kind for one in found}
    assert {one.code for one in found} <= ADMINISTRATION


def test_the_service_role_that_we_make_has_no_findings() -> None:
    """Least privilege, and a trust policy for one queue of one account."""
    locations = [Location.parse("s3://films/in/")]
    plan = plan_role(
        USE_CASES["mediaconvert"],
        RoleChoices(
            permissions=ConfiguredPermissions(inputs=locations, outputs=locations, may_invoke_apis=True),
            kms_keys=["arn:aws:kms:us-east-1:123456789012:key/1"],
            source=SourceConditions(queue_arn="arn:aws:mediaconvert:*:123456789012:queues/*"),
        ),
    )
    assert plan.inline
    for kind, document in (
        *((PolicyKind.IDENTITY, one) for one in plan.inline.values()),
        (PolicyKind.TRUST, plan.trust_policy),
    ):
        assert lint(json.dumps(document), kind=kind, catalogue=catalogue.load()) == ()
