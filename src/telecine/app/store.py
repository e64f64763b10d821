"""What looks after the bytes of objects, beside the server."""

from datetime import timedelta
from pathlib import Path

from telecine.app.ground import Ground
from telecine.services.s3.layout import Layout
from telecine.services.s3.objects.collection import Collector
from telecine.services.s3.objects.datakeys import DataKeys
from telecine.services.s3.objects.inspection import Inspector


def inspector(ground: Ground, data_dir: Path, *, settled: timedelta) -> Inspector:
    """Looks at the store of a data folder; a file that no row names is an orphan once it was written `settled` ago."""
    return Inspector(
        ground.database,
        objects_folder(data_dir),
        DataKeys(ground.root_key, ground.ids, ground.clock, ground.keys),
        now=ground.clock.now(),
        settled=settled,
    )


def collector(ground: Ground, data_dir: Path, *, settled: timedelta) -> Collector:
    """Removes the orphans of the store of a data folder."""
    found = inspector(ground, data_dir, settled=settled)
    return Collector(ground.database, Layout(objects_folder(data_dir)), found)


def objects_folder(data_dir: Path) -> Path:
    """Where a data folder keeps the bytes of objects."""
    return data_dir / "objects"
