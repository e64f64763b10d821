"""What access control adds to a request, and whether it grows with the account.

In process, stage by stage: a request is identified, authenticated and authorized for an operation that does nothing;
routing and parsing, which a request costs with or without access control, are left out. Figures are CPU time of the
thread, medians of rounds in which small and large take turns.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from botocore.credentials import Credentials
from msgspec import structs

from benchmarks.crowd import CROWD, crowd
from benchmarks.in_process import ACCOUNT, REGION, Local, local, query, signed
from benchmarks.server import figure
from benchmarks.workload import document
from telecine.core.names import RequestId
from telecine.edge import steps
from telecine.edge.authenticate import Authenticator
from telecine.edge.authorize import Authorizer
from telecine.edge.identities import Identities
from telecine.edge.stages import Facts, Identified, Parsed
from telecine.services.contract import Service, always
from telecine.services.mediaconvert import errors
from telecine.testing.client import InProcess
from telecine.wire.http import HttpRequest
from telecine.wire.identify import identify
from telecine.wire.routing import BASE_DOMAINS

ROUNDS = 7
REQUESTS = 600
COLD_REQUESTS = 60
PAGES = 30
LIMIT_HOT = 150
LIMIT_PAGE = 20
LISTINGS = ("ListUsers", "ListRoles", "ListPolicies", "ListGroups")

ALLOWING = {"Effect": "Allow", "Action": ["mediaconvert:List*", "sts:AssumeRole"], "Resource": "*"}
NOTHING: Service[None] = Service(
    name="mediaconvert",
    face=None,
    operations={"ListQueues": lambda _face, _call, _params: {}},
    access={"ListQueues": always("mediaconvert:ListQueues")},
    invalid=errors.invalid,
)
"""A service that does nothing."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The stages between a request and its operation, with the memory that a server has."""

    authenticator: Authenticator
    authorizer: Authorizer

    @classmethod
    def of(cls, server: Local) -> "Gate":
        ground = server.api.ground
        identities = Identities(
            keys=ground.sessions.signing_key,
            generation=ground.directory.generation,
            policies=ground.sessions.identity_policies,
        )
        authenticator = Authenticator(identities, ground.directory, REGION, BASE_DOMAINS)
        return cls(authenticator=authenticator, authorizer=Authorizer(identities))

    def identified(self, request: HttpRequest) -> Identified:
        """Whose signature it claims to be."""
        facts = Facts(request=request, request_id=RequestId("benchmark"), now=_now())
        found = identify(request)
        return Identified(
            facts=structs.replace(facts, service=found.service), service=NOTHING, claim=found.claim, body=b""
        )

    def parsed(self, request: HttpRequest) -> Parsed:
        """The request as it comes to be authorized."""
        signed_by = self.authenticator.authenticate(self.identified(request))
        return steps.parse(steps.check_body(steps.admit(steps.route(signed_by, base_domains=BASE_DOMAINS))))


def _now() -> datetime:
    return datetime.now(UTC)


def run() -> Iterator[dict[str, Any]]:
    """Microseconds a request by kind of caller, hot and cold; the same among thousands; milliseconds a listing page."""
    with local() as server, local() as large:
        crowd(large.api)
        callers = dict(_callers(server))
        for name, credentials in callers.items():
            hot = _hot(Gate.of(server), credentials)
            yield figure(
                f"authentication and authorization, {name}",
                hot,
                "us CPU",
                ratio=hot / LIMIT_HOT,
                against=f"the limit of {LIMIT_HOT} us",
            )
        name, credentials = next(iter(callers.items()))
        yield figure(f"the same after a write to IAM, {name}", _cold(server, credentials), "us CPU")
        small, among = _side_by_side(server, large)
        yield figure(
            f"authentication and authorization among {CROWD}", among, "us CPU", ratio=among / small, against="ten users"
        )
        for listing in LISTINGS:
            taken = _page(large, listing)
            yield figure(
                f"{listing}, 100 entries",
                taken,
                "ms CPU",
                ratio=taken / LIMIT_PAGE,
                against=f"the limit of {LIMIT_PAGE} ms",
            )


def _callers(server: Local) -> Iterator[tuple[str, Credentials]]:
    """Callers of every kind, with policies of five statements and one that allows."""
    one, ten, fifty = (_user(server, f"user-{count}", count) for count in (1, 10, 50))
    role = f"arn:aws:iam::{ACCOUNT}:role/session"
    trust = {"Effect": "Allow", "Principal": {"AWS": str(ACCOUNT)}, "Action": "sts:AssumeRole"}
    _iam(server, "CreateRole", RoleName="session", AssumeRolePolicyDocument=_document(trust))
    _iam(server, "PutRolePolicy", RoleName="session", PolicyName="allow", PolicyDocument=_document(ALLOWING))
    for number in range(9):
        _iam(server, "AttachRolePolicy", RoleName="session", PolicyArn=_policy_arn(number))
    yield "a user with 10 policies", ten
    yield "a user with 1 policy", one
    yield "a user with 50 policies of groups", fifty
    yield "a session of a role with 10 policies", server.assume(ten, role)


def _user(server: Local, name: str, count: int) -> Credentials:
    """A user with one policy that allows and `count` - 1 others, which come from groups beyond the first nine."""
    _iam(server, "CreateUser", UserName=name)
    _iam(server, "PutUserPolicy", UserName=name, PolicyName="allow", PolicyDocument=_document(ALLOWING))
    for number in range(count - 1):
        if count > 10 and number % 10 == 0:
            _iam(server, "CreateGroup", GroupName=f"{name}-{number}")
            _iam(server, "AddUserToGroup", GroupName=f"{name}-{number}", UserName=name)
        _need_policy(server, number)
        if count > 10:
            _iam(server, "AttachGroupPolicy", GroupName=f"{name}-{number - number % 10}", PolicyArn=_policy_arn(number))
        else:
            _iam(server, "AttachUserPolicy", UserName=name, PolicyArn=_policy_arn(number))
    answer = _iam(server, "CreateAccessKey", UserName=name)
    given = {element.tag.rpartition("}")[2]: element.text for element in answer.iter()}
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"])


def _need_policy(server: Local, number: int) -> None:
    if server.api.ground.directory.policies.existing(ACCOUNT, _policy_arn(number)) is None:
        _iam(server, "CreatePolicy", PolicyName=f"films-{number}", PolicyDocument=document(number))


def _policy_arn(number: int) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/films-{number}"


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _iam(server: Local, action: str, **parameters: str) -> Any:
    return server.call(server.admin, "iam", action, **parameters)


def _request(credentials: Credentials) -> HttpRequest:
    return signed(credentials, "mediaconvert", "GET", "/2017-08-29/queues")


def _hot(gate: Gate, credentials: Credentials) -> float:
    """Microseconds a request of a caller who has just been there."""
    request = _request(credentials)
    parsed = gate.parsed(request)
    gate.authorizer.authorize(parsed)
    return median([_one_round(gate, request, parsed) for _ in range(ROUNDS)])


def _one_round(gate: Gate, request: HttpRequest, parsed: Parsed) -> float:
    def work() -> None:
        gate.authenticator.authenticate(gate.identified(request))
        gate.authorizer.authorize(parsed)

    return _cpu(work, REQUESTS) * 1e6


def _cold(server: Local, credentials: Credentials) -> float:
    """Microseconds a request of a caller of whom nothing is remembered, because IAM has changed since."""
    gate, request, found = Gate.of(server), _request(credentials), []
    for number in range(COLD_REQUESTS):
        _iam(server, "TagUser", UserName="user-1", **{"Tags.member.1.Key": "n", "Tags.member.1.Value": str(number)})
        parsed = gate.parsed(request)
        _iam(server, "UntagUser", UserName="user-1", **{"TagKeys.member.1": "n"})

        def work(parsed: Parsed = parsed) -> None:
            known = gate.authenticator.authenticate(gate.identified(request))
            gate.authorizer.authorize(structs.replace(parsed, signed=known))

        found.append(_cpu(work, 1) * 1e6)
    return median(found)


def _side_by_side(server: Local, large: Local) -> tuple[float, float]:
    """Microseconds a hot request in a small account and in a large one, with the same policies."""
    sides = []
    for each in (server, large):
        gate, request = Gate.of(each), _request(_user(each, "same", 10))
        parsed = gate.parsed(request)
        sides.append((gate, request, parsed))
    found: Sequence[list[float]] = ([], [])
    for _ in range(ROUNDS):
        for taken, side in zip(found, sides, strict=True):
            taken.append(_one_round(*side))
    return median(found[0]), median(found[1])


def _page(server: Local, action: str) -> float:
    """Milliseconds of the slower of two pages of a listing, the whole request: the first one, and one far behind."""
    parameters = {"Scope": "Local"} if action == "ListPolicies" else {}
    asked, full = parameters, [parameters]
    for _ in range(8):
        answer = server.call(server.admin, "iam", action, **asked)
        marker = next((element.text or "" for element in answer.iter() if element.tag.endswith("}Marker")), None)
        if marker is None:
            break
        full = [parameters, asked]
        asked = {**parameters, "Marker": marker}
    return max(_page_cpu(server, action, page) for page in full)


def _page_cpu(server: Local, action: str, parameters: dict[str, str]) -> float:
    request, body = query(server.admin, "iam", action, **parameters)
    caller = InProcess(server.api.pipeline)

    def work() -> None:
        response = caller.call(request, body)
        if response.status != 200 or response.body.count(b"<member>") < 100:
            raise RuntimeError(f"{action} answered {response.status} with less than a full page")

    work()
    return median([_cpu(work, 1) * 1e3 for _ in range(PAGES)])


def _cpu(work: Callable[[], object], times: int) -> float:
    """Seconds of CPU of this thread that `work` takes each time."""
    start = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - start) / times
