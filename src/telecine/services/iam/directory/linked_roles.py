"""Service-linked roles: roles that a service has for itself, which nobody else changes.

IAM user guide, "Using service-linked roles". They are made and deleted by calls of their own; what they may do is a
policy of AWS's.
"""

import json

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.linked_services import LINKED_SERVICES, LinkedService
from telecine.services.iam.directory.managed import AWS_POLICIES
from telecine.services.iam.directory.roles import Roles, required_role
from telecine.services.iam.model import Kind, Role


class LinkedRoles:
    """The service-linked roles of the account."""

    def __init__(self, ledger: Ledger, roles: Roles, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._roles = roles
        self._clock = clock
        self._ids = ids

    def create(
        self, account: AccountId, principal: str, *, description: str | None = None, suffix: str | None = None
    ) -> Role:
        """The role of a service, with its policy. Raises `InvalidInput`, `LimitExceeded`.

        `InvalidInput`: the service has no such roles, takes no suffix, or has its role already.
        """
        service = LINKED_SERVICES.get(principal)
        if service is None:
            raise errors.no_linked_role(principal)
        if suffix is not None:
            raise errors.no_suffix(principal)
        role = self._roles.draw(
            account,
            service.role_name,
            _trust(service),
            path=service.role_path,
            description=service.description if description is None else description,
        )

        def work(connection: Connection) -> Role:
            if store.ROLES.find(connection, account, role.name) is not None:
                raise errors.linked_role_exists(role.name)
            stored = self._roles.insert(connection, role)
            store.permissions.attach(connection, stored, AWS_POLICIES[service.policy_arn].policy)
            return stored

        return self._ledger.write(work)

    def delete(self, account: AccountId, name: str) -> str:
        """Remove a service-linked role with its policy; the id of the task that did it. Raises `NoSuchEntity`.

        No service here holds anything in the name of its role, so that nothing can stand in the way.
        """
        now = self._clock.now()
        task = self._ids.uuid()

        def work(connection: Connection) -> str:
            role = required_role(connection, account, name)
            if not role.is_service_linked:
                raise errors.no_such(Kind.ROLE, name)
            task_id = f"task{role.path}{role.name}/{task}"
            for policy in store.permissions.attached(connection, role, path_prefix="/"):
                store.permissions.detach(connection, role, policy.arn)
            store.ROLES.delete(connection, role.unique_id)
            store.linked_roles.note_deletion(connection, account, task_id, now)
            return task_id

        return self._ledger.write(work)

    def require_deletion(self, account: AccountId, task_id: str) -> None:
        """Raise `NoSuchEntity` unless that task has deleted a role of the account."""
        with self._ledger.read() as connection:
            if not store.linked_roles.is_deleted(connection, account, task_id):
                raise errors.no_such_deletion(task_id)


def _trust(service: LinkedService) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service.principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
