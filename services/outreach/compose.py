"""Make the day's list: read the best posts' threads, weigh, choose few, ask for their drafts."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.drafts import DraftRequested
from services.kit.db import Connection, Pool, transaction
from services.kit.embed.embedder import Embeds
from services.kit.faults import INFRASTRUCTURE, describe, retry_delay
from services.kit.outbox import promise, told_to_end
from services.networks.connected import Connected
from services.networks.lookout import Remark, Watching
from services.networks.network import NetworkError
from services.outreach.choose import OLDEST, PER_DAY, Shown, choose, is_possible
from services.outreach.quarrel import mood
from services.outreach.score import Scored, Weights, learned, parts_of, score
from services.store import opportunities
from services.store.claims import alone_at
from services.store.opportunities import Candidate, Look

log = logging.getLogger(__name__)

EVERY = 20.0
"""Seconds between two looks at what has changed."""
LOOK_AGAIN = timedelta(minutes=20)
"""Age at which a thread is looked at again while its opportunity is open."""
LOOKED_AT = 2 * PER_DAY
"""Threads that are read to fill a list."""
MORNING = 5
"""Hour of the day, local time, from which on there is a new list."""
COMPARED = 60
"""Remarks of a thread that are compared with our passage, the latest."""


@dataclass(frozen=True)
class Composing:
    """What is needed to make lists."""

    pool: Pool
    embedder: Embeds
    connected: Connected


async def compose_for_ever(composing: Composing) -> None:
    """Keep today's list up to date; a database that does not answer is waited for."""
    failures = 0
    while not told_to_end():
        try:
            await compose(composing, datetime.now(UTC))
            failures = 0
        except INFRASTRUCTURE as error:
            failures += 1
            log.warning("the list of opportunities waits: %s", describe(error))
            await asyncio.sleep(retry_delay(failures))
        await asyncio.sleep(EVERY)


async def compose(composing: Composing, now: datetime) -> int:
    """Look again at what is open, close what is over, fill today's list; return what was added.

    While another process is at it nothing is done: each thread is read once.
    """
    async with alone_at(composing.pool, "compose") as alone:
        return await _compose(composing, now) if alone else 0


async def _compose(composing: Composing, now: datetime) -> int:
    await _look_again(composing, now)
    day = now.astimezone().date()
    async with transaction(composing.pool) as connection:
        await opportunities.close_what_is_over(connection, now, before=now - OLDEST)
        if now.astimezone().hour < MORNING and await opportunities.ever_shown(connection):
            return 0
        shown = Shown(*await opportunities.shown_on(connection, day))
        if shown.total >= PER_DAY:
            return 0
        candidates = await opportunities.read_candidates(connection, now, since=now - OLDEST)
        weights = learned(await opportunities.read_judgements(connection))
    possible = [one for one in candidates if is_possible(one, None, now)]
    unseen = [(one, _scored(one, None, weights, now)) for one in possible]
    unseen.sort(key=lambda pair: -pair[1].score)
    seen: list[tuple[Candidate, Scored]] = []
    for candidate, _ in unseen[:LOOKED_AT]:
        look = await _look(
            composing, candidate.network, candidate.connection, candidate.native_id,
            candidate.passage_id,
        )  # fmt: skip
        if look is None:
            continue
        async with transaction(composing.pool) as connection:
            await opportunities.keep_look(connection, candidate.comment_key, look, now)
        if is_possible(candidate, look, now):
            seen.append((candidate, _scored(candidate, look, weights, now)))
    async with transaction(composing.pool) as connection:
        await opportunities.composing(connection)
        shown = Shown(*await opportunities.shown_on(connection, day))
        added = 0
        for candidate, one in choose(seen, shown):
            if await opportunities.add_opportunity(
                connection, candidate, score=one.score, parts=one.parts, day=day, now=now
            ):
                await _ask_for_draft(connection, candidate, now)
                added += 1
    return added


def _scored(candidate: Candidate, look: Look | None, weights: Weights, now: datetime) -> Scored:
    parts = parts_of(candidate, look, now)
    return Scored(score(parts, candidate.relation, weights), parts)


async def _ask_for_draft(connection: Connection, candidate: Candidate, now: datetime) -> None:
    message = DraftRequested(
        happened_at=now,
        network=candidate.network,
        thread_key=candidate.thread_key,
        comment_key=candidate.comment_key,
        revision=candidate.revision,
        stance="join",
    )
    await promise(connection, "outreach", [message])


async def _look_again(composing: Composing, now: datetime) -> None:
    async with composing.pool.connection() as connection:
        standing = await opportunities.read_open(connection, now - LOOK_AGAIN)
    for one in standing:
        look = await _look(composing, one.network, one.connection, one.native_id, one.passage_id)
        if look is not None:
            async with transaction(composing.pool) as connection:
                await opportunities.keep_look(connection, one.comment_key, look, now)


async def _look(
    composing: Composing, network: str, source: str, native_id: str, passage_id: int | None
) -> Look | None:
    """Read a thread and keep figures of it; None when it cannot be read now.

    Where nothing can be read below a post, as in feeds, nothing is known of what was said.
    """
    reader = next(
        (
            one
            for one in composing.connected.networks
            if one.connection == source and isinstance(one, Watching)
        ),
        None,
    )
    if reader is None:
        return Look(0, 0, quarrel=False, ours=False, said=None) if network == "feeds" else None
    try:
        remarks = await reader.lookout.remarks(native_id)
    except NetworkError as error:
        log.warning("%s shows no thread now: %s", source, error)
        return None
    if remarks is None:
        return Look(0, 0, quarrel=False, ours=False, said=None, gone=True)
    found = mood(remarks)
    return Look(
        found.remarks, found.hostile, found.quarrel,
        ours=any(one.is_self for one in remarks),
        said=await _said(composing, remarks, passage_id),
    )  # fmt: skip


async def _said(
    composing: Composing, remarks: Sequence[Remark], passage_id: int | None
) -> float | None:
    """Return how near the nearest remark is to our passage; None without either."""
    texts = [one.text[:1000] for one in remarks[-COMPARED:] if one.text.strip()]
    if passage_id is None or not texts:
        return None
    async with composing.pool.connection() as connection:
        passage = await opportunities.passage_vector(
            connection, passage_id, composing.embedder.space
        )
    if passage is None:
        return None
    vectors = await composing.embedder.embed_queries(texts)
    return float((vectors @ passage).max())
