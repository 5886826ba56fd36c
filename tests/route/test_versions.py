"""Teaching, comparing and going back, on a real database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from schemas.comments import Kind
from services.kit.db import Pool, transaction
from services.review import actions
from services.review.muting import NewMute, put_mute
from services.route.cues import read_cues
from services.route.fit import fit, gather
from services.route.head import look
from services.route.live import Live
from services.route.measure import Figure
from services.route.reader import shipped_model
from services.route.reading import SHIPPED, shipped_knowledge
from services.route.signals import read_words
from services.route.versions import Frozen, Report, is_frozen, kind_named, may_go_live, report
from services.store import labels, sorting_models
from services.store.mutes import SYSTEM, read_mutes
from tests.world import Seeded, World

CUES = read_cues()
NOTHING = Figure(0, 0, 0)


async def decided(
    pool: Pool, seeded: Seeded, action: str, kind: str | None = None, joined: Sequence[str] = ()
) -> None:
    """Store a person's decision about a comment."""
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into decisions (decision_id, action, comment_key, revision, thread_key, kind,"
            " joined, account_id, decided_at) values (%s, %s, %s, %s, %s, %s, %s, 'a', %s)",
            [uuid4().hex, action, seeded.comment_key, seeded.revision, seeded.thread_key, kind,
             list(joined), datetime.now(UTC)],
        )  # fmt: skip


async def muted_and_lifted(pool: Pool, *evidence: Seeded) -> None:
    """Have the system mute an account on the evidence of its comments, and a person lift it."""
    first = evidence[0]
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        made = NewMute(
            first.thread_key, "sandbox", SYSTEM, 30, author_key=first.row.author_key,
            idle=[one.comment_key for one in evidence],
        )  # fmt: skip
        await put_mute(connection, made, now)
        (mute,) = await read_mutes(connection)
    await actions.unmute(pool, "a", mute.mute_id, reason="Das war Kritik")


async def taught(pool: Pool) -> set[tuple[str, str, str]]:
    async with pool.connection() as connection:
        return {(one.text, one.kind, one.action) for one in await labels.read_labels(connection)}


async def test_decisions_teach_what_they_say_and_no_more(pool: Pool) -> None:
    """INVARIANT: deleted comments, closed and reopened ones teach nothing."""
    world = World(pool)
    relaned = await world.comment("Eins")
    approved = await world.comment("Zwei")
    rejected = await world.comment("Drei")
    closed = await world.comment("Vier")
    changed = await world.comment("Fünf")
    gone = await world.comment("Sechs")
    for seeded in (relaned, approved, rejected, closed, changed, gone):
        await world.route(seeded, "answer", "question")
    await decided(pool, relaned, "relane", "criticism")
    await decided(pool, approved, "approve")
    await decided(pool, rejected, "reject")
    await decided(pool, closed, "close")
    await decided(pool, changed, "reject")
    await decided(pool, changed, "reopen")
    await decided(pool, gone, "approve")
    await world.delete(gone)
    assert await taught(pool) == {
        ("Eins", "criticism", "relane"),
        ("Zwei", "question", "approve"),
        ("Drei", "discussion", "reject"),
    }


async def test_a_lifted_mute_says_that_its_evidence_was_wrong(pool: Pool) -> None:
    """INVARIANT: each lift is a label: of the comments the mute rested on, and of no other."""
    world = World(pool)
    attack = await world.item("Harte Worte", author="Klaus", lane="discuss", kind="attack")
    praise = await world.item("Bravo!", author="Klaus", lane="acknowledge", kind="praise")
    await world.item("Daneben", author="Klaus", lane="discuss", kind="attack")
    edited = await world.item("Wie gesagt", author="Klaus", lane="rest", kind="other")
    await muted_and_lifted(pool, attack, praise, edited)
    later = await world.edit(edited, "Ganz neuer Text")
    await world.route(later, "rest", "spam")
    assert await taught(pool) == {
        ("Harte Worte", "discussion", "unmute"),
        ("Bravo!", "praise", "unmute"),
        ("Wie gesagt", "discussion", "unmute"),
    }


async def test_a_later_decision_about_a_comment_beats_a_lift_and_closing_it_does_not(
    pool: Pool,
) -> None:
    world = World(pool)
    answered = await world.item("Eins", author="Klaus", lane="discuss", kind="attack")
    closed = await world.item("Zwei", author="Klaus", lane="discuss", kind="attack")
    relaned = await world.item("Drei", author="Klaus", lane="discuss", kind="attack")
    await decided(pool, relaned, "relane", "criticism")
    await muted_and_lifted(pool, answered, closed, relaned)
    await decided(pool, answered, "approve")
    await decided(pool, closed, "close")
    assert await taught(pool) == {
        ("Eins", "attack", "approve"),
        ("Zwei", "discussion", "unmute"),
        ("Drei", "criticism", "relane"),
    }


async def test_a_rejection_teaches_and_what_takes_it_back_unsays_it(pool: Pool) -> None:
    world = World(pool)
    read: tuple[tuple[str, Kind], ...] = (
        ("Eins", "question"), ("Zwei", "criticism"), ("Drei", "question"),
    )  # fmt: skip
    for name, kind in read:
        seeded = await world.comment(name)
        await world.route(seeded, "answer", kind)
        await decided(pool, seeded, "reject")
        if name == "Drei":
            await decided(pool, seeded, "reopen")
    assert await taught(pool) == {
        ("Eins", "discussion", "reject"),
        ("Zwei", "criticism", "reject"),
    }


async def test_messages_decided_upon_together_teach_nothing(pool: Pool) -> None:
    """INVARIANT: the last of several messages is not taken for all that was answered."""
    world = World(pool)
    first = await world.comment("Ihr habt doch im Mai geschrieben,")
    last = await world.comment("dass ihr pflanzt.")
    await world.route(last, "answer", "question")
    await decided(pool, last, "approve", joined=[f"{first.comment_key}:1"])
    assert await taught(pool) == set()


def test_a_comment_is_frozen_for_ever_and_about_one_in_five_is() -> None:
    """INVARIANT: what versions are compared on is never learnt from."""
    texts = [f"Kommentar Nummer {i}" for i in range(1000)]
    assert 150 < sum(map(is_frozen, texts)) < 250
    assert [is_frozen(f"  {text.upper()}\n") for text in texts] == list(map(is_frozen, texts))


def test_labels_may_be_named_in_german() -> None:
    assert kind_named(" Lob ") == "praise"
    assert kind_named("threat") == "threat"
    assert kind_named("42") is None


def test_a_worse_version_is_held_back() -> None:
    """INVARIANT: a version that reads worse, or slights criticism, does not go live by itself."""

    def one(f1: float, slighted: float = 0.0, rows: int = 100) -> Report:
        return Report(rows, Figure(f1, f1, f1), Figure(slighted, 0, 1), NOTHING)

    assert may_go_live(one(0.8), one(0.7)) is None
    assert may_go_live(one(0.6), one(0.7)) is not None
    assert may_go_live(one(0.9, slighted=0.1), one(0.7)) is not None
    assert may_go_live(one(0.9, rows=5), one(0.7, rows=5)) is not None


def test_a_report_counts_criticism_that_would_rest(tmp_path: Path) -> None:
    texts = ["Schade, das war viel zu teuer und schlecht geplant.", "Danke, ganz toll gemacht!"]
    seen = [look(text, CUES, None) for text in texts]
    found = report(shipped_model(CUES), Frozen(texts, seen, ["criticism", "praise"]), read_words())
    assert (found.rows, found.slighted.value) == (2, 0)
    assert found.macro_f1.value > 0.5
    assert np.isfinite(found.missed_questions.high)


@pytest.mark.parametrize("kind", ["question", "attack"])
def test_a_taught_kind_head_reads_what_it_was_taught(kind: str) -> None:
    texts = [f"Lorem ipsum dolor {word}" for word in ("sit", "amet", "elit", "sed", "quia", "unde")]
    others = ["Danke schön", "Vielen Dank", "Toll gemacht", "Das freut mich"]
    seen = [look(text, CUES, None) for text in (*texts, *others)]
    examples = gather(seen, [kind] * len(texts) + ["praise"] * len(others))
    head = fit(examples, CUES.names, "").head
    assert head.choose(head.probabilities(look("Lorem ipsum dolor et", CUES, None))) == kind


async def test_a_new_version_is_used_without_a_restart_and_taken_back(pool: Pool) -> None:
    """INVARIANT: activate and rollback reach a running service; the shipped model stays."""
    live = Live(shipped_knowledge())
    model = shipped_model(read_cues())
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        first = await sorting_models.add_model(connection, model.dump(), {}, now)
        await sorting_models.activate(connection, first, now)
    await live.refresh(pool)
    assert live.knowledge.version == str(first)
    async with transaction(pool) as connection:
        broken = await sorting_models.add_model(connection, b"no model", {}, now)
        later = now + timedelta(seconds=1)
        await sorting_models.activate(connection, broken, later)
    await live.refresh(pool)
    assert live.knowledge.version == str(first), "what cannot be read is not used"
    async with transaction(pool) as connection:
        assert await sorting_models.roll_back(connection) == broken
        assert await sorting_models.roll_back(connection) == first
        assert await sorting_models.roll_back(connection) is None
    await live.refresh(pool)
    assert live.knowledge.version == SHIPPED
