"""Rules on resources: the form of ARNs, and whether the statement's actions work on them."""

import re
from collections.abc import Iterable, Iterator, Mapping

from telecine.policy.lint.overlap import LONGEST_ARN, arn_fits
from telecine.policy.lint.reading import Hit, Statement
from telecine.policy.lint.rule import Scope, resources
from telecine.policy.lint.source import Node
from telecine.policy.match import ARN_FIELDS

_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
_ACCOUNT = re.compile(r"\d{12}|aws|")
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+|")
_OPEN = re.compile(r"[*?]|\$\{")
"""What stands for more than itself."""
_NAMES = ("partition", "service", "region", "account", "resource")


def _whole(statement: Statement) -> Iterator[tuple[Node, list[str]]]:
    """The resources that have an ARN's six fields."""
    for node in resources(statement):
        parts = node.text.split(":", ARN_FIELDS - 1)
        if parts[0] == "arn" and len(parts) == ARN_FIELDS and len(node.text) <= LONGEST_ARN:
            yield node, parts


def invalid_prefix(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A resource that is no ARN."""
    for node in resources(statement):
        if node.text != "*" and not node.text.startswith("arn:"):
            yield Hit(
                node, f'A resource is an ARN (arn:aws:service:region:account:name) or "*": {node.text!r} is neither.'
            )


def missing_field(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """An ARN with too few fields."""
    for node in resources(statement):
        count = node.text.count(":") + 1
        if node.text.startswith("arn:") and count < ARN_FIELDS and not node.text.endswith("*"):
            lacking = ", ".join(_NAMES[count - 1 :])
            message = (
                f"An ARN has six fields, arn:partition:service:region:account:resource; {node.text} lacks {lacking}."
            )
            yield Hit(node, f"{message} Leave a field empty, but keep its colon.")


def invalid_partition(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A partition that AWS does not have."""
    for node, (_, partition, *_) in _whole(statement):
        if partition not in _PARTITIONS and partition != "*":
            yield Hit(node, f"There is no partition {partition!r}: write arn:aws:… .")


def service_case(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A service in capitals."""
    for node, (_, _, service, *_) in _whole(statement):
        if service != service.lower() and "${" not in service:
            yield Hit(node, f"Services in ARNs are lower case: write {service.lower()}, not {service}.")


def invalid_account(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """An account that is no account."""
    for node, (_, _, _, _, account, _) in _whole(statement):
        if not _OPEN.search(account) and not _ACCOUNT.fullmatch(account):
            yield Hit(node, f"An account has twelve digits: {account!r} is none.")


def invalid_region(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A region that is no region."""
    for node, (_, _, _, region, *_) in _whole(statement):
        if not _OPEN.search(region) and not _REGION.fullmatch(region):
            yield Hit(node, f"{region!r} is no region: write one like us-east-1, or * for all.")


def variable_before_name(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A policy variable in one of the first five fields."""
    for node in resources(statement):
        fields = node.text.split(":", ARN_FIELDS - 1)
        if any("${" in field for field in fields[: ARN_FIELDS - 1]) and len(fields) == ARN_FIELDS:
            message = "Policy variables are replaced only in the last field of an ARN, the one that names the resource."
            yield Hit(node, f"{message} Write the other fields of {node.text} out, or use *.")


_WRONG = {
    "ARN_REGION_NOT_ALLOWED": "{type} has no region in its ARN: {arn}. Leave the field empty.",
    "ARN_ACCOUNT_NOT_ALLOWED": "{type} has no account in its ARN: {arn}. Leave the field empty.",
    "MISSING_ARN_REGION": "{type} has a region in its ARN: {arn}. Fill the field, or write *.",
    "MISSING_ARN_ACCOUNT": "{type} has an account in its ARN: {arn}. Fill the field, or write *.",
    "INVALID_ARN_RESOURCE": "{service} has no resource of this form. Resources of its actions: {arns}.",
}
"""What to say of an ARN that fits no resource type, by the finding's code."""

_SHOWN = 4


def misfit(code: str) -> "_Misfit":
    """The rule that reports ARNs of our services that fit no resource type, for the reason that `code` names."""
    return _Misfit(code)


class _Misfit:
    def __init__(self, code: str) -> None:
        self._code = code

    def __call__(self, statement: Statement, scope: Scope) -> Iterator[Hit]:
        for node, parts in _whole(statement):
            types = _types(scope, parts[2])
            if types and not any(arn_fits(node.text, arn) for arn in types.values()):
                code, facts = _reason(parts, types)
                if code == self._code:
                    yield Hit(node, _WRONG[code].format(service=parts[2], **facts))


def _types(scope: Scope, service: str) -> Mapping[str, str]:
    """The resource types whose ARNs name `service`, with their patterns."""
    return {
        resource.name: resource.arn
        for entry in scope.catalogue.services.values()
        for resource in entry.resources.values()
        if resource.arn.split(":", 3)[2] == service
    }


def _reason(parts: list[str], types: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Which field keeps the ARN from fitting the resource type whose name it has."""
    for name, arn in types.items():
        wanted = arn.split(":", ARN_FIELDS - 1)
        if not arn_fits(":".join(["arn", *wanted[1:5], parts[5]]).replace("${Partition}", "aws"), arn):
            continue
        facts = {"type": name, "arn": _plain(arn)}
        if not wanted[3] and parts[3]:
            return "ARN_REGION_NOT_ALLOWED", facts
        if not wanted[4] and parts[4]:
            return "ARN_ACCOUNT_NOT_ALLOWED", facts
        if wanted[3] and not parts[3]:
            return "MISSING_ARN_REGION", facts
        if wanted[4] and not parts[4]:
            return "MISSING_ARN_ACCOUNT", facts
    return "INVALID_ARN_RESOURCE", {"arns": _listed(types.values())}


def _listed(patterns: Iterable[str]) -> str:
    """The first ARN patterns as a reader would write them: `arn:aws:s3:::BucketName`."""
    distinct = list(dict.fromkeys(patterns))
    shown = ", ".join(_plain(pattern) for pattern in distinct[:_SHOWN])
    return f"{shown}, …" if len(distinct) > _SHOWN else shown


def _plain(pattern: str) -> str:
    return re.sub(r"\$\{(\w+)\}", r"\1", pattern.replace("${Partition}", "aws"))


def too_long(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A resource that is longer than any ARN."""
    for node in resources(statement):
        if len(node.text) > LONGEST_ARN:
            yield Hit(node, f"A resource has at most {LONGEST_ARN} characters: this one has {len(node.text)}.")


def action_without_resource(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A listed action that works on none of the listed resources."""
    if not statement.resources or any(node.text == "*" for node in statement.resources):
        return
    fitting = scope.fitting(statement)
    for node in statement.actions or ():
        found = scope.catalogue.matching(node.text)
        types = [one.arn for action in found for one in scope.catalogue.resource_types(action)]
        if not found or node.text == "*" or not fitting.isdisjoint(types):
            continue
        verb = "allows" if statement.allows else "denies"
        if types:
            shown = _listed(types)
            message = (
                f"The statement never {verb} {node.text}: none of its resources is one that it works on. Add {shown}."
            )
        else:
            message = f'The statement never {verb} {node.text}, which names no resource: give it "Resource": "*".'
        yield Hit(node, message)


def resource_without_action(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A listed resource that none of the listed actions works on."""
    listed = scope.listed(statement)
    if not listed:
        return
    patterns = {one.arn for action in listed for one in scope.catalogue.resource_types(action)}
    for node, parts in _whole(statement):
        types = _types(scope, parts[2]).values()
        is_known = any(arn_fits(node.text, arn) for arn in types)
        if statement.resources and is_known and not any(arn_fits(node.text, arn) for arn in patterns):
            yield Hit(node, f"None of the listed actions works on {node.text}: remove it, or add the action that does.")
