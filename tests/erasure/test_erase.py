"""What an erasure leaves, what it keeps away, and that it comes to its end."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from schemas.comments import Reason
from schemas.streams import CONSUMERS
from services.commands.forget import erase
from services.ingest.erase import AFTERMATH, CHUNK, Eraser
from services.ingest.intake import Intake
from services.ingest.quoting import quotes, shared_words
from services.kit.db import Pool, transaction
from services.kit.pseudonym import long_key
from services.review import actions
from services.store import deliveries, erasures
from services.store.erasing import open_for_erasing
from services.store.erasures import Erasure, Scope
from tests.ingest.events import NOON, event, everything, outcomes, promised, stored
from tests.review.reading import read_item, rows
from tests.world import Seeded, World

LATER = timedelta(minutes=30)


def order(scope: Scope, subject: str) -> Erasure:
    return Erasure(f"{scope}-{subject}"[:32], scope, subject, "test", datetime.now(UTC))


async def author_of(pool: Pool, native_id: str) -> str:
    ((author,),) = await rows(
        pool, "select author_key from comments where native_id = %s", native_id
    )
    return str(author)


async def test_what_was_erased_does_not_come_back(
    pool: Pool, intake: Intake, eraser: Eraser
) -> None:
    """INVARIANT: no later word of a network brings an erased comment back, or names it."""
    first, other = event(native_id="c1"), event(native_id="c2", parent_id="c1", author="ole")
    assert await outcomes(intake, first, other) == ["received", "received"]
    jana = await author_of(pool, "c1")
    assert await erase(pool, eraser, order("account", jana)) == 1
    assert await promised(pool, "erased:" + long_key("sandbox", "c1")) == [
        ("CommentReceived", 1), ("CommentDeleted", 1),
    ]  # fmt: skip
    again = [
        first,
        first.model_copy(update={"id": "polled again"}),
        event("edited", revision="2", minute=5, text="Doch noch was."),
        event("hidden", minute=6),
        event("deleted", minute=7),
        event(native_id="older", text="Von früher."),
    ]
    assert await outcomes(intake, *again) == ["erased"] * len(again)
    below = event(native_id="c3", parent_id="c1", author="ole", minute=8)
    under = event(
        native_id="c4", author="ole", minute=9, root={"native_id": "c1", "text": "Wann beginnt es?"}
    )
    assert await outcomes(intake, below, under) == ["received", "received"]
    left = await everything(pool)
    for words in ("Jana", '"jana"', "@jana", '"c1"', "c1#1", "Wann beginnt es?", "Von früher"):
        assert words not in left, words
    assert left.count(f"erased:{long_key('sandbox', 'c1')}") == 4
    anew = event(native_id="c5", created_at=(datetime.now(UTC) + LATER).isoformat())
    assert await outcomes(intake, anew) == ["received"]
    assert (await stored(pool, "c5")) is not None
    assert await author_of(pool, "c5") == jana


async def test_a_single_comment_goes_and_its_account_stays(
    pool: Pool, intake: Intake, eraser: Eraser
) -> None:
    one, two = event(native_id="c1"), event(native_id="c2", text="Und der Eintritt?")
    await outcomes(intake, one, two)
    assert await erase(pool, eraser, order("comment", long_key("sandbox", "c1"))) == 1
    assert await outcomes(intake, one, two) == ["erased", "duplicate"]
    kept = await stored(pool, "c2")
    assert kept is not None
    assert (kept.text, kept.author) == ("Und der Eintritt?", "Jana")


async def test_two_instances_and_a_crash_leave_nothing_and_do_nothing_twice(
    pool: Pool, world: World, eraser: Eraser
) -> None:
    """INVARIANT: an erasure goes on where it was interrupted, by whoever comes first."""
    made = [await world.comment(f"Nummer {n}", author="Klaus") for n in range(CHUNK + 30)]
    asked = order("account", made[0].row.author_key)
    async with transaction(pool) as connection:
        await erasures.add_order(connection, asked, due_at=asked.ordered_at)
    now = datetime.now(UTC)

    async def interrupted() -> None:
        async with transaction(pool) as connection:
            found = await erasures.lock_due(connection, now)
            assert found is not None
            await eraser._erase(connection, found, now)
            raise KeyError

    with pytest.raises(KeyError):
        await interrupted()
    assert await rows(pool, "select count(*) from comment_revisions") == [(CHUNK + 30,)]
    while any(await asyncio.gather(eraser.work(now), eraser.work(now))):
        pass
    assert await rows(pool, "select count(*) from comment_revisions") == [(0,)]
    told = await rows(pool, "select count(*), count(distinct msg_id) from outbox")
    assert told == [(CHUNK + 30, CHUNK + 30)]
    assert await eraser.work(now + AFTERMATH)
    assert not await eraser.work(now + AFTERMATH)
    assert await rows(pool, "select subject, comments from erasures") == [("", CHUNK + 30)]


async def approved(pool: Pool, seeded: Seeded, text: str) -> str:
    ((draft_id,),) = await rows(
        pool, "select draft_id from items where comment_key = %s", seeded.comment_key
    )
    await actions.approve(pool, "a", seeded.comment_key, revision=1, text=text, draft_id=draft_id)
    ((decision_id,),) = await rows(
        pool, "select decision_id from decisions where comment_key = %s", seeded.comment_key
    )
    return str(decision_id)


async def test_our_words_stay_unless_they_quote(pool: Pool, world: World, eraser: Eraser) -> None:
    """INVARIANT: an erasure takes no decision away, only their words in it."""
    mine = "Zehn Prozent der bewilligten Summe."
    kept = await world.item("Wie hoch ist er?", author="Klaus")
    quoted = await world.item("Mein Hof Birkenau hat nichts.", author="Klaus", thread="post-3")
    flying = await world.item("Und Birkenau?", author="Klaus", thread="post-2")
    for one, text in ((kept, mine), (quoted, "Zu Birkenau: zehn Prozent.")):
        await world.posted(one, await approved(pool, one, text))
    last = await approved(pool, flying, "Für Birkenau auch.")
    assert await erase(pool, eraser, order("account", kept.row.author_key)) == 3
    texts = await rows(pool, "select text, edited from decisions order by number")
    assert texts == [(mine, True), ("", True), ("Für Birkenau auch.", True)]
    now = datetime.now(UTC) + AFTERMATH
    assert await eraser.work(now)
    assert not await eraser.work(now)
    async with transaction(pool) as connection:
        approval = await deliveries.read_approval(connection, last, now)
        assert approval is not None
        assert approval.deleted
        await deliveries.mark_returned(connection, approval, "parent_gone", now)
    assert await eraser.work(now + AFTERMATH)
    assert (await rows(pool, "select text from decisions order by number"))[2] == ("",)
    async with transaction(pool) as connection:
        assert await deliveries.read_approval(connection, last, now) is not None


@pytest.mark.parametrize(
    "change",
    ["text = 'anders'", "decided_at = now()", "account_id = 'b'", "edited = false", "reason = 'x'"],
)
async def test_decisions_stay_as_they_are_while_words_are_erased(
    pool: Pool, world: World, change: str
) -> None:
    """INVARIANT: what erases words can neither change a decision nor put words into it."""
    await approved(pool, await world.item("Wie hoch?", author="Klaus"), "Zehn Prozent.")
    async with transaction(pool) as connection:
        await open_for_erasing(connection)
        await connection.execute("update decisions set edited = true, reason = ''")
    async with pool.connection() as connection:
        await open_for_erasing(connection)
        with pytest.raises(psycopg.errors.RaiseException):
            await connection.execute(f"update decisions set {change}".encode())
        await connection.rollback()


async def test_a_deletion_on_the_network_takes_along_what_was_made_of_the_words(
    pool: Pool, intake: Intake, world: World, eraser: Eraser
) -> None:
    """INVARIANT: words that their author deleted are in no draft, reason or decision either."""
    seeded = await world.comment("Mein Hof Birkenau brennt.")
    await world.route(seeded, reasons=[Reason(rule="possibly_illegal", detail="Birkenau brennt")])
    await world.draft(seeded, "Zu Birkenau.")
    await world.show(seeded)
    await world.posted(seeded, await approved(pool, seeded, "Birkenau tut uns leid."))
    assert await outcomes(intake, event("deleted", minute=3)) == ["deleted"]
    assert "Birkenau" not in await everything(pool)
    await world.draft(seeded, "Noch einmal zu Birkenau.")  # was being written meanwhile
    assert await eraser.work(datetime.now(UTC) + AFTERMATH)
    assert "Birkenau" not in await everything(pool)
    await world.show(seeded)
    assert (await read_item(pool, seeded.comment_key)).note == "answer_stands"
    soon = (datetime.now(UTC) + timedelta(minutes=2) - NOON).total_seconds() / 60
    again = event(revision="3", minute=soon, text="Wieder da.")
    assert await outcomes(intake, again) == ["edited"]


@pytest.mark.parametrize(
    ("ours", "quoting"),
    [
        ("Liebe Frau Sonntag, gern.", True),
        ("wie hoch ist der Betrag", True),
        ("Zehn Prozent, Mira!", True),
        ("Der Betrag steht hier.", False),
        ("", False),
    ],
    ids=["name", "three-words", "first-name", "one-common-word", "nothing"],
)
def test_a_quotation_is_a_name_or_words_in_a_row(ours: str, *, quoting: bool) -> None:
    assert quotes(ours, ["Wie hoch ist der Betrag?"], ["Mira Sonntag"]) is quoting


def test_single_telling_words_are_looked_up() -> None:
    assert shared_words("Zum Hof in 4b gehört Linden.", ["Hof 4b in Linden"]) == {"linden", "4b"}


def test_the_second_look_comes_after_every_handler() -> None:
    assert AFTERMATH.total_seconds() > 2 * max(one.ack_wait for one in CONSUMERS)
