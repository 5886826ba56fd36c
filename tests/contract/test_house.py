"""The house keeps its shape: layers, generated files, file sizes, container settings."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from services import house
from services.commands.generate import generate
from services.kit.settings import Settings

ROOT = Path(__file__).parents[2]
LONGEST = 300


def test_layers_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_generated_files_are_fresh() -> None:
    said: list[str] = []
    assert generate(said.append, check=True) == 0, said


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("services", "schemas", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_only_the_store_speaks_sql() -> None:
    """INVARIANT: who wants to know what is written to a table reads services/store only."""
    allowed = {"services/store", "services/kit/db.py", "services/kit/outbox.py"}
    # a stand-in for a foreign server keeps its own state; a supervisor makes databases
    allowed |= {"services/networks/sandbox/ledger.py", "services/kit/servers"}
    for path in (ROOT / "services").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if any(name.startswith(prefix) for prefix in allowed):
            continue
        # `select 1` asks whether the database answers
        text = path.read_text(encoding="utf-8").lower().replace('"select 1"', "")
        for words in ('"insert into', '"select ', '"update ', '"delete from'):
            assert words not in text, f"{name} contains {words}"


def test_compose_fits_its_schema() -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            "--builtin-schema", "vendor.compose-spec", "docker-compose.yml",
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def compose() -> dict[str, dict[str, dict[str, object]]]:
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    )
    return loaded


def test_compose_runs_every_service(compose: dict[str, dict[str, dict[str, object]]]) -> None:
    commands = [service.get("command") for service in compose["services"].values()]
    for name in house.SERVICES:
        assert ["run", name] in commands


def test_compose_sets_only_settings_that_exist(
    compose: dict[str, dict[str, dict[str, object]]],
) -> None:
    """A variable with a typing error would be ignored silently."""
    environment = compose["services"]["route"]["environment"]
    assert isinstance(environment, dict)
    assert {name.lower() for name in environment} - {"tz"} <= set(Settings.model_fields)
