"""What a visit finds against what the one before found: news, edits, hiding, what is missing.

For platforms that tell too little of their own accord. Nothing here asks a network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from services.networks.network import Unreadable

LETTERS_KNOWN = 10_000


class Remembered(NamedTuple):
    """What is kept of a comment between visits; its words are not."""

    revision: str
    hidden: bool
    created: int
    """Seconds since 1970."""


class Visit(BaseModel):
    """The cursor of a connection that visits; kept as JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: AwareDatetime
    """What was said earlier than this does not concern us."""
    at: AwareDatetime
    """When the last visit took place."""
    whole_at: AwareDatetime | None = None
    """When a visit last read what a quick one leaves out."""
    threads: Mapping[str, Mapping[str, Remembered]] = {}

    @classmethod
    def resumed(cls, cursor: str | None, now: datetime, look_back: timedelta) -> Self:
        """Return the visit a cursor stands for; without a readable one begin before now."""
        try:
            return cls.model_validate_json(cursor or "")
        except ValidationError:
            return cls(since=now - look_back, at=now)

    def floor(self, recheck: timedelta) -> datetime:
        """Return from when on comments are looked at: an outage lengthens the stretch."""
        return max(self.since, self.at - recheck)

    def remembers(self, thread: str, native_id: str) -> Remembered | None:
        return self.threads.get(thread, {}).get(native_id)

    def place_of(self, native_id: str) -> str | None:
        """Return the thread in which a comment is remembered."""
        return next((key for key, known in self.threads.items() if native_id in known), None)


@dataclass(frozen=True)
class Found:
    """A comment as it stood when it was visited."""

    thread: str
    native_id: str
    revision: str
    hidden: bool
    created_at: datetime


@dataclass(frozen=True)
class Difference:
    """Native ids by what became of them, in the order in which they were found."""

    new: tuple[str, ...]
    edited: tuple[str, ...]
    hidden: tuple[str, ...]
    shown: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    """Thread and comment that were not found where they stood: ask for each before saying so."""


def difference(
    before: Visit, found: Sequence[Found], read_down_to: Mapping[str, datetime]
) -> Difference:
    """Compare; `read_down_to` names the threads that were read, each whole from that moment on."""
    seen = [(one, before.remembers(one.thread, one.native_id)) for one in found]
    there = {one.native_id for one in found}
    missing = [
        (thread, native_id)
        for thread, whole_from in read_down_to.items()
        for native_id, one in before.threads.get(thread, {}).items()
        if native_id not in there and one.created >= whole_from.timestamp()
    ]
    return Difference(
        new=tuple(one.native_id for one, was in seen if was is None),
        edited=tuple(one.native_id for one, was in seen if was and was.revision != one.revision),
        hidden=tuple(one.native_id for one, was in seen if one.hidden and not (was and was.hidden)),
        shown=tuple(one.native_id for one, was in seen if was and was.hidden and not one.hidden),
        missing=tuple(missing),
    )


def following(
    before: Visit,
    found: Sequence[Found],
    *,
    forgotten: frozenset[str],
    at: datetime,
    recheck: timedelta,
) -> Visit:
    """Return the visit after this one: what was found is remembered, what is too old is not.

    `forgotten` are comments and whole threads that are gone.
    """
    threads: dict[str, dict[str, Remembered]] = {
        thread: dict(known) for thread, known in before.threads.items() if thread not in forgotten
    }
    for one in found:
        created = int(one.created_at.timestamp())
        thread = threads.setdefault(one.thread, {})
        thread[one.native_id] = Remembered(one.revision, one.hidden, created)
    after = before.model_copy(update={"at": at})
    oldest = after.floor(recheck).timestamp()
    kept = {
        thread: {
            native_id: one
            for native_id, one in known.items()
            if native_id not in forgotten and one.created >= oldest
        }
        for thread, known in threads.items()
    }
    return after.model_copy(update={"threads": {k: v for k, v in kept.items() if v}})


class Letters:
    """Lets each unreadable thing through once a process, not at every visit that meets it."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def new(self, unreadable: Sequence[Unreadable]) -> list[Unreadable]:
        fresh = [letter for letter in unreadable if letter.raw not in self._known]
        if len(self._known) + len(fresh) > LETTERS_KNOWN:
            self._known.clear()
        self._known |= {letter.raw for letter in fresh}
        return fresh
