"""Write the playlists, once the segments they name are there."""

from collections.abc import Sequence
from pathlib import Path

from telecine.media import packager
from telecine.media.plan.model import GroupPlan


def write_playlists(groups: Sequence[GroupPlan], folder: Path) -> None:
    """Write every playlist of a plan into the workspace, under the names the packager gives them.

    Raises `PackagingError` when the segments are not those that were planned.
    """
    sizes = {str(file.relative_to(folder)): file.stat().st_size for file in folder.rglob("*") if file.is_file()}
    for group in groups:
        if group.manifest is None:
            continue
        texts = {name: (folder / name).read_text() for name in group.manifest.lists}
        for name, text in packager.playlists(group.manifest, sizes, texts).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
