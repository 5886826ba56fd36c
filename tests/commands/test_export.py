"""Records taken out from a shell."""

import json

import pytest

from services.commands.export import export_app
from services.kit.db import Pool
from services.review import actions
from tests.commands.conftest import Shell
from tests.review.reading import rows
from tests.world import World


async def test_decisions_are_printed_line_by_line_and_noted(
    pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("PSEUDONYM_KEY", "a key for tests only")
    item = await World(pool).item("Was kostet das?")
    await actions.reject(pool, "jule", item.comment_key, reason="Passt nicht.", revision=1)
    done = await Shell(export_app).run("decisions", "--since", "2026-01-01", "--format", "jsonl")
    assert done.exit_code == 0, done.output
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["reason"] == "Passt nicht."
    assert "jule" not in line
    done = await Shell(export_app).run("decisions", "--until", "2026-01-01", "--format", "csv")
    assert len(done.stdout.splitlines()) == 1
    taken = await rows(pool, "select taken_by, format, rows from exports order by taken_at")
    assert [(who.startswith("command:"), form, count) for who, form, count in taken] == [
        (True, "jsonl", 1), (True, "csv", 0),
    ]  # fmt: skip
