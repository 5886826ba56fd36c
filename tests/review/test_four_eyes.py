"""Where two people have to approve, nobody approves alone, whatever is sent to the desk."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from services.kit.db import Pool, transaction
from services.review import actions
from services.review.leaving import leave
from services.review.refusals import Refused
from services.store import approvals, desk_item
from services.store.approvals import Scope
from services.store.decisions import Decision, add_decision
from tests.review.reading import path, promised, read_item, rows
from tests.review.room import Room, Visitor
from tests.world import Seeded


async def asks_for_two(pool: Pool, scope: Scope, subject: str, *, needed: bool = True) -> None:
    async with transaction(pool) as connection:
        await approvals.add_rule(connection, scope, subject, is_needed=needed, account_id="me")


async def approves(who: Visitor, comment: Seeded, text: str) -> int:
    answer = await who.post(path(comment, "/approve"), revision=comment.revision, text=text)
    return answer.status_code


async def sent(pool: Pool) -> int:
    return len([one for one in await promised(pool) if one[0].startswith("drafts.approved")])


async def test_two_people_approve_the_same_text_and_only_then_it_goes_out(room: Room) -> None:
    """INVARIANT: where two people are asked for, one alone sends nothing, however they try."""
    await asks_for_two(room.pool, "lane", "answer")
    comment = await room.world.item()
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    assert await approves(jule, comment, "Zehn Prozent.") == 303
    assert (await read_item(room.pool, comment.comment_key)).note == "second"
    assert await approves(jule, comment, "Zehn Prozent.") == 409
    assert await sent(room.pool) == 0
    page = (await emre.get(path(comment))).text
    assert "Einmal freigegeben, von Jule." in page
    assert "Zehn Prozent.</textarea>" in page
    assert await approves(emre, comment, "Elf Prozent.") == 303
    assert await approves(emre, comment, "Elf Prozent.") == 409
    assert await sent(room.pool) == 0
    assert await approves(jule, comment, "Elf Prozent.") == 303
    assert await sent(room.pool) == 1
    taken = await rows(room.pool, "select action, text from decisions order by number")
    assert taken == [
        ("endorse", "Zehn Prozent."), ("endorse", "Elf Prozent."), ("approve", "Elf Prozent."),
    ]  # fmt: skip


async def test_two_people_at_once_send_one_answer(room: Room) -> None:
    """INVARIANT: two approvals at the same moment make one answer, never two."""
    await asks_for_two(room.pool, "lane", "answer")
    people = [await room.account(name) for name in ("Jule", "Emre", "Alma")]
    for n in range(4):
        comment = await room.world.item(thread=f"post-{n}")
        before = await sent(room.pool)
        await asyncio.gather(
            *(
                actions.approve(
                    room.pool, one, comment.comment_key, text="Ja.", revision=1, draft_id=None
                )
                for one in people
            ),
            return_exceptions=True,
        )
        assert await sent(room.pool) == before + 1


async def test_the_database_itself_refuses_an_approval_by_one(room: Room) -> None:
    """INVARIANT: no code of ours can approve alone where two are needed."""
    await asks_for_two(room.pool, "lane", "answer")
    comment = await room.world.item()
    me = await room.account("Jule")
    fields = {
        "thread_key": comment.thread_key, "account_id": me, "comment_key": comment.comment_key,
        "revision": 1, "text": "Ja.",
    }  # fmt: skip

    async def add(**more: str) -> str:
        decision = Decision(decision_id=uuid4().hex, **{**fields, **more})  # type: ignore[arg-type]  # columns by name
        async with transaction(room.pool) as connection:
            await add_decision(connection, decision)
        return decision.decision_id

    first = await add(action="endorse")
    for attempt in (
        {}, {"seconds": first}, {"seconds": first, "account_id": "x", "text": "Nein."},
    ):  # fmt: skip
        with pytest.raises(psycopg.DatabaseError, match="second person"):
            await add(action="approve", **attempt)
    await add(action="reject", account_id="x")
    with pytest.raises(psycopg.DatabaseError, match="second person"):
        await add(action="approve", seconds=first, account_id="x")


async def test_sorting_it_elsewhere_is_no_way_round(room: Room) -> None:
    await asks_for_two(room.pool, "lane", "discuss")
    comment = await room.world.item(lane="discuss", kind="discussion")
    jule = await room.colleague("Jule")
    await jule.post(path(comment, "/relane"), revision=1, kind="praise")
    assert await approves(jule, comment, "Danke!") == 303
    assert await sent(room.pool) == 0


async def test_it_holds_for_pages_and_topics_until_it_is_switched_off(room: Room) -> None:
    comment = await room.world.item()
    async with room.pool.connection() as connection:
        head = await desk_item.read_head(connection, comment.comment_key)
        assert head is not None
        assert not await approvals.needs_two(connection, comment.comment_key)
    [(page_key,)] = await rows(room.pool, "select page_key from threads")
    await asks_for_two(room.pool, "page", page_key)
    async with room.pool.connection() as connection:
        assert await approvals.needs_two(connection, comment.comment_key)
    senior = await room.colleague("Jule", role="senior")
    assert "Stiftung Regenlinde" in (await senior.get("/four-eyes")).text
    fields = {"scope": "page", "subject": page_key, "needed": "no"}
    assert (await senior.post("/four-eyes", **fields)).status_code == 303
    async with room.pool.connection() as connection:
        assert not await approvals.needs_two(connection, comment.comment_key)
    moderator = await room.colleague("Emre", role="moderator")
    assert (await moderator.post("/four-eyes", **fields)).status_code == 403


async def test_an_edit_of_the_comment_ends_the_first_approval(room: Room) -> None:
    await asks_for_two(room.pool, "lane", "answer")
    comment = await room.world.item()
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    await approves(jule, comment, "Ja.")
    edited = await room.world.edit(comment)
    await room.world.route(edited)
    await room.world.show(edited)
    assert (await read_item(room.pool, comment.comment_key)).note is None
    assert await approves(emre, edited, "Ja.") == 303
    assert await sent(room.pool) == 0


async def test_closing_words_are_no_way_round(room: Room) -> None:
    await asks_for_two(room.pool, "lane", "answer")
    comment = await room.world.item()
    me = await room.account("Jule")
    with pytest.raises(Refused) as caught:
        await leave(room.pool, me, comment.comment_key, text="Auf Wiedersehen.", revision=1, days=3)
    assert caught.value.refusal == "two_needed"
    assert await rows(room.pool, "select count(*) from decisions") == [(0,)]


async def test_the_second_approval_is_for_those_who_may(room: Room) -> None:
    await asks_for_two(room.pool, "lane", "answer")
    comment = await room.world.item()
    jule = await room.colleague("Jule", role="moderator")
    emre = await room.colleague("Emre", role="moderator")
    senior = await room.colleague("Alma", role="senior")
    assert await approves(jule, comment, "Ja.") == 303
    assert await approves(emre, comment, "Ja.") == 409
    assert await approves(senior, comment, "Ja.") == 303
    assert await sent(room.pool) == 1
