"""A job, followed to its end with a progress bar."""

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

_POLL_SECONDS = 0.25


def follow(mediaconvert: Any, job: dict[str, Any], console: Console) -> dict[str, Any]:
    """The job at its end, watched through a boto3 client of MediaConvert."""
    with bar(console) as progress:
        task = progress.add_task(job["Status"], total=100)
        while job["Status"] in {"SUBMITTED", "PROGRESSING"}:
            time.sleep(_POLL_SECONDS)
            job = mediaconvert.get_job(Id=job["Id"])["Job"]
            done = 100 if job["Status"] == "COMPLETE" else job.get("JobPercentComplete", 0)
            progress.update(task, completed=done, description=job.get("CurrentPhase", job["Status"]))
        progress.update(task, description=job["Status"])
    return job


def bar(console: Console) -> Progress:
    """A progress bar of this command's."""
    return Progress(
        TextColumn("{task.description:<12}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=console
    )
