"""Answers to requests that nobody makes: the decision of `policy.evaluate` on the policies that a real request meets.

IAM API reference, "SimulatePrincipalPolicy" and "SimulateCustomPolicy"; IAM user guide, "IAM policy testing with the
IAM policy simulator". As there, policies on resources take part only when they are given. Beyond it, `sts:AssumeRole`
on a role of this server asks the role's trust policy, because no call could succeed without it.
"""

import re
from collections.abc import Sequence

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import PARTITION, AccountId
from telecine.policy import Context, MalformedPolicy, Principal, PrincipalKind, compile_policy
from telecine.services.iam import errors, store
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.permissions import Permissions, PolicyGone
from telecine.services.iam.directory.roles import Roles
from telecine.services.iam.directory.simulation import Run
from telecine.services.iam.model import Identity, Kind, NamedPolicy, Page, PageRequest
from telecine.services.iam.model.simulations import (
    BOUNDARY_POLICY,
    Exclusion,
    SimulatedAction,
    SimulatedCaller,
    Simulation,
    SourcePolicy,
)

_MOST_ANSWERS = 10_000
"""A page holds no more answers than this (actions times resources), whatever MaxItems allows."""

_ANY_SESSION = "*"
"""Stands for the name of a role's session. No policy can name such a session, so none is taken to be meant."""

_AWS_POLICIES = f"arn:{PARTITION}:iam::aws:policy/"


_KINDS = {str(kind): kind for kind in Kind}


class Simulator:
    """Asks policies on behalf of nobody."""

    def __init__(self, ledger: Ledger, roles: Roles, permissions: Permissions) -> None:
        self._ledger = ledger
        self._roles = roles
        self._permissions = permissions

    def find(self, account: AccountId, arn: str) -> Identity | None:
        """The user, group or role of the account that an ARN names, whatever path it is written with (as IAM finds
        it); None also for what is no such ARN."""
        named = _named(arn)
        if named is None or named[0] != account:
            return None
        _, kind, name = named
        with self._ledger.read() as connection:
            return store.IDENTITIES[kind].find(connection, account, name)

    def source(self, account: AccountId, arn: str) -> Identity:
        """As `find`. Raises `NoSuchEntity`, and `InvalidInput` for an ARN of anything else or of another account."""
        named = _named(arn)
        if named is None:
            raise errors.unclear_entity(arn)
        owner, kind, name = named
        if owner != account:
            raise errors.foreign_policy_source(account, owner)
        identity = self.find(account, arn)
        if identity is None:
            raise errors.no_such(kind, name)
        return identity

    def policies(
        self, identity: Identity, exclusions: Sequence[Exclusion] = ()
    ) -> tuple[tuple[SourcePolicy, ...], SourcePolicy | None]:
        """The policies that count for the identity, a user's groups' included, and its boundary.

        Raises `PolicyEvaluation` when one of them has no text.
        """
        try:
            found = self._permissions.effective(identity.unique_id)
        except PolicyGone as problem:
            raise errors.policy_evaluation(str(problem)) from problem
        boundary = found.boundary
        if any(exclusion.policy_type == "permission-boundary" for exclusion in exclusions):
            boundary = None
        return (
            tuple(
                SourcePolicy(key=policy.name, source_id=_source_id(identity, policy), text=policy.text)
                for policy in found.identity
                if not any(_excludes(exclusion, identity, policy) for exclusion in exclusions)
            ),
            None
            if boundary is None
            else SourcePolicy(
                key=f"/boundary/{boundary.name}",
                source_id=_last(boundary.name),
                text=boundary.text,
                kind=BOUNDARY_POLICY,
            ),
        )

    def caller(self, arn: str, known: Identity | None = None) -> SimulatedCaller:
        """The caller of that ARN, with what the ARN tells; with all that a real one has when it is `known`.

        Raises `InvalidInput` unless it names a user, group or role.
        """
        named = _named(arn)
        if named is None:
            raise errors.invalid_input("Invalid caller - Caller must be an IAM user, role or group in this context.")
        account, kind, name = named
        if known is not None and known.kind is kind and known.account == account and known.name == name:
            arn = known.arn
        else:
            known = None
        return SimulatedCaller(
            account=account,
            principal=_principal(account, kind, name, arn, known),
            context={} if kind is Kind.GROUP else _context(account, kind, name, arn, known),
        )

    def context_keys(self, texts: Sequence[str]) -> list[str]:
        """The condition keys that the policies ask for, each once whatever its case. Raises `PolicyEvaluation`."""
        keys: dict[str, str] = {}
        for text in texts:
            try:
                found = compile_policy(text).context_keys
            except MalformedPolicy as problem:
                raise errors.policy_evaluation(problem.message) from problem
            for key in sorted(found):
                keys.setdefault(key.lower(), key)
        return [key for _, key in sorted(keys.items())]

    def run(self, simulation: Simulation, wanted: PageRequest, *, request: str) -> Page[SimulatedAction]:
        """A page of results, one for each action; `request` tells this simulation from all others.

        Raises `InvalidInput`, `PolicyEvaluation`.
        """
        run = Run(simulation, self._roles.by_arn)
        size = max(1, min(wanted.size, _MOST_ANSWERS // max(1, len(simulation.resources))))
        places = self._ledger.page(
            f"Simulate|{simulation.account}|{request}",
            PageRequest(marker=wanted.marker, size=size),
            lambda _connection, after, limit: list(range(len(simulation.actions)))[int(after or -1) + 1 :][:limit],
            str,
        )
        return Page(items=[run.action(place) for place in places.items], marker=places.marker)


def _named(arn: str) -> tuple[AccountId, Kind, str] | None:
    """Account, kind and name that the ARN of a user, group or role tells; None for any other."""
    try:
        parsed = Arn.parse(arn)
    except MalformedArn:
        return None
    kind, slash, rest = parsed.resource.partition("/")
    name = rest.rpartition("/")[2]
    is_account = len(parsed.account) == 12 and parsed.account.isdecimal()
    if parsed.service != "iam" or parsed.region or not is_account or not slash or not name or kind not in _KINDS:
        return None
    return AccountId(parsed.account), _KINDS[kind], name


def _principal(account: AccountId, kind: Kind, name: str, arn: str, known: Identity | None) -> Principal:
    unique_id = None if known is None else known.unique_id
    if kind is Kind.ROLE:
        session = str(Arn.of("sts", account, f"assumed-role/{name}/{_ANY_SESSION}"))
        return Principal(kind=PrincipalKind.ASSUMED_ROLE, arn=session, account=account, unique_id=unique_id)
    return Principal(kind=PrincipalKind.USER, arn=arn, account=account, unique_id=unique_id)


def _context(account: AccountId, kind: Kind, name: str, arn: str, known: Identity | None) -> Context:
    """Condition keys of the caller itself (IAM user guide, "Where you can use policy variables")."""
    context = {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": "User" if kind is Kind.USER else "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
    }
    if kind is Kind.USER:
        context["aws:username"] = name
    if known is not None:
        context |= {f"aws:PrincipalTag/{key}": value for key, value in known.tags.items()}
        if kind is Kind.USER:
            context["aws:userid"] = known.unique_id
    return context


def _source_id(identity: Identity, policy: NamedPolicy) -> str:
    if policy.name.startswith("arn:"):
        return _last(policy.name)
    group = _of_group(policy.name)
    if group is not None:
        return "_".join((Kind.GROUP, *group))
    return f"{identity.kind}_{identity.name}_{policy.name}"


def _of_group(name: str) -> tuple[str, str] | None:
    """Group and name of an inline policy that a user has from a group."""
    head, _, rest = name.partition("/")
    group, slash, own = rest.partition("/")
    return (group, own) if head == Kind.GROUP and slash else None


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _excludes(exclusion: Exclusion, identity: Identity, policy: NamedPolicy) -> bool:
    is_managed = policy.name.startswith("arn:")
    if exclusion.policy_arn is not None:
        return is_managed and _matches(exclusion.policy_arn, policy.name)
    if exclusion.inline is not None:
        group = _of_group(policy.name)
        kind, owner, name = (identity.kind, identity.name, policy.name) if group is None else (Kind.GROUP, *group)
        return not is_managed and exclusion.inline == (name, kind, owner)
    if is_managed:
        wanted = "aws-managed" if policy.name.startswith(_AWS_POLICIES) else "user-managed"
        return exclusion.policy_type == wanted
    return exclusion.policy_type == "inline"


def _matches(pattern: str, text: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text) is not None
