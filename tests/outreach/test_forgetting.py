"""What others wrote is not kept for ever."""

from datetime import UTC, datetime, timedelta

from services.ingest.forgetting import forget_old_posts
from services.kit.db import Pool, transaction
from tests.ingest.events import everything
from tests.outreach.scene import Street
from tests.review.reading import rows

KEPT = timedelta(days=30)


async def test_posts_under_which_nobody_spoke_up_lose_their_words_in_time(pool: Pool) -> None:
    """INVARIANT: words of others are kept for days; where we spoke up, what we answered stays."""
    street, now = Street(pool), datetime.now(UTC)
    await street.post("tagblatt", "Ein Wort von gestern")
    await street.post("tagblatt", "Worte vom vorigen Monat", ago=timedelta(days=31))
    seen = await street.offered("rundblick", text="Darunter stand unser Wort")
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into opportunity_decisions (comment_key, action, account_id)"
            " values (%s, 'done', 'a')",
            [seen.comment_key],
        )
        await connection.execute(
            "update comments set created_at = %s where comment_key = %s",
            [now - timedelta(days=40), seen.comment_key],
        )
    assert await forget_old_posts(pool, now, kept=KEPT) == 1
    assert await forget_old_posts(pool, now, kept=KEPT) == 0
    left = await everything(pool)
    assert "Worte vom vorigen Monat" not in left
    assert "Ein Wort von gestern" in left
    assert "Darunter stand unser Wort" in left
    async with transaction(pool) as connection:
        await connection.execute(
            "update comments set network = 'youtube' where comment_key = %s", [seen.comment_key]
        )
    assert await forget_old_posts(pool, now, kept=timedelta(days=365)) == 1
    assert await rows(pool, "select count(*) from comments where deleted_at is null") == [(1,)]
