"""One request, from its first byte to its answer.

`pipeline` holds the path as one visible list and is synchronous; `asgi`, the only async module of the house, moves
bytes between it and the client.
"""
