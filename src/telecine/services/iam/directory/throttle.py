"""Guessing made slow: after some wrong passwords or codes the next one has to wait, longer each time.

The count stands in the database, so that it holds in every process. An attempt is charged before it is checked, and
what it cost is given back when it was right: a hundred guesses at once are a hundred failures, not a race.

Guesses at a person count where they come from, so that whoever guesses keeps nobody else out: the owner, somewhere
else, signs in. Of guesses from many places together there are a great many before they make anybody wait, and then not
for long.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.errors import ApiError
from telecine.services.iam import errors, store
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.store.attempts import Failures

_MEMORY = timedelta(hours=1)
"""Who has not failed for so long starts anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Who or what a failure counts against."""

    key: str
    """May be what somebody typed into the wrong field: it is stored under the throttle's secret alone."""
    free: int
    """So many failures cost no time; each further one doubles the wait, from one second."""
    longest: timedelta
    is_shared: bool = False
    """By many people: that one of them is right says nothing of the failures of the others."""

    def wait(self, failures: int) -> timedelta:
        """How long the next attempt has to wait after so many failures."""
        if failures < self.free:
            return timedelta()
        return min(timedelta(seconds=2 ** min(failures - self.free, 30)), self.longest)


_Charge = Sequence[tuple[Subject, Failures | None]]
"""What an attempt cost, to be given back if it was right: each subject with its failures before."""


def sign_in(account: str, name: str, source: str) -> tuple[Subject, ...]:
    """Somebody's password, whether such a person exists or not, tried from the address `source`."""
    place, who = _place(source), f"password/{account}/{name}".lower()
    return (
        Subject(key=f"{who}/from/{place}", free=5, longest=timedelta(minutes=5)),
        Subject(key=who, free=100, longest=timedelta(seconds=15)),
        Subject(key=f"from/{place}", free=20, longest=timedelta(minutes=5), is_shared=True),
    )


def own_password(user_id: str) -> Subject:
    """The password of a user, by unique id, tried with the user's own access key: it does not keep the user from
    signing in."""
    return Subject(key=f"change-password/{user_id}", free=5, longest=timedelta(minutes=5))


def codes(owner: str) -> Subject:
    """The MFA codes of a user, by unique id, or of an account's root user, by account."""
    return Subject(key=f"mfa/{owner}", free=5, longest=timedelta(minutes=15))


def _place(address: str) -> str:
    """Where attempts come from. Many people may share an address; one person has a whole IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


class Throttle:
    """Counts attempts."""

    def __init__(self, ledger: Ledger, clock: Clock, secret: bytes) -> None:
        """`secret` hides from readers of the database whom somebody tried to be."""
        self._ledger = ledger
        self._clock = clock
        self._secret = secret

    @contextmanager
    def attempt(self, *subjects: Subject) -> Iterator[None]:
        """Around the check of a password or code: it costs `subjects` a failure when it ends in a `WrongGuess`.

        Raises `Throttling`, and counts nothing, when one of them has to wait.
        """
        charge = self._charge([replace(subject, key=self._hidden(subject.key)) for subject in subjects])
        try:
            yield
        except errors.WrongGuess:
            raise
        except ApiError:
            self._ledger.note(lambda connection: _give_back(connection, charge))
            raise
        self._ledger.note(lambda connection: _settle(connection, charge))

    def _charge(self, subjects: Sequence[Subject]) -> _Charge:
        now = self._clock.now()

        def work(connection: Connection) -> _Charge:
            store.attempts.purge(connection, now - _MEMORY)
            known = store.attempts.of(connection, [subject.key for subject in subjects])
            for subject in subjects:
                failures = known.get(subject.key)
                if failures is not None and now < failures.last_at + subject.wait(failures.count):
                    raise errors.too_many_attempts()
            for subject in subjects:
                earlier = known.get(subject.key)
                count = 1 if earlier is None else earlier.count + 1
                store.attempts.put(connection, subject.key, Failures(count=count, last_at=now))
            return [(subject, known.get(subject.key)) for subject in subjects]

        return self._ledger.note(work)

    def _hidden(self, key: str) -> str:
        return hmac.new(self._secret, key.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _settle(connection: Connection, charge: _Charge) -> None:
    """Somebody has proved who they are: what others tried in their name slows them down no longer."""
    for subject, _ in charge:
        if not subject.is_shared:
            store.attempts.forget(connection, subject.key)
    _give_back(connection, [(subject, before) for subject, before in charge if subject.is_shared])


def _give_back(connection: Connection, charge: _Charge) -> None:
    """The attempt was no failure: what it added is taken off again, the failures of others stay."""
    known = store.attempts.of(connection, [subject.key for subject, _ in charge])
    for subject, before in charge:
        now = known.get(subject.key)
        if now is None:
            continue
        if now.count <= 1:
            store.attempts.forget(connection, subject.key)
            continue
        is_ours_alone = before is not None and now.count == before.count + 1
        last_at = before.last_at if before is not None and is_ours_alone else now.last_at
        store.attempts.put(connection, subject.key, Failures(count=now.count - 1, last_at=last_at))
