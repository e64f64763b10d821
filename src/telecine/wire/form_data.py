"""Forms with a file (`multipart/form-data`, RFC 7578), read as they come: fields first, and then the file's bytes.

What stands before the file is small and kept; the file is never held. S3 takes no notice of what follows it.
"""

import re
from collections.abc import Mapping

from telecine.core.errors import ApiError

MAX_FIELDS_BYTES = 20_000
"""S3 user guide, "Creating an HTML form": "form data can be up to 20,000 bytes in size", the file not counted."""
_MAX_REST_BYTES = 64 << 10
"""What may follow the file: fields that nobody reads."""
_MAX_FIELDS = 128

_BOUNDARY = re.compile(
    r'multipart/form-data\s*;(?:.*;)?\s*boundary=(?:"([!#-~ ]{1,70})"|([!-~]{1,70}?))\s*(?:;.*)?', re.IGNORECASE
)
_DISPOSITION = re.compile(r"content-disposition\s*:\s*form-data\b(.*)", re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"\s]+))', re.IGNORECASE)


def boundary(content_type: str | None) -> bytes | None:
    """What stands between the parts of a form; None for what is no form."""
    match = _BOUNDARY.fullmatch(content_type or "")
    return None if match is None else (match[1] or match[2]).encode()


class FormReader:
    """Takes a form apart. Raises `ApiError`, S3's, for one that cannot be read."""

    def __init__(self, between: bytes) -> None:
        self._delimiter = b"\r\n--" + between
        self._buffer = b"\r\n"  # the first delimiter may lack the line end before it
        self._fields: dict[str, str] = {}
        self._fields_size = 0
        self._least = 0
        self._most: int | None = None
        self._size = 0
        self._rest = 0
        self._is_in_prologue = True
        self._is_file_over = False
        self.file_name: str | None = None
        """The name of the file as the client gives it, once its first byte is near; None before."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Those before the file, by lower-case name."""
        return self._fields

    def limit(self, least: int, most: int) -> None:
        """How long the file may be; nothing of it is given out before this is known."""
        self._least, self._most = least, most

    def feed(self, data: bytes) -> bytes:
        """The bytes of the file among the next bytes of the form. Raises EntityTooLarge and its kin."""
        if self._is_file_over:
            self._rest += len(data)
            if self._rest > _MAX_REST_BYTES:
                raise _malformed()
            return b""
        self._buffer += data
        while self.file_name is None and self._read_part():
            pass
        if self.file_name is None:
            if self._fields_size + len(self._buffer) > MAX_FIELDS_BYTES:
                raise _too_many()
            return b""
        return b"" if self._most is None else self._file_bytes(self._most)

    def verify(self, payload: bytes) -> None:
        """Nothing: a form's signature is of its policy, not of its file."""

    def finish(self) -> Mapping[str, str]:
        """No trailers, once the file has ended where it should. Raises IncompleteBody, EntityTooSmall."""
        if self.file_name is None:
            raise _no_file()
        if not self._is_file_over:
            raise _malformed()
        if self._size < self._least:
            raise ApiError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                fields={"ProposedSize": str(self._size), "MinSizeAllowed": str(self._least)},
            )
        return {}

    def _read_part(self) -> bool:
        """Whether another part may be read: one field was whole, and is taken out of the buffer."""
        start = 0
        if self._is_in_prologue:
            start = self._buffer.find(self._delimiter)
            if start < 0:
                return False
        head_at = start + len(self._delimiter)
        after = self._buffer[head_at : head_at + 2]
        if len(after) < 2:
            return False
        if after != b"\r\n":
            raise _no_file() if after == b"--" else _malformed()
        head_end = self._buffer.find(b"\r\n\r\n", head_at)
        if head_end < 0:
            return False
        name, file_name = _named(self._buffer[head_at + 2 : head_end])
        value_at = head_end + 4
        if name == "file":
            self._is_in_prologue = False
            self._buffer = self._buffer[value_at:]
            self.file_name = file_name or ""
            return False
        value_end = self._buffer.find(self._delimiter, value_at)
        if value_end < 0:
            return False
        self._add(name, self._buffer[value_at:value_end])
        self._is_in_prologue = False
        self._fields_size += value_end - start
        self._buffer = self._buffer[value_end:]
        if self._fields_size > MAX_FIELDS_BYTES:
            raise _too_many()
        return True

    def _add(self, name: str, value: bytes) -> None:
        if name in self._fields or len(self._fields) >= _MAX_FIELDS:
            raise _argument("A form field is given more than once, or there are too many fields.", name)
        try:
            self._fields[name] = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _argument("A form field must be UTF-8.", name) from error

    def _file_bytes(self, most: int) -> bytes:
        end = self._buffer.find(self._delimiter)
        if end >= 0:
            found, self._rest, self._buffer = self._buffer[:end], len(self._buffer) - end, b""
            self._is_file_over = True
        else:
            keep = len(self._delimiter) - 1  # the beginning of a delimiter may be the end of these bytes
            at = max(0, len(self._buffer) - keep)
            found, self._buffer = self._buffer[:at], self._buffer[at:]
        self._size += len(found)
        if self._size > most:
            raise ApiError(
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
                fields={"ProposedSize": str(self._size), "MaxSizeAllowed": str(most)},
            )
        return found


def _named(head: bytes) -> tuple[str, str | None]:
    """The name of a part, in lower case, and that of its file."""
    for line in head.decode("utf-8", "replace").split("\r\n"):
        match = _DISPOSITION.fullmatch(line)
        if match is not None:
            found = {key.lower(): quoted or bare for key, quoted, bare in _PARAMETER.findall(match[1])}
            if found.get("name"):
                return found["name"].lower(), found.get("filename")
    raise _malformed()


def _malformed() -> ApiError:
    return ApiError("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.")


def _no_file() -> ApiError:
    return _argument("POST requires exactly one file upload per request.", "file")


def _too_many() -> ApiError:
    return ApiError(
        "MaxPostPreDataLengthExceeded",
        "Your POST request fields preceding the upload file were too large.",
        fields={"MaxPostPreDataLengthBytes": str(MAX_FIELDS_BYTES)},
    )


def _argument(message: str, name: str) -> ApiError:
    return ApiError("InvalidArgument", message, fields={"ArgumentName": name[:64], "ArgumentValue": ""})
