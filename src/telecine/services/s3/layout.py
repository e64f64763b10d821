"""Where in the store's folder a file is."""

import re
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{32}")
"""What our files are called."""
_FOLDER = re.compile(r"[0-9a-f]{2}")


class Layout:
    """The folder of a store: whole files under `objects/`, files on their way in under `incoming/`.

    What is there under names that are not ours (a file system's `lost+found`, or what a link leads to) is nobody's
    business here: it is neither read nor removed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "objects"
        self.incoming = folder / "incoming"
        self._objects = str(self.objects)

    def place(self, name: str) -> Path:
        """Of a whole file. 256 folders: a million objects are 4,000 files in each."""
        # One path of one text: joined part by part it costs as much as opening the file.
        return Path(f"{self._objects}/{name[:2]}/{name}")

    def folders(self) -> list[Path]:
        """The folders of whole files that there are, in order."""
        return sorted(path for path in self.objects.iterdir() if _FOLDER.fullmatch(path.name))

    def kept(self) -> Iterator[list[Path]]:
        """The whole files that there are, folder by folder."""
        for folder in self.folders():
            yield _ours(folder)

    def arriving(self) -> list[Path]:
        """The files that are on their way in, or were when the server died."""
        return _ours(self.incoming)


def _ours(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
