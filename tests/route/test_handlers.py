"""What route stores and announces, on a real database and bus."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import nats
import numpy as np
import pytest

from schemas.comments import CommentRouted
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.embed.embedder import Vectors
from services.kit.faults import TryLater
from services.kit.llm import Completion
from services.kit.prompt import load_prompt
from services.kit.service import listening
from services.kit.telemetry import Telemetry
from services.route.ask_model import Completes, SortedKind, require_fillable
from services.route.cues import Cues
from services.route.handlers import Sorting, sort
from services.route.head import Floats
from services.route.live import Live
from services.route.reader import Model, Probabilities
from services.route.reading import SHIPPED, shipped_knowledge
from services.store import mutes, routings
from tests.route.readings import said
from tests.world import Seeded, World


class OneDirection:
    """An engine for tests in which every text is like every other."""

    name = space = "flat"
    dimensions = 4

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), self.dimensions), 0.5, dtype=np.float32)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return await self.embed_queries(texts)


PROMPTS = {language: load_prompt("sort", language) for language in ("de", "en")}
TORN = "Na ja, wieder so ein Termin am Vormittag"


class Undecided(Model):
    """A model that is in doubt about everything."""

    def read(self, text: str, cues: Cues, vector: Floats | None, space: str) -> Probabilities:
        return said(discussion=0.4, criticism=0.35, threat=0.1)


async def sorting(pool: Pool, nats_url: str, model: Completes | None = None) -> Sorting:
    """Return what the handlers need; with a language model the heads are in doubt."""
    bus = Bus(nats_url, service="route", telemetry=Telemetry("route"))
    knowledge = shipped_knowledge()
    if model is not None:
        shipped = knowledge.model
        torn = Undecided(shipped.kind, shipped.offence, shipped.threat, shipped.card)
        knowledge = replace(knowledge, model=torn)
    return Sorting(pool, bus, OneDirection(), Live(knowledge), model, PROMPTS)


class Oracle:
    """A language model that always says praise, or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: list[str] = []

    async def complete(
        self, messages: list[dict[str, str]], schema: type[SortedKind]
    ) -> Completion[SortedKind]:
        self.asked.append(messages[-1]["content"])
        if self.failure is not None:
            raise self.failure
        return Completion(schema(kind="praise"), "oracle", 1, 1)


async def announced(url: str) -> list[CommentRouted]:
    connection = await nats.connect(url)
    jetstream = connection.jetstream()
    try:
        count = (await jetstream.stream_info("comments")).state.messages
        reader = await jetstream.subscribe("comments.routed.>", ordered_consumer=True)
        return [
            CommentRouted.model_validate_json((await reader.next_msg(timeout=30)).data)
            for _ in range(count)
        ]
    finally:
        await connection.close()


async def mute(pool: Pool, seeded: Seeded, *, ended: bool = False) -> str:
    """Mute the comment's thread; `ended` mutes have run out already."""
    mute_id = uuid4().hex
    until = datetime.now(UTC) + timedelta(days=-1 if ended else 30)
    async with transaction(pool) as connection:
        await mutes.add_mute(
            connection, mute_id=mute_id, thread_key=seeded.thread_key, account_id="a",
            reason="Streit", expires_at=until,
        )  # fmt: skip
    return mute_id


async def held_back(pool: Pool, seeded: Seeded, cause: str) -> list[str]:
    async with transaction(pool) as connection:
        found = await routings.read_held_back(
            connection, seeded.thread_key, cause, datetime.now(UTC)
        )
    assert all(routed.cause == cause and not routed.muted for routed, _ in found)
    assert all(routed.rules == [reason.rule for reason in why] for routed, why in found)
    return [routed.comment_key for routed, _ in found]


async def test_a_comment_is_sorted_once_however_often_it_is_delivered(
    pool: Pool, nats_url: str
) -> None:
    seeded = await World(pool).comment("Bis wann läuft die Frist?")
    work = await sorting(pool, nats_url)
    async with listening(work.bus):
        for _ in range(2):
            await sort(work, seeded.received())
    told = await announced(nats_url)
    assert [(one.lane, one.kind, one.muted) for one in told] == [("answer", "question", False)]
    async with pool.connection() as connection:
        rows = await connection.execute(
            "select count(*) from routings union all select count(*) from comment_vectors"
        )
        assert [row async for row in rows] == [(1,), (1,)]


@pytest.mark.parametrize("change", ["edit", "delete"])
async def test_what_was_overtaken_or_deleted_is_left_alone(
    pool: Pool, nats_url: str, change: str
) -> None:
    """INVARIANT: a late message about an old text sorts nothing and stores no vector of it."""
    world = World(pool)
    seeded = await world.comment()
    await (world.edit(seeded) if change == "edit" else world.delete(seeded))
    work = await sorting(pool, nats_url)
    async with listening(work.bus):
        await sort(work, seeded.received())
    assert await announced(nats_url) == []
    async with pool.connection() as connection:
        row = await (await connection.execute("select count(*) from comment_vectors")).fetchone()
    assert row == (0,)


async def test_a_muted_thread_makes_no_draft(pool: Pool, nats_url: str) -> None:
    """INVARIANT: below a mute a comment goes where nobody drafts for it."""
    seeded = await World(pool).comment("Die Parkplätze fehlen hier nun mal.")
    await mute(pool, seeded)
    work = await sorting(pool, nats_url)
    async with listening(work.bus):
        await sort(work, seeded.received())
    (told,) = await announced(nats_url)
    assert told.muted
    assert told.subject().startswith("comments.routed.muted.")


async def test_a_lifted_mute_gives_back_what_it_held(pool: Pool) -> None:
    """INVARIANT: nothing that came in under a mute stays lost when the mute ends."""
    world = World(pool)
    under = await world.comment("Eins?")
    drafted = await world.comment("Zwei?")
    prevented = await world.comment("Drei?")
    deleted = await world.comment("Vier?")
    await world.route(under, muted=True)
    await world.route(drafted)
    await world.draft(drafted)
    await world.route(prevented)
    await world.route(deleted, muted=True)
    await world.delete(deleted)
    ended = await mute(pool, under, ended=True)
    expected = sorted([under.comment_key, prevented.comment_key])
    assert sorted(await held_back(pool, under, ended)) == expected
    assert sorted(await held_back(pool, under, ended)) == expected, (
        "a second delivery says the same"
    )


async def test_a_second_mute_keeps_holding(pool: Pool) -> None:
    world = World(pool)
    seeded = await world.comment()
    await world.route(seeded, muted=True)
    ended = await mute(pool, seeded, ended=True)
    standing = await mute(pool, seeded)
    assert await held_back(pool, seeded, ended) == []
    assert await held_back(pool, seeded, standing) == [seeded.comment_key]


async def test_the_bus_never_hears_the_words_that_a_rule_saw(pool: Pool, nats_url: str) -> None:
    """INVARIANT: why a comment was sorted so is told by rule; its words stay in the database."""
    seeded = await World(pool).comment("Ich weiß, wo du wohnst, Zarathustra.")
    work = await sorting(pool, nats_url)
    async with listening(work.bus):
        await sort(work, seeded.received())
    (told,) = await announced(nats_url)
    assert told.rules == ["possibly_illegal"]
    assert "wohnst" not in told.model_dump_json()
    async with pool.connection() as connection:
        row = await (await connection.execute("select reasons::text from routings")).fetchone()
    assert row is not None
    assert "wohnst" in row[0]


async def reading_of(pool: Pool) -> tuple[str, float, float]:
    async with pool.connection() as connection:
        row = await (
            await connection.execute("select model, probability, answerworthy from routings")
        ).fetchone()
    assert row is not None
    return row


async def test_a_routing_keeps_the_version_and_the_probability(pool: Pool, nats_url: str) -> None:
    seeded = await World(pool).comment("Bis wann läuft die Frist?")
    work = await sorting(pool, nats_url)
    async with listening(work.bus):
        await sort(work, seeded.received())
    model, probability, answerworthy = await reading_of(pool)
    assert model == SHIPPED
    assert 0 < probability <= 1
    assert answerworthy >= 0.5


async def test_in_doubt_a_language_model_is_asked_with_the_comment_as_data(
    pool: Pool, nats_url: str
) -> None:
    seeded = await World(pool).comment(TORN)
    oracle = Oracle()
    work = await sorting(pool, nats_url, oracle)
    async with listening(work.bus):
        await sort(work, seeded.received())
    (told,) = await announced(nats_url)
    assert (told.kind, told.rules) == ("praise", ["model_says", "in_doubt"])
    assert f'"{TORN}"' in oracle.asked[0]


@pytest.mark.parametrize("failure", [TryLater("away", delay=1), TimeoutError()])
async def test_a_language_model_that_fails_holds_nothing_up(
    pool: Pool, nats_url: str, failure: Exception
) -> None:
    """INVARIANT: sorting needs no language model."""
    seeded = await World(pool).comment(TORN)
    work = await sorting(pool, nats_url, Oracle(failure))
    async with listening(work.bus):
        await sort(work, seeded.received())
    (told,) = await announced(nats_url)
    assert told.rules == ["in_doubt"]


async def test_what_is_announced_is_what_is_stored(pool: Pool, nats_url: str) -> None:
    """INVARIANT: a second try that comes to another verdict announces the first, which stands.

    The desk reads what is stored, drafting what is announced: a question would get no draft.
    """
    world = World(pool)
    seeded = await world.comment(TORN)
    await world.route(seeded, "answer", "question")
    work = await sorting(pool, nats_url, Oracle(TimeoutError()))
    async with listening(work.bus):
        await sort(work, seeded.received())
    (told,) = await announced(nats_url)
    assert (told.lane, told.kind) == ("answer", "question")


async def test_a_threat_is_never_shown_to_a_language_model(pool: Pool, nats_url: str) -> None:
    seeded = await World(pool).comment("Ich weiß, wo du wohnst.")
    oracle = Oracle()
    work = await sorting(pool, nats_url, oracle)
    async with listening(work.bus):
        await sort(work, seeded.received())
    assert oracle.asked == []


def test_the_prompts_can_be_filled() -> None:
    for prompt in PROMPTS.values():
        require_fillable(prompt)
