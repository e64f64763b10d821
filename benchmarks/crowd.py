"""An account as large as AWS lets one be, written in a few transactions."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from benchmarks.in_process import ACCOUNT
from benchmarks.workload import document
from telecine.app.api import Api
from telecine.core.names import UniqueId
from telecine.services.iam import store
from telecine.services.iam.model import Group, Kind, ManagedPolicy, Role, User

USERS, ROLES, POLICIES, GROUPS = 4_980, 990, 1_400, 290
CROWD = "5,000 users, 1,000 roles and 1,500 policies"

_TRUST = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"mediaconvert.amazonaws.com"},
"Action":"sts:AssumeRole"}]}"""


def crowd(api: Api) -> None:
    """Fill the account to some entities below its quotas. IAM is changed afterwards like after any other write."""
    now = api.ground.clock.now().replace(microsecond=0)
    ids = api.ground.ids

    def common(prefix: str, kind: Kind, number: int) -> dict[str, Any]:
        return {
            "unique_id": UniqueId(ids.unique_id(prefix)),
            "kind": kind,
            "account": ACCOUNT,
            "name": f"{kind}-{number:05d}",
            "path": f"/division-{number % 7}/",
            "created_at": now,
            "tags": {"number": str(number), "team": f"team-{number % 20}"},
        }

    def users(connection: Connection, number: int) -> None:
        store.insert_user(connection, User(**common("AIDA", Kind.USER, number)))

    def groups(connection: Connection, number: int) -> None:
        store.insert_group(connection, Group(**{**common("AGPA", Kind.GROUP, number), "tags": {}}))

    def roles(connection: Connection, number: int) -> None:
        role = Role(
            **common("AROA", Kind.ROLE, number),
            trust_policy=_TRUST,
            trust_principals={},
            description="One of many.",
            max_session_seconds=3600,
        )
        store.insert_role(connection, role)

    def policies(connection: Connection, number: int) -> None:
        policy = ManagedPolicy(
            unique_id=UniqueId(ids.unique_id("ANPA")),
            account=ACCOUNT,
            name=f"policy-{number:05d}",
            path="/",
            description="One of many.",
            created_at=now,
            updated_at=now,
            default_version=1,
            tags={},
        )
        store.policies.create(connection, policy, document(number % 50))

    _write(api, users, USERS)
    _write(api, groups, GROUPS)
    _write(api, roles, ROLES)
    _write(api, policies, POLICIES)


def _write(api: Api, insert: Callable[[Connection, int], None], count: int) -> None:
    def work(connection: Connection) -> None:
        for number in range(count):
            insert(connection, number)

    api.ground.database.write(work)
