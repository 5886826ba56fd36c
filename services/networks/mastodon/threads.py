"""Finds what changed in threads, and says it once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from schemas.inbound import Inbound, Page, Root
from services.networks.mastodon.client import MastodonClient
from services.networks.mastodon.entities import ACCOUNT, CONTEXT, RAW, Status
from services.networks.mastodon.mapping import (
    Place,
    deletion_of,
    event_of,
    is_public,
    notice_of,
    revision_of,
    root_of,
)
from services.networks.mastodon.memory import Memory, Thread
from services.networks.mastodon.reading import relationship_with, status_path
from services.networks.network import Unreadable

_VERIFIED_AT_ONCE = 20
"""Comments missing from a thread that are asked for one by one in one look."""
_WORDS = frozenset({"content", "text", "spoiler_text", "note", "display_name", "username", "acct"})


@dataclass
class Told:
    """What one look brought."""

    events: list[Inbound] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


class Threads:
    """Reads threads for one connection; `pages` are our own and the watched accounts, by id."""

    def __init__(
        self,
        client: MastodonClient,
        own_id: str,
        pages: Mapping[str, Page],
        memory: Memory,
        source: str,
    ) -> None:
        self._client = client
        self._own_id = own_id
        self._pages = pages
        self._memory = memory
        self._source = source
        self._roots: dict[str, Root] = {}
        self._verified: dict[str, datetime] = {}
        self._reported: set[str] = set()

    async def tell(self, status: Status, told: Told) -> None:
        """Tell a status that concerns us: somebody mentions us in it.

        What is not public is passed on without its surroundings and not remembered.
        """
        if not is_public(status):
            root_id = self._memory.root_of(status.in_reply_to_id) or status.id
            self._say(status, Place(self._pages[self._own_id], Root(native_id=root_id)), told)
            return
        root_id = await self.follow(status)
        thread = self._memory.threads[root_id]
        if root_id not in self._roots:
            await self._root(root_id, thread, told)
        self._tell_once(root_id, status, self._place(root_id, thread), told)

    async def look(self, root_id: str, told: Told) -> None:
        """Tell what came, changed and vanished in a thread since it was last looked at."""
        thread = self._memory.threads[root_id]
        root = await self._root(root_id, thread, told)
        found = await self._client.find(f"{status_path(root_id)}/context", CONTEXT)
        if found is None or (root is None and root_id not in self._roots):
            await self._tell_thread_gone(root_id, thread, told)
            return
        place = self._place(root_id, thread)
        present = [status for said in found.descendants if (status := self.parsed(said, told))]
        if root is not None and root_id in thread.told:
            present.insert(0, root)
        for status in present:
            known = status.id in thread.told
            if known or (self._concerns(thread, status) and is_public(status)):
                self._tell_once(root_id, status, place, told)
        shown = {str(said.get("id")) for said in found.descendants} | {s.id for s in present}
        missing = [one for one in thread.told if one not in shown]
        missing.sort(key=lambda one: self._verified.get(one, self._memory.since))
        for status_id in missing[:_VERIFIED_AT_ONCE]:
            await self._verify(root_id, status_id, place, told)

    async def follow(self, status: Status) -> str:
        """Return the root of a status' thread, under watch from now on; itself at worst."""
        known = self._memory.root_of(status.id) or self._memory.root_of(status.in_reply_to_id)
        if known is not None:
            self._memory.open(known, self._memory.threads[known].by, status.created_at)
            return known
        root = status
        if status.in_reply_to_id is not None:
            found = await self._client.find(f"{status_path(status.id)}/context", CONTEXT)
            above = found.ancestors if found else ()
            root = next((one for said in above if (one := self.parsed(said, Told()))), status)
        self._roots[root.id] = root_of(root)
        self._memory.open(root.id, root.account.id, status.created_at)
        return root.id

    def _concerns(self, thread: Thread, status: Status) -> bool:
        """Everything below our own and watched posts; elsewhere what mentions us and is ours."""
        if status.created_at < self._memory.since:
            return False
        if thread.by in self._pages or status.account.id == self._own_id:
            return True
        return any(mention.id == self._own_id for mention in status.mentions)

    async def _root(self, root_id: str, thread: Thread, told: Told) -> Status | None:
        """Return the root where it has to be read: it is a comment itself, or not known yet."""
        if root_id in self._roots and root_id not in thread.told:
            return None
        said = await self._client.find(status_path(root_id), RAW)
        if said is None:
            self._roots.pop(root_id, None)
            return None
        root = self.parsed(said, told)
        self._roots[root_id] = root_of(root) if root is not None else Root(native_id=root_id)
        return root

    def _place(self, root_id: str, thread: Thread) -> Place:
        page = self._pages.get(thread.by, self._pages[self._own_id])
        return Place(page, self._roots.get(root_id, Root(native_id=root_id)))

    def _tell_once(self, root_id: str, status: Status, place: Place, told: Told) -> None:
        before = self._memory.told(status.id)
        if before != revision_of(status):
            self._say(status, place, told, told_before=before is not None)
            self._memory.note(root_id, status)

    def _say(self, status: Status, place: Place, told: Told, *, told_before: bool = False) -> None:
        try:
            event = event_of(
                status, place, own_id=self._own_id, source=self._source, told_before=told_before
            )
        except ValidationError as error:
            self._report(status.model_dump(mode="json"), error, told)
        else:
            told.events.append(event)

    async def _verify(self, root_id: str, status_id: str, place: Place, told: Told) -> None:
        """Ask for a comment that its thread does not show: it need not be deleted."""
        thread = self._memory.threads[root_id]
        if status_id not in thread.told:
            return
        now = datetime.now(UTC)
        said = await self._client.find(status_path(status_id), RAW)
        if said is not None:
            self._verified[status_id] = now
            if (status := self.parsed(said, told)) is not None:
                self._tell_once(root_id, status, place, told)
            return
        revision, author = thread.told[status_id]
        if await self._blocks_us(author):
            self._tell_block(author, now, told)
            return
        told.events.append(
            deletion_of(
                status_id, revision, author, place,
                own_id=self._own_id, source=self._source, now=now,
            )
        )  # fmt: skip
        self._memory.forget(root_id, status_id)
        await self._tell_if_gone(author, now, told)

    async def _tell_thread_gone(self, root_id: str, thread: Thread, told: Told) -> None:
        now = datetime.now(UTC)
        if await self._blocks_us(thread.by):
            self._tell_block(thread.by, now, told)
        else:
            told.events.append(
                notice_of("thread.deleted.v1", source=self._source, now=now, root_id=root_id)
            )
            if root_id in thread.told:
                revision, author = thread.told[root_id]
                told.events.append(
                    deletion_of(
                        root_id, revision, author, self._place(root_id, thread),
                        own_id=self._own_id, source=self._source, now=now,
                    )
                )  # fmt: skip
            await self._tell_if_gone(thread.by, now, told)
        self._memory.close(root_id)

    async def _blocks_us(self, account_id: str) -> bool:
        if account_id == self._own_id:
            return False
        relationship = await relationship_with(self._client, account_id)
        return relationship is not None and relationship.blocked_by

    def _tell_block(self, account_id: str, now: datetime, told: Told) -> None:
        """Tell the block once; what its author said is remembered no longer."""
        told.events.append(
            notice_of("author.blocked.v1", source=self._source, now=now, author_id=account_id)
        )
        for root_id, thread in self._memory.threads.items():
            for status_id in [one for one, (_, by) in thread.told.items() if by == account_id]:
                self._memory.forget(root_id, status_id)

    async def _tell_if_gone(self, account_id: str, now: datetime, told: Told) -> None:
        if account_id == self._own_id:
            return
        account = await self._client.find(f"/api/v1/accounts/{account_id}", ACCOUNT)
        if account is None or account.suspended:
            told.events.append(
                notice_of("author.gone.v1", source=self._source, now=now, author_id=account_id)
            )

    def reread(self, root_id: str) -> None:
        """Read the root anew at the next look: it was edited."""
        self._roots.pop(root_id, None)

    def tidy(self) -> None:
        """Forget what belongs to threads that are not under watch any more."""
        memory = self._memory
        self._roots = {r: root for r, root in self._roots.items() if r in memory.threads}
        self._verified = {s: at for s, at in self._verified.items() if memory.told(s) is not None}

    def parsed(self, said: Any, told: Told) -> Status | None:
        """Return a status, None when it cannot be read; that is reported."""
        try:
            return Status.model_validate(said)
        except ValidationError as error:
            self._report(said, error, told)
            return None

    def _report(self, said: Any, error: ValidationError, told: Told) -> None:
        """Hand on what cannot be read, each thing once and without anybody's words."""
        name = str(said.get("id")) if isinstance(said, dict) else ""
        if name in self._reported:
            return
        self._reported.add(name)
        faults = [(detail["loc"], detail["type"]) for detail in error.errors()]
        raw = json.dumps(_without_words(said)).encode()
        told.unreadable.append(Unreadable(raw, f"status cannot be read: {faults}"[:500]))


def _without_words(said: Any) -> Any:
    if isinstance(said, dict):
        return {k: "" if k in _WORDS else _without_words(v) for k, v in said.items()}
    if isinstance(said, list | tuple):
        return [_without_words(one) for one in said]
    return said
