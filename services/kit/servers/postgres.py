"""PostgreSQL with pgvector as a child of this process, for one machine without an installed one."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from services.kit.servers.account import server_account
from services.kit.servers.child import Child
from services.kit.servers.cluster import DATABASE, ROLE, Cluster, ensure_cluster
from services.kit.servers.errors import EmbeddedServerError, FolderBusyError, PortTakenError
from services.kit.servers.folder import claimed_folder, told_faults
from services.kit.servers.orphan import end_orphan
from services.kit.servers.programs import Programs, find_programs
from services.kit.servers.readiness import ready, until
from services.kit.servers.running import Address, RunningServer

_HOST = "127.0.0.1"
_START_SECONDS = 300
_RETRY_SECONDS = 20
_RETRY_PAUSE = 0.1
_STOP_STEPS = [(signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0)]
_READY = "ready"
_SETTINGS = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_checkpoints": "off",
    # Comments' texts must not reach the log: a client's error goes to the client only, whose
    # message may quote a value, and no statement is ever logged.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FORGETFUL = dict.fromkeys(_DURABLE, "off")


@asynccontextmanager
async def embedded_postgres(
    data_dir: Path,
    *,
    port: int | None = None,
    bin_dir: Path | None = None,
    durable: bool = True,
    connections: int = 200,
) -> AsyncIterator[RunningServer]:
    """Run PostgreSQL in `data_dir/postgres` for as long as the block lasts.

    It listens on the loopback address only, at `port` or a free one; the url leads to the
    database `dialogwerk` as the role of that name, which owns it, may create databases and roles,
    and is no superuser. The extension vector is there already. `bin_dir` names other programs
    than the installed wheel's (PostgreSQL 17 or later with pgvector). `durable=False` is for
    tests: a crash of the machine loses data. It takes so many `connections` at most. As root the
    server runs as the owner of its folder, at first nobody. Raises EmbeddedServerError.
    """
    with claimed_folder(data_dir, "postgres") as folder:
        with told_faults(folder):
            account = server_account(folder / "cluster" / "data")
        cluster = Cluster(folder / "cluster", account)
        programs = await find_programs(bin_dir, account)
        log_file = folder / "postgres.log"
        password = await ensure_cluster(cluster, programs, log_file=log_file, durable=durable)
        settings = {"max_connections": connections} | (_DURABLE if durable else _FORGETFUL)
        postgres = _Postgres(programs, cluster, log_file, port, password, settings)
        with told_faults(folder):
            await end_orphan(postgres.pid_file, mark=postgres.mark, stop_signal=signal.SIGINT)
        server = await RunningServer("PostgreSQL", postgres.launch, _STOP_STEPS).start()
        try:
            yield server
        finally:
            await server.stop()


@dataclass(frozen=True)
class _Postgres:
    programs: Programs
    cluster: Cluster
    log_file: Path
    port: int | None
    password: str
    settings: Mapping[str, str | int]

    @property
    def pid_file(self) -> Path:
        return self.cluster.data / "postmaster.pid"

    @property
    def mark(self) -> str:
        """What names this folder on the server's command line, for whoever looks for it."""
        return f"dialogwerk.data={self.cluster.data}"

    async def launch(self, address: Address | None) -> tuple[Child, Address]:
        """Start at the fixed port or at a free one, again when another program was quicker.

        After a kill -9 the server's former processes may need a moment to notice and leave.
        """
        fixed_port = address.port if address else self.port
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _RETRY_SECONDS
        while True:
            try:
                return await self._launch_at(fixed_port or _free_port())
            except (PortTakenError, FolderBusyError) as fault:
                hopeless = fixed_port and isinstance(fault, PortTakenError)
                if hopeless or loop.time() > deadline:
                    raise
            await asyncio.sleep(_RETRY_PAUSE)

    async def _launch_at(self, port: int) -> tuple[Child, Address]:
        settings = {"port": port, **_SETTINGS, **self.settings}
        options = [*(f"--{name}={value}" for name, value in settings.items()), f"--{self.mark}"]
        with told_faults(self.log_file.parent):
            child = await Child.start(
                [self.programs.postgres, "-D", self.cluster.data_argument, *options],
                log_file=self.log_file,
                death_signal=signal.SIGINT,
                account=self.cluster.account,
                folder=self.cluster.data,
            )
        try:
            answer = self._answer(child.pid, port)
            address = await ready("PostgreSQL", child, answer, seconds=_START_SECONDS, port=port)
        except BaseException:
            await child.stop(_STOP_STEPS)
            raise
        return child, address

    async def _answer(self, pid: int, port: int) -> Address:
        async def accepts_connections() -> bool | None:
            return self._status(pid) == _READY or None

        await until(accepts_connections)
        url = f"postgresql://{ROLE}:{self.password}@{_HOST}:{port}/{DATABASE}?sslmode=disable"
        try:
            async with await psycopg.AsyncConnection.connect(url, connect_timeout=10) as connection:
                await connection.execute("select 1")
        except psycopg.Error as fault:
            reason = " ".join(str(fault).split())
            raise EmbeddedServerError(
                f"PostgreSQL runs but does not answer Dialogwerk ({reason}): restore "
                f"{self.cluster.folder} from your last backup, or choose another data folder."
            ) from fault
        return Address(url, port)

    def _status(self, pid: int) -> str | None:
        """Return what the server says of itself in its pid file; None when it is not its own."""
        try:
            lines = self.pid_file.read_text().splitlines()
        except FileNotFoundError:
            return None
        own = len(lines) > 7 and lines[0] == str(pid)
        return lines[7].strip() if own else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
