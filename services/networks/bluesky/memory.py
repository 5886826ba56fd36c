"""What a connection remembers between two batches: its cursor, without a word anybody said."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from services.networks.bluesky.records import Uri, parse_uri, time_of

log = logging.getLogger(__name__)

MOST_KNOWN = 1500
"""Comments whose deletion we notice; the oldest are forgotten first."""
MOST_GATES = 500
MOST_BLOCKS = 1000


class Known(NamedTuple):
    """A comment that was told."""

    root: str
    cid: str


class Gate(NamedTuple):
    """How a thread's gate stood when it was last seen."""

    closed: bool = False
    hidden: tuple[str, ...] = ()
    turn: int = 0
    """Counts the changes, from the seconds at which the first one was seen."""


class Visited(NamedTuple):
    """A thread that is polled; times in seconds since 1970."""

    due: float
    quiet: int
    """Visits in a row without news."""
    lively_at: float
    """When it was opened or last had news."""


class Memory(BaseModel):
    """Everything is dumped into the cursor after each step, so a restart goes on exactly there."""

    model_config = ConfigDict(extra="ignore")

    since: AwareDatetime
    """What is older was there before us and is not told."""
    forgotten: AwareDatetime | None = None
    """Comments up to here were told and are forgotten, as far as `known` does not name them."""
    host: str | None = None
    """Whose stream `seq` counts."""
    seq: int | None = None
    noted: AwareDatetime
    """Until when notifications were read."""
    known: dict[str, Known] = Field(default_factory=dict)
    gates: dict[str, Gate] = Field(default_factory=dict)
    blocks: dict[str, str] = Field(default_factory=dict)
    """Block records between us and others (or `did#view` where only the block itself is seen)."""
    threads: dict[str, Visited] = Field(default_factory=dict)

    @classmethod
    def resumed(cls, cursor: str | None, now: datetime, look_back: timedelta) -> Self:
        """Return what a cursor holds; without a readable one begin `look_back` before now."""
        if cursor is not None:
            try:
                return cls.model_validate_json(cursor)
            except ValidationError:
                log.warning("the cursor cannot be read, looking back %s", look_back)
        return cls(since=now - look_back, noted=now - look_back)

    def dump(self, now: datetime) -> str:
        """Return the cursor; the oldest memories beyond the limits are dropped."""
        for text in _beyond(self.known, MOST_KNOWN):
            del self.known[text]
            self._forget(parse_uri(text), now)
        for root in _beyond(self.gates, MOST_GATES):
            del self.gates[root]
        for record in _beyond(self.blocks, MOST_BLOCKS):
            del self.blocks[record]
        return self.model_dump_json(exclude_none=True)

    def is_old(self, uri: Uri, seen_at: datetime) -> bool:
        """Tell whether a comment was there before us, or was told and is forgotten."""
        floor = max(self.since, self.forgotten or self.since)
        return seen_at < floor and str(uri) not in self.known

    def _forget(self, uri: Uri | None, now: datetime) -> None:
        written_at = time_of(uri.rkey) if uri is not None else None
        if written_at is not None and written_at < now:
            self.forgotten = max(self.forgotten or written_at, written_at)

    def learn(self, uri: Uri, root: Uri, cid: str) -> Literal["new", "changed", "known"]:
        """Remember a comment in this revision; tell what that is to us."""
        before = self.known.pop(str(uri), None)
        self.known[str(uri)] = Known(str(root), cid)
        if before is None:
            return "new"
        return "known" if before.cid == cid else "changed"

    def knows_author(self, did: str) -> bool:
        return any(uri.startswith(f"at://{did}/") for uri in self.known)

    def blocked(self, did: str) -> bool:
        return did in self.blocks.values()

    def turn_gate(
        self, root: Uri, *, closed: bool, hidden: Sequence[str], now: datetime
    ) -> "Turned":
        """Remember how a gate stands now; return what changed."""
        before = self.gates.get(str(root), Gate())
        turned = Turned(
            turn=before.turn + 1 if before.turn else int(now.timestamp()),
            locked=None if closed == before.closed else closed,
            hidden=tuple(uri for uri in hidden if uri not in before.hidden),
            shown=tuple(uri for uri in before.hidden if uri not in hidden),
        )
        if turned.anything:
            self.gates.pop(str(root), None)
            self.gates[str(root)] = Gate(closed, tuple(hidden), turned.turn)
        return turned


class Turned(NamedTuple):
    """What a look at a gate brought."""

    turn: int
    locked: bool | None
    """Whether it closed or opened; None: as before."""
    hidden: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def anything(self) -> bool:
        return self.locked is not None or bool(self.hidden or self.shown)


def _beyond(kept: Mapping[str, object], most: int) -> list[str]:
    """Return the oldest names that are too many."""
    return list(kept)[: max(0, len(kept) - most)]
