"""Write docs/compatibility.md from the code: every operation, of the six services and of our own, every setting
of a job.

`--check` writes nothing and fails when the document is stale.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from telecine.media.validation import ledger
from telecine.wire import models

DOCUMENT = Path(__file__).parent.parent / "docs" / "compatibility.md"

TITLES = {
    "mediaconvert": "MediaConvert",
    "iam": "IAM",
    "sts": "STS",
    "s3": "S3",
    "kms": "KMS",
    "apigateway": "API Gateway",
}


def implemented(service: str) -> frozenset[str]:
    """The operations of `service` that work."""
    name = f"telecine.services.{service}"
    if importlib.util.find_spec(name) is None:
        return frozenset()
    module = importlib.import_module(f"{name}.operations")
    return frozenset(module.OPERATIONS) | frozenset(getattr(module, "STREAMS", ()))


def _operations() -> Iterator[str]:
    yield "## Operations\n"
    yield "An operation that does not work yet is refused by its name, with status 501.\n"
    yield "| service | works | of |\n|---|---|---|"
    for service, title in TITLES.items():
        yield f"| {title} | {len(implemented(service))} | {len(models.operations(service))} |"
    for service, title in TITLES.items():
        works = implemented(service)
        yield f"\n### {title}\n\n| operation | state |\n|---|---|"
        for operation in sorted(models.operations(service)):
            yield f"| {operation} | {'**works**' if operation in works else 'refused by name'} |"
    yield "\n### Our own\n"
    yield "Below `/_/`, signed and authorized as AWS's are, in the actions of AWS that come closest.\n"
    yield "| operation | request | state |\n|---|---|---|"
    works = implemented("operator")
    model = models.service_model(models.OWN)
    for operation in sorted(models.operations(models.OWN)):
        http = model.operation_model(operation).http
        state = "**works**" if operation in works else "refused by name"
        yield f"| {operation} | `{http['method']} {http['requestUri']}` | {state} |"


def _settings() -> Iterator[str]:
    yield "\n## Settings of a job\n"
    yield (
        "By structure and member, as the service model and boto3 name them. A value that is not accepted is refused at "
        "CreateJob with its path. *Neutral* values ask for what happens anyway."
    )
    for shape in _reachable(ledger.ROOT, []):
        yield f"\n### {shape}\n\n| member | what is accepted |\n|---|---|"
        for member, rule in sorted(ledger.SHAPES[shape].items()):
            yield f"| {member} | {_state(rule)} |"


def _reachable(shape: str, seen: list[str]) -> list[str]:
    """`shape` and every structure below it, each once, in the order in which a reader of a job meets them."""
    if shape not in seen:
        seen.append(shape)
        for rule in ledger.SHAPES[shape].values():
            if isinstance(rule, ledger.Within | ledger.Each | ledger.Named):
                _reachable(rule.shape, seen)
    return seen


def _state(rule: ledger.Rule) -> str:
    match rule:
        case ledger.Honoured(values):
            return "**honoured**" + (f": {_values(values)}" if values else "")
        case ledger.HonouredFirst():
            return "**honoured**, one element at most"
        case ledger.Neutral(values):
            return f"neutral: {_values(values)}"
        case ledger.Inert(because):
            return f"accepted without effect: {because}"
        case ledger.Refused(because):
            return "refused" + (f": {because}" if because else "")
        case ledger.Within(shape):
            return f"see {shape}"
        case ledger.Each(shape):
            return f"a list, see {shape}"
        case ledger.Named(shape):
            return f"a map, see {shape}"


def _values(values: tuple[object, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def render() -> str:
    """The whole document."""
    head = [
        "# Compatibility\n",
        "Generated from the code by `scripts/compatibility.py`; a check fails when it is stale.\n",
    ]
    return "\n".join([*head, *_operations(), *_settings()]) + "\n"


def main() -> int:
    text = render()
    if "--check" not in sys.argv[1:]:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    print("docs/compatibility.md is stale: run .venv/bin/python scripts/compatibility.py and review its diff")
    return 1


if __name__ == "__main__":
    sys.exit(main())
