"""Reads labelled comments from CSV, TSV and JSONL files as people have them."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

TEXT_NAMES = (
    "text", "comment", "comment_text", "kommentar", "content", "body", "tweet", "message", "post",
    "sentence", "satz", "description",
)  # fmt: skip
"""Columns that hold the text, the likeliest first."""
LABEL_NAMES = ("label", "kind", "class", "klasse", "category", "art")
DELIMITERS = ",;\t|"
LONGEST = 1_000_000
"""Characters of one field."""


class UnreadableTable(Exception):
    """The file is no table that can be used; the message says what it lacks."""


@dataclass(frozen=True)
class Row:
    """A comment with its label; None when the file gives none."""

    text: str
    label: str | None


def read_table(
    path: Path, *, text: str | None = None, label: str | None = None, need_label: bool = True
) -> list[Row]:
    """Return the rows with a text, and with a label if one is needed; white space is trimmed.

    Without names the columns are found by their usual ones. Raises UnreadableTable.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableTable(f"{path} cannot be read: {error.strerror}") from error
    try:
        told = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        told = content.decode("cp1252", "replace")
    told = told.replace("\x00", "")
    first = told.lstrip()[:1]
    records = _jsonl(path, told) if first == "{" else _separated(path, told)
    columns = list(records[0])
    text_column = _column(path, columns, text, TEXT_NAMES, "--text")
    if text_column is None:
        raise UnreadableTable(
            f"{path} has no column {' or '.join(TEXT_NAMES[:3])}; name it with --text,"
            f" there are {', '.join(columns)}"
        )
    label_column = _column(path, columns, label, LABEL_NAMES, "--label")
    if label_column is None and need_label:
        raise UnreadableTable(
            f"{path} has no column of labels; name it with --label, there are {', '.join(columns)}"
        )
    rows = [
        Row(record.get(text_column, "").strip(),
            (record.get(label_column, "").strip() or None) if label_column else None)
        for record in records
    ]  # fmt: skip
    kept = [row for row in rows if row.text and (row.label is not None or not need_label)]
    if not kept:
        raise UnreadableTable(f"{path} holds no row with text" + " and label" * need_label)
    return kept


def _column(
    path: Path, columns: Sequence[str], asked: str | None, usual: Sequence[str], option: str
) -> str | None:
    names = {name.strip().casefold(): name for name in reversed(columns)}
    if asked is not None:
        if asked.strip().casefold() not in names:
            raise UnreadableTable(
                f"{path} has no column {asked} ({option}); there are {', '.join(columns)}"
            )
        return names[asked.strip().casefold()]
    return next((names[name] for name in usual if name in names), None)


def _separated(path: Path, told: str) -> list[dict[str, str]]:
    head = next((line for line in told.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=head.count)
    if delimiter not in head:
        raise UnreadableTable(f"{path} has only one column")
    csv.field_size_limit(LONGEST)
    best = _rows(told, delimiter, csv.QUOTE_MINIMAL)
    bare = _rows(told, delimiter, csv.QUOTE_NONE)
    if len(bare) > len(best) and all(len(row) == len(bare[0]) for row in bare):
        best = bare
    if len(best) < 2:
        raise UnreadableTable(f"{path} holds no rows")
    names = [name.strip() for name in best[0]]
    return [dict(zip(names, row, strict=False)) for row in best[1:] if len(row) >= len(names)]


def _rows(told: str, delimiter: str, quoting: Literal[0, 3]) -> list[list[str]]:
    """Return the filled lines; read as quoted, one stray quotation mark can swallow many."""
    reader = csv.reader(io.StringIO(told, newline=""), delimiter=delimiter, quoting=quoting)
    try:
        return [row for row in reader if row]
    except csv.Error:
        return []


def _jsonl(path: Path, told: str) -> list[dict[str, str]]:
    records: list[dict[str, str]] = []
    for number, line in enumerate(told.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise UnreadableTable(f"{path}, line {number}, is no JSON") from error
        if not isinstance(found, dict):
            raise UnreadableTable(f"{path}, line {number}, is no object")
        records.append(
            {str(k): v if isinstance(v, str) else "" if v is None else json.dumps(v)
             for k, v in found.items()}
        )  # fmt: skip
    columns = dict.fromkeys(name for record in records for name in record)
    records[0] = {**dict.fromkeys(columns, ""), **records[0]}
    return records
