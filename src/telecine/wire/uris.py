"""The URIs of a REST service as a tree of path segments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from botocore.model import OperationModel

from telecine.wire import models

SHADOWED: Mapping[str, str] = MappingProxyType(
    {
        # GET / belongs to both; directory buckets live at an endpoint of their own (signing name s3express).
        "ListDirectoryBuckets": "ListBuckets",
    }
)
"""Operations that another one with the same URI stands before. Those that the model calls deprecated are shadowed
too, by the one that took their place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One operation on a path and method, with what tells it from the others there."""

    operation: str
    literals: tuple[tuple[str, str], ...]
    """Query keys of the URI with their values; an empty value stands for any."""
    keys: tuple[str, ...]
    """Required query parameters."""
    headers: tuple[str, ...]
    """Required headers, in lower case."""


@dataclass(kw_only=True, slots=True)
class Template:
    """One path and method with its operations."""

    labels: tuple[str, ...]
    candidates: list[Candidate] = field(default_factory=list)
    plain: list[Candidate] = field(default_factory=list)
    """Those that ask for nothing in the query string."""


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    label: "_Node | None" = None
    methods: dict[str, Template] = field(default_factory=dict)
    """Templates that end here."""
    greedy: dict[str, Template] = field(default_factory=dict)
    """Templates whose last label ends here and takes all that follows."""


class Tree:
    """The paths of one service. Literal segments go before labels, labels before greedy ones."""

    def __init__(self) -> None:
        self.templates: list[Template] = []
        self._root = _Node()

    def add(self, method: str, path: str, candidate: Candidate) -> None:
        """Put one operation under its method and URI path."""
        node, labels, is_greedy = self._root, [], False
        for segment in _segments(path):
            if segment.startswith("{"):
                is_greedy = segment.endswith("+}")
                labels.append(segment.strip("{+}"))
                if is_greedy:
                    break
                node.label = node.label or _Node()
                node = node.label
            else:
                node = node.literals.setdefault(segment, _Node())
        ends = node.greedy if is_greedy else node.methods
        if method not in ends:
            ends[method] = Template(labels=tuple(labels))
            self.templates.append(ends[method])
        ends[method].candidates.append(candidate)
        if not candidate.literals and not candidate.keys:
            ends[method].plain.append(candidate)

    def matches(self, method: str, path: str) -> Iterator[tuple[Template, Mapping[str, str]]]:
        """The templates that `path` fits, the best first, with the labels still encoded."""
        segments = _segments(path)
        yield from self._walk(self._root, method, segments, ())
        if len(segments) > 1 and not segments[-1]:
            # /films/ is /films where nothing begins after the slash.
            yield from self._walk(self._root, method, segments[:-1], ())

    def _walk(
        self, node: _Node, method: str, segments: list[str], found: tuple[str, ...]
    ) -> Iterator[tuple[Template, Mapping[str, str]]]:
        if not segments:
            if method in node.methods:
                yield _labelled(node.methods[method], found)
            return
        head, rest = segments[0], segments[1:]
        if head in node.literals:
            yield from self._walk(node.literals[head], method, rest, found)
        if node.label is not None and head:
            yield from self._walk(node.label, method, rest, (*found, head))
            leaf = node.label
            if rest and not leaf.literals and leaf.label is None and method in leaf.methods and not leaf.greedy:
                # Not every client encodes the slashes of an ARN that ends the path.
                yield _labelled(leaf.methods[method], (*found, "/".join(segments)))
        whole = "/".join(segments)
        if method in node.greedy and whole:
            yield _labelled(node.greedy[method], (*found, whole))


@lru_cache(maxsize=16)
def tree(service: str) -> Tree:
    """The tree of a REST service, built on first use."""
    built = Tree()
    replaced = {name for name in models.operations(service) if _is_shadowed(service, name)}
    for name in models.operations(service):
        if name not in replaced:
            operation = models.operation_model(service, name)
            path, _, query = operation.http["requestUri"].partition("?")
            built.add(operation.http["method"], path, _candidate(operation, query))
    return built


def _is_shadowed(service: str, name: str) -> bool:
    if name in SHADOWED:
        return True
    model = models.operation_model(service, name)
    if not model.deprecated:
        return False
    return any(
        other != name and models.operation_model(service, other).http == model.http
        for other in models.operations(service)
    )


def _candidate(operation: OperationModel, query: str) -> Candidate:
    required = {
        name: shape
        for name, shape in models.members(operation.input_shape).items()
        if name in operation.input_shape.required_members
    }
    by_place: dict[str, list[str]] = {"querystring": [], "header": []}
    for name, shape in required.items():
        place = shape.serialization.get("location")
        if place in by_place:
            by_place[place].append(shape.serialization.get("name", name))
    literals = tuple((key, value) for key, _, value in (part.partition("=") for part in query.split("&") if part))
    return Candidate(
        operation=operation.name,
        literals=literals,
        keys=tuple(by_place["querystring"]),
        headers=tuple(header.lower() for header in by_place["header"]),
    )


def _labelled(template: Template, found: tuple[str, ...]) -> tuple[Template, Mapping[str, str]]:
    return template, dict(zip(template.labels, found, strict=True))


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")
