"""What a simulator should ask for: the condition keys that matter to a request and that its context lacks."""

from telecine.policy.compiled import CompiledStatement
from telecine.policy.evaluate import PolicySet, Scope
from telecine.policy.match import ArnPatterns
from telecine.policy.near_misses import groups
from telecine.policy.request import Request
from telecine.policy.variables import MalformedVariable, Tokens, Variable, Wild, tokens, variable_keys


def missing_context(request: Request, policies: PolicySet) -> tuple[str, ...]:
    """The condition keys, in order, which statements about the request's action and resource ask for and its context
    lacks.

    They are spelled as in the first policy that asks for them; those of variables in lower case. A statement whose
    resource has a variable without value is about the resource when some value would make it so. An operator that is
    content with an absent key asks for it all the same, as with AWS's simulator.
    """
    scope = Scope(request, has_boundary=policies.boundary is not None)
    found: dict[str, str] = {}
    for group in groups(policies):
        for policy in group.policies:
            has_variables = policy.body.document.has_variables
            for statement in (one for some in policy.about(request.action) for one in some):
                if statement.flaw is None and _may_be_about(statement, scope, variables=has_variables):
                    for key in _keys(statement, variables=has_variables):
                        if scope.get(key.lower()) is None:
                            found.setdefault(key.lower(), key)
    return tuple(sorted(found.values()))


def _may_be_about(statement: CompiledStatement, scope: Scope, *, variables: bool) -> bool:
    listed = statement.source.not_resource if statement.except_resources else statement.source.resource
    if listed is None or statement.covers_resource(scope.resource, scope):
        return True
    if not variables or statement.except_resources:
        return False
    opened = [_opened(tokens(text, wildcards=True, variables=True), scope) for text in listed]
    return ArnPatterns(opened).match(scope.resource, scope)


def _opened(pattern: Tokens, scope: Scope) -> Tokens:
    """The pattern with a star for each variable that has no value."""
    return tuple(
        Wild.STAR if isinstance(token, Variable) and token.default is None and scope.get(token.key) is None else token
        for token in pattern
    )


def _keys(statement: CompiledStatement, *, variables: bool) -> list[str]:
    source = statement.source
    found = [clause.key for clause in source.conditions]
    if variables:
        texts = [*(source.resource or ()), *(source.not_resource or ())]
        texts += [value for clause in source.conditions for value in clause.values]
        for text in texts:
            try:
                found += variable_keys(tokens(text, wildcards=False, variables=True))
            except MalformedVariable:
                continue  # a text of an operator without variables
    return found
