"""What was told so far, as the cursor keeps it: enough to notice edits and deletions. Pure."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from services.networks.mastodon.entities import Status
from services.networks.mastodon.mapping import revision_of

WATCHED = timedelta(hours=48)
"""How long after its last comment a thread is looked at again."""
MOST_TOLD = 3000
"""Comments remembered at once, about 80 bytes each; the quietest threads are forgotten first."""


class Thread(BaseModel):
    """A thread under watch."""

    model_config = ConfigDict(extra="ignore")

    by: str
    """Account that opened it."""
    active: AwareDatetime
    told: dict[str, tuple[str, str]] = Field(default_factory=dict)
    """Revision and author of each public comment that was told, by its id."""


class Memory(BaseModel):
    """Changes as we listen; `dump` is the cursor."""

    model_config = ConfigDict(extra="ignore")

    since: AwareDatetime
    """Nothing older is told, however it is found."""
    notification: str | None = None
    """The newest notification that was read."""
    pages: dict[str, str] = Field(default_factory=dict)
    """Newest post read of each watched account."""
    threads: dict[str, Thread] = Field(default_factory=dict)

    _roots: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(cls, cursor: str | None, *, since: datetime) -> "Memory":
        """Return the memory in a cursor, an empty one for none; raises ValueError."""
        if cursor is None:
            return cls(since=since)
        try:
            return cls.model_validate_json(cursor)
        except ValidationError as error:
            raise ValueError("this is no cursor of a Mastodon connection") from error

    def model_post_init(self, _context: Any, /) -> None:
        for root_id, thread in self.threads.items():
            self._roots |= dict.fromkeys(thread.told, root_id)

    def dump(self) -> str:
        return self.model_dump_json()

    def root_of(self, status_id: str | None) -> str | None:
        """Return the thread in which a status stands, None when it is unknown."""
        if status_id is None:
            return None
        return status_id if status_id in self.threads else self._roots.get(status_id)

    def told(self, status_id: str) -> str | None:
        """Return the revision in which a comment was told, None when it was not."""
        root_id = self._roots.get(status_id)
        thread = self.threads.get(root_id) if root_id is not None else None
        return thread.told[status_id][0] if thread else None

    def open(self, root_id: str, by: str, at: datetime) -> Thread:
        """Return the thread, under watch from now on."""
        thread = self.threads.setdefault(root_id, Thread(by=by, active=at))
        thread.active = max(thread.active, at)
        return thread

    def note(self, root_id: str, status: Status) -> None:
        """Remember that a comment was told as it stands."""
        thread = self.threads[root_id]
        thread.told[status.id] = (revision_of(status), status.account.id)
        thread.active = max(thread.active, status.created_at, status.edited_at or self.since)
        self._roots[status.id] = root_id

    def forget(self, root_id: str, status_id: str) -> None:
        """Forget one comment."""
        self.threads[root_id].told.pop(status_id, None)
        self._roots.pop(status_id, None)

    def close(self, root_id: str) -> None:
        """Forget a thread."""
        for status_id in self.threads.pop(root_id).told:
            self._roots.pop(status_id, None)

    def tidy(self, now: datetime) -> None:
        """Forget threads that fell silent, and the quietest when there are too many."""
        for root_id in [r for r, t in self.threads.items() if now - t.active > WATCHED]:
            self.close(root_id)
        while len(self._roots) > MOST_TOLD and len(self.threads) > 1:
            self.close(min(self.threads, key=lambda root_id: self.threads[root_id].active))
