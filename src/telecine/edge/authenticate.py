"""Who calls: the signature is verified, its key and session token are looked up, its scope is checked."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from telecine.core.errors import ApiError
from telecine.core.names import AccessKeyId, AccountId, Region
from telecine.edge.identities import Identities
from telecine.edge.proof import Proof, prove, unsigned
from telecine.edge.stages import Authenticated, Identified
from telecine.policy import Principal, PrincipalKind
from telecine.services.contract import Call, Caller, SigningKey
from telecine.wire import models, routing
from telecine.wire.errors import Common, common
from telecine.wire.http import HttpRequest
from telecine.wire.identify import Claim
from telecine.wire.post_policy import FormClaim
from telecine.wire.sigv2 import UrlClaim
from telecine.wire.sigv4 import SignatureProblem

_ANONYMOUS = Caller(
    principal=Principal(kind=PrincipalKind.ANONYMOUS, arn=None, account=None), user_id="", access_key_id=None
)
"""Whoever did not sign."""


_ANYWHERE: Mapping[type, tuple[str, ...]] = {UrlClaim: ("",), FormClaim: ("",)}
"""Claims that name no region: Signature Version 2 has none."""


class Uses(Protocol):
    """Where it is noted what keys and roles were last used for. Called with every request: it must not wait."""

    def note_key_use(self, access_key_id: AccessKeyId, service: str, region: str, at: datetime) -> None:
        """A long-term key signed a request."""
        ...

    def note_role_use(self, role_id: str, region: str, at: datetime) -> None:
        """A session of the role signed a request."""
        ...


class Authenticator:
    """Verifies signatures against the keys of `identities`, in one region."""

    def __init__(self, identities: Identities, uses: Uses, region: Region, base_domains: Sequence[str]) -> None:
        """Below `base_domains` the first part of a host's name is a bucket."""
        self._base_domains = base_domains
        self._identities = identities
        self._uses = uses
        self._region = region

    def authenticate(self, identified: Identified) -> Authenticated:
        """The caller, proven. Raises the service's own error for every way in which a signature can be no good.

        An unknown key and a wrong secret get different codes, as AWS has it (reference: IAM user guide,
        "Troubleshooting Signature Version 4").
        """
        claim, service, facts = identified.claim, identified.service, identified.facts
        if claim is None:
            if not service.takes_anonymous:
                raise _unsigned(identified)
            proof, generation = unsigned(facts.request), self._identities.generation()
            return self._authenticated(identified, _ANONYMOUS, self._region, generation, proof)
        if claim.region not in {self._region, *service.regions, *_ANYWHERE.get(type(claim), ())}:
            raise common(Common.WRONG_REGION, service.name, expected=self._region)
        region = Region(claim.region or self._region)
        generation = self._identities.generation()
        key = self._identities.signing_key(generation, AccessKeyId(claim.access_key_id))
        if key is None or not key.is_active:
            raise common(Common.UNKNOWN_KEY, service.name)
        try:
            proof = prove(
                facts.request,
                claim,
                identified.body or b"",
                secret=key.secret_access_key,
                now=facts.now,
                base_domains=self._base_domains,
            )
        except SignatureProblem as problem:
            raise common(problem.kind, service.name, **problem.facts) from problem
        self._check_token(identified, claim, key)
        self._note(key, service.name, region, facts.now)
        return self._authenticated(identified, key.caller, region, generation, proof)

    def _note(self, key: SigningKey, service: str, region: str, now: datetime) -> None:
        """IAM user guide, "Refining permissions using last accessed information": attempts count, allowed or not."""
        caller = key.caller
        if key.token_digest is None:
            self._uses.note_key_use(key.access_key_id, service, region, now)
        elif caller.principal.kind is PrincipalKind.ASSUMED_ROLE and caller.identity_id is not None:
            self._uses.note_role_use(caller.identity_id, region, now)

    @staticmethod
    def _check_token(identified: Identified, claim: Claim, key: SigningKey) -> None:
        """A temporary key comes with its own session token, a long-term one with none."""
        service = identified.service.name
        if key.token_digest is None:
            if claim.session_token is not None:
                raise common(Common.BAD_TOKEN, service)
            return
        given = hashlib.sha256((claim.session_token or "").encode()).digest()
        if not hmac.compare_digest(given, key.token_digest):
            raise common(Common.BAD_TOKEN, service)
        if key.expires_at is not None and key.expires_at <= identified.facts.now:
            raise common(Common.EXPIRED_TOKEN, service)

    def _authenticated(
        self, identified: Identified, caller: Caller, region: Region, generation: int, proof: Proof
    ) -> Authenticated:
        facts = identified.facts
        request, framing = proof.request, proof.framing
        return Authenticated(
            facts=replace(facts, caller=caller, request=request),
            service=identified.service,
            call=Call(
                caller=caller,
                account=AccountId(caller.principal.account or ""),
                region=region,
                request_id=facts.request_id,
                now=facts.now,
                base_url=self._base_url(request, identified.service.name),
                source_ip=request.client_address,
                user_agent=request.header("user-agent") or "",
                is_secure=request.scheme == "https",
                signature=proof.signature,
                if_range=request.header("if-range"),
                has_open_length=identified.form is not None,
                trailing=None if framing is None or framing.trailer is None else framing.trailer.header,
            ),
            form=identified.form,
            generation=generation,
            payload_hash=proof.payload_hash,
            framing=framing,
            file_size=proof.file_size,
            body=identified.body,
        )

    def _base_url(self, request: HttpRequest, service: str) -> str:
        """Our own address, without the bucket that may stand before it."""
        bucket = routing.host_bucket(request, self._base_domains) if models.TRAITS[service].has_host_buckets else None
        if bucket is None:
            return request.base_url
        return f"{request.scheme}://{(request.header('host') or '')[len(bucket) + 1 :]}"


def _unsigned(identified: Identified) -> ApiError:
    """What an unsigned request is told: that a signature is missing, unless it calls what clients never sign.

    Those (STS's calls with a token of an identity provider) are not there yet, and are refused by name as others are.
    """
    service = identified.service.name
    try:
        operation = routing.route(service, identified.facts.request, identified.body).operation
    except ApiError:
        return common(Common.MISSING_TOKEN, service)
    if models.operation_model(service, operation).auth_type != "none":
        return common(Common.MISSING_TOKEN, service)
    return common(Common.NOT_IMPLEMENTED, service, operation=operation)
