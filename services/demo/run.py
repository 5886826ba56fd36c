"""The demo: real servers, a sandbox network with the sample world, all services, one process."""

import asyncio
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic import SecretStr

from services import house
from services.demo import sample
from services.demo.discovery import find_pages
from services.demo.report import report
from services.index.add import Indexing, add, submit
from services.kit.db import Pool, open_pool, transaction
from services.kit.embed.shared import SharedEmbedder
from services.kit.servers.folder import claimed_folder
from services.kit.servers.running import RunningServer
from services.kit.service import CannotStart, hosting, stop_on_signal
from services.kit.settings import Settings
from services.kit.vault import Vault
from services.kit.web import listening_socket
from services.networks.account_settings import part_settings
from services.networks.sandbox.account import SandboxAccount
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.server import create_app, serving
from services.networks.sandbox.settings import PageToken, SandboxSettings
from services.review.passwords import Passwords
from services.review.people import create
from services.review.watch_list import read_entry
from services.store.accounts import Role
from services.store.connections import add_connection, change_connection
from services.store.intake import comments_seen
from services.store.people import find_member
from services.store.publications import list_publications
from services.store.underway import work_left
from services.store.watches import add_watches

ACCOUNT = "demo"
EXAMPLES: dict[str, Role] = {
    ACCOUNT: "admin", "moderator": "moderator", "senior": "senior", "editor": "editor",
    "ops": "ops", "auditor": "auditor",
}  # fmt: skip
"""The demo's accounts and their roles."""
KEPT_WHEN_FRESH = {"models"}
OURS = {
    "nats", "postgres", "sandbox", "running.json", "pseudonym.key", "pseudonym.former",
    "secret.key", "demo.password", "tokens",
}  # fmt: skip
ONCE_PATIENCE = 600.0

Say = Callable[[str], None]


class Clock:
    """Says what happens and how long the start has taken so far."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        self._say(f"{time.monotonic() - self._began:6.1f} s  {text}")


def begin_anew(data_dir: Path) -> None:
    """Delete the demo's state in the data folder; downloaded or converted models stay.

    Raises EmbeddedServerError while a demo runs there, CannotStart when the folder is not ours.
    """
    if not data_dir.exists():
        return
    names = {entry.name for entry in data_dir.iterdir()}
    if strange := names - OURS - KEPT_WHEN_FRESH:
        raise CannotStart(
            f"{data_dir} holds {', '.join(sorted(strange)[:3])}, which is not Dialogwerk's:"
            " name another folder with --data"
        )
    with claimed_folder(data_dir, "nats"):
        for name in names & OURS:
            path = data_dir / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@asynccontextmanager
async def sandbox(settings: Settings, port: int, clock: Clock) -> AsyncIterator[SandboxAccount]:
    """Run the sandbox network with the sample world; yield the organisation's account there."""
    folder = settings.data_dir / "sandbox"
    page_token = house.kept_secret(settings.data_dir / "tokens" / "page")
    admin_token = house.kept_secret(settings.data_dir / "tokens" / "admin")
    app = create_app(
        SandboxSettings(
            data=folder,
            tokens=(PageToken(token=SecretStr(page_token), pages=(sample.OWNER, "warlehof")),),
            admin_token=SecretStr(admin_token),
            max_length=6000,
        )
    )
    async with serving(app, _listen(port, folder)) as url:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            answer = await client.post(
                "/api/admin/seed",
                content=sample.seed(datetime.now(UTC)).model_dump_json(),
                headers={"Authorization": f"Bearer {admin_token}"},
            )
            answer.raise_for_status()
        clock(f"sandbox network is up at {url}")
        yield SandboxAccount(url=url, page=sample.OWNER, token=SecretStr(page_token))


async def connect(settings: Settings, pool: Pool, account: SandboxAccount) -> None:
    """Store the connection to the sandbox, or the address it has this time."""
    name, now = f"{SandboxNetwork.name}:{sample.OWNER}", datetime.now(UTC)
    plain, secrets = part_settings(account)
    sealed = Vault(settings.secret_keys).seal(secrets.get_secret_value())
    async with transaction(pool) as connection:
        if not await add_connection(
            connection, name, network=SandboxNetwork.name, settings=plain, secrets=sealed, now=now
        ):
            await change_connection(connection, name, settings=plain, secrets=sealed, now=now)


async def watch(pool: Pool) -> None:
    """Watch the sample world's partners and media; watching them already changes nothing."""
    entries = [
        read_entry(name, SandboxNetwork.name, address, relation, ",".join(sample.TOPICS))
        for name, address, relation in sample.watched()
    ]
    async with transaction(pool) as connection:
        await add_watches(connection, entries, by="demo", now=datetime.now(UTC))


def _listen(port: int, folder: Path) -> socket.socket:
    """Listen on the port, or for 0 on the one of the last start: links to comments stay valid."""
    note = folder / "port"
    if port == 0 and note.is_file():
        with suppress(OSError, ValueError):
            return listening_socket("127.0.0.1", int(note.read_text(encoding="utf-8")))
    try:
        listener = listening_socket("127.0.0.1", port)
    except OSError as error:
        raise CannotStart(
            f"the sandbox network cannot listen on port {port} ({error.strerror});"
            " choose another port with --port"
        ) from error
    house.write_private(note, str(listener.getsockname()[1]))
    return listener


async def index_publications(settings: Settings, pool: Pool, clock: Clock) -> None:
    """Add the sample publications that are not there yet."""
    async with pool.connection() as connection:
        stand = {publication.name for publication in await list_publications(connection)}
    missing = [(name, body) for name, body in sample.publications() if name not in stand]
    if not missing:
        clock(f"{len(stand)} publications are searchable already")
        return
    embedder = SharedEmbedder(settings, on_progress=clock)
    async with embedder.in_use():
        for name, body in missing:
            submission = await submit(pool, name=name, body=body, media_type=None, url=None)
            added = await add(Indexing(pool, embedder), submission)
            if added is None or added.outcome == "refused":
                raise CannotStart(f"{name}: {added.refusal if added else 'was not stored'}")
            clock(f"indexed {added.title} ({added.passages} passages)")


async def sign_in(settings: Settings, pool: Pool) -> str:
    """Return the demo accounts' password; they are made at the first start, one for each role."""
    password = house.kept_secret(settings.data_dir / "demo.password")
    async with transaction(pool) as connection:
        for name, role in EXAMPLES.items():
            if await find_member(connection, name) is None:
                hashed = await Passwords().hash(password)
                await create(connection, name=name, role=role, password_hash=hashed, by=None)
    return password


async def settled(pool: Pool, offered: int) -> None:
    """Wait until the world's comments are in and everything is sorted and drafted."""
    quiet = 0
    while quiet < 3:
        async with pool.connection() as connection:
            seen = await comments_seen(connection)
            left = await work_left(connection)
        quiet = quiet + 1 if seen >= offered and left == 0 else 0
        await asyncio.sleep(0.3)


async def run_demo(settings: Settings, *, once: bool, fresh: bool, say: Say) -> int:
    """Run the demo until a signal; with `once` until the sample world went through.

    Returns the exit code: 1 when the books do not balance or a server died.
    """
    clock = Clock(say)
    if fresh:
        begin_anew(settings.data_dir)
    stop = stop_on_signal()
    servers: list[RunningServer] = []
    async with AsyncExitStack() as stack:
        on = await stack.enter_async_context(house.on_servers(settings, clock, servers))
        sandbox_port = settings.port + len(house.SERVICES) if settings.port else 0
        account = await stack.enter_async_context(sandbox(on, sandbox_port, clock))
        on = on.model_copy(
            update={"organisation": sample.ORGANISATION, "own_domains": ("regenlinde.example",)}
        )
        pool = await stack.enter_async_context(open_pool(on.database_url, name="demo"))
        await connect(on, pool, account)
        await watch(pool)
        if searches := await find_pages(on, pool):
            clock(f"searched for pages that nobody watches yet ({searches} searches)")
        await index_publications(on, pool, clock)
        password = await sign_in(on, pool)
        services = house.build_services(on, house.SERVICES)
        ports = await stack.enter_async_context(
            hosting(services, host=settings.host, first_port=settings.port)
        )
        clock("all services are up: " + ", ".join(ports))
        if once:
            return await _once(pool, stop, servers, clock, say)
        for line in welcome(f"http://{settings.host}:{ports['review']}", account.url, password):
            say(line)
        return await _until_stopped(stop, servers, say)


async def _once(
    pool: Pool, stop: asyncio.Event, servers: list[RunningServer], clock: Clock, say: Say
) -> int:
    offered = len(sample.comments())
    waiting = asyncio.create_task(_until_stopped(stop, servers, say))
    work = asyncio.create_task(asyncio.wait_for(settled(pool, offered), ONCE_PATIENCE))
    await asyncio.wait({waiting, work}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not work.done():
        work.cancel()
        say("stopped before the sample world was through")
        return 1
    if isinstance(work.exception(), TimeoutError):
        say(f"the sample world was not through after {ONCE_PATIENCE:.0f} s")
    clock("the sample world is through")
    books, lines = await report(pool)
    for line in ["", *lines]:
        say(line)
    return 0 if books.balanced and work.exception() is None else 1


async def _until_stopped(stop: asyncio.Event, servers: list[RunningServer], say: Say) -> int:
    deaths = [asyncio.create_task(server.died()) for server in servers]
    told = asyncio.create_task(stop.wait())
    done, pending = await asyncio.wait({told, *deaths}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done & set(deaths):
        say(str(task.result()))
        return 1
    say("stopping")
    return 0


def welcome(desk: str, network: str, password: str) -> list[str]:
    """Return what a newcomer needs to know."""
    return [
        "",
        f"  The desk            {desk}",
        f"  Sign in as          {ACCOUNT}   password {password}",
        f"  Or, same password   {', '.join(list(EXAMPLES)[1:])}",
        f"  The network         {network}",
        "",
        "  Try this: open the desk, choose the lane Beantworten (answer) and there Entwurf bereit",
        "  (draft ready), take the first question with `j` and Enter, read the draft beside its",
        "  sources, approve it with `a`. Then open the network and find the reply under the",
        "  comment. Write a question there yourself and watch the lane's number grow on the desk.",
        "",
        "  Ctrl-C stops everything; the next start goes on from here, `--fresh` begins anew.",
        "",
    ]
