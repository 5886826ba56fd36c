import itertools
import random
from uuid import uuid4

import psycopg
import pytest

from schemas.comments import Reason
from schemas.message import Message
from services.kit.db import Pool, transaction
from services.kit.faults import Hopeless, TryLater
from services.review import actions
from services.store.items import Item
from tests.review.hearing import Hear, approve
from tests.review.reading import read_item
from tests.world import World


async def hear_in_time(hear: Hear, messages: list[Message]) -> None:
    """Hear messages in this order; what came too early is heard again at the end."""
    late = []
    for message in messages:
        try:
            await hear(message)
        except TryLater:
            late.append(message)
    for message in late:
        await hear(message)


async def test_any_order_of_messages_twice_gives_the_same_item(
    pool: Pool, world: World, hear: Hear
) -> None:
    """INVARIANT: what a person sees does not depend on the order or number of deliveries."""
    ends: list[Item] = []
    for order in itertools.permutations(range(4)):
        comment = await world.comment()
        messages: list[Message] = [await world.route(comment), await world.draft(comment)]
        edited = await world.edit(comment)
        messages += [edited.edited(), await world.route(edited, "discuss", "discussion")]
        chosen = [messages[index] for index in order]
        await hear_in_time(hear, chosen + chosen[::-1])
        ends.append(await read_item(pool, comment.comment_key))
    same = {(end.revision, end.lane, end.status, end.draft_state, end.draft_id) for end in ends}
    assert same == {(2, "discuss", "open", "none", None)}


async def test_messages_that_race_the_writing_of_what_they_tell_end_the_same(
    pool: Pool, world: World, hear: Hear
) -> None:
    """INVARIANT: messages heard while others are still writing end in the same item."""
    ends = set()
    for seed in range(20):
        chance = random.Random(seed)
        comment = await world.comment()
        heard: list[Message] = []

        async def listen_in(heard: list[Message], chance: random.Random) -> None:
            await hear_in_time(hear, chance.sample(heard, chance.randint(0, len(heard))))

        heard.append(await world.route(comment))
        await listen_in(heard, chance)
        heard.append(await world.draft(comment))
        await listen_in(heard, chance)
        edited = await world.edit(comment)
        heard.append(edited.edited())
        await listen_in(heard, chance)
        heard.append(await world.route(edited))
        await listen_in(heard, chance)
        heard.append(await world.draft(edited, outcome="no_source"))
        chance.shuffle(heard)
        await hear_in_time(hear, heard)
        end = await read_item(pool, comment.comment_key)
        ends.add((end.revision, end.status, end.draft_state))
    assert ends == {(2, "open", "declined")}


async def test_a_message_about_an_unknown_comment_is_no_endless_wait(
    world: World, hear: Hear
) -> None:
    comment = await world.comment()
    routed = await world.route(comment)
    for unknown in ({"comment_key": "f" * 32}, {"thread_key": "f" * 16}):
        with pytest.raises(Hopeless):
            await hear(routed.model_copy(update=unknown))


async def test_a_draft_before_its_sorting_waits(pool: Pool, world: World, hear: Hear) -> None:
    comment = await world.comment()
    proposed = await world.draft(comment)
    with pytest.raises(TryLater):
        await hear(proposed)
    await hear(await world.route(comment))
    assert (await read_item(pool, comment.comment_key)).draft_state == "proposed"


async def test_a_comment_edited_before_its_sorting_is_heard_keeps_the_old_draft_out(
    pool: Pool, world: World, hear: Hear
) -> None:
    comment = await world.comment()
    routed, drafted = await world.route(comment), await world.draft(comment)
    edited = await world.edit(comment)
    await hear(edited.edited())
    await hear(routed)
    await hear(drafted)
    item = await read_item(pool, comment.comment_key)
    assert (item.revision, item.draft_state) == (2, "stale")


async def test_a_deleted_comment_is_cancelled_even_before_it_was_sorted(
    pool: Pool, world: World, hear: Hear
) -> None:
    comment = await world.delete(await world.comment())
    await hear(comment.deleted())
    await hear(await world.route(comment))
    assert (await read_item(pool, comment.comment_key)).status == "cancelled"


async def test_a_sorting_that_found_a_mute_makes_a_muted_item_until_it_is_sorted_again(
    pool: Pool, world: World, hear: Hear
) -> None:
    comment = await world.comment()
    muted = await world.route(comment, muted=True)
    await hear(muted)
    assert (await read_item(pool, comment.comment_key)).status == "muted"
    await hear(await world.route(comment, cause=uuid4().hex))
    await hear(muted)
    assert (await read_item(pool, comment.comment_key)).status == "open"


async def test_a_redelivered_sorting_does_not_reopen_what_was_decided(
    pool: Pool, world: World, hear: Hear
) -> None:
    """INVARIANT: nobody is asked twice about the same words."""
    comment = await world.comment()
    routed = await world.route(comment)
    await hear(routed)
    await actions.close(pool, "somebody", comment.comment_key, revision=1)
    await hear(routed)
    await hear(await world.route(comment, cause=uuid4().hex))
    assert (await read_item(pool, comment.comment_key)).status == "decided"


async def test_an_answered_comment_that_is_edited_comes_back_once_it_is_sorted(
    pool: Pool, world: World, hear: Hear
) -> None:
    comment = await world.item()
    await approve(pool, world, comment)
    edited = await world.edit(comment)
    await hear(edited.edited())
    item = await read_item(pool, comment.comment_key)
    assert (item.status, item.note) == ("decided", "edited_after_answer")
    await hear(await world.route(edited))
    item = await read_item(pool, comment.comment_key)
    assert (item.status, item.note) == ("open", "edited_after_answer")


async def test_a_returned_reply_reopens_its_item_and_a_later_answer_closes_it_for_good(
    pool: Pool, world: World, hear: Hear
) -> None:
    comment = await world.item()
    returned = await world.returned(comment, await approve(pool, world, comment))
    await hear(returned)
    await hear(returned)
    item = await read_item(pool, comment.comment_key)
    assert (item.status, item.note, item.draft_state) == ("open", "returned:locked", "proposed")
    posted = await world.posted(comment, await approve(pool, world, comment, "Noch einmal."))
    await hear(posted)
    await hear(returned)
    item = await read_item(pool, comment.comment_key)
    assert (item.status, item.note) == ("decided", None)


async def test_a_reply_returned_for_a_mute_waits_behind_the_mute(
    pool: Pool, world: World, hear: Hear
) -> None:
    comment = await world.item()
    other = await world.item("Noch etwas")
    decision_id = await approve(pool, world, comment)
    await actions.mute(pool, "somebody", other.comment_key, reason="Streit", days=3)
    await hear(await world.returned(comment, decision_id, "thread_muted"))
    item = await read_item(pool, comment.comment_key)
    assert (item.status, item.note) == ("muted", "returned:thread_muted")


async def test_an_urgent_comment_in_a_muted_thread_is_in_sight(
    pool: Pool, world: World, hear: Hear
) -> None:
    """INVARIANT: a mute is not blind: what looks like a threat or a call for help shows up."""
    first = await world.item(lane="discuss", kind="attack")
    await actions.mute(pool, "somebody", first.comment_key, reason="Streit", days=3)
    threat = await world.comment("Ich finde euch.")
    reason = Reason(rule="possibly_illegal", detail="ich finde euch")
    await hear(await world.route(threat, "urgent", "threat", muted=True, reasons=[reason]))
    assert (await read_item(pool, threat.comment_key)).status == "open"
    assert (await read_item(pool, first.comment_key)).status == "muted"


async def test_each_change_is_told_to_the_desks(
    pool: Pool, world: World, hear: Hear, database_url: str
) -> None:
    comment = await world.comment()
    routed = await world.route(comment)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as listener:
        await listener.execute("listen desk")
        await hear(routed)
        told = [note.payload async for note in listener.notifies(timeout=30, stop_after=1)]
    assert told == [f'{{"thread": "{comment.thread_key}"}}']


async def test_an_item_waits_since_the_comment_was_first_seen(
    pool: Pool, world: World, hear: Hear
) -> None:
    comment = await world.comment()
    await hear(await world.route(comment))
    before = await read_item(pool, comment.comment_key)
    edited = await world.edit(comment)
    await hear(await world.route(edited))
    async with transaction(pool) as connection:
        row = await (await connection.execute("select first_seen from comments")).fetchone()
    assert row is not None
    assert before.opened_at == (await read_item(pool, comment.comment_key)).opened_at == row[0]
