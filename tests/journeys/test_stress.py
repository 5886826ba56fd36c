"""`dialogwerk stress` against running services: figures that are true, limits that count."""

from pathlib import Path
from random import Random

import pytest
from pydantic import SecretStr

from services import house
from services.commands.stress import put_under_stress
from services.commands.stress_load import Load, Script, texts_of
from services.kit.db import Pool
from services.kit.service import hosting
from services.kit.settings import Settings
from services.store.books import read_books
from tests.review.reading import rows
from tests.store.connecting import new_key


@pytest.mark.timeout(600)
async def test_what_was_offered_is_timed_at_every_hop_and_taken_away_again(
    pool: Pool, nats_url: str, database_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path, nats_url=nats_url, database_url=database_url,
        pseudonym_key=SecretStr("stress-stress-stress"), secret_keys=(new_key(),),
    )  # fmt: skip
    moments = list(Load(rate=10, duration=2, burst=5, burst_every=1).moments())
    script = Script("stress-1", texts_of({"answer": 1, "discuss": 1}, len(moments), Random(1)))
    names = ("review", "ingest", "route", "answer")
    async with hosting(house.build_services(settings, names), host="127.0.0.1", first_port=0):
        found = await put_under_stress(settings, script, moments, patience=120, keep=False)
        assert (found.offered, found.at_desk, found.dropped, found.dead) == (30, 30, 0, 0)
        assert set(found.times) == {"in", "route", "desk", "answer", "whole"}
        for taken in found.times.values():
            assert 0 <= taken[50] <= taken[95] <= taken[99] < 120
        assert found.times["whole"][50] >= found.times["in"][50]
    async with pool.connection() as connection:
        books = await read_books(connection)
    assert (books.received, books.balanced) == (30, True)
    assert await rows(pool, "select text from comment_revisions where text <> ''") == []
