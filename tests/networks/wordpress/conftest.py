"""One real WordPress for all tests of a session."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from tests.conftest import require
from tests.networks.wire import wire_to
from tests.networks.wordpress.site import HOW_TO_GET_IT, Site, is_installed, wordpress_site
from tests.networks.wordpress.stage import WordPressStage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site() -> AsyncIterator[Site]:
    require(is_installed(), HOW_TO_GET_IT)
    async with wordpress_site() as running:
        yield running


@pytest_asyncio.fixture
async def wordpress(site: Site) -> AsyncIterator[WordPressStage]:
    """A fresh post on a site without comments, reached through a wire with faults."""
    await site.sql("delete from wp_comments")
    async with (
        wire_to(site.url) as wire,
        httpx.AsyncClient(trust_env=False, verify=False, timeout=60) as client,
    ):
        yield await WordPressStage.at(site, wire, client)
