"""What was seen of an account's behaviour in a thread, as sentences."""

from collections.abc import Mapping, Sequence
from datetime import date

from schemas.comments import Reason

PARTS: Mapping[str, Sequence[str]] = {
    "answers_without_new_question": ("count", "day"),
    "repeats_answered_claim": ("count",),
    "insults": ("count", "of"),
    "insults_others": ("count",),
    "demands_proof_again": ("count",),
    "writes_hastily": ("count", "minutes"),
    "share_of_our_answers": ("count", "of"),
    "nobody_else_takes_part": ("count",),
}
"""What the figures in a reason's detail are, by rule."""


def figures_of(reason: Reason) -> dict[str, str | date] | None:
    """Return a reason's figures by name, None when it is not about behaviour."""
    names = PARTS.get(reason.rule)
    given = reason.detail.split("|")
    if names is None or len(given) != len(names):
        return None
    return {
        name: date.fromisoformat(figure) if name == "day" else figure
        for name, figure in zip(names, given, strict=True)
    }
