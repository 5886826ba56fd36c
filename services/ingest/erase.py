"""Erase what people said, were called, and what was made of it; leave a tombstone.

Chunk by chunk, each in one transaction: whoever is interrupted goes on where it ended, and two
instances never take the same order. Minutes later comes a second look, for what a handler that had
read the words before was still writing.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from schemas.comments import CommentDeleted
from schemas.message import Message
from schemas.watches import PostDeleted
from services.ingest.ledger import Grave, add_graves
from services.ingest.quoting import quotes, shared_words
from services.kit.db import Connection, Pool, transaction
from services.kit.outbox import promise
from services.store import dead_letters, erasing, erasures, intake, items, tombstones
from services.store.erasing import Spoken, Traces
from services.store.erasures import Doomed, Erasure
from services.store.tombstones import Buried

CHUNK = 100
AFTERMATH = timedelta(minutes=10)
"""Until the second look: longer than any handler works on one message."""
LONGEST = timedelta(days=1)
"""An approval that is on its way for longer loses its text all the same."""
SHORTEST, NEEDLE = 4, 80
"""Letters by which something is looked for in dead letters: at least, and of a text at most."""


@dataclass(frozen=True)
class Done:
    """What a chunk could not finish in its transaction."""

    pending: list[str]
    """Approvals on their way."""
    letters: list[str]
    """Dead letters that stand on the bus."""


@dataclass(frozen=True)
class Eraser:
    """Works off orders; each instance of the service and each command has its own."""

    pool: Pool
    key: bytes
    """That tombstones are made with."""
    purge: Callable[[Collection[str]], Awaitable[None]]
    """Erases dead letters on the bus, by their ids."""
    ledger: Path | None = None
    """File outside of the database to which tombstones are added before they are laid."""

    async def work(self, now: datetime, erasure_id: str | None = None) -> bool:
        """Do the next chunk of an order that is due, or of this one; False when there is none."""
        async with transaction(self.pool) as connection:
            order = await erasures.lock_due(connection, now, erasure_id)
            if order is not None and order.erased_at is None:
                await self._erase(connection, order, now)
            elif order is not None:
                await look_again(connection, order, now)
        return order is not None

    async def clear_bus(self) -> bool:
        """Erase an order's dead letters on the bus; False when no order has any."""
        async with transaction(self.pool) as connection:
            found = await erasures.lock_letters(connection)
            if found is None:
                return False
            await self.purge(found[1])
            await erasures.letters_gone(connection, found[0])
        return True

    async def _erase(self, connection: Connection, order: Erasure, now: datetime) -> None:
        await intake.enter(connection)
        if order.scope == "account":
            await erasing.give_up_pages(connection, order.subject)
        doomed = await erasures.next_doomed(connection, order, CHUNK)
        done = await erase_chunk(connection, doomed, order, now)
        told = [
            _gone(one, now)
            for one in doomed
            if not (one.is_self or one.deleted or (order.scope == "thread" and one.settled))
        ]
        await promise(connection, "ingest", told)
        if order.scope != "deleted":
            keys = [one.comment_key for one in doomed]
            digests = [tombstones.digest(self.key, "comment", one) for one in keys]
            await self._lay(connection, order, "comment", digests, now)
            await erasing.erase_identity(connection, keys, order.erasure_id)
        await erasures.note_progress(
            connection, order, comments=len(doomed), pending=done.pending, letters=done.letters
        )
        if len(doomed) == CHUNK:
            return
        if order.scope == "account":
            buried = tombstones.digest(self.key, "account", order.subject)
            await self._lay(connection, order, "account", [buried], order.ordered_at)
            await erasing.erase_account(connection, order.subject)
        await erasures.note_erased(connection, order, now, now + AFTERMATH)

    async def _lay(
        self, connection: Connection, order: Erasure, buried: Buried, digests: list[str],
        at: datetime,
    ) -> None:  # fmt: skip
        """Lay tombstones; a person's wish is noted outside too, what time took is not."""
        if self.ledger is not None and order.scope != "thread":
            graves = [Grave(digest=one, scope=buried, at=at) for one in digests]
            await asyncio.to_thread(add_graves, self.ledger, graves)
        await tombstones.lay(connection, buried, digests, at)


async def erase_chunk(
    connection: Connection,
    doomed: Sequence[Doomed],
    order: Erasure,
    now: datetime,
    *,
    said_at: datetime | None = None,
) -> Done:
    """Erase comments with all that was made of them; the caller holds the door and tells others.

    What a person has decided about before the rule of retention comes stays decided.
    """
    theirs = [one.comment_key for one in doomed if not one.is_self]
    for thread_key in sorted({one.thread_key for one in doomed}):
        await items.lock_thread(connection, thread_key)
    traces = await erasing.read_traces(connection, theirs)
    messages, raw = await dead_letters.letters_about(connection, theirs, needles(traces))
    await dead_letters.blank_letters(connection, messages, raw)
    spoken = await _that_quote(connection, await erasing.read_spoken(connection, theirs), traces)
    await erasing.erase_words(connection, theirs)
    for kind, group in groupby(
        sorted((one for one in spoken if not one.on_its_way), key=lambda one: one.kind),
        key=lambda one: one.kind,
    ):
        await erasing.blank_spoken(connection, kind, [one.key for one in group])
    if order.packages:
        await erasing.drop_packages(connection, theirs, order.ordered_by)
    everyone = [one.comment_key for one in doomed]
    await intake.erase_comments(connection, everyone, now, said_at=said_at)
    if order.scope == "thread":
        settled = [one.comment_key for one in doomed if one.settled]
        await intake.retire(connection, settled, now)
    return Done([one.key for one in spoken if one.on_its_way], messages + raw)


async def erase_deleted(
    connection: Connection, comment_keys: Sequence[str], now: datetime, *, said_at: datetime
) -> None:
    """Erase what is gone on its network, where it may be shown again; the caller holds the door.

    A reply of ours that is gone there loses its text as it came back, and its record nothing.
    """
    doomed = await erasures.read_doomed(connection, comment_keys)
    orders = [
        Erasure(uuid4().hex, "deleted", one.comment_key, "network", now, erased_at=now)
        for one in doomed
        if not one.is_self
    ]
    if not orders:
        await intake.erase_comments(connection, comment_keys, now, said_at=said_at)
        return
    done = await erase_chunk(connection, doomed, orders[0], now, said_at=said_at)
    for order in orders:
        first = order is orders[0]
        await erasures.add_order(
            connection, replace(order, pending=done.pending if first else ()),
            due_at=now + AFTERMATH, letters=done.letters if first else (),
        )  # fmt: skip


async def look_again(connection: Connection, order: Erasure, now: datetime) -> None:
    """Erase what was written meanwhile by those who had read the words before."""
    await intake.enter(connection)
    keys = await erasures.erased_by(connection, order)
    left = [one.comment_key for one in await erasures.read_doomed(connection, keys) if one.deleted]
    await erasing.erase_words(connection, left)
    await intake.erase_comments(connection, left, now)
    messages, _ = await dead_letters.letters_about(connection, left, [])
    await dead_letters.blank_letters(connection, messages, [])
    await erasures.note_progress(connection, order, comments=0, pending=[], letters=messages)
    over = now - order.ordered_at > LONGEST
    settled = (
        list(order.pending) if over else await erasing.settled_approvals(connection, order.pending)
    )
    await erasing.blank_spoken(connection, "decision", settled)
    waiting = set(order.pending) - set(settled)
    if waiting:
        await erasures.put_off(connection, order, waiting, now + AFTERMATH)
    else:
        await erasures.note_finished(connection, order, now)


async def _that_quote(
    connection: Connection, spoken: Sequence[Spoken], traces: Traces
) -> list[Spoken]:
    """Return what holds words of theirs: a name, a run of words, or one that is none of ours."""
    found = []
    for one in spoken:
        shared = shared_words(one.text, traces.texts)
        if quotes(one.text, traces.texts, traces.names) or (
            shared and await erasing.unpublished(connection, shared)
        ):
            found.append(one)
    return found


def needles(traces: Traces) -> list[str]:
    """Return what a dead letter about these comments may hold, plain and as JSON writes it."""
    wanted = {text[:NEEDLE] for text in [*traces.texts, *traces.names, *traces.ids]}
    forms = {
        form
        for one in wanted
        if len(one) >= SHORTEST
        for form in (one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])
    }
    return sorted(forms)


def _gone(one: Doomed, now: datetime) -> Message:
    keys = {
        "happened_at": now, "network": one.network, "thread_key": one.thread_key,
        "comment_key": one.comment_key, "revision": one.revision,
    }  # fmt: skip
    if one.watch_id is not None:
        return PostDeleted.model_validate({**keys, "watch_id": one.watch_id})
    return CommentDeleted.model_validate(keys)
