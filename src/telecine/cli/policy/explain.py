"""`telecine policy explain`: why one request is allowed or denied."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine import policy
from telecine.cli.policy.decide import BadCase
from telecine.core.arn import Arn, MalformedArn
from telecine.core.errors import TelecineError
from telecine.policy import (
    CompiledPolicy,
    MalformedPolicy,
    PolicySet,
    ResourcePolicy,
    ResourceRule,
    catalogue,
    compile_policy,
)
from telecine.policy.cases import question

ANONYMOUS = "anonymous"

_RCP_FULL_ACCESS = compile_policy(
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}',
    name="RCPFullAWSAccess",
)
"""AWS attaches it to every level, and it stays there: other policies only deny (Organizations user guide, "Resource
control policies")."""

_HELP = {
    "identity": "A policy of the caller, its groups or its role. Repeatable.",
    "boundary": "The caller's permissions boundary.",
    "session": "A policy that the session was made with. Repeatable.",
    "resource-policy": "The policy on the resource: a bucket's, or a role's trust policy.",
    "scp": "The service control policy of a level, the root's first: without one that allows, a level denies.",
    "rcp": "The resource control policy of a level, the root's first; RCPFullAWSAccess is there without.",
}


def _file(name: str) -> Any:
    return typer.Option(metavar="FILE", exists=True, dir_okay=False, help=_HELP[name])


class BadQuestion(TelecineError):
    """The options do not make a request."""


def explain(
    *,
    principal: Annotated[
        str | None,
        typer.Option(
            metavar="ARN",
            help="Who asks: the ARN of a user, a session (assumed-role, federated-user) or the root user; a service "
            "(mediaconvert.amazonaws.com); or anonymous.",
        ),
    ] = None,
    action: Annotated[str | None, typer.Option(metavar="SERVICE:OPERATION", help="What is asked for.")] = None,
    resource: Annotated[str, typer.Option(metavar="ARN", help="On what; * for actions without resources.")] = "*",
    resource_account: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="Whose it is. Without it: as its ARN says, else the caller's.")
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="A condition key of the request; given several times it has several values. Keys that follow from the "
            "principal (aws:PrincipalArn, aws:PrincipalAccount, aws:username) are there without.",
        ),
    ] = None,
    identity: Annotated[list[Path] | None, _file("identity")] = None,
    boundary: Annotated[list[Path] | None, _file("boundary")] = None,
    session: Annotated[list[Path] | None, _file("session")] = None,
    resource_policy: Annotated[Path | None, _file("resource-policy")] = None,
    scp: Annotated[list[Path] | None, _file("scp")] = None,
    rcp: Annotated[list[Path] | None, _file("rcp")] = None,
    case: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="A case as `policy decide` reads it, instead."),
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why one request is allowed or denied: which statement decides, what came near, what to change.

    Policies are read from files; a family of which no file is given takes no part.
    """
    try:
        if case is not None:
            asked, policies = _of_case(case)
        elif principal is None or action is None:
            raise BadQuestion("Who asks for what? Give --principal and --action, or --case FILE.")
        else:
            request = {
                **_principal(principal),
                "action": _checked_action(action),
                "resource": resource,
                "wildcard_only_action": resource == "*",
            }
            request["resource_account"] = resource_account or _account(resource) or request["principal"]["account"]
            request["context"] = {**_derived(request["principal"]), **_context(context or ())}
            asked, policies = question(
                PolicySet(
                    identity=_policies(identity) or (),
                    boundary=_policies(boundary),
                    session=_policies(session),
                    resource=_on_resource(resource_policy),
                    scp=tuple((one,) for one in _policies(scp) or ()),
                    rcp=tuple((_RCP_FULL_ACCESS, one) for one in _policies(rcp) or ()),
                ),
                request,
            )
        explanation = policy.explain(asked, policies)
    except MalformedPolicy as problem:
        raise BadQuestion(f"A policy of the case breaks the grammar: {problem}") from problem
    typer.echo(json.dumps(policy.as_json(explanation), indent=2) if is_json else policy.as_text(explanation))


def _of_case(file: Path) -> tuple[policy.Request, PolicySet]:
    try:
        case: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return question(policy.prepare(case["policies"]), case["request"])
    except KeyError as error:
        raise BadCase(f"The case in {file} has no {error}.") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadCase(f"{file} holds no case: {error}") from error


def _principal(name: str) -> dict[str, Any]:
    """The principal of a case."""
    if name == ANONYMOUS:
        return {"principal": {"type": "Anonymous", "arn": None, "account": None}}
    if not name.startswith("arn:") and "." in name:
        return {"principal": {"type": "Service", "arn": name, "account": None}}
    try:
        arn = Arn.parse(name)
    except MalformedArn as error:
        raise BadQuestion(f"{name!r} is no ARN, no service and not `{ANONYMOUS}`.") from error
    kind, _, rest = arn.resource.partition("/")
    kinds = {
        ("iam", "user"): "User",
        ("iam", "root"): "Root",
        ("sts", "assumed-role"): "AssumedRole",
        ("sts", "federated-user"): "FederatedUser",
    }
    found = kinds.get((arn.service, kind))
    if (arn.service, kind) == ("iam", "role"):
        session = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{rest.rpartition('/')[2]}/SESSION"
        raise BadQuestion(f"A role asks through its sessions: write --principal {session}")
    if found is None:
        raise BadQuestion(f"{name} is no user, no session and no root user.")
    return {"principal": {"type": found, "arn": name, "account": arn.account}}


def _derived(principal: dict[str, Any]) -> dict[str, str]:
    """The condition keys that follow from the principal's ARN (IAM user guide, "AWS global condition context keys")."""
    arn, account, kind = principal["arn"], principal["account"], principal["type"]
    if account is None:
        return {}
    found = {"aws:PrincipalArn": arn, "aws:PrincipalAccount": account}
    if kind == "User":
        found["aws:username"] = arn.rpartition("/")[2]
    if kind == "AssumedRole":
        # The key holds the role's ARN; a path, which the session's ARN does not show, must be given.
        head, _, rest = arn.partition(":assumed-role/")
        found["aws:PrincipalArn"] = f"{head.replace(':sts:', ':iam:', 1)}:role/{rest.partition('/')[0]}"
    found["aws:PrincipalType"] = "Account" if kind == "Root" else kind
    return found


def _checked_action(action: str) -> str:
    service, colon, operation = action.partition(":")
    if not (service and colon and operation) or "*" in action or "?" in action:
        raise BadQuestion(f"An action is one service:Operation, without wildcards: {action!r} is not.")
    return action


def _account(resource: str) -> str | None:
    try:
        return Arn.parse(resource).account or None
    except MalformedArn:
        if resource == "*":
            return None
        raise BadQuestion(f'A resource is an ARN or "*": {resource!r} is neither.') from None


def _context(pairs: Sequence[str]) -> dict[str, str | list[str]]:
    found: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise BadQuestion(f"A condition key is given as KEY=VALUE: {pair!r} is not.")
        found.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 and not _is_list(key) else values for key, values in found.items()}


def _is_list(key: str) -> bool:
    """Whether a request may carry several values of the key: then one of them is a list of one."""
    known = catalogue.load().key(key)
    return known is not None and known[1].startswith("ArrayOf")


def _policies(files: Sequence[Path] | None) -> tuple[CompiledPolicy, ...] | None:
    return tuple(_compiled(file) for file in files) if files else None


def _compiled(file: Path) -> CompiledPolicy:
    try:
        return compile_policy(_read(file), name=str(file))
    except MalformedPolicy as problem:
        raise BadQuestion(f"{file} is no policy: {problem} For more: telecine policy lint {file}") from problem


def _on_resource(file: Path | None) -> ResourcePolicy | None:
    if file is None:
        return None
    return ResourcePolicy(text=_compiled(file).text, rule=ResourceRule.SUFFICIENT, name=str(file))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestion(f"{file} cannot be read as text: {error}") from error
