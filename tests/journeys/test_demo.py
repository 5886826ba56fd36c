"""What a newcomer does first: start the demo, stop it, start it again, begin anew."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

DIALOGWERK = Path(sys.executable).with_name("dialogwerk")


async def run(*arguments: str, **environment: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        DIALOGWERK, *arguments, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


@dataclass(frozen=True)
class FirstRun:
    """What a first `demo --once` said and left behind."""

    data: Path
    code: int
    out: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def first(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    data = tmp_path_factory.mktemp("demo") / "data"
    code, out = await run("demo", "--once", "--data", str(data))
    return FirstRun(data, code, out)


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """Run the demo until it says that all is up; yield it with what it said."""
    process = await asyncio.create_subprocess_exec(
        DIALOGWERK, "demo", *arguments, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    said: list[str] = []
    try:
        while not any("Ctrl-C" in line for line in said):
            line = (await process.stdout.readline()).decode()
            assert line, f"the demo ended early: {''.join(said)}"
            said.append(line)
        yield process, said
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def figure(out: str, name: str) -> int:
    found = re.search(rf"^\s*{name}\s+(\d+)", out, re.MULTILINE)
    assert found, out
    return int(found[1])


@pytest.mark.timeout(240)
async def test_the_sample_world_goes_through_and_the_books_balance(first: FirstRun) -> None:
    """INVARIANT: everything that came in is decided, open, muted, dead or dropped with a reason."""
    out = first.out
    assert first.code == 0, out
    assert "Traceback" not in out
    assert figure(out, "in") == 357
    parts = [figure(out, name) for name in ("decided", "open", "muted", "dead-letter", "dropped")]
    assert sum(parts) == 357
    assert figure(out, "dead-letter") == 0
    assert "private 3" in out
    assert len(re.findall(r"^> ", out, re.MULTILINE)) == 5
    assert len(re.findall(r"^  \[1\] .+ edition \d", out, re.MULTILINE)) == 5

    code, books = await run("books", "--data", str(first.data))
    assert code == 0, books
    assert figure(books, "in") == 357


@pytest.mark.timeout(120)
async def test_a_second_start_finds_the_data_and_ctrl_c_ends_it_cleanly(first: FirstRun) -> None:
    data = first.data
    async with started("--data", str(data), "--port", "0") as (process, said):
        text = "".join(said)
        assert "15 publications are searchable already" in text
        assert re.search(r"Sign in as +demo +password \S{20,}", text)

        code, out = await run("books", "--data", str(data))
        assert (code, figure(out, "in")) == (0, 357), "a command joins the running servers"
        code, out = await run("demo", "--once", "--data", str(data))
        assert code == 1
        assert "in use by a running Dialogwerk" in out
        assert "Traceback" not in out

        os.killpg(process.pid, signal.SIGINT)
        rest, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        assert "stopping" in rest.decode()
        assert "Traceback" not in rest.decode()
    assert not (data / "running.json").exists()


@pytest.mark.timeout(120)
async def test_fresh_begins_anew(first: FirstRun) -> None:
    data = first.data
    before = (data / "demo.password").read_text(encoding="utf-8")
    async with started("--fresh", "--data", str(data), "--port", "0") as (_, said):
        text = "".join(said)
    assert "indexed Jahresbericht 2025" in text
    assert "embedding model: reading" not in text, "converted models are kept"
    assert before not in text


async def test_fresh_never_deletes_what_is_not_ours(tmp_path: Path) -> None:
    """INVARIANT: a folder with foreign files in it is left alone."""
    (tmp_path / "thesis.tex").write_text("precious", encoding="utf-8")
    (tmp_path / "nats").mkdir()
    code, out = await run("demo", "--once", "--fresh", "--data", str(tmp_path))
    assert code == 1
    assert "thesis.tex" in out
    assert (tmp_path / "nats").is_dir()


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (("run", "brew"), {}, "There is no service brew"),
        (("provision",), {"NATS_URL": "nats://127.0.0.1:1"}, "set both NATS_URL and DATABASE_URL"),
        (
            ("provision",),
            {"NATS_URL": "nats://127.0.0.1:1", "DATABASE_URL": "postgresql://127.0.0.1:1/x"},
            "Postgres does not answer",
        ),
        (("provision",), {"PSEUDONYM_KEY": "short"}, "PSEUDONYM_KEY is too short"),
        (("books",), {"PORT": "eighty"}, "A setting is wrong: port"),
        (("index", "show", "nothing"), {}, "No publication fits nothing"),
        (("ingest", "/nowhere.jsonl"), {}, "/nowhere.jsonl cannot be read"),
    ],
)
async def test_trouble_is_told_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], told: str
) -> None:
    more = ("--data", str(tmp_path / "data")) if arguments != ("run", "brew") else ()
    code, out = await run(*arguments, *more, **environment)
    assert code == 1
    assert told in out
    assert "Traceback" not in out


async def test_a_file_in_the_way_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    code, out = await run("up", "--data", str(tmp_path / "data"))
    assert code == 1
    assert "a file stands in its way" in out
    assert "Traceback" not in out
