"""The kinds of entries in the ledger: what this server does with a member, and with which of its values."""

from dataclasses import dataclass

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Honoured:
    """The engine acts on the member. With `values`, on these alone."""

    values: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class HonouredFirst:
    """The engine acts on a list of at most one element."""


@dataclass(frozen=True, slots=True)
class Neutral:
    """These values ask for what happens anyway; any other is refused."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Inert:
    """Any value is accepted, because it changes nothing by itself: `because` says what it would need beside it."""

    because: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Any value is refused, except an empty list, which asks for nothing. `because` is told to the caller."""

    because: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """A structure: its own members decide."""

    shape: str


@dataclass(frozen=True, slots=True)
class Each:
    """A list of structures."""

    shape: str


@dataclass(frozen=True, slots=True)
class Named:
    """A map from names to structures."""

    shape: str


Rule = Honoured | HonouredFirst | Neutral | Inert | Refused | Within | Each | Named

Shapes = dict[str, dict[str, Rule]]
"""Rules by shape and member, as the service model names them."""


def honoured(*values: Scalar) -> Honoured:
    """Acted on; with values, for these alone."""
    return Honoured(values)


def neutral(*values: Scalar) -> Neutral:
    """Accepted for these values, which ask for what happens anyway."""
    return Neutral(values)


REFUSED = Refused()


def proprietary(technology: str) -> Refused:
    """Refused because it cannot be done without somebody's own technology."""
    return Refused(f"requires proprietary technology: {technology}")
