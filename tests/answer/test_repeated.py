"""The same comment twice, at once, or changed in the meantime."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from schemas.comments import CommentRouted
from services.answer.make import Drafting
from services.answer.propose import propose
from services.kit.db import transaction
from services.store import mutes
from tests.answer.asking import ANSWER, ASKED, DRAFT, SPENT, routed, stored
from tests.answer.library import Library
from tests.kit.scripted_llm import ScriptedLLM, answers, says
from tests.world import Seeded, World


async def test_running_twice_makes_one_draft(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: a message that comes twice costs one draft and is answered the same."""
    event = await routed(world)
    llm.will(answers(ANSWER), says("garbage"))
    first = await propose(writing, event, DRAFT)
    assert await propose(writing, event, DRAFT) == first == ("proposed", "written")
    assert len(llm.requests) == 1
    assert len(await stored(writing.pool)) == 1


async def test_two_at_once_tell_the_same(writing: Drafting, llm: ScriptedLLM, world: World) -> None:
    """INVARIANT: two instances with one message announce what is stored, not what each made."""
    event = await routed(world)
    llm.will(answers(ANSWER), says("garbage"))
    one, other = await asyncio.gather(
        propose(writing, event, DRAFT), propose(writing, event, DRAFT)
    )
    (draft,) = await stored(writing.pool)
    assert one == other == (draft.outcome, draft.kind)


Change = Callable[[World, Seeded], Awaitable[Any]]


async def edited(world: World, comment: Seeded) -> None:
    await world.edit(comment, ASKED)


async def deleted(world: World, comment: Seeded) -> None:
    await world.delete(comment)


async def muted(world: World, comment: Seeded) -> None:
    async with transaction(world.pool) as connection:
        await mutes.add_mute(
            connection, mute_id="m1", thread_key=comment.thread_key, account_id="a1",
            reason="Streit", expires_at=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip


CHANGES: tuple[Change, ...] = (edited, deleted, muted)


async def asked_in_three_threads(world: World) -> list[tuple[Seeded, CommentRouted]]:
    comments = [
        await world.comment(ASKED, thread=f"post-{n}", post="Unser Hof wird grün.")
        for n in range(3)
    ]
    return [(comment, await world.route(comment)) for comment in comments]


async def test_a_comment_that_changed_before_gets_no_draft(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: nobody drafts for a text that no longer stands, or in a muted thread."""
    for change, (comment, event) in zip(CHANGES, await asked_in_three_threads(world), strict=True):
        await change(world, comment)
        assert await propose(writing, event, event.comment_key) is None
    assert await stored(writing.pool) == []
    assert llm.requests == []


async def test_a_comment_that_changes_meanwhile_gets_no_draft_but_the_tokens_count(
    writing: Drafting, llm: ScriptedLLM, world: World
) -> None:
    """INVARIANT: editing a comment over and over neither yields drafts nor hides their cost."""
    for change, (comment, event) in zip(CHANGES, await asked_in_three_threads(world), strict=True):
        llm.on_request = partial(change, world, comment)
        llm.will(answers(ANSWER))
        assert await propose(writing, event, event.comment_key) is None
        assert await propose(writing, event, event.comment_key) is None
    drafts = await stored(writing.pool)
    assert len(drafts) == len(llm.requests) == 3
    for draft in drafts:
        assert (draft.outcome, draft.text, draft.sentences) == ("no_source", "", [])
        assert draft.reason == {"rule": "comment_changed", "detail": ""}
        assert draft.tokens_in + draft.tokens_out == SPENT


async def test_a_quotation_for_a_comment_that_changes_meanwhile_leaves_no_trace(
    quoting: Drafting, library: Library, world: World
) -> None:
    comment = await world.comment(ASKED, post="Unser Hof wird grün.")
    event = await world.route(comment)
    library.embedder.on_call = partial(edited, world, comment)
    assert await propose(quoting, event, DRAFT) is None
    assert await stored(quoting.pool) == []
