"""What a run stands on: real servers behind proxies, a network, a model, publications, a desk."""

import base64
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import httpx
from pydantic import SecretStr

from schemas.streams import CONSUMERS, STREAMS
from services import house
from services.commands.generate import bus_users
from services.demo import sample
from services.index.add import submit
from services.kit.bus_users import as_user
from services.kit.db import Pool, migrate, open_pool, transaction
from services.kit.provision import provision_bus
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres
from services.kit.vault import Vault
from services.kit.web import listening_socket
from services.networks.account_settings import part_settings
from services.networks.sandbox.account import SandboxAccount
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.server import create_app, serving
from services.networks.sandbox.settings import PageToken, SandboxSettings
from services.review.passwords import Passwords
from services.review.people import create
from services.store.connections import add_connection
from services.store.migrations import MIGRATIONS
from services.store.roles import as_role, load_privileges, provision_roles
from tests.chaos.crowd import PAGE
from tests.chaos.model import MoodyModel
from tests.chaos.moderator import NAME, PASSWORD
from tests.chaos.plan import ALONE, SERVICES, Layout
from tests.chaos.proxy import Proxy, proxied
from tests.kit.nats_cluster import NatsCluster, nats_cluster
from tests.kit.ports import free_ports
from tests.kit.scripted_llm import scripted_llm


class Server(Protocol):
    """A server that can die and come back to the same address."""

    @property
    def url(self) -> str: ...
    async def kill(self) -> None: ...
    async def restart(self) -> None: ...


HASTE = 10.0
"""By how much shorter consumers wait for an acknowledgement than in service: a run that waits a
minute for the messages of each killed process shows nothing more."""
CONNECTIONS = 70
"""To the database, of one process of each service: see docs/scaling.md."""
BOOKS = ("faq-antragstellung.md", "foerderrichtlinien-schattenfonds.md")


@dataclass(frozen=True)
class Ground:
    """Everything of a run that is not a service."""

    folder: Path
    servers: Mapping[str, Server]
    """Each one that can be killed: `nats` or the nodes of a cluster, and `postgres`."""
    bus_url: str
    """Straight to the bus, as its owner; each node of a cluster."""
    cluster: NatsCluster | None
    pool: Pool
    """Straight to the database, past the proxies; its connections break when Postgres is killed."""
    links: Mapping[str, Sequence[Proxy]]
    """By `process-server`; `process-nats` are those to all nodes of a cluster."""
    network: httpx.AsyncClient
    """Speaks as the network's administrator."""
    page: httpx.AsyncClient
    """Speaks as our page."""
    model: MoodyModel
    desks: Sequence[str]
    """Where each process of the desk answers."""
    environments: Mapping[str, Mapping[str, str]]
    """What each process is started with."""


@dataclass(frozen=True)
class Town:
    """The sandbox network, with nearly no limit on what may be written there."""

    url: str
    token: str
    """Our page's."""
    admin: httpx.AsyncClient
    """Speaks as the network's administrator."""
    page: httpx.AsyncClient
    """Speaks as our page."""


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[Town]:
    """Serve a network until the block ends."""
    admin, token = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    app = create_app(
        SandboxSettings(
            data=folder / "sandbox", admin_token=SecretStr(admin), write_limit=1_000_000,
            tokens=(PageToken(token=SecretStr(token), pages=(PAGE,)),), max_length=6000,
        )
    )  # fmt: skip
    async with (
        serving(app, listening_socket()) as url,
        _client(url, admin) as administrator,
        _client(url, token) as page,
    ):
        yield Town(url, token, administrator, page)


def _client(url: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url, timeout=60, trust_env=False, headers={"Authorization": f"Bearer {token}"}
    )


def books() -> list[tuple[str, bytes]]:
    """Return the publications that answers are drawn from: name and content."""
    return [(name, body) for name, body in sample.publications() if name in BOOKS]


@asynccontextmanager
async def ground(folder: Path, models: Path, layout: Layout = ALONE) -> AsyncIterator[Ground]:
    """Start and fill it all; stop it when the block ends. `models` keeps the converted model."""
    async with AsyncExitStack() as stack:
        passwords = {service: secrets.token_urlsafe(16) for service in house.SERVICES}
        bus = await stack.enter_async_context(_bus(folder, layout, passwords))
        connections = 100 + CONNECTIONS * layout.instances
        postgres = await stack.enter_async_context(
            embedded_postgres(folder, port=free_ports(1)[0], connections=connections)
        )
        await migrate(postgres.url, MIGRATIONS)
        await provision_roles(postgres.url, load_privileges(), passwords, tighten=False)
        hasty = [replace(one, ack_wait=one.ack_wait / HASTE) for one in CONSUMERS]
        await provision_bus(bus.url, STREAMS, hasty, replicas=layout.nodes)
        pool = await stack.enter_async_context(open_pool(postgres.url, name="chaos"))
        town = await stack.enter_async_context(sandbox(folder))
        llm = await stack.enter_async_context(scripted_llm())
        keys = {"SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}
        await _connect(pool, keys["SECRET_KEYS"], town.url, town.token)
        async with transaction(pool) as connection:
            hashed = await Passwords().hash(PASSWORD)
            await create(connection, name=NAME, role="senior", password_hash=hashed, by=None)
        for name, body in books():
            await submit(pool, name=name, body=body, media_type=None, url=None)
        servers = {**bus.servers, "postgres": postgres}
        links = {
            f"{process}-{name}": await stack.enter_async_context(
                proxied("127.0.0.1", urlsplit(server.url).port or 0)
            )
            for process in layout.all_processes
            for name, server in servers.items()
        }
        reviews = layout.processes("review")
        desks = dict(zip(reviews, map(str, free_ports(len(reviews))), strict=True))
        shared = {
            **keys,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PSEUDONYM_KEY": secrets.token_urlsafe(24),
            "LLM_BASE_URL": f"{llm.url}/v1", "LLM_MODEL": "moody", "LLM_TIMEOUT": "3",
            "ORGANISATION": "Lindenhof e. V.", "LOG_LEVEL": "WARNING",
            "DATA_DIR": str(models),
        }  # fmt: skip
        environments = {
            process: {
                **shared,
                "PORT": desks.get(process, "0"),
                "NATS_URL": ",".join(
                    _through(
                        as_user(server.url, service, passwords[service]), links[f"{process}-{name}"]
                    )
                    for name, server in bus.servers.items()
                ),
                "DATABASE_URL": _through(
                    as_role(postgres.url, service, passwords[service]), links[f"{process}-postgres"]
                ),
            }
            for service in SERVICES
            for process in layout.processes(service)
        }
        yield Ground(
            folder, servers, bus.url, bus.cluster, pool, _by_server(links, layout),
            town.admin, town.page, MoodyModel(llm),
            [f"http://127.0.0.1:{port}" for port in desks.values()], environments,
        )  # fmt: skip


@dataclass(frozen=True)
class _Bus:
    url: str
    servers: Mapping[str, Server]
    cluster: NatsCluster | None = None


@asynccontextmanager
async def _bus(folder: Path, layout: Layout, passwords: Mapping[str, str]) -> AsyncIterator[_Bus]:
    """Run one server, or a cluster; both know the same users."""
    users = bus_users()
    if layout.nodes == 1:
        async with embedded_nats(
            folder,
            port=free_ports(1)[0],
            sync_interval="100ms",
            users=users,
            passwords=passwords,
        ) as nats:
            yield _Bus(nats.url, {"nats": nats})
        return
    async with nats_cluster(
        folder / "cluster", layout.nodes, users=users, passwords=passwords
    ) as cluster:
        yield _Bus(cluster.url, {node.name: node for node in cluster.nodes}, cluster)


def _by_server(links: Mapping[str, Proxy], layout: Layout) -> dict[str, tuple[Proxy, ...]]:
    """Return each link alone, and under `process-nats` those to all servers of the bus."""
    whole_bus = {
        f"{process}-nats": tuple(links[f"{process}-{name}"] for name in layout.bus_servers)
        for process in layout.all_processes
    }
    return {name: (link,) for name, link in links.items()} | whole_bus


async def _connect(pool: Pool, key: str, url: str, token: str) -> None:
    plain, secret = part_settings(SandboxAccount(url=url, page=PAGE, token=SecretStr(token)))
    sealed = Vault([SecretStr(key)]).seal(secret.get_secret_value())
    async with transaction(pool) as connection:
        await add_connection(
            connection, f"{SandboxNetwork.name}:{PAGE}", network=SandboxNetwork.name,
            settings=plain, secrets=sealed, now=datetime.now(UTC),
        )  # fmt: skip


def _through(url: str, proxy: Proxy) -> str:
    parts = urlsplit(url)
    who = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{who}@127.0.0.1:{proxy.port}"))
