"""What waiting jobs cost: the next one's claim, the listing of queues, and from a submit to the first ffmpeg."""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
from sqlalchemy import insert, text

from benchmarks.server import Server, figure, serving
from telecine.core.clock import SystemClock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.db import Database, connect
from telecine.migrations import upgrade
from telecine.services.mediaconvert.lifecycle import QueueQuery
from telecine.services.mediaconvert.tables import DOCUMENTS, JOBS, QUEUES
from telecine.testing.lifecycle import lifecycle_on

ACCOUNT = AccountId("000000000000")
WAITING = 100_000
NUMBER_OF_QUEUES = 20
CLAIMS = 100
LISTINGS = 50
STARTS = 7
CLAIM_LIMIT = 5.0
START_LIMIT = 300.0
ROLE = "bench-role"


def run() -> Iterator[dict[str, Any]]:
    """Medians. Claims and listings are of 100,000 jobs that wait in 20 queues, on SQLite."""
    with tempfile.TemporaryDirectory(prefix="telecine-bench-") as name:
        database = connect(f"sqlite:///{name}/telecine.db")
        upgrade(database)
        _fill(database)
        lifecycle = lifecycle_on(database, SystemClock(), Ids())
        claim = _median(lambda: lifecycle.claim("bench", 3600), CLAIMS)
        first = _median(lambda: lifecycle.queues.page(ACCOUNT, QueueQuery()), 1)
        listing = _median(lambda: lifecycle.queues.page(ACCOUNT, QueueQuery()), LISTINGS)
        database.close()
    yield figure("claim of 100,000 waiting in 20 queues", claim, "ms", ratio=claim / CLAIM_LIMIT, against="5 ms")
    yield figure("ListQueues with 100,000 waiting, the first", first, "ms")
    yield figure("ListQueues with 100,000 waiting", listing, "ms")
    with serving() as server:
        _prepare(server)
        start = statistics.median(_start(server) for _ in range(STARTS))
    yield figure("from submit to the first ffmpeg", start, "ms", ratio=start / START_LIMIT, against="300 ms")


def _median(work: Callable[[], object], times: int) -> float:
    """Milliseconds of this thread's processor: what waits for a disk or for other programs is not the query's."""
    taken = []
    for _ in range(times):
        started = time.thread_time()
        found = work()
        taken.append(time.thread_time() - started)
        assert found is not None
    return 1000 * statistics.median(taken)


def _fill(database: Database) -> None:
    now = SystemClock().now()
    names = [f"q{number}" for number in range(NUMBER_OF_QUEUES)]
    queue = {"account": ACCOUNT, "status": "ACTIVE", "type": "CUSTOM", "pricing_plan": "ON_DEMAND"}
    job = {
        "account": ACCOUNT,
        "role_arn": "r",
        "user_metadata": {},
        "status_update_interval": "SECONDS_60",
        "billing_tags_source": "JOB",
        "status": "SUBMITTED",
        "submitted_at": now,
        "warnings": [],
        "messages": [],
        "hops": [],
        "transitions": [],
    }
    rows = []
    for number in range(WAITING):
        name, priority = names[number % NUMBER_OF_QUEUES], number % 101 - 50
        place = {"queue": name, "priority": priority, "current_queue": name, "current_priority": priority}
        rows.append({**job, **place, "number": number + 1, "id": f"{number}-abcdef"})
    settings = {"Inputs": [{"FileInput": "s3://bench-in/clip.mp4"}], "OutputGroups": []}

    def work(connection: Any) -> None:
        connection.execute(
            insert(QUEUES), [{**queue, "name": name, "created_at": now, "updated_at": now} for name in names]
        )
        connection.execute(insert(JOBS), rows)
        connection.execute(insert(DOCUMENTS), [{"number": row["number"], "settings": settings} for row in rows])
        connection.execute(text("ANALYZE"))

    database.write(work)


def _prepare(server: Server) -> None:
    s3, iam = server.client("s3"), server.client("iam")
    for bucket in ("bench-in", "bench-out"):
        s3.create_bucket(Bucket=bucket)
    s3.upload_file(os.environ["TELECINE_TEST_CLIP"], "bench-in", "clip.mp4")
    service = {"Service": "mediaconvert.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")


def _start(server: Server) -> float:
    """Milliseconds from before CreateJob is sent until an ffmpeg runs; the job is canceled then."""
    client = server.client("mediaconvert")
    client.list_queues()  # a connection, as a client that works has one
    worker = next(child for child in server.process.children() if "worker" in child.cmdline())
    started = time.perf_counter()
    job = client.create_job(Role=f"arn:aws:iam::000000000000:role/{ROLE}", Settings=SETTINGS)["Job"]
    while not _runs_ffmpeg(worker):
        time.sleep(0.002)
    taken = 1000 * (time.perf_counter() - started)
    client.cancel_job(Id=job["Id"])
    while _runs_ffmpeg(worker):
        time.sleep(0.05)
    return taken


def _runs_ffmpeg(worker: psutil.Process) -> bool:
    """Whether a child has become ffmpeg; before, it is the launcher that builds the sandbox."""
    for child in worker.children(recursive=True):
        try:
            if child.name().startswith("ffmpeg"):
                return True
        except psutil.NoSuchProcess:
            continue
    return False


SETTINGS: dict[str, Any] = {
    "Inputs": [
        {
            "FileInput": "s3://bench-in/clip.mp4",
            "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}},
        }
    ],
    "OutputGroups": [
        {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://bench-out/start"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
                    "VideoDescription": {
                        "Width": 640,
                        "Height": 360,
                        "CodecSettings": {
                            "Codec": "H_264",
                            "H264Settings": {
                                "RateControlMode": "QVBR",
                                "MaxBitrate": 1_000_000,
                                "SceneChangeDetect": "ENABLED",
                            },
                        },
                    },
                }
            ],
        }
    ],
}
