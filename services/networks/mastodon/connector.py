"""One account's connection to Mastodon or a server that speaks its API."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import httpx

from schemas.inbound import Page
from services.networks.keeper import Keeper
from services.networks.mastodon.checking import diagnose
from services.networks.mastodon.client import MastodonClient
from services.networks.mastodon.entities import STATUS
from services.networks.mastodon.home import CAPABILITIES, Home, ask_home
from services.networks.mastodon.listening import Listener, Timings
from services.networks.mastodon.lookout import MastodonLookout
from services.networks.mastodon.mapping import NETWORK, page_of, standing_of
from services.networks.mastodon.memory import Memory
from services.networks.mastodon.posting import delete_reply, find_reply, post_reply
from services.networks.mastodon.reading import (
    behind_a_block,
    find_account,
    relationship_with,
    status_path,
)
from services.networks.mastodon.scout import MastodonScout
from services.networks.mastodon.settings import MastodonSettings
from services.networks.network import (
    Batch,
    Capabilities,
    Diagnosis,
    Outgoing,
    Posted,
    Refused,
    Standing,
)

_log = logging.getLogger(__name__)


class MastodonNetwork:
    """Listens to what is said to an account and under the posts it watches, and replies as it.

    Before its first act it asks the server what it is and can do; from then on `capabilities` are
    that server's. `patience` is after how many seconds an answer is overdue. A client that is
    passed in stays the caller's to close. The token does not rotate, so nothing is kept.
    """

    name: str = NETWORK
    connection: str
    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self,
        settings: MastodonSettings,
        _keeper: Keeper,
        *,
        connection: str,
        client: httpx.AsyncClient | None = None,
        patience: float = 15.0,
        timings: Timings | None = None,
    ) -> None:
        self.connection = connection
        self._settings = settings
        self._owns_client = client is None
        self._http = client or httpx.AsyncClient(trust_env=False)
        self._token = settings.token.get_secret_value()
        self._client = MastodonClient(settings.server, self._token, self._http, patience=patience)
        self._patience = patience
        self._timings = timings or Timings()
        self._known_home: Home | None = None
        self.lookout = MastodonLookout(self._client, self._own_id)
        self.scout = MastodonScout(self._client)

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        """Yield batches after the cursor for ever; raise Temporary when the connection breaks."""
        home = await self._ask_home()
        since = datetime.now(UTC) - timedelta(hours=self._settings.look_back_hours)
        try:
            memory = Memory.load(cursor, since=since)
        except ValueError as error:
            _log.warning("%s: %s, listening as if for the first time", self.connection, error)
            memory = Memory.load(None, since=since)
        listener = Listener(
            self._client,
            own_id=home.me.id,
            pages=await self._pages(home),
            memory=memory,
            timings=self._timings,
            source=self.connection,
        )
        batches = listener.batches(home.streaming, self._token, self._patience)
        async with aclosing(batches) as told:
            async for batch in told:
                yield batch

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment stands now, None when it is gone.

        What its author hides from us by a block is not gone.
        """
        home = await self._home()
        status = await self._client.find(status_path(native_id), STATUS)
        if status is None:
            return await behind_a_block(self._client, native_id, own_id=home.me.id)
        ours = status.account.id == home.me.id
        relationship = None if ours else await relationship_with(self._client, status.account.id)
        return standing_of(status, relationship, own_id=home.me.id)

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Post once; raises Temporary, OutcomeUnknown or Refused.

        The person answered is mentioned; in `Posted.text` that mention is left out again. A reply
        that the server shows to others than asked for is taken down and counts as refused.
        """
        return await post_reply(self._client, await self._home(), outgoing)

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        """Look up this text of ours under its parent: keys cannot be looked up."""
        return await find_reply(self._client, await self._home(), outgoing)

    async def delete(self, native_id: str) -> bool:
        """Delete a reply of ours; True when it is gone afterwards."""
        return await delete_reply(self._client, native_id)

    async def hide(self, native_id: str, *, hidden: bool) -> bool:
        """Raise Refused: only a server's own moderators can hide what somebody wrote."""
        raise Refused(
            f"no account can {'hide' if hidden else 'show'} {native_id} for others on this network",
            code="invalid",
        )

    async def check(self) -> Diagnosis:
        """Ask the server how this connection stands; a fault is a finding, not an exception."""
        return await diagnose(self._client, self._settings, patience=self._patience)

    async def close(self) -> None:
        if self._owns_client:
            await self._http.aclose()

    async def _own_id(self) -> str:
        return (await self._home()).me.id

    async def _home(self) -> Home:
        return self._known_home or await self._ask_home()

    async def _ask_home(self) -> Home:
        home = await ask_home(self._client)
        self._known_home = home
        self.capabilities = home.capabilities
        _log.info(
            "%s: the server's version is %s, it takes %d characters",
            self.connection, home.version, home.max_characters,
        )  # fmt: skip
        return home

    async def _pages(self, home: Home) -> dict[str, Page]:
        """Return our own page and the watched accounts that the server knows, by account."""
        pages = {home.me.id: page_of(home.me, "own")}
        for watched in self._settings.watch:
            account = await find_account(self._client, watched.account)
            if account is None:
                _log.warning("%s: a watched account is unknown to the server", self.connection)
            else:
                pages.setdefault(account.id, page_of(account, watched.relation))
        return pages
