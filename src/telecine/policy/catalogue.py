"""What AWS's services offer to policies: actions, resource types and condition keys, as data.

`authorization/<prefix>.json` is made by `scripts/authorization.py` from AWS's service authorization reference and
holds, a line each, the actions (access level; resource types, and those of them that are required; condition keys),
the resource types (ARN pattern, condition keys) and the condition keys (type). `global.json` has
the global condition keys (IAM user guide, "AWS global condition context keys"), `prefixes.json` the prefixes of all of
AWS's services, `additions.json` what the reference lacks although the services' models have it, and which actions of
other services this server asks for.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from telecine.policy.match import Test, glob
from telecine.policy.variables import tokens

PREFIXES = ("apigateway", "execute-api", "iam", "kms", "mediaconvert", "s3", "sts")
"""The prefixes of our six services: API Gateway has one for managing APIs and one for calling them."""

GLOBAL = "aws"
"""The prefix of global condition keys."""

ON_REQUEST = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")
"""Global keys that a request carries only where the service authorization reference lists them for the action."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One action of one service."""

    prefix: str
    name: str
    access: str
    """`List`, `Read`, `Write`, `Tagging` or `Permissions management`."""
    resources: tuple[str, ...] = ()
    """The resource types that it works on; none for an action that is only matched by `Resource: "*"`."""
    required: tuple[str, ...] = ()
    """Those of them that every request names."""
    keys: tuple[str, ...] = ()
    """Condition keys of its own, as the reference spells them (`aws:RequestTag/${TagKey}`)."""

    @property
    def full_name(self) -> str:
        """`mediaconvert:CreateJob`."""
        return f"{self.prefix}:{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceType:
    """One type of resource of one service."""

    name: str
    arn: str
    """`arn:${Partition}:mediaconvert:${Region}:${Account}:queues/${QueueName}`."""
    keys: tuple[str, ...] = ()
    """Condition keys of every action on it."""


@dataclass(frozen=True, kw_only=True)
class KeySet:
    """Condition keys with their types; names are compared without case."""

    types: Mapping[str, str]
    """By the reference's spelling: `ArrayOfString`, `Bool`, `Date|Numeric`, …."""

    @cached_property
    def _exact(self) -> Mapping[str, str]:
        return {key.lower(): key for key in self.types if _stem(key) == key}

    @cached_property
    def _open(self) -> tuple[tuple[str, str], ...]:
        """Keys that end in a name of the user's (`aws:RequestTag/${TagKey}`), by what they begin with."""
        return tuple((_stem(key).lower(), key) for key in self.types if _stem(key) != key)

    def find(self, key: str) -> str | None:
        """The entry that `key` is one of, as the reference spells it; None when there is none."""
        lowered = key.lower()
        found = self._exact.get(lowered)
        if found is not None:
            return found
        return next((key for stem, key in self._open if lowered.startswith(stem) and len(lowered) > len(stem)), None)

    def open_key(self, stem: str) -> str | None:
        """The entry that wants a name behind `stem` (`aws:RequestTag` or `aws:RequestTag/`); None when none does."""
        wanted = stem.lower().rstrip("/:")
        return next((key for begin, key in self._open if begin.rstrip("/:") == wanted), None)


@dataclass(frozen=True, kw_only=True)
class ServiceEntry:
    """One service."""

    prefix: str
    name: str
    actions: Mapping[str, Action] = field(repr=False)
    """By name in lower case."""
    resources: Mapping[str, ResourceType] = field(repr=False)
    """By the reference's name of the type."""
    keys: KeySet = field(repr=False)
    """The condition keys that the reference lists with the service."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Catalogue:
    """Everything that policies may speak of. There is one, and it is compared by identity."""

    services: Mapping[str, ServiceEntry]
    """Our six services, by prefix."""
    global_keys: KeySet
    prefixes: frozenset[str]
    """The prefixes of all of AWS's services."""
    others: tuple[str, ...]
    """The actions of other services that operations of this server's own ask for."""

    def asks_for(self, pattern: str) -> bool:
        """Whether `pattern` matches an action of another service that this server asks for."""
        test = glob(tokens(pattern.lower(), wildcards=True, variables=False))
        return any(test(name.lower()) for name in self.others)

    def action(self, name: str) -> Action | None:
        """The action `iam:GetUser`, in any case; None when there is none."""
        prefix, _, operation = name.partition(":")
        service = self.services.get(prefix.lower())
        return None if service is None else service.actions.get(operation.lower())

    def matching(self, pattern: str) -> tuple[Action, ...]:
        """The actions of our services that `pattern` (`s3:Get*`, `*`) matches, by name."""
        return _matching(self, pattern.lower())

    def key(self, key: str) -> tuple[str, str] | None:
        """A condition key's spelling in the reference and its type; None when no service of ours has it."""
        for keys in (self.global_keys, *(service.keys for service in self.services.values())):
            found = keys.find(key)
            if found is not None:
                return found, keys.types[found]
        return None

    def keys_of(self, action: Action) -> frozenset[str]:
        """The condition keys of `action` and of the resources it works on, as the reference spells them.

        Without the global keys that come with every request.
        """
        resources = self.services[action.prefix].resources
        found = {*action.keys}
        for name in action.resources:
            if name in resources:
                found.update(resources[name].keys)
        return frozenset(found)

    def carries(self, action: Action, key: str) -> bool:
        """Whether a request for `action` may carry the condition key."""
        lowered = key.lower()
        if lowered.startswith(f"{GLOBAL}:") and not lowered.startswith(ON_REQUEST):
            return True
        found = self.key(key)
        return found is not None and found[0] in self.keys_of(action)

    def resource_types(self, action: Action) -> Iterator[ResourceType]:
        """The resource types that `action` works on."""
        resources = self.services[action.prefix].resources
        yield from (resources[name] for name in action.resources if name in resources)


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """The catalogue, read on first use."""
    additions = _read("additions")
    return Catalogue(
        services={prefix: _service(prefix, _read(prefix), additions.get(prefix, {})) for prefix in PREFIXES},
        global_keys=KeySet(types=_read("global")["keys"]),
        prefixes=frozenset(_read("prefixes")["prefixes"]),
        others=tuple(additions["others"]),
    )


def _read(name: str) -> dict[str, Any]:
    text = files("telecine.policy").joinpath("authorization", f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _service(prefix: str, found: Mapping[str, Any], added: Mapping[str, Any]) -> ServiceEntry:
    actions = {**found["actions"], **added.get("actions", {})}
    return ServiceEntry(
        prefix=prefix,
        name=found["name"],
        actions={
            name.lower(): Action(
                prefix=prefix,
                name=name,
                access=one["access"],
                **_lists(one, "resources", "required", "keys"),
            )
            for name, one in sorted(actions.items())
        },
        resources={
            name: ResourceType(name=name, arn=one["arn"], **_lists(one, "keys"))
            for name, one in found["resources"].items()
        },
        keys=KeySet(types=found["keys"]),
    )


def _lists(found: Mapping[str, Any], *names: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(found.get(name, ())) for name in names}


def _stem(key: str) -> str:
    """What a key begins with, up to the part that the user names: `s3:ExistingObjectTag/` of `…/<key>`."""
    return key.partition("${")[0].partition("<")[0]


@lru_cache(maxsize=4096)
def _matching(catalogue: Catalogue, pattern: str) -> tuple[Action, ...]:
    prefix, colon, operation = pattern.partition(":")
    services: Iterable[ServiceEntry]
    if pattern == "*" or (colon and prefix == "*"):
        services, operation = catalogue.services.values(), operation or "*"
    else:
        found = catalogue.services.get(prefix)
        services = () if found is None else (found,)
    if "*" not in operation and "?" not in operation:
        return tuple(service.actions[operation] for service in services if operation in service.actions)
    test: Test = glob(tokens(operation, wildcards=True, variables=False))
    return tuple(action for service in services for name, action in service.actions.items() if test(name))
