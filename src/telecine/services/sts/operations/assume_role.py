"""AssumeRole."""

from telecine.services.contract import Call, Params, Result
from telecine.services.iam.model import Role
from telecine.services.sts import errors, view
from telecine.services.sts.model import Inheritance, SessionTags
from telecine.services.sts.operations import requested
from telecine.services.sts.sessions import Sessions, is_role_arn

_DEFAULT_SECONDS = 3600
_CHAINED_SECONDS = 3600


def assume_role(sessions: Sessions, call: Call, params: Params) -> Result:
    """Temporary credentials of the role that RoleArn names. MFA has been verified by then: policies look at it."""
    requested.refuse_unsupported("AssumeRole", params)
    arn = params["RoleArn"]
    if not is_role_arn(arn):
        raise errors.invalid_role_arn(arn)
    role = sessions.role(arn)
    if role is None:  # deleted since the access row looked
        raise errors.not_trusted(call.caller.principal.arn or "")
    inherited = sessions.inherited(call.caller)
    policies = requested.policies(sessions, role.account, params)
    given = requested.tags(params, inherited.tags)
    # What is handed on takes up room as well: else a chain could carry more with every link.
    packed = requested.packed_percent(policies, {**inherited.tags, **given})
    assumed = sessions.assume_role(
        role,
        params["RoleSessionName"],
        seconds=_seconds(call, role, params.get("DurationSeconds", _DEFAULT_SECONDS)),
        policies=policies,
        tags=SessionTags(
            values={**inherited.tags, **given},
            transitive=(*inherited.tags, *_transitive(given, params.get("TransitiveTagKeys", []))),
        ),
        source_identity=_source_identity(inherited, params.get("SourceIdentity")),
    )
    return view.assumed_role(assumed, packed)


def _seconds(call: Call, role: Role, wanted: int) -> int:
    """Whoever signs with temporary credentials chains roles, be they a role's or GetSessionToken's."""
    if wanted > _CHAINED_SECONDS and call.caller.is_temporary:
        raise errors.beyond_chaining_limit()
    if wanted > role.max_session_seconds:
        raise errors.beyond_role_maximum()
    return wanted


def _transitive(given: dict[str, str], keys: list[str]) -> list[str]:
    """The keys to hand on, as the tags spell them."""
    spelled = {key.lower(): key for key in given}
    if not {key.lower() for key in keys} <= set(spelled):
        raise errors.transitive_tag_not_given()
    return list(dict.fromkeys(spelled[key.lower()] for key in keys))


def _source_identity(inherited: Inheritance, given: str | None) -> str | None:
    if inherited.source_identity is not None and given not in (None, inherited.source_identity):
        raise errors.source_identity_is_set()
    return inherited.source_identity or given
