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
_LIMIT = re.compile(r"\blimit\b", re.IGNORECASE)
BOUNDED = {
    "one row for each lane, state, reason, rule, queue or consumer": {
        "alarms.read_standing", "alarms.read_undelivered", "books.read_books",
        "dead_letters.count_chosen", "dead_letters.count_waiting", "desk.read_lanes",
        "planted.read_kinds", "queues.read_outboxes", "queues.read_queues",
        "queues.read_samples", "queues.read_streams", "queues.usual_depths",
    },
    "as many as were asked for by key": {
        "bursts.read_around", "going_out.read_opportunity", "impact.read_impact",
        "items.read_before", "items.read_facts", "radar_desk.list_radar",
    },
    "so many of each kind, by a limit inside": {
        "approvals.read_rules", "desk_item.read_thread", "submissions.read_for_gaps",
        "underway.read_lying",
    },
    "as many as the organisation has connections, pages, accounts or topics": {
        "connection_states.read_diagnoses", "connection_states.read_states",
        "discovery_desk.list_rounds", "discovery_desk.list_topics",
        "mute_figures.read_page_muting", "people.lock_admins", "packages.read_wordings",
        "retention.read_rules",
    },
    "what belongs to one comment, thread or publication": {
        "desk_item.read_silences", "items.waiting_in_thread", "mutes.standing_closings",
        "stances.titles_answered_from", "stances.used_wordings",
    },
    "at most ten: what one day shows": {"going_out.list_day"},
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
    """Yield the functions that read many rows, and whose outermost query has no limit.

    A limit in a subquery bounds what stands in one row, not how many rows there are.
    """
    named: dict[str, ast.AST] = {
        node.targets[0].id: node.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    functions = [one for one in module.body if isinstance(one, ast.AsyncFunctionDef)]
    named |= {one.name: one for one in functions if one.name.startswith("_")}
    for function in functions:
        parts = [function, *_named_in(function, named)]
        reads_many = any(_MANY.search(ast.unparse(one)) for one in parts)
        written = [_outermost(text) for one in parts for text in _texts(one)]
        if reads_many and not any(_LIMIT.search(one) for one in written):
            yield function.name


def _named_in(function: ast.AST, named: Mapping[str, ast.AST]) -> list[ast.AST]:
    """Return the constants and helpers of its file that a function names, in turn."""
    found: dict[str, ast.AST] = {}
    left = [function]
    while left:
        names = {node.id for node in ast.walk(left.pop()) if isinstance(node, ast.Name)}
        new = {name: named[name] for name in names if name in named and name not in found}
        found |= new
        left += new.values()
    return list(found.values())


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield each literal as it is written, what is put into one left out."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            str(one.value) if isinstance(one, ast.Constant) else " " for one in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        body = (
            node.body[ast.get_docstring(node) is not None :]
            if isinstance(node, ast.AsyncFunctionDef)
            else ast.iter_child_nodes(node)
        )
        for child in body:
            yield from _texts(child)


def _outermost(query: str) -> str:
    """Return a query without what stands in brackets."""
    while (bare := re.sub(r"\([^()]*\)", " ", query)) != query:
        query = bare
    return query


def test_a_limit_in_a_subquery_is_none() -> None:
    inside = """
_ROWS = "select a, (select b from c order by b limit 1) from d {more}"

async def listed(connection):
    return await _all(connection, "where a > 0")

async def bounded(connection):
    return await _all(connection, "where a > 0 limit %s")

async def _all(connection, where):
    return await (await connection.execute(f"{_ROWS} {where}")).fetchall()
"""
    assert set(_unlimited(ast.parse(inside))) == {"listed", "_all"}
