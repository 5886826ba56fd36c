"""What we published comes back from the network like any comment, and never becomes an item."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from schemas.inbound import InboundEvent
from services.kit.db import Pool, open_pool, transaction
from services.kit.pseudonym import long_key, short_key
from services.store import deliveries
from services.store.decisions import Decision, add_decision
from tests.conftest import fresh_database
from tests.ingest.events import NOON, event, new_intake, outcomes, promised

ANSWER = "Um 15 Uhr, im Hof."


@pytest.fixture
async def pool(template: str) -> AsyncIterator[Pool]:
    """A database of its own: decisions cannot be wiped."""
    async with fresh_database(template) as url, open_pool(url) as opened:
        yield opened


async def sending(pool: Pool, text: str = ANSWER) -> deliveries.Approval:
    """Let somebody ask and an answer be on its way: the network has it, we do not know its id."""
    await outcomes(new_intake(pool), event(author="jana"))
    decision = Decision(
        decision_id=uuid4().hex, action="approve", thread_key=short_key("sandbox", "post"),
        account_id="test", comment_key=long_key("sandbox", "c1"), revision=1, text=text,
    )  # fmt: skip
    async with transaction(pool) as connection:
        await add_decision(connection, decision)
        approval = await deliveries.read_approval(connection, decision.decision_id, NOON)
        assert approval is not None
        await deliveries.mark_sending(connection, approval, NOON, NOON)
    return approval


def echo(text: str = ANSWER, native_id: str = "us", **fields: Any) -> InboundEvent:
    """Return our reply as a network tells it that does not know whose it is."""
    chosen: dict[str, Any] = {"author": "page-account", "parent_id": "c1", **fields}
    return event(native_id=native_id, text=text, minute=1, **chosen)


async def test_an_echo_that_overtakes_the_note_of_its_id_is_known_by_its_text(pool: Pool) -> None:
    """INVARIANT: our own words never come back as somebody's, not even while they are posted."""
    approval = await sending(pool)
    first = await outcomes(new_intake(pool), echo("Um 15 Uhr,\n im Hof. "))
    async with transaction(pool) as connection:
        await deliveries.mark_sent(connection, approval, "us", None, NOON)
    edited = event("edited", "us", "2", minute=2, text="Um 16 Uhr", author="page-account")
    assert first + await outcomes(new_intake(pool), echo(), edited) == [
        "own_reply", "duplicate", "own_reply",
    ]  # fmt: skip
    assert await promised(pool, "us") == []


async def test_an_echo_of_a_reply_that_was_noted_is_known_by_its_id(pool: Pool) -> None:
    """INVARIANT: a network that changes our text cannot make us answer ourselves."""
    approval = await sending(pool)
    async with transaction(pool) as connection:
        await deliveries.mark_sent(connection, approval, "us", None, NOON)
    assert await outcomes(new_intake(pool), echo("Um 15 Uhr … t.example/x")) == ["own_reply"]


async def test_a_reply_of_unknown_outcome_that_appears_late_is_ours(pool: Pool) -> None:
    approval = await sending(pool)
    async with transaction(pool) as connection:
        await deliveries.mark_unknown(connection, approval.decision_id, NOON)
        await deliveries.mark_returned(connection, approval, "outcome_unknown", NOON)
    assert await outcomes(new_intake(pool), echo()) == ["own_reply"]


async def test_that_our_answer_was_deleted_on_the_network_is_told_once(pool: Pool) -> None:
    approval = await sending(pool)
    async with transaction(pool) as connection:
        await deliveries.mark_sent(connection, approval, "us", None, NOON)
    deletion = event("deleted", "us", minute=5, author="page-account")
    told = [echo(), deletion, deletion]
    assert await outcomes(new_intake(pool), *told) == ["own_reply", "own_reply", "duplicate"]
    async with pool.connection() as connection:
        rows = await connection.execute("select msg_id from outbox where stream = 'replies'")
        assert await rows.fetchall() == [(f"ReplyRemoved:{approval.decision_id}",)]


async def test_what_a_page_of_ours_writes_by_hand_is_ours(pool: Pool) -> None:
    await outcomes(new_intake(pool), event())
    assert await outcomes(new_intake(pool), echo("Von Hand", author="page")) == ["own_reply"]


async def test_people_may_say_what_we_said(pool: Pool) -> None:
    """INVARIANT: a person is not taken for us because the words are the same."""
    approval = await sending(pool)
    elsewhere = echo(native_id="elsewhere", root={"native_id": "other"}, parent_id="c9")
    other_words = echo("Um 15 Uhr?", "words")
    assert await outcomes(new_intake(pool), elsewhere, other_words) == ["received", "received"]
    async with transaction(pool) as connection:
        await deliveries.mark_sent(connection, approval, "us", None, NOON)
    assert await outcomes(new_intake(pool), echo(native_id="parrot")) == ["received"]
