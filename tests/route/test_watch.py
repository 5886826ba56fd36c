"""From stored comments and answers to a suggestion, and what comes up from a muted thread."""

from datetime import timedelta

import nats

from schemas.comments import CommentRouted
from schemas.threads import MuteSuggested
from services.kit.db import Pool, transaction
from services.kit.service import listening
from services.review import actions
from services.route.handlers import sort
from services.store import conversations, mutes
from tests.route.test_handlers import announced, sorting
from tests.world import Seeded, World

CLAIM = "Ihr holzt gesunde Bäume ab."


async def trolling(world: World, latest: str = "Gesunde Bäume holzt ihr ab!") -> Seeded:
    """Store a claim that was answered thrice and repeated five times; return the last comment."""
    await world.comment("Welche Bäume werden gepflanzt?", author="Mira", ago=timedelta(hours=9))
    for hours in (3, 2, 1):
        comment = await world.item(CLAIM, author="Klaus", draft=False, ago=timedelta(hours=hours))
        await actions.approve(
            world.pool, "x", comment.comment_key, text=f"Nein, {hours}.", revision=1, draft_id=None
        )
        ((decision_id,),) = await _rows(
            world.pool,
            "select decision_id from decisions where comment_key = %s",
            comment.comment_key,
        )
        await world.posted(comment, decision_id)
    for hours in (1, 2, 3, 4):
        await world.comment(CLAIM, author="Klaus", ago=-timedelta(hours=hours))
    return await world.comment(latest, author="Klaus", ago=-timedelta(hours=5))


async def _rows(pool: Pool, query: str, *values: object) -> list[tuple[str, ...]]:
    async with pool.connection() as connection:
        return list(await (await connection.execute(query.encode(), values)).fetchall())


async def suggested(url: str) -> list[MuteSuggested]:
    connection = await nats.connect(url)
    jetstream = connection.jetstream()
    try:
        count = (await jetstream.stream_info("threads")).state.messages
        if not count:
            return []
        reader = await jetstream.subscribe("threads.suggested.>", ordered_consumer=True)
        return [
            MuteSuggested.model_validate_json((await reader.next_msg(timeout=30)).data)
            for _ in range(count)
        ]
    finally:
        await connection.close()


async def sort_it(pool: Pool, nats_url: str, *seeded: Seeded) -> list[CommentRouted]:
    work = await sorting(pool, nats_url)
    async with listening(work.bus):
        for one in seeded:
            await sort(work, one.received())
    return await announced(nats_url)


async def mute(pool: Pool, seeded: Seeded, *, account: str = mutes.SYSTEM, whole: bool) -> None:
    async with transaction(pool) as connection:
        await mutes.add_mute(
            connection, mute_id="a" * 32, thread_key=seeded.thread_key, account_id=account,
            reason="", expires_at=seeded.row.created_at + timedelta(days=30),
            author_key=None if whole else seeded.row.author_key,
        )  # fmt: skip


async def test_a_claim_repeated_after_three_answers_is_suggested_once(
    pool: Pool, nats_url: str
) -> None:
    last = await trolling(World(pool))
    await sort_it(pool, nats_url, last, last)
    (event,) = await suggested(nats_url)
    assert event.strict
    async with pool.connection() as connection:
        made = await conversations.read_suggestion(connection, event.suggestion_id)
        shown = await conversations.open_suggestion(connection, last.comment_key)
    assert made is not None
    assert made == shown
    assert made.author_key == last.row.author_key
    told = {reason.rule: reason.detail for reason in made.evidence}
    assert told["repeats_answered_claim"] == "5"
    assert told["share_of_our_answers"] == "3|3"


async def test_answers_given_on_the_network_itself_count(pool: Pool, nats_url: str) -> None:
    """INVARIANT: a thread that we answered elsewhere than at the desk is judged like any other."""
    world = World(pool)
    for hours in (9, 8, 7):
        comment = await world.comment(CLAIM, author="Klaus", ago=timedelta(hours=hours))
        await world.comment(
            "Nein.", author="Wir", parent=comment, is_self=True,
            ago=timedelta(hours=hours, minutes=-5),
        )  # fmt: skip
    for hours in (6, 5, 4, 3):
        last = await world.comment(CLAIM, author="Klaus", ago=timedelta(hours=hours))
    await sort_it(pool, nats_url, last)
    (event,) = await suggested(nats_url)
    assert event.strict


async def test_a_backlog_is_judged_as_if_it_came_in_its_order(pool: Pool, nats_url: str) -> None:
    """INVARIANT: nobody is suggested for what they did only later, however a backlog is sorted."""
    world = World(pool)
    early = await world.comment("Alles gelogen!", author="Klaus", ago=timedelta(hours=5))
    last = await trolling(world)
    await sort_it(pool, nats_url, early)
    assert await suggested(nats_url) == []
    await sort_it(pool, nats_url, last)
    assert len(await suggested(nats_url)) == 1


async def test_a_new_question_of_the_same_account_is_no_matter_for_a_mute(
    pool: Pool, nats_url: str
) -> None:
    """INVARIANT: whoever asks something new at last is answered."""
    last = await trolling(World(pool), "Wer gießt die jungen Bäume im Sommer eigentlich?")
    (told,) = await sort_it(pool, nats_url, last)
    assert told.lane == "answer"
    assert await suggested(nats_url) == []


async def test_a_mute_of_one_account_leaves_the_others_alone(pool: Pool, nats_url: str) -> None:
    """INVARIANT: nobody is muted for what somebody else did."""
    world = World(pool)
    last = await trolling(world)
    await mute(pool, last, whole=False)
    other = await world.comment("Das finde ich alles sehr aufgeregt hier.", author="Elif")
    again = await world.comment(CLAIM, author="Klaus", ago=-timedelta(hours=6))
    told = {one.comment_key: one.muted for one in await sort_it(pool, nats_url, other, again)}
    assert told == {other.comment_key: False, again.comment_key: True}


async def test_a_third_persons_question_and_what_is_urgent_surface(
    pool: Pool, nats_url: str
) -> None:
    """INVARIANT: a mute is not blind, and an answer to what surfaces is drafted."""
    world = World(pool)
    last = await trolling(world)
    await mute(pool, last, account="x" * 32, whole=True)
    question = await world.comment("Wo kann ich einen Baum spenden?", author="Elif")
    talk = await world.comment("Das finde ich alles sehr aufgeregt hier.", author="Timo")
    threat = await world.comment("Ich weiß, wo ihr wohnt. Passt bloß auf.", author="Klaus")
    told = await sort_it(pool, nats_url, question, talk, threat)
    assert [(one.lane, one.muted) for one in told] == [
        ("answer", False), (told[1].lane, True), ("urgent", False),
    ]  # fmt: skip
    assert told[0].rules[-1] == "surfaces_question"
    found = await _rows(pool, "select c.comment_key from comments c where not is_muted(c, now())")
    assert {key for (key,) in found} == {question.comment_key, threat.comment_key}


async def test_no_score_follows_an_account_to_another_thread(pool: Pool, nats_url: str) -> None:
    """INVARIANT: an account begins anew in every thread."""
    world = World(pool)
    last = await trolling(world)
    await sort_it(pool, nats_url, last)
    elsewhere = await world.comment(CLAIM, author="Klaus", thread="post-2")
    await sort_it(pool, nats_url, elsewhere)
    assert len(await suggested(nats_url)) == 1
    async with pool.connection() as connection:
        assert await conversations.open_suggestion(connection, elsewhere.comment_key) is None
