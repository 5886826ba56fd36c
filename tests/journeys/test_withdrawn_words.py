"""A publication goes: its words leave every draft that waits, over the real bus and database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from schemas.publications import PublicationRemoved
from services.answer.handlers import listen as answer_listens
from services.answer.make import Drafting
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.outbox import Relay
from services.kit.service import background, listening
from services.kit.telemetry import Telemetry
from services.review import actions
from services.review.handlers import listen as review_listens
from services.review.refusals import Refused
from services.store.items import Item
from services.store.passages import live_passages, retire_passages
from services.store.publications import list_publications, remove_publication
from tests.answer.asking import ASKED
from tests.answer.conftest import library, quoting, world
from tests.answer.library import Library
from tests.review.reading import read_item
from tests.world import World

__all__ = ["library", "quoting", "world"]

TOO = "Die Stiftung übernimmt je Hof höchstens 40 Prozent der anerkannten Kosten."


@asynccontextmanager
async def at_work(drafting: Drafting, nats_url: str, database_url: str) -> AsyncIterator[Bus]:
    """Run what answer and review hear, and the desk's outbox."""
    desk = Bus(nats_url, service="review", telemetry=Telemetry("review"))
    writer = Bus(nats_url, service="answer", telemetry=Telemetry("answer"))
    review_listens(desk, drafting.pool)
    answer_listens(writer, drafting)
    relay = Relay(drafting.pool, desk, url=database_url)
    async with listening(desk), listening(writer), background(relay.run()):
        yield writer


async def until(pool: Pool, comment_key: str, draft_state: str, *, other_than: str = "") -> Item:
    async with asyncio.timeout(30):
        while True:
            async with pool.connection() as connection:
                known = await connection.execute(
                    "select from items where comment_key = %s and draft_state = %s"
                    " and draft_id is distinct from %s",
                    [comment_key, draft_state, other_than],
                )
                if await known.fetchone() is not None:
                    return await read_item(pool, comment_key)
            await asyncio.sleep(0.05)


async def remove(pool: Pool, title: str) -> PublicationRemoved:
    """Withdraw a publication as the index service does."""
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        (found,) = [one for one in await list_publications(connection) if title in one.title]
        gone = (await live_passages(connection, found.publication_id)).values()
        await retire_passages(connection, list(gone), now)
        await remove_publication(connection, found.publication_id, now)
    return PublicationRemoved(happened_at=now, publication_id=found.publication_id, edition=1)


@pytest.mark.parametrize("said_elsewhere", [True, False], ids=["new draft", "honest silence"])
async def test_withdrawn_words_leave_the_drafts(
    quoting: Drafting, world: World, library: Library, nats_url: str, database_url: str,
    *, said_elsewhere: bool,
) -> None:  # fmt: skip
    """INVARIANT: a withdrawn publication is in no draft, and nobody can approve it from there."""
    pool = quoting.pool
    async with at_work(quoting, nats_url, database_url) as bus:
        comment = await world.comment(ASKED, post="Unser Hof wird grün.")
        await bus.publish(await world.route(comment))
        first = await until(pool, comment.comment_key, "proposed")
        assert first.draft_id is not None
        if said_elsewhere:
            await library.add("Neue Richtlinie", TOO)
        async with pool.connection() as connection:
            row = await (
                await connection.execute(
                    "select distinct s ->> 'title' from drafts, jsonb_array_elements(sources) s"
                    " where s -> 'passage_id' in (select"
                    " jsonb_path_query(sentences, '$[*].citations[*].passage_id'))"
                )
            ).fetchone()
        assert row is not None
        event = await remove(pool, row[0])
        with pytest.raises(Refused) as refused:
            await actions.approve(
                pool, "somebody", comment.comment_key, text="Ja.", revision=1,
                draft_id=first.draft_id,
            )  # fmt: skip
        assert refused.value.refusal == "outdated"
        await bus.publish(event)
        after = "proposed" if said_elsewhere else "declined"
        second = await until(pool, comment.comment_key, after, other_than=first.draft_id)
        assert second.draft_id != first.draft_id
        with pytest.raises(Refused) as refused:
            await actions.approve(
                pool, "somebody", comment.comment_key, text="Ja.", revision=1,
                draft_id=first.draft_id,
            )  # fmt: skip
        assert refused.value.refusal == "outdated"
        await actions.approve(
            pool, "somebody", comment.comment_key, text="Ja.", revision=1,
            draft_id=second.draft_id,
        )  # fmt: skip
