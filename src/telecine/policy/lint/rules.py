"""Every rule of the linter, in one table: the code, the rank, what finds it, and the policies that it is about.

Codes and ranks are those of Access Analyzer ("IAM policy validation check reference") where it has the check, with
these exceptions: values that IAM refuses to store are errors here, and not warnings; a private address in aws:SourceIp
is nothing to report, because this server may well be called from one.
"""

from telecine.policy.lint import (
    actions,
    breadth,
    conditions,
    pitfalls,
    principals,
    repetition,
    resources,
    values,
    whole,
)
from telecine.policy.lint.finding import FindingKind, PolicyKind
from telecine.policy.lint.rule import Check, Rule, each

_ALL = tuple(PolicyKind)
_ATTACHED = (PolicyKind.IDENTITY, PolicyKind.SCP)
"""Policies without a principal."""
_GRANTING = (PolicyKind.IDENTITY, PolicyKind.RESOURCE)
"""Policies that give permissions; those of an organization only limit, so that breadth is no fault in them."""
_ON_THINGS = (PolicyKind.RESOURCE, PolicyKind.TRUST)
_IDENTITY = (PolicyKind.IDENTITY,)
_TRUST = (PolicyKind.TRUST,)
_RCP = (PolicyKind.RCP,)
_UNIQUE_SIDS = (PolicyKind.IDENTITY, PolicyKind.TRUST, PolicyKind.SCP, PolicyKind.RCP)


def _error(code: str, check: Check, policies: tuple[PolicyKind, ...] = _ALL) -> Rule:
    return Rule(code=code, kind=FindingKind.ERROR, check=check, policies=frozenset(policies))


def _security(code: str, check: Check, policies: tuple[PolicyKind, ...] = _ALL) -> Rule:
    return Rule(code=code, kind=FindingKind.SECURITY_WARNING, check=check, policies=frozenset(policies))


def _warning(code: str, check: Check, policies: tuple[PolicyKind, ...] = _ALL) -> Rule:
    return Rule(code=code, kind=FindingKind.WARNING, check=check, policies=frozenset(policies))


def _suggestion(code: str, check: Check, policies: tuple[PolicyKind, ...] = _ALL) -> Rule:
    return Rule(code=code, kind=FindingKind.SUGGESTION, check=check, policies=frozenset(policies))


_ERRORS = (
    _error("INVALID_VERSION", whole.invalid_version),
    _error("MISSING_STATEMENT", whole.missing_statement),
    _error("UNIQUE_SIDS_REQUIRED", whole.repeated_sids, _UNIQUE_SIDS),
    _error("UNSUPPORTED_SID", each(whole.invalid_sid)),
    _error("MISSING_EFFECT", each(whole.missing_effect)),
    _error("INVALID_EFFECT", each(whole.invalid_effect)),
    _error("MISSING_ACTION", each(whole.missing_action)),
    _error("MISSING_RESOURCE", each(whole.missing_resource)),
    _error("UNSUPPORTED_RESOURCE_IN_TRUST_POLICY", each(whole.resource_in_trust), _TRUST),
    _error("UNSUPPORTED_PRINCIPAL", each(principals.not_supported), _ATTACHED),
    _error("MISSING_PRINCIPAL", each(principals.missing), _ON_THINGS),
    _error("RCP_SYNTAX_ERROR_PRINCIPAL", each(principals.rcp_principal), _RCP),
    _error("RCP_SYNTAX_ERROR_ALLOW", each(principals.rcp_allow), _RCP),
    _error("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", each(principals.wildcard), _ON_THINGS),
    _error("INVALID_PRINCIPAL_NAME", each(principals.invalid), _ON_THINGS),
    _error("INVALID_SERVICE_PRINCIPAL_FORMAT", each(principals.invalid_service), _ON_THINGS),
    _error("INVALID_ACTION", each(actions.invalid_action)),
    _error("INVALID_SERVICE_IN_ACTION", each(actions.invalid_service)),
    _error("UNSUPPORTED_ACTION_IN_POLICY", each(actions.not_for_trust), _TRUST),
    _error("VARIABLE_UNSUPPORTED_IN_ACTION", each(actions.variable_in_action)),
    _error("INVALID_ARN_PREFIX", each(resources.invalid_prefix)),
    _error("MISSING_ARN_FIELD", each(resources.missing_field)),
    _error("INVALID_PARTITION", each(resources.invalid_partition)),
    _error("INVALID_ARN_SERVICE_CASE", each(resources.service_case)),
    _error("INVALID_ARN_ACCOUNT", each(resources.invalid_account)),
    _error("INVALID_ARN_REGION", each(resources.invalid_region)),
    _error("ARN_TOO_LONG", each(resources.too_long)),
    _error("VARIABLE_UNSUPPORTED_IN_ELEMENT", each(resources.variable_before_name)),
    *(
        _error(code, each(resources.misfit(code)))
        for code in (
            "ARN_REGION_NOT_ALLOWED",
            "ARN_ACCOUNT_NOT_ALLOWED",
            "MISSING_ARN_REGION",
            "MISSING_ARN_ACCOUNT",
            "INVALID_ARN_RESOURCE",
        )
    ),
    _error("INVALID_CONDITION_OPERATOR", each(conditions.invalid_operator)),
    _error("NULL_WITH_IF_EXISTS", each(conditions.null_with_if_exists)),
    _error("NULL_WITH_QUALIFIER", each(conditions.null_with_qualifier)),
    _error("INVALID_CONDITION_KEY_FORMAT", each(conditions.invalid_key_format)),
    _error("INVALID_GLOBAL_CONDITION_KEY", each(conditions.invalid_global_key)),
    _error("INVALID_SERVICE_CONDITION_KEY", each(conditions.invalid_service_key)),
    _error("MISSING_TAG_KEY", each(conditions.missing_tag_key)),
    _error("INVALID_TAG_KEY", each(conditions.invalid_tag_key)),
    _error("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", each(conditions.duplicate_keys)),
    _error("MISSING_QUALIFIER", each(conditions.missing_qualifier)),
    _error("INVALID_CONDITION_MULTIPLE_BOOLEAN", each(values.several_booleans)),
    _error("TYPE_MISMATCH_BOOLEAN", values.boolean),
    _error("TYPE_MISMATCH_DATE", values.date),
    _error("TYPE_MISMATCH_IP_RANGE", values.ip_range),
    _error("TYPE_MISMATCH_NUMBER", values.numeric),
    _error("TYPE_MISMATCH_STRING", values.binary),
    _error("TYPE_MISMATCH_NULL", each(values.presence)),
    _error("VARIABLE_UNSUPPORTED_IN_VERSION", values.variable_in_old_version),
    _error("MISSING_BRACE_IN_VARIABLE", values.missing_brace),
    _error("EMPTY_VARIABLE", values.empty_variable),
    _error("INVALID_VARIABLE", values.malformed_variable),
    _error("INVALID_VARIABLE_FOR_OPERATOR", values.variable_for_operator),
    _error("UNKNOWN_VARIABLE", values.unknown_variable),
    _error("MULTIVALUED_VARIABLE", values.multivalued_variable),
)

_SECURITY_WARNINGS = (
    _security("ALLOW_WITH_NOT_PRINCIPAL", each(principals.allow_with_not_principal), _ON_THINGS),
    _security("ALLOW_FOR_EVERYBODY", each(principals.everybody), _ON_THINGS),
    _security("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", each(principals.confused_deputy), (PolicyKind.RESOURCE,)),
    _security("ALLOW_EVERYTHING", each(breadth.everything), _IDENTITY),
    _security("ALLOW_WITH_NOT_ACTION", each(breadth.allow_with_not_action), _GRANTING),
    _security("ALLOW_WITH_NOT_RESOURCE", each(breadth.allow_with_not_resource), _GRANTING),
    _security("PASS_ROLE_WITH_STAR_IN_RESOURCE", breadth.pass_role(action="name", resource="star"), _IDENTITY),
    _security(
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", breadth.pass_role(action="star", resource="star"), _IDENTITY
    ),
    _security(
        "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", breadth.pass_role(action="not", resource="star"), _IDENTITY
    ),
    _security("PASS_ROLE_WITH_NOT_RESOURCE", breadth.pass_role(action="name", resource="not"), _IDENTITY),
    _security(
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE", breadth.pass_role(action="star", resource="not"), _IDENTITY
    ),
    _security("PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE", breadth.pass_role(action="not", resource="not"), _IDENTITY),
    _security("FORALLVALUES_WITH_SINGLE_VALUED_KEY", each(conditions.for_all_on_single)),
    _security("DENY_MFA_WITHOUT_IF_EXISTS", each(pitfalls.deny_without_if_exists)),
    _security("ALLOW_MFA_WITH_IF_EXISTS", each(pitfalls.allow_with_if_exists)),
    _security("ALLOW_MFA_AGE_WITH_IF_EXISTS", each(pitfalls.age_with_if_exists)),
)

_WARNINGS = (
    _warning("MISSING_VERSION", whole.missing_version),
    _warning("OLD_VERSION", whole.old_version),
    _warning("UNIQUE_SIDS_RECOMMENDED", whole.repeated_sids, (PolicyKind.RESOURCE,)),
    _warning("POLICY_SIZE_EXCEEDS_QUOTA", whole.too_large),
    _warning("UNKNOWN_SERVICE", each(actions.unknown_service)),
    _warning("UNKNOWN_CONDITION_KEY", each(conditions.unknown_key)),
    _warning("ACTION_WITHOUT_RESOURCE", each(resources.action_without_resource)),
    _warning("RESOURCE_WITHOUT_ACTION", each(resources.resource_without_action)),
    _warning("CONDITION_KEY_NOT_FOR_ACTION", each(conditions.key_not_for_action)),
    _warning("TYPE_MISMATCH", each(conditions.type_mismatch)),
    _warning("TYPE_MISMATCH_ARN", each(values.arn)),
    _warning("INVALID_DATE_VALUE", each(values.milliseconds)),
    _warning("WILDCARD_WITHOUT_LIKE_OPERATOR", each(values.wildcard_without_like)),
    _warning("FORALLVALUES_WITHOUT_NULL", each(conditions.for_all_without_null)),
    _warning("EMPTY_ARRAY_CONDITION", each(conditions.empty_values)),
    _warning("NULL_OF_MFA", each(pitfalls.presence_of_mfa)),
    _warning("CREATE_SLR_WITH_STAR_IN_RESOURCE", each(breadth.linked_role_on_star), _IDENTITY),
)

_SUGGESTIONS = (
    _suggestion("EMPTY_SID_VALUE", each(whole.empty_sid)),
    _suggestion("EMPTY_OBJECT_CONDITION", each(conditions.empty_condition)),
    _suggestion("FORANYVALUE_WITH_SINGLE_VALUED_KEY", each(conditions.for_any_on_single)),
    _suggestion("IMPROVE_IP_RANGE", each(values.host_bits)),
    _suggestion("PASS_ROLE_WITHOUT_PASSED_TO_SERVICE", each(breadth.without_passed_to_service), _IDENTITY),
    _suggestion("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", each(principals.confused_deputy), _TRUST),
    _suggestion("REDUNDANT_ACTION", each(repetition.action)),
    _suggestion("REDUNDANT_RESOURCE", each(repetition.resource)),
    _suggestion("REDUNDANT_STATEMENT", repetition.statement),
)

RULES: tuple[Rule, ...] = (*_ERRORS, *_SECURITY_WARNINGS, *_WARNINGS, *_SUGGESTIONS)
"""In the order in which findings at one place are told."""
