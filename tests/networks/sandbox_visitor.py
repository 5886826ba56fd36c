"""A newcomer with a browser's manners: own cookies, forms with an Origin, redirects followed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.networks.sandbox_town import Town


@asynccontextmanager
async def browser(town: Town, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """Browse as a newcomer: own cookies, forms with an Origin, redirects followed."""
    async with httpx.AsyncClient(
        base_url=town.url,
        headers={"Origin": town.url, "Accept-Language": "de", **headers},
        follow_redirects=True,
        trust_env=False,
        timeout=30,
    ) as client:
        yield client


def comment_ids(html: str) -> list[str]:
    return re.findall(r'<li id="c-([^"]+)"', html)
