"""The api process: every service, behind the edge."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from argon2 import PasswordHasher

from telecine.app.bell import Rope
from telecine.app.events import publisher_of, sinks_of
from telecine.app.ground import Config, Ground, build_ground
from telecine.app.housekeeping import Housekeeping
from telecine.app.metrics import exposer, registry
from telecine.app.outbound import open_outbound
from telecine.app.probing import ObjectReader, Surveyor, WebReader
from telecine.app.tracing import tracing
from telecine.core.clock import Clock, SystemClock
from telecine.core.errors import ApiError, TelecineError
from telecine.core.ids import Ids
from telecine.edge.asgi import Application
from telecine.edge.identities import Identities
from telecine.edge.meter import Counters, Meters
from telecine.edge.metrics import MetricsDoor
from telecine.edge.pipeline import Pipeline
from telecine.engine.web import Web
from telecine.events.publisher import Publisher
from telecine.services.contract import Service
from telecine.services.iam import access as iam_access
from telecine.services.iam import errors as iam_errors
from telecine.services.iam import operations as iam_operations
from telecine.services.iam.model import Bootstrap
from telecine.services.kms import access as kms_access
from telecine.services.kms import errors as kms_errors
from telecine.services.kms import operations as kms_operations
from telecine.services.mediaconvert import access as mediaconvert_access
from telecine.services.mediaconvert import errors as mediaconvert_errors
from telecine.services.mediaconvert import operations as mediaconvert_operations
from telecine.services.operator import access as operator_access
from telecine.services.operator import errors as operator_errors
from telecine.services.operator import operations as operator_operations
from telecine.services.operator.audit import AuditPages
from telecine.services.operator.checks import JobChecks
from telecine.services.operator.checks.media import Media
from telecine.services.operator.face import Operator
from telecine.services.s3 import access as s3_access
from telecine.services.s3 import errors as s3_errors
from telecine.services.s3 import operations as s3_operations
from telecine.services.s3.objects import Objects
from telecine.services.sts import access as sts_access
from telecine.services.sts import errors as sts_errors
from telecine.services.sts import operations as sts_operations
from telecine.services.sts.console import ConsoleSessions
from telecine.wire import models, routing
from telecine.wire.errors import Common, common
from telecine.wire.validate import Violation, aws_sentence

_log = logging.getLogger(__name__)

_GLOBAL_REGION = ("us-east-1",)
"""IAM and STS are signed for here too, wherever the server is (AWS General Reference, "IAM endpoints")."""


class AnotherAccount(TelecineError):
    """The first account of the database has another number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """Answers requests."""

    application: Application
    pipeline: Pipeline
    ground: Ground
    objects: Objects
    console_sessions: ConsoleSessions
    """For the console: nothing that comes over the wire as an AWS request leads there."""
    housekeeping: Housekeeping
    """What comes round again beside the requests."""
    publisher: Publisher
    """Delivers events to sinks."""
    rope: Rope
    """Wakes the worker."""
    bootstrap: Bootstrap | None
    """What the first start made; None on every later one."""

    def sweep(self) -> None:
        """Remove the files of objects that a crash left half-written. Takes a while in a large store: run it aside."""
        removed = self.objects.sweep()
        if removed:
            _log.info("removed %d files that a crash had left", removed)

    def close(self) -> None:
        """Finish what runs, write what waits."""
        self.application.close()
        self.publisher.close()
        self.objects.upkeep.halt()
        self.housekeeping.close()
        self.ground.close()
        self.rope.close()


def build_api(
    config: Config,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    passwords: PasswordHasher | None = None,
    hand_over: Callable[[Bootstrap], None] | None = None,
) -> Api:
    """What answers requests. The first time on a data folder it makes the root key, the schema and the account.

    `hand_over` is given the credentials of the first user before they are in force.
    """
    way_out, rope = open_outbound(config), Rope(config.data_dir)
    ground = build_ground(
        config,
        process="api",
        wake=rope.pull,
        clock=clock or SystemClock(),
        ids=ids or Ids(),
        passwords=passwords,
    )
    bootstrap = ground.directory.bootstrap(config.account, hand_over)
    if ground.directory.accounts.first() != config.account:
        ground.close()
        raise AnotherAccount(f"The data is that of another account than {config.account}: see --account-id.")
    publisher = publisher_of(ground, way_out)
    objects = Objects(
        ground.database,
        config.data_dir / "objects",
        ground.clock,
        ground.ids,
        ground.pages,
        ground.directory.principals,
        ground.root_key,
        keys=ground.keys,
    )
    counted = registry(ground.lifecycle.statistics, ground.clock)
    # What is kept in another S3 nobody can read there as the caller.
    reader = ObjectReader(objects) if config.has_own_s3 else None
    web = WebReader(Web(way_out, pauses=()))
    ground.lifecycle.probes.connect(reader, web, Surveyor(config.sandbox, ground.ids))
    identities = Identities(
        keys=ground.sessions.signing_key,
        generation=ground.directory.generation,
        policies=ground.sessions.identity_policies,
    )
    operator = Operator(
        audit=AuditPages(config.data_dir / "audit", ground.pages),
        sinks=sinks_of(ground),
        checks=_checks(config, ground, objects, identities),
    )
    counters, traces = Counters(counted), tracing("api")
    pipeline = Pipeline(
        services=_services(ground, objects, operator),
        identities=identities,
        uses=ground.directory,
        audit=ground.audit,
        meter=Meters((counters,) if traces is None else (counters, traces)),
        clock=ground.clock,
        ids=ground.ids,
        account=config.account,
        region=config.region,
        base_domains=(*routing.BASE_DOMAINS, *config.s3_domains),
        state=ground.database.state,
    )
    publisher.start()
    return Api(
        application=Application(pipeline, metrics=MetricsDoor(exposer(counted), config.metrics_token)),
        pipeline=pipeline,
        ground=ground,
        objects=objects,
        console_sessions=ConsoleSessions(ground.database, ground.directory, ground.sessions, ground.clock, ground.ids),
        housekeeping=Housekeeping(ground, objects),
        publisher=publisher,
        rope=rope,
        bootstrap=bootstrap,
    )


def _checks(config: Config, ground: Ground, objects: Objects, identities: Identities) -> JobChecks:
    remote = config.remote
    return JobChecks(
        lifecycle=ground.lifecycle,
        sessions=ground.sessions,
        directory=ground.directory,
        touching=Media(
            objects,
            ground.keys,
            endpoint_url=config.endpoint_url,
            has_own_s3=config.has_own_s3,
            has_own_kms=remote is None or remote.kms_url is None,
        ),
        policies_of=lambda: partial(identities.policies, identities.generation()),
    )


def _services(ground: Ground, objects: Objects, operator: Operator) -> Sequence[Service[Any]]:
    built: list[Service[Any]] = [
        Service(
            name="iam",
            face=ground.directory,
            operations=iam_operations.OPERATIONS,
            access=iam_access.ROWS,
            invalid=iam_errors.invalid,
            regions=_GLOBAL_REGION,
        ),
        Service(
            name="sts",
            face=ground.sessions,
            operations=sts_operations.OPERATIONS,
            access=sts_access.ROWS,
            invalid=sts_errors.invalid,
            regions=_GLOBAL_REGION,
        ),
        Service(
            name="kms",
            face=ground.keys,
            operations=kms_operations.OPERATIONS,
            access=kms_access.ROWS,
            invalid=kms_errors.invalid,
        ),
        Service(
            name="s3",
            face=objects,
            operations=s3_operations.OPERATIONS,
            streams=s3_operations.STREAMS,
            digested=s3_operations.DIGESTED,
            access=s3_access.ROWS,
            invalid=s3_errors.invalid,
            cross_origin=s3_operations.CROSS_ORIGIN,
            headers=s3_operations.HEADERS,
            says_when_it_waits=True,
            lasting=s3_operations.LASTING,
            takes_anonymous=True,
        ),
        Service(
            name="mediaconvert",
            face=ground.lifecycle,
            operations=mediaconvert_operations.OPERATIONS,
            access=mediaconvert_access.ROWS,
            invalid=mediaconvert_errors.invalid,
        ),
        Service(
            name=models.OWN,
            face=operator,
            operations=operator_operations.OPERATIONS,
            access=operator_access.ROWS,
            invalid=operator_errors.invalid,
        ),
    ]
    names = {service.name for service in built}
    return [*built, *(_announced(name) for name in models.SERVICES if name not in names)]


def _announced(name: str) -> Service[Any]:
    """A service that is spoken but not built: its callers are authenticated, its operations refused by name."""

    def invalid(violations: Sequence[Violation]) -> ApiError:
        return common(Common.BAD_REQUEST, name, message=aws_sentence(violations))

    return Service(name=name, face=None, operations={}, access={}, invalid=invalid)
