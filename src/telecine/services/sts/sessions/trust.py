"""Roles as those see them who want to assume them, callers and services alike."""

import re
from collections.abc import Mapping
from datetime import datetime

from telecine.core.arn import Arn
from telecine.core.names import AccountId
from telecine.policy import (
    Family,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    ResourcePolicy,
    ResourceRule,
    evaluate,
    trace,
)
from telecine.services.iam.model import Role
from telecine.services.sts.model import ServiceClaim

ASSUME_ROLE = "sts:AssumeRole"

_ROLE_ARN = re.compile(r"arn:aws:iam::[0-9]{12}:role/[\x21-\x7e]+")


def is_role_arn(arn: str) -> bool:
    """Whether a role can have that ARN."""
    return _ROLE_ARN.fullmatch(arn) is not None


def role_account(arn: str) -> AccountId:
    """The account in the ARN of a role, be there such a role or not."""
    return AccountId(Arn.parse(arn).account)


def trust_policy(role: Role) -> ResourcePolicy:
    """The role's trust policy as it counts: without its consent nobody assumes the role."""
    return ResourcePolicy(text=role.trust_policy, rule=ResourceRule.REQUIRED, family=Family.TRUST, name=role.arn)


def role_tags(role: Role) -> dict[str, str]:
    """Condition keys for the tags on the role that somebody wants to assume."""
    return {f"{service}:ResourceTag/{key}": value for key, value in role.tags.items() for service in ("aws", "iam")}


def trusts(role: Role, claim: ServiceClaim, now: datetime) -> tuple[bool, Mapping[str, object]]:
    """Whether the role lets a service act for this source, and what its trust policy said (`policy.trace`)."""
    request = Request(
        principal=Principal(kind=PrincipalKind.SERVICE, arn=claim.service, account=None),
        action=ASSUME_ROLE,
        resource=role.arn,
        resource_account=role.account,
        context={
            "aws:SourceArn": claim.source_arn,
            "aws:SourceAccount": claim.source_account,
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": claim.service,
            "aws:CurrentTime": timestamp(now),
            "aws:EpochTime": str(int(now.timestamp())),
            "sts:RoleSessionName": claim.session_name,
            **role_tags(role),
        },
    )
    policies = PolicySet(resource=trust_policy(role))
    decision = evaluate(request, policies)
    return decision.is_allowed, trace(request, policies, decision)


def timestamp(moment: datetime) -> str:
    """A time as condition keys carry it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
