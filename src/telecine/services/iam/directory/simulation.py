"""One simulation, answered: each action on each resource goes through `policy.evaluate`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import AccountId
from telecine.policy import (
    Answer,
    CompiledPolicy,
    Family,
    MalformedPolicy,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    ResourcePolicy,
    ResourceRule,
    StatementRef,
    compile_policy,
    evaluate,
    matching,
    missing_context,
    spans,
)
from telecine.policy import catalogue as policy_catalogue
from telecine.policy.evaluate import Scope
from telecine.services.iam import errors
from telecine.services.iam.directory.trust import is_closed_to
from telecine.services.iam.model import Role, identity_tags
from telecine.services.iam.model.simulations import (
    BOUNDARY_POLICY,
    IAM_POLICY,
    RESOURCE_POLICY,
    MatchedStatement,
    Outcome,
    SimulatedAction,
    Simulation,
    SourcePolicy,
)

FindRole = Callable[[str], Role | None]

_ANY = "*"
_RESOURCE = "ResourcePolicy"
_TRUST_ACTIONS = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity")
_NOBODY = '{"Version":"2012-10-17","Statement":[]}'
_EVERYTHING = (compile_policy('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'),)
"""Takes a family out of a decision: what is left to limit it is another one."""

_SHOWN = (Family.IDENTITY, Family.BOUNDARY, Family.RESOURCE, Family.TRUST)
"""Families whose statements results name; those of organizations they never do."""

_SEVERITY = (Answer.ALLOW, Answer.IMPLICIT_DENY, Answer.EXPLICIT_DENY)

_FORMS = {
    "iam": "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}",
    "kms": "arn:aws:kms:${Region}:${Account}:${ResourceType}/${Id}",
    "s3": "arn:aws:s3:::${BucketName}/${KeyName}",
    "sts": "arn:aws:iam::${Account}:${RelativeId}",
}
"""How IAM names the resources of a service's actions in results about several; `*` for all other services."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _OnResource:
    """What stands on a resource."""

    policy: ResourcePolicy | None
    role: Role | None = None
    """The role whose own trust policy it is, and whose tags are in the context."""
    is_hidden: bool = False
    """Results do not tell of its statements."""


class Run:
    """A simulation that is ready to be asked, action by action."""

    def __init__(self, simulation: Simulation, find_role: FindRole) -> None:
        """Raises `InvalidInput` when the resource policy cannot stand on the resources, `PolicyEvaluation` for a
        stored policy that does not compile."""
        self._simulation = simulation
        self._find_role = find_role
        self._roles: dict[str, Role | None] = {}
        boundary = simulation.boundary
        sources = [*simulation.policies, *([] if boundary is None else [boundary])]
        self._sources = {source.key: source for source in sources}
        self._identity = tuple(_compiled(source) for source in simulation.policies)
        self._boundary = None if boundary is None else (_compiled(boundary),)
        self._levels = tuple(tuple(compile_policy(text) for text in level) for level in simulation.levels)
        self._named = simulation.resources or (_ANY,)
        caller = simulation.caller
        self._principal = (
            Principal(kind=PrincipalKind.USER, arn=None, account=simulation.account)
            if caller is None
            else caller.principal
        )
        self._account = simulation.account if caller is None else caller.account
        if simulation.resource_policy is not None:
            for action in simulation.actions:
                for resource in self._named:
                    self._require_cover(simulation.resource_policy, action, resource)

    def action(self, place: int) -> SimulatedAction:
        """The result for the action at `place` of the list."""
        action = self._simulation.actions[place]
        outcomes = [(resource, self._outcome(action, resource)) for resource in self._named]
        is_named = self._simulation.resources != () and list(self._simulation.resources) != [_ANY]
        form = _FORMS.get(action.partition(":")[0].lower(), _ANY)
        return SimulatedAction(
            action=action,
            resource=self._named[0] if len(self._named) == 1 else form,
            outcome=_together([outcome for _, outcome in outcomes], is_named=is_named),
            by_resource=tuple(outcomes) if is_named else (),
        )

    def _outcome(self, action: str, resource: str) -> Outcome:
        request = self._request(action, resource)
        found = self._on_resource(action, resource)
        on_resource = found.policy
        if found.role is not None:
            request = replace(request, context={**identity_tags(found.role.tags), **request.context})
        own_side = replace(request, resource_account=self._account)
        policies = PolicySet(identity=self._identity, boundary=self._boundary, scp=self._levels, resource=on_resource)
        decision = evaluate(request if on_resource is not None else own_side, policies)
        shown = replace(policies, scp=(), resource=None if found.is_hidden else on_resource)
        by_organization = None
        if self._levels:
            by_organization = evaluate(own_side, PolicySet(identity=_EVERYTHING, scp=self._levels)).is_allowed
        ended = by_organization is False
        by_kind = None
        if on_resource is not None and request.resource_account != self._account and not ended:
            by_kind = self._by_kind(request, own_side, on_resource)
        return Outcome(
            answer=decision.decision,
            statements=() if ended else self._contributing(request, shown, decision.decision),
            missing_keys=() if ended else missing_context(request, shown),
            allowed_by_boundary=None
            if self._boundary is None
            else evaluate(own_side, PolicySet(identity=self._boundary)).is_allowed,
            allowed_by_organization=by_organization,
            by_kind=by_kind,
        )

    def _request(self, action: str, resource: str) -> Request:
        simulation = self._simulation
        owner = _owner(resource) or simulation.resource_owner or self._account
        known = {} if simulation.caller is None else simulation.caller.context
        given = {key.lower() for key in simulation.context}
        filled = {**known, "aws:ResourceAccount": owner}
        is_any = resource == _ANY or _takes_no_resource(action)
        return Request(
            principal=self._principal,
            action=action,
            resource=_ANY if is_any else resource,
            resource_account=owner,
            context={**{key: value for key, value in filled.items() if key.lower() not in given}, **simulation.context},
            wildcard_only_action=is_any,
        )

    def _on_resource(self, action: str, resource: str) -> _OnResource:
        """The policy on the resource: the one that was given, or the trust policy of the role to assume.

        Of another account's role no more is told than a call would tell: neither which of its statements apply, nor,
        unless it lets the caller in, which tags it has or whether it exists.
        """
        is_assumption = action.lower() in _TRUST_ACTIONS
        given = self._simulation.resource_policy
        if given is not None:
            is_required = is_assumption or action.lower().startswith("kms:")
            policy = ResourcePolicy(
                text=given,
                rule=ResourceRule.REQUIRED if is_required else ResourceRule.SUFFICIENT,
                family=Family.TRUST if is_assumption else Family.RESOURCE,
                name=_RESOURCE,
            )
            return _OnResource(policy=policy)
        if not (is_assumption and self._simulation.asks_trust_policies and _is_role(resource)):
            return _OnResource(policy=None)
        role, is_foreign = self._role(resource), _owner(resource) != self._account
        if role is None and not is_foreign:
            return _OnResource(policy=None)
        text = _NOBODY if role is None else role.trust_policy
        policy = ResourcePolicy(text=text, rule=ResourceRule.REQUIRED, family=Family.TRUST, name=resource)
        is_closed = role is not None and is_closed_to(role, self._principal)
        return _OnResource(policy=policy, role=None if is_closed else role, is_hidden=is_foreign)

    def _role(self, arn: str) -> Role | None:
        if arn not in self._roles:
            self._roles[arn] = self._find_role(arn)
        return self._roles[arn]

    def _by_kind(self, request: Request, own_side: Request, on_resource: ResourcePolicy) -> dict[str, Answer]:
        everything = None if self._boundary is None else _EVERYTHING
        found = {
            IAM_POLICY: evaluate(own_side, PolicySet(identity=self._identity)).decision,
            RESOURCE_POLICY: evaluate(
                request, PolicySet(identity=_EVERYTHING, boundary=everything, resource=on_resource)
            ).decision,
        }
        if self._boundary is not None:
            found[BOUNDARY_POLICY] = evaluate(own_side, PolicySet(identity=self._boundary)).decision
        return found

    def _contributing(self, request: Request, policies: PolicySet, answer: Answer) -> tuple[MatchedStatement, ...]:
        """The statements behind a decision: the Denies that apply, or the Allows; none behind an implicit deny."""
        if answer is Answer.IMPLICIT_DENY:
            return ()
        found: list[MatchedStatement] = []
        for ref in matching(request, policies):
            source = self._source(ref, policies)
            compiled = compile_policy(source.text, name=source.key)
            if ref.family in _SHOWN and compiled.statements[ref.index].allows is (answer is Answer.ALLOW):
                found.append(
                    MatchedStatement(source_id=source.source_id, kind=source.kind, span=spans(source.text)[ref.index])
                )
        # A managed policy may reach a user in several ways.
        return tuple(dict.fromkeys(found))

    def _source(self, ref: StatementRef, policies: PolicySet) -> SourcePolicy:
        if policies.resource is not None and ref.family in (Family.RESOURCE, Family.TRUST):
            resource = policies.resource
            return SourcePolicy(key=resource.name, source_id=_RESOURCE, text=resource.text, kind=RESOURCE_POLICY)
        return self._sources[ref.policy]

    def _require_cover(self, text: str, action: str, resource: str) -> None:
        """IAM API reference: a resource policy "must be applicable to all of the resources" of the simulation."""
        if resource == _ANY:
            raise errors.unclear_entity(_ANY)
        scope = Scope(self._request(action, resource))
        statements = compile_policy(text, name=_RESOURCE).statements
        if not any(statement.covers_resource(resource, scope) for statement in statements):
            raise errors.invalid_input(f"The resource policy is not applicable to resource: {resource}.")


def _compiled(source: SourcePolicy) -> CompiledPolicy:
    try:
        return compile_policy(source.text, name=source.key)
    except MalformedPolicy as problem:
        raise errors.policy_evaluation(f"Policy {source.source_id} cannot be evaluated: {problem.message}") from problem


def _together(outcomes: Sequence[Outcome], *, is_named: bool) -> Outcome:
    """The outcome over several resources: the most restrictive decision, and what contributed to it."""
    answer = _worst(outcome.answer for outcome in outcomes)
    kinds: dict[str, Answer] = {}
    for outcome in outcomes:
        for kind, one in (outcome.by_kind or {}).items():
            kinds[kind] = _worst((one, kinds.get(kind, Answer.ALLOW)))
    statements = [one for outcome in outcomes if outcome.answer is answer for one in outcome.statements]
    return Outcome(
        answer=answer,
        statements=tuple(dict.fromkeys(statements)),
        missing_keys=tuple(dict.fromkeys(key for outcome in outcomes for key in outcome.missing_keys)),
        allowed_by_boundary=_all(outcome.allowed_by_boundary for outcome in outcomes),
        allowed_by_organization=_all(outcome.allowed_by_organization for outcome in outcomes),
        by_kind=kinds if is_named else None,
    )


def _worst(answers: Iterable[Answer]) -> Answer:
    return max(answers, key=_SEVERITY.index)


def _all(found: Iterable[bool | None]) -> bool | None:
    known = [one for one in found if one is not None]
    return all(known) if known else None


def _owner(resource: str) -> AccountId | None:
    """The account that the ARN of a resource names."""
    try:
        account = Arn.parse(resource).account
    except MalformedArn:
        return None
    return AccountId(account) if len(account) == 12 and account.isdecimal() else None


def _takes_no_resource(action: str) -> bool:
    """Whether a call of the action is about `*`, whatever is named: it has no resource-level permissions."""
    known = policy_catalogue.load().action(action)
    return known is not None and not known.resources


def _is_role(resource: str) -> bool:
    try:
        arn = Arn.parse(resource)
    except MalformedArn:
        return False
    return arn.service == "iam" and arn.resource.startswith("role/") and not set("*?") & set(arn.resource)
