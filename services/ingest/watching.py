"""Visit watched pages in turn: politely, less and less often while nothing happens there."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from schemas.inbound import InboundEvent
from services.ingest.door import Unstorable, admit
from services.ingest.intake import Intake
from services.ingest.take import Taken, take_in
from services.kit.db import Connection, Pool, transaction
from services.kit.faults import INFRASTRUCTURE, describe, retry_delay
from services.kit.outbox import told_to_end
from services.kit.pseudonym import long_key, short_key
from services.networks.connected import Connected
from services.networks.lookout import Looked, Lookout, NotLooked, Watching
from services.networks.network import Network, NetworkError, Refused, Temporary
from services.networks.targets import Target
from services.store import watch_readings
from services.store.watch_readings import DueWatch, FiguresRow, Visited
from services.store.watches import Trouble

log = logging.getLogger(__name__)

PULSE = 2.0
"""Seconds between two looks at what is due."""
AT_ONCE = 4
"""Visits at a time; never two to one host."""
GAP = timedelta(seconds=3)
"""Time between two visits to one host."""
LEASE = timedelta(minutes=5)
"""Time after which a visit counts as lost with its process."""
OFTEN = timedelta(minutes=15)
"""Pause between two visits while there is news."""
FEEDS_OFTEN = timedelta(minutes=30)
SLOWER = 1.5
SELDOM = timedelta(hours=4)
"""Longest pause where there never is news."""
PARTNERS_OFTEN = timedelta(minutes=45)
"""The same for partners: what befell one of them is to stand on the desk within an hour."""
LONGEST = timedelta(days=1)
"""Longest pause after failures; a server may wish for more."""
CHECKED = 5
"""Posts that are missing from a page and looked for at one visit."""


@dataclass(frozen=True)
class Rounds:
    """What is needed to visit; `lookouts` are those that need no account."""

    pool: Pool
    intake: Intake
    connected: Connected
    lookouts: Mapping[str, Lookout]
    kept: timedelta = timedelta(days=30)
    """How long the words of posts are kept under which nobody spoke up."""


@dataclass(frozen=True)
class _Reader:
    source: str
    lookout: Lookout
    network: Network | None = None


def next_visit(
    now: datetime, *, is_feed: bool, quiet: int, wish: float | None, is_partner: bool = False
) -> datetime:
    """Return when a page is visited again after `quiet` visits in a row without news. Pure."""
    often = FEEDS_OFTEN if is_feed else OFTEN
    longest = PARTNERS_OFTEN if is_partner else SELDOM
    pause = min(often * SLOWER ** min(quiet, 20), longest)
    return now + max(pause, timedelta(seconds=wish or 0))


def next_try(now: datetime, *, failures: int, wish: float | None) -> datetime:
    """Return when a page is tried again after so many failures, this one included. Pure."""
    pause = min(OFTEN * 2.0 ** min(failures - 1, 10), LONGEST)
    return now + max(pause, timedelta(seconds=wish or 0))


async def watch_pages(rounds: Rounds) -> None:
    """Visit for ever what is due; a database that does not answer is waited for."""
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_walk(rounds))


async def _walk(rounds: Rounds) -> None:
    failures = 0
    while not told_to_end():
        try:
            visited = await visit_next(rounds, datetime.now(UTC))
            failures = 0
        except INFRASTRUCTURE as error:
            failures += 1
            log.warning("no page is visited for a moment: %s", describe(error))
            await asyncio.sleep(retry_delay(failures))
            continue
        if not visited:
            await asyncio.sleep(PULSE)


async def visit_next(rounds: Rounds, now: datetime) -> bool:
    """Visit the page that waits longest; False when none is due."""
    async with transaction(rounds.pool) as connection:
        due = await watch_readings.claim_due(connection, now, lease=LEASE, gap=GAP)
    if due is None:
        return False
    try:
        await _visit(rounds, due, now)
    except INFRASTRUCTURE:
        raise
    except Refused as error:
        gone = error.code == "gone"
        await _failed(rounds, due, "gone" if gone else "refused", str(error), now)
    except NotLooked as error:
        await _failed(
            rounds, due, error.trouble, str(error), now, wish=error.retry_after,
            memory=error.memory,
        )  # fmt: skip
    except NetworkError as error:
        wish = error.retry_after if isinstance(error, Temporary) else None
        await _failed(rounds, due, "unreachable", str(error), now, wish=wish)
    except Exception as error:
        log.exception("the watch %s cannot be read", due.watch_id)
        await _failed(rounds, due, "ours", describe(error), now)
    return True


async def _visit(rounds: Rounds, due: DueWatch, now: datetime) -> None:
    reader = _reader(rounds, due.network)
    if reader is None:
        await _failed(rounds, due, "not_connected", "", now)
        return
    target = Target(due.network, due.kind, due.address, due.name, due.relation)
    looked = await reader.lookout.look(target, due.memory, now)
    recent = [one for one in looked.posts if one.event.data.created_at >= now - rounds.kept]
    looked = replace(looked, posts=recent)
    gone = await _missing(rounds, reader, due, looked, now)
    async with transaction(rounds.pool) as connection:
        events, strangers = await _ours_to_keep(connection, rounds, reader, due, looked)
        taken = await take_in(
            connection, [*events, *gone], pseudonym_key=rounds.intake.pseudonym_key, now=now,
            watch_id=due.watch_id, former_keys=rounds.intake.former_keys,
        )  # fmt: skip
        await watch_readings.keep_figures(connection, _figures(looked), now)
        news = sum(1 for one in taken if one.outcome in ("received", "edited"))
        quiet = 0 if news else due.quiet + 1
        is_feed = due.kind == "feed"
        visited = Visited(
            due_at=next_visit(
                now, is_feed=is_feed, quiet=quiet, wish=looked.wish,
                is_partner=due.relation == "partner",
            ),
            memory=looked.memory,
            page_key=short_key(due.network, looked.page_id) if looked.page_id else None,
            readers=looked.readers,
            news=sum(1 for one in taken if one.outcome == "received"),
            strangers=strangers,
        )  # fmt: skip
        await watch_readings.note_visit(connection, due.watch_id, visited, now)
    _count(rounds, taken)


def _reader(rounds: Rounds, network: str) -> _Reader | None:
    """Return whoever can read this network: it needs no account, or one is connected."""
    if network in rounds.lookouts:
        return _Reader(f"{network}:watches", rounds.lookouts[network])
    for one in rounds.connected.networks:
        if one.name == network and isinstance(one, Watching):
            return _Reader(one.connection, one.lookout, one)
    return None


async def _ours_to_keep(
    connection: Connection, rounds: Rounds, reader: _Reader, due: DueWatch, looked: Looked
) -> tuple[list[InboundEvent], int]:
    """Return the posts of pages that somebody entered, and the number of all others.

    What a hashtag or a search finds of accounts that nobody entered may be a private person's.
    """
    pages = None
    if due.kind in ("hashtag", "search"):
        pages = await watch_readings.watched_pages(connection, due.network)
    kept: list[InboundEvent] = []
    for post in looked.posts:
        event = post.event.model_copy(update={"source": reader.source})
        data = event.data
        known = pages is None or short_key(data.network, data.page.native_id) in pages
        if not known or data.author.is_self or data.author.native_id != data.page.native_id:
            continue
        try:
            admit(event, rounds.intake.pseudonym_key, event.time)
        except Unstorable as error:
            log.warning("a post of the watch %s is left out: %s", due.watch_id, error)
            continue
        kept.append(event)
    return kept, len(looked.posts) - len(kept)


async def _missing(
    rounds: Rounds, reader: _Reader, due: DueWatch, looked: Looked, now: datetime
) -> list[InboundEvent]:
    """Return the deletions of posts that stood on the page before; each is asked for once more."""
    if looked.complete_since is None or reader.network is None:
        return []
    since = max(looked.complete_since, now - rounds.kept)
    async with rounds.pool.connection() as connection:
        known = await watch_readings.posts_since(connection, due.watch_id, since)
    shown = {post.event.data.native_id for post in looked.posts}
    page = looked.page_id or due.address
    return [
        _deletion(due, reader.source, page, Lost(native_id, known[native_id], now))
        for native_id in [one for one in known if one not in shown][:CHECKED]
        if await reader.network.read(native_id) is None
    ]


@dataclass(frozen=True)
class Lost:
    """A post that its network no longer shows."""

    native_id: str
    made_at: datetime
    noticed_at: datetime


def _deletion(due: DueWatch, source: str, page: str, lost: Lost) -> InboundEvent:
    return InboundEvent.model_validate(
        {
            "id": f"{lost.native_id}#del",
            "source": source,
            "type": "comment.deleted.v1",
            "time": lost.noticed_at,
            "data": {
                "network": due.network,
                "native_id": lost.native_id,
                "revision": "deleted",
                "page": {"native_id": page, "name": due.name, "relation": due.relation},
                "root": {"native_id": lost.native_id},
                "author": {"native_id": page},
                "visibility": "public",
                "created_at": lost.made_at,
            },
        }
    )


def _figures(looked: Looked) -> list[FiguresRow]:
    return [
        FiguresRow(
            long_key(post.event.data.network, post.event.data.native_id),
            post.likes, post.replies, post.shares,
        )
        for post in looked.posts
    ]  # fmt: skip


async def _failed(
    rounds: Rounds, due: DueWatch, trouble: Trouble, detail: str, now: datetime,
    *, wish: float | None = None, memory: str | None = None,
) -> None:  # fmt: skip
    if trouble != "not_connected":
        log.warning("the watch %s brought nothing: %s %s", due.watch_id, trouble, detail)
    due_at = next_try(now, failures=due.failures + 1, wish=wish)
    async with transaction(rounds.pool) as connection:
        await watch_readings.note_trouble(
            connection, due.watch_id, trouble, detail[:300], due_at=due_at, now=now, memory=memory
        )


def _count(rounds: Rounds, taken: Sequence[Taken]) -> None:
    telemetry, service = rounds.intake.bus.telemetry, rounds.intake.bus.service
    for one in taken:
        telemetry.taken.labels(service, one.event.data.network, one.outcome).inc()
