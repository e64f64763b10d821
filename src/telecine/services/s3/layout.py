"""Where in the store's folder a file is."""

from collections.abc import Iterator
from pathlib import Path


class Layout:
    """The folder of a store: whole files under `objects/`, files on their way in under `incoming/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = folder / "objects"
        self.incoming = folder / "incoming"

    def place(self, name: str) -> Path:
        """Of a whole file. 256 folders: a million objects are 4,000 files in each."""
        return self.objects / name[:2] / name

    def folders(self) -> list[Path]:
        """The folders of whole files that there are, in order."""
        return sorted(self.objects.iterdir())

    def kept(self) -> Iterator[list[Path]]:
        """The whole files that there are, folder by folder."""
        for folder in self.folders():
            yield sorted(folder.iterdir())

    def arriving(self) -> list[Path]:
        """The files that are on their way in, or were when the server died."""
        return sorted(self.incoming.iterdir())
