"""Text to `Document`: JSON and grammar (IAM user guide, "Grammar of the IAM JSON policy language")."""

import json
from collections.abc import Callable

from telecine.policy.document import (
    SYNTAX_ERROR,
    Clause,
    Document,
    MalformedPolicy,
    NotJson,
    PrincipalElement,
    Statement,
)

_VERSIONS = ("2012-10-17", "2008-10-17")
_PRINCIPAL_FIELDS = {"AWS": "aws", "Service": "service", "Federated": "federated", "CanonicalUser": "canonical"}


class _Number(str):
    """A JSON number by its own digits: nothing is rounded, and no number is too long to read."""

    __slots__ = ()


def parse(text: str) -> Document:
    """The document that `text` spells.

    Raises `NotJson`, or `MalformedPolicy` where an element is unknown, of the wrong type, or excludes another one
    that is there too. Elements that are missing are left to the checks of the policy's kind.
    """
    return document(read(text))


def read(text: str) -> dict[str, object]:
    """The JSON object in `text`, with numbers as text. Raises `NotJson`; a key that stands twice is refused too."""
    try:
        found: object = json.loads(
            text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        raise NotJson(SYNTAX_ERROR) from error
    if not isinstance(found, dict):
        raise NotJson(SYNTAX_ERROR)
    return found


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Readers differ in which of two equal keys counts: whoever reviews the policy may see the other one.
        raise MalformedPolicy(SYNTAX_ERROR, element="duplicate key")
    return found


def _constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def document(found: dict[str, object]) -> Document:
    """The document in a JSON object, as `read` returns it."""
    _known(found, ("Version", "Id", "Statement"), "")
    version = found.get("Version")
    if "Version" in found and version not in _VERSIONS:
        raise MalformedPolicy(SYNTAX_ERROR, element="Version")
    if "Id" in found and not _is_text(found["Id"]):
        raise MalformedPolicy(SYNTAX_ERROR, element="Id")
    if "Statement" not in found:
        raise MalformedPolicy(SYNTAX_ERROR, element="Statement")
    listed = found["Statement"]
    statements = listed if isinstance(listed, list) else [listed]
    return Document(
        version=version if isinstance(version, str) else None,
        statements=tuple(_statement(index, value) for index, value in enumerate(statements)),
    )


def _statement(index: int, value: object) -> Statement:
    place = f"Statement[{index}]"
    if not isinstance(value, dict):
        raise MalformedPolicy(SYNTAX_ERROR, element=place)
    _known(value, tuple(_ELEMENTS), f"{place}.")
    for name in ("Action", "Resource", "Principal"):
        if name in value and f"Not{name}" in value:
            raise MalformedPolicy(SYNTAX_ERROR, element=f"{place}.Not{name}")
    read_elements = {
        field: reader(value[name], f"{place}.{name}") for name, (field, reader) in _ELEMENTS.items() if name in value
    }
    return Statement(index=index, **read_elements)  # type: ignore[arg-type]  # each reader fits its field


def _known(found: dict[str, object], names: tuple[str, ...], place: str) -> None:
    for name in found:
        if name not in names:
            raise MalformedPolicy(SYNTAX_ERROR, element=f"{place}{name}")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, _Number)


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or isinstance(value, _Number):
        raise MalformedPolicy(SYNTAX_ERROR, element=place)
    return value


def _texts(value: object, place: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(_text(one, place) for one in listed)


def _principal(value: object, place: str) -> PrincipalElement:
    if value == "*":
        return PrincipalElement(aws=("*",))
    if not isinstance(value, dict):
        raise MalformedPolicy(SYNTAX_ERROR, element=place)  # a bare ARN too: AWS wants {"AWS": …}
    _known(value, tuple(_PRINCIPAL_FIELDS), f"{place}.")
    return PrincipalElement(
        **{_PRINCIPAL_FIELDS[name]: _texts(listed, f"{place}.{name}") for name, listed in value.items()}
    )


def _conditions(value: object, place: str) -> tuple[Clause, ...]:
    if not isinstance(value, dict):
        raise MalformedPolicy(SYNTAX_ERROR, element=place)
    clauses: list[Clause] = []
    for operator, keys in value.items():
        if not isinstance(keys, dict):
            raise MalformedPolicy(SYNTAX_ERROR, element=f"{place}.{operator}")
        for key, listed in keys.items():
            element = f"{place}.{operator}.{key}"
            values = listed if isinstance(listed, list) else [listed]
            clauses.append(
                Clause(
                    operator=operator,
                    key=key,
                    values=tuple(_condition_value(one, element) for one in values),
                    element=element,
                )
            )
    return tuple(clauses)


def _condition_value(value: object, place: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    raise MalformedPolicy(SYNTAX_ERROR, element=place)


_ELEMENTS: dict[str, tuple[str, Callable[[object, str], object]]] = {
    "Sid": ("sid", _text),
    "Effect": ("effect", _text),
    "Principal": ("principal", _principal),
    "NotPrincipal": ("not_principal", _principal),
    "Action": ("action", _texts),
    "NotAction": ("not_action", _texts),
    "Resource": ("resource", _texts),
    "NotResource": ("not_resource", _texts),
    "Condition": ("conditions", _conditions),
}
"""Each element of a statement: the field that holds it and what reads it."""
