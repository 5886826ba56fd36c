import asyncio
import signal
from pathlib import Path

import psycopg
import pytest

from services.kit.servers.account import server_account
from services.kit.servers.child import Child
from services.kit.servers.errors import EmbeddedServerError
from services.kit.servers.postgres import embedded_postgres
from services.kit.servers.running import RunningServer
from tests.kit.servers.watching import command_of, is_alive, logged, taken_port


async def _ask(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run the statements, each in a transaction of its own; the rows of the last."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for statement in statements:
            answer = await connection.execute(statement.encode())
        return await answer.fetchall() if answer.description else []


async def test_a_second_start_finds_the_rows_again(data_dir: Path) -> None:
    async with embedded_postgres(data_dir) as server:
        await _ask(
            server.url, "create table stopped (text text)", "insert into stopped values ('Grüße')"
        )
        pid = server.pid
    assert not is_alive(pid)
    async with embedded_postgres(data_dir) as server:
        assert await _ask(server.url, "select text from stopped") == [("Grüße",)]


async def test_after_kill_9_every_committed_row_is_there_under_the_same_url(data_dir: Path) -> None:
    async with embedded_postgres(data_dir) as server:
        url = server.url
        await _ask(url, "create table killed (text text)", "insert into killed values ('kept')")
        bystander = await psycopg.AsyncConnection.connect(url)
        await server.kill()
        assert "PostgreSQL ended unexpectedly (killed by SIGKILL" in str(await server.died())
        await server.restart()
        await bystander.close()
        assert server.url == url
        assert await _ask(url, "select text from killed") == [("kept",)]


async def test_a_server_left_over_without_its_parent_is_ended_first(data_dir: Path) -> None:
    """INVARIANT: a killed Dialogwerk does not keep the next one from its data."""
    async with embedded_postgres(data_dir) as server:
        await _ask(
            server.url, "create table orphaned (text text)", "insert into orphaned values ('kept')"
        )
        command = command_of(server.pid)
    data = data_dir / "postgres" / "cluster" / "data"
    left_over = await Child.start(
        command,
        log_file=data_dir / "left-over.log",
        death_signal=signal.SIGKILL,
        account=server_account(data),
        folder=data,
    )
    try:
        await logged(left_over, "ready to accept connections")
        async with embedded_postgres(data_dir) as server:
            assert not is_alive(left_over.pid)
            assert await _ask(server.url, "select text from orphaned") == [("kept",)]
    finally:
        await left_over.kill()


async def test_commits_are_on_disk_by_default(postgres: RunningServer) -> None:
    """INVARIANT: an acknowledged commit survives a power cut."""
    settings = "select setting from pg_settings where name in"
    names = "('fsync', 'synchronous_commit', 'full_page_writes')"
    assert await _ask(postgres.url, f"{settings} {names}") == [("on",)] * 3


async def test_the_role_can_build_its_database_but_rules_nothing_else(
    postgres: RunningServer,
) -> None:
    """INVARIANT: an injected statement cannot become the superuser, who may run programs."""
    await _ask(postgres.url, "create schema desk", "create database another")
    another = postgres.url.replace("/dialogwerk?", "/another?")
    for extension in ("vector", "pg_trgm", "unaccent", "btree_gin"):
        await _ask(another, f"create extension if not exists {extension}")
    assert await _ask(another, "select '[1,2]'::vector::text") == [("[1,2]",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await _ask(postgres.url, "copy (select 1) to program 'true'")
    for user in ("postgres", "dialogwerk"):
        with pytest.raises(psycopg.OperationalError, match=r"pg_hba|password authentication"):
            await _ask(_as_user(postgres.url, user))


def _as_user(url: str, user: str) -> str:
    return f"postgresql://{user}:wrong@{url.rpartition('@')[2]}"


async def test_german_letters_are_letters(postgres: RunningServer) -> None:
    """Case, full text and trigrams must know umlauts on every machine, whatever its locale."""
    rows = await _ask(
        postgres.url,
        "create extension if not exists pg_trgm",
        "select lower('ÄÖÜ'), 'Äpfel' ilike 'äpf%', to_tsvector('german', 'ÜBERGÄNGE')::text, "
        "show_trgm('Öl') = show_trgm('öl'), cardinality(show_trgm('Öl'))",
    )
    assert rows == [("äöü", True, "'ubergang':1", True, 3)]


async def test_what_was_said_stays_out_of_the_log(
    postgres: RunningServer, shared_dir: Path
) -> None:
    """INVARIANT: no comment's text reaches the server's log, not even by a fault."""
    await _ask(postgres.url, "create table note (text text primary key, n int not null)")
    await _ask(postgres.url, "insert into note values ('Geheimnis', 1)")
    for bad in ("('Geheimnis', 2)", "('Geheimnis', null)", "('x', 'Geheimnis')"):
        with pytest.raises(psycopg.Error):
            await _ask(postgres.url, f"insert into note values {bad}")
    log = (shared_dir / "postgres" / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "Geheimnis" not in log


async def test_a_taken_port_is_named(data_dir: Path) -> None:
    with (
        taken_port() as port,
        pytest.raises(EmbeddedServerError, match=f"another program uses port {port} .*choose"),
    ):
        async with embedded_postgres(data_dir, port=port):
            pass
    async with embedded_postgres(data_dir, port=port) as server:
        assert f"@127.0.0.1:{port}/" in server.url


async def test_a_folder_without_the_programs_is_told(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"programs in .* do not run here .*bin folder"):
        async with embedded_postgres(tmp_path, bin_dir=tmp_path):
            pass


async def test_a_cancelled_start_leaves_nothing_behind(data_dir: Path) -> None:
    start = asyncio.create_task(embedded_postgres(data_dir).__aenter__())
    log = data_dir / "postgres" / "postgres.log"
    before = log.stat().st_size
    while log.stat().st_size == before:
        await asyncio.wait({start}, timeout=0.001)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not (data_dir / "postgres" / "cluster" / "data" / "postmaster.pid").exists()
    async with embedded_postgres(data_dir):
        pass
