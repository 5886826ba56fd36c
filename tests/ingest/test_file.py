"""`dialogwerk ingest`: comments from a file, line by line, nothing twice, nothing lost."""

import io
import json
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from services.commands import intake as command
from services.commands.intake import MAX_LINE, ingest_file, read_lines
from services.kit.db import Pool
from services.kit.service import CannotStart
from services.kit.settings import Settings
from tests.ingest.events import as_json, count, everything, promised, stored


class Shell:
    """Runs the command and keeps what it printed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clean_paper()

    def clean_paper(self) -> None:
        self.out = Console(file=io.StringIO(), width=200)
        self.err = Console(file=io.StringIO(), width=200)

    async def run(self, file: Path | str) -> int:
        self.clean_paper()
        return await ingest_file(self.settings, str(file), self.out, self.err, patience=1.0)

    @property
    def printed(self) -> dict[str, int]:
        lines = (line.split() for line in text_of(self.out).splitlines())
        return {outcome: int(number) for outcome, number in lines}

    @property
    def complaints(self) -> list[str]:
        return [line for line in text_of(self.err).splitlines() if line.startswith("line ")]


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def shell(database_url: str, nats_url: str) -> Shell:
    return Shell(
        Settings(
            nats_url=nats_url, database_url=database_url,
            pseudonym_key=SecretStr("for tests only, long enough"),
        )
    )  # fmt: skip


def lines(*entries: object) -> bytes:
    return b"".join(
        (entry if isinstance(entry, bytes) else json.dumps(entry).encode()) + b"\n"
        for entry in entries
    )


async def test_bad_lines_are_named_and_the_rest_comes_in(
    shell: Shell, pool: Pool, tmp_path: Path
) -> None:
    """INVARIANT: a bad line costs that line; each is named by its number and its fault."""
    file = tmp_path / "comments.jsonl"
    file.write_bytes(
        b"\xef\xbb\xbf"
        + lines(
            as_json(native_id="a"),
            b"",
            b"   \t",
            b"{not json",
            as_json(native_id="b", text=""),
            b"\xff\xfe\x00",
            as_json(native_id="c\x00"),
            b'"' + b"x" * MAX_LINE + b'"',
            b'"' + b"x" * 5 * MAX_LINE + b'"',
            as_json(native_id="d", text="x" * 20_001),
            as_json(native_id="e", text="Zarathustra", visibility="direct"),
            as_json(native_id="f"),
        )[:-1]
    )
    assert await shell.run(file) == 1
    assert shell.printed == {"private": 1, "received": 2, "refused": 7}
    begun = [complaint.split(":")[0] for complaint in shell.complaints]
    assert sorted(begun) == sorted(f"line {number}" for number in (4, 5, 6, 7, 8, 9, 10))
    said = "\n".join(shell.complaints)
    assert "line 4: this is no JSON" in said
    assert "line 5: " in said
    assert "data.text is empty" in said
    assert "line 7: id holds characters that no id may have" in said
    assert f"line 9: the line is longer than {MAX_LINE} bytes" in said
    assert "xxx" not in said
    assert await stored(pool, "f") is not None
    assert "Zarathustra" not in await everything(pool)


async def test_a_second_run_makes_nothing_twice(shell: Shell, pool: Pool, tmp_path: Path) -> None:
    """INVARIANT: a file can be read again after any crash."""
    file = tmp_path / "comments.jsonl"
    file.write_bytes(lines(*(as_json(native_id=f"c{n}") for n in range(450))))
    assert await shell.run(file) == 0
    assert shell.printed == {"received": 450}
    assert await shell.run(file) == 0
    assert shell.printed == {"duplicate": 450}
    assert await count(pool, "comments") == 450
    assert await count(pool, "outbox") == 0


async def test_a_poison_line_costs_no_other_line_of_its_batch(
    shell: Shell, pool: Pool, tmp_path: Path
) -> None:
    file = tmp_path / "comments.jsonl"
    entries = [as_json(native_id=f"c{n}") for n in range(250)]
    entries[17] = as_json(revision="\x00")
    file.write_bytes(lines(*entries))
    assert await shell.run(file) == 1
    assert shell.complaints == ["line 18: id holds characters that no id may have"]
    assert await count(pool, "comments") == 249


async def test_standard_input_is_read(
    shell: Shell, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = io.TextIOWrapper(io.BytesIO(lines(as_json())))
    monkeypatch.setattr(sys, "stdin", piped)
    assert await shell.run("-") == 0
    assert shell.printed == {"received": 1}
    assert not piped.closed


async def test_an_empty_file_is_no_fault(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"\n\n")
    assert await shell.run(tmp_path / "empty") == 0
    assert shell.printed == {}


async def test_without_a_bus_what_was_read_is_stored_and_said(
    shell: Shell, pool: Pool, tmp_path: Path
) -> None:
    """INVARIANT: comments that came in while the bus was down wait in the outbox."""
    file = tmp_path / "comments.jsonl"
    file.write_bytes(lines(as_json()))
    shell.settings = shell.settings.model_copy(update={"nats_url": "nats://127.0.0.1:1"})
    with pytest.raises(CannotStart, match="wait in the outbox"):
        await shell.run(file)
    assert shell.printed == {"received": 1}
    assert await promised(pool) == [("CommentReceived", 1)]


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
async def test_a_file_that_cannot_be_read_is_said_in_one_sentence(
    shell: Shell, tmp_path: Path, name: str
) -> None:
    with pytest.raises(CannotStart, match="cannot be read: "):
        await shell.run(tmp_path / name)


def test_troubles_inside_the_block_are_not_the_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConnectionResetError), command.opened(str(tmp_path / "file")):
        raise ConnectionResetError


def test_a_line_without_end_is_not_held_in_memory() -> None:
    stream = io.BytesIO(b"a\n" + b"x" * (MAX_LINE + 1) + b"\nb\n" + b"y" * (3 * MAX_LINE))
    assert list(read_lines(stream)) == [b"a\n", None, b"b\n", None]
