"""The one place where whatever a foreign parser throws at a hostile file becomes a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.index.read.unreadable import Reason, Unreadable


@contextmanager
def parser_border() -> Iterator[None]:
    """Wrap calls of a parsing library, and none of our own logic, so that our faults surface."""
    try:
        yield
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable(Reason.TOO_LARGE) from error
    except Exception as error:  # parsers of damaged files fail with any exception there is
        raise Unreadable(Reason.DAMAGED) from error
