"""What goes wrong on the way is counted, kept and mended by going on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.ingest.erase import Eraser
from services.kit.db import transaction
from services.kit.embed.embedder import Vectors
from services.kit.prompt import BadPrompt
from services.kit.settings import Settings
from services.replay.main import opened
from services.replay.run import SILENT, Replaying, begin, make_plan
from services.replay.values import BadRules, read_values, rules_in_force, with_values
from services.store import replays, retention
from services.store.replays import Wanted
from tests.answer.asking import ANSWER
from tests.answer.library import BagOfWords
from tests.ingest.events import KEY
from tests.kit.scripted_llm import ScriptedLLM, answers, status
from tests.replay.past import SHARE, House
from tests.review.reading import rows


async def test_a_silent_model_fails_a_comment_and_nothing_else(
    house: House, llm: ScriptedLLM
) -> None:
    """Going on asks again for what failed, and for nothing that is compared already."""
    for _ in range(3):
        await house.asked()
    house = house.with_model(llm)
    llm.will(answers(ANSWER), status(503), answers(ANSWER))
    done = await house.replayed()
    assert (done.summary.compared, done.summary.failed) == (2, {"model_silent": 1})
    assert done.replay.stopped is None
    llm.will(answers(ANSWER))
    mended = await house.resumed(done.replay)
    assert (mended.summary.compared, mended.summary.failed) == (3, {})
    assert len(llm.requests) == 4
    assert len(await rows(house.pool, "select from replay_costs")) == 3


async def test_a_model_that_is_away_is_left_alone(house: House, llm: ScriptedLLM) -> None:
    for _ in range(SILENT + 1):
        await house.asked()
    llm.will(*[status(503)] * SILENT)
    done = await house.with_model(llm).replayed()
    assert (done.replay.stopped, done.replay.finished_at) == ("model_silent", None)
    assert len(llm.requests) == SILENT


class Hanging(BagOfWords):
    """Says when it was asked so often, and never answers that."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left = calls
        self.reached = asyncio.Event()

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.left -= 1
        if not self.left:
            self.reached.set()
            await asyncio.Event().wait()
        return await super().embed_queries(texts)


async def test_an_interrupted_replay_goes_on_where_it_was(house: House) -> None:
    keys = {(await house.asked()).comment_key for _ in range(3)}
    embedder = Hanging(6)
    hanging = replace(house, library=replace(house.library, embedder=embedder))
    async with hanging.tools() as (tools, wanted):
        plan = await make_plan(tools.reading, wanted)
        replay = await begin(tools, wanted, plan, by="test", now=datetime.now(UTC))
        async with replays.held(tools.keeping, replay.replay_id) as mine:
            assert mine
            async with replays.held(tools.keeping, replay.replay_id) as twice:
                assert not twice
            work = Replaying(replay, plan, tools, lambda _: None)
            running = asyncio.create_task(work.run())
            await embedder.reached.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
    async with house.pool.connection() as connection:
        stopped = await replays.read_replay(connection, replay.replay_id)
    assert stopped is not None
    assert stopped.stopped == "interrupted"
    assert 0 < stopped.summary.compared < 3
    done = await house.resumed(stopped)
    assert set(done.listed) == keys
    assert (done.summary.compared, done.replay.stopped) == (3, None)


async def test_an_empty_purse_stops_before_the_model_is_asked(
    house: House, llm: ScriptedLLM
) -> None:
    """INVARIANT: a replay spends from the same purse as the services."""
    for _ in range(2):
        await house.asked()
    llm.will(answers(ANSWER))
    done = await house.with_model(llm, llm_daily_tokens=100).replayed()
    assert (done.summary.compared, done.replay.stopped) == (1, "budget")
    assert len(llm.requests) == 1
    again = await house.with_model(llm, llm_daily_tokens=100).replayed()
    assert (again.summary.compared, again.replay.stopped) == (0, "budget")


async def test_the_lot_draws_the_same_comments_for_the_same_seed(house: House) -> None:
    for _ in range(6):
        await house.asked()
    drawn = [set((await house.replayed(limit=3, seed=seed)).listed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == len(drawn[2]) == 3
    assert drawn[0] != drawn[2]


async def test_what_is_erased_is_in_no_replay(house: House) -> None:
    """INVARIANT: a comment's erasure takes its results, and those that its words went into."""
    first, second, other = [await house.asked() for _ in range(3)]
    await rows(
        house.pool, "update drafts set joined = array[%s] where comment_key = %s returning true",
        f"{first.comment_key}:1", second.comment_key,
    )  # fmt: skip
    done = await house.replayed()
    assert len(done.listed) == 3
    await house.world.delete(first)
    async with house.pool.connection() as connection:
        left = await replays.list_results(connection, done.replay.replay_id, Wanted(), limit=9)
    assert {one.comment_key for one in left} == {second.comment_key, other.comment_key}

    async def nothing(_: object) -> None:
        """Erase no letter."""

    await rows(
        house.pool,
        "insert into erasures (erasure_id, scope, subject, ordered_by, ordered_at, due_at)"
        " values ('e', 'comment', %s, 'test', now(), now()) returning true", first.comment_key,
    )  # fmt: skip
    assert await Eraser(house.pool, KEY, nothing).work(datetime.now(UTC))
    async with house.pool.connection() as connection:
        left = await replays.list_results(connection, done.replay.replay_id, Wanted(), limit=9)
    assert [one.comment_key for one in left] == [other.comment_key]
    again = await house.replayed()
    assert set(again.listed) == {other.comment_key}
    assert again.summary.left_out == {"erased": 2}


async def test_records_whose_time_is_over_take_the_replays_words(house: House) -> None:
    one = await house.asked()
    await house.decided(one, "reject", "")
    await rows(
        house.pool,
        "insert into retention_rules (what, days, account_id) values ('records', 1, 'x')"
        " returning true",
    )
    await house.replayed()
    async with transaction(house.pool) as connection:
        await connection.execute("alter table decisions disable trigger user")
        await connection.execute(
            "update decisions set decided_at = decided_at - interval '3 days', reason = 'Nein'"
        )
        assert await retention.blank_old_records(connection, datetime.now(UTC), 10) == 1
    assert await rows(house.pool, "select from replay_results") == []


async def test_a_comment_that_goes_while_it_is_drafted_for_is_not_kept(house: House) -> None:
    one = await house.asked()

    async def delete() -> None:
        await house.world.delete(one)

    house.library.embedder.on_call = delete
    done = await house.replayed()
    assert done.listed == {}
    assert done.summary.left_out == {"erased": 1}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("threshold = 0.3", "stands in no section"),
        ("[answers]\nthreshold = 0.3", "there are answer, mute, sort"),
        ("[answer]\nbar = 0.3", "it knows address, quotable"),
        ("[answer]\nthreshold = 'high'", "answer"),
        ("[sort]\nsure = 1.5", "0 to 1"),
        ("[answer]\naddress = 'ihr'", "address"),
        ("[sort", "no TOML"),
    ],
)
def test_rules_that_cannot_be_meant_are_told(text: str, told: str) -> None:
    with pytest.raises(BadRules, match=told):
        with_values(rules_in_force(Settings()), read_values(text, "rules.toml"))


async def test_another_prompt_is_the_one_that_is_sent(house: House, llm: ScriptedLLM) -> None:
    """A prompt that could not be filled is refused before anything runs."""
    await house.asked(SHARE)
    text = (
        "---\nversion: 99\nschema: WrittenAnswer\n---\n# system\nKurz.\n# user\n{{ comment }}"
        " {{ passages }}\n"
    )
    llm.will(answers(ANSWER))
    done = await house.with_model(llm).replayed(prompts={"answer.de.short.md": text})
    assert llm.requests[0]["messages"][0]["content"] == "Kurz."
    (listed,) = done.listed.values()
    assert listed.result is not None
    assert listed.result.draft.prompt == "answer.de@99"
    for name, broken in (("answer.de.md", text.replace("comment", "mood")), ("draft.md", text)):
        asked = done.replay.asked.model_copy(update={"prompts": {name: broken}})
        with pytest.raises(BadPrompt):
            async with opened(house.settings, asked, house.library.embedder):
                pass
