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


def team_pseudonym(key: bytes, account_id: str) -> str:
    """Return how a member of the team is called outside it, e.g. `team-5d41402abc4b2a76`.

    It lasts as long as key and account do, whatever the person's name, and never equals an
    author's; `key` is `Settings.pseudonym_key`.
    """
    return f"team-{pseudonym(key, 'desk account', account_id)[:16]}"


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256(_joined(parts)).hexdigest()


def _joined(parts: tuple[str, ...]) -> bytes:
    return "\x1f".join(parts).encode("utf-8", "surrogatepass")
