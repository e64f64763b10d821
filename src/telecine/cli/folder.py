"""The data folder: made on first use, held by one server at a time, and home of the files a person may look for."""

import configparser
import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from telecine.core.errors import TelecineError

_ENDPOINT = "endpoint.json"
CA_CERTIFICATE = "ca.pem"
"""What clients of https trust."""


class FolderInUse(TelecineError):
    """Another server works on the folder."""


class FolderUnusable(TelecineError):
    """The folder cannot be made or written to."""


class NoServerYet(TelecineError):
    """No server has ever been started on the folder."""


class NoCredentials(TelecineError):
    """The folder holds no credentials."""


class FolderLock:
    """Holds `DIR/<name>.lock` until this process ends, however it ends."""

    def __init__(self, folder: Path, name: str, *, holder: str = "server", patience_seconds: float = 0.0) -> None:
        """Raises `FolderInUse` when another process, a `holder`, still holds it after `patience_seconds`, and
        `FolderUnusable`."""
        path = folder / f"{name}.lock"
        try:
            # No link is followed: root, who may run a command here, would empty whatever it leads to.
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise FolderUnusable(f"{path} cannot be opened: {error.strerror}.") from error
        deadline = time.monotonic() + patience_seconds
        while not self._is_taken():
            if time.monotonic() >= deadline:
                process = os.pread(self._descriptor, 20, 0).decode().strip() or "?"
                os.close(self._descriptor)
                raise FolderInUse(f"{folder} is in use by another {holder} (process {process}).")
            time.sleep(0.05)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def _is_taken(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let the next one have it."""
        os.close(self._descriptor)


def prepare(folder: Path) -> Path:
    """The folder as an absolute path, made if need be (mode 0700). Raises `FolderUnusable`."""
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except FileExistsError as error:
        raise FolderUnusable(f"{folder} is a file. Name a folder with --data-dir.") from error
    except OSError as error:
        raise FolderUnusable(
            f"The data folder {folder} cannot be used: {error.strerror}. Choose another one with --data-dir."
        ) from error
    return folder


def existing(folder: Path) -> Path:
    """The folder of a server that has been started before, absolute. Raises `NoServerYet`."""
    folder = folder.expanduser().absolute()
    if not (folder / _ENDPOINT).is_file():
        raise NoServerYet(f"No server has been started on {folder}. Run: telecine serve --data-dir {folder}")
    return folder


def write_secret(path: Path, text: str) -> None:
    """Write `text` to `path`, readable by its owner alone, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    put_in_place(draft, path)


def put_in_place(draft: Path, path: Path) -> None:
    """Give a finished file its name, for good: whatever happens from here on, `path` is the new file."""
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_credentials(path: Path, profiles: Mapping[str, tuple[str, str]]) -> None:
    """Write access keys, each with its secret, by profile, in the form that every AWS client reads."""
    write_secret(
        path,
        "\n".join(
            f"[{name}]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
            for name, (key_id, secret) in profiles.items()
        ),
    )


def read_credentials(path: Path) -> dict[str, tuple[str, str]]:
    """The access keys of `path`, each with its secret, by profile. Raises `NoCredentials`."""
    parser = configparser.RawConfigParser(default_section="]")  # no profile can be called so: all are profiles
    try:
        parser.read_string(path.read_text())
        return {
            name: (parser[name]["aws_access_key_id"], parser[name]["aws_secret_access_key"])
            for name in parser.sections()
        }
    except (OSError, KeyError, configparser.Error) as error:
        raise NoCredentials(
            f"{path} holds no credentials. With the data folder at hand, root can always make a key: "
            f"telecine account root --create-access-key --data-dir {path.parent}"
        ) from error


def write_endpoint(
    folder: Path,
    *,
    url: str,
    account: str,
    region: str,
    https_url: str | None = None,
    has_own_ca: bool = True,
    root_key: Path | None = None,
) -> None:
    """Note where the server of `folder` answers, for `telecine env`, whether its own authority speaks for https, and
    from where it reads its root key, if not from the folder."""
    noted = {"url": url, "account": account, "region": region}
    if root_key is not None:
        noted["root_key"] = str(root_key)
    if https_url is not None:
        noted["https_url"] = https_url
        if has_own_ca:
            noted["ca"] = str(folder / CA_CERTIFICATE)
    write_secret(folder / _ENDPOINT, json.dumps(noted) + "\n")


def read_endpoint(folder: Path) -> Mapping[str, str]:
    """`url`, `account` and `region` of the folder's server, as it was started last; `https_url` if it has one, `ca` if
    clients have to trust that certificate, `root_key` the file of its root key if that is not in the folder.

    Raises `NoServerYet`.
    """
    endpoint: Mapping[str, str] = json.loads((existing(folder) / _ENDPOINT).read_text())
    return endpoint


def access_key(path: Path, profile: str = "default") -> tuple[str, str]:
    """The access key of one profile with its secret. Raises `NoCredentials`."""
    profiles = read_credentials(path)
    if profile not in profiles:
        raise NoCredentials(f"{path} has no profile {profile}, only: {', '.join(profiles)}.")
    return profiles[profile]
