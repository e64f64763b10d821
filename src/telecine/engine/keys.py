"""Data keys of inputs, opened by KMS with the rights of the job's role."""

from collections.abc import Callable, Mapping
from typing import Protocol

from telecine.core.errors import TelecineError
from telecine.engine.aws import Clients, Endpoint, TransportError
from telecine.services.sts.model import SessionCredentials


class KeyRefused(TelecineError):
    """KMS did not open a data key."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"Decrypt: {code} {detail}".rstrip())
        self.code = code
        """KMS's error code; `NoAnswer` when there was none."""

    @property
    def is_silence(self) -> bool:
        return self.code == "NoAnswer"

    @property
    def is_denied(self) -> bool:
        return self.code == "AccessDeniedException"

    @property
    def is_no_ciphertext(self) -> bool:
        """It is no ciphertext of KMS, or was made for another encryption context."""
        return self.code == "InvalidCiphertextException"


class OtherRegion(TelecineError):
    """A data key of a region in which this server, the only one that may be asked, is not. The text says which."""


class DataKeys(Protocol):
    """What the engine asks of KMS."""

    def decrypt(self, blob: bytes, context: Mapping[str, str], region: str | None) -> bytes:
        """The key in clear. `region` is where KMS made the ciphertext; None: where the engine is.

        Raises `KeyRefused`, `OtherRegion`.
        """
        ...


class Kms:
    """Opens data keys at one KMS."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._clients = Clients("kms", endpoint)

    def open(self, session: Callable[[], SessionCredentials], role_arn: str) -> "KmsDataKeys":
        """Data keys as a role may open them; `session` gives its credentials of the moment."""
        return KmsDataKeys(self._clients, self._endpoint, self._endpoint.credentials(session, role_arn))


class KmsDataKeys:
    """`DataKeys` over boto3."""

    def __init__(self, clients: Clients, endpoint: Endpoint, credentials: Callable[[], SessionCredentials]) -> None:
        self._clients = clients
        self._endpoint = endpoint
        self._credentials = credentials

    def decrypt(self, blob: bytes, context: Mapping[str, str], region: str | None) -> bytes:
        own = self._endpoint.region
        if region not in {None, own} and self._endpoint.remote is None:
            raise OtherRegion(f"KMS of this server is in {own}, not in {region}")
        client = self._clients.client(self._credentials(), region)
        try:
            key: bytes = client.decrypt(CiphertextBlob=blob, EncryptionContext=dict(context))["Plaintext"]
        except client.exceptions.ClientError as problem:
            error = problem.response["Error"]
            raise KeyRefused(error["Code"], error.get("Message", "")) from problem
        except TransportError as problem:
            raise KeyRefused("NoAnswer", str(problem)) from problem
        return key
