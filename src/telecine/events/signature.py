"""How a receiver knows that an event comes from this server: HMAC-SHA-256 over the time and the body.

`Telecine-Signature: t=1893499200,v1=5257a869…` signs the bytes `1893499200.` and then the body. A receiver computes the
same with the sink's secret (its text, as UTF-8), compares in constant time, and refuses what is older than a few
minutes: so nobody can send an old request again. An attempt is signed anew each time.
"""

import hashlib
import hmac
from datetime import datetime

EVENT_ID = "Telecine-Event-Id"
TIMESTAMP = "Telecine-Timestamp"
SIGNATURE = "Telecine-Signature"


def headers(secret: bytes, event_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers of one attempt."""
    seconds = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        EVENT_ID: event_id,
        TIMESTAMP: seconds,
        SIGNATURE: f"t={seconds},v1={_digest(secret, seconds, body)}",
    }


def _digest(secret: bytes, seconds: str, body: bytes) -> str:
    return hmac.new(secret, seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
