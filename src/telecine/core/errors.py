"""The one error base.

TelecineError
├── ApiError          an answer that a caller of the API is meant to see, in AWS's code and words
├── (MalformedDocument, PlanError, …: a floor's own errors, turned into ApiErrors by the service above)
└── everything else   internal: a caller sees InternalError with the request id, never the text
"""

from collections.abc import Mapping
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})


class TelecineError(Exception):
    """What goes wrong in a way that we foresee."""


class ApiError(TelecineError):
    """An error of the API: code, message and HTTP status as AWS has them.

    `fields` are further members of the error (S3's `BucketName`, `Key`), shown to the caller; `headers` go with the
    answer (S3's `x-amz-delete-marker`).
    Whose fault it is follows from the status: below 500 the sender's.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        fields: Mapping[str, str] = _NOTHING,
        headers: Mapping[str, str] = _NOTHING,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
        self.headers = headers

    @property
    def is_sender_fault(self) -> bool:
        return self.status < 500
