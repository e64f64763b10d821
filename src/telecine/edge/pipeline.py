"""The request path, as one list.

    identify -> authenticate -> route -> parse -> authorize -> validate -> operate -> serialize

Each stage takes what the one before it returned (`stages`). A call with a whole body goes through the list at once
(`Pipeline.answer`). An upload stops after `validate`, when its sink is open and before a byte of its body has been
received (`Pipeline.open`); the blocks follow (`Incoming`).

A read that comes again goes from `authenticate` to its answer (`precedents`).

Whatever goes wrong on the way becomes an answer in one place, `_travel`: an `ApiError` in AWS's words, anything else
as an internal error that shows the request id alone.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from telecine.core import trail
from telecine.core.clock import Clock
from telecine.core.errors import ApiError
from telecine.core.ids import Ids
from telecine.core.names import AccessKeyId, AccountId, Region
from telecine.core.waiting import WouldWait, no_waiting
from telecine.db import may_pass
from telecine.edge import limits, posting, record
from telecine.edge.arrivals import Deferred, Form, Upload, Whole
from telecine.edge.audit import Audit
from telecine.edge.authenticate import Authenticator, Uses
from telecine.edge.authorize import Authorizer, Denied
from telecine.edge.identities import Identities
from telecine.edge.incoming import Incoming
from telecine.edge.meter import OK, Exchange, Meter
from telecine.edge.precedents import Precedents
from telecine.edge.stages import (
    Answered,
    Arrived,
    Facts,
    Identified,
    Opened,
    Operated,
    Paused,
    Routed,
    Stage,
)
from telecine.edge.steps import (
    admit,
    check_body,
    open_sink,
    operate,
    parse,
    preflight,
    route,
    serialize_result,
    validate,
)
from telecine.services.contract import Service
from telecine.wire import form_data, post_policy, routing
from telecine.wire.errors import Common, Refused, common, serialize
from telecine.wire.form_data import FormReader
from telecine.wire.http import HttpRequest, HttpResponse
from telecine.wire.identify import identify
from telecine.wire.sigv4 import SignatureProblem

_log = logging.getLogger(__name__)

_UNIDENTIFIED = "s3"
"""In whose protocol we speak to a request that we could not make out."""


class Pipeline:
    """Takes requests to their answers."""

    def __init__(  # noqa: PLR0913 - what the request path stands on, by name
        self,
        *,
        services: Sequence[Service[Any]],
        identities: Identities,
        uses: Uses,
        audit: Audit,
        meter: Meter,
        clock: Clock,
        ids: Ids,
        account: AccountId,
        region: Region,
        base_domains: Sequence[str] = routing.BASE_DOMAINS,
        state: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Below `base_domains` the first part of a host's name is a bucket: `films` in `films.localhost`.

        `state` is a number for all that is stored (`Database.state`); None: nobody knows.
        """
        self._services = {service.name: service for service in services}
        self._headers = {service.name: tuple(service.headers.items()) for service in services}
        self._audit = audit
        self._meter = meter
        self._clock = clock
        self._ids = ids
        self._account = account
        self._region = region
        self._base_domains = base_domains
        self._preflight = partial(preflight, base_domains=base_domains)
        authenticate = Authenticator(identities, uses, region, base_domains).authenticate
        authorize = Authorizer(identities).authorize
        self._head = (authenticate, partial(route, base_domains=base_domains), admit)
        self._upload = (parse, authorize, validate, open_sink)
        middle = (*self._head[1:], check_body, parse, authorize, validate, operate)
        self._whole = (authenticate, *middle, serialize_result)
        self._precedents = precedents = Precedents(state, {service.name: service.lasting for service in services})
        # What comes again is found where its signature has been verified, and goes past everything behind that.
        self._read = (precedents.ask, authenticate, precedents.recall, *middle, self._conclude)

    def arrive(self, request: HttpRequest) -> Whole | Upload | Form | HttpResponse:
        """How to go on with a request whose head has arrived. Touches neither disk nor database."""
        arrived = Arrived(facts=Facts(request=request, request_id=self._ids.request_id(), now=self._clock.now()))
        reached = self._travel(arrived, (self._identify,))
        if not isinstance(reached, Identified):
            return _response(reached)
        form = self._form(reached)
        if form is not None:
            return form
        if reached.service.streams and request.method in {"PUT", "POST"}:
            return Upload(identified=reached)
        return Whole(identified=reached, limit=limits.longest(reached.service.name, request.method))

    def answer(self, identified: Identified, body: bytes) -> HttpResponse:
        """The answer to a request with its whole body."""
        if identified.facts.request.method == "OPTIONS" and identified.service.cross_origin is not None:
            return _response(self._travel(identified, (self._preflight,)))
        return _response(self._travel(replace(identified, body=body), self._whole))

    def glance(self, identified: Identified) -> HttpResponse | Paused | None:
        """The answer to a request without a body, if it takes no waiting: for the event loop itself, which spares the
        way to a thread and back. Most reads of what was read a moment ago find everything in memory.

        Otherwise how far it went, for `go_on`. None for what is not tried: it may change anything, or compute for long.
        """
        request = identified.facts.request
        is_read = request.method in {"GET", "HEAD"} and identified.service.says_when_it_waits
        # Whether a page of another origin may see an answer is found out after the last stage.
        if not is_read or request.header("origin") is not None:
            return None
        with no_waiting:
            reached = self._travel(replace(identified, body=b""), self._read)
        return reached if isinstance(reached, Paused) else _response(reached)

    def go_on(self, paused: Paused) -> HttpResponse:
        """The answer to a request from where `glance` left it."""
        return _response(self._travel(paused.at, paused.rest))

    def open(self, identified: Identified) -> Incoming | Deferred | HttpResponse:
        """What to do with the body of a request that may be an upload; if it is one, it is authorized by now."""
        reached = self._travel(identified, self._head)
        if not isinstance(reached, Routed):
            return _response(reached)
        if not reached.is_stream:
            return Deferred(
                identified=identified, routed=reached, limit=limits.of(reached.facts.service, reached.facts.operation)
            )
        opened = self._travel(reached, self._upload)
        return Incoming(opened, self._travel, serialize_result) if isinstance(opened, Opened) else _response(opened)

    def open_form(self, form: Form, reader: FormReader) -> Incoming | HttpResponse:
        """What to do with a form's file, whose fields are there; it is authorized by now."""
        reached = self._travel(form.identified, (partial(_posted, form=form, reader=reader), *self._head))
        if not isinstance(reached, Routed):
            return _response(reached)
        least, most = reached.signed.file_size
        reader.limit(least, limits.LONGEST_FILE if most is None else min(most, limits.LONGEST_FILE))
        posted = reached.signed.form
        assert posted is not None, "the form is what made the request"
        opened = self._travel(reached, self._upload)
        if not isinstance(opened, Opened):
            return _response(opened)

        def serialize_form(operated: Operated) -> Answered:
            stored = serialize_result(operated)
            return replace(stored, response=posting.answer(posted, stored.response))

        return Incoming(opened, self._travel, serialize_form, reader)

    def _form(self, identified: Identified) -> Form | None:
        """The request, if it is an unsigned POST of a form to a bucket: what signs it is in the form."""
        request = identified.facts.request
        if request.method != "POST" or identified.claim is not None or not identified.service.streams:
            return None
        between = form_data.boundary(request.header("content-type"))
        if between is None or request.raw_query:
            return None
        host = routing.host_bucket(request, self._base_domains)
        bucket = request.raw_path.strip("/") if host is None else host
        if not bucket or "/" in bucket or "%" in bucket or (host is not None and request.raw_path != "/"):
            return None
        return Form(identified=identified, bucket=bucket, is_host=host is not None, boundary=between)

    def resume(self, deferred: Deferred, body: bytes) -> HttpResponse:
        """The answer to a call that `open` had deferred until its body was there.

        It starts anew: a body may take minutes, in which the key may have been deleted or the policies changed.
        """
        return self.answer(deferred.identified, body)

    def refuse(self, at: Identified | Routed, error: ApiError) -> HttpResponse:
        """The answer to a request whose body went wrong on its way: too long, too slow."""

        def fail(_at: Identified | Routed) -> Stage:
            raise error

        return _response(self._travel(at, (fail,)))

    def _conclude(self, operated: Operated) -> Answered:
        """The answer to a read, which others may get as well."""
        return self._precedents.note(serialize_result(operated))

    def _identify(self, arrived: Arrived) -> Identified:
        facts = arrived.facts
        identified = identify(facts.request)
        claim = identified.claim
        if claim is None:
            facts = replace(facts, service=identified.service)
        else:
            key = AccessKeyId(claim.access_key_id)
            facts = replace(facts, service=identified.service, region=claim.region, access_key_id=key)
        return Identified(facts=facts, service=self._services[identified.service], claim=claim)

    def _travel(self, at: Stage, stages: Sequence[Callable[[Any], Stage]]) -> Stage:
        """What the last of `stages` returns; an `Answered` when it is the answer, or when a stage failed; a `Paused`
        where a stage would have had to wait and must not."""
        has_arrived, done = not isinstance(at, Arrived), 0
        trail.REQUEST.set(at.facts.request_id)
        try:
            for stage in stages:
                at = stage(at)
                done += 1
                if isinstance(at, Answered):
                    break
        except WouldWait:
            return Paused(facts=at.facts, at=at, rest=stages[done:])
        except Refused as refusal:
            at = self._fail(replace(at.facts, service=refusal.service), refusal.error)
        except ApiError as error:
            at = self._fail(at.facts, error)
        except Exception as error:  # noqa: BLE001 - the edge's rim: the caller sees the request id, the log the rest
            _log.exception("Request %s failed.", at.facts.request_id)
            kind = Common.UNAVAILABLE if may_pass(error) else Common.INTERNAL
            at = self._fail(at.facts, common(kind, at.facts.service or _UNIDENTIFIED))
        else:
            if isinstance(at, Answered):
                self._write_record(at.facts, None, at.response.status)
        if not isinstance(at, Answered):
            return at
        return self._with_headers(self._shared(at) if has_arrived else at)

    def _shared(self, answered: Answered) -> Answered:
        """The answer, with what a page of another origin needs to see it; that it is an error makes no difference."""
        request = answered.facts.request
        service = self._services.get(answered.facts.service)
        if service is None or service.cross_origin is None or request.header("origin") is None:
            return answered
        if request.method == "OPTIONS":
            return answered
        try:
            # A form has become a PutObject by now; the page has sent a POST.
            sent = replace(request, method=answered.facts.sent_as or request.method)
            headers = service.cross_origin.shared(service.face, sent, routing.path_style(sent, self._base_domains))
        except Exception:  # noqa: BLE001 - what was asked for is done: the page does not see it, and the log says why
            _log.exception("Request %s: whether the page may see the answer is not known.", answered.facts.request_id)
            return answered
        response = replace(answered.response, headers=(*answered.response.headers, *headers.items()))
        return replace(answered, response=response)

    def _with_headers(self, answered: Answered) -> Answered:
        """The answer with the headers that its service wants on every one."""
        headers = self._headers.get(answered.facts.service, ())
        if not headers:
            return answered
        response = answered.response
        whole = HttpResponse(
            status=response.status,
            headers=(*response.headers, *headers),
            body=response.body,
            source=response.source,
        )
        return Answered(facts=answered.facts, response=whole)

    def _fail(self, facts: Facts, error: ApiError) -> Answered:
        request = facts.request
        response = serialize(
            facts.service or _UNIDENTIFIED,
            error,
            request_id=facts.request_id,
            method=request.method,
            resource=request.raw_path,
        )
        self._write_record(facts, error, response.status)
        return Answered(facts=facts, response=response)

    def _write_record(self, facts: Facts, error: ApiError | None, status: int) -> None:
        self._meter.note(
            Exchange(
                service=facts.service,
                operation=facts.operation,
                code=OK if error is None else error.code,
                status=status,
                request_id=facts.request_id,
                began=facts.now,
                ended=self._clock.now(),
                parent=facts.request.header("traceparent"),
            )
        )
        self._audit.write(
            record.of_call(
                facts,
                event_id=self._ids.uuid(),
                account=self._account,
                region=self._region,
                error=error,
                denial=error.denial if isinstance(error, Denied) else facts.denial,
            )
        )


def _posted(identified: Identified, *, form: Form, reader: FormReader) -> Identified:
    """The PutObject that a form stands for, with the claim in its fields."""
    facts = identified.facts
    asked = posting.posted(facts.request, form.bucket, reader.fields, reader.file_name or "", is_host=form.is_host)
    try:
        claim = post_policy.from_fields(asked.fields)
    except SignatureProblem as problem:
        raise common(problem.kind, facts.service, **problem.facts) from problem
    facts = replace(facts, request=asked.request, sent_as=facts.request.method)
    if claim is not None:
        facts = replace(facts, region=claim.region, access_key_id=AccessKeyId(claim.access_key_id))
    return replace(identified, facts=facts, claim=claim, form=asked)


def _response(at: Stage) -> HttpResponse:
    assert isinstance(at, Answered), f"the request path ended at {type(at).__name__}"
    return at.response
