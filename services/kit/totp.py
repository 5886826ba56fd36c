"""Time-based one-time passwords as of RFC 6238: SHA-1, six digits, steps of 30 seconds."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP = 30
DIGITS = 6
DRIFT = 1
"""Steps that a clock may go wrong, either way."""


def new_secret() -> str:
    """Return 160 random bits in base32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_of(now: datetime) -> int:
    """Return the number of the time step."""
    return int(now.timestamp()) // STEP


def code_of(secret: str, step: int) -> str:
    """Return the code of one time step (RFC 4226, section 5.3)."""
    key = base64.b32decode(secret)
    mac = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """Return the step whose code this is, None for a wrong code.

    Steps up to `after` do not count: a code that was used once opens nothing again.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not typed.isascii():
        return None
    current = step_of(now)
    for step in range(current - DRIFT, current + DRIFT + 1):
        if step > after and hmac.compare_digest(code_of(secret, step), typed):
            return step
    return None


def address(secret: str, *, issuer: str, account: str) -> str:
    """Return the `otpauth:` address that an authenticator app reads from a QR code."""
    label = quote(f"{issuer}:{account}", safe=":")
    fields = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?{fields}"
