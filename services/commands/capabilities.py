"""What each kind of network can do and what it asks for, as tables made from the code."""

from collections.abc import Mapping, Sequence

from services.networks.account_fields import AccountField, account_fields
from services.networks.connections import KINDS, Kind
from services.networks.network import Capabilities

COLUMNS = (
    "network", "news by", "replies on own pages", "replies on watched pages", "hides",
    "deletes own replies", "sees edits", "sees deletions", "safe to repeat", "longest reply",
    "levels",
)  # fmt: skip


def capability_rows(kinds: Mapping[str, Kind] = KINDS) -> list[tuple[str, ...]]:
    """Return a row for each kind of network, in the order of COLUMNS."""
    return [(kind.title, *_cells(kind.capabilities)) for kind in kinds.values()]


def capability_lines(kinds: Mapping[str, Kind] = KINDS) -> list[str]:
    """Return the table for a terminal."""
    rows = [COLUMNS, *capability_rows(kinds)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def capability_markdown(kinds: Mapping[str, Kind] = KINDS) -> list[str]:
    """Return the table for a document."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *capability_rows(kinds)]
    return [f"| {' | '.join(row)} |" for row in rows]


def asked_for(name: str, kind: Kind) -> list[str]:
    """Return what to enter for a kind of network."""
    lines = [f"{kind.title}: dialogwerk networks add {name} NAME field=value ..."]
    for field in account_fields(kind.settings):
        marks = _marks(field)
        lines += ["", f"  {field.name}" + (f" ({', '.join(marks)})" if marks else "")]
        lines += [f"    {field.description}"] if field.description else []
    return lines


def asked_for_markdown(name: str, kind: Kind) -> list[str]:
    """Return the same as a section of a document."""
    lines = [f"### {kind.title}", "", f"`dialogwerk networks add {name} NAME field=value ...`", ""]
    lines += ["| field | | what to enter |", "| --- | --- | --- |"]
    for field in account_fields(kind.settings):
        text = field.description.replace("|", "\\|")
        lines += [f"| `{field.name}` | {', '.join(_marks(field))} | {text} |"]
    return lines


def _marks(field: AccountField) -> list[str]:
    marks = ["secret"] if field.secret else []
    marks += ["required"] if field.required else []
    return [*marks, f"else {field.default}"] if field.default else marks


def _cells(can: Capabilities) -> Sequence[str]:
    said = (
        can.reply_on_own_pages, can.reply_on_watched_pages, can.hide, can.delete_own_reply,
        can.sees_edits, can.sees_deletes, can.keyed_posting,
    )  # fmt: skip
    length = f"{can.max_length} {can.length_unit}s" if can.max_length else "none"
    if can.max_bytes is not None:
        length += f", {can.max_bytes} bytes"
    levels = "any" if can.reply_depth is None else str(can.reply_depth)
    return (can.receive, *("yes" if is_so else "no" for is_so in said), length, levels)
