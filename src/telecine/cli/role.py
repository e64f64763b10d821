"""`telecine role`: service roles, made in the two ways of MediaConvert's console.

Nothing but the server's own IAM API is used, with the caller's permissions, as the console would do it.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Annotated, Any

import typer

from telecine.cli.connection import REFUSALS, Profile, ServerDir, connect, said
from telecine.core.errors import TelecineError
from telecine.core.names import AccountId
from telecine.core.tags import Tags, problems
from telecine.services.iam.directory.service_roles import (
    USE_CASES,
    ConfiguredPermissions,
    FullPermissions,
    Location,
    RoleChoices,
    RolePlan,
    SourceConditions,
    UnusableChoice,
    plan_role,
)

app = typer.Typer(add_completion=False, no_args_is_help=True)

_MEDIACONVERT = USE_CASES["mediaconvert"]


class RoleNotMade(TelecineError):
    """IAM refused a part of the role, and what had been made of it is gone again, unless the message says otherwise."""


@app.callback()
def _role() -> None:
    """Make the roles that services work with."""


_Full = Annotated[bool, typer.Option("--full", help="Full permissions: all of S3, and every API of API Gateway.")]
_Inputs = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="S3-URI", help="Where jobs read: s3://bucket or s3://bucket/folder/. Repeatable."),
]
_Outputs = Annotated[list[str] | None, typer.Option("--output", metavar="S3-URI", help="Where jobs write. Repeatable.")]
_InvokeApis = Annotated[
    bool | None,
    typer.Option(
        "--invoke-api-gateway/--no-invoke-api-gateway",
        help="Whether jobs may call APIs of API Gateway, as for SPEKE: not unless you say so. With --full they may.",
        show_default=False,
    ),
]
_KmsKeys = Annotated[
    list[str] | None,
    typer.Option("--kms-key", metavar="ARN", help="A key that encrypts one of the buckets. Repeatable."),
]
_Name = Annotated[str, typer.Option(help="The console preselects its default for new jobs.")]
_Boundary = Annotated[
    str | None, typer.Option("--permissions-boundary", metavar="ARN", help="A managed policy that limits the role.")
]
_SourceQueue = Annotated[
    str | None, typer.Option(metavar="ARN", help="Let MediaConvert assume the role for jobs of this queue alone.")
]
_SourceAccount = Annotated[
    str | None, typer.Option(metavar="ACCOUNT", help="Let MediaConvert assume the role for jobs of this account alone.")
]
_Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="KEY=VALUE", help="Repeatable.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be made, and make nothing.")]


@app.command()
def create(
    *,
    full: _Full = False,
    inputs: _Inputs = None,
    outputs: _Outputs = None,
    may_invoke_apis: _InvokeApis = None,
    kms_keys: _KmsKeys = None,
    name: _Name = _MEDIACONVERT.default_name,
    boundary: _Boundary = None,
    source_queue: _SourceQueue = None,
    source_account: _SourceAccount = None,
    tags: _Tags = None,
    dry_run: _DryRun = False,
    data_dir: ServerDir = None,
    profile: Profile = None,
) -> None:
    """Make a service role for MediaConvert, and print its ARN.

    Either --full, or the locations that jobs read (--input) and write (--output): then the role has what jobs on them
    need, and no more.
    """
    if full and (inputs or outputs or may_invoke_apis is not None):
        raise UnusableChoice("--full permits every location and every API: leave --input, --output and the like out.")
    if not full and not outputs:
        raise UnusableChoice("A job writes to S3: name at least one output location with --output, or permit --full.")
    configured = ConfiguredPermissions(
        inputs=[Location.parse(text) for text in inputs or ()],
        outputs=[Location.parse(text) for text in outputs or ()],
        may_invoke_apis=bool(may_invoke_apis),
    )
    choices = RoleChoices(
        permissions=FullPermissions() if full else configured,
        name=name,
        kms_keys=kms_keys or (),
        source=SourceConditions(queue_arn=source_queue, account=_account(source_account)),
        boundary_arn=boundary,
        tags=_tags(tags or ()),
    )
    plan = plan_role(_MEDIACONVERT, choices)
    if dry_run:
        typer.echo(json.dumps(_shown(plan), indent=2))
    else:
        typer.echo(make(connect(data_dir, profile).client("iam"), plan))


def make(iam: Any, plan: RolePlan) -> str:
    """The ARN of the role, made through a boto3 client of IAM: whole or not at all. Raises `RoleNotMade`."""
    left: list[str] = []
    try:
        with ExitStack() as undo:
            arn = _make(iam, plan, undo, left)
            undo.pop_all()
            return arn
    except REFUSALS as refusal:
        rest = f" These parts are still there: {', '.join(left)}." if left else ""
        raise RoleNotMade(f"The role {plan.name} was not made: {said(refusal)}{rest}") from refusal


def _make(iam: Any, plan: RolePlan, undo: ExitStack, left: list[str]) -> str:
    role = {"RoleName": plan.name}
    limit = {} if plan.boundary_arn is None else {"PermissionsBoundary": plan.boundary_arn}
    marks = {"Tags": [{"Key": key, "Value": value} for key, value in plan.tags.items()]} if plan.tags else {}
    arn: str = iam.create_role(
        **role,
        Path=plan.path,
        Description=plan.description,
        AssumeRolePolicyDocument=json.dumps(plan.trust_policy, indent=2),
        **limit,
        **marks,
    )["Role"]["Arn"]
    undo.callback(_take_back, partial(iam.delete_role, **role), f"the role {plan.name}", left)
    for name, document in plan.inline.items():
        iam.put_role_policy(**role, PolicyName=name, PolicyDocument=json.dumps(document, indent=2))
        delete = partial(iam.delete_role_policy, **role, PolicyName=name)
        undo.callback(_take_back, delete, f"its policy {name}", left)
    for policy in plan.attached:
        iam.attach_role_policy(**role, PolicyArn=policy)
        detach = partial(iam.detach_role_policy, **role, PolicyArn=policy)
        undo.callback(_take_back, detach, f"the attached {policy}", left)
    return arn


def _take_back(delete: Callable[[], object], what: str, left: list[str]) -> None:
    try:
        delete()
    except REFUSALS:  # what made us stop is told, and with it what could not be taken back
        left.append(what)


def _shown(plan: RolePlan) -> dict[str, Any]:
    return {
        "RoleName": plan.name,
        "Path": plan.path,
        "Description": plan.description,
        "AssumeRolePolicyDocument": plan.trust_policy,
        "AttachedPolicies": list(plan.attached),
        "InlinePolicies": plan.inline,
        **({"PermissionsBoundary": plan.boundary_arn} if plan.boundary_arn else {}),
        **({"Tags": plan.tags} if plan.tags else {}),
    }


def _account(text: str | None) -> AccountId | None:
    if text is not None and not (len(text) == 12 and text.isdecimal()):
        raise UnusableChoice(f"{text!r} is no account: it has 12 digits.")
    return None if text is None else AccountId(text)


def _tags(pairs: Sequence[str]) -> Tags:
    tags: Tags = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key in tags:
            raise UnusableChoice(f"{pair!r}: write each tag once, as KEY=VALUE.")
        tags[key] = value
    for problem in problems(tags):
        raise UnusableChoice(problem)
    return tags
