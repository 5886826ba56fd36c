"""Replace what former keys made: pseudonyms of accounts and tombstones, from where it ended."""

from collections.abc import Sequence

from services.kit.db import Pool, transaction
from services.kit.pseudonym import pseudonym
from services.store import intake, rotation, tombstones

AT_ONCE = 200


async def rekey(pool: Pool, keys: Sequence[bytes]) -> tuple[int, int]:
    """Make anew with the first key what the others made; return changed accounts and tombstones.

    Each batch is a transaction of its own: done again it finds nothing left to do.
    """
    key, *former = keys
    return await _accounts(pool, key) + await _orphans(pool, key), await _graves(pool, key, former)


async def _accounts(pool: Pool, key: bytes) -> int:
    last, changed = "", 0
    while True:
        async with transaction(pool) as connection:
            await intake.enter(connection)
            known = await rotation.accounts_after(connection, last, AT_ONCE)
            for one in known:
                fresh = pseudonym(key, one.network, one.native_id)
                if fresh != one.author_key:
                    await rotation.rename(connection, one.author_key, fresh)
                    changed += 1
        if not known:
            return changed
        last = known[-1].author_key


async def _orphans(pool: Pool, key: bytes) -> int:
    """Their ids are forgotten: what they are called now can be linked to nothing older."""
    changed = 0
    while True:
        async with transaction(pool) as connection:
            await intake.enter(connection)
            found = await rotation.orphans(connection, AT_ONCE)
            for one in found:
                fresh = rotation.ORPHAN + pseudonym(key, "orphan", one)[1:]
                await rotation.rename(connection, one, fresh)
        if not found:
            return changed
        changed += len(found)


async def _graves(pool: Pool, key: bytes, former: Sequence[bytes]) -> int:
    last, changed = "", 0
    while True:
        async with transaction(pool) as connection:
            keys = await rotation.erased_comments_after(connection, last, AT_ONCE)
            anew = {
                tombstones.digest(old, "comment", one): tombstones.digest(key, "comment", one)
                for old in former
                for one in keys
            }
            changed += await tombstones.replace_tombstones(connection, anew)
        if not keys:
            return changed
        last = keys[-1]
