"""One account's connection to Bluesky."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from schemas.inbound import Relation
from services.networks.bluesky.account import Account
from services.networks.bluesky.check import examine
from services.networks.bluesky.gate import gate_uri, with_hidden
from services.networks.bluesky.listening import Listening, Rhythm
from services.networks.bluesky.lookout import BlueskyLookout
from services.networks.bluesky.mapping import NETWORK, Scene
from services.networks.bluesky.memory import Memory
from services.networks.bluesky.places import Places
from services.networks.bluesky.posting import Posting, resolve_handle
from services.networks.bluesky.records import parse_uri, written
from services.networks.bluesky.repos import Repos, Swapped
from services.networks.bluesky.said import read_post
from services.networks.bluesky.scout import BlueskyScout
from services.networks.bluesky.settings import BlueskySettings
from services.networks.bluesky.standing import Standings
from services.networks.bluesky.teller import Teller
from services.networks.bluesky.view import View
from services.networks.bluesky.xrpc import Xrpc
from services.networks.keeper import Keeper
from services.networks.length import fits
from services.networks.network import (
    Batch,
    Capabilities,
    Diagnosis,
    Outgoing,
    Posted,
    Refused,
    Standing,
    Temporary,
)

log = logging.getLogger(__name__)

_HIDE_TRIES = 3


class BlueskyNetwork:
    """Listens to an account's notifications, threads and stream, and replies as the account.

    `patience` is after how many seconds an answer is overdue. A client that is passed in stays the
    caller's to close.
    """

    name: str = NETWORK
    connection: str
    capabilities: Capabilities = Capabilities(
        receive="poll",
        reply_on_own_pages=True,
        reply_on_watched_pages=True,
        hide=True,
        delete_own_reply=True,
        sees_edits=True,
        sees_deletes=True,
        keyed_posting=True,
        max_length=300,
        length_unit="grapheme",
        reply_depth=None,
        max_bytes=3000,
    )

    def __init__(
        self,
        settings: BlueskySettings,
        keeper: Keeper,
        *,
        connection: str,
        client: httpx.AsyncClient | None = None,
        patience: float = 15.0,
        rhythm: Rhythm | None = None,
    ) -> None:
        self.connection = connection
        self._settings = settings
        self._owns_client = client is None
        self._client = client or httpx.AsyncClient(trust_env=False)
        self._patience = patience
        self._rhythm = rhythm or Rhythm()
        xrpc = Xrpc(settings.service, self._client, patience=patience)
        self._account = Account(xrpc, settings, keeper, connection=connection)
        self._repos = Repos(self._account)
        self._places = Places(self._account, self._repos)
        self._standings = Standings(self._account, self._repos)
        self._posting = Posting(self._account, self._repos)
        self.lookout = BlueskyLookout(self._account, View(self._account))
        self.scout = BlueskyScout(self._account, View(self._account))
        if settings.firehose is not None:
            self.capabilities = replace(self.capabilities, receive="stream")

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        """Yield batches after the cursor for ever; raise Temporary when the connection breaks."""
        session = await self._account.session()
        scene = Scene(self.connection, session.did, await self._pages(session.did))
        memory = Memory.resumed(cursor, datetime.now(UTC), self._settings.look_back)
        listening = Listening(
            Teller(scene, self._places, memory), self._repos, View(self._account),
            firehose=self._settings.firehose, look_back=self._settings.look_back,
            patience=self._patience, rhythm=self._rhythm,
        )  # fmt: skip
        async with aclosing(listening.batches()) as batches:
            async for batch in batches:
                yield batch

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment stands for others now, None when they do not see it."""
        await self._account.session()
        uri = parse_uri(native_id)
        return await self._standings.of(uri) if uri is not None else None

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Write the reply under a key made of its approval, unless it stands there already.

        Everything on Bluesky is public, so anything else is refused.
        """
        if outgoing.visibility != "public":
            raise Refused("every post on Bluesky is public", code="not_public")
        if not fits(outgoing.text, self.capabilities):
            raise Refused("a post holds 300 graphemes and 3,000 bytes", code="too_long")
        return await self._posting.post(outgoing)

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        """Return the reply with this approval's key, text and parent."""
        return await self._posting.find(outgoing)

    async def delete(self, native_id: str) -> bool:
        """Delete a reply of ours; True when it is gone afterwards."""
        uri = parse_uri(native_id)
        if uri is None:
            raise Refused("this is the name of no post", code="invalid")
        await self._repos.remove(uri)
        return True

    async def hide(self, native_id: str, *, hidden: bool) -> bool:
        """Hide a reply in a thread of ours by its threadgate, or show it again."""
        session = await self._account.session()
        uri = parse_uri(native_id)
        comment = await self._repos.find(uri) if uri is not None else None
        if comment is None:
            raise Refused("the comment is gone", code="gone")
        post = read_post(comment.value)
        root = parse_uri(post.reply.root.uri) if post is not None and post.reply else None
        if root is None or root.did != session.did:
            raise Refused("only replies to posts of this account can be hidden", code="scope")
        for _ in range(_HIDE_TRIES):
            gate = gate_uri(root)
            before = await self._repos.find(gate)
            try:
                value = with_hidden(
                    before.value if before is not None else None, root, native_id,
                    hidden=hidden, now=written(datetime.now(UTC)),
                )  # fmt: skip
            except ValueError as error:
                raise Refused(str(error), code="invalid") from error
            if value is None:
                return True
            over = before.cid if before is not None else None
            try:
                await self._repos.put(gate.collection, gate.rkey, value, over=over)
            except Swapped:
                continue
            return True
        raise Temporary("the thread's gate changes too fast")

    async def check(self) -> Diagnosis:
        """Sign in, look at the AppView, the stream and the watched accounts."""
        return await examine(
            self._account, self._settings, self.capabilities, patience=self._patience
        )

    async def close(self) -> None:
        if self._owns_client:
            await self._client.aclose()

    async def _pages(self, ours: str) -> dict[str, Relation]:
        """Return our page and the watched ones by DID; one that nobody knows is left out."""
        pages: dict[str, Relation] = {}
        for watched in self._settings.watch:
            did = await resolve_handle(self._account, watched.account)
            if did is None:
                log.warning("%s: nobody is called %s", self.connection, watched.account)
            else:
                pages[did] = watched.relation
        return {**pages, ours: "own"}
