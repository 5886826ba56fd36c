"""The image's packages: what is locked, under which licences, and whether advisories name them.

`python -m tests.supply_chain.lock write` resolves anew; `check` needs no network.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.supply_chain.advisories import Advisory, read_advisories, what_is_named

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
LICENCES = ROOT / "docs" / "licences.md"
BUILT_WITH = "hatchling"
"""Builds the wheel of this project inside the image."""
NOT_LOCKED = re.compile(r"torch|triton|nvidia-.*|cuda-.*")
"""A CPU build of torch comes from an index of the builder's choice, so its hash differs; the CUDA
packages are needed by the other builds alone."""
FREE = re.compile(
    r"\b(MIT|BSD|ISC|Apache|PSF|MPL|Mozilla|LGPL|0BSD|Zlib|CC0|BSL|CNRI)", re.IGNORECASE
)
"""Licences that a program under Apache-2.0 may be shipped beside; LGPL as separate libraries."""


def read_lock(text: str) -> dict[str, str]:
    """Return package to version; raises ValueError for one that has no hash."""
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        pinned = block.split()[0]
        name, _, version = pinned.partition("==")
        if "--hash=sha256:" not in block or not version:
            raise ValueError(f"{name}: locked without a version and a hash; run `make lock`")
        found[canonicalize_name(name)] = version
    return found


def read_licences(text: str) -> dict[str, str]:
    """Return package to licence, from the table in docs/licences.md."""
    table = text.partition("| --- | --- |")[2]
    rows = re.findall(r"^\| \[?([\w.-]+)\]?(?:\([^)]*\))? \| (.+?) \|$", table, re.MULTILINE)
    return {canonicalize_name(name): licence for name, licence in rows}


def faults(
    pyproject: Mapping[str, object], lock: Mapping[str, str], licences: Mapping[str, str]
) -> list[str]:
    """Return what does not fit: a requirement that is not locked, a licence nobody looked at."""
    project = pyproject["project"]
    assert isinstance(project, dict)
    wanted = [*project["dependencies"], *project["optional-dependencies"]["sentence-transformers"]]
    told: list[str] = []
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if NOT_LOCKED.fullmatch(name):
            continue
        if name not in lock:
            told.append(f"{name} is not locked: run `make lock`")
        elif not requirement.specifier.contains(lock[name], prereleases=True):
            told.append(f"{name} is locked at {lock[name]}, pyproject.toml wants {requirement}")
    for package in sorted({*lock, *licences}):
        if package not in licences:
            told.append(f"{package} has no licence in {LICENCES.name}: run `make lock`")
        elif package not in lock and not NOT_LOCKED.fullmatch(package):
            told.append(f"{package} stands in {LICENCES.name} and is not locked: run `make lock`")
        elif not FREE.search(licences[package]):
            told.append(f"{package} is under {licences[package]}: may we ship it?")
    return told


def check() -> list[str]:
    """Return the faults of the files as they are."""
    return faults(
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")),
        read_lock(LOCK.read_text(encoding="utf-8")),
        read_licences(LICENCES.read_text(encoding="utf-8")),
    )


def write() -> None:
    """Resolve the image's packages anew, with hashes, and list their licences."""
    left_out = [f"--no-emit-package={name}" for name in _resolved() if NOT_LOCKED.fullmatch(name)]
    LOCK.write_text(_compile("--generate-hashes", *left_out), encoding="utf-8")
    names = [*read_lock(LOCK.read_text(encoding="utf-8")), "torch"]
    told = _run(
        "piplicenses",
        "--format=json",
        "--with-urls",
        "--with-system",
        "--from=mixed",
        "--packages",
        *names,
    )
    LICENCES.write_text(licence_table(json.loads(told)), encoding="utf-8")


def licence_table(packages: Iterable[Mapping[str, str]]) -> str:
    """Return docs/licences.md."""
    rows = sorted(packages, key=lambda package: package["Name"].lower())
    lines = [
        "# Licences of what the image contains",
        "",
        "Written by `make lock` from the packages' own metadata. Those under the LGPL are used",
        "unchanged, as separate libraries.",
        "",
        "| package | licence |",
        "| --- | --- |",
    ]
    for row in rows:
        name = f"[{row['Name']}]({row['URL']})" if row["URL"].startswith("http") else row["Name"]
        lines.append(f"| {name} | {row['License']} |")
    return "\n".join(lines) + "\n"


def _resolved() -> list[str]:
    return re.findall(r"^([\w.-]+)==", _compile(), re.MULTILINE)


def _compile(*options: str) -> str:
    return _run(
        "uv", "pip", "compile", "pyproject.toml", "-", "--quiet",
        "--extra", "sentence-transformers", "--python-platform", "linux",
        "--python-version", "3.11", "--no-annotate", "--no-header",
        *options, given=BUILT_WITH,
    )  # fmt: skip


def _run(module: str, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True,
        input=given, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{module} failed: {done.stderr.strip()}")
    return done.stdout


def main() -> None:
    """Write the lock, or check it and, with a copy of the advisories, what they name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", choices=["write", "check"])
    parser.add_argument(
        "--advisories", type=Path, help="a copy of OSV's all.zip for PyPI: checked without network"
    )
    options = parser.parse_args()
    if options.do == "write":
        write()
    told = check()
    named: list[Advisory] = []
    if options.advisories:
        lock = read_lock(LOCK.read_text(encoding="utf-8"))
        named = what_is_named(read_advisories(options.advisories), lock)
    for line in [*told, *map(str, named)]:
        print(line)  # noqa: T201 - a command's answer
    if told or named:
        sys.exit(1)
    print("the lock fits pyproject.toml, and every licence is a known one")  # noqa: T201
    print(  # noqa: T201
        "no advisory names a locked version"
        if options.advisories
        else "known holes were not looked for: name a copy of the advisories with --advisories"
    )


if __name__ == "__main__":
    main()
