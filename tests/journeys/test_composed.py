"""A comment's whole way through all services, started as compose starts them."""

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from services.commands.fresh_secrets import fresh_secrets
from services.commands.generate import bus_users
from services.kit.servers.nats import embedded_nats
from services.kit.web import listening_socket
from services.networks.sandbox.seeding import Seed
from services.networks.sandbox.server import create_app, serving
from services.networks.sandbox.settings import PageToken, SandboxSettings
from tests.journeys.composed import Composed, Started, end
from tests.journeys.contained import ENGINE
from tests.kit.ports import free_ports

T = TypeVar("T")
SERVICES = ("review", "ingest", "index", "route", "answer", "deliver", "outreach")
PUBLICATION = """---
title: Förderrichtlinie Schattenfonds
date: 2026-03-01
language: de
url: https://regenlinde.example/schattenfonds
---
# Fristen

Anträge an den Schattenfonds sind bis zum 31. März und bis zum 30. September möglich.

# Höhe der Förderung

Der Schattenfonds zahlt höchstens 2.500 Euro je Ort. Bewerben dürfen sich Vereine.
"""


async def eventually(look: Callable[[], Awaitable[T | None]], what: str, seconds: float = 60) -> T:
    """Return what a look finds; fail with what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := await look()) is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"waited {seconds:.0f} s for {what}")


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[str]:
    """A sandbox network with one page and one post."""
    app = create_app(
        SandboxSettings(
            data=folder,
            tokens=(PageToken(token=SecretStr("page-token"), pages=("regenlinde",)),),
            admin_token=SecretStr("admin-token"),
        )
    )
    async with (
        serving(app, listening_socket()) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as client,
    ):
        seed = Seed.model_validate(
            {
                "pages": [{"id": "regenlinde", "name": "Stiftung Regenlinde"}],
                "accounts": [{"id": "nadja", "display_name": "Nadja"}],
                "posts": [{"id": "p1", "page": "regenlinde", "text": "Der Schattenfonds ist da."}],
            }
        )
        await say(client, seed)
        yield url


async def say(client: httpx.AsyncClient, seed: Seed) -> None:
    answer = await client.post(
        "/api/admin/seed", content=seed.model_dump_json(),
        headers={"Authorization": "Bearer admin-token"},
    )  # fmt: skip
    answer.raise_for_status()


async def ready(one: Started) -> bool | None:
    if one.process.returncode is not None:
        raise AssertionError(f"{one.name} ended: {one.log.read_text(encoding='utf-8')[-3000:]}")
    try:
        async with httpx.AsyncClient(timeout=30) as client:
            return (await client.get(f"{one.url}/ready")).status_code == 200 or None
    except httpx.TransportError:
        return None


async def sign_in(desk: httpx.AsyncClient) -> None:
    page = await desk.get("/sign-in")
    token = hidden(page.text)
    answer = await desk.post(
        "/sign-in", data={**token, "name": "mara", "password": "correct horse battery"}
    )
    assert answer.status_code == 303, answer.text


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's first forms."""
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]+type=\"hidden\"[^>]*>", page):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and value:
            fields.setdefault(name[1], value[1])
    return fields


@pytest.mark.timeout(600)
async def test_a_comment_becomes_an_approved_answer_in_its_own_thread(
    database_url: str, tmp_path: Path
) -> None:
    """INVARIANT: the deployment's own commands and settings carry a comment to its answer.

    Each service works under its own user of the bus and its own role in the database.
    """
    async with AsyncExitStack() as stack:
        network = await stack.enter_async_context(town(tmp_path / "sandbox"))
        given = {
            **fresh_secrets(),
            "PUBLIC_URL": "http://127.0.0.1", "ORGANISATION": "Stiftung Regenlinde",
            "OWN_DOMAINS": "regenlinde.example",
            **({} if ENGINE else {"EMBED_ENGINE": "onnx"}),  # the image brings the other along
        }  # fmt: skip
        bus = await stack.enter_async_context(
            embedded_nats(
                tmp_path / "nats", users=bus_users(),
                passwords={name: given[f"{name.upper()}_PASSWORD"] for name in SERVICES},
            )
        )  # fmt: skip
        database = urlsplit(database_url)
        reach = [
            (f"nats://dialogwerk:{given['NATS_PASSWORD']}@nats:4222", bus.url),
            ("@nats:4222", f"@{urlsplit(bus.url).netloc.rpartition('@')[2]}"),
            (
                f"//dialogwerk:{given['POSTGRES_PASSWORD']}@postgres:5432/dialogwerk",
                f"//{database.netloc}{database.path}",
            ),
            ("//dialogwerk_", f"//{database.path[1:]}_"),
            (
                "@postgres:5432/dialogwerk",
                f"@{database.netloc.rpartition('@')[2]}{database.path}",
            ),
        ]
        composed = Composed(given, reach, tmp_path)
        stack.push_async_callback(composed.clear)

        code, out = await composed.run("provision")
        assert code == 0, out
        code, again = await composed.run("provision")
        assert (code, again.strip()) == (0, "everything is up to date")

        (tmp_path / "richtlinie.md").write_text(PUBLICATION, encoding="utf-8")
        code, out = await composed.run("shell", "index", "add", "richtlinie.md")
        assert code == 0, out
        code, out = await composed.run(
            "shell", "networks", "add", "sandbox", "regenlinde", f"url={network}",
            "page=regenlinde", typed="token=page-token\n",
        )  # fmt: skip
        assert code == 0, out
        code, out = await composed.run(
            "shell", "users", "add", "mara", typed="correct horse battery\n"
        )
        assert code == 0, out

        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        started = await stack.enter_async_context(composed.running(ports))
        for one in started.values():
            await eventually(partial(ready, one), f"{one.name} to be ready", 120)

        async with (
            httpx.AsyncClient(base_url=network, timeout=30) as world,
            httpx.AsyncClient(
                base_url=started["review"].url,
                headers={"Origin": started["review"].url},
                timeout=30,
            ) as desk,
        ):
            question = {
                "id": "c1", "author": "nadja", "under": "p1",
                "text": "Bis wann kann man beim Schattenfonds einen Antrag stellen?",
            }  # fmt: skip
            await say(world, Seed.model_validate({"comments": [question]}))
            await sign_in(desk)
            path = await eventually(lambda: drafted(desk), "a draft on the desk")
            page = (await desk.get(path)).text
            assert "31. März" in page
            assert "Förderrichtlinie Schattenfonds" in page
            await approve(desk, path, page)

            async def reply() -> str | None:
                thread = (await world.get("/t/p1")).text
                return thread if "30. September" in thread else None

            thread = await eventually(reply, "the reply under the comment")
            assert thread.count("30. September") == 1

        codes = {name: await end(one.process) for name, one in started.items()}
        assert codes == dict.fromkeys(SERVICES, 0)
        for one in started.values():
            assert "Traceback" not in one.log.read_text(encoding="utf-8"), one.name


async def drafted(desk: httpx.AsyncClient) -> str | None:
    """Return the address of the first item whose draft is ready."""
    queue = (await desk.get("/", params={"lane": "answer"})).text
    found = re.search(r'href="(/items/[0-9a-f]{32})', queue)
    if not found:
        return None
    page = (await desk.get(found[1])).text
    return found[1] if "31. März" in page else None


async def approve(desk: httpx.AsyncClient, path: str, page: str) -> None:
    """Send the item's own approval form back as a browser would."""
    form = re.search(rf'<form[^>]+action="{path}/approve".*?</form>', page, re.DOTALL)
    assert form, "the item has no form to approve it"
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", form[0], re.DOTALL)
    assert text
    fields = {**hidden(form[0]), "text": html.unescape(text[1]).strip()}
    answer = await desk.post(f"{path}/approve", data=fields)
    assert answer.status_code == 303, answer.text
