"""The artifacts of a job, and their way into the bucket."""

from pathlib import Path
from typing import Any

from telecine.engine.steps.publish import Publication, publishables
from telecine.media.plan.model import Artifact
from telecine.services.mediaconvert.model import Outcome
from telecine.testing.storage import FolderStore

ARTIFACTS = (
    Artifact(source="main.m3u8", destination="s3://out/film.m3u8", content_type="application/x-mpegURL",
             is_playlist=True, order=2),
    Artifact(source="hls/child.m3u8", destination="s3://out/film_720p.m3u8", content_type="application/x-mpegURL",
             is_playlist=True, order=1),
    Artifact(source="hls/*.ts", destination="s3://out/film_720p_*.ts", content_type="video/mp2t", is_pattern=True),
    Artifact(source="film.mp4", destination="s3://out/film.mp4", content_type="video/mp4"),
)  # fmt: skip
KEYS = ["film.m3u8", "film.mp4", "film_720p.m3u8", "film_720p_00001.ts", "film_720p_00002.ts"]


def publish(desk: Any, store: FolderStore, claim: Any, watched: Any, folder: Path) -> None:
    entries = publishables(ARTIFACTS, folder)
    with Publication(store, desk.lifecycle, claim) as publication:
        publication.upload(entries, watched.watch)
        publication.reveal(entries, watched.watch)
        desk.lifecycle.complete(claim, Outcome(groups=()))
