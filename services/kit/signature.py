"""The signature of our webhooks: an HMAC over time and raw body, so that nothing can be replayed.

Header `Dialogwerk-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>." + body>`.
"""

import hashlib
import hmac
from datetime import datetime

HEADER = "Dialogwerk-Signature"


def sign(body: bytes, key: bytes, now: datetime) -> str:
    """Return the header's value for a body."""
    seconds = int(now.timestamp())
    return f"t={seconds},v1={mac(key, seconds, body)}"


def mac(key: bytes, seconds: int, body: bytes) -> str:
    """Return the hex HMAC-SHA256 of a body sent at a time."""
    return hmac.new(key, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
