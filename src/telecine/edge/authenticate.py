"""Who calls: the signature is verified, its key and session token are looked up, its scope is checked."""

import hashlib
import hmac
from dataclasses import replace

from telecine.core.names import AccessKeyId, AccountId, Region
from telecine.edge.identities import Identities
from telecine.edge.stages import Authenticated, Identified
from telecine.services.contract import Call, SigningKey
from telecine.wire import sigv4
from telecine.wire.errors import Common, common
from telecine.wire.sigv4 import SignatureClaim, SignatureProblem


class Authenticator:
    """Verifies signatures against the keys of `identities`, in one region."""

    def __init__(self, identities: Identities, region: Region) -> None:
        self._identities = identities
        self._region = region

    def authenticate(self, identified: Identified) -> Authenticated:
        """The caller, proven. Raises the service's own error for every way in which a signature can be no good.

        An unknown key and a wrong secret get different codes, as AWS has it (reference: IAM user guide,
        "Troubleshooting Signature Version 4").
        """
        claim, service, facts = identified.claim, identified.service, identified.facts
        if claim is None:
            raise common(Common.MISSING_TOKEN, service.name)
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
        caller = key.caller
        return Authenticated(
            facts=replace(facts, caller=caller),
            service=service,
            call=Call(
                caller=caller,
                account=AccountId(caller.principal.account or ""),
                region=Region(claim.region),
                request_id=facts.request_id,
                now=facts.now,
                base_url=facts.request.base_url,
                source_ip=facts.request.client_address,
                user_agent=facts.request.header("user-agent") or "",
                is_secure=facts.request.scheme == "https",
            ),
            generation=generation,
            payload_hash=signed_hash if signed_hash == claim.payload_hash and len(signed_hash) == 64 else None,
            body=identified.body,
        )

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
