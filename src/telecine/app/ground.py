"""What the api and the worker both stand on: configuration, database, root key, and the faces they share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy.exc import DatabaseError, OperationalError

from telecine.core.clock import Clock
from telecine.core.errors import TelecineError
from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.db import Database, connect
from telecine.edge import record
from telecine.edge.audit import AuditLog
from telecine.migrations import upgrade
from telecine.migrations.tables import metadata
from telecine.seal import RootKey, RootKeyProblem, bind, is_bound
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import SignInAttempt
from telecine.services.kms.crypto import Keys
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.s3.model import STORAGE_CLASSES
from telecine.services.sts.model import ServiceAssumption
from telecine.services.sts.sessions import Sessions


class DatabaseUnreachable(TelecineError):
    """The database does not answer; it may in a while."""


class DatabaseUnusable(TelecineError):
    """What answers is no database of ours, and will not become one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote:
    """Where the worker finds S3 and KMS when they are not this server's."""

    credentials_file: Path
    """Keys of the other server, in AWS's format: for a role by its ARN, or for all as `default`."""
    region: Region
    s3_url: str | None = None
    """None: this server's S3."""
    kms_url: str | None = None
    """None: this server's KMS. `{region}` stands for the region."""
    has_virtual_hosts: bool = False
    """Whether a bucket is part of the host of the other S3, or of the path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """What an operator decides."""

    data_dir: Path
    """Absolute; exists."""
    account: AccountId
    region: Region
    database_url: str | None = None
    """None means SQLite in the data folder."""
    root_key_file: Path | None = None
    """None means `root.key` in the data folder, made when there is none."""
    sandbox: str = "require"
    """`require`, `auto` or `off`."""
    slots: int = 1
    """How many jobs the worker runs at a time."""
    s3_domains: tuple[str, ...] = ()
    """Beside localhost the domains below which the first part of a host's name is a bucket."""
    endpoint_url: str = "http://127.0.0.1:7700"
    """Where the worker finds this server."""
    remote: Remote | None = None
    """None: S3 and KMS are this server's."""
    trust_ca: Path | None = None
    """Certificate authorities whom outbound https trusts beside the public ones."""
    allow_addresses: tuple[str, ...] = ()
    """Blocks such as `10.20.0.0/16` that users' URLs may lead to; without them to public addresses alone."""
    listeners: tuple[tuple[str, int], ...] = ()
    """Address and port of this server's own listeners, which users' URLs may lead to as well."""
    metrics_token: str | None = field(default=None, repr=False)
    """The bearer token with which a scraper elsewhere gets the metrics; None: only this machine gets them."""

    @property
    def has_own_s3(self) -> bool:
        """Whether media are in this server's S3."""
        return self.remote is None or self.remote.s3_url is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What both processes stand on."""

    database: Database
    root_key: RootKey
    directory: Directory
    sessions: Sessions
    keys: Keys
    lifecycle: Lifecycle
    pages: PageTokens
    clock: Clock
    ids: Ids
    audit: AuditLog

    def close(self) -> None:
        """Write what waits, and let go of the database."""
        self.audit.close()
        self.database.close()


def build_ground(
    config: Config,
    *,
    process: str,
    clock: Clock,
    ids: Ids,
    passwords: PasswordHasher | None = None,
    wake: Callable[[], None] = lambda: None,
) -> Ground:
    """The database with this release's schema and its root key, and the faces that both processes use.

    `process` names the audit files. `passwords` hashes at the recommended cost unless a cheaper hasher is given.
    `wake` tells the worker that there may be a job. Raises `DatabaseUnreachable`, `DatabaseUnusable`, `RootKeyProblem`.
    """
    audit = AuditLog(config.data_dir / "audit", clock, name=process)
    database = open_database(config.data_dir, config.database_url)
    try:
        prepare(database)
        root_key = bind(database, _root_key(config, database), metadata, ids.random(32))
    except TelecineError:
        audit.close()
        database.close()
        raise
    pages = PageTokens(root_key.derive("page-tokens"))

    def record_sign_in(attempt: SignInAttempt) -> None:
        audit.write(record.of_sign_in(attempt, event_id=ids.uuid(), account=config.account, region=config.region))

    directory = Directory(database, root_key, clock, ids, pages, passwords=passwords, record=record_sign_in)

    def record_assumption(assumption: ServiceAssumption) -> None:
        audit.write(record.of_assumption(assumption, event_id=ids.uuid(), region=config.region))

    return Ground(
        database=database,
        root_key=root_key,
        directory=directory,
        sessions=Sessions(database, directory, root_key, clock, ids, record=record_assumption),
        keys=Keys(database, root_key, clock, ids, pages, directory.principals, config.region),
        lifecycle=Lifecycle(
            database,
            clock,
            ids,
            pages,
            config.region,
            role_tags=directory.role_tags,
            kept_classes=STORAGE_CLASSES if config.has_own_s3 else None,
            wake=wake,
        ),
        pages=pages,
        clock=clock,
        ids=ids,
        audit=audit,
    )


def open_database(data_dir: Path, url: str | None) -> Database:
    """The server's database, as it is: SQLite in the data folder unless `url` names another."""
    return connect(url or f"sqlite:///{data_dir / 'telecine.db'}")


def prepare(database: Database) -> None:
    """Bring the database to this release's schema. Raises `DatabaseUnreachable`, `DatabaseUnusable`."""
    try:
        upgrade(database)
    except DatabaseError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        if isinstance(error, OperationalError):
            raise DatabaseUnreachable(f"The database cannot be reached: {reason}") from error
        raise DatabaseUnusable(f"The database cannot be used: {reason}") from error


def _root_key(config: Config, database: Database) -> RootKey:
    """An operator's own key must be there; ours in the data folder is made with the first database."""
    path = root_key_path(config)
    if config.root_key_file is not None or path.exists():
        return RootKey.load(path)
    if is_bound(database, metadata):
        raise RootKeyProblem(
            f"The root key {path} is gone, and the database is sealed with it. Put the file back from where you keep "
            "its backup, or name it with --root-key-file: without it access keys and encrypted objects cannot be read."
        )
    return RootKey.create(path)


def root_key_path(config: Config) -> Path:
    """Where the root key is: where the operator says, or in the data folder."""
    return config.root_key_file or config.data_dir / "root.key"
