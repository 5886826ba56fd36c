"""Several messages in a row by one person: one item, one decision."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from schemas.comments import Kind, Lane
from schemas.message import Message
from services.kit.db import Pool
from services.review import actions
from services.review.refusals import Refused
from services.store.books import read_books
from services.store.drafts import read_comment_to_answer
from tests.review.hearing import Hear, approve
from tests.review.reading import keys_in, path, promised, read_item, rows
from tests.review.room import Room
from tests.review.test_handlers import hear_in_time
from tests.store.test_books import seen
from tests.world import Seeded, World

TEXTS = ("Wie hoch ist der Eigenanteil?", "Ich meine: für Vereine.", "Also für kleine Vereine!")


async def three(world: World, **fields: Any) -> list[Seeded]:
    """Let Nora write three times within four minutes."""
    return [
        await world.comment(text, author="Nora", ago=timedelta(minutes=9 - 2 * number), **fields)
        for number, text in enumerate(TEXTS)
    ]


async def shown(world: World, *lanes: tuple[Lane, Kind]) -> list[Seeded]:
    """Store three messages in their lanes and bring their items up to date."""
    comments = await three(world)
    for comment, (lane, kind) in zip(comments, lanes or [ASKS] * 3, strict=True):
        await world.route(comment, lane, kind)
    await world.show(*comments)
    return comments


ASKS: tuple[Lane, Kind] = ("answer", "question")
PRAISES: tuple[Lane, Kind] = ("acknowledge", "praise")


async def statuses(pool: Pool, comments: list[Seeded]) -> list[str]:
    return [(await read_item(pool, one.comment_key)).status for one in comments]


async def answered(world: World, last: Seeded) -> Message:
    """Do what the answer service does with the last message."""
    async with world.pool.connection() as connection:
        comment = await read_comment_to_answer(connection, await world.route(last), world.began)
    assert comment is not None
    return await world.draft(last, "Zehn Prozent.", joined=comment.joined)


async def test_three_messages_give_one_item_and_one_draft(pool: Pool, world: World) -> None:
    """INVARIANT: who corrects a question twice is answered once, on the last version."""
    first, second, last = await shown(world)
    assert await statuses(pool, [first, second, last]) == ["joined", "joined", "open"]
    assert (await read_item(pool, first.comment_key)).note == f"joined:{last.comment_key}"
    async with pool.connection() as connection:
        asked = await read_comment_to_answer(connection, await world.route(last), world.began)
    assert asked is not None
    assert asked.text == "\n\n".join(TEXTS)
    await answered(world, last)
    await world.show(first)
    item = await read_item(pool, last.comment_key)
    assert (item.status, item.draft_state) == ("open", "proposed")
    assert item.opened_at == (await read_item(pool, first.comment_key)).opened_at


async def test_the_books_balance_with_joined_messages(pool: Pool, world: World) -> None:
    """INVARIANT: a joined message is accounted for."""
    for comment in await shown(world):
        await seen(pool, comment)
    async with pool.connection() as connection:
        books = await read_books(connection)
    assert books.balanced
    assert (books.open, books.dropped) == (1, {"joined": 2})


async def test_any_order_of_arrival_gives_the_same_items(
    pool: Pool, world: World, hear: Hear
) -> None:
    """INVARIANT: when each message comes and is sorted does not matter for what is shown."""
    ends = set()
    for seed in range(12):
        chance = random.Random(seed)
        thread = f"post-{seed}"
        stored = await three(world, thread=thread)
        edited = await world.edit(stored[0], "Wie hoch ist er?")
        gone = await world.comment("Egal.", author="Nora", thread=thread)
        messages: list[Message] = [
            await world.route(edited), edited.edited(), await world.route(gone),
            *[await world.route(one) for one in stored],
        ]  # fmt: skip
        await world.delete(gone)
        messages += [gone.deleted(), await answered(world, stored[2])]
        chosen = chance.sample(messages, len(messages))
        await hear_in_time(hear, chosen + chance.sample(messages, 3))
        ends.add((*await statuses(pool, stored), await draft_state(pool, stored[2])))
    assert ends == {("joined", "joined", "open", "proposed")}


async def draft_state(pool: Pool, comment: Seeded) -> str:
    return (await read_item(pool, comment.comment_key)).draft_state


@pytest.mark.parametrize(
    ("lane", "kind"), [("urgent", "threat"), ("urgent", "help"), ("discuss", "attack")]
)
async def test_an_alarm_in_the_middle_stays_in_sight(
    pool: Pool, world: World, lane: Lane, kind: Kind
) -> None:
    """INVARIANT: no burst hides a threat, a call for help or an attack."""
    comments = await shown(world, ASKS, (lane, kind), ASKS)
    assert await statuses(pool, comments) == ["joined", "open", "open"]


async def test_a_question_followed_by_thanks_stays_a_question_and_is_drafted(
    pool: Pool, world: World
) -> None:
    """INVARIANT: a later word of thanks does not take a question out of its lane."""
    *_, last = await shown(world, ASKS, ASKS, PRAISES)
    item = await read_item(pool, last.comment_key)
    assert (item.lane, item.kind, item.draft_state) == ("answer", "question", "pending")
    subjects = [subject for subject, *_ in await promised(pool)]
    assert subjects == [f"drafts.requested.sandbox.{last.thread_key}"]
    await world.show(last)
    assert len(await promised(pool)) == 1


async def test_who_takes_back_an_afterthought_still_gets_an_answer(
    pool: Pool, world: World
) -> None:
    """INVARIANT: a question that was left to a later message is drafted when that one goes."""
    first, second, last = await shown(world)
    assert await promised(pool) == []
    await world.delete(last)
    await world.show(last)
    assert await statuses(pool, [first, second]) == ["joined", "open"]
    ((subject, body, _),) = await promised(pool)
    assert subject == f"drafts.requested.sandbox.{second.thread_key}"
    assert body["comment_key"] == second.comment_key


async def test_a_decision_in_the_middle_leaves_the_first_question_to_be_drafted(
    pool: Pool, world: World
) -> None:
    """INVARIANT: a burst that a decided alarm has parted is two questions, each with a draft."""
    first, alarm, _ = await shown(world, ASKS, ("urgent", "threat"), ASKS)
    await actions.close(pool, "somebody", alarm.comment_key, revision=1)
    assert await draft_state(pool, first) == "pending"
    ((_, body, _),) = await promised(pool)
    assert body["comment_key"] == first.comment_key


Change = Callable[[World, Seeded], Awaitable[Seeded]]


@pytest.mark.parametrize("change", [World.edit, World.delete])
async def test_a_changed_message_makes_the_draft_stale_and_asks_for_a_new_one(
    pool: Pool, world: World, change: Change
) -> None:
    """INVARIANT: nobody approves an answer to words that do not stand any more."""
    first, _, last = await shown(world)
    await answered(world, last)
    await world.show(last)
    item = await read_item(pool, last.comment_key)
    await change(world, first)
    await world.show(first)
    assert await draft_state(pool, last) == "stale"
    ((subject, body, _),) = await promised(pool)
    assert subject == f"drafts.outdated.sandbox.{last.thread_key}"
    assert body["cause"] == f"replaces-{item.draft_id}"
    with pytest.raises(Refused) as refused:
        await approve(pool, world, last)
    assert refused.value.refusal == "stale"
    await answered(world, last)
    await world.show(last)
    assert await draft_state(pool, last) == "proposed"
    await approve(pool, world, last)


async def test_one_decision_decides_all_and_reopening_brings_all_back(
    pool: Pool, world: World
) -> None:
    """INVARIANT: what was decided together is reopened together."""
    comments = await shown(world)
    last = comments[2]
    await actions.close(pool, "somebody", last.comment_key, revision=1)
    assert await statuses(pool, comments) == ["decided"] * 3
    assert await rows(pool, "select joined from decisions") == [
        ([f"{one.comment_key}:1" for one in comments[:2]],)
    ]
    await actions.reopen(pool, "somebody", last.comment_key)
    assert await statuses(pool, comments) == ["joined", "joined", "open"]


async def test_what_comes_after_the_decision_is_a_new_item(pool: Pool, world: World) -> None:
    comments = await shown(world)
    await actions.close(pool, "somebody", comments[2].comment_key, revision=1)
    late = await world.comment("Und noch was.", author="Nora")
    await world.route(late)
    await world.show(late)
    assert await statuses(pool, [*comments, late]) == [*["decided"] * 3, "open"]


async def test_a_decided_message_that_is_edited_comes_back_alone(pool: Pool, world: World) -> None:
    comments = await shown(world)
    await actions.close(pool, "somebody", comments[2].comment_key, revision=1)
    await world.route(await world.edit(comments[0]))
    await world.show(comments[0])
    assert await statuses(pool, comments) == ["open", "decided", "decided"]


async def test_a_returned_reply_brings_the_whole_burst_back(pool: Pool, world: World) -> None:
    comments = await shown(world)
    await world.returned(comments[2], await approve(pool, world, comments[2]))
    await world.show(comments[2])
    assert await statuses(pool, comments) == ["joined", "joined", "open"]


async def test_the_page_shows_all_texts_and_refuses_what_was_not_seen(room: Room) -> None:
    """INVARIANT: a decision holds for the messages that the person had before their eyes."""
    jule, world = await room.colleague(), room.world
    first, _, last = await shown(world, PRAISES, PRAISES, PRAISES)
    queue = (await jule.get("/")).text
    assert keys_in(queue) == [last.comment_key]
    assert "3 Nachrichten in Folge" in queue
    html = (await jule.get(path(last))).text
    assert html.count("Gehört zu dem, was hier beantwortet wird") == 2
    joined = html.partition('name="joined" value="')[2].partition('"')[0]
    await world.show(await world.edit(first, "Ganz anders gemeint."))
    refused = await jule.post(path(last, "/approve"), revision=1, text="Danke!", joined=joined)
    assert refused.status_code == 409
    assert "während Sie gelesen haben" in refused.text
    refused = await jule.post(path(first, "/close"), revision=2)
    assert "eine weitere Nachricht" in refused.text
    assert f'href="{path(last)}"' in refused.text


async def test_a_message_that_comes_while_somebody_writes_is_told(room: Room) -> None:
    """INVARIANT: an answer to half of what somebody said is not sent unseen."""
    jule, world = await room.colleague(), room.world
    one = await world.comment("Wann?", author="Nora", ago=timedelta(minutes=3))
    await world.route(one)
    await world.show(one)
    two = await world.comment("Oder gar nicht?", author="Nora")
    await world.route(two)
    await world.show(two)
    refused = await jule.post(path(one, "/approve"), revision=1, text="Im Mai.", joined="")
    assert refused.status_code == 409
    assert "Im Mai." in refused.text


async def test_our_reply_in_between_starts_a_new_item(pool: Pool, world: World) -> None:
    await world.comment("Von uns.", is_self=True, ago=timedelta(minutes=6))
    comments = await shown(world)
    assert await statuses(pool, comments) == ["joined", "open", "open"]
