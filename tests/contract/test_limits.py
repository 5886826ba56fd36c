"""The desk reads no list without a limit: how much is stored must not decide what a page takes."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import services.review
import services.store

FOLDER = Path(services.store.__path__[0])
DESK = Path(services.review.__path__[0])
_MANY = re.compile(r"fetchall|async for")
BOUNDED = {
    "one row for each lane, state, reason, rule, queue or consumer": {
        "alarms.read_standing", "alarms.read_undelivered", "books.read_books",
        "dead_letters.count_chosen", "dead_letters.count_waiting", "desk.read_lanes",
        "planted.read_kinds", "queues.read_outboxes", "queues.read_queues",
        "queues.read_samples", "queues.read_streams", "queues.usual_depths",
    },
    "as many as were asked for by key": {"impact.read_impact", "items.read_before"},
    "as many as the organisation has connections, pages, accounts or topics": {
        "connection_states.read_diagnoses", "connection_states.read_states",
        "discovery_desk.list_rounds", "discovery_desk.list_topics",
        "mute_figures.read_page_muting", "people.lock_admins", "packages.read_wordings",
    },
    "what belongs to one comment, thread or publication": {
        "desk_item.read_silences", "items.waiting_in_thread", "mutes.standing_closings",
        "stances.titles_answered_from", "stances.used_wordings",
    },
    "what is shown on one day": {
        "radar_desk.list_radar",
    },
}  # fmt: skip
"""What the desk reads without a limit, by what bounds it."""


def test_lists_are_read_with_a_limit() -> None:
    """INVARIANT: a query that reads many rows has a limit, or is named above with its bound."""
    used = {one for file in DESK.glob("*.py") for one in _used(ast.parse(file.read_text("utf-8")))}
    found = {
        f"{file.stem}.{name}"
        for file in sorted(FOLDER.glob("*.py"))
        for name in _unlimited(ast.parse(file.read_text(encoding="utf-8")))
        if f"{file.stem}.{name}" in used
    }
    known = set().union(*BOUNDED.values())
    assert not found - known, "give it a limit, or say above what bounds it"
    assert not known - found, "has a limit, or is gone"


def _used(module: ast.Module) -> Iterator[str]:
    """Yield what a module of the desk takes from the store, as `file.function`."""
    files: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == "services.store":
            files |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("services.store."):
            file = str(node.module).rpartition(".")[2]
            yield from (f"{file}.{one.name}" for one in node.names)
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{files.get(node.value.id)}.{node.attr}"


def _unlimited(module: ast.Module) -> Iterator[str]:
    """Yield the functions that read many rows, and in whose words no limit occurs."""
    named = {
        node.targets[0].id: ast.unparse(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    functions = [one for one in ast.walk(module) if isinstance(one, ast.AsyncFunctionDef)]
    named |= {
        one.name: ast.unparse(one)
        for one in module.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name.startswith("_")
    }
    for function in functions:
        words = _with_what_it_names(ast.unparse(function), named).replace("\\n", " ")
        if _MANY.search(words) and not re.search(r"\blimit\b", words):
            yield function.name


def _with_what_it_names(words: str, named: Mapping[str, str]) -> str:
    """Return a function's words with those of the constants and helpers of its file it names."""
    done: set[str] = set()
    while new := {one for one in re.findall(r"\b_?[A-Za-z_]+\b", words) if one in named} - done:
        words += "".join(named[one] for one in new)
        done |= new
    return words
