"""What in a migration a house that works meanwhile, on the earlier release, would feel. Pure.

The locks are Postgres's, as its manual tells of `alter table`, `create index` and explicit locking;
docs/upgrading.md has the rule that these sentences belong to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = re.compile(r"--[^\n]*|'(?:[^']|'')*'|(\$\w*\$).*?\1|;|[^-';$]+|.", re.DOTALL)
_SAFE = re.compile(r"--\s*safe:\s*(\S+\s+\S+\s+\S.*)")
SAFE = "or say why no running release needs it, in a comment `-- safe: ...` before the statement"
LATER = f"do it one release later, when no process uses it any more, {SAFE}"
VALIDATE = "add it `not valid`, and `validate constraint` in the next migration"
_TABLE = r"(?:if exists )?(?:only )?(?P<table>\w+)"
_STATEMENTS = (
    (
        rf"create (unique )?index (?!concurrently).*?\bon {_TABLE}",
        "nobody can write while it is built: `create index concurrently if not exists`",
    ),
    (
        r"create (unique )?index concurrently (?!if not exists)",
        "a try that broke off is made again: `create index concurrently if not exists`",
    ),
    (
        rf"(update|delete from) {_TABLE}",
        f"a whole table in one transaction: let old rows be null, or fill them in pieces, {SAFE}",
    ),
    (r"drop (?!index concurrently)", LATER),
    (
        r"(lock|truncate|vacuum|cluster|reindex|refresh|do)\b",
        f"it stops others, or nobody sees what it does: find another form, {SAFE}",
    ),
)
"""Forms of statements, and what to do instead; a table that the file itself made may have them."""
_CONSTRAINT = r"constraint|check|foreign key|unique|primary key"
_COLUMN = rf"add (?!{_CONSTRAINT}).*"
_MADE = r"default (clock_timestamp|gen_random_uuid|random|nextval)|generated|(big|small)?serial"
_ACTIONS = (
    (
        r"rename\b",
        "a running service knows the old name: add the new one, and drop the old one later",
    ),
    (r"drop (?!constraint)", LATER),
    (
        r"alter\b.*\btype\b",
        "the whole table is written anew meanwhile: add another column, and drop this later",
    ),
    (
        r"alter\b.*\bset not null",
        f"the table is read through meanwhile: `check (... is not null)` - {VALIDATE}",
    ),
    (
        rf"add (?={_CONSTRAINT})(?!.*using index).*\b(unique|primary key)\b",
        "an index is built meanwhile: build it concurrently first, then `using index`",
    ),
    (
        rf"add (?={_CONSTRAINT})(?!.*not valid).*\b(check|foreign key)\b",
        f"the table is read through meanwhile: {VALIDATE}",
    ),
    (
        rf"(?!.*\bdefault\b){_COLUMN}\bnot null\b",
        "the earlier release writes rows without it: give it a default, or let it be null",
    ),
    (
        rf"{_COLUMN}\b({_MADE})\b",
        "the whole table is written anew meanwhile: let old rows be null",
    ),
    (
        rf"{_COLUMN}\b(check|unique|primary key)\b",
        f"the table is read through meanwhile: as a constraint of its own - {VALIDATE}",
    ),
    (
        rf"(?=.*\bdefault\b){_COLUMN}\breferences\b",
        "the table is read through meanwhile: let old rows be null",
    ),
)
"""Forms of what `alter table` does to a table that stands already, and what to do instead."""


@dataclass(frozen=True)
class Statement:
    """One statement in small letters; what stands in quotes or bodies is left out."""

    text: str
    safe: bool
    """A comment before it says why it does no harm."""


def statements(sql: str) -> Iterator[Statement]:
    """Yield a file's statements."""
    text, safe = "", False
    for piece in (match[0] for match in _PIECE.finditer(sql)):
        if piece.startswith("--"):
            safe = safe or _SAFE.match(piece) is not None
        elif piece == ";":
            yield Statement(" ".join(text.lower().split()), safe)
            text, safe = "", False
        else:
            text += " '' " if piece[0] in "'$" and len(piece) > 1 else piece
    if text.strip():
        yield Statement(" ".join(text.lower().split()), safe)


def complaints(sql: str) -> list[str]:
    """Return a sentence for each form that a migration must not have: what, and what instead."""
    found = list(statements(sql))
    fresh = {
        match[1]
        for one in found
        if (match := re.match(r"create table (?:if not exists )?(\w+)", one.text))
    }
    said = []
    for one in found:
        if not one.safe:
            said += [f"`{one.text[:80]}`: {why}" for why in _wrong(one.text, fresh)]
    concurrent = [one for one in found if "index concurrently" in one.text]
    if concurrent and len(concurrent) < len(found):
        said.append("`concurrently` works outside a transaction only: give indexes their own file")
    return said


def _wrong(text: str, fresh: set[str]) -> Iterator[str]:
    if match := re.match(rf"alter table {_TABLE} (?P<rest>.*)", text):
        if match["table"] not in fresh:
            yield from _wrong_actions(match["rest"])
        return
    for form, instead in _STATEMENTS:
        if (match := re.match(form, text)) and match.groupdict().get("table") not in fresh:
            yield instead


def _wrong_actions(rest: str) -> Iterator[str]:
    for action in _actions(rest):
        for form, instead in _ACTIONS:
            if re.match(form, action):
                yield instead
        if action.startswith("validate constraint") and "not valid" in rest:
            yield "nobody can write until the end of this transaction: validate in the next file"


def _actions(text: str) -> list[str]:
    """Split the parts of an `alter table`; what stands in parentheses becomes `()`."""
    flat = text
    while (shorter := re.sub(r"\([^()]+\)", "()", flat)) != flat:
        flat = shorter
    return [part.strip() for part in flat.split(",")]
