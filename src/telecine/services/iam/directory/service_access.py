"""Which services a policy grants anything in, as far as its text alone tells."""

import json
from collections.abc import Mapping
from typing import Any


def grants(document: str, namespace: str) -> bool:
    """Whether an Allow statement of the policy names an action of the service, whatever its resources and conditions.

    IAM user guide, "Things to know about last accessed information": policies are looked at one by one, and what
    another one denies does not count.
    """
    statements = json.loads(document)["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    return any(statement["Effect"] == "Allow" and _names(statement, namespace.lower()) for statement in listed)


def _names(statement: Mapping[str, Any], namespace: str) -> bool:
    if "NotAction" in statement:
        # Everything but these: the service is left out when all of it is.
        return not {"*", "*:*", f"{namespace}:*"} & {pattern.lower() for pattern in _strings(statement["NotAction"])}
    prefixes = {pattern.partition(":")[0].lower() for pattern in _strings(statement["Action"])}
    return bool(prefixes & {"*", namespace})


def _strings(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
