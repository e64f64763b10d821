"""Who a Principal element names, and how directly: that decides what else must allow.

A resource policy that names a user, or this very session, allows by itself. One that names the role behind a session
(or the user behind a federated one) allows within boundary and session policy. One that names the account only lets the
account decide: identity policies must allow too (IAM user guide, "Policy evaluation logic").
"""

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from telecine.core.arn import Arn, MalformedArn
from telecine.policy.document import PrincipalElement
from telecine.policy.request import Principal, PrincipalKind


class Reach(IntEnum):
    """How directly a statement names the caller; the greater, the fewer other policies must allow."""

    NONE = 0
    """It names somebody else."""
    ACCOUNT = 1
    """Its account: identity policies, boundary and session policy must allow."""
    ROLE = 2
    """The role, user or identity provider behind the session: boundary and session policy must allow."""
    DIRECT = 3
    """The caller itself, or everybody: nothing else must allow."""


class _Names(NamedTuple):
    """The names of a caller, by what being named so means."""

    direct: frozenset[str]
    role: frozenset[str]
    account: frozenset[str]


class PrincipalSet:
    """A compiled Principal element."""

    __slots__ = ("aws", "canonical", "everybody", "federated", "service")

    def __init__(self, element: PrincipalElement) -> None:
        self.everybody = "*" in element.aws
        self.aws = frozenset(_without_path(name) for name in element.aws)
        self.service = frozenset(element.service)
        self.federated = frozenset(element.federated)
        self.canonical = frozenset(element.canonical)

    def reach(self, principal: Principal) -> Reach:
        """How directly the element names `principal`. There are no wildcards inside names."""
        if self.everybody:
            return Reach.DIRECT
        if principal.kind is PrincipalKind.SERVICE:
            return Reach.DIRECT if principal.arn in self.service else Reach.NONE
        names = _names(principal)
        is_vouched_for = principal.provider is not None and principal.provider in self.federated
        if is_vouched_for and principal.kind is PrincipalKind.ANONYMOUS:
            return Reach.DIRECT
        if not names.direct.isdisjoint(self.aws):
            return Reach.DIRECT
        if is_vouched_for or not names.role.isdisjoint(self.aws):
            return Reach.ROLE
        if not names.account.isdisjoint(self.aws):
            return Reach.ACCOUNT
        if principal.canonical_id is not None and principal.canonical_id in self.canonical:
            return Reach.ACCOUNT
        return Reach.NONE


@lru_cache(maxsize=1024)
def _names(principal: Principal) -> _Names:
    account = set[str]()
    partition = "aws"
    if principal.arn is not None and principal.arn.startswith("arn:"):
        partition = principal.arn.split(":", 2)[1]
    if principal.account is not None:
        account = {principal.account, f"arn:{partition}:iam::{principal.account}:root"}
    direct = {principal.arn} if principal.arn else set()
    role: set[str] = set()
    unique = {principal.unique_id} if principal.unique_id else set()
    if principal.kind is PrincipalKind.ASSUMED_ROLE:
        role = unique | _role_of(principal.arn or "")
    elif principal.kind is PrincipalKind.FEDERATED_USER:
        role = unique | ({principal.issuer_arn} if principal.issuer_arn else set())
    elif principal.kind is PrincipalKind.USER:
        direct |= unique
    return _Names(frozenset(direct), frozenset(role), frozenset(account))


def _role_of(session_arn: str) -> set[str]:
    """The role's ARN without its path, of a session `arn:aws:sts::<account>:assumed-role/<role>/<session>`."""
    try:
        arn = Arn.parse(session_arn)
    except MalformedArn:
        return set()
    kind, _, rest = arn.resource.partition("/")
    name, _, session = rest.partition("/")
    if kind != "assumed-role" or not name or not session:
        return set()
    return {str(Arn(arn.partition, "iam", "", arn.account, f"role/{name}"))}


def _without_path(name: str) -> str:
    """A role's ARN without its path, which a session's ARN does not carry; anything else as it is.

    Names of roles are unique in their account whatever the path, so nobody else is named by the shorter form.
    """
    head, kind, rest = name.partition(":role/")
    return f"{head}{kind}{rest.rpartition('/')[2]}" if kind and head.count(":") == 4 else name


_FORMS = {
    "AWS": re.compile(
        r"\*|\d{12}"
        r"|arn:aws[a-z-]*:iam::\d{12}:(?:root|(?:user|role)/[\x21-\x7e]+)"
        r"|arn:aws[a-z-]*:sts::\d{12}:(?:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+)"
        # What IAM shows for a user or role that was deleted, and takes back when the policy is written again; behind a
        # role's id the name of the session that was meant.
        r"|AIDA[A-Z0-9]{12,124}|AROA[A-Z0-9]{12,124}(?::[\w+=,.@-]+)?",
        re.ASCII,
    ),
    "Service": re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)"),
    "Federated": re.compile(
        r"arn:aws[a-z-]*:iam::\d{12}:(?:saml|oidc)-provider/[\x21-\x7e]+"
        r"|accounts\.google\.com|www\.amazon\.com|graph\.facebook\.com|cognito-identity\.amazonaws\.com"
    ),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}
"""How the names of each kind of principal are spelled."""


def misspelled(element: PrincipalElement) -> Iterator[tuple[str, str]]:
    """The names in a Principal that name nobody, each with its kind (`AWS`): not of its form, or with a wildcard."""
    for kind, names in (
        ("AWS", element.aws),
        ("Service", element.service),
        ("Federated", element.federated),
        ("CanonicalUser", element.canonical),
    ):
        for name in names:
            if not _FORMS[kind].fullmatch(name) or (name != "*" and "*" in name):
                yield kind, name
