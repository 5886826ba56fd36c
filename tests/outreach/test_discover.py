"""Pages are found by topic, and what was learned on the way about people is gone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from services.kit.db import Pool, transaction
from services.kit.web import listening_socket
from services.networks.network import Refused, Temporary
from services.networks.sandbox.server import create_app, serving
from services.networks.scout import Profile, Sighting
from services.outreach.asking import Pace
from services.outreach.discover import LEASE
from services.store import watch_readings
from tests.ingest.events import everything
from tests.networks.sandbox_town import Town, town_settings
from tests.outreach.harbour import GOOD, Harbour
from tests.review.reading import rows


@pytest.fixture
async def harbour(pool: Pool, tmp_path: Path) -> AsyncIterator[Harbour]:
    async with (
        serving(create_app(town_settings(tmp_path)), listening_socket()) as url,
        Town.at(url) as town,
    ):
        network = town.network()
        yield Harbour(town, pool, network)
        await network.close()


class Passing:
    """The town's scout, of which a test changes one answer."""

    def __init__(self, harbour: Harbour) -> None:
        self._scout = harbour.network.scout  # type: ignore[attr-defined]  # the sandbox has one

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scout, name)


class Parting(Passing):
    """A page blocks us from now on."""

    def __init__(self, harbour: Harbour, page: str) -> None:
        super().__init__(harbour)
        self._page = page

    async def profiles(self, page_ids: Sequence[str]) -> Sequence[Profile]:
        found = await self._scout.profiles(page_ids)
        return [replace(one, is_parted=one.page_id == self._page) for one in found]


class Shutting(Passing):
    """A page is not shown any more."""

    def __init__(self, harbour: Harbour, page: str) -> None:
        super().__init__(harbour)
        self._page = page

    async def own_posts(self, page_id: str) -> Sequence[Sighting]:
        if page_id == self._page:
            raise Refused(f"{page_id} is shut", code="gone")
        found: Sequence[Sighting] = await self._scout.own_posts(page_id)
        return found


class Broken(Passing):
    async def search(self, _words: str) -> NoReturn:
        raise Temporary("too many requests", retry_after=7200)


async def test_pages_are_found_weighed_and_explained(harbour: Harbour) -> None:
    """The page that talks about the topic most stands first, with the reason and three links."""
    await harbour.watch("radhaus")
    for n, (page, name) in enumerate(GOOD):
        await harbour.page(page, name, posts=6 - n, answers=7 - n)
    await harbour.page("anna", "Anna Weber", about="Ich schreibe über Hitze.", readers=90_000)
    assert await harbour.search() == 2
    first, second, third = await harbour.finds()
    assert [first.address, second.address, third.address] == [page for page, _ in GOOD]
    assert (first.posts, first.share, first.answers, first.readers) == (6, 1.0, 7, 900)
    assert (third.posts, third.share, third.answers) == (None, None, 5)
    assert (first.relation, second.relation, third.relation) == (
        "partner", "news", "decision_maker",
    )  # fmt: skip
    assert len(first.sample_links) == 3
    assert first.sample_links[0][0].startswith(f"{harbour.town.url}/t/mieterverein-0")
    assert first.score > second.score > third.score
    asked = {one for (one,) in await rows(harbour.pool, "select method from discovery_requests")}
    assert asked == {"search", "tag", "profile", "profiles", "posts", "replies"}


async def test_nothing_about_a_person_is_left(
    harbour: Harbour, caplog: pytest.LogCaptureFixture
) -> None:
    """INVARIANT: no person, no reply and no count under five in any table or log."""
    caplog.set_level(logging.DEBUG, "services")
    await harbour.watch("radhaus")
    await harbour.page("mieterverein", "Mieterverein Warlebek e. V.", posts=3, answers=4, readers=3)
    await harbour.page("stiftung", "Warle-Stiftung", posts=8, answers=9)
    await harbour.page("anna", "Anna Weber", about="Mutter, Radlerin", answers=8, readers=80_000)
    await harbour.page("scherz", "Umweltministerium", about="Parodie", answers=8, readers=80_000)
    await harbour.search()
    assert await harbour.names() == ["stiftung", "mieterverein"]
    left = await everything(harbour.pool) + caplog.text
    for secret in (
        "anna", "Anna Weber", "scherz", "Parodie", "Privatperson", "guest", "Dachgeschoss",
    ):  # fmt: skip
        assert secret not in left, secret
    figures = await rows(
        harbour.pool, "select readers, partners, links, posts, answers from discovered_pages"
        " join discovered_topics using (page_key)",
    )  # fmt: skip
    counts = [count for row in figures for count in row if count is not None]
    assert counts
    assert min(counts) >= 5
    with pytest.raises(Exception, match="check constraint"):
        async with transaction(harbour.pool) as connection:
            await connection.execute("update discovered_topics set answers = 4")


async def test_whoever_asks_to_be_left_alone_is(harbour: Harbour) -> None:
    """INVARIANT: who wants no programs or blocks us is not listed; said later, it is forgotten."""
    await harbour.watch("radhaus")
    for page, name in GOOD:
        await harbour.page(page, name)
    await harbour.page("bund", "Gartenbund", about="Wir gärtnern. #noindex")
    await harbour.search()
    assert sorted(await harbour.names()) == sorted(page for page, _ in GOOD)
    await harbour.due_again()
    await harbour.search(harbour.discovering(scouts={"sandbox": Parting(harbour, "kreisblatt")}))
    assert "kreisblatt" not in await harbour.names()
    kept = await rows(harbour.pool, "select address from discovered_pages")
    assert ("kreisblatt",) not in kept


async def test_what_is_watched_is_not_found_again(harbour: Harbour) -> None:
    """INVARIANT: neither a page that is watched nor our own is listed, however it came to that."""
    await harbour.watch("radhaus")
    for page, name in GOOD:
        await harbour.page(page, name)
    await harbour.page("lindenhof", "Lindenhof e. V.")
    await harbour.search()
    assert "lindenhof" in await harbour.names(), "nothing tells yet that it is ours"
    async with transaction(harbour.pool) as connection:
        await connection.execute(
            "insert into pages (page_key, network, native_id, name, relation)"
            " select page_key, network, address, name, 'own' from discovered_pages"
            " where address = 'lindenhof'"
        )
    assert "lindenhof" not in await harbour.names()
    await harbour.watch("mieterverein", topics="")
    assert "mieterverein" not in await harbour.names()
    await harbour.due_again()
    await harbour.search()
    assert "mieterverein" not in await harbour.names()
    asked = await rows(
        harbour.pool, "select count(*) from discovery_requests where method = 'posts'"
        " and about = 'mieterverein'",
    )  # fmt: skip
    assert asked == [(1,)]


async def test_partners_and_links_are_counted_from_five_on(harbour: Harbour) -> None:
    harbour.own_domains = ("lindenhof.example",)
    await harbour.page(
        "mieterverein", "Mieterverein Warlebek e. V.", links="https://lindenhof.example/hitze"
    )
    for n in range(6):
        await harbour.page(f"verband{n}", f"Ortsverband {n}", posts=0)
        await harbour.watch(f"verband{n}")
    await harbour.page("gast", "Anna Weber", posts=0)
    await harbour.watch("gast")
    await harbour.page("stiftung", "Warle-Stiftung")
    follows = [{"page": "mieterverein", "relation": "partner"}]
    await harbour.town.seed(
        pages=[
            *(
                {"id": f"verband{n}", "name": f"Ortsverband {n}", "watches": follows}
                for n in range(6)
            ),
            {
                "id": "verband0", "name": "Ortsverband 0",
                "watches": [{"page": "stiftung", "relation": "partner"}],
            },
        ]
    )  # fmt: skip
    assert await harbour.search() == 3
    found = {one.address: one for one in await harbour.finds()}
    one = found["mieterverein"]
    assert (one.followed, one.partners, one.linking, one.links) == (True, 6, True, 6)
    other = found["stiftung"]
    assert (other.followed, other.partners, other.linking) == (True, None, False)
    asked = await rows(
        harbour.pool,
        "select about from discovery_requests where method = 'follows' and about = 'gast'",
    )
    assert asked == [], "whom a person follows was read"


async def test_a_search_that_died_goes_on_and_two_do_not_do_it_twice(harbour: Harbour) -> None:
    """INVARIANT: one search is done by one process; after a crash another begins it anew."""
    await harbour.watch("radhaus")
    for page, name in GOOD:
        await harbour.page(page, name)
    done = await asyncio.gather(*(harbour.search(harbour.discovering()) for _ in range(3)))
    assert sum(done) == 2
    searches = "select count(*) from discovery_requests where method = 'search'"
    assert await rows(harbour.pool, searches) == [(1,)]
    await harbour.due_again()
    async with transaction(harbour.pool) as connection:
        await connection.execute(
            "update discovery_rounds set began_at = %s, holder = 'dead'",
            [datetime.now(UTC) - LEASE / 2],
        )
    assert await harbour.search() == 0
    async with transaction(harbour.pool) as connection:
        await connection.execute(
            "update discovery_rounds set began_at = %s", [datetime.now(UTC) - 2 * LEASE]
        )
    assert await harbour.search() == 2


async def test_a_failing_network_is_left_in_peace_for_a_while(harbour: Harbour) -> None:
    await harbour.watch("radhaus")
    await harbour.page(*GOOD[0])

    await harbour.search(harbour.discovering(scouts={"sandbox": Broken(harbour)}))
    ((trouble, failures, late),) = await rows(
        harbour.pool, "select trouble, failures, due_at > now() + interval '119 minutes'"
        " from discovery_rounds where kind = 'topic'",
    )  # fmt: skip
    assert (trouble, failures, late) == ("unreachable", 1, True)


async def test_one_page_that_is_shut_ends_no_search(harbour: Harbour) -> None:
    """INVARIANT: a page that is gone is left out, and the others are found all the same."""
    await harbour.watch("radhaus")
    for page, name in GOOD:
        await harbour.page(page, name)
    await harbour.search(harbour.discovering(scouts={"sandbox": Shutting(harbour, "kreisblatt")}))
    assert sorted(await harbour.names()) == ["mieterverein", "umweltamt"]


async def test_requests_are_few_and_never_too_close(harbour: Harbour) -> None:
    """INVARIANT: a day's budget holds; visits to watched pages and searches share a host's pace."""
    await harbour.watch("radhaus")
    for page, name in GOOD:
        await harbour.page(page, name)
    harbour.pace = Pace(gap=timedelta(), again=0.01, budget=61)
    await harbour.search()
    ((asked,),) = await rows(harbour.pool, "select count(*) from discovery_requests")
    await harbour.due_again()
    assert await harbour.search() == 0
    assert await rows(harbour.pool, "select count(*) from discovery_requests") == [(asked,)]
    now = datetime.now(UTC)
    async with transaction(harbour.pool) as connection:
        busy = await watch_readings.claim_due(
            connection, now, lease=timedelta(minutes=5), gap=timedelta(hours=1)
        )
        free = await watch_readings.claim_due(
            connection, now + timedelta(hours=2), lease=timedelta(minutes=5), gap=timedelta(hours=1)
        )
    assert busy is None
    assert free is not None
    harbour.pace = Pace(gap=timedelta(hours=1), again=0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await harbour.search()


async def test_what_is_old_is_forgotten(harbour: Harbour) -> None:
    """INVARIANT: after thirty days, or without its topic, nothing of a page is left."""
    await harbour.watch("radhaus")
    await harbour.page(*GOOD[0])
    await harbour.page("stiftung", "Warle-Stiftung")
    await harbour.search()
    async with transaction(harbour.pool) as connection:
        for table in ("discovered_pages", "discovered_topics"):
            await connection.execute(
                f"update {table} set seen_at = now() - interval '31 days' where page_key ="
                " (select page_key from discovered_pages where address = 'stiftung')".encode()
            )
    await harbour.search()
    assert await harbour.names() == ["mieterverein"]
    async with transaction(harbour.pool) as connection:
        await connection.execute("update watches set topics = '{}'")
    await harbour.search()
    assert await rows(harbour.pool, "select * from discovered_pages") == []
