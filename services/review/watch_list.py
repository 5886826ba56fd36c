"""A list of pages to watch, as people keep it in a spreadsheet: it fits as a whole or not at all.

Columns: name, network, address, relation and, optional, topics (separated by `;`, `|` or `,`).
The first line names them, in English or German; any order, comma, semicolon or tab between them.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.kit.pseudonym import short_key
from services.networks.targets import UnfitTarget, read_target
from services.store.watches import Foreign, NewWatch

MOST_LINES = 2000
MOST_TOPICS = 12
LONGEST_TOPIC = 60
LONGEST_NAME = 300

ListCode = Literal[
    "not_text", "no_columns", "no_lines", "too_many", "name", "relation", "topics", "twice",
    "network", "empty", "long", "hashtag", "search", "handle", "channel", "feed",
]  # fmt: skip

_COLUMNS: Mapping[str, str] = {
    "name": "name", "network": "network", "netzwerk": "network", "address": "address",
    "adresse": "address", "relation": "relation", "beziehung": "relation", "topics": "topics",
    "themen": "topics",
}  # fmt: skip
NEEDED = ("name", "network", "address", "relation")
RELATIONS: Mapping[str, Foreign] = {
    "partner": "partner", "partnerin": "partner", "news": "news", "media": "news",
    "medien": "news", "medium": "news", "presse": "news", "decision_maker": "decision_maker",
    "decision maker": "decision_maker", "politik": "decision_maker",
    "entscheidung": "decision_maker",
}  # fmt: skip


@dataclass(frozen=True)
class LineFault:
    """What is wrong with one line; `detail` is what stands there."""

    line: int
    """As a spreadsheet counts: the line of column names is the first. 0: the file as a whole."""
    code: ListCode
    detail: str = ""


class UnfitEntry(ValueError):
    """One entry that cannot be watched."""

    def __init__(self, code: ListCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def read_entry(name: str, network: str, address: str, relation: str, topics: str) -> NewWatch:
    """Return a watch as a person wrote it; raises UnfitEntry."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise UnfitEntry("name", name[:100])
    known = RELATIONS.get(" ".join(relation.split()).lower())
    if known is None:
        raise UnfitEntry("relation", relation.strip()[:100])
    try:
        target = read_target(network, address)
    except UnfitTarget as error:
        raise UnfitEntry(error.code, error.written) from error
    return NewWatch(
        watch_id=short_key("watch", target.network, target.kind, target.address),
        network=target.network,
        kind=target.kind,
        address=target.address,
        name=name,
        relation=known,
        topics=read_topics(topics),
        host=target.host,
    )


def read_topics(written: str) -> tuple[str, ...]:
    """Return topics, each once; raises UnfitEntry."""
    for sign in ";|\n":
        written = written.replace(sign, ",")
    pieces = (" ".join(one.split()) for one in written.split(","))
    topics = tuple(dict.fromkeys(piece for piece in pieces if piece))
    if len(topics) > MOST_TOPICS or any(len(topic) > LONGEST_TOPIC for topic in topics):
        raise UnfitEntry("topics", written[:100])
    return topics


def read_list(content: bytes) -> tuple[list[NewWatch], list[LineFault]]:
    """Return all entries of a file, or what is wrong with which line; never both."""
    text = _decoded(content)
    if text is None or "\x00" in text:
        return [], [LineFault(0, "not_text")]
    try:
        lines = [(number, row) for number, row in _rows(text) if any(cell.strip() for cell in row)]
    except csv.Error:  # a quotation mark that is never closed swallows the rest
        return [], [LineFault(0, "not_text")]
    if not lines:
        return [], [LineFault(0, "no_lines")]
    columns = [_COLUMNS.get(cell.strip().lower(), "") for cell in lines[0][1]]
    if missing := [name for name in NEEDED if name not in columns]:
        return [], [LineFault(lines[0][0], "no_columns", ", ".join(missing))]
    if len(lines) == 1:
        return [], [LineFault(0, "no_lines")]
    if len(lines) - 1 > MOST_LINES:
        return [], [LineFault(0, "too_many", str(MOST_LINES))]
    return _read_lines(columns, lines[1:])


def _read_lines(
    columns: Sequence[str], lines: Sequence[tuple[int, list[str]]]
) -> tuple[list[NewWatch], list[LineFault]]:
    entries: dict[str, NewWatch] = {}
    first_line: dict[str, int] = {}
    faults: list[LineFault] = []
    for number, row in lines:
        cells = dict.fromkeys((*NEEDED, "topics"), "") | {
            column: cell for column, cell in zip(columns, row, strict=False) if column
        }
        try:
            entry = read_entry(**cells)
        except UnfitEntry as error:
            faults.append(LineFault(number, error.code, error.detail))
            continue
        if entry.watch_id in entries:
            faults.append(LineFault(number, "twice", str(first_line[entry.watch_id])))
            continue
        entries[entry.watch_id], first_line[entry.watch_id] = entry, number
    return ([], faults) if faults else (list(entries.values()), [])


def _decoded(content: bytes) -> str | None:
    """Spreadsheets write UTF-8 with a mark, or what Windows wrote long ago."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _rows(text: str) -> list[tuple[int, list[str]]]:
    head = text.split("\n", 1)[0]
    sign = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    return [(reader.line_num, row) for row in reader]
