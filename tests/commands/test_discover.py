"""Searching for pages from a shell."""

from datetime import UTC, datetime

from services.commands.discover import discover_app
from services.kit.db import Pool, transaction
from services.store import discovery_desk
from tests.commands.conftest import Shell
from tests.networks.sandbox_town import Town
from tests.outreach.harbour import QUICK, Harbour


async def test_a_search_is_run_and_what_was_found_is_listed(
    shell: Shell, town: Town, pool: Pool
) -> None:
    finding = Shell(discover_app)
    nowhere = await finding.run("run")
    assert (nowhere.exit_code, "Nothing can be searched" in nowhere.output) == (1, True)
    done = await shell.run(
        "add", "sandbox", "lindenhof", f"url={town.url}", "page=lindenhof",
        typed="token=lindenhof-token\n",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    await Harbour(town, pool, town.network(), QUICK).page("gartenbund", "Gartenbund", posts=2)
    async with transaction(pool) as connection:
        await discovery_desk.set_topics(connection, ["Hitze"], by="command", now=datetime.now(UTC))
    said = await finding.run("run")
    assert (said.exit_code, "1 of 1 searches done" in said.output) == (0, True), said.output
    listed = (await finding.run("list", "Hitze")).output
    assert "Gartenbund" in listed
    assert "posts under five" in listed
    assert "Nothing waits" in (await finding.run("list", "Miete")).output
