"""What an upgrade stands on: servers, a network, a model, and a house filled by an old release."""

import base64
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from services import house
from services.kit.bus_users import as_user
from services.kit.db import open_pool
from services.kit.servers.postgres import embedded_postgres
from services.store.roles import as_role
from tests.chaos.crowd import PAGE
from tests.chaos.fleet import names
from tests.chaos.ground import CONNECTIONS, Ground, Town, books, sandbox
from tests.chaos.model import MoodyModel
from tests.chaos.moderator import NAME, PASSWORD
from tests.chaos.plan import Layout
from tests.chaos.proxy import Proxy, proxied
from tests.chaos.release import Release
from tests.chaos.upgrade_bus import Brokers, brokers
from tests.kit.ports import free_ports
from tests.kit.scripted_llm import scripted_llm

SERVICES = house.SERVICES


@dataclass
class Standing:
    """A house of an old release, and what its operator has at hand."""

    ground: Ground
    """It knows another password of the broker's owner after one was started again."""
    brokers: Brokers
    door: Proxy
    """What people's browsers reach; it leads to one process of the desk."""
    owner: Mapping[str, str]
    """Environment of an operator's commands, but for the broker's address."""
    town: Town

    async def renew_broker(self, name: str, release: Release) -> None:
        """Start a broker again with the users that a release's services sign in as."""
        await self.brokers.renew(name, release)
        servers = {**self.ground.servers, **self.brokers.servers}
        self.ground = replace(self.ground, servers=servers, bus_url=self.brokers.url)

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
    release: Release, layout: Layout, folder: Path, models: Path
) -> AsyncIterator[Standing]:
    """Start servers and provision them with a release; `models` keeps the converted model."""
    async with AsyncExitStack() as stack:
        passwords = {service: secrets.token_urlsafe(16) for service in SERVICES}
        bus = await stack.enter_async_context(brokers(layout.nodes, release, folder, passwords))
        postgres = await stack.enter_async_context(
            embedded_postgres(folder, connections=100 + CONNECTIONS * layout.instances)
        )
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
            "NATS_REPLICAS": str(layout.nodes),
            "SERVICE_PASSWORDS": ",".join(f"{name}={word}" for name, word in passwords.items()),
        }
        environments = {
            name: {
                **shared,
                "PORT": str(free_ports(1)[0]),
                "NATS_URL": as_user(bus.url, service, passwords[service]),
                "DATABASE_URL": as_role(postgres.url, service, passwords[service]),
            }
            for service in SERVICES
            for name in names([service], layout.instances)
        }
        door = await stack.enter_async_context(
            proxied("127.0.0.1", int(environments["review.1"]["PORT"]))
        )
        pool = await stack.enter_async_context(open_pool(postgres.url, name="upgrade"))
        ground = Ground(
            folder, {**bus.servers, "postgres": postgres}, bus.url, None, pool, {}, town.admin,
            town.page, MoodyModel(llm), [f"http://127.0.0.1:{door.port}"], environments,
        )  # fmt: skip
        stands = Standing(ground, bus, door, owner, town)
        await stands.command(release, "provision")
        yield stands
