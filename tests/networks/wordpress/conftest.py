"""A fresh post on the session's real WordPress."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from tests.networks.wire import wire_to
from tests.networks.wordpress.site import Site
from tests.networks.wordpress.stage import WordPressStage


@pytest_asyncio.fixture
async def wordpress(site: Site) -> AsyncIterator[WordPressStage]:
    """A fresh post on a site without comments, reached through a wire with faults."""
    await site.sql("delete from wp_comments")
    async with (
        wire_to(site.url) as wire,
        httpx.AsyncClient(trust_env=False, verify=False, timeout=60) as client,
    ):
        yield await WordPressStage.at(site, wire, client)
