"""What a person changed in a draft, word by word. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

LONGEST = 4000
"""Words up to which two texts are compared; beyond it both are shown whole."""


@dataclass(frozen=True)
class Change:
    """A stretch of text that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


def changes(before: str, after: str) -> list[Change]:
    """Return the stretches that make one text into the other; joined by kind they give both."""
    old, new = _words(before), _words(after)
    if len(old) + len(new) > LONGEST:
        return [Change("gone", before), Change("new", after)]
    found: list[Change] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        gone, came = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if kind == "equal":
            found.append(Change("same", gone))
            continue
        if gone:
            found.append(Change("gone", gone))
        if came:
            found.append(Change("new", came))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)
