"""What came of speaking up: figures as the networks tell them, and nobody's words."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from schemas.comments import CommentRouted, Kind
from services.kit.db import Pool, transaction
from services.kit.pseudonym import long_key
from services.networks.connected import Connected
from services.networks.lookout import Counting
from services.networks.network import Temporary
from services.outreach.aftermath import FOLLOWERS_LAST, LIKES_LAST, follow_up
from services.review import going_out as going
from services.store.aftermath import read_followers
from services.store.going_out import read_opportunity, read_weeks
from services.store.routings import save_routing
from tests.ingest.talk import Square, on_bluesky, on_mastodon
from tests.networks.bluesky_pds import the_pds
from tests.networks.mastodon_world import GOTOSOCIAL
from tests.networks.stage import outgoing
from tests.outreach.scene import US, Street
from tests.outreach.test_compose import Threads
from tests.review.reading import rows


@dataclass
class Counted(Threads):
    """A connection that tells likes and followers."""

    liked: Mapping[str, int] | Temporary = field(default_factory=dict)
    followed: int | None = 1204
    asked: int = 0

    @property
    def lookout(self) -> "Counted":
        return self

    async def likes(self, native_ids: Sequence[str]) -> Mapping[str, int]:
        self.asked += 1
        if isinstance(self.liked, Temporary):
            raise self.liked
        return {one: self.liked[one] for one in native_ids if one in self.liked}

    async def followers(self) -> int | None:
        return self.followed


async def answered(pool: Pool) -> str:
    """Let somebody approve a word under a post, and post it; return the post's key."""
    seen = await Street(pool).offered("rundblick")
    await going.approve(
        pool, "a" * 32, seen.comment_key, text="Dazu unser Bericht.", revision=1, draft_id=None
    )
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into deliveries (decision_id, comment_key, network, state, attempts, native_id,"
            " changed_at) select decision_id, comment_key, 'sandbox', 'sent', 1, 'ours', now()"
            " from decisions"
        )
    return seen.comment_key


async def reply(pool: Pool, native_id: str, parent: str, kind: Kind | None) -> None:
    """Let somebody reply in the thread, and have it sorted."""
    key = long_key("sandbox", native_id)
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into comments (comment_key, network, native_id, connection, thread_key,"
            " parent_id, author_key, is_self, visibility, created_at, first_seen, revision,"
            " native_revision, revised_at) select %s, network, %s, connection, thread_key, %s,"
            " %s, false, visibility, now(), now(), 1, '1', now() from comments limit 1",
            [key, native_id, parent, native_id],
        )
        ((thread_key,),) = await rows(pool, "select thread_key from comments limit 1")
        if kind is not None:
            routed = CommentRouted(
                happened_at=datetime.now(UTC), network="sandbox", thread_key=thread_key,
                comment_key=key, revision=1, cause="arrival", lane="discuss", kind=kind,
                muted=False, rules=[], language="de",
            )  # fmt: skip
            await save_routing(connection, routed, [], "test")


async def test_replies_and_likes_are_counted_below_ours_and_by_week(pool: Pool) -> None:
    """INVARIANT: counts alone are kept; a reply to somebody else is none of ours."""
    key = await answered(pool)
    network, now = Counted(liked={"ours": 7}), datetime.now(UTC)
    connected = Connected(None, [network])  # type: ignore[list-item]  # counts only
    await follow_up(pool, connected, now)
    await follow_up(pool, connected, now + LIKES_LAST / 2)
    assert network.asked == 1
    await reply(pool, "r1", "ours", "praise")
    await reply(pool, "r2", "r1", "attack")
    await reply(pool, "r3", "ours", None)
    await reply(pool, "r4", "somebody", "attack")
    async with pool.connection() as connection:
        one = await read_opportunity(connection, key, now)
        (week,) = await read_weeks(connection)
        followers = await read_followers(connection)
    assert one is not None
    assert (one.answers, one.hostile_answers, one.unsorted_answers, one.likes_of_ours) == (
        3,
        1,
        1,
        7,
    )
    assert (week.spoken, week.answers, week.hostile, week.likes) == (1, 3, 1, 7)
    assert [(one.connection, one.first, one.last) for one in followers] == [(US, 1204, 1204)]


async def test_a_figure_that_cannot_be_told_is_not_made_up(pool: Pool) -> None:
    key = await answered(pool)
    network, now = Counted(liked={"ours": 7}), datetime.now(UTC)
    connected = Connected(None, [network])  # type: ignore[list-item]  # counts only
    await follow_up(pool, connected, now)
    network.liked, network.followed = {}, None
    await follow_up(pool, connected, now + FOLLOWERS_LAST + LIKES_LAST)
    network.liked = Temporary("busy")
    await follow_up(pool, connected, now + timedelta(days=1))
    async with pool.connection() as connection:
        one = await read_opportunity(connection, key, now)
    assert one is not None
    assert one.likes_of_ours == 7
    assert await rows(pool, "select count(*) from own_followers") == [(1,)]
    silent = Threads()
    assert not isinstance(silent.lookout, Counting)


@pytest.fixture(params=["bluesky", "gotosocial"])
async def square(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Square]:
    pds = the_pds(request, tmp_path_factory) if request.param == "bluesky" else None
    async with (on_bluesky if pds else on_mastodon(GOTOSOCIAL))(pds) as opened:
        yield opened


async def test_networks_tell_likes_and_followers_of_our_own(square: Square) -> None:
    post = await square.page.post("Was hilft gegen Hitze?")
    posted = await square.network.reply(outgoing(parent_id=post, text="Schatten.", key="k"))
    counting = square.network.lookout  # type: ignore[attr-defined]  # both have one
    assert isinstance(counting, Counting)
    assert await counting.likes([posted.native_id, post]) in (
        {posted.native_id: 0, post: 0}, {},
    )  # fmt: skip
    assert await counting.followers() in (0, None)
