"""Which posts tell of one event, whose it is, and how long a word about it is in time. Pure."""

import re
from collections.abc import Mapping
from datetime import timedelta

from services.outreach.radar.recognise import Found, Verdict

WINDOWS: Mapping[Verdict, timedelta] = {
    "trouble": timedelta(days=5), "mixed": timedelta(days=4), "success": timedelta(days=3),
    "unsure": timedelta(days=2),
}  # fmt: skip
"""Age of a post at which it is too late for a word about it."""
_FAMILIES = (
    (
        "harm",
        (
            "attack",
            "fire",
            "vandalism",
            "threat",
            "hate",
            "burglary",
            "memory",
            "disaster",
            "accident",
        ),
    ),
    ("means", ("cut", "closing", "jobs", "status")),
    ("law", ("lawsuit", "raid", "defeat")),
    ("honour", ("award", "nomination")),
    ("result", ("court", "saved", "law", "win", "funding", "milestone")),
    ("beginning", ("opening", "start")),
)
_FAMILY = {kind: family for family, kinds in _FAMILIES for kind in kinds}
_LEGAL = re.compile(r"\b(?:e\.? ?v\.?|g?gmbh|ggmbh|ag|ltd|cic|stiftung bürgerlichen rechts)(?!\w)")


def family_of(found: Found) -> str:
    """Return what makes two posts about one partner tell of the same event."""
    return _FAMILY.get(found.kind, found.kind or "unclear")


def folded(name: str) -> str:
    """Return a name as it is compared: without case, punctuation and legal form."""
    low = _LEGAL.sub(" ", name.casefold())
    return " ".join(re.findall(r"\w+", low))
