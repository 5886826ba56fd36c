"""Finds pages of the sandbox network, which has checked whose each of them is."""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar
from urllib.parse import quote, urlencode, urljoin

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.networks.sandbox.mapping import NETWORK, SaidPosts, SaidThread
from services.networks.scout import Follows, Offer, Profile, Sighting

Answer = TypeVar("Answer", bound=BaseModel)


class _Ask(Protocol):
    def __call__(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None
    ) -> Awaitable[httpx.Response]: ...


class _Understood(Protocol):
    def __call__(self, response: httpx.Response, model: type[Answer]) -> Answer: ...


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _FoundPost(_Said):
    id: str
    page: str
    text: str
    replies: int = 0
    created_at: AwareDatetime
    url: str | None = None


class _Found(_Said):
    posts: tuple[_FoundPost, ...]


class _Page(_Said):
    id: str
    name: str
    about: str = ""
    readers: int | None = None
    follows: tuple[str, ...] = ()
    url: str | None = None


class _Pages(_Said):
    pages: tuple[_Page, ...]


class SandboxScout:
    """Raises what the connection's calls raise."""

    network = NETWORK
    offers: frozenset[Offer] = frozenset({"search", "tag", "links", "follows", "answers"})
    at_once = 25

    def __init__(self, ask: _Ask, understood: _Understood, base_url: str) -> None:
        self._ask = ask
        self._understood = understood
        self._base_url = base_url

    def host(self, _page_id: str, /) -> str:
        return self.network

    async def search(self, words: str) -> Sequence[Sighting]:
        said = await self._read(f"/api/search?q={quote(words)}", _Found)
        posts = said.posts if said else ()
        return [
            Sighting(
                one.page, one.id, one.text, one.created_at, self._absolute(one.url), one.replies
            )
            for one in posts
        ]  # fmt: skip

    async def tagged(self, tag: str) -> Sequence[Sighting]:
        return await self.search(f"#{tag}")

    async def linking(self, domain: str) -> Sequence[Sighting]:
        return await self.search(f"//{domain}")

    async def directory(self) -> Sequence[Profile]:
        return ()

    async def follows(self, page_id: str) -> Follows:
        return Follows([one for page in await self._pages([page_id]) for one in page.follows])

    async def find(self, address: str) -> Profile | None:
        return next(iter(await self.profiles([address])), None)

    async def profiles(self, page_ids: Sequence[str]) -> Sequence[Profile]:
        return [self._profile(one) for one in await self._pages(page_ids)]

    async def parted(self, _page_ids: Sequence[str], /) -> Collection[str]:
        return frozenset()

    async def own_posts(self, page_id: str) -> Sequence[Sighting]:
        said = await self._read(f"/api/pages/{quote(page_id, safe='')}/posts", SaidPosts)
        posts = said.posts if said else ()
        return [
            Sighting(
                page_id, one.id, one.text, one.created_at, self._absolute(one.url), one.replies
            )
            for one in posts
        ]  # fmt: skip

    async def answering(self, post_id: str) -> Collection[str]:
        said = await self._read(f"/api/threads/{quote(post_id, safe='')}", SaidThread)
        return {one.author.id for one in said.comments} if said else frozenset()

    async def _pages(self, page_ids: Sequence[str]) -> Sequence[_Page]:
        query = urlencode([("id", one) for one in page_ids])
        said = await self._read(f"/api/pages?{query}", _Pages)
        return said.pages if said else ()

    async def _read(self, path: str, shape: type[Answer]) -> Answer | None:
        response = await self._ask("GET", path)
        return None if response.status_code == 404 else self._understood(response, shape)

    def _profile(self, page: _Page) -> Profile:
        return Profile(
            page_id=page.id, address=page.id, name=page.name, about=page.about,
            url=self._absolute(page.url), readers=page.readers, is_vouched=True,
            is_parted=False,
        )  # fmt: skip

    def _absolute(self, url: str | None) -> str | None:
        return urljoin(f"{self._base_url}/", url) if url else None
