"""Teaching, comparing and going back, on a real database."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from services.kit.db import Pool, transaction
from services.route.cues import read_cues
from services.route.fit import fit, gather
from services.route.head import look
from services.route.measure import Figure
from services.route.reader import shipped_model
from services.route.signals import read_words
from services.route.versions import Frozen, Report, is_frozen, kind_named, may_go_live, report
from services.store import labels
from tests.world import Seeded, World

CUES = read_cues()
NOTHING = Figure(0, 0, 0)


async def decided(pool: Pool, seeded: Seeded, action: str, kind: str | None = None) -> None:
    """Store a person's decision about a comment."""
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into decisions (decision_id, action, comment_key, revision, thread_key, kind,"
            " account_id, decided_at) values (%s, %s, %s, %s, %s, %s, 'a', %s)",
            [uuid4().hex, action, seeded.comment_key, seeded.revision, seeded.thread_key, kind,
             datetime.now(UTC)],
        )  # fmt: skip


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
    async with pool.connection() as connection:
        found = {(one.text, one.kind) for one in await labels.read_labels(connection)}
    assert found == {("Eins", "criticism"), ("Zwei", "question"), ("Drei", "discussion")}


async def test_a_lifted_mute_says_that_it_was_no_attack(pool: Pool) -> None:
    world = World(pool)
    seeded = await world.comment("Harte Worte")
    await world.route(seeded, "discuss", "attack")
    await decided(pool, seeded, "unmute")
    async with pool.connection() as connection:
        (label,) = await labels.read_labels(connection)
    assert label.kind == "discussion"


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
