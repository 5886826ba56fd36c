"""Secrets at rest: sealed with a key from outside, so that a copy of the database opens nothing."""

import binascii
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from services.kit.service import CannotStart

NEW_KEY = "`openssl rand -base64 32` makes one"


class WrongKey(CannotStart):
    """A key is no key, or what is sealed was sealed with another one."""


class Vault:
    """Seals with the first key, opens with any of them; nothing of a key or secret is shown.

    Fernet (AES-128-CBC with HMAC-SHA256): what was tampered with does not open.
    """

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        if not keys:
            raise CannotStart(f"SECRET_KEYS is missing: networks' secrets need a key; {NEW_KEY}")
        fernets = [_fernet(key.get_secret_value(), place) for place, key in enumerate(keys, 1)]
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)

    def seal(self, text: str) -> bytes:
        return self._newest.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Return the text; raises WrongKey when no key fits."""
        try:
            return self._all.decrypt(sealed).decode()
        except InvalidToken as error:
            raise _wrong() from error

    def resealed(self, sealed: bytes) -> bytes | None:
        """Return it sealed with the first key, None when it is already; raises WrongKey."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return self.seal(self.open(sealed))
        return None


def _fernet(key: str, place: int) -> Fernet:
    """Accept both alphabets of base64, padded or not: key makers differ."""
    plain = key.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return Fernet(plain + "=" * (-len(plain) % 4))
    except (ValueError, binascii.Error) as error:
        raise WrongKey(
            f"key {place} in SECRET_KEYS is no key of 32 bytes in base64; {NEW_KEY}"
        ) from error


def _wrong() -> WrongKey:
    return WrongKey(
        "a secret was sealed with a key that is not in SECRET_KEYS: put that key back, behind the"
        " new one and a comma, or enter the secret again with `dialogwerk networks set`"
    )
