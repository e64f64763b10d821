"""Where the engine finds S3 and KMS, as whom it goes there, and the boto3 clients that do it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3.session

from telecine.engine.remote import RemoteCredentials
from telecine.services.sts.model import SessionCredentials

# boto3 is the engine's one window on AWS; these three it carries without a name of its own.
_botocore = boto3.session.botocore
TransportError: type[Exception] = _botocore.exceptions.BotoCoreError
"""What boto3 raises when no answer comes."""
_Config = _botocore.config.Config
_Session = _botocore.session.Session
_UNSIGNED = _Config(signature_version=_botocore.UNSIGNED)
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One of AWS's services, at this server or at another."""

    url: str
    """With `{region}` where the region belongs, if it is part of the address."""
    region: str
    """What requests are signed for, unless they ask for another."""
    remote: RemoteCredentials | None = None
    """Keys of another server. None: it is this server, and goes by the session of the job's role."""
    trusted: str | None = None
    """The path of a bundle of certificate authorities (`trust.trusting`); None: the public ones."""

    def credentials(self, session: Callable[[], SessionCredentials], role_arn: str) -> Callable[[], SessionCredentials]:
        """As whom a job of this role goes there. A session of ours is never shown to another server."""
        remote = self.remote
        return session if remote is None else lambda: remote.of(role_arn)


class Clients:
    """Makes clients of one service at one endpoint."""

    def __init__(self, service: str, endpoint: Endpoint, **config: object) -> None:
        """`config` is botocore's, beside what every client of the engine has."""
        # The operator's own profiles and credential files must not reach the engine, nor break it.
        blank = dict.fromkeys(("profile", "config_file", "credentials_file"), (None, None, None, None))
        self._session = boto3.session.Session(botocore_session=_Session(session_vars=blank))
        self._service = service
        self._endpoint = endpoint
        self._config = _Config(
            retries={"mode": "standard", "total_max_attempts": 6},
            max_pool_connections=16,
            connect_timeout=10,
            read_timeout=60,
            # None: the environment's, which must not catch loopback
            proxies={} if urlsplit(endpoint.url).hostname in _LOOPBACK else None,
            **config,
        )
        self._lock = threading.Lock()  # making clients is not safe in several threads; using them is

    def warm_up(self) -> None:
        """Load the service's model, and all else that the first client of a process needs."""
        with self._lock:
            # Without credentials, and never used.
            self._session.client(self._service, region_name=self._endpoint.region, config=self._config.merge(_UNSIGNED))

    def client(self, credentials: SessionCredentials, region: str | None = None) -> Any:
        """A client that holds these credentials and looks for no others. Without a region: the endpoint's."""
        region = region or self._endpoint.region
        with self._lock:
            return self._session.client(
                self._service,
                region_name=region,
                endpoint_url=self._endpoint.url.replace("{region}", region),
                verify=self._endpoint.trusted,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token or None,
                config=self._config,
            )
