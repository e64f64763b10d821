"""Decisions on plain dicts: the form of our corpus of cases, and of `telecine policy decide`."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from telecine.policy.compiled import CompiledPolicy, compile_policy
from telecine.policy.decision import Decision, Family
from telecine.policy.document import MalformedPolicy
from telecine.policy.evaluate import PolicySet, ResourcePolicy, ResourceRule, evaluate
from telecine.policy.request import Context, Principal, PrincipalKind, Request

Fields = Mapping[str, object]

_NOBODY = '{"Statement": []}'


def prepare(policies: Fields) -> PolicySet:
    """The `policies` of a case, compiled: `{"identity": [document], "boundary": [document] | null, "session": …,
    "resource": document | null, "scp": [[document]], "rcp": [[document]], "endpoint": [document] | null}`.

    Raises `MalformedPolicy` for a document that breaks the grammar; its `element` begins with the document's place in
    the case: `identity[0].Statement[1].Effect`.
    """
    found = policies.get("resource")
    # Compiled here too: a broken one must not come to light in the middle of a decision.
    resource = None if found is None else _compiled(found, "resource").text
    return PolicySet(
        identity=_documents(policies.get("identity"), Family.IDENTITY) or (),
        boundary=_documents(policies.get("boundary"), Family.BOUNDARY),
        session=_documents(policies.get("session"), Family.SESSION),
        scp=_levels(policies.get("scp"), Family.SCP),
        rcp=_levels(policies.get("rcp"), Family.RCP),
        endpoint=_documents(policies.get("endpoint"), Family.ENDPOINT),
        resource=None
        if resource is None
        else ResourcePolicy(text=resource, rule=ResourceRule.SUFFICIENT, name="resource"),
    )


def decide(prepared: PolicySet, request: Fields) -> Decision:
    """The decision on the `request` of a case: `{"principal": {"type", "arn", "account"}, "action", "resource",
    "resource_account", "context", "wildcard_only_action"}`.
    """
    return evaluate(*question(prepared, request))


def question(prepared: PolicySet, request: Fields) -> tuple[Request, PolicySet]:
    """The `request` of a case, and the policies in the roles that the service would give them.

    What a service would say of its resource's policy is read off the action here: for `sts:AssumeRole` and its kin it
    is the role's trust policy, for `kms:` the key's policy, and both must allow.
    """
    asked = _request(request)
    resource = prepared.resource
    service, _, operation = asked.action.lower().partition(":")
    is_trust = service == "sts" and operation.startswith(("assumerole", "tagsession", "setsourceidentity"))
    is_key = service == "kms" and ":key/" in asked.resource
    if is_trust or is_key:
        prepared = PolicySet(
            identity=prepared.identity,
            boundary=prepared.boundary,
            session=prepared.session,
            scp=prepared.scp,
            rcp=prepared.rcp,
            endpoint=prepared.endpoint,
            resource=ResourcePolicy(
                text=_NOBODY if resource is None else resource.text,
                rule=ResourceRule.REQUIRED,
                family=Family.TRUST if is_trust else Family.RESOURCE,
                name="resource" if resource is None else resource.name,
            ),
        )
    return asked, prepared


def _request(found: Fields) -> Request:
    return Request(
        principal=_principal(cast("Fields", found["principal"])),
        action=cast("str", found["action"]),
        resource=cast("str", found["resource"]),
        resource_account=cast("str | None", found.get("resource_account")),
        context=cast("Context", found.get("context") or {}),
        wildcard_only_action=bool(found.get("wildcard_only_action")),
    )


def _principal(found: Fields) -> Principal:
    kind = PrincipalKind(cast("str", found["type"]))
    arn = cast("str | None", found.get("arn"))
    issuer = cast("str | None", found.get("issuer"))
    if kind is PrincipalKind.FEDERATED_USER and arn is not None and issuer is None:
        # Where a case does not say which user got the federated session, it is the one of the same name.
        head, _, name = arn.partition(":federated-user/")
        issuer = f"{head.replace(':sts:', ':iam:', 1)}:user/{name}"
    return Principal(
        kind=kind,
        arn=arn,
        account=cast("str | None", found.get("account")),
        unique_id=cast("str | None", found.get("unique_id")),
        issuer_arn=issuer,
        canonical_id=cast("str | None", found.get("canonical_id")),
        provider=cast("str | None", found.get("provider")),
    )


def _documents(found: object, place: str) -> tuple[CompiledPolicy, ...] | None:
    listed = cast("Sequence[object]", found or ())
    if not listed:
        return None  # in a case, empty means as much as absent
    return tuple([_compiled(one, f"{place}[{index}]") for index, one in enumerate(listed)])


def _compiled(document: object, name: str) -> CompiledPolicy:
    try:
        return compile_policy(_text(document), name=name)
    except MalformedPolicy as error:
        raise MalformedPolicy(error.message, element=f"{name}.{error.element}".rstrip(".")) from error


def _levels(found: object, place: str) -> tuple[tuple[CompiledPolicy, ...], ...]:
    levels = cast("Sequence[object]", found or ())
    return tuple([_documents(level, f"{place}[{index}]") or () for index, level in enumerate(levels)])


def _text(document: object) -> str:
    """A document as text; a case may also give the text itself, as a string."""
    return document if isinstance(document, str) else json.dumps(document)
