"""Whether a thread has turned into a quarrel: insults, or two accounts that only answer each other.

Pure; deliberately easily alarmed: a missed opportunity costs nothing, a reply into a quarrel does.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.networks.lookout import Remark
from services.outreach.words import pattern

HOSTILE_SHARE = 0.15
HOSTILE_AT_LEAST = 2
PING_PONG = 6
"""Remarks in a row by the same two accounts that are a debate of theirs."""
ONE_VOICE = 0.5
"""Share of one account in a thread of at least TALK remarks that makes it that account's debate."""
TALK = 8
SHOUTED = 12
"""Letters, all capitals, from which on a remark shouts."""


@dataclass(frozen=True)
class Mood:
    """How people talk under a post; counts only."""

    remarks: int
    hostile: int
    quarrel: bool


def mood(remarks: Sequence[Remark]) -> Mood:
    """Judge what others said, oldest first."""
    others = [one for one in remarks if not one.is_self]
    hostile = sum(1 for one in others if is_hostile(one.text))
    heated = hostile >= HOSTILE_AT_LEAST and hostile >= HOSTILE_SHARE * len(others)
    quarrel = heated or _is_a_debate([one.author_id for one in others])
    return Mood(len(others), hostile, quarrel)


def is_hostile(text: str) -> bool:
    """True when a remark insults or shouts."""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) >= SHOUTED and all(letter.isupper() for letter in letters):
        return True
    return pattern("quarrel").search(text.casefold()) is not None


def _is_a_debate(authors: Sequence[str]) -> bool:
    if len(authors) >= TALK and max(Counter(authors).values()) > ONE_VOICE * len(authors):
        return True
    windows = (authors[start : start + PING_PONG] for start in range(len(authors) - PING_PONG + 1))
    return any(
        len(set(window)) == 2 and all(a != b for a, b in pairwise(window)) for window in windows
    )
