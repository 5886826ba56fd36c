"""A replay reads everything and changes nothing; what it finds is true."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from services.kit.db import transaction
from services.replay.table import changed_line, summary_lines
from services.store import drafts
from services.store.spending import read_months
from tests.answer.asking import ANSWER
from tests.kit.scripted_llm import ScriptedLLM, answers
from tests.replay.past import BOARD, PRAISE, SHARE, House

STRICT = {"answer": {"threshold": 1.0}}


async def test_a_replay_changes_nothing_but_its_own_tables(house: House, llm: ScriptedLLM) -> None:
    """INVARIANT: no row but the replay's own changes, nothing is published, and nothing could be.

    Also with a language model, whose cost is booked as the replay's.
    """
    first = await house.asked()
    await house.asked(PRAISE)
    await house.decided(first, "approve")
    llm.will(answers(ANSWER), answers(ANSWER))
    before, on_the_bus = await house.contents(), await house.on_the_bus()
    assert on_the_bus["comments"] > 0
    done = await house.with_model(llm).replayed()
    assert done.summary.compared == 2
    assert done.summary.tokens == sum(
        one.result.tokens for one in done.listed.values() if one.result
    )
    assert await house.contents() == before
    assert await house.on_the_bus() == on_the_bus
    async with house.pool.connection() as connection:
        (month,) = await read_months(connection)
    assert (month.drafts, month.replayed, month.tokens) == (0, 1, done.summary.tokens)
    assert month.cost > 0
    async with house.tools() as (tools, _):
        assert tools.role is not None
        for pool, refusal in (
            (tools.reading, psycopg.errors.ReadOnlySqlTransaction),
            (tools.keeping, psycopg.errors.InsufficientPrivilege),
        ):
            for table in ("drafts", "outbox", "decisions", "items", "routings", "mutes"):
                with pytest.raises(refusal):
                    async with transaction(pool) as connection:
                        await connection.execute(
                            f"insert into {table} select from {table}".encode()
                        )


async def test_the_settings_in_force_change_nothing(house: House) -> None:
    for text in (SHARE, BOARD, PRAISE):
        await house.asked(text)
    done = await house.replayed()
    assert (done.summary.compared, done.summary.changed) == (3, 0)
    assert done.replay.finished_at is not None


async def test_what_people_made_of_the_drafts_stands_beside_what_would_be(house: House) -> None:
    kept, spared, edited = [await house.asked() for _ in range(3)]
    await house.decided(kept, "approve")
    await house.decided(spared, "reject", "")
    await house.decided(edited, "approve", "Es sind 65 Prozent.")
    same = await house.replayed()
    assert same.summary.verdicts == {
        "unedited": {"same": 1}, "rejected": {"same": 1}, "edited": {"same": 1}
    }  # fmt: skip
    assert same.summary.near_then == same.summary.near_now
    strict = await house.replayed(rules=STRICT)
    assert strict.summary.verdicts == {
        "unedited": {"silent": 1}, "rejected": {"silent": 1}, "edited": {"silent": 1}
    }  # fmt: skip
    assert strict.changes(kept) == ["silent"]
    told = "\n".join(summary_lines(strict.summary, "EUR"))
    assert "1 drafts that were rejected would not be made." in told
    assert "1 drafts that were approved unedited would not be made." in told
    result = strict.listed[kept.comment_key].result
    assert result is not None
    line = changed_line(kept.comment_key, result, lambda key: f"https://desk/items/{key}")
    assert line.startswith(f"https://desk/items/{kept.comment_key}  approved unedited: silence")
    assert "Prozent" not in line + told


async def test_other_rules_sort_otherwise_and_say_so(house: House) -> None:
    """What a person moved elsewhere tells which of the two is right."""
    one = await house.asked("Ich finde eure Arbeit wichtig, aber die Auswahl ist mir ein Rätsel")
    calm = await house.replayed(rules={"sort": {"sure": 0.0, "help_alone": 1.0, "spam_alone": 1.0}})
    doubtful = await house.replayed(rules={"sort": {"sure": 1.0, "doubt_help": 0.0}})
    assert doubtful.changes(one)[0] == "lane"
    assert doubtful.summary.lanes[calm.listed[one.comment_key].result.then.lane] == {"urgent": 1}  # type: ignore[union-attr]


async def test_what_does_not_stand_as_it_was_is_left_out_and_counted(house: House) -> None:
    """Also what an earlier message said that the draft answered too."""
    stands, edited, deleted, young = [await house.asked() for _ in range(4)]
    await house.decided(edited, "approve")
    await house.world.edit(edited)
    await house.world.delete(deleted)
    unsorted, waiting = [await house.world.comment("Und wann?") for _ in range(2)]
    await house.world.route(waiting)
    async with transaction(house.pool) as connection:
        await connection.execute(
            "update comments set retired_at = now() where comment_key = %s", [young.comment_key]
        )
    done = await house.replayed()
    assert set(done.listed) == {stands.comment_key}
    assert done.summary.left_out == {
        "edited": 1, "deleted": 1, "expired": 1, "unsorted": 1, "undrafted": 1
    }  # fmt: skip
    assert unsorted.comment_key not in done.listed
    nothing = await house.replayed(until=datetime.now(UTC) - timedelta(days=1))
    assert nothing.summary.compared == 0


async def test_an_offered_answer_is_not_drafted_anew(house: House) -> None:
    """No setting decides about it, so it is neither lost nor gained."""
    first = await house.asked()
    await house.decided(first, "approve")
    second = await house.world.comment(SHARE, post="Unser Hof wird grün.")
    await house.world.route(second)
    async with house.pool.connection() as connection:
        row = await (await connection.execute("select decision_id from decisions")).fetchone()
    assert row is not None
    await house.world.draft(second, "Es sind 65 Prozent.", kind="adapted", adapted_from=row[0])
    done = await house.replayed(rules=STRICT)
    assert "silent" not in done.changes(second)
    assert done.changes(first) == ["silent"]


async def test_passages_that_are_gone_are_counted(house: House) -> None:
    one = await house.asked()
    async with transaction(house.pool) as connection:
        await connection.execute(
            "update passages set retired_at = now() where text like '%65 Pro%'"
        )
    done = await house.replayed()
    assert (done.summary.then_cited, done.summary.then_gone) == (1, 1)
    assert done.changes(one)
    async with house.pool.connection() as connection:
        assert len(await drafts.first_drafts(connection, limit=5)) == 1
