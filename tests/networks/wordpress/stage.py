"""A post of the site, and visitors who comment under it as a browser would."""

import itertools
from typing import Any

import httpx

from services.kit.web import listening_socket
from services.networks.keeper import InMemoryKeeper
from services.networks.markup import to_text
from services.networks.network import Network
from services.networks.wordpress.connector import WordPressNetwork
from services.networks.wordpress.settings import WordPressSettings
from tests.networks.wire import Answer, LoseAnswer, LoseRequest, Wire
from tests.networks.wordpress.site import Site

CONNECTION = "wordpress:lindenhof"
_numbers = itertools.count(1)


class WordPressStage:
    """A fresh post; the network speaks through a wire, visitors and moderators do not."""

    def __init__(self, site: Site, wire: Wire, client: httpx.AsyncClient, post: int) -> None:
        self.site = site
        self.wire = wire
        self.client = client
        self.post = post
        self.network: Network = self.another_network()

    @classmethod
    async def at(cls, site: Site, wire: Wire, client: httpx.AsyncClient) -> "WordPressStage":
        stage = cls(site, wire, client, 0)
        stage.post = await stage.publish()
        return stage

    def another_network(self) -> WordPressNetwork:
        return self.connect()

    def network_with_wrong_token(self) -> Network:
        return self.connect(password="wrong")

    def unreachable_network(self) -> Network:
        with listening_socket() as nobody:
            port = nobody.getsockname()[1]
        return self.connect(address=f"http://127.0.0.1:{port}")

    def connect(
        self,
        *,
        user: str = "redaktion",
        password: str | None = None,
        address: str | None = None,
        client: httpx.AsyncClient | None = None,
        interval: float = 0.1,
        recheck: float = 0.1,
        **settings: int,
    ) -> WordPressNetwork:
        return WordPressNetwork(
            WordPressSettings.model_validate(
                {
                    "address": address or self.wire.url,
                    "user": user,
                    "password": password or self.site.passwords[user],
                    **settings,
                }
            ),
            InMemoryKeeper(),
            connection=CONNECTION,
            client=client or self.client,
            interval=interval,
            recheck=recheck,
        )

    def native_id(self, number: int) -> str:
        return f"{self.wire.url.removeprefix('http://')}/comment-{number}"

    async def publish(self, kind: str = "posts", **fields: str) -> int:
        """Publish a post or page, return its number."""
        said = await self.moderate(
            "POST",
            f"/wp/v2/{kind}",
            {"title": f"Sommerfest {next(_numbers)}", "content": "Wir feiern.", "status": "publish"}
            | fields,
        )
        number: int = said["id"]
        return number

    async def moderate(
        self, method: str, route: str, fields: dict[str, Any] | None = None, user: str = "admin"
    ) -> Any:
        """Do something as a person of the site, past the network under test."""
        answer = await self.client.request(
            method,
            f"{self.site.url}/",
            params={"rest_route": route, "context": "edit"}
            if method == "GET"
            else {"rest_route": route},
            json=fields,
            auth=(user, self.site.passwords[user]),
        )
        assert answer.is_success, answer.text
        return answer.json()

    async def someone_comments(
        self, text: str, *, parent: str = "", name: str = "Kim", email: str = "", post: int = 0
    ) -> str:
        answer = await self.client.post(
            f"{self.site.url}/wp-comments-post.php",
            data={
                "comment": text,
                "author": name,
                "email": email or f"person{next(_numbers)}@example.org",
                "comment_post_ID": str(post or self.post),
                "comment_parent": parent.rpartition("-")[2] or "0",
            },
        )
        assert answer.status_code == 302, answer.text
        number = answer.headers["Location"].rpartition("#comment-")[2]
        return self.native_id(int(number.partition("&")[0]))

    async def author_edits(self, native_id: str, text: str) -> None:
        await self.set(native_id, content=text)

    async def author_deletes(self, native_id: str) -> None:
        """Visitors cannot delete on a WordPress site: they ask a moderator."""
        await self.moderate("DELETE", _route(native_id))

    async def set(self, native_id: str, **fields: str) -> None:
        """Change a comment as a moderator."""
        await self.moderate("POST", _route(native_id), dict(fields))

    async def erase(self, native_id: str) -> None:
        """Delete a comment so that no trace is left."""
        await self.moderate("DELETE", _route(native_id), {"force": True})

    async def someone_writes_privately(self, text: str) -> str:
        """Comment under a post that only the site's people can read."""
        post = await self.publish(status="private")
        said = await self.moderate(
            "POST", "/wp/v2/comments", {"post": post, "content": text}, "kollegin"
        )
        return self.native_id(said["id"])

    async def next_write_loses_its_answer(self) -> None:
        self.wire.next(LoseAnswer(), method="POST")

    async def next_write_gets_lost(self) -> None:
        self.wire.next(LoseRequest(), method="POST")

    async def next_write_is_too_early(self, seconds: int) -> None:
        self.wire.next(Answer(429, {"Retry-After": str(seconds)}), method="POST")

    async def texts_under(self, native_id: str) -> list[str]:
        number = native_id.rpartition("-")[2]
        answer = await self.client.get(
            f"{self.site.url}/",
            params={"rest_route": "/wp/v2/comments", "parent": number, "order": "asc"},
        )
        assert answer.is_success, answer.text
        return [to_text(reply["content"]["rendered"]) for reply in answer.json()]


def _route(native_id: str) -> str:
    return f"/wp/v2/comments/{native_id.rpartition('-')[2]}"
