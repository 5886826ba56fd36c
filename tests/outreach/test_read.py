"""A post of a watched page is read against our publications."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from schemas.inbound import InboundEvent
from schemas.watches import PostEdited, PostSeen
from services.ingest.take import take_in
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Vectors
from services.outreach.handlers import read
from services.outreach.read import Reading
from services.outreach.topics import named
from services.review.watch_list import read_entry
from services.store import watches
from services.store.intake import erase_comments
from tests.answer.library import FUNDING, TREES, BagOfWords, Library
from tests.ingest.events import KEY
from tests.outreach.radar_scene import listening
from tests.review.reading import rows


async def seen(pool: Pool, text: str) -> PostSeen:
    """Store a post of the watched page `tagblatt` and return what is announced of it."""
    entry = read_entry("Tagblatt", "sandbox", "tagblatt", "news", "Bäume, Hitze")
    now = datetime.now(UTC)
    event = InboundEvent.model_validate(
        {
            "id": f"p1#{text}", "source": "sandbox:us", "type": "comment.edited.v1", "time": now,
            "data": {
                "network": "sandbox", "native_id": "p1", "revision": text,
                "page": {"native_id": "tagblatt", "name": "Tagblatt", "relation": "news"},
                "root": {"native_id": "p1", "text": text}, "author": {"native_id": "tagblatt"},
                "text": text, "visibility": "public", "created_at": now,
            },
        }
    )  # fmt: skip
    async with transaction(pool) as connection:
        await watches.add_watches(connection, [entry], by="command", now=now)
        await take_in(connection, [event], pseudonym_key=KEY, now=now, watch_id=entry.watch_id)
    ((key, thread, revision),) = await rows(
        pool, "select comment_key, thread_key, revision from comments"
    )
    return PostSeen(
        happened_at=now, network="sandbox", thread_key=thread, comment_key=key, revision=revision,
        watch_id=entry.watch_id,
    )  # fmt: skip


async def test_the_nearest_publication_and_the_topics_are_found(pool: Pool) -> None:
    engine = BagOfWords()
    await Library(pool, engine).add("Bäume", TREES)
    reading = Reading(pool, engine)
    event = await seen(pool, "Die Stiftung pflanzt Bäume nur zwischen Oktober und April.")
    await read(reading, listening(pool), event)
    await read(reading, listening(pool), event)
    found = await rows(
        pool, "select p.title, r.topics, r.nearness > 0.5, r.language from post_readings r"
        " join publications p using (publication_id)",
    )  # fmt: skip
    assert found == [("Bäume", ["Bäume"], True, "de")]


class Undecided(BagOfWords):
    """Finds every text as near as every other."""

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.eye(1, self.dimensions, dtype=np.float32).repeat(len(texts), axis=0)


async def test_the_publication_that_uses_the_rare_words_of_a_post_fits(pool: Pool) -> None:
    """The one that a draft would quote is named, not one that only resembles the whole post."""
    engine = Undecided()
    library = Library(pool, engine)
    await library.add("Bäume", TREES)
    await library.add("Hofwende", FUNDING)
    for text, title in (
        ("Was zahlt die Stiftung je Hof an anerkannten Kosten?", "Hofwende"),
        ("Wer ersetzt die abgestorbenen Bäume am Tarneplatz?", "Bäume"),
    ):
        await read(Reading(pool, engine), listening(pool), await seen(pool, text))
        assert await rows(
            pool, "select p.title from post_readings r join publications p using (publication_id)"
        ) == [(title,)]


async def test_an_overtaken_or_deleted_post_leaves_nothing(pool: Pool) -> None:
    """INVARIANT: what was found in a post goes with the post."""
    reading = Reading(pool, BagOfWords())
    first = await seen(pool, "Hitze in der Stadt")
    second = await seen(pool, "Regen in der Stadt")
    await read(reading, listening(pool), first)
    assert await rows(pool, "select * from post_readings") == []
    await read(reading, listening(pool), PostEdited.model_validate(second.model_dump()))
    assert await rows(pool, "select topics from post_readings") == [([],)]
    async with transaction(pool) as connection:
        await erase_comments(connection, [second.comment_key], datetime.now(UTC))
    await read(reading, listening(pool), second)
    assert await rows(pool, "select * from post_readings") == []


def test_a_topic_is_found_inside_a_compound_but_a_short_one_only_alone() -> None:
    assert named("Sommerhitze in Mittelau", ["Hitze", "Öl", "Hitze Mittelau"]) == [
        "Hitze",
        "Hitze Mittelau",
    ]
    assert named("Heizöl wird teurer", ["Öl"]) == []
