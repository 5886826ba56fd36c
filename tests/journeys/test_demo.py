"""What a newcomer does first: start the demo, stop it, start it again, begin anew, look around."""

import asyncio
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from services.demo import sample
from tests.browser.conftest import CHROMIUM
from tests.conftest import require
from tests.journeys.demo_process import FirstRun, run, started
from tests.journeys.newcomer import first_five_minutes


def figure(out: str, name: str) -> int:
    found = re.search(rf"^\s*{name}\s+(\d+)", out, re.MULTILINE)
    assert found, out
    return int(found[1])


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


async def test_a_second_start_finds_the_data_and_ctrl_c_ends_it_cleanly(first: FirstRun) -> None:
    """INVARIANT: pages that fit are found from the first start on, a private person's is not."""
    data = first.data
    async with started("--data", str(data), "--port", "0") as (process, said):
        text = "".join(said)
        assert "15 publications are searchable already" in text
        assert re.search(r"Sign in as +demo +password \S{20,}", text)

        code, out = await run("books", "--data", str(data))
        assert (code, figure(out, "in")) == (0, 357), "a command joins the running servers"
        code, out = await run("discover", "list", "--data", str(data))
        assert code == 0, out
        for page in sample.unwatched():
            said_of = {line.split()[2] for line in out.splitlines() if page["name"] in line}
            fits = {page["relation"]} if page["relation"] else set()
            assert said_of == fits, f"{page['name']} is found as {said_of}"

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


async def test_fresh_begins_anew(first: FirstRun, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(first.data, data, ignore=shutil.ignore_patterns("cluster"))
    before = (data / "demo.password").read_text(encoding="utf-8")
    async with started("--fresh", "--data", str(data), "--port", "0") as (_, said):
        text = "".join(said)
    assert "indexed Jahresbericht 2025" in text
    assert "embedding model: reading" not in text, "converted models are kept"
    assert before not in text


async def test_a_newcomer_approves_an_answer_finds_it_and_mutes_a_thread(first: FirstRun) -> None:
    """INVARIANT: what a person approves appears once under its comment; a mute holds a thread."""
    require(CHROMIUM.exists(), f"no Chromium at {CHROMIUM}: apt install chromium")
    async with started("--data", str(first.data), "--port", "0") as (_, said):
        await first_five_minutes(said)


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
        (
            ("run", "ingest"),
            {"NATS_URL": "nats://127.0.0.1:1", "DATABASE_URL": "postgresql://127.0.0.1:1/x"},
            "PSEUDONYM_KEY is missing",
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
