"""Reads other pages of the sandbox network."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from schemas.inbound import InboundEvent
from services.networks.lookout import Looked, Remark, SeenPost
from services.networks.sandbox.mapping import NETWORK, SaidPosts, SaidThread, inbound_comment
from services.networks.targets import Target

Answer = TypeVar("Answer", bound=BaseModel)


class _Ask(Protocol):
    def __call__(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None
    ) -> Awaitable[httpx.Response]: ...


class _Understood(Protocol):
    def __call__(self, response: httpx.Response, model: type[Answer]) -> Answer: ...


class SandboxLookout:
    """Asks only for what changed; raises what the connection's calls raise."""

    def __init__(self, ask: _Ask, understood: _Understood, base_url: str) -> None:
        self._ask = ask
        self._understood = understood
        self._base_url = base_url

    async def look(self, target: Target, memory: str | None, now: datetime) -> Looked:
        """Return the page's newest posts; none when the page is as it was."""
        response = await self._ask(
            "GET",
            f"/api/pages/{quote(target.address, safe='')}/posts",
            headers={"If-None-Match": memory} if memory else None,
        )
        if response.status_code == 304:
            return Looked((), memory=memory)
        said = self._understood(response, SaidPosts)
        posts = [
            SeenPost(
                InboundEvent(
                    id=f"{post.id}#{post.revision}",
                    source=NETWORK,
                    type="comment.received.v1" if post.revision == "1" else "comment.edited.v1",
                    time=post.created_at if post.revision == "1" else now,
                    data=inbound_comment(post, base_url=self._base_url, relation=target.relation),
                ),
                replies=post.replies,
            )
            for post in said.posts
            if post.text.strip()
        ]
        oldest = min((post.created_at for post in said.posts), default=now)
        return Looked(
            posts, memory=response.headers.get("ETag"), page_id=said.page.id,
            readers=said.page.readers,
            complete_since=oldest if said.more else datetime.min.replace(tzinfo=now.tzinfo),
        )  # fmt: skip

    async def remarks(self, post_id: str) -> Sequence[Remark] | None:
        """Return what stands under a post."""
        response = await self._ask("GET", f"/api/threads/{quote(post_id, safe='')}")
        if response.status_code == 404:
            return None
        return [
            Remark(one.author.id, one.text, one.author.is_self, one.created_at)
            for one in self._understood(response, SaidThread).comments
        ]
