"""Places in long lists as words of an address: a next page starts behind a row, not at a number."""

import re
from datetime import UTC, datetime, timedelta

from services.store.dead_letters import DeadLetter
from services.store.desk import Position, QueueRow
from services.store.finding import Place

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_cursor(row: QueueRow, *, decided: bool) -> str:
    """Return a row's place among the open or the decided items."""
    rank = "u" if row.lane == "urgent" else "n"
    return f"{rank}{_micros(row.changed_at if decided else row.opened_at)}-{row.comment_key}"


def from_cursor(cursor: str) -> Position | None:
    """Read what `to_cursor` wrote, None for anything else."""
    found = re.fullmatch(r"([un])([0-9]{1,16})-([0-9a-f]{32})", cursor)
    return Position(found[1] == "n", _moment(found[2]), found[3]) if found else None


def to_place(place: Place) -> str:
    """Return a place among what a search finds."""
    return f"{_micros(place.at)}-{place.comment_key}"


def from_place(cursor: str) -> Place | None:
    """Read what `to_place` wrote, None for anything else."""
    found = re.fullmatch(r"([0-9]{1,16})-([0-9a-f]{32})", cursor)
    return Place(_moment(found[1]), found[2]) if found else None


def to_letter(letter: DeadLetter) -> str:
    """Return a dead letter's place among those that wait."""
    return f"{_micros(letter.failed_at)}-{letter.dead_id}"


def from_letter(cursor: str) -> tuple[datetime, str] | None:
    """Read what `to_letter` wrote, None for anything else."""
    found = re.fullmatch(r"([0-9]{1,16})-([^\x00]+)", cursor)
    return (_moment(found[1]), found[2]) if found else None


def _micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _moment(micros: str) -> datetime:
    return EPOCH + int(micros) * MICROSECOND
