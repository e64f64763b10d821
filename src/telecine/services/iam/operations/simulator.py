"""Operations that decide on requests nobody makes."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import AccountId
from telecine.policy import Context, MalformedPolicy, check_identity_policy, compile_policy
from telecine.policy.conditions.values import address, moment, number, octets, truth
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam import errors
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Identity, Kind
from telecine.services.iam.model.simulations import (
    BOUNDARY_POLICY,
    Exclusion,
    SimulatedCaller,
    Simulation,
    SourcePolicy,
)
from telecine.services.iam.operations.parameters import page
from telecine.services.iam.view import shapes
from telecine.services.iam.view import simulator as view

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_POLICY_ARN = re.compile(r"arn:[a-z-]+:iam::(?:aws|\d{12}):policy/[^*]*(?:\*[^*]*)?")

_READERS: dict[str, tuple[Callable[[str], object], str]] = {
    "string": (str, ""),
    "numeric": (number, "numeric format"),
    "boolean": (truth, "boolean format"),
    "date": (moment, "date format"),
    "ip": (address, "IP address"),
    "binary": (octets, "base-64 encoded binary format"),
}
"""By type of a context entry: what reads a value, None for one that is of another type, and the type's name in IAM's
words. Each type has a list form, `stringList` and so on."""

_SCENARIOS = {
    "EC2-VPC-InstanceStore": ("instance", "image", "security-group", "network-interface"),
    "EC2-VPC-InstanceStore-Subnet": ("instance", "image", "security-group", "network-interface", "subnet"),
    "EC2-VPC-EBS": ("instance", "image", "security-group", "network-interface", "volume"),
    "EC2-VPC-EBS-Subnet": ("instance", "image", "security-group", "network-interface", "subnet", "volume"),
}
"""By ResourceHandlingOption the kinds of EC2 resources that must be given (IAM API reference)."""


def simulate_custom_policy(directory: Directory, call: Call, params: Params) -> Result:
    arn = params.get("CallerArn")
    asked = _asked(call, params, None if arn is None else directory.simulator.caller(arn))
    levels = params.get("OrderedOrganizationPolicyInputList", ())
    simulation = replace(
        asked,
        policies=_inputs(params),
        boundary=_boundary(params),
        levels=[[_checked(text) for text in level.get("ServiceControlPolicyInputList", ())] for level in levels],
    )
    return _run(directory, "SimulateCustomPolicy", params, simulation)


def simulate_principal_policy(directory: Directory, call: Call, params: Params) -> Result:
    identity = directory.simulator.source(call.account, params["PolicySourceArn"])
    own, attached = directory.simulator.policies(identity, _exclusions(params))
    caller_arn = params.get("CallerArn", identity.arn)
    simulation = replace(
        _asked(call, params, directory.simulator.caller(caller_arn, known=identity)),
        policies=(*own, *_inputs(params)),
        boundary=_boundary(params) or attached,
        asks_trust_policies=identity.kind is not Kind.GROUP and caller_arn == identity.arn,
    )
    return _run(directory, "SimulatePrincipalPolicy", params, simulation)


def get_context_keys_for_custom_policy(directory: Directory, _call: Call, params: Params) -> Result:
    policies = _inputs(params)
    return {"ContextKeyNames": directory.simulator.context_keys([policy.text for policy in policies])}


def get_context_keys_for_principal_policy(directory: Directory, call: Call, params: Params) -> Result:
    identity: Identity = directory.simulator.source(call.account, params["PolicySourceArn"])
    own, _ = directory.simulator.policies(identity)
    policies = (*own, *_inputs(params))
    return {"ContextKeyNames": directory.simulator.context_keys([policy.text for policy in policies])}


def _asked(call: Call, params: Params, caller: SimulatedCaller | None) -> Simulation:
    """The questions, still without policies to answer them. Raises `InvalidInput`."""
    resources = tuple(params.get("ResourceArns", ()))
    _check_actions(params["ActionNames"])
    _check_resources(resources)
    _check_scenario(params.get("ResourceHandlingOption"), resources)
    return Simulation(
        account=call.account,
        actions=params["ActionNames"],
        resources=resources,
        caller=caller,
        policies=(),
        resource_policy=_resource_policy(params, caller),
        resource_owner=_resource_owner(params),
        context=_context(params.get("ContextEntries", [])),
    )


def _run(directory: Directory, operation: str, params: Params, simulation: Simulation) -> Result:
    asked = {member: value for member, value in params.items() if member not in ("Marker", "MaxItems")}
    digest = hashlib.sha256(json.dumps([operation, asked], sort_keys=True).encode()).hexdigest()
    found = directory.simulator.run(simulation, page(params), request=digest)
    return shapes.page("EvaluationResults", [view.evaluation_result(one) for one in found.items], found)


def _inputs(params: Params) -> tuple[SourcePolicy, ...]:
    return tuple(
        SourcePolicy(key=f"/input/{number}", source_id=f"PolicyInputList.{number}", text=_checked(text))
        for number, text in enumerate(params.get("PolicyInputList", ()), 1)
    )


def _boundary(params: Params) -> SourcePolicy | None:
    given = params.get("PermissionsBoundaryPolicyInputList", ())
    if not given:
        return None
    if len(given) > 1:
        raise errors.invalid_input("You can specify only one permissions boundary policy.")
    name = "PermissionsBoundaryPolicyInputList.1"
    return SourcePolicy(key="/boundary", source_id=name, text=_checked(given[0]), kind=BOUNDARY_POLICY)


def _checked(text: str) -> str:
    """The text, when it could be attached to somebody. Raises `InvalidInput`."""
    try:
        check_identity_policy(text)
    except MalformedPolicy as problem:
        raise errors.invalid_input(problem.message) from problem
    return text


def _resource_policy(params: Params, caller: SimulatedCaller | None) -> str | None:
    text: str | None = params.get("ResourcePolicy")
    if text is None:
        return None
    if caller is None:
        raise errors.invalid_input("Invalid caller - Caller cannot be null or empty.")
    try:
        for flaw in compile_policy(text).flaws:
            raise flaw
    except MalformedPolicy as problem:
        raise errors.invalid_input(problem.message) from problem
    return text


def _resource_owner(params: Params) -> AccountId | None:
    text = params.get("ResourceOwner")
    if text is None:
        return None
    try:
        arn = Arn.parse(text)
    except MalformedArn as error:
        raise errors.invalid_input(f"'{text}' is not a valid as a Resource Owner.") from error
    if arn.service != "iam" or arn.resource != "root" or not re.fullmatch(r"[0-9]{12}", arn.account):
        raise errors.invalid_input(f"'{text}' is not a valid as a Resource Owner.")
    return AccountId(arn.account)


def _check_actions(names: Sequence[str]) -> None:
    wrong = [name for name in names if not _ACTION.fullmatch(name)]
    if wrong:
        raise errors.invalid_input(f"Invalid Input Actions: [{','.join(wrong)}] do not name API operations.")


def _check_resources(resources: Sequence[str]) -> None:
    for resource in resources:
        if resource == "*":
            continue
        try:
            Arn.parse(resource)
        except MalformedArn as error:
            raise errors.invalid_resource_name(resource) from error


def _check_scenario(option: str | None, resources: Sequence[str]) -> None:
    """EC2's scenarios want resources of certain kinds; there are no others."""
    if option is None:
        return
    if option not in _SCENARIOS:
        raise errors.invalid_input(f"Invalid ResourceHandlingOption: {option}.")
    given = {
        arn.resource.partition("/")[0]
        for arn in (Arn.parse(resource) for resource in resources if resource != "*")
        if arn.service == "ec2"
    }
    missing = [kind for kind in _SCENARIOS[option] if kind not in given]
    if missing:
        raise errors.invalid_input(f"ResourceHandlingOption {option} requires resources: {', '.join(missing)}.")


def _context(entries: Sequence[dict[str, Any]]) -> Context:
    """Context entries as condition keys: a list for the list types, a text for all others. Raises `InvalidInput`."""
    found: dict[str, str | Sequence[str]] = {}
    names: set[str] = set()
    for entry in entries:
        if not entry:
            continue  # IAM takes an empty entry for none
        name, values, given_type = (
            entry.get("ContextKeyName"),
            entry.get("ContextKeyValues"),
            entry.get("ContextKeyType"),
        )
        if not name:
            raise errors.invalid_input("ContextKeyName cannot be null or empty.")
        if given_type is None:
            raise errors.invalid_input(f"Context key {name} has invalid type null.")
        if not values:
            raise errors.invalid_input(f"Context values for context key {name} cannot be null or empty.")
        if name.lower() in names:
            raise errors.invalid_input(f"Context key {name} is given more than once.")
        names.add(name.lower())
        is_list = given_type.endswith("List")
        read, expected = _READERS[given_type.removesuffix("List")]
        for value in values:
            if read(value) is None:
                raise errors.invalid_input(f"Invalid context value for key {name}: expected {expected}.")
        if len(values) > 1 and not is_list:
            raise errors.invalid_input(f"Context key {name} of type {given_type} has more than one value.")
        found[name] = list(values) if is_list else values[0]
    return found


def _exclusions(params: Params) -> list[Exclusion]:
    found = []
    for given in params.get("PolicyExclusionList", ()):
        if len(given) != 1:
            raise errors.invalid_input(
                "A policy identifier has exactly one of PolicyType, PolicyArn, InlinePolicyIdentifier."
            )
        arn, inline = given.get("PolicyArn"), given.get("InlinePolicyIdentifier")
        if arn is not None and not _POLICY_ARN.fullmatch(arn):
            raise errors.invalid_arn(arn)
        found.append(
            Exclusion(
                policy_type=given.get("PolicyType"),
                policy_arn=arn,
                inline=None
                if inline is None
                else (inline["PolicyName"], inline["AttachmentType"], inline["AttachmentName"]),
            )
        )
    return found


OPERATIONS: dict[str, Operation[Directory]] = {
    "SimulateCustomPolicy": simulate_custom_policy,
    "SimulatePrincipalPolicy": simulate_principal_policy,
    "GetContextKeysForCustomPolicy": get_context_keys_for_custom_policy,
    "GetContextKeysForPrincipalPolicy": get_context_keys_for_principal_policy,
}
