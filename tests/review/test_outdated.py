"""Withdrawn words leave the drafts that wait."""

from datetime import UTC, datetime

import pytest

from schemas.drafts import Citation, DraftOutdated, Sentence
from services.kit.db import Pool, transaction
from services.review import actions
from services.review.refusals import Refused
from services.store.passages import retire_passages
from tests.review.hearing import Hear
from tests.review.reading import path, promised, read_item, rows
from tests.review.room import Room
from tests.world import PASSAGE, QUOTE, Seeded, World, source


async def publish(pool: Pool) -> int:
    """Store a publication with one passage and return the passage's id."""
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into publications (publication_id, name, title, language, digest, edition,"
            " indexed_at) values ('0123456789abcdef', 'x', 'Richtlinien', 'de', 'd', 1, now())"
        )
        row = await (
            await connection.execute(
                "insert into passages (publication_id, edition, position, text, digest, grams,"
                " gram_count) values ('0123456789abcdef', 1, 0, %s, 'd', '', 0)"
                " returning passage_id",
                [PASSAGE],
            )
        ).fetchone()
    assert row is not None
    return int(row[0])


async def withdraw(pool: Pool, passage_id: int) -> None:
    async with transaction(pool) as connection:
        await retire_passages(connection, [passage_id], datetime.now(UTC))


async def cited(world: World, comment: Seeded, passage_id: int) -> str:
    """Store a draft that cites the passage and return its key."""
    quote = Sentence(
        text=QUOTE, kind="fact", citations=[Citation(passage_id=passage_id, quote=QUOTE)]
    )
    made = await world.draft(comment, QUOTE, sentences=[quote], sources=[source(passage_id)])
    await world.show(comment)
    return made.draft_id


async def outdated(comment: Seeded) -> DraftOutdated:
    return DraftOutdated(**comment.keys, stance="answer", cause="0123456789abcdef-1-removed")


async def test_a_draft_on_withdrawn_words_is_stale_until_the_new_one_comes(
    room: Room, hear: Hear
) -> None:
    """INVARIANT: nobody approves words that the organisation has withdrawn."""
    jule, pool, world = await room.colleague(), room.pool, room.world
    passage_id = await publish(pool)
    comment = await world.item(draft=False)
    draft_id = await cited(world, comment, passage_id)
    await withdraw(pool, passage_id)
    await hear(await outdated(comment))
    assert (await read_item(pool, comment.comment_key)).draft_state == "stale"
    html = (await jule.get(path(comment))).text
    assert "Seine Quellen oder die früheren Nachrichten haben sich geändert." in html
    assert QUOTE not in html
    form = {"revision": 1, "text": QUOTE, "draft_id": draft_id}
    refused = await jule.post(path(comment, "/approve"), **form)
    assert refused.status_code == 409
    assert "inzwischen zurückgezogen" in refused.text
    await hear(await world.draft(comment, outcome="no_source"))
    assert (await read_item(pool, comment.comment_key)).draft_state == "declined"
    refused = await jule.post(path(comment, "/approve"), **form)
    assert refused.status_code == 409
    assert await rows(pool, "select count(*) from decisions") == [(0,)]
    own = await jule.post(path(comment, "/approve"), revision=1, text="Das klären wir gerade.")
    assert own.status_code == 303


async def test_an_approval_races_the_withdrawal_and_loses(pool: Pool, world: World) -> None:
    """INVARIANT: the refusal looks at the publications, not at what the queue has heard."""
    passage_id = await publish(pool)
    comment = await world.item(draft=False)
    draft_id = await cited(world, comment, passage_id)
    await withdraw(pool, passage_id)
    with pytest.raises(Refused) as refused:
        await actions.approve(
            pool, "somebody", comment.comment_key, text=QUOTE, revision=1, draft_id=draft_id
        )
    assert refused.value.refusal == "outdated"


async def test_a_draft_that_lost_its_source_out_of_sight_is_asked_for_anew(
    pool: Pool, world: World
) -> None:
    """INVARIANT: an item that comes back does not wait for ever for a draft nobody makes."""
    passage_id = await publish(pool)
    comment = await world.item(draft=False)
    draft_id = await cited(world, comment, passage_id)
    await actions.close(pool, "somebody", comment.comment_key, revision=1)
    await withdraw(pool, passage_id)
    await world.show(comment)
    assert (await read_item(pool, comment.comment_key)).draft_state == "proposed"
    assert await promised(pool) == []
    await actions.reopen(pool, "somebody", comment.comment_key)
    assert (await read_item(pool, comment.comment_key)).draft_state == "stale"
    ((subject, body, _),) = await promised(pool)
    assert subject.startswith("drafts.outdated.")
    assert body["cause"] == f"replaces-{draft_id}"


async def test_a_returned_text_is_not_offered_again_once_its_words_are_withdrawn(
    room: Room,
) -> None:
    jule, pool, world = await room.colleague(), room.pool, room.world
    passage_id = await publish(pool)
    comment = await world.item(draft=False)
    draft_id = await cited(world, comment, passage_id)
    await jule.post(path(comment, "/approve"), revision=1, text="Fünfzehn Euro.", draft_id=draft_id)
    [(decision_id,)] = await rows(pool, "select decision_id from decisions")
    await world.returned(comment, decision_id)
    await withdraw(pool, passage_id)
    await world.draft(comment, "Neu gemacht.", sentences=[])
    await world.show(comment)
    html = (await jule.get(path(comment))).text
    assert "Neu gemacht.</textarea>" in html


async def test_a_draft_of_a_withdrawn_passage_that_arrives_late_is_made_anew(
    pool: Pool, world: World
) -> None:
    """The passage went while the draft was being written."""
    passage_id = await publish(pool)
    comment = await world.item(draft=False)
    await withdraw(pool, passage_id)
    await cited(world, comment, passage_id)
    assert (await read_item(pool, comment.comment_key)).draft_state == "stale"
    assert len(await promised(pool)) == 1


async def test_the_stale_draft_is_asked_for_once(pool: Pool, world: World, hear: Hear) -> None:
    passage_id = await publish(pool)
    comment = await world.item(draft=False)
    await cited(world, comment, passage_id)
    await withdraw(pool, passage_id)
    for _ in range(3):
        await hear(await outdated(comment))
    assert await promised(pool) == [], "the answer service knows already"
