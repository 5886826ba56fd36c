"""Which tables each service needs, read from its own code: the least that its SQL can do with.

Starting from everything in a service's package, names are followed through the modules they are
imported from, as far as they lead; the SQL in what was reached says which tables it reads and
writes. So the privileges can neither be forgotten nor grow stale: they are written with the other
generated files, and granted by `provision`.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from services.store.migrations import MIGRATIONS

ROOT = Path(__file__).parents[2]
ORDER = ("select", "insert", "update", "delete")
Privileges = dict[str, list[str]]
"""Table to what may be done with it."""
Place = tuple[str, str]
"""A module and a name on its top level."""

_VERBS = {
    "insert": re.compile(r"\binsert\s+into\s+(\w+|\{\w*\})"),
    "update": re.compile(
        r"(?<!do )(?<!for )(?<!no key )\bupdate\s+(\w+|\{\w*\})"
        r"|\binsert\s+into\s+(\w+)(?=(?:(?!\binsert\b).)*?\bdo\s+update\b)",
        re.DOTALL,
    ),
    "delete": re.compile(r"\bdelete\s+from\s+(\w+|\{\w*\})"),
}
_LOCK = re.compile(r"\bfor\s+(?:no\s+key\s+update|update|key\s+share|share)\b|\block\s+table\b")
GAP = "{}"
_SQL = re.compile(r"\b(?:select|perform|insert|update|delete|from|join|exists|lock)\b")
_WORD = re.compile(r"[a-z_]\w*")
_FUNCTION = re.compile(
    r"create\s+(?:or\s+replace\s+)?function\s+(\w+)(.*?)\$\$(.*?)\$\$([^;]*);", re.DOTALL
)
_TRIGGER = re.compile(
    r"create\s+trigger\s+\w+\s+\w+\s+[\w\s,]*?\bon\s+(\w+)[^;]*?\bexecute\s+function\s+(\w+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Database:
    """What the migrations make: names to which a privilege belongs, and code that the server runs.

    A function's statements run with its caller's rights, unless it is a `security definer`.
    """

    tables: frozenset[str]
    functions: Mapping[str, str]
    triggers: Mapping[str, frozenset[str]]
    """Table to the functions that a write to it runs."""


def read_database(statements: Iterable[str]) -> Database:
    """Return what these migrations, in their order, leave behind."""
    tables = {"migrations"}
    functions: dict[str, str] = {}
    triggers: dict[str, set[str]] = {}
    for sql in statements:
        for verb, name, new in re.findall(
            r"\b(create\s+(?:table|view)|drop\s+(?:table|view)|alter\s+table(?=\s+\w+\s+rename\s+to\b))"
            r"\s+(?:if\s+(?:not\s+)?exists\s+)?(\w+)(?:\s+rename\s+to\s+(\w+))?",
            sql,
        ):
            if verb.startswith("create"):
                tables.add(name)
            else:
                tables.discard(name)
                tables |= {new} - {""}
        for name, head, body, tail in _FUNCTION.findall(sql):
            functions[name] = "" if "security definer" in head + tail else body
        for table, function in _TRIGGER.findall(sql):
            triggers.setdefault(table, set()).add(function)
    return Database(
        frozenset(tables), functions, {table: frozenset(run) for table, run in triggers.items()}
    )


@dataclass
class Needs:
    """What a service does with each table."""

    database: Database
    done: dict[str, set[str]] = field(default_factory=dict)

    def add(self, sql: str, literals: frozenset[str] = frozenset()) -> None:
        """Note what a statement, or a part of one, does; `literals` may stand in its gaps."""
        if not _SQL.search(sql):
            return
        words = set(_WORD.findall(sql))
        filled = literals & self.database.tables if "{" in sql else frozenset()
        named = words & self.database.tables | filled
        for verb, pattern in _VERBS.items():
            for found in pattern.finditer(sql):
                for table in set(found.groups()) & named or filled:
                    self._note(table, verb)
        for table in named:
            self._note(table, "select")
            if _LOCK.search(sql):
                self._note(table, "update")
        for function in words & self.database.functions.keys():
            self.add(self.database.functions[function])

    def _note(self, table: str, verb: str) -> None:
        known = self.done.setdefault(table, set())
        if verb in known:
            return
        known.add(verb)
        if verb != "select":
            for function in self.database.triggers.get(table, ()):
                self.add(self.database.functions[function])

    def sorted(self) -> Privileges:
        return {table: sorted(self.done[table], key=ORDER.index) for table in sorted(self.done)}


@dataclass(frozen=True)
class Source:
    """One module: what stands on its top level, and where its other names come from."""

    name: str
    definitions: Mapping[str, tuple[ast.AST, ...]]
    imports: Mapping[str, Place]


@cache
def read_source(module: str) -> Source | None:
    """Parse a module of this project; None for a package without one, and for foreign ones."""
    path = ROOT / Path(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    if not module.startswith("services") or not file.is_file():
        return None
    definitions: dict[str, list[ast.AST]] = {}
    imports: dict[str, Place] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                imports[alias.asname or alias.name] = (node.module, alias.name)
            continue
        for name in _defined(node):
            definitions.setdefault(name, []).append(node)
    return Source(module, {name: tuple(nodes) for name, nodes in definitions.items()}, imports)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    else:
        yield from (
            inner.id
            for inner in ast.walk(node)
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
        )


def privileges_of(package: str, database: Database) -> Privileges:
    """Return what the code of a package, such as `services.route`, does with which table."""
    needs = Needs(database)
    seen: set[Place] = set()
    waiting = [(source.name, name) for source in _package(package) for name in source.definitions]
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        module, name = place
        source = read_source(module)
        if source is None:
            continue
        if name in source.imports:
            waiting.append(source.imports[name])
        for node in source.definitions.get(name, ()):
            literals = frozenset(_literals(node, source))
            for sql in _statements(node, source):
                needs.add(sql, literals)
            waiting += _reached(node, source)
    return needs.sorted()


def _package(package: str) -> Iterator[Source]:
    for file in sorted((ROOT / Path(*package.split("."))).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        source = read_source(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
        if source is not None:
            yield source


def _reached(node: ast.AST, source: Source) -> Iterator[Place]:
    """Yield the places that the names in a piece of code lead to."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            if inner.id in source.definitions:
                yield source.name, inner.id
            elif inner.id in source.imports:
                yield source.imports[inner.id]
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            module, name = source.imports.get(inner.value.id, ("", ""))
            if module:
                yield f"{module}.{name}", inner.attr


def _statements(node: ast.AST, source: Source) -> Iterator[str]:
    """Yield the texts in a piece of code, put together as far as that is plain to see."""
    skipped = {id(text) for text in _docstrings(node)}
    for inner in ast.walk(node):
        if id(inner) not in skipped and (text := _text(inner, source)) is not None:
            skipped |= {id(part) for part in ast.walk(inner)}
            yield text


def _text(node: ast.AST, source: Source) -> str | None:
    """Return a text with the module's constants filled in and `{}` for what only runs know."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, source) or GAP for part in parts)
        case ast.FormattedValue(value=ast.Name(id=name)):
            return " ".join(_constant(name, source)) or GAP
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            sides = [_text(side, source) for side in (left, right)]
            if sides == [None, None]:
                return None
            names = [side.id if isinstance(side, ast.Name) else "" for side in (left, right)]
            return "".join(
                side or " ".join(_constant(name, source)) or GAP
                for side, name in zip(sides, names, strict=True)
            )
    return None


def _constant(name: str, source: Source) -> Iterator[str]:
    """Yield the texts in a module's constant; nothing when the name is no constant."""
    for node in source.definitions.get(name, ()):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _strings(node)


def _literals(node: ast.AST, source: Source) -> Iterator[str]:
    """Yield every text that could stand in a gap: those here, and those of constants named here."""
    yield from _strings(node)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield from _constant(inner.id, source)


def _strings(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def _docstrings(node: ast.AST) -> Iterator[ast.AST]:
    for inner in ast.walk(node):
        body = getattr(inner, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                yield statement.value


def privileges(services: Iterable[str]) -> dict[str, Privileges]:
    """Return the table privileges of each service."""
    database = read_database(migration.sql for migration in MIGRATIONS)
    return {name: privileges_of(f"services.{name}", database) for name in services}
