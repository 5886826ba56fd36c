"""What is shipped is pinned, hashed and licensed; a known hole in it is found without a network."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.supply_chain.advisories import read_advisories, what_is_named
from tests.supply_chain.lock import ROOT, check, faults, read_lock


def test_the_lock_fits_the_project_and_every_licence_is_known() -> None:
    """INVARIANT: the image holds what pyproject.toml asks for, by hash, under licences we know."""
    assert check() == []


def test_the_image_installs_what_is_locked_and_nothing_else() -> None:
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    installs = [line for line in recipe.splitlines() if "pip install" in line]
    assert all("--no-deps" in line for line in installs), installs
    assert "--require-hashes -r requirements.lock" in recipe


def test_a_package_without_a_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense: locked without"):
        read_lock("good==1 \\\n    --hash=sha256:aa\nnonsense==2\n")


def test_what_does_not_fit_is_named() -> None:
    project = {
        "project": {
            "dependencies": ["alpha>=2", "beta>=1", "gamma>=1"],
            "optional-dependencies": {"sentence-transformers": ["torch>=2"]},
        }
    }
    told = faults(project, {"alpha": "1.0", "beta": "1.0"}, {"alpha": "MIT", "beta": "Proprietary"})
    assert [line.split()[0] for line in told] == ["alpha", "gamma", "beta"]


def record(*, events: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    about = {"package": {"ecosystem": "PyPI", "name": "Some_Package"}}
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    return {"id": "PYSEC-1", "summary": "a hole", "affected": [{**about, "ranges": ranges}], **more}


@pytest.mark.parametrize(
    ("events", "version", "named"),
    [
        ([{"introduced": "0"}, {"fixed": "2.0"}], "1.9", True),
        ([{"introduced": "0"}, {"fixed": "2.0"}], "2.0", False),
        ([{"introduced": "1.5"}, {"fixed": "2.0"}], "1.4", False),
        ([{"introduced": "0"}, {"last_affected": "2.0"}], "2.0", True),
        ([{"introduced": "0"}, {"last_affected": "2.0"}], "2.0.1", False),
        ([{"introduced": "3"}], "10", True),
        ([{"introduced": "0"}, {"fixed": "1"}, {"introduced": "2"}, {"fixed": "3"}], "1.5", False),
        ([{"introduced": "0"}, {"fixed": "1"}, {"introduced": "2"}, {"fixed": "3"}], "2.5", True),
    ],
    ids=str,
)
def test_a_version_in_a_range_is_named(
    events: list[dict[str, str]], version: str, named: bool, tmp_path: Path
) -> None:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("PYSEC-1.json", json.dumps(record(events=events)))
        made.writestr("PYSEC-2.json", json.dumps(record(events=events, withdrawn="2026-01-01")))
    found = what_is_named(read_advisories(archive), {"some-package": version})
    assert [str(one) for one in found] == (
        [f"some-package {version}: PYSEC-1 a hole"] if named else []
    )
    assert what_is_named(read_advisories(archive), {"another": version}) == []
