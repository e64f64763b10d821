"""Whether the caller may: every need of the operation's access row is decided by policy, and a denial explained."""

from collections.abc import Hashable, Sequence
from functools import partial

from msgspec.structs import replace

from telecine.core.errors import ApiError
from telecine.edge.identities import Identities
from telecine.edge.stages import Authorized, Denial, Parsed
from telecine.policy import Context, PolicySet, denial_sentence, trace
from telecine.services.contract import Need
from telecine.services.deciding import decide, global_context, lasts
from telecine.wire import models
from telecine.wire.errors import Common, common
from telecine.wire.models import Protocol


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
        globals_ = global_context(signed.call, parsed.facts.request.header("referer")) if needs else {}
        refused: dict[Hashable, Denied] = {}
        is_lasting = True
        for need in needs:
            denied, policies = self._denied(parsed, need, globals_)
            is_lasting = is_lasting and denied is None and (parsed.facts.question is None or lasts(policies))
            if denied is not None and need.part is None:
                raise denied
            if denied is not None:
                refused.setdefault(need.part, denied)
        pins = frozenset(need.pin for need in needs if need.pin is not None and need.part not in refused)
        if pins:
            signed = replace(signed, call=replace(signed.call, pins=pins))
            parsed = replace(parsed, signed=signed)
        if not refused:
            facts = parsed.facts
            return Authorized(facts=facts if is_lasting else replace(facts, question=None), parsed=parsed)
        first = next(iter(refused.values()))
        return Authorized(
            facts=replace(parsed.facts, denial=first.denial, question=None),
            parsed=replace(parsed, signed=replace(signed, call=replace(signed.call, refused=refused))),
        )

    def _denied(self, parsed: Parsed, need: Need, globals_: Context) -> tuple[Denied | None, PolicySet]:
        """Why what is needed is not allowed, None when it is; and what that was decided with."""
        signed = parsed.signed
        policies_of = partial(self._identities.policies, signed.generation)
        request, policies, decision = decide(signed.call, need, globals_, policies_of)
        if decision.is_allowed:
            return None, policies
        # S3 quotes the resource (IAM user guide, "Access denied error message examples"). That goes with its
        # protocol, so that no service is named here.
        is_quoted = models.protocol(signed.service.name) is Protocol.REST_XML
        message = denial_sentence(request, decision, quote_resource=is_quoted)
        denied = Denied(
            common(Common.ACCESS_DENIED, signed.service.name, message=message),
            Denial(action=need.action, resource=need.resource, trace=trace(request, policies, decision)),
        )
        return denied, policies
