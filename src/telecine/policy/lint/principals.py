"""Rules on principals: who may be named where, and how widely."""

import re
from collections.abc import Callable, Iterator

from telecine.policy.lint.conditions import QUALIFIERS, parts
from telecine.policy.lint.finding import PolicyKind
from telecine.policy.lint.reading import Hit, Named, Statement
from telecine.policy.lint.rule import Scope

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_UNIQUE_ID = re.compile(r"(?:AIDA|AROA|AGPA|ASIA)[A-Z0-9]{12,}")
_ARN = re.compile(
    r"arn:aws[a-z-]*:(?:iam::\d{12}:(?:root|(?:user|role)/.+)"
    r"|sts::\d{12}:(?:assumed-role/[^/]+/[^/]+|federated-user/.+|self))",
    re.ASCII,
)
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)")
_CANONICAL = re.compile(r"[0-9a-f]{64}")

_NARROWING = (
    "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/",
    "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourcevpc", "aws:sourcevpce",
    "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:sourceip", "aws:vpcsourceip",
    "aws:userid", "aws:username", "aws:principalservicename", "aws:principalisawsservice", "kms:calleraccount",
    "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "sts:externalid",
)  # fmt: skip
"""Condition keys that say who calls, or from where."""

_SOURCE = ("aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
"""Condition keys that say on whose behalf a service calls; `aws:SourceArn` does so where it names an account."""


def _named(statement: Statement) -> tuple[Named, ...]:
    return (statement.principals or ()) + (statement.not_principals or ())


def _has_principal(statement: Statement) -> bool:
    return not statement.has.isdisjoint({"Principal", "NotPrincipal"})


def not_supported(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A principal in a policy that stands on its principal."""
    for name in ("Principal", "NotPrincipal"):
        if name in statement.has:
            message = "The policy applies to whom it is attached to"
            yield Hit(statement.name(name), f"{message}: remove {name}, or write a resource or trust policy.")


def missing(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """No principal in a policy that needs one."""
    nobody = "Principal" in statement.has and statement.principals == ()
    if _has_principal(statement) and not nobody:
        return
    example = "mediaconvert.amazonaws.com" if scope.kind is PolicyKind.TRUST else ""
    form = f'{{"Service": "{example}"}}' if example else '{"AWS": "arn:aws:iam::123456789012:role/Name"}'
    node = statement.element("Principal")
    yield Hit(node, f'Say whom the statement is about: "Principal": {form}.')


def rcp_principal(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A resource control policy that is not about everybody."""
    names = statement.principals
    if names is None or len(names) != 1 or names[0].name != "*":
        yield Hit(statement.element("Principal"), 'In a resource control policy the principal is always "*".')


def rcp_allow(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A resource control policy that allows; AWS's own full-access policy is the one that may."""
    is_full = [node.text for node in (*(statement.actions or ()), *(statement.resources or ()))] == ["*", "*"]
    if statement.allows and not is_full and statement.effect is not None:
        yield Hit(statement.effect, "A resource control policy only denies: turn the statement round into a Deny.")


def allow_with_not_principal(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Everybody but some, anonymous callers included."""
    if statement.allows and statement.not_principals is not None:
        message = "Allow with NotPrincipal lets everybody else in, anonymous callers included. Name whom you trust in"
        yield Hit(statement.name("NotPrincipal"), f"{message} Principal.")


def wildcard(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A principal with a wildcard in it."""
    for one in _named(statement):
        if one.name != "*" and ("*" in one.name or "?" in one.name):
            message = f'Principals have no wildcards: {one.name} matches nobody. Use "*" with a condition on'
            yield Hit(one.node, f"{message} aws:PrincipalArn (ArnLike).")


def invalid(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A name that no principal of its kind has."""
    for one in _named(statement):
        if one.key == "AWS" and "*" not in one.name and "?" not in one.name:
            known = _ACCOUNT.fullmatch(one.name) or _ARN.fullmatch(one.name) or _UNIQUE_ID.fullmatch(one.name)
            if not known:
                what = (
                    "groups are no principals"
                    if ":group/" in one.name
                    else "it is an account or the ARN of a user, role or session"
                )
                yield Hit(one.node, f"{one.name!r} is no principal: {what}.")
        elif one.key == "CanonicalUser" and not _CANONICAL.fullmatch(one.name):
            yield Hit(one.node, f"A canonical user id has 64 hexadecimal digits: {one.name!r} has not.")


def invalid_service(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A service that is not named as services are; ours are all under amazonaws.com."""
    for one in _named(statement):
        if one.key == "Service" and not _is_service(one.name, scope):
            stem = one.name.lower().partition(".")[0]
            hint = f" Did you mean {stem}.amazonaws.com?" if re.fullmatch(r"[a-z0-9-]+", stem) else ""
            yield Hit(
                one.node, f"A service is named by its host, mediaconvert.amazonaws.com say: {one.name!r} is not.{hint}"
            )


def everybody(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """Everybody is allowed, whoever and wherever they are."""
    if not statement.allows or _is_limited(statement, _NARROWING):
        return
    for one in statement.principals or ():
        if one.key == "AWS" and one.name == "*":
            what = "assume the role" if scope.kind is PolicyKind.TRUST else "use the resource, without signing in even"
            message = f"Anybody may {what}. Name whom you trust, or add a condition that limits who it is"
            yield Hit(one.node, f"{message} (aws:PrincipalOrgID, aws:PrincipalArn, aws:SourceIp).")


def confused_deputy(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A service is trusted, on whosever behalf it calls."""
    if (
        not statement.allows
        or _is_limited(statement, _SOURCE)
        or _is_limited(statement, ("aws:sourcearn",), _has_account)
    ):
        return
    for one in statement.principals or ():
        if one.key == "Service" and _is_service(one.name, scope):
            service = one.name.partition(".")[0]
            does = "assume the role" if scope.kind is PolicyKind.TRUST else "come"
            source = (
                "arn:aws:mediaconvert:REGION:ACCOUNT:queues/NAME"
                if service == "mediaconvert"
                else f"arn:aws:{service}:REGION:ACCOUNT:…"
            )
            message = (
                f"{one.name} may {does} on anybody's behalf. Add aws:SourceAccount (your account), or aws:SourceArn "
                "with your account in it"
            )
            yield Hit(one.node, f'{message}: "ArnLike": {{"aws:SourceArn": "{source}"}}.')


def _is_service(name: str, scope: Scope) -> bool:
    is_ours = name.partition(".")[0] in scope.catalogue.services
    return _SERVICE.fullmatch(name) is not None and (not is_ours or ".amazonaws.com" in name)


def _has_account(arn: str) -> bool:
    """Whether an ARN, or a pattern of ARNs, is of one account (guide page "Cross-service confused deputy")."""
    return re.fullmatch(r"[0-9]{12}", (arn.split(":", 5) + [""] * 5)[4]) is not None


def _is_narrow(value: str) -> bool:
    return value not in ("*", "0.0.0.0/0", "::/0")


def _is_limited(statement: Statement, keys: tuple[str, ...], is_narrow: Callable[[str], bool] = _is_narrow) -> bool:
    """Whether some condition holds only for requests that carry one of `keys` with a value that is narrow."""
    for clause in statement.conditions:
        found, key = parts(clause), clause.key.text.lower()
        is_about = any(key == one or (one.endswith("/") and key.startswith(one)) for one in keys)
        is_open = found.if_exists or found.is_negated or found.base == "Null" or found.qualifier == QUALIFIERS[0]
        if is_about and not is_open and all(is_narrow(node.text) for node in clause.values):
            return True
    return False
