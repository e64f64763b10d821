"""The decision: each family of policies is analysed by itself, then `combine` says what their findings amount to.

Source: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from telecine.policy.bundle import about, first
from telecine.policy.compiled import CompiledPolicy, compile_policy
from telecine.policy.conditions import Ambiguous
from telecine.policy.decision import Answer, Decision, Family, StatementRef
from telecine.policy.principals import Reach
from telecine.policy.request import Context, PrincipalKind, Request

_ALLOW, _DENY, _SILENT = Answer.ALLOW, Answer.EXPLICIT_DENY, Answer.IMPLICIT_DENY
_DIRECT = Reach.DIRECT
_ANY_RESOURCE = "*"
_IDENTITIES = (PrincipalKind.USER, PrincipalKind.ASSUMED_ROLE, PrincipalKind.FEDERATED_USER)
"""Callers with policies of their own, which they need."""
_GUESTS = (PrincipalKind.SERVICE, PrincipalKind.ANONYMOUS)
"""Callers without an account: they have no policies of their own."""


class ResourceRule(StrEnum):
    """How a resource policy counts for callers of the resource's own account."""

    SUFFICIENT = "sufficient"
    """Its Allow is enough, and its silence leaves the word to the identity policies: a bucket policy."""
    REQUIRED = "required"
    """Without its Allow an identity policy's is void: a role's trust policy, a key policy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourcePolicy:
    """The policy that stands on the resource."""

    text: str
    rule: ResourceRule
    family: Family = Family.RESOURCE
    """`TRUST` for a role's trust policy, whose statements name no resource."""
    name: str = ""
    """For explanations: the resource's ARN."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicySet:
    """Every policy that takes part. None means that a family does not take part; an empty tuple of boundary, session
    or endpoint policies means that it takes part and allows nothing."""

    identity: tuple[CompiledPolicy, ...] = ()
    """Of the user and its groups, or of the role."""
    boundary: tuple[CompiledPolicy, ...] | None = None
    session: tuple[CompiledPolicy, ...] | None = None
    resource: ResourcePolicy | None = None
    scp: tuple[tuple[CompiledPolicy, ...], ...] = ()
    """By level: root, organizational units, account. Every level must allow."""
    rcp: tuple[tuple[CompiledPolicy, ...], ...] = ()
    """By level, with the full-access policy that AWS attaches to each."""
    endpoint: tuple[CompiledPolicy, ...] | None = None

    def taking_part(self) -> Iterator[CompiledPolicy]:
        """The policies of all families. Raises `MalformedPolicy` when the resource's does not compile."""
        for family in (self.identity, self.boundary, self.session, *self.scp, *self.rcp, self.endpoint):
            yield from family or ()
        if self.resource is not None:
            yield compile_policy(self.resource.text, name=self.resource.name)


class Finding(NamedTuple):
    """What one family says of a request by itself."""

    family: Family
    answer: Answer
    statement: StatementRef | None = None
    """The Deny or the first Allow that applies."""
    reach: Reach = Reach.NONE
    """For resource policies: how directly the allowing statement names the caller."""


_SILENCE = {family: Finding(family, _SILENT, None, Reach.NONE) for family in Family}
"""What a family finds when none of its statements applies."""


class Findings(NamedTuple):
    """What each family says; None where one does not take part."""

    identity: Finding
    boundary: Finding | None = None
    session: Finding | None = None
    resource: Finding | None = None
    rule: ResourceRule | None = None
    """How the resource policy counts."""
    scp: Sequence[Finding] = ()
    """One for each level."""
    rcp: Sequence[Finding] = ()
    endpoint: Finding | None = None


class Scope:
    """A request as statements look at it: `get` is the value of a condition key by its name in lower case."""

    __slots__ = ("action", "get", "has_boundary", "principal", "resource")

    get: Callable[[str], object]
    """The value of a condition key (lower case): a string or several; None when it is absent."""

    def __init__(self, request: Request, *, has_boundary: bool = False) -> None:
        self.action = request.action
        self.resource = _ANY_RESOURCE if request.wildcard_only_action else request.resource
        self.principal = request.principal
        self.has_boundary = has_boundary
        context = request.context
        given = tuple(context)
        names = _KNOWN_NAMES.get(given, _UNKNOWN)
        if names is _UNKNOWN:
            names = _lowered(given)
        if type(context) is dict and names is not None:
            self.get = dict(zip(names, context.values())).get  # noqa: B905 - as long by construction; a keyword costs
        else:
            self.get = _Reader(context).get


_KNOWN_NAMES: dict[tuple[str, ...], tuple[str, ...] | None] = {}
"""What `_lowered` said: requests hold the same names again and again."""
_UNKNOWN: tuple[str, ...] = ("",)
"""Stands for names that were not met before."""
_MOST_NAMES = 1024
_LONGEST_NAMES = 4096
"""Signs of all names together. Tag keys are among them, so that a caller could fill the memory with longer ones."""


def _lowered(names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The names of condition keys in lower case; None when two differ by case alone."""
    lowered = tuple([name.lower() for name in names])
    found = lowered if len(set(lowered)) == len(lowered) else None
    if sum(map(len, names)) <= _LONGEST_NAMES:
        if len(_KNOWN_NAMES) >= _MOST_NAMES:
            _KNOWN_NAMES.clear()
        _KNOWN_NAMES[names] = found
    return found


class _Reader:
    """The values of a context that computes them on demand, or whose keys differ by case alone."""

    __slots__ = ("_context", "_names")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._names: dict[str, list[str]] = {}
        for name in context:
            self._names.setdefault(name.lower(), []).append(name)

    def get(self, key: str) -> object:
        """The value of the condition key `key` (lower case).

        Where two keys of the context differ by case alone (`…/Team`, `…/team`), all their values, as `Ambiguous`: were
        one of them chosen, a caller who sends both could choose which one is looked at.
        """
        names = self._names.get(key)
        if names is None:
            return None
        found = [self._context[name] for name in names]
        if len(found) == 1:
            return found[0]
        return Ambiguous(one for value in found for one in ((value,) if isinstance(value, str) else value))


def evaluate(request: Request, policies: PolicySet) -> Decision:
    """Whether `policies` allow `request`.

    Raises `MalformedPolicy` when the resource policy's text is no policy at all: nothing is allowed then, and whoever
    stored it must know.
    """
    boundary, session, endpoint = policies.boundary, policies.session, policies.endpoint
    scope = Scope(request, has_boundary=boundary is not None)
    resource = policies.resource
    if (
        boundary is None
        and session is None
        and resource is None
        and endpoint is None
        and not policies.scp
        and not policies.rcp
        and _decides_alone(request)
    ):
        # What `combine` says of most requests, without the detour: a fifth of a decision's time.
        return _sole(decide(Family.IDENTITY, policies.identity, scope))
    findings = Findings(
        decide(Family.IDENTITY, policies.identity, scope),
        None if boundary is None else decide(Family.BOUNDARY, boundary, scope),
        None if session is None else decide(Family.SESSION, session, scope),
        None if resource is None else decide_resource(resource, scope),
        None if resource is None else resource.rule,
        [decide(Family.SCP, level, scope) for level in policies.scp] if policies.scp else (),
        [decide_passage(Family.RCP, level, scope) for level in policies.rcp] if policies.rcp else (),
        None if endpoint is None else decide_passage(Family.ENDPOINT, endpoint, scope),
    )
    return combine(request, findings)


def _decides_alone(request: Request) -> bool:
    """Whether the caller's own policies have the last word where there are no others."""
    principal, owner = request.principal, request.resource_account
    return principal.kind in _IDENTITIES and owner is not None and principal.account == owner


def decide(family: Family, policies: tuple[CompiledPolicy, ...], scope: Scope) -> Finding:
    """What policies that apply to every caller say: the first Deny, else the first Allow, else nothing."""
    denies, allows = about(policies, scope.action)
    if denies and (found := first(denies, scope.resource, scope)) is not None:
        statement, name = found
        return Finding(family, _DENY, statement.ref(family, name))
    if allows and (found := first(allows, scope.resource, scope)) is not None:
        statement, name = found
        return Finding(family, _ALLOW, statement.ref(family, name))
    return _SILENCE[family]


def decide_passage(family: Family, policies: tuple[CompiledPolicy, ...], scope: Scope) -> Finding:
    """What policies say that stand between caller and resource: RCPs and those of a VPC endpoint.

    Their statements have a Principal, mostly `*`; one without it applies to every caller.
    """
    resource, principal = scope.resource, scope.principal
    allowed: Finding | None = None
    for policy in policies:
        for statement in (one for group in policy.about(scope.action) for one in group):
            is_named = statement.principals is None or statement.reach(principal, has_boundary=scope.has_boundary)
            if not is_named or (statement.allows and statement.resources is None):
                continue
            if (statement.allows and allowed is not None) or not statement.applies(resource, scope):
                continue
            found = Finding(family, _ALLOW if statement.allows else _DENY, statement.ref(family, policy.name))
            if not statement.allows:
                return found
            allowed = found
    return allowed or _SILENCE[family]


def decide_resource(policy: ResourcePolicy, scope: Scope) -> Finding:
    """What the policy on the resource says: the first Deny, else the Allow that names the caller most directly."""
    family = policy.family
    compiled = compile_policy(policy.text, name=policy.name)
    denies, allows = compiled.about(scope.action)
    resource, principal = scope.resource, scope.principal
    for statement in denies:
        if statement.reach(principal, has_boundary=scope.has_boundary) and statement.applies(resource, scope):
            return Finding(family, _DENY, statement.ref(family, policy.name))
    best, reached = None, Reach.NONE
    for statement in allows:
        if statement.resources is None and family is not Family.TRUST:
            continue
        reach = statement.reach(principal, has_boundary=scope.has_boundary)
        if reach > reached and statement.applies(resource, scope):
            best, reached = statement, reach
            if reach is _DIRECT:
                break
    if best is None:
        return _SILENCE[family]
    return Finding(family, _ALLOW, best.ref(family, policy.name), reached)


def combine(request: Request, found: Findings) -> Decision:
    """The decision that the families' findings amount to, rule by rule as AWS states them.

    Where several families deny, or several are silent, the first in this order is named: SCP, RCP, endpoint, resource,
    identity, boundary, session; a role's trust policy that is silent is named after all of them.
    """
    identity, boundary, session, resource, rule, scp, rcp, endpoint = found

    # An explicit deny, wherever it stands, is final.
    for finding in (*scp, *rcp, endpoint, resource, identity, boundary, session):
        if finding is not None and finding.answer is _DENY:
            return _decision(_DENY, finding)

    # What an organization or an endpoint does not allow, nobody can; and neither grants anything.
    needed: list[Finding] = [*scp, *rcp] if endpoint is None else [*scp, *rcp, endpoint]

    principal = request.principal
    is_named = resource is not None and resource.answer is _ALLOW
    on_resource = _SILENCE[Family.RESOURCE] if resource is None else resource
    own_account = principal.account is not None and principal.account == request.resource_account

    # Services and anonymous callers have no policies of their own: the resource's must allow.
    if principal.kind in _GUESTS:
        return _all_of([*needed, on_resource])

    # Another account's resource, or one that nobody may use past its policy, must allow the caller ...
    must_be_named = not own_account or rule is ResourceRule.REQUIRED
    if on_resource.family is not Family.TRUST and (must_be_named or is_named):
        needed.append(on_resource)

    # ... and the account root may do everything that is left to its account.
    if principal.kind is not PrincipalKind.ROOT:
        # In the same account being named is enough: the caller itself needs nothing else, a role's session only what
        # its boundary and session policy leave. The account being named hands the word to the identity policies.
        reach = on_resource.reach if own_account else Reach.NONE
        if reach < Reach.ROLE:
            needed.append(identity)
        if reach < Reach.DIRECT:
            if boundary is not None:
                needed.append(boundary)
            if session is not None:
                needed.append(session)

    # A trust policy comes last: whoever may not assume a role by its own policies hears the same of every role, be it
    # there or not.
    if on_resource.family is Family.TRUST and (must_be_named or is_named):
        needed.append(on_resource)
    return _all_of(needed)


def _all_of(needed: Sequence[Finding]) -> Decision:
    """Allowed when every one of `needed` allows; otherwise limited by the first that does not."""
    statements: list[StatementRef] = []
    for _, answer, statement, _ in needed:
        if answer is not _ALLOW:
            break
        if statement is not None:
            statements.append(statement)
    else:
        return Decision(decision=_ALLOW, blocked_by=None, statements=tuple(statements))
    return next(_decision(_SILENT, finding) for finding in needed if finding.answer is not _ALLOW)


def _sole(finding: Finding) -> Decision:
    """As `_all_of`, of one family, whose explicit deny counts as well."""
    _, answer, statement, _ = finding
    if answer is _ALLOW and statement is not None:
        return Decision(decision=_ALLOW, blocked_by=None, statements=(statement,))
    return _decision(answer, finding)


def _decision(answer: Answer, finding: Finding) -> Decision:
    statements = () if finding.statement is None else (finding.statement,)
    return Decision(decision=answer, blocked_by=finding.family, statements=statements)
