"""The path of a request, as everybody but S3 means it."""

import re

_DOTS = re.compile(r"//|/\.")


def resolved(raw_path: str) -> str:
    """`raw_path` without dot segments (RFC 3986, 5.2.4) and doubled slashes, still percent-encoded.

    Signatures cover this form, so routing takes it too: otherwise `/jobs/../queues/x` could be signed as one thing
    and done as another.
    """
    if _DOTS.search(raw_path) is None:
        return raw_path or "/"
    kept: list[str] = []
    segments = raw_path.split("/")
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    tail = "/" if kept and segments[-1] in ("", ".", "..") else ""
    return f"/{'/'.join(kept)}{tail}"
