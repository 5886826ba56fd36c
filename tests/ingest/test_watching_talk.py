"""Accounts, hashtags and searches on Bluesky and Mastodon, from the network to the database."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from services.ingest.intake import Intake
from services.kit.db import Pool
from services.networks.mastodon import lookout
from tests.ingest.events import everything, promised, stored
from tests.ingest.talk import Square, Visitor, on_bluesky, on_mastodon, on_youtube
from tests.networks.bluesky_pds import Pds, the_pds
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON
from tests.networks.wire import Answer
from tests.review.reading import rows

Opening = Callable[[Pds | None], AbstractAsyncContextManager[Square]]
NETWORKS: dict[str, Opening] = {
    "bluesky": on_bluesky,
    "mastodon": on_mastodon(MASTODON),
    "gotosocial": on_mastodon(GOTOSOCIAL),
}


everywhere = pytest.mark.parametrize("square", [*NETWORKS, "youtube"], indirect=True)
where_people_talk = pytest.mark.parametrize("square", NETWORKS, indirect=True)


@pytest.fixture
async def square(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Square]:
    pds = the_pds(request, tmp_path_factory) if request.param == "bluesky" else None
    opening = on_youtube if request.param == "youtube" else NETWORKS[request.param]
    async with opening(pds) as opened:
        yield opened


@pytest.fixture
def visitor(square: Square, intake: Intake) -> Visitor:
    return Visitor.of(intake, square.network)


@everywhere
async def test_an_account_s_posts_come_once_and_are_mirrored(
    square: Square, visitor: Visitor, pool: Pool
) -> None:
    """INVARIANT: a post is told once, its edits and deletions are mirrored, even of the last."""
    first = await square.page.post("39 Grad in Sülzhagen.")
    second = await square.page.post("Der Rat tagt.")
    await square.page.reply(first, "Und 40 in Brennheide.")
    await square.stranger.reply(first, "Meine Wohnung in der Uferstraße glüht.")
    watch_id = await visitor.watch(square.page.address)
    for _ in range(2):
        shown = await visitor.visit(watch_id)
        assert (shown.trouble, shown.posts) == (None, 2)
    assert await promised(pool, first) == [("PostSeen", 1)]
    assert "Brennheide" not in await everything(pool)
    assert "Uferstraße" not in await everything(pool)

    await square.page.edit(first, "38 Grad in Sülzhagen.")
    await visitor.visit(watch_id)
    await visitor.visit(watch_id)
    assert (await promised(pool, first))[1:] == [("PostEdited", 2)]
    kept = await stored(pool, first)
    assert kept is not None
    assert kept.text == "38 Grad in Sülzhagen."

    await square.page.delete(first)
    await visitor.visit(watch_id)
    assert (await promised(pool, first))[2:] == [("PostDeleted", 2)]
    await square.page.delete(second)
    await visitor.visit(watch_id)
    assert (await promised(pool, second))[1:] == [("PostDeleted", 1)]
    left = await everything(pool)
    assert "Sülzhagen" not in left
    assert "Der Rat tagt" not in left


@where_people_talk
@pytest.mark.parametrize("written", ["#", "search: "])
async def test_of_a_hashtag_or_search_only_watched_pages_are_kept(
    square: Square, visitor: Visitor, pool: Pool, written: str
) -> None:
    """INVARIANT: what private persons write under a hashtag is counted and never kept."""
    tag = f"hitze{secrets.token_hex(4)}"
    watch_id = await visitor.watch(square.page.address)
    await visitor.visit(watch_id)
    post = await square.page.post(f"Was hilft? #{tag}")
    strange = await square.stranger.post(f"Bei uns in der Uferstraße 31 Grad. #{tag}")
    found_by = await visitor.watch(f"{written}{tag}")
    for _ in range(2):
        shown = await visitor.visit(found_by)
    assert (shown.trouble, shown.posts, shown.strangers) == (None, 1, 2)
    await visitor.visit(watch_id)
    assert await promised(pool, post) == [("PostSeen", 1)]
    kept = await everything(pool)
    assert "Uferstraße" not in kept
    assert f'{strange}"' not in kept
    await square.page.edit(post, f"Was hilft wirklich? #{tag}")
    await visitor.visit(found_by)
    await visitor.visit(watch_id)
    assert (await promised(pool, post))[1:] == [("PostEdited", 2)]


@where_people_talk
async def test_an_account_that_left_or_asks_not_to_be_read_is_told_and_not_read(
    square: Square, visitor: Visitor, pool: Pool
) -> None:
    """INVARIANT: `!no-unauthenticated` on Bluesky is obeyed, through hashtags too."""
    watch_id = await visitor.watch(square.page.address)
    await visitor.visit(watch_id)
    await square.page.leave()
    await square.page.post("Nicht für Programme. #hitze")
    shown = await visitor.visit(watch_id)
    if square.name == "bluesky":
        assert (shown.trouble, "asks not to be read" in (shown.detail or "")) == ("refused", True)
        await visitor.visit(await visitor.watch("#hitze"))
    else:
        assert shown.trouble == "gone"
        assert "tagblatt@neu.example" in (shown.detail or "")
    assert "Nicht für Programme" not in await everything(pool)


@where_people_talk
async def test_a_server_s_trouble_waits_and_ends(square: Square, visitor: Visitor) -> None:
    watch_id = await visitor.watch(square.page.address)
    await visitor.visit(watch_id)
    for status, headers, trouble, wait in (
        (429, {"Retry-After": "7200"}, "unreachable", 7200),
        (502, {}, "unreachable", 0),
    ):
        path = "profile" if square.name == "bluesky" else "statuses"
        square.wire.next(Answer(status, headers), path=path.replace("profile", "getProfile"))
        shown = await visitor.visit(watch_id)
        assert shown.trouble == trouble
        assert (shown.due_at - visitor.now).total_seconds() >= wait
    assert (await visitor.visit(watch_id)).trouble is None


@where_people_talk
async def test_nobody_of_that_name_is_told_as_gone(square: Square, visitor: Visitor) -> None:
    name = "nobody.test" if square.name == "bluesky" else "nobody"
    assert (await visitor.visit(await visitor.watch(name))).trouble == "gone"


async def test_a_burst_longer_than_a_page_is_read_to_where_the_last_visit_ended(
    intake: Intake, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "MANY", 3)
    async with on_mastodon(MASTODON)(None) as square:
        visitor = Visitor.of(intake, square.network)
        watch_id = await visitor.watch(square.page.address)
        early = [await square.page.post(f"Früher {n}") for n in range(4)]
        assert (await visitor.visit(watch_id)).posts == 3
        for n in range(8):
            await square.page.post(f"Neu {n}")
        assert (await visitor.visit(watch_id)).posts == 11
        await square.page.delete(early[0])
        await visitor.visit(watch_id)
    assert await rows(pool, "select count(*) from comments where deleted_at is null") == [(11,)]
