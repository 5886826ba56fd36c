"""Other keys: nobody is lost, nothing of the old ones is left, and old pseudonyms lead nowhere."""

import secrets
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from services.commands.forget import erase
from services.ingest.erase import Eraser
from services.ingest.intake import Intake
from services.ingest.rekeying import rekey
from services.kit.db import Pool, transaction
from services.kit.pseudonym import long_key, pseudonym
from services.kit.vault import Vault, WrongKey
from services.store.connections import reseal
from services.store.erasures import Erasure
from services.store.rotation import rename
from tests.ingest.events import KEY, event, everything, new_intake, outcomes
from tests.review.reading import rows

NEW = b"another key for tests"


async def test_old_pseudonyms_lead_nowhere_and_nobody_is_lost(
    pool: Pool, intake: Intake, eraser: Eraser
) -> None:
    """INVARIANT: after a rotation nothing made with the old key is left, wherever it broke off."""
    told = [event(native_id=f"c{n}", author=f"author{n}") for n in range(7)]
    await outcomes(intake, *told, event("deleted", native_id="c6", author="author6", minute=1))
    one = Erasure("e" * 32, "comment", long_key("sandbox", "c5"), "test", datetime.now(UTC))
    await erase(pool, eraser, one)
    old = [pseudonym(KEY, "sandbox", f"author{n}") for n in range(7)]
    for n in range(3):  # so far it came before it broke off
        async with transaction(pool) as connection:
            await rename(connection, old[n], pseudonym(NEW, "sandbox", f"author{n}"))
    again = Intake(pool, intake.bus, NEW, (KEY,))
    assert await outcomes(again, event(native_id="c5", author="author5", minute=9)) == ["erased"]
    late = event(native_id="c8", author="author4", minute=9)
    assert await outcomes(again, late) == ["received"]
    await rekey(pool, [NEW, KEY])
    assert await rekey(pool, [NEW, KEY]) == (0, 0)
    left = await everything(pool)
    assert not [one for one in old if one in left]
    ((mine,),) = await rows(pool, "select count(*) from comments where author_key = %s",
                            pseudonym(NEW, "sandbox", "author4"))  # fmt: skip
    assert mine == 2
    only_new = Intake(pool, intake.bus, NEW)
    assert await outcomes(only_new, event(native_id="c5", author="author5")) == ["erased"]


async def test_sealed_secrets_open_with_the_new_key_alone(pool: Pool) -> None:
    """INVARIANT: after a rotation the old key opens nothing and is needed for nothing."""
    old, new = (SecretStr(secrets.token_urlsafe(32)) for _ in range(2))
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into accounts (account_id, name, role, created_at, totp_secret, totp_offered)"
            " values ('a', 'Jule', 'admin', now(), %s, %s)",
            [Vault([old]).seal("first"), Vault([old]).seal("second")],
        )
    assert await reseal(pool, Vault([new, old])) == 2
    ((secret, offered),) = await rows(pool, "select totp_secret, totp_offered from accounts")
    assert (Vault([new]).open(secret), Vault([new]).open(offered)) == ("first", "second")
    with pytest.raises(WrongKey):
        Vault([old]).open(secret)
    assert new_intake(pool).former_keys == ()
