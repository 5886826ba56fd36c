"""What a service and the process beside it say to each other: a message to handle, how it went."""

from base64 import b64encode
from typing import Literal, Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import Base64Bytes, BaseModel, ConfigDict

from services.kit.faults import (
    UNREADABLE,
    FailedAlone,
    TryLater,
    describe,
    is_between_releases,
    is_infrastructure,
    retry_delay,
)

LONGEST_LINE = 32 * 1024**2
"""Bytes; the bus takes messages of up to 8 MB, and base64 makes them longer."""
STUCK = 70
"""Exit code of a process in which a handler came to no end."""
LEFT = 75
"""Exit code of a process beside that cannot go on for reasons of its own."""


class Order(BaseModel):
    """One message as it was delivered."""

    model_config = ConfigDict(frozen=True)

    consumer: str
    subject: str
    reply: str
    body: Base64Bytes
    headers: dict[str, str]

    @classmethod
    def of(cls, raw: Msg) -> Self:
        """Return a delivered message as an order."""
        return cls(
            consumer=raw.metadata.consumer, subject=raw.subject, reply=raw.reply,
            body=b64encode(raw.data), headers=dict(raw.headers or {}),
        )  # fmt: skip

    def delivered(self, client: Client) -> Msg:
        """Return the message as nats-py hands it over."""
        return Msg(client, self.subject, self.reply, self.body, dict(self.headers))


class Word(BaseModel):
    """One line of the process beside."""

    model_config = ConfigDict(frozen=True)

    outcome: Literal["ready", "begun", "done", "infrastructure", "release", "final", "own"]
    told: str = ""
    """What failed."""
    delay: float | None = None
    """Seconds after which the handler asks for the message again."""

    @classmethod
    def on(cls, error: Exception) -> Self:
        """Return what is to be said about a failed handler."""
        if is_infrastructure(error):
            delay = error.delay if isinstance(error, TryLater) else None
            return cls(outcome="infrastructure", told=describe(error), delay=delay)
        if is_between_releases(error):
            return cls(outcome="release", told=describe(error))
        final = isinstance(error, UNREADABLE)
        return cls(outcome="final" if final else "own", told=describe(error))

    def failure(self, attempt: int) -> TryLater | FailedAlone | None:
        """Return the failure this tells of, None when the handler did its work."""
        if self.outcome == "infrastructure":
            delay = retry_delay(attempt) if self.delay is None else self.delay
            return TryLater(self.told, delay=delay)
        if self.outcome in ("release", "final", "own"):
            return FailedAlone(
                self.told, final=self.outcome == "final",
                between_releases=self.outcome == "release",
            )  # fmt: skip
        return None
