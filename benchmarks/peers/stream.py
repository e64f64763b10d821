"""The least that can send a stream: what a served object is measured against. `uvicorn benchmarks.peers.stream:app`."""

import os
from typing import Any

from telecine.wire.http import LONG_BLOCK_BYTES

_WHOLE = 256 << 20
SAME = [bytes(LONG_BLOCK_BYTES)] * (_WHOLE // LONG_BLOCK_BYTES)
"""One block, which stays in the processor's cache however often it is sent: no server of objects can have that."""

_MANY = os.urandom(1 << 20) * (_WHOLE >> 20)
DIFFERENT = [_MANY[at : at + LONG_BLOCK_BYTES] for at in range(0, _WHOLE, LONG_BLOCK_BYTES)]
"""As many blocks, each in memory of its own: an object's way without what is read and decrypted."""
del _MANY


async def app(scope: dict[str, Any], _receive: object, send: Any) -> None:
    """256 MiB in blocks as long as ours: `/same`, or `/different`."""
    if scope["type"] != "http":
        return
    blocks = {"/same": SAME, "/different": DIFFERENT}.get(scope["path"], [])
    length = str(sum(map(len, blocks))).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    for block in blocks:
        await send({"type": "http.response.body", "body": block, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
