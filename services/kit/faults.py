"""Whose fault a failure is decides what happens to the message: wait, or count."""

import json
import random

import nats.errors
import nats.js.errors
import psycopg
import psycopg_pool
from pydantic import ValidationError

from services.kit.embed.errors import EmbeddingError

FIRST_DELAY, LONGEST_DELAY = 0.5, 60.0


class TryLater(Exception):
    """Nothing is wrong with the message; it is to be delivered again after `delay` seconds."""

    def __init__(self, message: str, *, delay: float) -> None:
        super().__init__(message)
        self.delay = delay


class Hopeless(Exception):
    """No later try can succeed; the message goes to the dead letters at once."""


class FailedAlone(Exception):
    """A handler failed in the process beside, by the message's own fault; says with what."""

    def __init__(self, told: str, *, final: bool, between_releases: bool = False) -> None:
        super().__init__(told)
        self.final = final
        self.between_releases = between_releases


class PublishFailed(Exception):
    """The bus did not acknowledge a message in time; publishing it again is harmless."""


class TooLargeToPublish(PublishFailed):
    """The bus takes no message of this size, now or later."""


UNREADABLE = (ValidationError, json.JSONDecodeError, UnicodeDecodeError, Hopeless)
"""Failures that no later try can change."""

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


def is_final(error: Exception) -> bool:
    """True when no later try can succeed."""
    return error.final if isinstance(error, FailedAlone) else isinstance(error, UNREADABLE)


def retry_delay(attempt: int) -> float:
    """Seconds to wait after an attempt (1 = the first): doubling, with jitter, at most 60."""
    ceiling = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(attempt - 1, 10))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


def describe(error: Exception) -> str:
    """One line without line breaks: a header value, at most 500 characters."""
    if isinstance(error, FailedAlone):
        return str(error)
    if isinstance(error, ValidationError):
        return f"invalid message: {faulty_fields(error)}"[:500]
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


def faulty_fields(error: ValidationError) -> str:
    """Name the fields and what is wrong with them, never their values: somebody's words."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    )


UPGRADE_PATIENCE = 3600.0
"""Seconds that a message waits for the rest of an upgrade before it is a dead letter."""
OTHER_TABLES = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.FeatureNotSupported,
)
"""What Postgres says to a program of another release; the last one: a prepared statement's rows
have another form now, which is over with the next try."""


def is_between_releases(error: Exception) -> bool:
    """True when the message, the tables and this process seem to belong to different releases.

    A word of a closed list that this release does not know was said by a newer one; a right that
    is lacking is granted a moment after the migration. Somebody else or a later try can handle it.
    """
    if isinstance(error, FailedAlone):
        return error.between_releases
    if isinstance(error, ValidationError):
        return all(fault["type"] == "literal_error" for fault in error.errors(include_url=False))
    return isinstance(error, OTHER_TABLES)
