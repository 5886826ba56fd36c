"""Records as lines of CSV or JSON, for spreadsheets and for machines. Pure."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from services.kit.pseudonym import team_pseudonym
from services.store.exports import Format
from services.store.mutes import SYSTEM
from services.store.records import Record

COLUMNS = (
    "number", "decision_id", "action", "decided_at", "person", "network", "page_name",
    "thread_key", "comment_key", "revision", "comment_url", "comment_text", "lane", "kind",
    "sorted_by", "relaned_to", "stance", "wording", "reason", "text", "edited", "draft_id",
    "draft_text", "draft_kind", "engine", "prompt", "tokens_in", "tokens_out", "cost",
    "drafted_at", "sources", "delivery", "code", "reply_url", "delivered_at", "seconds",
    "first_person", "first_decided_at", "seconded_by",
)  # fmt: skip
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""

Person = Callable[[str, str | None], str]
"""From account and name to how somebody appears."""


def called(key: bytes, *, named: bool) -> Person:
    """Return how people appear: by pseudonym, or by name where that was chosen."""

    def person(account_id: str, name: str | None) -> str:
        if account_id == SYSTEM:
            return SYSTEM
        return (name if named else None) or team_pseudonym(key, account_id)

    return person


def fields_of(record: Record, person: Person) -> dict[str, Any]:
    """Return what is exported of a record; accounts of the desk only as `person` calls them."""
    own = {"account_id", "name", "first_account_id", "first_name"}
    values = record.model_dump(mode="json", exclude=own)
    values |= {"person": person(record.account_id, record.name), "edited": record.edited}
    first = record.first_account_id
    values["first_person"] = person(first, record.first_name) if first else None
    cited = set(record.cited or [])
    values["sources"] = [
        {**source.model_dump(mode="json"), "cited": source.passage_id in cited}
        for source in record.sources or []
    ]
    return values


def json_line(values: Mapping[str, Any]) -> str:
    """Return a record as one line of JSON."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def csv_head() -> str:
    return BYTE_ORDER_MARK + _row(list(COLUMNS))


def csv_line(values: Mapping[str, Any]) -> str:
    """Return a record as one line of CSV; sources in words, each with its edition."""
    shown = {**values, "sources": "; ".join(_in_words(one) for one in values["sources"])}
    return _row([harmless(shown[column]) for column in COLUMNS])


def line_of(form: Format) -> Callable[[Mapping[str, Any]], str]:
    return csv_line if form == "csv" else json_line


def harmless(value: object) -> str:
    """Return a cell that no spreadsheet computes: what begins like a formula gets an apostrophe."""
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, str) and text.lstrip(" \xa0\u200b\ufeff").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    ):
        return f"'{text}"
    return text


def _in_words(source: Mapping[str, Any]) -> str:
    page = f", p. {source['page_from']}" if source["page_from"] else ""
    unused = "" if source["cited"] else ", not cited"
    return f"{source['title']} (edition {source['edition']}{page}{unused})"


def _row(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
