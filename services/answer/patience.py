"""Wait until a person has said it all: a burst costs one draft. Pure."""

from datetime import datetime, timedelta

from schemas.comments import OfComment
from services.kit.faults import TryLater
from services.store.drafts import CommentToAnswer

SORTED_WITHIN = timedelta(seconds=30)
"""Time after its own sorting that a comment waits for its neighbours' sorting."""
LOOK_AGAIN = 2.0
"""Seconds between two looks."""


def wait_for_the_rest(
    event: OfComment, comment: CommentToAnswer, patience: timedelta, now: datetime
) -> None:
    """Raise TryLater while what belongs to the comment may still be on its way.

    `patience` is the age that a comment has to reach: people correct themselves within a minute. A
    network whose clock is ahead of ours makes no comment younger than its sorting.
    """
    if comment.awaits_sorting and now - event.happened_at < SORTED_WITHIN:
        raise TryLater("more of the same person is being sorted", delay=LOOK_AGAIN)
    left = min(comment.said_at, event.happened_at) + patience - now
    if left > timedelta():
        raise TryLater("the comment is young", delay=left.total_seconds())
