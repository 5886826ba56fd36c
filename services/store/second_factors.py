"""Second factors: a sealed secret for time-based codes, and recovery codes as hashes."""

from collections.abc import Sequence

from services.kit.db import Connection


async def offer(connection: Connection, account_id: str, sealed: bytes) -> None:
    """Keep a secret that its owner has yet to confirm with a code."""
    await connection.execute(
        "update accounts set totp_offered = %s where account_id = %s", [sealed, account_id]
    )


async def read_offered(connection: Connection, account_id: str) -> bytes | None:
    """Return the sealed secret that waits for its first code."""
    found = await connection.execute(
        "select totp_offered from accounts where account_id = %s", [account_id]
    )
    row = await found.fetchone()
    return row[0] if row else None


async def lock_secret(connection: Connection, account_id: str) -> tuple[bytes, int] | None:
    """Return the sealed secret and the latest step used, held until the transaction ends."""
    found = await connection.execute(
        "select totp_secret, totp_step from accounts where account_id = %s"
        " and totp_secret is not null for update",
        [account_id],
    )
    row = await found.fetchone()
    return (row[0], row[1]) if row else None


async def save_step(connection: Connection, account_id: str, step: int) -> None:
    """Note that the codes up to this step are used up."""
    await connection.execute(
        "update accounts set totp_step = %s where account_id = %s", [step, account_id]
    )


async def confirm(connection: Connection, account_id: str, step: int) -> None:
    """Make the offered secret the one that counts; the confirming code is used up."""
    await connection.execute(
        "update accounts set totp_secret = totp_offered, totp_offered = null, totp_step = %s"
        " where account_id = %s",
        [step, account_id],
    )


async def forget(connection: Connection, account_id: str) -> bool:
    """Forget secret and recovery codes; return whether there was a second factor."""
    await connection.execute("delete from recovery_codes where account_id = %s", [account_id])
    done = await connection.execute(
        "update accounts set totp_secret = null, totp_offered = null"
        " where account_id = %s and totp_secret is not null",
        [account_id],
    )
    return done.rowcount > 0


async def save_recovery(connection: Connection, account_id: str, hashes: Sequence[str]) -> None:
    """Store new recovery codes; the old ones are void."""
    await connection.execute("delete from recovery_codes where account_id = %s", [account_id])
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into recovery_codes (account_id, code_hash) values (%s, %s)",
            [(account_id, one) for one in hashes],
        )


async def use_recovery(connection: Connection, account_id: str, code_hash: str) -> bool:
    """Use a recovery code up; return whether it was there to use."""
    done = await connection.execute(
        "update recovery_codes set used_at = now() where account_id = %s and code_hash = %s"
        " and used_at is null",
        [account_id, code_hash],
    )
    return done.rowcount > 0


async def count_recovery(connection: Connection, account_id: str) -> int:
    """Return how many recovery codes are left."""
    found = await connection.execute(
        "select count(*) from recovery_codes where account_id = %s and used_at is null",
        [account_id],
    )
    row = await found.fetchone()
    return int(row[0]) if row else 0
