"""A policy compiled once: statements with their conditions read and their patterns laid out, indexed by action.

Compiled policies are immutable and kept by content, so nothing must ever be invalidated: another text is another key.
"""

from functools import lru_cache

from telecine.policy.conditions import Condition, Presence, compile_clause
from telecine.policy.decision import Family, StatementRef
from telecine.policy.document import SYNTAX_ERROR, Document, MalformedPolicy, Statement
from telecine.policy.match import ArnPatterns, Test, fields, glob
from telecine.policy.parse import parse
from telecine.policy.principals import PrincipalSet, Reach
from telecine.policy.request import Principal
from telecine.policy.variables import (
    MalformedVariable,
    Tokens,
    Values,
    Wild,
    is_static,
    tokens,
    variable_keys,
)

_KEPT_POLICIES = 4096
_LONGEST_KEPT = 32_768
"""Characters. By AWS's quotas no stored policy is longer (a bucket's: 20,480); a simulator's may be: it is not kept."""
KEPT_ACTIONS = 1024
"""A client may send any action name; so many are remembered for each policy, then the memory starts anew."""


class ActionSet:
    """A list of action patterns; actions are compared without case."""

    __slots__ = ("everything", "exact", "globs")

    def __init__(self, patterns: tuple[str, ...], element: str) -> None:
        self.everything = False
        exact: set[str] = set()
        globs: list[Test] = []
        for pattern in patterns:
            split = tokens(pattern.lower(), wildcards=True, variables=False)
            prefix, colon, _ = pattern.partition(":")
            if split == (Wild.STAR,):
                self.everything = True
            elif not colon or (prefix != "*" and ("*" in prefix or "?" in prefix)):
                # The service must be spelled out: what `s*:Get*` covers would change with each new service.
                raise MalformedPolicy(SYNTAX_ERROR, element=f"{element}.{pattern}")
            elif is_literal(split):
                exact.add(pattern.lower())
            else:
                globs.append(glob(split))
        self.exact = frozenset(exact)
        self.globs = tuple(globs)

    def match(self, action: str) -> bool:
        """Whether `action`, in lower case, is one of the list."""
        return self.everything or action in self.exact or any(test(action) for test in self.globs)


def is_literal(split: Tokens) -> bool:
    """Whether a pattern matches one text only."""
    return all(isinstance(token, str) for token in split)


class CompiledStatement:
    """One statement, ready to be asked."""

    __slots__ = (
        "_refs",
        "actions",
        "allows",
        "conditions",
        "except_actions",
        "except_principals",
        "except_resources",
        "flaw",
        "principals",
        "resources",
        "source",
        "text",
    )

    def __init__(self, source: Statement, *, variables: bool, text: str = "") -> None:
        if source.effect not in ("Allow", "Deny"):
            raise MalformedPolicy(SYNTAX_ERROR, element=f"{source.element}.Effect")
        self.source = source
        self.text = text
        self.allows = source.effect == "Allow"
        self.except_actions = source.not_action is not None
        self.except_resources = source.not_resource is not None
        self.except_principals = source.not_principal is not None
        named = source.not_principal or source.principal
        self.principals = None if named is None else PrincipalSet(named)
        self.actions: ActionSet | None = None
        self.resources: ArnPatterns | None = None
        self.conditions: tuple[Condition | Presence, ...] = ()
        self.flaw: MalformedPolicy | None = None
        """Why the statement cannot be evaluated as meant. Then, failing closed, it allows nothing, or denies whatever
        its readable parts do not exclude."""
        self._refs: dict[tuple[Family, str], StatementRef] = {}
        try:
            self._compile(variables=variables)
        except MalformedPolicy as error:
            self.flaw = error

    def _compile(self, *, variables: bool) -> None:
        source = self.source
        actions = source.not_action if self.except_actions else source.action
        if not actions:
            raise MalformedPolicy("Policy statement must contain actions.", element=f"{source.element}.Action")
        self.actions = ActionSet(actions, f"{source.element}.{'NotAction' if self.except_actions else 'Action'}")
        resources = source.not_resource if self.except_resources else source.resource
        if resources is not None:
            name = f"{source.element}.{'NotResource' if self.except_resources else 'Resource'}"
            if not resources:
                raise MalformedPolicy("Policy statement must contain resources.", element=name)
            split = tuple([_resource(text, f"{name}.{text}", variables=variables) for text in resources])
            is_short = sum(map(len, resources)) <= _LONGEST_KEPT
            self.resources = _patterns(split) if is_short else ArnPatterns(split)
        if self.except_principals and self.allows:
            raise MalformedPolicy("Allow with NotPrincipal is not allowed.", element=f"{source.element}.NotPrincipal")
        self.conditions = tuple(
            compile_clause(clause, variables=variables, in_deny=not self.allows) for clause in source.conditions
        )

    def covers_action(self, action: str) -> bool:
        """Whether the statement is about `action`, in lower case. A statement with a flaw in its actions is."""
        return self.actions is None or self.actions.match(action) is not self.except_actions

    def is_about_service(self, service: str) -> bool:
        """Whether the statement lists actions of `service` (lower case), as one that lacks a single action would."""
        listed = self.source.action or ()
        return any(pattern.lower().startswith(f"{service}:") for pattern in listed)

    def covers_resource(self, resource: str, values: Values) -> bool:
        """Whether the statement is about `resource`. Only a role's trust policy has statements that name none."""
        return self.resources is None or self.resources.match(resource, values) is not self.except_resources

    def conditions_hold(self, values: Values) -> bool:
        """Whether every condition holds for this request."""
        for condition in self.conditions:  # noqa: SIM110 - `all` over a generator costs twice as much here
            if not condition.holds(values):
                return False
        return True

    def unmet(self, values: Values) -> tuple[Condition | Presence, ...]:
        """The conditions that do not hold for this request."""
        return tuple([condition for condition in self.conditions if not condition.holds(values)])

    def applies(self, resource: str, values: Values) -> bool:
        """Whether resource and conditions match; action and principal have been looked at before."""
        resources = self.resources
        if resources is not None and resources.match(resource, values) is self.except_resources:
            return False
        return self.conditions_hold(values) if self.flaw is None else not self.allows

    def reach(self, principal: Principal, *, has_boundary: bool) -> Reach:
        """How directly the statement names `principal`; `NONE` without a Principal element.

        A Deny with NotPrincipal spares whom it names, but never a caller with a permissions boundary (IAM user guide,
        "Permissions boundaries for IAM entities": do not use NotPrincipal with them).
        """
        if self.principals is None:
            return Reach.NONE if self.allows else Reach.DIRECT
        found = self.principals.reach(principal)
        if not self.except_principals:
            return found
        return Reach.DIRECT if found is Reach.NONE or has_boundary else Reach.NONE

    def ref(self, family: Family, policy: str) -> StatementRef:
        """The statement's name in `policy`, taking part as `family`."""
        key = (family, policy)
        found = self._refs.get(key)
        if found is None:
            if len(self._refs) >= KEPT_ACTIONS:
                self._refs.clear()
            source = self.source
            found = StatementRef(family=family, policy=policy, sid=source.sid, index=source.index, text=self.text)
            self._refs[key] = found
        return found


@lru_cache(maxsize=_KEPT_POLICIES)
def _patterns(split: tuple[Tokens, ...]) -> ArnPatterns:
    """One object for equal lists: `bundle` asks it once for all statements that share it."""
    return ArnPatterns(split)


def _resource(text: str, element: str, *, variables: bool) -> Tokens:
    try:
        found = tokens(text, wildcards=True, variables=variables)
    except MalformedVariable as error:
        raise MalformedPolicy(SYNTAX_ERROR, element=element) from error
    split = fields(found)
    if not is_static(found) and (split is None or not all(is_static(field) for field in split[:-1])):
        # IAM user guide, "Policy variables": only in the part of the ARN that names the resource
        raise MalformedPolicy(SYNTAX_ERROR, element=element)
    return found


Indexed = tuple[tuple[CompiledStatement, ...], tuple[CompiledStatement, ...]]
"""The statements about one action: those that deny, those that allow."""


class Body:
    """The statements of a document, shared by every policy with this text."""

    __slots__ = ("_by_action", "_context_keys", "document", "statements")

    def __init__(self, document: Document, text: str = "") -> None:
        self.document = document
        self.statements = tuple(
            CompiledStatement(statement, variables=document.has_variables, text=text)
            for statement in document.statements
        )
        self._by_action: dict[str, Indexed] = {}
        self._context_keys: frozenset[str] | None = None

    @property
    def context_keys(self) -> frozenset[str]:
        """See `CompiledPolicy.context_keys`."""
        if self._context_keys is None:
            self._context_keys = _context_keys(self.document)
        return self._context_keys

    def about(self, action: str) -> Indexed:
        """The statements about `action`, in any case."""
        found = self._by_action.get(action)
        if found is None:
            lowered = action.lower()
            covering = [statement for statement in self.statements if statement.covers_action(lowered)]
            found = (
                tuple(statement for statement in covering if not statement.allows),
                tuple(statement for statement in covering if statement.allows),
            )
            if len(self._by_action) >= KEPT_ACTIONS:
                self._by_action.clear()
            self._by_action[action] = found
        return found


class CompiledPolicy:
    """A policy, compiled, under its name."""

    __slots__ = ("about", "body", "name", "text")

    def __init__(self, text: str, name: str, body: Body) -> None:
        self.text = text
        self.name = name
        self.body = body
        self.about = body.about

    def __repr__(self) -> str:
        return f"CompiledPolicy({self.name or self.text!r})"

    @property
    def statements(self) -> tuple[CompiledStatement, ...]:
        return self.body.statements

    @property
    def flaws(self) -> tuple[MalformedPolicy, ...]:
        """What in the document is not evaluated as written: a check at write time refuses it."""
        return tuple(statement.flaw for statement in self.statements if statement.flaw is not None)

    @property
    def context_keys(self) -> frozenset[str]:
        """The condition keys that the policy asks for, as they are spelled there; those of variables in lower case."""
        return self.body.context_keys


def _context_keys(document: Document) -> frozenset[str]:
    keys = {clause.key for statement in document.statements for clause in statement.conditions}
    known = {key.lower() for key in keys}
    if document.has_variables:
        for text in _texts_with_variables(document):
            try:
                found = variable_keys(tokens(text, wildcards=False, variables=True))
            except MalformedVariable:
                continue  # its statement has a flaw and asks for nothing
            keys |= found - known
    return frozenset(keys)


def _texts_with_variables(document: Document) -> list[str]:
    texts: list[str] = []
    for statement in document.statements:
        texts += [*(statement.resource or ()), *(statement.not_resource or ())]
        texts += [value for clause in statement.conditions for value in clause.values]
    return texts


@lru_cache(maxsize=_KEPT_POLICIES)
def _body(text: str) -> Body:
    return Body(parse(text), text)


@lru_cache(maxsize=_KEPT_POLICIES)
def _policy(text: str, name: str) -> CompiledPolicy:
    return CompiledPolicy(text, name, _body(text))


def compile_policy(text: str, *, name: str = "") -> CompiledPolicy:
    """The policy that `text` spells, compiled; the same object for the same text and name while it is in use.

    `name` is its ARN or name, for explanations. Raises `MalformedPolicy` where the text breaks the grammar. A statement
    that is well formed but cannot be evaluated (an unknown operator, a value of the wrong type) compiles to one that
    fails closed; `flaws` lists those.
    """
    if len(text) > _LONGEST_KEPT:
        return CompiledPolicy(text, name, Body(parse(text), text))
    return _policy(text, name)
