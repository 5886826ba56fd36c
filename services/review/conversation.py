"""Put the comments of a thread in the order in which people read them."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.store.desk_item import ThreadComment

DEEPEST = 6
"""Levels that are indented; deeper ones stand at this level."""


@dataclass(frozen=True)
class Placed:
    """A comment and how deep it stands below the post."""

    comment: ThreadComment
    depth: int
    parent_missing: bool
    """It answers a comment that is not shown."""


def arrange(comments: Sequence[ThreadComment], root_id: str | None = None) -> list[Placed]:
    """Return the comments with each answer below what it answers, every one exactly once.

    Missing parents and parents in a circle, which a network may claim, lose nothing.
    """
    present = {comment.native_id for comment in comments if comment.native_id}
    below: dict[str | None, list[ThreadComment]] = {}
    for comment in comments:
        parent = comment.parent_id if comment.parent_id in present else None
        below.setdefault(parent, []).append(comment)
    placed: list[Placed] = []
    seen: set[str] = set()

    def walk(starts: Sequence[ThreadComment]) -> None:
        waiting = [(comment, 0) for comment in reversed(starts)]
        while waiting:
            comment, depth = waiting.pop()
            if comment.comment_key in seen:
                continue
            seen.add(comment.comment_key)
            missing = comment.parent_id not in present and comment.parent_id not in (None, root_id)
            placed.append(Placed(comment, min(depth, DEEPEST), missing))
            if comment.native_id:
                answers = below.get(comment.native_id, [])
                waiting.extend((answer, depth + 1) for answer in reversed(answers))

    walk(below.get(None, []))
    for comment in comments:
        walk([comment])
    return placed
