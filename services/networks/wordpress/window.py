"""What we know of a site's newest comments: with it a later look tells what changed. Pure.

WordPress keeps no trace of an edit and calls nobody, so each look compares all that is in the
window with what was known. The window is the cursor: it survives a restart as JSON.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from services.networks.wordpress.said import SaidComment

State = Literal["shown", "hidden", "gone"]
ThreadState = Literal["open", "closed", "gone"]
Happened = Literal["received", "returned", "edited", "hidden", "unhidden", "deleted"]


class Known(NamedTuple):
    """A comment as we last told of it."""

    revision: str
    said_at: int
    post: int
    state: State


class Thread(NamedTuple):
    """A post as we last saw it; `route` is where it is asked for, "" where it cannot be."""

    route: str
    state: ThreadState


class Change(NamedTuple):
    """What happened to a comment; `said` is how it stands now, None when it vanished."""

    happened: Happened
    number: int
    known: Known
    said: SaidComment | None


@dataclass(frozen=True)
class Window:
    """All comments later than `floor` (seconds since 1970) that we know, by number."""

    floor: int
    known: Mapping[int, Known] = field(default_factory=dict)
    threads: Mapping[int, Thread] = field(default_factory=dict)

    @classmethod
    def first(cls, now: datetime, look_back: timedelta) -> "Window":
        return cls(int((now - look_back).timestamp()))

    @classmethod
    def loads(cls, cursor: str) -> "Window":
        """Read a cursor; raises ValueError for one that is not ours."""
        try:
            return _ADAPTER.validate_json(cursor)
        except ValidationError as error:
            raise ValueError("the cursor is not one of a WordPress site") from error

    def dumps(self) -> str:
        return _ADAPTER.dump_json(self).decode()

    def state_of(self, post: int) -> ThreadState:
        """Return how a thread stood; one that is not known counts as open."""
        return self.threads[post].state if post in self.threads else "open"

    def after(self, changes: Sequence[Change]) -> "Window":
        """Return the window in which these changes are known."""
        known = dict(self.known) | {change.number: change.known for change in changes}
        return replace(self, known=known)

    def trimmed(self, now: datetime, age: timedelta, comments: int) -> "Window":
        """Return the window without what is too old or too much; threads go with their comments."""
        floor = max(self.floor, int((now - age).timestamp()))
        by_age = sorted((known.said_at for known in self.known.values()), reverse=True)
        if len(by_age) > comments:
            floor = max(floor, by_age[comments])
        kept = {number: known for number, known in self.known.items() if known.said_at > floor}
        posts = {known.post for known in kept.values()}
        threads = {post: thread for post, thread in self.threads.items() if post in posts}
        return Window(floor, kept, threads)

    def missing(self, listed: Collection[int], bottom: int) -> list[int]:
        """Return what a list of all approved comments later than `bottom` should name but does not.

        A comment that we know as hidden is missing wherever it stands.
        """
        return [
            number
            for number, known in self.known.items()
            if number not in listed
            and (known.state == "hidden" or (known.state == "shown" and known.said_at > bottom))
        ]


_ADAPTER = TypeAdapter(Window)


def compare(
    window: Window, seen: Mapping[int, SaidComment], vanished: Collection[int]
) -> list[Change]:
    """Return what happened between the window and what is seen now, the oldest comment first."""
    changes: list[Change] = []
    for number, said in sorted(seen.items(), key=lambda item: (item[1].said_at, item[0])):
        known = window.known.get(number)
        changes += _news(said) if known is None else _differences(said, known)
    for number in sorted(vanished):
        gone = window.known[number]._replace(state="gone")
        changes.append(Change("deleted", number, gone, None))
    return changes


def _news(said: SaidComment) -> list[Change]:
    """A comment that waits for approval is not public yet; what was thrown away is not news."""
    if said.status == "approved":
        return [Change("received", said.id, _as_now(said, "shown"), said)]
    if said.status == "trash":
        return [Change("deleted", said.id, _as_now(said, "gone"), said)]
    return []


def _differences(said: SaidComment, known: Known) -> list[Change]:
    if said.status == "approved":
        shown = _as_now(said, "shown")
        if known.state == "gone":
            return [Change("returned", said.id, shown, said)]
        changes: list[Change] = []
        if known.state == "hidden":
            changes.append(Change("unhidden", said.id, shown, said))
        if known.revision != shown.revision:
            changes.append(Change("edited", said.id, shown, said))
        return changes
    if said.status == "hold":
        hidden = known._replace(state="hidden")
        return [Change("hidden", said.id, hidden, said)] if known.state == "shown" else []
    gone = known._replace(state="gone")
    return [Change("deleted", said.id, gone, said)] if known.state != "gone" else []


def _as_now(said: SaidComment, state: State) -> Known:
    return Known(said.revision, said.said_at, said.post, state)
