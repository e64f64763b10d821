"""Rules on multi-factor authentication: conditions that look right and are not.

IAM user guide, "AWS global condition context keys": `aws:MultiFactorAuthPresent` is absent for long-term keys, and
true or false for temporary credentials.
"""

from collections.abc import Iterator

from telecine.policy.conditions.operators import NULL
from telecine.policy.lint.conditions import parts
from telecine.policy.lint.reading import Clause, Hit, Statement
from telecine.policy.lint.rule import Scope

_PRESENT = "aws:multifactorauthpresent"
_AGE = "aws:multifactorauthage"


def _about(statement: Statement, key: str) -> Iterator[tuple[Clause, str]]:
    """The clauses on `key`, each with its single value."""
    for clause in statement.conditions:
        if clause.key.text.lower() == key and len(clause.values) == 1:
            yield clause, clause.values[0].text.lower()


def deny_without_if_exists(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A Deny that long-term keys slip through."""
    for clause, value in _about(statement, _PRESENT):
        found = parts(clause)
        if statement.denies and found.base in ("Bool", "StringEquals") and value == "false" and not found.if_exists:
            message = (
                "Requests signed with long-term keys do not carry aws:MultiFactorAuthPresent, so that this Deny lets"
            )
            yield Hit(clause.operator, f"{message} them through. Write BoolIfExists.")


def allow_with_if_exists(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """An Allow that long-term keys come in by."""
    for clause, value in _about(statement, _PRESENT):
        found = parts(clause)
        if statement.allows and found.base == "Bool" and value == "true" and found.if_exists:
            message = (
                "Requests signed with long-term keys do not carry aws:MultiFactorAuthPresent: BoolIfExists allows them"
            )
            yield Hit(clause.operator, f"{message} without MFA. Write Bool.")


def age_with_if_exists(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """An Allow for recent MFA that also holds without any."""
    for clause, _ in _about(statement, _AGE):
        if statement.allows and parts(clause).if_exists:
            message = "aws:MultiFactorAuthAge is there only after MFA: with IfExists this Allow also holds without any."
            yield Hit(clause.operator, f"{message} Write {clause.operator.text.removesuffix('IfExists')}.")


def presence_of_mfa(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Null on a key that is there, and false, in temporary credentials without MFA."""
    for clause, value in _about(statement, _PRESENT):
        if parts(clause).base == NULL:
            operator = "BoolIfExists" if statement.denies else "Bool"
            wanted = "false" if statement.denies else "true"
            message = "Temporary credentials without MFA carry aws:MultiFactorAuthPresent too, with the value false"
            hint = f'write "{operator}": {{"aws:MultiFactorAuthPresent": "{wanted}"}}'
            yield Hit(clause.operator, f"{message}: asking whether it is there ({value}) proves nothing; {hint}.")
