"""Which origins may use a bucket from a browser: CORS rules, and what they let a request have. Pure.

Source: S3 user guide, "Elements of a CORS configuration", "Using cross-origin resource sharing (CORS)"; S3 API
reference, "OPTIONS object".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telecine.services.s3 import errors

MAX_RULES = 100
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
_EVERYBODY = "*"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, "Field names"."""
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a browser asks for on behalf of a page."""

    origin: str
    method: str
    headers: Sequence[str] = ()
    """In small letters; of a preflight alone."""


def check(rules: Sequence[Mapping[str, Any]]) -> None:
    """Raise InvalidRequest for rules that S3 does not take; `rules` keep the constraints of the model."""
    if len(rules) > MAX_RULES:
        raise errors.invalid_request(f"The number of CORS rules should not exceed allowed limit of {MAX_RULES} rules.")
    for rule in rules:
        for method in rule["AllowedMethods"]:
            if method not in METHODS:
                raise errors.invalid_request(
                    f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                )
        for name, member in (("AllowedOrigin", "AllowedOrigins"), ("AllowedHeader", "AllowedHeaders")):
            for value in rule.get(member) or ():
                if value.count(_EVERYBODY) > 1:
                    raise errors.invalid_request(f'{name} "{value}" can not have more than one wildcard.')
        for value in rule.get("ExposeHeaders") or ():
            if _EVERYBODY in value:
                raise errors.invalid_request(
                    f'ExposeHeader "{value}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
                )
            if _HEADER_NAME.fullmatch(value) is None:
                # It becomes part of every answer's head: a line end in it would end that, or break it.
                raise errors.invalid_request(f'ExposeHeader "{value[:64]}" is not the name of a header.')


def allowed(rules: Iterable[Mapping[str, Any]], asked: Asked) -> Mapping[str, str] | None:
    """The headers of the first rule that lets the request through; None when none does."""
    for rule in rules:
        origin = next((one for one in rule["AllowedOrigins"] if _matches(asked.origin, one)), None)
        if origin is None or asked.method not in rule["AllowedMethods"]:
            continue
        patterns = [pattern.lower() for pattern in rule.get("AllowedHeaders") or ()]
        if all(any(_matches(header, pattern) for pattern in patterns) for header in asked.headers):
            return _headers(rule, origin, asked)
    return None


def _headers(rule: Mapping[str, Any], origin: str, asked: Asked) -> Mapping[str, str]:
    given = {"Access-Control-Allow-Origin": _EVERYBODY if origin == _EVERYBODY else asked.origin}
    given["Access-Control-Allow-Methods"] = ", ".join(rule["AllowedMethods"])
    if asked.headers:
        given["Access-Control-Allow-Headers"] = ", ".join(asked.headers)
    if rule.get("ExposeHeaders"):
        given["Access-Control-Expose-Headers"] = ", ".join(rule["ExposeHeaders"])
    if "MaxAgeSeconds" in rule:
        given["Access-Control-Max-Age"] = str(rule["MaxAgeSeconds"])
    if origin != _EVERYBODY:
        given["Access-Control-Allow-Credentials"] = "true"
    return given | {"Vary": _VARY}


def _matches(text: str, pattern: str) -> bool:
    """A pattern's one `*` stands for any letters; nothing else in it is special."""
    head, star, tail = pattern.partition(_EVERYBODY)
    if not star:
        return text == pattern
    return len(text) >= len(head) + len(tail) and text.startswith(head) and text.endswith(tail)
