"""What an upgrade stands on: servers, a network, a model, and a house filled by an old release."""

import base64
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from services import house
from services.kit.bus_users import as_user
from services.kit.db import open_pool
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres
from services.kit.servers.running import RunningServer
from services.store.roles import as_role
from tests.chaos.crowd import PAGE
from tests.chaos.fleet import names
from tests.chaos.ground import Ground, Town, books, sandbox
from tests.chaos.model import MoodyModel
from tests.chaos.moderator import NAME, PASSWORD
from tests.chaos.proxy import Proxy, proxied
from tests.chaos.release import Release
from tests.kit.ports import free_ports
from tests.kit.scripted_llm import scripted_llm

SERVICES = house.SERVICES


@dataclass
class Broker:
    """NATS as one release's configuration has it, at an address that stays."""

    folder: Path
    passwords: Mapping[str, str]
    port: int | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, release: Release) -> RunningServer:
        """Start it, again when it runs, with the users that a release's services sign in as."""
        await self.stop()
        server = await self._running.enter_async_context(
            embedded_nats(
                self.folder, port=self.port, sync_interval="100ms", users=release.bus_users(),
                passwords=self.passwords,
            )
        )  # fmt: skip
        self.port = urlsplit(server.url).port
        return server

    async def stop(self) -> None:
        """Stop it; what was acknowledged stays."""
        await self._running.aclose()


@dataclass
class Standing:
    """A house of an old release, and what its operator has at hand."""

    ground: Ground
    """It names another broker after that was started again."""
    broker: Broker
    door: Proxy
    """What people's browsers reach; it leads to one process of the desk."""
    owner: Mapping[str, str]
    """Environment of an operator's commands, but for the broker's address."""
    town: Town

    async def restart_broker(self, release: Release) -> None:
        """Start the broker again with the users that a release's services sign in as."""
        nats = await self.broker.start(release)
        servers = {**self.ground.servers, "nats": nats}
        self.ground = replace(self.ground, servers=servers, bus_url=nats.url)

    async def command(self, release: Release, *arguments: str, given: str = "") -> str:
        """Run a command of a release as the operator; raises CommandFailed."""
        environment = {**self.owner, "NATS_URL": self.ground.bus_url}
        return await release.run(self.ground.folder, environment, *arguments, given=given)

    async def fill(self, release: Release) -> None:
        """Connect the page, add an account and publications, with commands of a release."""
        await self.command(
            release, "networks", "add", "sandbox", PAGE, f"url={self.town.url}", f"page={PAGE}",
            given=f"token={self.town.token}\n",
        )  # fmt: skip
        await self.command(release, "users", "add", NAME, "--role", "senior", given=PASSWORD)
        for name, body in books():
            file = self.ground.folder / name
            file.write_bytes(body)
            await self.command(release, "index", "add", str(file))


@asynccontextmanager
async def standing(
    release: Release, instances: int, folder: Path, models: Path
) -> AsyncIterator[Standing]:
    """Start servers and provision them with a release; `models` keeps the converted model."""
    async with AsyncExitStack() as stack:
        passwords = {service: secrets.token_urlsafe(16) for service in SERVICES}
        broker = Broker(folder, passwords)
        stack.push_async_callback(broker.stop)
        postgres = await stack.enter_async_context(embedded_postgres(folder))
        servers = {"nats": await broker.start(release), "postgres": postgres}
        town = await stack.enter_async_context(sandbox(folder))
        llm = await stack.enter_async_context(scripted_llm())
        shared = {
            "SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "PSEUDONYM_KEY": secrets.token_urlsafe(24), "DATA_DIR": str(models),
            "LLM_BASE_URL": f"{llm.url}/v1", "LLM_MODEL": "moody", "LLM_TIMEOUT": "10",
            "LLM_PATIENCE": "0", "UNDO_SECONDS": "0",
            "ORGANISATION": "Lindenhof e. V.", "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        owner = {
            **shared,
            "DATABASE_URL": postgres.url,
            "SERVICE_PASSWORDS": ",".join(f"{name}={word}" for name, word in passwords.items()),
        }
        environments = {
            name: {
                **shared,
                "PORT": str(free_ports(1)[0]),
                "NATS_URL": as_user(servers["nats"].url, service, passwords[service]),
                "DATABASE_URL": as_role(postgres.url, service, passwords[service]),
            }
            for service in SERVICES
            for name in names([service], instances)
        }
        door = await stack.enter_async_context(
            proxied("127.0.0.1", int(environments["review.1"]["PORT"]))
        )
        pool = await stack.enter_async_context(open_pool(postgres.url, name="upgrade"))
        ground = Ground(
            folder, servers, servers["nats"].url, None, pool, {}, town.admin, town.page,
            MoodyModel(llm), [f"http://127.0.0.1:{door.port}"], environments,
        )  # fmt: skip
        stands = Standing(ground, broker, door, owner, town)
        await stands.command(release, "provision")
        yield stands
