"""Notes on messages that came back: which process began one, and how often it died of it alone.

A note is written before a message is handled that was delivered before, and closed when its
handler returns, however it returns. One that stays open says that a process was ended, or hangs,
while it was at that message.
"""

from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

from nats.aio.msg import Msg
from nats.js.errors import NotFoundError
from nats.js.manager import JetStreamManager
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.streams import TRIES

NO_MESSAGE = 10037
"""The server's code for a subject under which nothing stands."""


class Try(BaseModel):
    """The latest try at a message."""

    model_config = ConfigDict(frozen=True)

    process: str
    """The process that began it."""
    first_at: AwareDatetime
    """When the first try began that a note was written about."""
    over: bool = False
    deaths: int = Field(default=0, ge=0)
    """How many processes it has ended in which nothing else was handled."""
    how: str = ""
    """How the latest of them ended."""
    failures: int = Field(default=0, ge=0)
    """How often its handler failed at it by the message's own fault, in whichever process."""

    @classmethod
    def begun(cls, process: str, before: Self | None) -> Self:
        """Return the note of a try that begins now, after the one before."""
        if before is None:
            return cls(process=process, first_at=datetime.now(UTC))
        return before.model_copy(update={"process": process, "over": False})

    @property
    def ended(self) -> Self:
        """The same try, which has come to an end."""
        return self.model_copy(update={"over": True})

    def deadly(self, how: str) -> Self:
        """Return the same try, which has ended a process that did nothing else."""
        return self.model_copy(update={"deaths": self.deaths + 1, "how": how})

    @property
    def failed(self) -> Self:
        """The same try, which has come to an end by the message's own fault."""
        return self.ended.model_copy(update={"failures": self.failures + 1})

    def leaves_open(self, process: str) -> bool:
        """True when another process began this try and nobody knows how it went."""
        return not self.over and self.process != process


def subject_of(raw: Msg) -> str:
    """Return where the notes on a message stand."""
    at = raw.metadata
    return f"{TRIES.name}.{at.consumer}.{at.sequence.stream}"


async def require_notes(jetstream: JetStreamManager) -> None:
    """Raise NotFoundError when there is no stream for notes."""
    await _last(jetstream, f"{TRIES.name}.none.0")


async def latest_try(jetstream: JetStreamManager, raw: Msg) -> Try | None:
    """Return the note on a message; None when there is none."""
    stored = await _last(jetstream, subject_of(raw))
    return None if stored is None else Try.model_validate_json(stored)


async def _last(jetstream: JetStreamManager, subject: str) -> bytes | None:
    try:
        stored = await jetstream.get_last_msg(TRIES.name, subject)
    except NotFoundError as error:
        if error.err_code != NO_MESSAGE:
            raise
        return None
    return stored.data or b""


def note_id() -> str:
    """Return an id under which the stream takes one more note."""
    return uuid4().hex
