"""What was erased is nowhere: not in a table, not on the bus, not in a log, not in a file."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.streams import CONSUMERS, STREAMS
from services.commands.forget import erase
from services.ingest.erase import AFTERMATH
from services.kit.db import migrate, open_pool
from services.kit.provision import provision_bus
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres
from services.store.erasure_preview import find_target, order_of, preview
from services.store.migrations import MIGRATIONS
from services.store.scrub import scrub
from tests.erasure.planting import HANDLE, MARKERS, House, found_on_disk, move_in, plant
from tests.ingest.events import everything


@asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[House]:
    """Run servers on their own folder, which is whole on disk when the block has ended."""
    async with (
        embedded_postgres(folder, durable=False) as database,
        embedded_nats(folder, sync_interval="100ms") as bus,
    ):
        await migrate(database.url, MIGRATIONS)
        await provision_bus(bus.url, STREAMS, CONSUMERS)
        async with open_pool(database.url) as pool:
            house = await move_in(pool, database.url, bus.url)
            yield house
            await house.bus.broker.stop()
            for client in house.room.clients:
                await client.aclose()


async def test_nothing_of_an_erased_account_is_found_in_any_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """INVARIANT: after an erasure and `--scrub` no word, name or handle stands in any file.

    The write-ahead log apart, which is recycled.
    """
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "httpx")  # the test's own browser
    async with at_home(tmp_path) as house:
        await plant(house)
    planted = found_on_disk(tmp_path)
    assert set(planted) == set(MARKERS)
    for place in ("postgres", "nats"):
        assert any(f"/{place}/" in file for file in planted[MARKERS[0]]), place
    async with at_home(tmp_path) as house:
        async with house.pool.connection() as connection:
            target = await find_target(connection, f"@{HANDLE}")
            assert target is not None
            order = order_of(
                target, "account", erasure_id="e" * 32, by="test", packages=True,
                now=datetime.now(UTC),
            )  # fmt: skip
            assert order is not None
            shown = await preview(connection, order)
        assert (shown.comments, shown.drafts, shown.replies) == (7, 1, 1)
        assert (shown.letters, shown.packages, shown.watched) == (1, 1, 1)
        assert await erase(house.pool, house.eraser, order) == 7
        assert await house.eraser.work(datetime.now(UTC) + AFTERMATH)
        left = (await everything(house.pool)).lower()
        for marker in MARKERS:
            assert marker not in left
        assert "das weiß ich auch nicht." in left
        assert [table async for table in scrub(house.pool)]
    assert found_on_disk(tmp_path) == {}
    logged = caplog.text.lower()
    for marker in MARKERS:
        assert marker not in logged
