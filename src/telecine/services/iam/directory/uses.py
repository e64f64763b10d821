"""When keys and roles were last used: noted with every request, written down once a minute.

IAM user guide, "Getting last used information for access keys": the information is a bookkeeper's, nobody decides on
it. So the generation stays as it is, and a crash may lose the last minute.
"""

import threading
from datetime import datetime, timedelta

from telecine.core.names import AccessKeyId
from telecine.services.iam import store
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.model import KeyUse, OwnedUse, RoleUse

FLUSH_EVERY = timedelta(seconds=60)
"""How long a use may wait to be written down."""


class Uses:
    """The last uses, those that are written down and those that wait."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._mutex = threading.Lock()
        self._keys: dict[str, KeyUse] = {}
        self._roles: dict[str, RoleUse] = {}

    def note_key(self, access_key_id: AccessKeyId, service: str, region: str, at: datetime) -> None:
        """The key signed a request."""
        use = KeyUse(at=at, service=service, region=region)
        with self._mutex:
            self._keys[access_key_id] = use

    def note_role(self, role_id: str, region: str, at: datetime) -> None:
        """A session of the role signed a request."""
        use = RoleUse(at=at, region=region)
        with self._mutex:
            self._roles[role_id] = use

    def flush(self) -> None:
        """Write down what waits, in one transaction that leaves the generation alone."""
        with self._mutex:
            keys, roles = self._keys, self._roles
            self._keys, self._roles = {}, {}
        if not keys and not roles:
            return
        try:
            self._ledger.note(lambda connection: store.uses.save(connection, keys, roles))
        except BaseException:
            # They wait for the next time, unless there is something newer by now.
            with self._mutex:
                self._keys = {**keys, **self._keys}
                self._roles = {**roles, **self._roles}
            raise

    def of_key(self, access_key_id: str) -> OwnedUse | None:
        """Whose key it is and when it was last used, in this process up to this moment; None when there is no such."""
        with self._ledger.read() as connection:
            stored = store.uses.of_key(connection, access_key_id)
        waiting = self._keys.get(access_key_id)
        if stored is None or waiting is None:
            return stored
        return OwnedUse(account=stored.account, user=stored.user, use=waiting)
