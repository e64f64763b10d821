"""What is refused when a policy is written, in IAM's words: the first check that fails speaks.

Whatever `evaluate` would not evaluate as written is refused here too, so that no stored document is misread.
"""

import re
from collections.abc import Iterator

from telecine.policy.compiled import compile_policy
from telecine.policy.conditions import compile_clause
from telecine.policy.document import SYNTAX_ERROR, Document, MalformedPolicy, NotJson, PrincipalElement, Statement
from telecine.policy.match import ARN_FIELDS, fields, glob
from telecine.policy.parse import parse, read
from telecine.policy.principals import misspelled
from telecine.policy.variables import tokens

_LEGACY = "The policy failed legacy parsing"
_PARTITIONS = frozenset(
    {"*", "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"}
)
_VENDOR = re.compile(r"[A-Za-z0-9.-]+")
_SID = re.compile(r"[A-Za-z0-9]*")
_IAM_PATHS = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
)  # fmt: skip

_TRUST_SYNTAX = "Syntax error in policy."
_TRUST_ACTIONS = (
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
)


def check_identity_policy(text: str) -> None:
    """Raises `MalformedPolicy` unless `text` is a policy that a user, group or role may have.

    Also for permissions boundaries and session policies. The order of the checks is IAM's.
    """
    document = parse(text)
    for check in (
        _grammar,
        _version,
        _legacy,
        _sids,
        _actions_present,
        _resource_formats,
        _prefixes,
        _resources_present,
    ):
        check(document)
    for flaw in compile_policy(text).flaws:
        raise flaw


def _grammar(document: Document) -> None:
    if not document.statements:
        raise MalformedPolicy(SYNTAX_ERROR, element="Statement")
    for statement in document.statements:
        if statement.principal is not None or statement.not_principal is not None:
            raise MalformedPolicy("Policy document should not specify a principal.", element=statement.element)
        if statement.effect is None:
            raise MalformedPolicy(SYNTAX_ERROR, element=f"{statement.element}.Effect")
        for problem in _clause_problems(document, statement, dates=False):
            raise problem


def _clause_problems(document: Document, statement: Statement, *, dates: bool) -> Iterator[MalformedPolicy]:
    """What is wrong with the conditions: with those on dates, or with all others."""
    for clause in statement.conditions:
        if clause.operator.partition(":")[2].startswith("Date") or clause.operator.startswith("Date"):
            if not dates:
                continue
        elif dates:
            continue
        try:
            compile_clause(clause, variables=document.has_variables, in_deny=statement.effect == "Deny")
        except MalformedPolicy as error:
            yield error


def _version(document: Document) -> None:
    if document.version != "2012-10-17":
        raise MalformedPolicy("Policy document must be version 2012-10-17 or greater.", element="Version")


def _legacy(document: Document) -> None:
    for statement in document.statements:
        if statement.effect not in ("Allow", "Deny"):
            raise MalformedPolicy(_LEGACY, element=f"{statement.element}.Effect")
        for problem in _clause_problems(document, statement, dates=True):
            raise MalformedPolicy(_LEGACY, element=problem.element) from problem
        for resource in _resources(statement):
            if "::" in resource and resource.count(":") < ARN_FIELDS - 1:
                raise MalformedPolicy(_LEGACY, element=f"{statement.element}.Resource.{resource}")


def _sids(document: Document) -> None:
    sids = [statement.sid for statement in document.statements if statement.sid]
    for sid in sids:
        if not _SID.fullmatch(sid):
            raise MalformedPolicy(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                "[0-9A-Za-z]*",
                element=sid,
            )
    if len(set(sids)) != len(sids):
        raise MalformedPolicy("Statement IDs (SID) in a single policy must be unique.", element="Sid")


def _actions(statement: Statement) -> tuple[str, ...]:
    return (statement.action or ()) + (statement.not_action or ())


def _resources(statement: Statement) -> tuple[str, ...]:
    return (statement.resource or ()) + (statement.not_resource or ())


def _actions_present(document: Document) -> None:
    for statement in document.statements:
        if not _actions(statement):
            raise MalformedPolicy("Policy statement must contain actions.", element=statement.element)


def _resource_formats(document: Document) -> None:
    for statement in document.statements:
        for resource in _resources(statement):
            problem = None if resource == "*" else _resource_problem(resource)
            if problem is not None:
                raise MalformedPolicy(problem, element=f"{statement.element}.Resource.{resource}")


def _resource_problem(resource: str) -> str | None:
    parts = resource.split(":", ARN_FIELDS - 1)
    no_arn = f'Resource {resource} must be in ARN format or "*".'
    if len(parts) == 1:
        return no_arn
    if len(parts) == 2:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    filled = parts + ["*"] * (ARN_FIELDS - len(parts))
    _, partition, service, region, _, rest = filled
    if parts[0] != "arn":
        return no_arn
    if partition not in _PARTITIONS:
        return f'Partition "{partition}" is not valid for resource "{":".join(filled)}".'
    if fields(tokens(resource, wildcards=True, variables=False)) is None:
        return no_arn  # too few fields, and no star at the end that would stand for the others
    if len(parts) < ARN_FIELDS:
        return None
    if service == "iam":
        if region:
            return f"IAM resource {resource} cannot contain region information."
        if rest != "*" and not rest.startswith(_IAM_PATHS):
            return f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.'
    if service == "s3" and region and not rest.startswith("accesspoint/"):
        return f"Resource {resource} can not contain region information."
    return None


def _prefixes(document: Document) -> None:
    for statement in document.statements:
        for action in _actions(statement):
            problem = _action_problem(action)
            if problem is not None:
                raise MalformedPolicy(problem, element=f"{statement.element}.Action.{action}")
        for clause in statement.conditions:
            if ":" not in clause.key:
                raise MalformedPolicy(_NO_VENDOR, element=clause.element)


_NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


def _action_problem(action: str) -> str | None:
    if action == "*":
        return None
    vendor, *rest = action.split(":")
    if not rest:
        return _NO_VENDOR
    if len(rest) > 1:
        return "Actions/Condition can contain only one colon."
    if vendor != "*" and not _VENDOR.fullmatch(vendor):
        return f"Vendor {vendor} is not valid"
    return None


def _resources_present(document: Document) -> None:
    for statement in document.statements:
        if not _resources(statement):
            raise MalformedPolicy("Policy statement must contain resources.", element=statement.element)


def check_trust_policy(text: str) -> None:
    """Raises `MalformedPolicy` unless `text` is a policy that says who may assume a role.

    Principals are checked for their form; whether a user or role exists is for the caller to look up, who then says
    `Invalid principal in policy: "AWS":"<arn>"` in the same words (`invalid_principal`).
    """
    document = _read_trust(text)
    sids = [statement.sid for statement in document.statements if statement.sid]
    if len(set(sids)) != len(sids):
        raise MalformedPolicy("The Statement Ids in the policy are not unique", element="Sid")
    for statement in document.statements:
        _trust_fields(statement)
        _trust_actions(statement)
        _trust_principals(statement)
    for flaw in compile_policy(text).flaws:
        raise MalformedPolicy(_TRUST_SYNTAX, element=flaw.element) from flaw


def invalid_principal(kind: str, name: str) -> MalformedPolicy:
    """The error for a principal that is not one, or that does not exist. `kind` is its key: `AWS`, `Service`."""
    return MalformedPolicy(f'Invalid principal in policy: "{kind.upper()}":"{name}"', element=name)


def _read_trust(text: str) -> Document:
    try:
        found = read(text)
        if not found.get("Statement"):
            raise MalformedPolicy("Could not parse the policy: Statement is empty!", element="Statement")
        return parse(text)
    except NotJson as error:
        raise MalformedPolicy("This policy contains invalid Json") from error
    except MalformedPolicy as error:
        if error.element == "Version":
            raise MalformedPolicy("The policy must contain a valid version string", element="Version") from error
        if error.message != SYNTAX_ERROR:
            raise
        raise MalformedPolicy(_TRUST_SYNTAX, element=error.element) from error


def _trust_fields(statement: Statement) -> None:
    place = statement.element
    if statement.effect is None:
        raise MalformedPolicy("Missing required field Effect", element=place)
    if statement.effect not in ("Allow", "Deny"):
        raise MalformedPolicy(_TRUST_SYNTAX, element=f"{place}.Effect")
    if statement.not_principal is not None:
        raise MalformedPolicy(
            "Allow with NotPrincipal is not allowed."
            if statement.effect == "Allow"
            else "AssumeRole policy must not contain NotPrincipal field.",
            element=f"{place}.NotPrincipal",
        )
    if statement.principal is None:
        raise MalformedPolicy("Missing required field Principal", element=place)
    if statement.principal.is_empty:
        raise MalformedPolicy("Missing required field Principal cannot be empty!", element=place)
    if not _actions(statement):
        raise MalformedPolicy("Missing required field Action", element=place)
    if statement.resource is not None:
        raise MalformedPolicy("Has prohibited field Resource", element=f"{place}.Resource")
    if statement.not_resource is not None:
        raise MalformedPolicy("AssumeRole policy must not contain resources.", element=f"{place}.NotResource")


def _trust_actions(statement: Statement) -> None:
    for action in _actions(statement):
        test = glob(tokens(action.lower(), wildcards=True, variables=False))
        if not action.lower().startswith("sts:") or not any(test(known) for known in _TRUST_ACTIONS):
            raise MalformedPolicy(
                "AssumeRole policy may only specify STS AssumeRole actions.",
                element=f"{statement.element}.Action.{action}",
            )


def _trust_principals(statement: Statement) -> None:
    for kind, name in misspelled(statement.principal or PrincipalElement()):
        raise invalid_principal(kind, name)
    for name in (statement.principal or PrincipalElement()).canonical:
        raise invalid_principal("CanonicalUser", name)  # S3's alone
