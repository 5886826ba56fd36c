"""Dead letters at the shell: the same deeds as at the desk."""

from datetime import UTC, datetime, timedelta

import pytest

from services.commands.letters import dead_app
from services.kit.db import Pool, transaction
from services.store.dead_letters import DeadLetter, add_dead_letter
from tests.commands.conftest import Shell
from tests.review.reading import promised, rows

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)


@pytest.fixture
async def letters(pool: Pool) -> list[str]:
    ids = ["route_received:comments:7", "route_received:comments:8", "answer_routed:comments:9"]
    async with transaction(pool) as connection:
        await connection.execute("truncate dead_letters, outbox")
        for number, dead_id in enumerate(ids):
            consumer = dead_id.partition(":")[0]
            letter = DeadLetter(
                dead_id, consumer, "comments.received.sandbox.abc", "comments", None,
                f"ValueError: {number}", 5, b'{"text": "geheim"}',
                NOW + timedelta(minutes=number), NOW - timedelta(seconds=90),
            )  # fmt: skip
            await add_dead_letter(connection, letter)
    return ids


@pytest.fixture
def dead(shell: Shell) -> Shell:
    return Shell(dead_app)


async def waiting(pool: Pool) -> list[str]:
    found = await rows(pool, "select dead_id from dead_letters where settled_at is null order by 1")
    return [dead_id for (dead_id,) in found]


async def ask(dead: Shell, *words: str) -> tuple[int, str]:
    result = await dead.run(*words)
    return result.exit_code, result.output


async def test_the_list_tells_why_since_when_and_how_often(dead: Shell, letters: list[str]) -> None:
    code, out = await ask(dead, "list", "--consumer", "route_received")
    assert code == 0
    assert "answer_routed" not in out
    assert "geheim" not in out
    assert "route_received:comments:8  5 attempts, 2026-11-09 11:58:30 to 2026-11-09 12:01" in out
    assert "ValueError: 1" in out


async def test_one_then_those_of_a_consumer_then_all(
    dead: Shell, letters: list[str], pool: Pool
) -> None:
    """INVARIANT: requeueing sends exactly the chosen letters, each once."""
    assert (await ask(dead, "requeue", letters[0]))[0] == 0
    assert await waiting(pool) == sorted(letters[1:])
    assert (await ask(dead, "requeue", letters[0]))[0] == 1
    code, out = await ask(dead, "requeue", "--consumer", "route_received")
    assert (code, out) == (0, "1 sent again\n")
    assert await waiting(pool) == [letters[2]]
    assert (await ask(dead, "requeue", "--all", "--note", "gemendet"))[0] == 0
    assert await waiting(pool) == []
    assert [subject for subject, _, _ in await promised(pool)] == [
        "comments.received.sandbox.abc"
    ] * 3


async def test_giving_up_needs_a_note_and_a_choice(
    dead: Shell, letters: list[str], pool: Pool
) -> None:
    assert (await ask(dead, "drop", "--all"))[0] == 1
    assert (await ask(dead, "drop", "--note", "weg"))[0] == 1
    assert (await ask(dead, "drop", letters[0], "--all", "--note", "weg"))[0] == 1
    assert await waiting(pool) == sorted(letters)
    assert (await ask(dead, "drop", letters[0], "--note", "ein Versuch von Fremden"))[0] == 0
    assert await waiting(pool) == sorted(letters[1:])
    assert await promised(pool) == []


async def test_those_of_a_reason_and_a_time(dead: Shell, letters: list[str], pool: Pool) -> None:
    code, out = await ask(dead, "list", "--reason", "valueerror: 2")
    assert (code, out.count("attempts")) == (0, 1)
    wanted = ("--consumer", "route_received", "--since", "2026-11-09 12:01")
    assert (await ask(dead, "requeue", letters[0], *wanted))[0] == 1
    assert (await ask(dead, "requeue", *wanted)) == (0, "1 sent again\n")
    assert await waiting(pool) == [letters[2], letters[0]]
