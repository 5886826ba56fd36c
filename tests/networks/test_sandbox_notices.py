"""What the sandbox tells of threads and accounts: to whom, and without anybody's words."""

import asyncio

import pytest

from schemas.inbound import Inbound, InboundNotice
from services.networks.sandbox.connector import SandboxNetwork
from tests.networks.sandbox_town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def all_told(network: SandboxNetwork, last: int) -> list[Inbound]:
    """Return all that the feed holds up to its last event."""
    found: list[Inbound] = []
    if last:
        async with asyncio.timeout(30):
            async for batch in network.listen("0"):
                found += batch.events
                if int(batch.cursor) >= last:
                    break
    return found


async def notices(town: Town, page: str, about: str) -> list[tuple[str, str]]:
    """Return type and source of what a page is told of a thread or an account."""
    network = town.network(page, client=town.client, wait=0.1)
    events = await town.events(page)
    return [
        (event.type, event.source)
        for event in await all_told(network, events[-1]["seq"] if events else 0)
        if isinstance(event, InboundNotice) and about in (event.data.root_id, event.data.author_id)
    ]


async def test_a_block_is_told_to_the_page_it_is_about_and_to_nobody_else(town: Town) -> None:
    """INVARIANT: whom somebody blocks is nobody's business but the blocked page's."""
    author = await town.person()
    await town.comment(await town.post("radhaus"), "Zarathustra fragt", by=author)
    for method in ("PUT", "PUT", "DELETE", "DELETE", "PUT"):
        await town.call(method, "/api/blocks/lindenhof", author)
    source = "sandbox:lindenhof"
    assert await notices(town, "lindenhof", author) == [
        ("author.blocked.v1", source), ("author.unblocked.v1", source),
        ("author.blocked.v1", source),
    ]  # fmt: skip
    assert await notices(town, "radhaus", author) == []
    assert await notices(town, "tagblatt", author) == []
    raw = [event for event in await town.events() if event["type"].startswith("author.")]
    assert raw
    assert "Zarathustra" not in str(raw)


async def test_a_block_by_somebody_who_never_wrote_is_told_to_nobody(town: Town) -> None:
    author = await town.person()
    await town.call("PUT", "/api/blocks/lindenhof", author)
    assert await notices(town, "lindenhof", author) == []


async def test_a_threads_end_is_told_to_all_who_read_it(town: Town) -> None:
    post = await town.post("radhaus", "Zarathustra lädt ein")
    for verb in ("lock", "unlock"):
        await town.call("POST", f"/api/threads/{post}/{verb}", "radhaus")
    for page in ("radhaus", "lindenhof"):
        assert await notices(town, page, post) == [
            ("thread.locked.v1", f"sandbox:{page}"), ("thread.unlocked.v1", f"sandbox:{page}"),
        ]  # fmt: skip
    await town.call("DELETE", f"/api/comments/{post}", "radhaus")
    for page in ("radhaus", "lindenhof"):
        assert await notices(town, page, post) == [("thread.deleted.v1", f"sandbox:{page}")]
    gone = [event for event in await town.events("radhaus") if event["type"] == "thread.deleted"]
    assert "Zarathustra" not in str(gone)
