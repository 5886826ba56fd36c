"""Whose fault a failure is decides what happens to the message: wait, or count."""

import nats.errors
import nats.js.errors
import psycopg
import psycopg_pool

from services.kit.embed.embedder import EmbeddingError


class TryLater(Exception):
    """Nothing is wrong with the message; it is to be delivered again after `delay` seconds."""

    def __init__(self, message: str, *, delay: float) -> None:
        super().__init__(message)
        self.delay = delay


class Hopeless(Exception):
    """No later try can succeed; the message goes to the dead letters at once."""


class PublishFailed(Exception):
    """The bus did not acknowledge a message in time; publishing it again is harmless."""


class TooLargeToPublish(PublishFailed):
    """The bus takes no message of this size, now or later."""


INFRASTRUCTURE: tuple[type[Exception], ...] = (
    TryLater,
    PublishFailed,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
    nats.errors.Error,
    nats.js.errors.Error,
    ConnectionError,
)


TOO_LARGE = (psycopg.errors.ProgramLimitExceeded, TooLargeToPublish)
"""The infrastructure's by descent, but no later try makes the message smaller."""


def is_infrastructure(error: BaseException) -> bool:
    """True when a server, not the message, failed: such tries never count to the dead letter."""
    if isinstance(error, EmbeddingError):
        return error.temporary
    return isinstance(error, INFRASTRUCTURE) and not isinstance(error, TOO_LARGE)
