"""Whether the caller may: every need of the operation's access row is decided by policy, and a denial explained."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from telecine.core.clock import to_the_second
from telecine.core.errors import ApiError
from telecine.edge.identities import Identities, session_policies
from telecine.edge.stages import Authorized, Denial, Parsed
from telecine.policy import (
    Context,
    PolicySet,
    PrincipalKind,
    Request,
    denial_sentence,
    evaluate,
    trace,
)
from telecine.services.contract import Call, Caller, Need
from telecine.wire import models
from telecine.wire.errors import Common, common
from telecine.wire.http import HttpRequest
from telecine.wire.models import Protocol

_PRINCIPAL_TYPES = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ASSUMED_ROLE: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.ANONYMOUS: "Anonymous",
}
"""`aws:PrincipalType` by kind of caller (IAM user guide, "AWS global condition context keys")."""


class Denied(ApiError):
    """The caller may not. `denial` is for the audit log; the message is all that the caller sees."""

    def __init__(self, shown: ApiError, denial: Denial) -> None:
        super().__init__(shown.code, shown.message, status=shown.status, fields=shown.fields)
        self.denial = denial


class Authorizer:
    """Decides on requests with the policies of `identities`."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    def authorize(self, parsed: Parsed) -> Authorized:
        """The same request, allowed but for the parts that its call now calls refused.

        Raises `Denied` for the first need of the whole call that is not.
        """
        signed = parsed.signed
        needs: Sequence[Need] = signed.service.access[parsed.operation.name](
            signed.service.face, signed.call, parsed.params
        )
        globals_ = global_context(signed.call, parsed.facts.request) if needs else {}
        refused: dict[Hashable, Denied] = {}
        for need in needs:
            denied = self._denied(parsed, need, globals_)
            if denied is not None and need.part is None:
                raise denied
            if denied is not None:
                refused.setdefault(need.part, denied)
        pins = frozenset(need.pin for need in needs if need.pin is not None and need.part not in refused)
        if pins:
            signed = replace(signed, call=replace(signed.call, pins=pins))
            parsed = replace(parsed, signed=signed)
        if not refused:
            return Authorized(facts=parsed.facts, parsed=parsed)
        first = next(iter(refused.values()))
        return Authorized(
            facts=replace(parsed.facts, denial=first.denial),
            parsed=replace(parsed, signed=replace(signed, call=replace(signed.call, refused=refused))),
        )

    def _denied(self, parsed: Parsed, need: Need, globals_: Context) -> Denied | None:
        signed, caller = parsed.signed, parsed.signed.call.caller
        owner = need.resource_account or signed.call.account
        request = Request(
            principal=caller.principal,
            action=need.action,
            resource=need.resource,
            resource_account=owner,
            context={**globals_, **({"aws:ResourceAccount": owner} if owner else {}), **need.context},
            wildcard_only_action=need.resource == "*",
        )
        policies = self._policies(caller, signed.generation, need)
        decision = evaluate(request, policies)
        if decision.is_allowed:
            return None
        # S3 quotes the resource (IAM user guide, "Access denied error message examples"). That goes with its
        # protocol, so that no service is named here.
        is_quoted = models.protocol(signed.service.name) is Protocol.REST_XML
        message = denial_sentence(request, decision, quote_resource=is_quoted)
        return Denied(
            common(Common.ACCESS_DENIED, signed.service.name, message=message),
            Denial(action=need.action, resource=need.resource, trace=trace(request, policies, decision)),
        )

    def _policies(self, caller: Caller, generation: int, need: Need) -> PolicySet:
        identity_id = caller.identity_id
        own = None if identity_id is None else self._identities.policies(generation, identity_id)
        session = caller.session_policies
        return PolicySet(
            identity=() if own is None else own.identity,
            boundary=None if own is None else own.boundary,
            session=None if session is None else session_policies(session),
            resource=need.resource_policy,
        )


def global_context(call: Call, request: HttpRequest) -> dict[str, str | Sequence[str]]:
    """The condition keys that do not depend on what is asked for (IAM user guide, "AWS global condition context keys").

    What a kind of caller has not is absent: of anonymous callers nothing is there but their type, and `anonymous` for
    their account.
    """
    caller, now = call.caller, call.now
    principal = caller.principal
    context: dict[str, str | Sequence[str]] = {
        "aws:CurrentTime": to_the_second(now),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SecureTransport": "true" if call.is_secure else "false",
        "aws:RequestedRegion": call.region,
        "aws:ViaAWSService": "false",
        "aws:PrincipalType": _PRINCIPAL_TYPES[principal.kind],
        "aws:PrincipalAccount": principal.account or "anonymous",
    }
    if principal.arn:
        context |= {
            "aws:PrincipalArn": principal.arn,
            "aws:PrincipalIsAWSService": "false",
            "aws:userid": caller.user_id,
            # What the kind of caller adds, or has other values of: a session's PrincipalArn is its role's.
            **caller.context,
        }
    if caller.mfa_at is not None:
        # Whole seconds since then, anew for each request.
        context["aws:MultiFactorAuthAge"] = str(max(0, int((now - caller.mfa_at).total_seconds())))
    if call.source_ip:
        context["aws:SourceIp"] = call.source_ip
    if call.user_agent:
        context["aws:UserAgent"] = call.user_agent
    referer = request.header("referer")
    if referer:
        context["aws:Referer"] = referer
    return context
