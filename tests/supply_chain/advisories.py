"""Known vulnerabilities, from a copy of the OSV database: for machines without a network.

The form of the records is documented at https://ossf.github.io/osv-schema/; the copy for PyPI is
one zip with a JSON file for each record.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


@dataclass(frozen=True)
class Advisory:
    """One record that names a locked version."""

    advisory_id: str
    package: str
    version: str
    summary: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {self.advisory_id} {self.summary}".rstrip()


def read_advisories(archive: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the records of a zip; raises zipfile.BadZipFile, OSError, ValueError."""
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.endswith(".json"):
                yield json.loads(opened.read(name))


def what_is_named(
    records: Iterable[Mapping[str, Any]], locked: Mapping[str, str]
) -> list[Advisory]:
    """Return the records that name a locked version; those that were withdrawn do not count."""
    return [
        Advisory(record["id"], package, locked[package], record.get("summary", ""))
        for record in records
        if "withdrawn" not in record
        for package in sorted(_affected(record, locked))
    ]


def _affected(record: Mapping[str, Any], locked: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for affected in record.get("affected", []):
        about = affected.get("package", {})
        package = canonicalize_name(about.get("name", ""))
        if about.get("ecosystem") != "PyPI" or package not in locked:
            continue
        version = locked[package]
        ranges = [one for one in affected.get("ranges", []) if one.get("type") == "ECOSYSTEM"]
        if version in affected.get("versions", []) or any(
            _inside(Version(version), one["events"]) for one in ranges
        ):
            found.add(package)
    return found


def _inside(version: Version, events: Sequence[Mapping[str, str]]) -> bool:
    """True when a version lies in a range: `introduced` opens it, `fixed` and others close it."""
    marks = sorted((_version(value), kind) for event in events for kind, value in event.items())
    inside = False
    for mark, kind in marks:
        if kind == "introduced" and mark <= version:
            inside = True
        elif (kind == "fixed" and mark <= version) or (kind == "last_affected" and mark < version):
            inside = False
    return inside


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:  # what nobody can compare begins at the beginning: better warned
        return Version("0")
