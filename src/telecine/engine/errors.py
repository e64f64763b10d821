"""How an attempt can end other than well."""

from telecine.core.errors import TelecineError


class JobFailed(TelecineError):
    """The job ends in ERROR with this code and message, both as MediaConvert has them: the user reads them."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class AttemptStopped(TelecineError):
    """This attempt has no right to go on: the job was canceled, its lease is lost, or the worker is ending.

    Nothing is reported for it; whoever took the right away has recorded why.
    """


class EngineFault(TelecineError):
    """Something of ours failed. The text is for the log; the user reads code 1999."""


class StorageUnreachable(TelecineError):
    """S3 did not answer, time and again. That is not the job's fault: it is left to another attempt."""
