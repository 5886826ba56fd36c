"""What may come in and what is kept of it: private, own and watched, deleted and restored."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.inbound import InboundEvent
from services.ingest.intake import Intake
from services.kit.db import Pool, transaction
from services.kit.pseudonym import long_key
from tests.ingest.events import count, event, everything, outcomes, promised, stored

SECRET = "Unter uns: Ich heiße Zarathustra"
NAME = "Vertraulich"


def private(kind: Any = "received", **fields: Any) -> InboundEvent:
    return event(kind, **{"visibility": "direct", "text": SECRET, "author": NAME, **fields})


@pytest.mark.parametrize("visibility", ["direct", "followers", "unknown"])
async def test_nothing_of_a_private_message_is_kept(
    intake: Intake, pool: Pool, visibility: str
) -> None:
    """INVARIANT: no table holds a word, a name or the post of a private message."""
    told = [
        private(visibility=visibility, root={"native_id": "post", "text": "Privater Anfang"}),
        private("edited", revision="2", minute=1, visibility=visibility),
        private(native_id="mine", is_self=True, visibility=visibility),
        private("deleted", minute=2, visibility=visibility),
    ]
    assert await outcomes(intake, *told) == ["private"] * 4
    rows = (await everything(pool)).lower()
    for word in ("zarathustra", NAME.lower(), "privater anfang", "hoffest"):
        assert word not in rows
    assert await count(pool, "outbox") == await count(pool, "comments") == 0


@pytest.mark.parametrize("visibility", ["direct", "followers", "unknown"])
async def test_a_comment_that_turns_private_is_erased(
    intake: Intake, pool: Pool, visibility: str
) -> None:
    """INVARIANT: what is no longer public is no longer kept, neither old words nor new ones."""
    told = [
        event(text="Zarathustra fragt", author=NAME),
        private("edited", revision="2", minute=1, visibility=visibility),
    ]
    assert await outcomes(intake, *told) == ["received", "deleted"]
    rows = (await everything(pool)).lower()
    assert "zarathustra" not in rows
    assert NAME.lower() not in rows
    assert await promised(pool) == [("CommentReceived", 1), ("CommentDeleted", 1)]


async def test_a_late_word_from_a_private_past_changes_nothing(intake: Intake, pool: Pool) -> None:
    told = [event(minute=2, revision="2"), private(minute=1)]
    assert await outcomes(intake, *told) == ["received", "outdated"]
    assert "Zarathustra" not in await everything(pool)
    assert await promised(pool) == [("CommentReceived", 1)]


@pytest.mark.parametrize(
    "changed",
    [
        {"visibility": "unknown"},
        {"relation": "news"},
        {"root": {"native_id": "c1"}, "page": {"native_id": "?", "name": "?"}},
        {"author": "?"},
    ],
)
async def test_a_deletion_counts_however_little_the_network_says_of_it(
    intake: Intake, pool: Pool, changed: dict[str, Any]
) -> None:
    """INVARIANT: a text whose author deleted it is erased, whatever else the event lacks."""
    told = [event(text="Zarathustra"), event("deleted", minute=1, **changed)]
    assert await outcomes(intake, *told) == ["received", "deleted"]
    rows = await everything(pool)
    assert "Zarathustra" not in rows
    assert "Jana" not in rows
    assert await count(pool, "threads") == 1
    async with pool.connection() as connection:
        row = await (
            await connection.execute(
                "select convert_from(o.body, 'UTF8')::json->>'thread_key' = t.thread_key"
                " from outbox o, threads t where o.msg_id like 'CommentDeleted%'"
            )
        ).fetchone()
    assert row == (True,)


async def test_a_deletion_that_was_not_ours_to_see_still_keeps_the_text_out(
    intake: Intake, pool: Pool
) -> None:
    """INVARIANT: a deletion told before the comment, and without its visibility, is not lost."""
    told = [event("deleted", minute=1, visibility="unknown"), event(text="Zarathustra")]
    assert await outcomes(intake, *told) == ["private", "outdated"]
    assert "Zarathustra" not in await everything(pool)


async def test_a_name_stays_while_another_comment_of_theirs_stands(
    intake: Intake, pool: Pool
) -> None:
    """INVARIANT: an author's name is kept no longer than their comments."""
    await outcomes(intake, event(), event(native_id="c2"), event("deleted", minute=1))
    other = await stored(pool, "c2")
    assert other is not None
    assert other.author == "Jana"
    await outcomes(intake, event("deleted", "c2", minute=1))
    assert await count(pool, "authors") == 0


async def test_what_was_computed_from_a_deleted_text_goes_with_it(
    intake: Intake, pool: Pool
) -> None:
    await outcomes(intake, event())
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into comment_vectors values (%s, 1, 'test', '[1,2,3]')",
            [long_key("sandbox", "c1")],
        )
    await outcomes(intake, event("deleted", minute=1))
    assert await count(pool, "comment_vectors") == 0


async def test_a_restored_comment_is_answered_again(intake: Intake, pool: Pool) -> None:
    """INVARIANT: a comment that its network shows anew is not lost because it was once deleted."""
    told = [
        event(),
        event("deleted", minute=1),
        event("edited", revision="2", minute=2, text="spät gemeldet"),
        event(revision="3", minute=3, text="Wieder da"),
        event("deleted", minute=4, id="again"),
    ]
    told[4] = told[4].model_copy(update={"id": "c1#del2"})
    assert await outcomes(intake, *told[:3]) == ["received", "deleted", "outdated"]
    assert await outcomes(intake, told[3]) == ["edited"]
    shown = await stored(pool)
    assert shown is not None
    assert (shown.text, shown.author, shown.deleted) == ("Wieder da", "Jana", False)
    assert await outcomes(intake, told[4]) == ["deleted"]
    assert "Wieder da" not in await everything(pool)
    assert await promised(pool) == [
        ("CommentReceived", 1), ("CommentDeleted", 1), ("CommentEdited", 2), ("CommentDeleted", 2),
    ]  # fmt: skip


async def test_our_own_replies_are_context_and_never_items(intake: Intake, pool: Pool) -> None:
    """INVARIANT: nobody is asked to answer what we wrote ourselves."""
    told = [
        event(native_id="us", is_self=True, text="Wir antworten"),
        event("edited", "us", "2", minute=1, is_self=True, text="Wir antworten besser"),
        event("edited", "us", "3", minute=2, text="ohne Absender gemeldet"),
    ]
    assert await outcomes(intake, *told) == ["own_reply"] * 3
    shown = await stored(pool, "us")
    assert shown is not None
    assert shown.text == "ohne Absender gemeldet"
    assert await outcomes(intake, event("deleted", "us", minute=3)) == ["own_reply"]
    assert await count(pool, "outbox") == 0


async def test_strangers_on_watched_pages_concern_us_only_when_they_answer_us(
    intake: Intake, pool: Pool
) -> None:
    """INVARIANT: what people say to each other on pages we watch is not collected."""
    watched = {"relation": "news"}
    told = [
        event(native_id="stranger", text="Zarathustra", **watched),
        event(native_id="us", is_self=True, **watched),
        event(native_id="answer", parent_id="us", **watched),
        event("edited", "answer", "2", minute=1, text="Und nun?", **watched),
        event(native_id="aside", parent_id="answer", text="Zarathustra", **watched),
    ]
    assert await outcomes(intake, *told) == [
        "watched_page", "own_reply", "received", "edited", "watched_page",
    ]  # fmt: skip
    assert "Zarathustra" not in await everything(pool)


async def test_an_answer_to_us_that_came_before_our_reply_is_taken_when_told_again(
    intake: Intake, pool: Pool
) -> None:
    """INVARIANT: an answer to us on a watched page is not lost to the order of two events."""
    ours = event(native_id="us", is_self=True, relation="partner")
    answer = event(native_id="answer", parent_id="us", relation="partner")
    told = [answer, answer, ours, answer, answer]
    assert await outcomes(intake, *told) == [
        "watched_page", "duplicate", "own_reply", "received", "duplicate",
    ]  # fmt: skip
    assert await promised(pool, "answer") == [("CommentReceived", 1)]


async def test_a_comment_from_the_future_can_still_be_edited(intake: Intake, pool: Pool) -> None:
    """INVARIANT: a wrong clock makes no later text look old, and no row unreadable."""
    forged = event(created_at="9999-12-31T23:59:59-12:00").model_copy(
        update={"time": datetime(9999, 12, 31, tzinfo=UTC)}
    )
    ancient = event(native_id="old", created_at="0001-01-01T00:00:00+14:00")
    assert await outcomes(intake, forged, ancient) == ["received", "received"]
    honest = event("edited", revision="2").model_copy(update={"time": datetime.now(UTC)})
    assert await outcomes(intake, honest) == ["edited"]
    async with pool.connection() as connection:
        rows = await (await connection.execute("select created_at from comments")).fetchall()
    assert all(1970 <= at.year <= datetime.now(UTC).year for (at,) in rows)


async def test_hostile_text_is_stored_as_text(intake: Intake, pool: Pool) -> None:
    hostile = "a\x00b \u202edrehum\u2066 zwei\r\nZeilen <script>"
    root = {"native_id": "post", "text": hostile}
    told = event(text=hostile, root=root, author="x", url="javascript:alert(1)")
    named = told.data.author.model_copy(update={"display_name": "\u202eevil", "handle": "\x00"})
    told = told.model_copy(update={"data": told.data.model_copy(update={"author": named})})
    assert await outcomes(intake, told) == ["received"]
    shown = await stored(pool)
    assert shown is not None
    assert shown.text == shown.root_text == "a\ufffdb drehum zwei\nZeilen <script>"
    assert shown.author == "evil"
    assert "javascript" not in await everything(pool)
