"""Pages are found on a Mastodon-compatible server; what accounts ask for is honoured."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from services.outreach.survey import Method, Survey
from tests.networks.mastodon_server import mastodon_server
from tests.networks.mastodon_square import Square, square
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON, Account

T = TypeVar("T")
TAG = "Bäume kühlen die Stadt. #Stadtgrün"


@pytest.fixture(params=[MASTODON, GOTOSOCIAL], ids=["mastodon", "gotosocial"])
async def here(request: pytest.FixtureRequest) -> AsyncIterator[Square]:
    async with mastodon_server(request.param) as server, square(server, request.param) as opened:
        yield opened


def page(here: Square, name: str, **says: Any) -> Account:
    """Let an association join whose website is verified; `says` changes its profile."""
    account = here.server.world.join(name)
    link = f'<a href="https://{name}.example/" rel="me">{name}.example</a>'
    account.says = {
        "display_name": f"{name.title()} e. V.", "note": "<p>Wir pflanzen Bäume.</p>",
        "fields": [{"name": "Web", "value": link, "verified_at": "2026-01-01T00:00:00.000Z"}],
        "followers_count": 800, "discoverable": True, "indexable": True, **says,
    }  # fmt: skip
    return account


def survey(here: Square) -> Survey:
    async def ask(host: str, method: Method, about: str, work: Callable[[], Awaitable[T]]) -> T:
        assert host == "mastodon", (method, about)
        return await work()

    scout = here.network().scout
    return Survey(scout, ask, ["Stadtgrün"], lambda _: False, lambda _: False, datetime.now(UTC))


async def test_what_accounts_ask_for_is_honoured(here: Square) -> None:
    """INVARIANT: persons and who is not discoverable, noindex, gone or blocks us stay out."""
    world = here.server.world
    good = page(here, "gartenbund")
    accounts = [
        page(here, "stiller", discoverable=None), page(here, "leiser", discoverable=False),
        page(here, "suchmich", noindex=True), page(here, "grenze", limited=True),
        page(here, "programm", note="Wir. #nobot"), page(here, "fort", moved={"acct": "x@y.z"}),
        page(here, "anna", display_name="Anna Weber", note="Ich mag Bäume."),
        page(here, "verein", fields=[]), page(here, "maschine", bot=True, fields=[]),
    ]  # fmt: skip
    blocking = page(here, "streitbund")
    world.blocks.add((blocking.id, here.org.id))
    for account in (good, blocking, *accounts):
        world.post(account, TAG, visibility="public")
    root = next(one for one in world.statuses.values() if one.account is good)
    for n in range(6):
        world.post(world.join(f"gast{n}"), "Schön!", parent_id=root.id, visibility="public")
    world.post(good, f"{TAG} Nur für Freunde.", visibility="private")
    result = await survey(here).topic("Stadtgrün")
    (found,) = result.found
    assert found.profile.page_id == good.id
    assert (found.actor.relation, found.actor.proof) == ("partner", "domain")
    (topic,) = found.topics
    assert (topic.posts, topic.answers, len(topic.samples)) == (None, 6, 1)
    assert {one.id for one in accounts} <= result.unlisted


async def test_what_is_not_indexable_is_found_by_its_hashtag_alone(here: Square) -> None:
    """INVARIANT: full text search counts no post of an account that did not allow it."""
    shy = page(here, "gartenbund", indexable=False)
    world = here.server.world
    world.post(shy, "Mehr Stadtgrün ohne Zeichen davor.", visibility="public")
    assert (await survey(here).scout.search("Stadtgrün")) == []
    assert (await survey(here).topic("Stadtgrün")).found == []
    world.post(shy, TAG, visibility="public")
    assert [one.profile.page_id for one in (await survey(here).topic("Stadtgrün")).found] == [
        shy.id
    ]


async def test_follows_of_partners_and_the_directory_lead_to_pages(here: Square) -> None:
    partner, other = page(here, "warlebund"), page(here, "gartenbund")
    person = page(here, "anna", display_name="Anna Weber", note="Ich mag Bäume.")
    world = here.server.world
    partner.follows, person.follows = [other.id, person.id], [partner.id]
    world.post(other, TAG, visibility="public")
    world.post(partner, TAG, visibility="public")
    result = await survey(here).partners(["warlebund", "anna"])
    assert [one.profile.page_id for one in result.found] == [other.id]
    assert partner.id not in result.ties, "whom a person follows was read"
    if not world.flavour.ulids:
        listed = await survey(here).scout.directory()
        assert {partner.id, other.id} <= {one.page_id for one in listed}
