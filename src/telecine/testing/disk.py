"""Disks that fail: at any step, with any error, and with a loss of power that forgets whatever was not made durable."""

import os
from collections.abc import Callable
from pathlib import Path

from telecine.core.waiting import may_wait
from telecine.services.s3.disk import Buffer, SystemDisk


class PowerCut(BaseException):
    """The machine is off. Nothing catches this, as nothing runs any more."""


class WarmDisk(SystemDisk):
    """The machine's disk when everything is in memory, whatever the file system of the tests says of itself."""

    def __init__(self, reads: list[bool] | None = None) -> None:
        """`reads` gets, for each read of a file, whether waiting was allowed there."""
        self._reads = [] if reads is None else reads

    def read(self, descriptor: int, room: memoryview, place: int) -> int:
        self._reads.append(may_wait())
        return os.preadv(descriptor, [room], place)


class FaultyDisk:
    """The machine's disk, with `before` called before every step; what it raises is how the step ends.

    Steps are `create`, `write`, `sync`, `rename`, `sync_folder`, `remove`, `open` and `read`.
    """

    def __init__(self, before: Callable[[str], None]) -> None:
        self.before = before
        self._disk = SystemDisk()

    def create(self, path: Path) -> int:
        self.before("create")
        return self._disk.create(path)

    def write(self, descriptor: int, data: Buffer) -> int:
        self.before("write")
        return self._disk.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self.before("sync")
        self._disk.sync(descriptor)

    def rename(self, path: Path, place: Path) -> None:
        self.before("rename")
        self._disk.rename(path, place)

    def sync_folder(self, path: Path) -> None:
        self.before("sync_folder")
        self._disk.sync_folder(path)

    def remove(self, path: Path) -> None:
        self.before("remove")
        self._disk.remove(path)

    def open(self, path: Path) -> int:
        self.before("open")
        return self._disk.open(path)

    def read(self, descriptor: int, room: memoryview, place: int) -> int:
        self.before("read")
        return self._disk.read(descriptor, room, place)


class ForgetfulDisk(FaultyDisk):
    """A disk that keeps nothing but what was synced: `lose_power` leaves what a power cut may leave at worst.

    Bytes that were not synced are gone, a name that was given without a sync of its folder is the old one again, and a
    file that was removed without one is back.
    """

    def __init__(self, graveyard: Path, before: Callable[[str], None]) -> None:
        """`graveyard`: an empty folder on the same file system, for what was removed."""
        super().__init__(before)
        self._graveyard = graveyard
        self._count = 0
        self._paths: dict[int, Path] = {}
        self._at_risk: set[Path] = set()
        """Files with bytes that are not synced."""
        self._names: list[tuple[Path, Path]] = []
        """Changes of names that are not synced, in their order: where the file is, and where it was."""

    def create(self, path: Path) -> int:
        descriptor = super().create(path)
        self._paths[descriptor] = path
        self._at_risk.add(path)
        return descriptor

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self._at_risk.discard(self._paths.pop(descriptor))

    def rename(self, path: Path, place: Path) -> None:
        super().rename(path, place)
        self._names.append((place, path))
        if path in self._at_risk:
            self._at_risk.discard(path)
            self._at_risk.add(place)

    def remove(self, path: Path) -> None:
        self.before("remove")
        if path.exists():
            grave = self._graveyard / str(self._count)
            self._count += 1
            path.rename(grave)
            self._names.append((grave, path))

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(path)
        # A name that was given is durable with the folder that has it now, one that was taken with that which had it.
        self._names = [
            (now, before)
            for now, before in self._names
            if (before if now.parent == self._graveyard else now).parent != path
        ]

    def lose_power(self) -> None:
        """What the next start finds is on the disk."""
        for now, before in reversed(self._names):
            if now.exists():
                now.rename(before)
        for path in self._at_risk:
            if path.exists():
                os.truncate(path, 0)
        self._names.clear()
        self._at_risk.clear()
        self._paths.clear()
