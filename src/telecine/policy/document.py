"""A policy document as written: its elements, checked for shape alone. What they mean is `compiled`'s business."""

from dataclasses import dataclass, field

from telecine.core.errors import TelecineError

SYNTAX_ERROR = "Syntax errors in policy."
"""IAM's words for every breach of the grammar in an identity policy."""


class MalformedPolicy(TelecineError):
    """The text is no policy, or holds something that is not evaluated.

    `message` is AWS's text for the caller; `element` names the place (`Statement[1].Condition.StringEqual`), for
    logs and linters.
    """

    def __init__(self, message: str, *, element: str = "") -> None:
        super().__init__(f"{message} ({element})" if element else message)
        self.message = message
        self.element = element


class NotJson(MalformedPolicy):
    """The text is not a JSON object at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One line of a Condition: an operator, a key and the values to compare with."""

    operator: str
    key: str
    values: tuple[str, ...]
    """Numbers and booleans of the JSON as their text (`10`, `true`)."""
    element: str
    """Where it stands: `Statement[0].Condition.StringEquals.aws:username`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrincipalElement:
    """The content of Principal or NotPrincipal."""

    aws: tuple[str, ...] = ()
    """Account ids, ARNs, unique ids, or `*`. A bare `"Principal": "*"` means the same as `{"AWS": "*"}`."""
    service: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.aws or self.service or self.federated or self.canonical)


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One statement. None marks an element that is absent; an empty tuple one that is an empty list."""

    index: int
    sid: str | None = None
    effect: str | None = None
    principal: PrincipalElement | None = None
    not_principal: PrincipalElement | None = None
    action: tuple[str, ...] | None = None
    not_action: tuple[str, ...] | None = None
    resource: tuple[str, ...] | None = None
    not_resource: tuple[str, ...] | None = None
    conditions: tuple[Clause, ...] = field(default=())

    @property
    def element(self) -> str:
        return f"Statement[{self.index}]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A policy document."""

    version: str | None
    """`2012-10-17`, `2008-10-17`, or None when absent, which means 2008-10-17."""
    statements: tuple[Statement, ...]

    @property
    def has_variables(self) -> bool:
        """Only documents of the newer version have policy variables; elsewhere `${…}` is plain text."""
        return self.version == "2012-10-17"
