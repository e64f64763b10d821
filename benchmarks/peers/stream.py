"""The least that can send a stream: what a served object is measured against. `uvicorn benchmarks.peers.stream:app`."""

from typing import Any

BLOCK = bytes(1 << 20)


async def app(scope: dict[str, Any], _receive: object, send: Any) -> None:
    """As many blocks of 1 MiB as the path's last word says."""
    if scope["type"] != "http":
        return
    count = int(scope["path"].rpartition("/")[2] or 0)
    length = str(count * len(BLOCK)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    for _ in range(count):
        await send({"type": "http.response.body", "body": BLOCK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
