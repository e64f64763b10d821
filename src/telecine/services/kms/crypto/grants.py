"""Grants: leave for one principal to use a key, given and taken back without a change of policies.

They count from the next request on, so a grant token adds nothing; one that is given must still be right.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from telecine.core.errors import ApiError
from telecine.core.ids import Ids
from telecine.core.names import AccountId, UniqueId
from telecine.core.pages import InvalidPageToken, PageTokens
from telecine.services.iam.directory.current_policies import Principals
from telecine.services.iam.directory.principals import UnknownPrincipal
from telecine.services.kms import errors
from telecine.services.kms.crypto.ledger import Ledger
from telecine.services.kms.model import (
    MAX_GRANTS,
    MAX_GRANTS_OF_PRINCIPAL,
    Constraints,
    Grant,
    Key,
    Named,
    Page,
    PageRequest,
)
from telecine.services.kms.states import after
from telecine.services.kms.store import grants as store

_TOKENS = "grant"
"""What tokens of grants are told apart by from those of pages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewGrant:
    """A grant as it is asked for."""

    grantee: str
    """ARN of a user, role, session or account."""
    operations: Sequence[str]
    constraints: Constraints
    retiree: str | None = None
    name: str | None = None
    """With a name, asking again for the same grant gives the one that there is."""


class Grants:
    """The grants on keys."""

    def __init__(self, ledger: Ledger, principals: Principals, tokens: PageTokens, ids: Ids) -> None:
        self._ledger = ledger
        self._principals = principals
        self._tokens = tokens
        self._ids = ids

    def prepare(self, key: Key, wanted: NewGrant, issuer: AccountId) -> Grant:
        """The grant, which is not in force yet. Raises InvalidArnException, and as every change of the key's state."""
        after("CreateGrant", key.arn, key.state)
        return Grant(
            id=self._ids.token(32),
            key_id=key.id,
            grantee=self.named(wanted.grantee),
            operations=tuple(dict.fromkeys(wanted.operations)),
            issued_by=issuer,
            created_at=self._ledger.now(),
            name=wanted.name,
            retiree=None if wanted.retiree is None else self.named(wanted.retiree),
            constraints=wanted.constraints,
        )

    def create(self, key: Key, new: Grant) -> tuple[str, str]:
        """The id and a token of the grant, or of one like it that has the same name. Raises LimitExceededException."""

        def work(connection: Connection, current: Key) -> str:
            if new.name is not None:
                for other in store.named(connection, current.id, new.name):
                    if _is_like(other, new):
                        return other.id
            if store.count(connection, current.id) >= MAX_GRANTS:
                raise errors.beyond_quota(f"A key has at most {MAX_GRANTS} grants.")
            if store.count_for(connection, current.id, new.grantee) >= MAX_GRANTS_OF_PRINCIPAL:
                raise errors.beyond_quota(f"A key has at most {MAX_GRANTS_OF_PRINCIPAL} grants for one principal.")
            store.add(connection, new)
            return new.id

        grant_id = self._ledger.change("CreateGrant", key, work)
        return grant_id, self._token(grant_id)

    def find(self, grant_id: str) -> Grant | None:
        with self._ledger.database.read() as connection:
            return store.find(connection, grant_id)

    def get(self, key: Key, grant_id: str) -> Grant:
        """The key's grant of that id. Raises NotFoundException."""
        found = self.find(grant_id)
        if found is None or found.key_id != key.id:
            raise errors.no_such_grant(grant_id)
        return found

    def behind_token(self, token: str) -> Grant:
        """Raises InvalidGrantTokenException."""
        try:
            grant_id, _salt = self._tokens.read(_TOKENS, token)
        except InvalidPageToken as error:
            raise errors.invalid_grant_token() from error
        found = self.find(str(grant_id))
        if found is None:
            raise errors.invalid_grant_token()
        return found

    def check_tokens(self, tokens: Sequence[str]) -> None:
        """Raise InvalidGrantTokenException unless each belongs to a grant that is in force."""
        for token in tokens:
            self.behind_token(token)

    def end(self, operation: str, key: Key, grant: Grant) -> None:
        """Take the grant back (RevokeGrant), or give it back (RetireGrant)."""
        self._ledger.change(operation, key, lambda connection, _current: store.remove(connection, grant.id))

    def page(self, key: Key, wanted: PageRequest, *, grant_id: str | None, grantee: str | None) -> Page[Grant]:
        """The key's grants by id; only the one of that id, or those for that principal."""
        who = None if grantee is None else self._sought(grantee)
        return self._ledger.page(
            f"ListGrants|{key.id}|{grant_id or ''}|{grantee or ''}",
            key.account,
            wanted,
            lambda connection, start, limit: store.page(connection, key.id, grant_id, who, start, limit),
            lambda grant: grant.id,
        )

    def retirable(self, account: AccountId, retiree: str, wanted: PageRequest) -> Page[tuple[Grant, str]]:
        """The grants that a principal of the account may retire, each with the account of its key, which may be any."""
        who = self.named(retiree)
        return self._ledger.page(
            f"ListRetirableGrants|{retiree}",
            account,
            wanted,
            lambda connection, start, limit: store.retirable(connection, who, start, limit),
            lambda found: found[0].id,
        )

    def named(self, principal: str) -> Named:
        """The principal as it is remembered: by the unique id of the user or role. Raises InvalidArnException."""
        try:
            bound = self._principals.bind(_naming(principal), ())
        except UnknownPrincipal as error:
            raise errors.invalid_arn(principal) from error
        if principal == "*":
            raise errors.invalid_arn(principal)
        return Named(arn=principal, unique_id=bound.get(principal))

    def _sought(self, principal: str) -> Named:
        """The same for a listing: who is gone is found by the unique id by which grants show it."""
        try:
            return self.named(principal)
        except ApiError:
            return Named(arn=principal, unique_id=UniqueId(principal))

    def shown(self, grants: Sequence[Grant]) -> Mapping[Named, str]:
        """How the principals of these grants are called now: who is gone, by its unique id."""
        everybody = {one for grant in grants for one in (grant.grantee, grant.retiree) if one is not None}
        return {one: self._now(one.arn, one.unique_id) for one in everybody}

    def _now(self, arn: str, unique_id: UniqueId | None) -> str:
        if unique_id is None:
            return arn
        text = self._principals.current(_naming(arn), {arn: unique_id})
        name: str = json.loads(text)["Statement"][0]["Principal"]["AWS"]
        return name

    def _token(self, grant_id: str) -> str:
        """Another one each time, as from KMS; a caller can make none."""
        return self._tokens.write(_TOKENS, [grant_id, self._ids.token()])


def _naming(principal: str) -> str:
    """A policy that names the principal: what IAM knows of principals it knows by policies."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _is_like(one: Grant, other: Grant) -> bool:
    return (one.grantee, one.retiree, set(one.operations), one.constraints, one.issued_by) == (
        other.grantee,
        other.retiree,
        set(other.operations),
        other.constraints,
        other.issued_by,
    )
