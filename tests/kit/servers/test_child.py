import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from services.kit.servers.child import Child
from tests.kit.servers.watching import gone, is_alive, logged

STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.pause()
"""


async def _start(folder: Path, code: str) -> Child:
    return await Child.start(
        [sys.executable, "-c", code],
        log_file=folder / "child.log",
        death_signal=signal.SIGTERM,
        folder=folder,
    )


async def test_a_child_deaf_to_sigterm_is_killed(tmp_path: Path) -> None:
    child = await _start(tmp_path, STUBBORN)
    await logged(child, "deaf")
    await child.stop([(signal.SIGTERM, 0.1)])
    assert str(child.how_it_ended()).startswith("killed by SIGKILL")
    assert not is_alive(child.pid)


async def test_a_cancelled_stop_leaves_no_process(tmp_path: Path) -> None:
    """INVARIANT: whoever is impatient and cancels a stop gets no stray server."""
    child = await _start(tmp_path, STUBBORN)
    await logged(child, "deaf")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(child.stop([(signal.SIGTERM, 60)]), 0.1)
    assert not is_alive(child.pid)


async def test_stopping_an_ended_child_is_harmless(tmp_path: Path) -> None:
    child = await _start(tmp_path, "print('done')")
    assert await child.ended() == 0
    await child.stop([(signal.SIGTERM, 60)])
    assert child.how_it_ended() == "exit code 0"


async def test_ctrl_c_in_the_terminal_does_not_reach_the_child(tmp_path: Path) -> None:
    child = await _start(tmp_path, STUBBORN)
    assert os.getsid(child.pid) != os.getsid(0)
    await child.kill()


async def test_the_log_of_an_earlier_child_is_not_quoted(tmp_path: Path) -> None:
    first = await _start(tmp_path, "print('first')")
    await first.ended()
    second = await _start(tmp_path, "print('second')")
    await second.ended()
    assert (first.log(), second.log()) == ("first\nsecond\n", "second\n")


async def test_the_environment_is_not_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PGDATA or PGPORT of the user's own PostgreSQL must not reach ours."""
    monkeypatch.setenv("PGPORT", "1")
    child = await _start(tmp_path, "import os; print(os.environ.get('PGPORT'))")
    await child.ended()
    assert child.log() == "None\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
async def test_the_servers_die_when_their_parent_is_killed(data_dir: Path) -> None:
    """INVARIANT: kill -9 of Dialogwerk leaves no server behind."""
    parent = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", _PARENT, str(data_dir)], stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout
    pids = [int(word) for word in (await parent.stdout.readline()).split()]
    assert [is_alive(pid) for pid in pids] == [True, True]
    parent.kill()
    await parent.wait()
    try:
        for pid in pids:
            await gone(pid)
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


_PARENT = """
import asyncio, sys
from pathlib import Path
from services.kit.servers.nats import embedded_nats
from services.kit.servers.postgres import embedded_postgres

async def main(data_dir):
    async with embedded_nats(data_dir) as nats, embedded_postgres(data_dir) as postgres:
        print(nats.pid, postgres.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1])))
"""
