"""Keys of our own for foreign ids: safe in subjects and addresses, useless without the network."""

import hashlib
import hmac

from services.kit.service import CannotStart
from services.kit.settings import Settings


def pseudonym_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the key that pseudonyms are made with and, behind it, those that did before.

    Raises CannotStart where the process was not given one.
    """
    given = (settings.pseudonym_key, *settings.former_pseudonym_keys)
    keys = tuple(key.get_secret_value().encode() for key in given)
    if not keys[0]:
        raise CannotStart(
            "PSEUDONYM_KEY is missing: give the key that every process on these servers has;"
            " for new servers `dialogwerk secrets` makes one"
        )
    return keys


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
    author's; `key` is the first of `pseudonym_keys`.
    """
    return f"team-{pseudonym(key, 'desk account', account_id)[:16]}"


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256(_joined(parts)).hexdigest()


def _joined(parts: tuple[str, ...]) -> bytes:
    return "\x1f".join(parts).encode("utf-8", "surrogatepass")
