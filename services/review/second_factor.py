"""The second factor: codes of an authenticator app, and recovery codes for when it is lost."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import segno

from services.kit import totp
from services.kit.db import Connection
from services.kit.vault import Vault
from services.store import people, second_factors

RECOVERY_CODES = 10
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Letters and digits that nobody mistakes for one another."""
GROUPS, LENGTH = 4, 4
"""A recovery code has 16 signs of 30: 78 bits, so that a plain hash keeps it safe."""


@dataclass(frozen=True)
class SecondFactors:
    """Sets up and checks second factors; secrets are sealed in the database."""

    vault: Vault

    async def offer(self, connection: Connection, account_id: str) -> None:
        """Make a new secret, which counts as soon as its owner confirms it with a code."""
        sealed = self.vault.seal(totp.new_secret())
        await second_factors.offer(connection, account_id, sealed)

    async def offered(self, connection: Connection, account_id: str) -> str | None:
        """Return the secret that waits for its first code."""
        sealed = await second_factors.read_offered(connection, account_id)
        return self.vault.open(sealed) if sealed else None

    async def confirm(
        self, connection: Connection, account_id: str, code: str
    ) -> Sequence[str] | None:
        """Make the offered secret count and return new recovery codes; None for a wrong code."""
        secret = await self.offered(connection, account_id)
        step = totp.matching_step(secret, code, datetime.now(UTC), after=0) if secret else None
        if step is None:
            return None
        await second_factors.confirm(connection, account_id, step)
        await people.add_event(connection, account_id, "second_on", by=account_id)
        return await renew_recovery(connection, account_id)

    async def accepts(self, connection: Connection, account_id: str, code: str) -> bool:
        """Check a code of the app, or a recovery code, and use it up.

        The account's row is held, so that of two who send the same code at once one comes in.
        """
        found = await second_factors.lock_secret(connection, account_id)
        if found is None:
            return False
        sealed, used = found
        step = totp.matching_step(self.vault.open(sealed), code, datetime.now(UTC), after=used)
        if step is None:
            return await second_factors.use_recovery(connection, account_id, recovery_hash(code))
        await second_factors.save_step(connection, account_id, step)
        return True


async def renew_recovery(connection: Connection, account_id: str) -> Sequence[str]:
    """Return new recovery codes; they are never shown again, and the old ones are void."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    hashes = [recovery_hash(code) for code in codes]
    await second_factors.save_recovery(connection, account_id, hashes)
    return codes


def recovery_hash(code: str) -> str:
    """Return what is stored of a recovery code, however it was typed."""
    plain = "".join(sign for sign in code.upper() if sign in ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()


def drawing(text: str) -> str:
    """Return a QR code as inline SVG, without styles or scripts."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, border=2, light="#fff", dark="#000",
        svgclass="qr", lineclass=None, omitsize=True,
    )  # fmt: skip
    return out.getvalue().decode()


def _recovery_code() -> str:
    signs = [secrets.choice(ALPHABET) for _ in range(GROUPS * LENGTH)]
    return "-".join("".join(signs[at : at + LENGTH]) for at in range(0, len(signs), LENGTH))
