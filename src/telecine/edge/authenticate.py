"""Who calls: the signature is verified, its key and session token are looked up, its scope is checked."""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from telecine.core.errors import ApiError
from telecine.core.names import AccessKeyId, AccountId, Region
from telecine.edge.identities import Identities
from telecine.edge.stages import Authenticated, Identified
from telecine.policy import Principal, PrincipalKind
from telecine.services.contract import Call, Caller, Signature, SigningKey
from telecine.wire import models, routing, sigv4
from telecine.wire.errors import Common, common
from telecine.wire.sigv4 import SignatureClaim, SignatureProblem

_ANONYMOUS = Caller(
    principal=Principal(kind=PrincipalKind.ANONYMOUS, arn=None, account=None), user_id="", access_key_id=None
)
"""Whoever did not sign."""


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

    def __init__(self, identities: Identities, uses: Uses, region: Region) -> None:
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
            return _authenticated(identified, _ANONYMOUS, self._region, self._identities.generation())
        if claim.region not in {self._region, *service.regions}:
            raise common(Common.WRONG_REGION, service.name, expected=self._region)
        generation = self._identities.generation()
        key = self._identities.signing_key(generation, AccessKeyId(claim.access_key_id))
        if key is None or not key.is_active:
            raise common(Common.UNKNOWN_KEY, service.name)
        signed_hash = sigv4.payload_hash(facts.request, claim, identified.body or b"")
        try:
            sigv4.verify(facts.request, claim, secret=key.secret_access_key, payload_hash=signed_hash, now=facts.now)
        except SignatureProblem as problem:
            raise common(problem.kind, service.name, **problem.facts) from problem
        self._check_token(identified, claim, key)
        self._note(key, service.name, claim.region, facts.now)
        payload_hash = signed_hash if signed_hash == claim.payload_hash and len(signed_hash) == 64 else None
        signature = Signature(is_presigned=claim.is_presigned, signed_at=claim.timestamp, content=claim.payload_hash)
        return _authenticated(
            identified,
            key.caller,
            Region(claim.region),
            generation,
            payload_hash=payload_hash,
            signature=signature,
        )

    def _note(self, key: SigningKey, service: str, region: str, now: datetime) -> None:
        """IAM user guide, "Refining permissions using last accessed information": attempts count, allowed or not."""
        caller = key.caller
        if key.token_digest is None:
            self._uses.note_key_use(key.access_key_id, service, region, now)
        elif caller.principal.kind is PrincipalKind.ASSUMED_ROLE and caller.identity_id is not None:
            self._uses.note_role_use(caller.identity_id, region, now)

    @staticmethod
    def _check_token(identified: Identified, claim: SignatureClaim, key: SigningKey) -> None:
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


def _authenticated(
    identified: Identified,
    caller: Caller,
    region: Region,
    generation: int,
    *,
    payload_hash: str | None = None,
    signature: Signature | None = None,
) -> Authenticated:
    facts = identified.facts
    request = facts.request
    return Authenticated(
        facts=replace(facts, caller=caller),
        service=identified.service,
        call=Call(
            caller=caller,
            account=AccountId(caller.principal.account or ""),
            region=region,
            request_id=facts.request_id,
            now=facts.now,
            base_url=request.base_url,
            source_ip=request.client_address,
            user_agent=request.header("user-agent") or "",
            is_secure=request.scheme == "https",
            signature=signature,
        ),
        generation=generation,
        payload_hash=payload_hash,
        body=identified.body,
    )
