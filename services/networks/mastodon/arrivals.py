"""Reads the lists in which news arrives: notifications, filtered ones, accounts' new posts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from services.networks.mastodon.client import MastodonClient, Query
from services.networks.mastodon.entities import RAW_LIST, Status
from services.networks.mastodon.mapping import is_public
from services.networks.mastodon.memory import WATCHED, Memory
from services.networks.mastodon.reading import PAGE, find_if_allowed
from services.networks.mastodon.threads import Threads, Told

Raw = dict[str, Any]

_MOST_PAGES = 25
"""Pages of one list that are read in one go."""


class Arrivals:
    """Reads on from where the memory stands; servers' order counts, never that of ids."""

    def __init__(
        self, client: MastodonClient, own_id: str, memory: Memory, threads: Threads
    ) -> None:
        self._client = client
        self._own_id = own_id
        self._memory = memory
        self._threads = threads

    async def notifications(self) -> AsyncIterator[Told]:
        pages = self._newer() if self._memory.notification else self._first()
        async for page in pages:
            told = Told()
            for said in page:
                content = said.get("status") if said.get("type") == "mention" else None
                status = self._threads.parsed(content, told) if content else None
                if status is not None:
                    await self._threads.tell(status, told)
                self._memory.notification = str(said["id"])
            yield told
        yield await self._filtered()

    async def _newer(self) -> AsyncIterator[list[Raw]]:
        """Yield what came after the newest that was read, oldest first."""
        for _ in range(_MOST_PAGES):
            after = self._memory.notification or ""
            page = await self._ask_notifications([("min_id", after)])
            fresh = _above(after, page)
            if fresh:
                yield fresh[::-1]
            if len(fresh) < PAGE:
                return

    async def _first(self) -> AsyncIterator[list[Raw]]:
        """Yield what is not older than the look-back, oldest first."""
        found: list[Raw] = []
        query: Query = ()
        for _ in range(_MOST_PAGES):
            page = await self._ask_notifications(query)
            recent = [said for said in page if _moment_of(said) >= self._memory.since]
            found += recent
            if len(recent) < PAGE:
                break
            query = [("max_id", str(page[-1]["id"]))]
        found.reverse()
        for start in range(0, len(found), PAGE):
            yield found[start : start + PAGE]

    async def _ask_notifications(self, query: Query) -> list[Raw]:
        """Return a page, newest first as the server orders it, filtered ones included."""
        page = await self._client.get(
            "/api/v1/notifications",
            RAW_LIST,
            [
                ("limit", str(PAGE)),
                ("types[]", "mention"),
                ("include_filtered", "true"),
                *query,
            ],
        )
        return [said for said in page if said.get("id")]

    async def _filtered(self) -> Told:
        """Tell what a server holds back even when asked to include it: often it is new accounts."""
        told = Told()
        recent = max(self._memory.since, datetime.now(UTC) - WATCHED)
        requests = await find_if_allowed(
            self._client, "/api/v1/notifications/requests", RAW_LIST, [("limit", str(PAGE))]
        )
        for said in (one for one in requests or () if one.get("last_status")):
            last = self._threads.parsed(said.get("last_status"), told)
            if last is None or not self._is_news(last, recent):
                continue
            path = f"/api/v1/accounts/{last.account.id}/statuses"
            page = await find_if_allowed(
                self._client, path, RAW_LIST, [("limit", str(PAGE)), ("exclude_reblogs", "true")]
            )
            statuses = [self._threads.parsed(one, told) for one in reversed(page or ())]
            for status in [*statuses, last]:
                if status is not None and self._is_news(status, recent):
                    await self._threads.tell(status, told)
        return told

    def _is_news(self, status: Status, recent: datetime) -> bool:
        to_us = any(mention.id == self._own_id for mention in status.mentions)
        known = self._memory.told(status.id) is not None
        return to_us and not known and is_public(status) and status.created_at >= recent

    async def look_at_page(self, account_id: str) -> None:
        """Take an account's new posts under watch; they are no comments and not told.

        A post that continues an earlier one belongs to that one's thread.
        """
        recent = max(self._memory.since, datetime.now(UTC) - WATCHED)
        for _ in range(_MOST_PAGES):
            after = self._memory.pages.get(account_id)
            page = await self._client.find(
                f"/api/v1/accounts/{account_id}/statuses",
                RAW_LIST,
                [
                    ("limit", str(PAGE)),
                    ("exclude_replies", "true"),
                    ("exclude_reblogs", "true"),
                    *([("min_id", after)] if after else []),
                ],
            )
            for said in page or ():
                status = self._threads.parsed(said, Told())
                if status is not None and is_public(status) and status.created_at >= recent:
                    await self._threads.follow(status)
            if page:
                self._memory.pages[account_id] = str(page[0].get("id"))
            if not page or after is None or len(page) < PAGE:
                break


def _above(known: str, page: list[Raw]) -> list[Raw]:
    """Return what stands above a known entry; a server that ignores `min_id` gives older ones."""
    ids = [str(said["id"]) for said in page]
    return page[: ids.index(known)] if known in ids else page


def _moment_of(said: Raw) -> datetime:
    """Return when a notification came; one that does not say so counts as new."""
    try:
        return datetime.fromisoformat(str(said.get("created_at"))).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
