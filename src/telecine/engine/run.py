"""One attempt of one job, from its claim to its end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from telecine.core.clock import Clock
from telecine.core.spans import Spans
from telecine.engine.executors import Executor
from telecine.engine.keys import DataKeys
from telecine.engine.outcome import outcome_of
from telecine.engine.progress import Reporter
from telecine.engine.session import RoleSession, input_uris, shown_uris
from telecine.engine.steps.decrypt import decrypt
from telecine.engine.steps.fetch import fetch
from telecine.engine.steps.playlists import write_playlists
from telecine.engine.steps.probe import probe
from telecine.engine.steps.publish import Publication, publishables, undo_leftovers
from telecine.engine.steps.verify import verify
from telecine.engine.storage import MediaStore
from telecine.engine.tools.sandbox import SandboxUnavailable
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.watch import Watch
from telecine.engine.web import Web
from telecine.engine.workspace import Workspaces
from telecine.media import plan as media_plan
from telecine.media import settings
from telecine.media.plan.model import Plan
from telecine.media.probe import input_details
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import JobClaim, Phase
from telecine.services.sts.model import SessionCredentials
from telecine.services.sts.sessions import Sessions


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """What every attempt works with."""

    lifecycle: Lifecycle
    sessions: Sessions
    open_store: Callable[[Callable[[], SessionCredentials], str], MediaStore]
    """The media as a role sees it, from its session and ARN: `S3Stores.open`."""
    open_keys: Callable[[Callable[[], SessionCredentials], str], DataKeys]
    """The data keys as a role may open them, from the same: `Kms.open`."""
    web: Web
    """Inputs at web servers, of those that may be reached."""
    executor: Executor
    tools: Toolbox
    capabilities: media_plan.Capabilities
    workspaces: Workspaces
    clock: Clock
    spans: Spans


def run_attempt(engine: Engine, claim: JobClaim, should_stop: Callable[[], bool]) -> None:
    """Run `claim`'s job to COMPLETE.

    Raises `JobFailed` or `MediaError` with what the user shall read, `AttemptStopped` or `LeaseLost` when the job is
    not ours any more, `StorageUnreachable` when it must be tried again, anything else when we are at fault.
    """
    lifecycle = engine.lifecycle
    if engine.tools.sandbox.refusal is not None:
        raise SandboxUnavailable(engine.tools.sandbox.refusal)
    attributes: dict[str, str | int] = {
        "job.id": claim.job_id,
        "job.queue": claim.queue_arn,
        "job.attempt": claim.attempt,
    }
    with engine.spans.during("job", attributes):
        _run(engine, claim, Reporter(lifecycle, claim, should_stop))


def _run(engine: Engine, claim: JobClaim, reporter: Reporter) -> None:
    lifecycle, span = engine.lifecycle, engine.spans.during
    watch = reporter.watch(Phase.PROBING)
    session = open_session(engine, claim)
    store = engine.open_store(session, claim.role_arn)
    undo_leftovers(store, lifecycle, claim)
    with engine.workspaces.open(claim.job_id, claim.attempt) as folder:
        with span("fetch"):
            policy = lifecycle.input_policies.of(claim.account)
            names = fetch(store, engine.web, policy, input_uris(claim), folder, watch)
            inputs = settings.read(claim.settings).inputs
            decrypt(engine.open_keys(session, claim.role_arn), inputs, names, folder, watch)
        with span("probe and plan"):
            plan = _plan(engine, claim, names, folder, watch)
        watch = reporter.watch(Phase.TRANSCODING)
        with span("encode"):
            engine.executor.run(plan, folder, watch)
        with span("verify"):
            verify(engine.tools, plan.expectations, folder, watch)
        write_playlists(plan.groups, folder)
        outcome = outcome_of(plan, folder)
        watch = reporter.watch(Phase.UPLOADING)
        entries = publishables(plan.artifacts, folder)
        with span("publish"), Publication(store, lifecycle, claim) as publication:
            publication.upload(entries, watch)
            publication.reveal(entries, watch)
            lifecycle.complete(claim, outcome)


def clean_up(engine: Engine, claim: JobClaim) -> None:
    """Take back what a job left behind that ended while its worker was dead. `claim` is one for a cleanup."""
    undo_leftovers(engine.open_store(open_session(engine, claim), claim.role_arn), engine.lifecycle, claim)


def open_session(engine: Engine, claim: JobClaim) -> RoleSession:
    """A session of the job's role. Raises `JobFailed` 1433, 1434 or 1515 when the role cannot be assumed."""
    session = RoleSession(engine.sessions, claim, engine.clock, lambda: engine.lifecycle.is_live(claim))
    session()
    return session


def _plan(engine: Engine, claim: JobClaim, names: tuple[str, ...], folder: Path, watch: Watch) -> Plan:
    """The plan an earlier attempt has saved, so that a repeated job has the same bytes; else a new one, saved."""
    saved = engine.lifecycle.saved_plan(claim.job_id)
    if saved is not None:
        return media_plan.from_json(saved)
    uris = shown_uris(claim)
    probes = probe(engine.tools, names, uris, folder, watch)
    details = [
        input_details(found, number, uri) for number, (found, uri) in enumerate(zip(probes, uris, strict=True), start=1)
    ]
    engine.lifecycle.probed(claim, details)
    plan = media_plan.plan(claim.settings, probes, _capabilities(engine, claim), inputs=uris, now=engine.clock.now())
    for code, message in plan.warnings:
        engine.lifecycle.warn(claim, code, message)
    engine.lifecycle.save_plan(claim, media_plan.to_json(plan))
    return plan


def _capabilities(engine: Engine, claim: JobClaim) -> media_plan.Capabilities:
    """This machine's, or no more than one reserved transcode slot has."""
    ours = engine.capabilities
    return ours if claim.threads is None else replace(ours, threads=min(ours.threads, claim.threads))
