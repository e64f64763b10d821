"""Reads that come again, such as those of players and of clients that poll: answered as before, while nothing changes.

Whatever decides on a read, and whatever it finds, is in the request or in the database. So one that differs from an
earlier one in nothing but what is of one request alone (date, signature, ids) has the same answer, as long as nobody
has committed anything (`Database.state`), and no policy that took part asks for the time (`deciding.lasts`). Its
signature is verified each time before an answer is looked for, the bytes of an object are read and authenticated each
time, and each is recorded; what is not done again is to route, parse and decide.

A question names an access key, and holds neither signature nor token nor cookie. What is kept of an object is how to
decrypt it, not its bytes; it is forgotten when the next read finds another state.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from telecine.core.seen import Seen
from telecine.core.waiting import may_wait
from telecine.edge import record
from telecine.edge.stages import Answered, Authenticated, Facts, Identified, Question, Untold
from telecine.services.contract import Lasting
from telecine.wire import models
from telecine.wire.errors import request_id_headers
from telecine.wire.http import Again, Headers, HttpRequest, HttpResponse
from telecine.wire.sigv4 import SignatureClaim

MOST_BYTES = 16 << 20
"""So much is kept; questions are as long as heads of requests, which are their senders' to choose."""
_ANSWER_BYTES = 4096
"""About what an answer takes, with its parameters and its headers."""
_HEADER_BYTES = 200
"""About what a header of a question takes beside its letters."""

_OF_ONE_REQUEST = frozenset(
    {
        *("authorization", "date", "x-amz-date", "x-amz-security-token"),
        *("cookie", "proxy-authorization"),
        *("amz-sdk-invocation-id", "amz-sdk-request", "traceparent", "tracestate", "x-amzn-trace-id"),
    }
)
"""Headers that differ from request to request and decide about nothing once a signature is good."""


class Precedent(Untold, frozen=True, kw_only=True):
    """An answer, and what is recorded of it."""

    operation: str
    request_parameters: Mapping[str, Any]
    """What the audit log tells of them."""
    status: int
    headers: Headers
    """But for those with the request's id."""
    body: Again | None
    """None: there is none."""


class Precedents:
    """What reads were answered under the present state of the database."""

    def __init__(self, state: Callable[[], int | None], lasting: Mapping[str, Lasting]) -> None:
        """`state` is `Database.state`; `lasting` says by service which reads are of this kind."""
        self._state = state
        self._lasting = lasting
        self._mutex = threading.Lock()
        # One tuple, so that readers, who take no mutex, never see the answers of another state than its number.
        self._known: tuple[int, Seen[Precedent]] = (-1, Seen(MOST_BYTES))

    def ask(self, identified: Identified) -> Identified:
        """The request with its question, if it may be of the kind that has one.

        The state is that before anything is read: a question whose answer was found while something changed is one of
        the past, and nobody asks it again.
        """
        facts, claim = identified.facts, identified.claim
        request, lasting = facts.request, self._lasting[facts.service]
        if not lasting.operations or any(request.header(name) is not None for name in lasting.unless):
            return identified
        # What a presigned URL says of itself is in its query, token and all.
        if claim is not None and (not isinstance(claim, SignatureClaim) or claim.is_presigned):
            return identified
        if "X-Amz-Security-Token" in request.raw_query:
            return identified
        state = self._state()
        if state is None:
            return identified
        if state > self._known[0]:
            self.forget(state)
        asked = (
            facts.service,
            facts.access_key_id,
            facts.region,
            request.method,
            request.raw_path,
            request.raw_query,
            request.scheme,
            request.client_address,
            *[pair for pair in request.headers if pair[0] not in _OF_ONE_REQUEST],
        )
        return replace(identified, facts=replace(facts, question=Question(state, asked)))

    def recall(self, signed: Authenticated) -> Authenticated | Answered:
        """The answer to a request whose question has been answered; otherwise the request."""
        question = signed.facts.question
        # A request that has waited decides by what is there now.
        if question is None or may_wait():
            return signed
        known, precedents = self._known
        found = precedents.get(question.asked) if known == question.state else None
        if found is None:
            return signed
        return _follow(signed, found) or signed

    def note(self, answered: Answered) -> Answered:
        """The same, known from now on as the answer to its question, if it is one."""
        facts, response = answered.facts, answered.response
        question = facts.question
        if question is None or facts.operation not in self._lasting[facts.service].operations:
            return answered
        if answered.again is None and facts.request.method != "HEAD":
            return answered
        own = _own(facts)
        precedent = Precedent(
            operation=facts.operation,
            request_parameters=record.request_parameters(facts.params),
            status=response.status,
            headers=tuple(pair for pair in response.headers if pair not in own),
            body=answered.again,
        )
        known, precedents = self._known
        if known == question.state:
            precedents.keep(question.asked, precedent, _size(facts.request, response.headers))
        return answered

    def forget(self, state: int) -> None:
        """Begin anew with the answers under `state`, if that is later than the one so far: states only rise."""
        with self._mutex:
            if state > self._known[0]:
                self._known = (state, Seen(MOST_BYTES))


def _follow(signed: Authenticated, precedent: Precedent) -> Answered | None:
    """The same answer to another request; None when the bytes are not there any more."""
    body = b"" if precedent.body is None else precedent.body.read()
    if body is None:
        return None
    facts = replace(signed.facts, operation=precedent.operation, request_parameters=precedent.request_parameters)
    response = HttpResponse(status=precedent.status, headers=(*_own(facts), *precedent.headers), body=body)
    return Answered(facts=facts, response=response)


def _size(request: HttpRequest, headers: Headers) -> int:
    """About how many bytes a question and its answer take."""
    texts = (*request.headers, *headers, (request.raw_path, request.raw_query))
    return _ANSWER_BYTES + sum(_HEADER_BYTES + len(name) + len(value) for name, value in texts)


def _own(facts: Facts) -> Headers:
    return request_id_headers(models.protocol(facts.service), facts.request_id)
