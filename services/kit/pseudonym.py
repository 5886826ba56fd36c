"""Keys of our own for foreign ids: safe in subjects and addresses, useless without the network."""

import hashlib
import hmac


def short_key(*parts: str) -> str:
    """Return 16 hex digits of SHA-256 over the parts."""
    return _digest(parts)[:16]


def long_key(*parts: str) -> str:
    """Return 32 hex digits of SHA-256 over the parts."""
    return _digest(parts)[:32]


def pseudonym(key: bytes, *parts: str) -> str:
    """Return 32 hex digits of HMAC-SHA256: without the key nobody can test a guess."""
    return hmac.new(key, _joined(parts), hashlib.sha256).hexdigest()[:32]


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256(_joined(parts)).hexdigest()


def _joined(parts: tuple[str, ...]) -> bytes:
    return "\x1f".join(parts).encode("utf-8", "surrogatepass")
