"""What is refused when a policy is put on a resource: a bucket's, a key's. In S3's words, the first check that fails.

S3's texts as clients have seen them; where S3's text is not known, its general one stands.
"""

from collections.abc import Callable, Iterator

from telecine.policy.catalogue import Action, Catalogue, load
from telecine.policy.compiled import compile_policy
from telecine.policy.conditions import EVALUATED, compile_clause
from telecine.policy.document import Clause, Document, MalformedPolicy, NotJson, Statement
from telecine.policy.lint.overlap import arn_fits
from telecine.policy.parse import parse, read
from telecine.policy.principals import misspelled

Owns = Callable[[str], bool]
"""Whether a resource of a statement, as written, belongs to what the policy stands on: `arn:aws:s3:::films/*`."""

_SYNTAX = "Invalid policy syntax."
_NO_PRINCIPAL = "Invalid principal in policy"


def check_resource_policy(text: str, *, service: str, owns: Owns | None) -> None:
    """Raises `MalformedPolicy` unless `text` is a policy that may stand on a resource of `service` (`s3`, `kms`).

    Every action must be one of the service that works on one of the statement's resources, every resource one that the
    caller says belongs to the policy's own. Where the service takes statements about anything, of which those have no
    effect that do not fit, `owns` is None. Principals are checked for their form; whether a user or role exists is for
    the caller to look up, who then says `Invalid principal in policy`.
    """
    document = _read(text)
    sids = [statement.sid for statement in document.statements if statement.sid]
    if len(set(sids)) != len(sids):
        raise MalformedPolicy("The Statement Ids in the policy are not unique", element="Sid")
    catalogue = load()
    for statement in document.statements:
        _effect(statement)
        _principal(statement)
        actions = dict(_actions(statement, service, catalogue))
        _resources(statement, owns)
        _conditions(document, statement)
        _keys(statement, service, catalogue, actions)
        if owns is not None:
            _match(statement, catalogue, actions)
    for flaw in compile_policy(text).flaws:
        raise MalformedPolicy(_SYNTAX, element=flaw.element) from flaw


def _read(text: str) -> Document:
    if not text.startswith("{"):
        raise MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    try:
        found = read(text)
        if "Statement" not in found:
            raise MalformedPolicy("Missing required field Statement", element="Statement")
        if not found["Statement"]:
            raise MalformedPolicy("Could not parse the policy: Statement is empty!", element="Statement")
        return parse(text)
    except NotJson as error:
        raise MalformedPolicy("This policy contains invalid Json") from error
    except MalformedPolicy as error:
        raise MalformedPolicy(_reading_text(error), element=error.element) from error


def _reading_text(error: MalformedPolicy) -> str:
    """S3's text for what the grammar refuses."""
    *_, name = error.element.split(".")
    if error.element == "Version":
        return "The policy must contain a valid version string"
    if "Principal" in error.element:
        return _NO_PRINCIPAL
    if name in ("Action", "NotAction") and ".Not" not in error.element:
        return "Policy has invalid action"
    if name in ("Resource", "NotResource") and ".Not" not in error.element:
        return "Policy has invalid resource"
    return error.message if error.element == "Statement" else _SYNTAX


def _effect(statement: Statement) -> None:
    if statement.effect is None:
        raise MalformedPolicy("Missing required field Effect", element=statement.element)
    if statement.effect not in ("Allow", "Deny"):
        raise MalformedPolicy(f"Invalid effect: {statement.effect}", element=f"{statement.element}.Effect")


def _principal(statement: Statement) -> None:
    place = statement.element
    if statement.not_principal is not None and statement.effect == "Allow":
        # IAM user guide, "NotPrincipal": it cannot be used with Allow.
        raise MalformedPolicy("Allow with NotPrincipal is not allowed.", element=f"{place}.NotPrincipal")
    principal = statement.principal or statement.not_principal
    if principal is None:
        raise MalformedPolicy("Missing required field Principal", element=place)
    if principal.is_empty:
        raise MalformedPolicy("Missing required field Principal cannot be empty!", element=place)
    for _, name in misspelled(principal):
        raise MalformedPolicy(_NO_PRINCIPAL, element=f"{place}.Principal.{name}")


def _actions(statement: Statement, service: str, catalogue: Catalogue) -> Iterator[tuple[str, tuple[Action, ...]]]:
    """Each of the statement's action patterns with the service's actions that it means."""
    listed = statement.action or statement.not_action
    if not listed:
        raise MalformedPolicy("Missing required field Action", element=statement.element)
    for pattern in listed:
        within = pattern if pattern != "*" else f"{service}:*"
        found = catalogue.matching(within) if within.partition(":")[0].lower() == service else ()
        if not found:
            raise MalformedPolicy("Policy has invalid action", element=f"{statement.element}.Action.{pattern}")
        yield pattern, found


def _resources(statement: Statement, owns: Owns | None) -> None:
    listed = statement.resource or statement.not_resource
    if not listed:
        raise MalformedPolicy("Missing required field Resource", element=statement.element)
    for resource in listed:
        if owns is not None and not owns(resource):
            raise MalformedPolicy("Policy has invalid resource", element=f"{statement.element}.Resource.{resource}")


def _conditions(document: Document, statement: Statement) -> None:
    for clause in statement.conditions:
        if ":" not in clause.key:
            raise MalformedPolicy("Policy has an invalid condition key", element=clause.element)
        operator = clause.operator.rpartition(":")[2]
        if operator.removesuffix("IfExists") not in EVALUATED or operator == "NullIfExists":
            raise MalformedPolicy(f"Invalid Condition type : {clause.operator}", element=clause.element)
        try:
            compile_clause(clause, variables=document.has_variables, in_deny=statement.effect == "Deny")
        except MalformedPolicy as error:
            is_address = "IpAddress" in operator
            raise MalformedPolicy(
                "Invalid IP address in Conditions" if is_address else _SYNTAX, element=error.element
            ) from error


def _keys(statement: Statement, service: str, catalogue: Catalogue, actions: dict[str, tuple[Action, ...]]) -> None:
    """The service's own condition keys exist, and come with one of the statement's actions."""
    for clause in statement.conditions:
        if clause.key.partition(":")[0].lower() != service:
            continue
        if catalogue.services[service].keys.find(clause.key) is None:
            raise MalformedPolicy("Policy has an invalid condition key", element=clause.element)
        if statement.action is not None and not _is_carried(clause, catalogue, actions):
            raise MalformedPolicy(
                "Conditions do not apply to combination of actions and resources in statement", element=clause.element
            )


def _is_carried(clause: Clause, catalogue: Catalogue, actions: dict[str, tuple[Action, ...]]) -> bool:
    return any(catalogue.carries(action, clause.key) for found in actions.values() for action in found)


def _match(statement: Statement, catalogue: Catalogue, actions: dict[str, tuple[Action, ...]]) -> None:
    """Each action works on one of the resources. What a Not… element leaves cannot be said so."""
    if statement.action is None or statement.resource is None:
        return
    for pattern, found in actions.items():
        kinds = {kind.arn for action in found for kind in catalogue.resource_types(action)}
        if not any(arn_fits(resource, kind) for resource in statement.resource for kind in kinds):
            raise MalformedPolicy(
                "Action does not apply to any resource(s) in statement", element=f"{statement.element}.Action.{pattern}"
            )
