"""Bytes in and out of buckets: against moto_server, whose objects are in memory, and against bare streams."""

import io
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import psutil

from benchmarks.peers.processes import Peer, bare_stream, moto
from benchmarks.requests import signed_message
from benchmarks.server import Server, figure, serving
from telecine.services.s3.packets import KEY_BYTES, SALT_BYTES, Sealer
from telecine.wire.http import BLOCK_BYTES

BUCKET = "bench-bucket"
LARGE = 256 << 20
SMALL = b"x" * 4096
ROUNDS = 3
STREAM_ROUNDS = 9
"""Rounds that take a third of a second each are many: such a short time is easily disturbed."""
SMALL_COUNT = 300
HUGE = 5 << 30
SLOW_READERS = 64
LIMIT_GROWTH = 64 << 20


def run() -> Iterator[dict[str, Any]]:
    """Throughput, CPU and memory of objects, encrypted as every object is."""
    with serving() as server:
        server.client("s3").create_bucket(Bucket=BUCKET)
        with moto() as peer:
            if peer is not None:
                peer.client("s3").create_bucket(Bucket=BUCKET)
                yield from _large(server, peer)
                yield from _small(server, peer)
        yield from _encryption(server)
        yield from _against_bare_streams(server)
        yield from _memory(server)
        yield from _slow_readers(server)


def _large(server: Server, peer: Peer) -> Iterator[dict[str, Any]]:
    """One boto3 client puts and gets an object of 256 MiB, here and there in turns."""
    body = os.urandom(1 << 20) * (LARGE >> 20)
    ours, theirs = server.client("s3"), peer.client("s3")

    def put(client: Any) -> None:
        client.put_object(Bucket=BUCKET, Key="large", Body=io.BytesIO(body))

    def get(client: Any) -> None:
        for _ in client.get_object(Bucket=BUCKET, Key="large")["Body"].iter_chunks(1 << 20):
            pass

    for name, work, limit in (("PUT", put, 1.5), ("GET", get, 1.3)):
        # mypy does not infer the type of a lambda with a default.
        ratios, seconds = _paired(lambda work=work: work(ours), lambda work=work: work(theirs))  # type: ignore[misc]
        yield figure(
            f"S3 {name} of 256 MiB through boto3",
            LARGE / 1e6 / statistics.median(seconds),
            "MB/s",
            ratio=statistics.median(ratios),
            against=f"moto_server's rate; at least {limit}",
        )


def _encryption(server: Server) -> Iterator[dict[str, Any]]:
    """The server's CPU for a PUT, and what of it goes into encryption: the same bytes, sealed here by the same code.

    A sealed file is written in place of a plain one, so the rest of a PUT is what it would cost without encryption.
    """
    body = os.urandom(1 << 20) * (LARGE >> 20)
    s3 = server.client("s3")
    key = server.client("kms").create_key(Description="bench")["KeyMetadata"]["KeyId"]
    blocks = [body[at : at + BLOCK_BYTES] for at in range(0, LARGE, BLOCK_BYTES)]

    def seal() -> float:
        """CPU seconds of sealing alone. A block has just come, as in a server, and is in the processor's cache."""
        sealer, spent = Sealer(os.urandom(KEY_BYTES), "bench", os.urandom(SALT_BYTES)), 0.0
        for block in blocks:
            arrived = bytearray(block)
            before = time.thread_time()
            for _ in sealer.seal(arrived):
                pass
            spent += time.thread_time() - before
        return spent

    for name, terms in (
        ("SSE-S3", {"ServerSideEncryption": "AES256"}),
        ("SSE-KMS", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}),
    ):

        def put(terms: dict[str, str] = terms) -> None:
            s3.put_object(Bucket=BUCKET, Key="encrypted", Body=io.BytesIO(body), **terms)

        spent = [(_cpu(server.api(), put), seal()) for _ in range(ROUNDS)]
        yield figure(f"CPU of a PUT of 256 MiB, {name}", statistics.median(whole for whole, _ in spent) * 1e3, "ms CPU")
        yield figure(
            f"CPU of encryption in a PUT of 256 MiB, {name}",
            statistics.median(sealing for _, sealing in spent) * 1e3,
            "ms CPU",
            ratio=statistics.median(sealing / whole for whole, sealing in spent),
            against="the api process's CPU of the PUT; at most 0.15",
        )
    s3.delete_object(Bucket=BUCKET, Key="encrypted")


def _small(server: Server, peer: Peer) -> Iterator[dict[str, Any]]:
    """One boto3 client, objects of 4 KiB: the servers' CPU per GET, and PUTs a second, each durable (here)."""
    ours, theirs = server.client("s3"), peer.client("s3")
    for client in (ours, theirs):
        client.put_object(Bucket=BUCKET, Key="small", Body=SMALL)

    def get(client: Any) -> None:
        for _ in range(SMALL_COUNT):
            client.get_object(Bucket=BUCKET, Key="small")["Body"].read()

    def put(client: Any) -> None:
        for number in range(SMALL_COUNT):
            client.put_object(Bucket=BUCKET, Key=f"small-{number}", Body=SMALL)

    spent = [(_cpu(server.api(), lambda: get(ours)), _cpu(peer.process, lambda: get(theirs))) for _ in range(ROUNDS)]
    yield figure(
        "S3 GET of 4 KiB",
        statistics.median(mine for mine, _ in spent) / SMALL_COUNT * 1e6,
        "us CPU",
        ratio=statistics.median(mine / other for mine, other in spent),
        against="moto_server's CPU; at most 0.2",
    )
    ratios, seconds = _paired(lambda: put(ours), lambda: put(theirs))
    yield figure(
        "durable S3 PUTs of 4 KiB",
        SMALL_COUNT / statistics.median(seconds),
        "a second",
        ratio=statistics.median(ratios),
        against="moto_server's rate, in memory; at least 1",
    )


def _against_bare_streams(server: Server) -> Iterator[dict[str, Any]]:
    """An SSE-KMS object against as many bytes from memory, by the same client, which only counts.

    The limit is about blocks that are all different, as those of an object are. One that is sent again and again stays
    in the processor's cache, and shows what the rest of the way costs.
    """
    key = server.client("kms").create_key(Description="bench")["KeyMetadata"]["KeyId"]
    server.client("s3").put_object(
        Bucket=BUCKET,
        Key="sealed",
        Body=io.BytesIO(os.urandom(1 << 20) * (LARGE >> 20)),
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
    )
    with bare_stream() as peer:
        messages = {
            "mine": (server.url, signed_message(server, "s3", "GET", f"/{BUCKET}/sealed")),
            "same": (peer.url, b"GET /same HTTP/1.1\r\nHost: x\r\n\r\n"),
            "different": (peer.url, b"GET /different HTTP/1.1\r\nHost: x\r\n\r\n"),
        }
        taken: dict[str, list[float]] = {name: [] for name in messages}
        for _ in range(STREAM_ROUNDS):
            for name, (url, message) in messages.items():
                taken[name].append(_seconds(partial(_drain, url, message)))
    for name, against in (
        ("same", "a bare uvicorn stream of the same blocks from the processor's cache"),
        ("different", "a bare uvicorn stream of as many different blocks from memory; at least 0.6"),
    ):
        yield figure(
            "GET of an SSE-KMS object",
            LARGE / 1e6 / statistics.median(taken["mine"]),
            "MB/s",
            ratio=statistics.median(bare / mine for bare, mine in zip(taken[name], taken["mine"], strict=True)),
            against=against,
        )


def _memory(server: Server) -> Iterator[dict[str, Any]]:
    """How much the server grows while 5 GiB go in and come out."""
    s3 = server.client("s3")
    body = _Zeros(HUGE)
    checksum = {"ChecksumAlgorithm": "CRC32"}
    grown = _growth(server.api(), lambda: s3.put_object(Bucket=BUCKET, Key="huge", Body=body, **checksum))
    yield figure(
        "growth at a PUT of 5 GiB", grown / 1e6, "MB", ratio=grown / LIMIT_GROWTH, against="the limit of 64 MiB"
    )
    message = signed_message(server, "s3", "GET", f"/{BUCKET}/huge")
    grown = _growth(server.api(), lambda: _drain(server.url, message))
    yield figure(
        "growth at a GET of 5 GiB", grown / 1e6, "MB", ratio=grown / LIMIT_GROWTH, against="the limit of 64 MiB"
    )
    s3.delete_object(Bucket=BUCKET, Key="huge")


def _slow_readers(server: Server) -> Iterator[dict[str, Any]]:
    """64 clients that do not read what they asked for, and how long a 65th waits for 4 KiB meanwhile."""
    s3 = server.client("s3")
    s3.put_object(Bucket=BUCKET, Key="small", Body=SMALL)
    s3.put_object(Bucket=BUCKET, Key="slow", Body=io.BytesIO(bytes(LARGE)))

    def get() -> None:
        s3.get_object(Bucket=BUCKET, Key="small")["Body"].read()

    alone = statistics.median(_seconds(get) for _ in range(50))
    message = signed_message(server, "s3", "GET", f"/{BUCKET}/slow")
    address = urlsplit(server.url)
    readers = [socket.create_connection((address.hostname, address.port)) for _ in range(SLOW_READERS)]
    for reader in readers:
        reader.sendall(message)
    time.sleep(2)
    among = statistics.median(_seconds(get) for _ in range(50))
    for reader in readers:
        reader.close()
    yield figure(
        "GET of 4 KiB beside 64 readers that stand still", among * 1e3, "ms", ratio=among / alone, against="alone"
    )


class _Zeros(io.RawIOBase):
    """A body of nothing but zeros that is nowhere in memory."""

    def __init__(self, size: int) -> None:
        self._size, self._at = size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._size - self._at)
        buffer[:count] = bytes(count)
        self._at += count
        return count


def _paired(mine: Callable[[], object], other: Callable[[], object]) -> tuple[list[float], list[float]]:
    """How many times faster than `other` each round's `mine` was, and its seconds."""
    ratios, seconds = [], []
    for _ in range(ROUNDS):
        taken = _seconds(mine)
        ratios.append(_seconds(other) / taken)
        seconds.append(taken)
    return ratios, seconds


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _cpu(process: psutil.Process, work: Callable[[], object]) -> float:
    """CPU seconds that `process` and its children spend on `work`."""

    def spent() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in [process, *process.children(recursive=True)])

    before = spent()
    work()
    return spent() - before


def _growth(process: psutil.Process, work: Callable[[], object]) -> int:
    """By how many bytes the resident set of `process` is larger at most during `work` than before it."""
    before = highest = process.memory_info().rss
    is_over = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not is_over.wait(0.05):
            highest = max(highest, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        is_over.set()
        watcher.join()
    return int(highest - before)


def _drain(url: str, message: bytes) -> None:
    """Send one request and read its answer to the end, counting bytes alone."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(message)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1 << 16)
        head, _, body = head.partition(b"\r\n\r\n")
        if head.split(b" ", 2)[1] != b"200":
            raise RuntimeError(head.decode())
        left = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) - len(body)
        buffer = bytearray(1 << 20)
        while left > 0:
            count = connection.recv_into(buffer)
            if not count:
                raise RuntimeError("the stream ended early")
            left -= count
