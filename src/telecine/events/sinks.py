"""Who wants which events: sinks, each with a pattern and a target, and what could not be delivered to them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.events import outbox, store
from telecine.events.model import DeadLetters, Sink, SinkState, Target, TargetKind, Waiting
from telecine.events.pattern import EventPattern
from telecine.events.problems import SinkExists, TooManySinks, UnknownSink, UnusableSink
from telecine.events.webhook import check_url
from telecine.seal import RootKey

EVERYTHING = '{"source": [{"prefix": ""}]}'
"""The pattern of a sink that gets every event."""
MAX_SINKS = 50
"""Of an account. Each active one has a thread. Our decision."""
MAX_TARGET = 2048
_SECRET_BYTES = 32
_NAME = re.compile(r"[.\-_A-Za-z0-9]{1,64}")
"""As rules of EventBridge are called."""


class Sinks:
    """The sinks of all accounts."""

    def __init__(self, database: Database, root_key: RootKey, clock: Clock, ids: Ids, pages: PageTokens) -> None:
        self._db = database
        self._root_key = root_key
        self._clock = clock
        self._ids = ids
        self._pages = pages

    def add(
        self, account: AccountId, target: Target, *, name: str | None = None, pattern: str = EVERYTHING
    ) -> tuple[Sink, str | None]:
        """A new sink, which gets what happens from now on, and the secret that signs its requests.

        The secret is told here alone; a file has none. Without a `name` it gets one. Raises `InvalidEventPattern`,
        `UnusableSink`, `SinkExists`, `TooManySinks`.
        """
        EventPattern(pattern)
        name = f"sink-{self._ids.token(4)}" if name is None else name
        if not _NAME.fullmatch(name):
            raise UnusableSink("A sink's name has 1 to 64 letters, digits, dots, hyphens and underscores.")
        check(target)
        sink_id = self._ids.uuid()
        secret = self._ids.token(_SECRET_BYTES) if target.kind is TargetKind.URL else None
        draft = Sink(
            id=sink_id,
            account=account,
            name=name,
            target=target,
            pattern=pattern,
            position=0,
            state=SinkState.ACTIVE,
            state_reason=None,
            created_at=self._clock.now(),
            sealed_secret=None if secret is None else self._root_key.wrap(secret.encode(), about=_about(sink_id)),
        )
        with self._db.read() as connection:
            # Not within the transaction below: on PostgreSQL, whoever appends an event would get into its way.
            position = outbox.newest(connection)

        def work(connection: Connection) -> Sink:
            there = store.of_account(connection, account)
            if any(sink.name == name for sink in there):
                raise SinkExists(name)
            if len(there) >= MAX_SINKS:
                raise TooManySinks(f"An account has at most {MAX_SINKS} sinks.")
            sink = replace(draft, position=position)
            store.add(connection, sink)
            return sink

        return self._db.write(work), secret

    def get(self, account: AccountId, name: str) -> tuple[Sink, Waiting]:
        """Raises `UnknownSink`."""
        with self._db.read() as connection:
            sink = _named(connection, account, name)
            return sink, store.waiting(connection, [sink.id]).get(sink.id, Waiting())

    def list(self, account: AccountId) -> Sequence[tuple[Sink, Waiting]]:
        """By name."""
        with self._db.read() as connection:
            sinks = store.of_account(connection, account)
            waiting = store.waiting(connection, [sink.id for sink in sinks])
        return [(sink, waiting.get(sink.id, Waiting())) for sink in sinks]

    def remove(self, account: AccountId, name: str) -> None:
        """With all that waits for it. Raises `UnknownSink`."""
        self._db.write(lambda connection: store.remove(connection, _named(connection, account, name).id))

    def pause(self, account: AccountId, name: str) -> None:
        """Raises `UnknownSink`. An attempt under way ends by itself."""
        self._db.write(
            lambda connection: store.set_state(connection, _named(connection, account, name).id, SinkState.PAUSED, None)
        )

    def resume(self, account: AccountId, name: str) -> None:
        """What waits is tried at once, and again for as long as a new event would be. Raises `UnknownSink`."""
        now = self._clock.now()

        def work(connection: Connection) -> None:
            sink = _named(connection, account, name)
            if sink.state is not SinkState.ACTIVE:
                store.set_state(connection, sink.id, SinkState.ACTIVE, None)
                store.begin_anew(connection, sink.id, now)

        self._db.write(work)

    def dead_letters(self, account: AccountId, name: str, *, size: int, token: str | None = None) -> DeadLetters:
        """Up to `size` events that were given up, the oldest first, after the page that gave `token`.

        Raises `UnknownSink`, `InvalidPageToken`.
        """
        with self._db.read() as connection:
            sink = _named(connection, account, name)
            scope = f"DeadLetters {sink.id}"
            after = 0 if token is None else int(self._pages.read(scope, token)[0])
            found = store.dead(connection, sink.id, after=after, limit=size + 1)
        page = found[:size]
        more = self._pages.write(scope, [page[-1].position]) if len(found) > size else None
        return DeadLetters(letters=page, next_token=more)

    def redrive(self, account: AccountId, name: str, event_ids: Collection[str] | None = None) -> int:
        """Try dead letters anew, those of these events or all; how many. Raises `UnknownSink`.

        Their job's later events may have been delivered meanwhile.
        """
        now = self._clock.now()

        def work(connection: Connection) -> int:
            return store.revive(connection, _named(connection, account, name).id, event_ids, now)

        return self._db.write(work)

    def secret_of(self, sink: Sink) -> bytes:
        """What signs the requests of a sink that is a URL."""
        if sink.sealed_secret is None:
            raise UnusableSink(f"Sink {sink.name} has no secret.")
        return self._root_key.unwrap(sink.sealed_secret, about=_about(sink.id))


def check(target: Target) -> None:
    """Raises `UnusableSink` for what cannot be a target."""
    if not 0 < len(target.address) <= MAX_TARGET:
        raise UnusableSink(f"A sink's target has 1 to {MAX_TARGET} characters.")
    if target.kind is TargetKind.URL:
        check_url(target.address)
    else:
        path = PurePosixPath(target.address)
        if "\0" in target.address or not path.is_absolute() or ".." in path.parts or target.address.endswith("/"):
            raise UnusableSink("A sink's file is named by its absolute path.")


def _named(connection: Connection, account: AccountId, name: str) -> Sink:
    sink = store.named(connection, account, name)
    if sink is None:
        raise UnknownSink(name)
    return sink


def _about(sink_id: str) -> str:
    return f"events/sink/{sink_id}"
