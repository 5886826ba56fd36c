"""Every platform the journeys go through: its real server, or the small one that stands for it.

A venue opens a fresh world for one test; each stage in it is a fresh post of our own page. What
may happen to a comment there beside edits and deletions is what the stage has a method for:
`hide`, `lock` and `block`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from schemas.inbound import Inbound
from services.kit.web import listening_socket
from services.networks.network import Hooked
from services.networks.sandbox.server import create_app, serving
from tests.networks.bluesky_appview import running_view
from tests.networks.bluesky_pds import Pds
from tests.networks.bluesky_stage import BlueskyStage, House, open_house
from tests.networks.mastodon_server import mastodon_server
from tests.networks.mastodon_stage import QUICK, MastodonStage, Person, Route
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON, Flavour, World
from tests.networks.meta_graph import ACCOUNT
from tests.networks.meta_scene import (
    call,
    comments_value,
    entry,
    feed_value,
    meta_scene,
    signed,
)
from tests.networks.sandbox_town import Town, town_settings
from tests.networks.stage import Stage
from tests.networks.test_meta_contract import FacebookStage, InstagramStage
from tests.networks.test_sandbox_contract import SandboxStage
from tests.networks.test_youtube_contract import YouTubeStage
from tests.networks.wire import wire_to
from tests.networks.wordpress.site import Site
from tests.networks.wordpress.stage import WordPressStage
from tests.networks.youtube_scene import youtube_scene

NewStage = Callable[[], Awaitable[Stage]]


@dataclass(frozen=True)
class Place:
    """What a venue may need that is started once a session."""

    folder: Path
    pds: Pds | None = None
    site: Site | None = None


@dataclass(frozen=True)
class Venue:
    """A platform; opened, it gives new stages."""

    name: str
    open: Callable[[Place], AbstractAsyncContextManager[NewStage]]
    needs: Literal["pds", "site"] | None = None


class Sandbox(SandboxStage):
    async def hide(self, native_id: str) -> None:
        await self._page("POST", f"/api/comments/{native_id}/hide")

    async def lock(self, _: str) -> None:
        await self._page("POST", f"/api/threads/{self._post_id}/lock")

    async def block(self, native_id: str) -> None:
        await self._town.call("PUT", "/api/blocks/lindenhof", self._authors[native_id])

    async def _page(self, method: str, path: str) -> None:
        answer = await self._town.call(method, path, "lindenhof")
        assert answer.is_success, answer.text


class Bluesky(BlueskyStage):
    async def hide(self, native_id: str) -> None:
        await self._house.org.gate(self._post, hidden=[native_id])

    async def lock(self, _: str) -> None:
        """Our own threads are never closed to us, but without their opening post they are over."""
        await self._house.org.remove(self._post["uri"])

    async def block(self, _: str) -> None:
        await self._house.guest.block(self._house.org)


class Mastodon(MastodonStage):
    world: World

    async def lock(self, native_id: str) -> None:
        self.world.statuses[native_id].reply_policy = ["followers"]

    async def block(self, native_id: str) -> None:
        author, (us, *_) = self.world.statuses[native_id].account, self.world.accounts.values()
        self.world.blocks.add((author.id, us.id))


class WordPress(WordPressStage):
    async def hide(self, native_id: str) -> None:
        await self.set(native_id, status="hold")

    async def lock(self, _: str) -> None:
        await self.moderate("POST", f"/wp/v2/posts/{self.post}", {"comment_status": "closed"})


class Facebook(FacebookStage):
    async def hide(self, native_id: str) -> None:
        self._server.nodes[native_id]["is_hidden"] = True

    async def lock(self, native_id: str) -> None:
        self._server.nodes[native_id]["can_comment"] = False

    async def calls(self, native_id: str) -> list[Inbound]:
        """Return what Meta's call at our door tells of a comment that the visits tell too."""
        assert isinstance(self.network, Hooked)
        body = call(entry(feed_value(self._server, native_id)))
        return list((await self.network.called(signed(body), body)).events)


class Instagram(InstagramStage):
    async def hide(self, native_id: str) -> None:
        self._server.nodes[native_id]["hidden"] = True

    async def lock(self, _: str) -> None:
        self._server.nodes[self._media]["is_comment_enabled"] = False

    async def calls(self, native_id: str) -> list[Inbound]:
        assert isinstance(self.network, Hooked)
        value = comments_value(self._server, native_id)
        body = call(entry(value, owner=ACCOUNT, field="comments"), kind="instagram")
        return list((await self.network.called(signed(body), body)).events)


class YouTube(YouTubeStage):
    async def hide(self, native_id: str) -> None:
        snippet = self._scene.server.comments[native_id]["snippet"]
        snippet["moderationStatus"] = "heldForReview"

    async def lock(self, native_id: str) -> None:
        self._scene.server.closed.add(native_id)


@asynccontextmanager
async def sandbox(place: Place) -> AsyncIterator[NewStage]:
    app = create_app(town_settings(place.folder))
    async with (
        serving(app, listening_socket()) as url,
        Town.at(url) as town,
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
    ):

        async def stage() -> Stage:
            return Sandbox(town, client, await town.post())

        yield stage


def _in(house: House) -> NewStage:
    async def stage() -> Stage:
        return Bluesky(house, await house.org.post("Unser Sommerfest steht an."))

    return stage


@asynccontextmanager
async def bluesky(place: Place) -> AsyncIterator[NewStage]:
    assert place.pds is not None
    async with open_house(place.pds, firehose=True) as house:
        yield _in(house)


@asynccontextmanager
async def bluesky_by_view(place: Place) -> AsyncIterator[NewStage]:
    assert place.pds is not None
    async with running_view(place.pds), open_house(place.pds, firehose=False) as house:
        yield _in(house)


def mastodon(flavour: Flavour) -> Callable[[Place], AbstractAsyncContextManager[NewStage]]:
    @asynccontextmanager
    async def opened(_: Place) -> AsyncIterator[NewStage]:
        async with (
            mastodon_server(flavour) as server,
            wire_to(server.url) as wire,
            httpx.AsyncClient(trust_env=False, verify=False, timeout=30) as client,
        ):
            org, jana = server.world.join("lindenhof"), server.world.join("jana")
            people = (
                await Person(server.url, org.token, client).sign_in(),
                await Person(server.url, jana.token, client).sign_in(),
            )

            async def stage() -> Stage:
                root = await people[0].post("Am Samstag ist Hoffest.")
                made = Mastodon(Route(wire.url, client, wire), org.token, people, root, QUICK)
                made.world = server.world
                return made

            yield stage

    return opened


@asynccontextmanager
async def wordpress(place: Place) -> AsyncIterator[NewStage]:
    assert place.site is not None
    await place.site.sql("delete from wp_comments")
    async with (
        wire_to(place.site.url) as wire,
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
    ):
        site = place.site

        async def stage() -> Stage:
            return await WordPress.at(site, wire, client)

        yield stage


def meta(
    kind: type[Facebook | Instagram],
) -> Callable[[Place], AbstractAsyncContextManager[NewStage]]:
    @asynccontextmanager
    async def opened(_: Place) -> AsyncIterator[NewStage]:
        async with meta_scene() as scene:

            async def stage() -> Stage:
                return kind(scene)

            yield stage

    return opened


@asynccontextmanager
async def youtube(_: Place) -> AsyncIterator[NewStage]:
    async with youtube_scene() as scene:

        async def stage() -> Stage:
            return YouTube(scene)

        yield stage


SANDBOX = Venue("Sandbox", sandbox)
BLUESKY = Venue("Bluesky (stream)", bluesky, needs="pds")
BY_VIEW = Venue("Bluesky (AppView)", bluesky_by_view, needs="pds")
ON_MASTODON = Venue("Mastodon", mastodon(MASTODON))
ON_GOTOSOCIAL = Venue("Mastodon (GoToSocial)", mastodon(GOTOSOCIAL))
WORDPRESS = Venue("WordPress", wordpress, needs="site")
FACEBOOK = Venue("Facebook", meta(Facebook))
INSTAGRAM = Venue("Instagram", meta(Instagram))
YOUTUBE = Venue("YouTube", youtube)

VENUES = (
    SANDBOX, BLUESKY, BY_VIEW, ON_MASTODON, ON_GOTOSOCIAL, WORDPRESS, FACEBOOK, INSTAGRAM, YOUTUBE,
)  # fmt: skip
