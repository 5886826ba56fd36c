"""Who starts pays for what is used: commands and services load no more than they need."""

import subprocess
import sys

import pytest

from services.cli import COMMANDS, imported

MODELS = {"numpy", "onnx", "onnxruntime", "tokenizers", "openai", "sentence_transformers", "torch"}
READERS = {"pypdf", "docx", "trafilatura", "markdown_it"}
DESK = {"fastapi", "babel", "PIL", "argon2", "segno"}


def loaded(*arguments: str) -> set[str]:
    """Return the modules that a fresh process imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_the_list_of_commands_loads_none_of_them() -> None:
    found = loaded("-m", "services.cli", "--help")
    assert {name for name in found if name.startswith(("services", "schemas"))} <= {"services"}
    assert not found & {"pydantic", "faststream", "psycopg", "nats", "httpx", *MODELS, *DESK}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    said = imported(name).help.partition("\n\n")[0]
    assert COMMANDS[name][1] == " ".join(said.split())


@pytest.mark.parametrize(
    ("services", "unused"),
    [
        pytest.param("ingest deliver", MODELS | READERS | DESK, id="without-vectors"),
        pytest.param(
            "index route answer outreach",
            (MODELS | READERS | DESK) - {"numpy", "markdown_it"},
            id="with-vectors",
        ),
        pytest.param("review", (MODELS | READERS) - {"numpy", "markdown_it"}, id="desk"),
    ],
)
def test_services_load_nothing_that_they_may_never_use(services: str, unused: set[str]) -> None:
    """INVARIANT: a library of one service, or of one setting, is no other process's memory."""
    named = ", ".join(f"services.{name}.main" for name in services.split())
    assert not loaded("-c", f"import {named}") & unused
