"""Gather what the journeys through the networks counted, as a table for the documents.

NETWORK_FIGURES=figures.jsonl python -m pytest -n 2 tests/journeys/test_networks*.py
python -m tests.journeys.network_figures figures.jsonl
"""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

COLUMNS = ("journey", "networks", "events in", "items", "replies", "too many")


@dataclass(frozen=True)
class Counted:
    """What went in and what came of it."""

    events_in: int
    items: int
    """Comments that were announced to the desk."""
    replies: int
    """Replies of ours that stand on the network."""
    too_many: int
    """Announcements and replies beyond one for each."""


def note(network: str, journey: str, counted: Counted) -> None:
    """Add one line to the file that NETWORK_FIGURES names, if it names one."""
    if path := os.environ.get("NETWORK_FIGURES"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps([network, journey, *astuple(counted)]) + "\n")


def table(lines: Iterable[str]) -> list[str]:
    """Return the noted lines as a Markdown table; networks with the same figures share a row."""
    networks: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)
    for network, journey, *figures in map(json.loads, lines):
        networks[journey, *figures].append(network)
    rows = [
        (journey, ", ".join(sorted(named)), *figures)
        for (journey, *figures), named in networks.items()
    ]
    cells = [COLUMNS, tuple("---" for _ in COLUMNS), *sorted(rows, key=str)]
    return [f"| {' | '.join(map(str, row))} |" for row in cells]


if __name__ == "__main__":
    sys.stdout.write("\n".join(table(Path(sys.argv[1]).read_text("utf-8").splitlines())) + "\n")
