"""Turns at what is dear: a few at a time, so shared that nobody has them all."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from telecine.core.names import AccountId


class Turns:
    """Counts who is at it. Who is one too many is turned away rather than kept waiting, which would hold a thread."""

    def __init__(self, *, at_once: int, of_account: int, of_caller: int) -> None:
        """So many turns in all, of one account and of one of its callers; the account counts beside the caller since
        whoever may make users and roles may be many callers."""
        self._at_once = at_once
        self._of_account = of_account
        self._of_caller = of_caller
        self._lock = threading.Lock()
        self._accounts: Counter[AccountId] = Counter()
        self._callers: Counter[tuple[AccountId, str]] = Counter()

    @contextmanager
    def take(self, account: AccountId, caller: str) -> Iterator[bool]:
        """Whether there is a turn for the caller with this id, which it then has to the end of the `with`."""
        has_turn = self._begin(account, caller)
        try:
            yield has_turn
        finally:
            if has_turn:
                self._end(account, caller)

    def _begin(self, account: AccountId, caller: str) -> bool:
        with self._lock:
            if (
                self._accounts.total() >= self._at_once
                or self._accounts[account] >= self._of_account
                or self._callers[account, caller] >= self._of_caller
            ):
                return False
            self._accounts[account] += 1
            self._callers[account, caller] += 1
            return True

    def _end(self, account: AccountId, caller: str) -> None:
        with self._lock:
            # Whoever is at nothing any more is left out by that, too: of them there is no end.
            self._accounts -= Counter([account])
            self._callers -= Counter([(account, caller)])
