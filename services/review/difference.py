"""What a person changed in a text, word by word. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST = 4000
"""Words and signs beyond which two texts are only shown one after the other."""


@dataclass(frozen=True)
class Stretch:
    """Words that stayed, went or came."""

    text: str
    fate: Literal["kept", "gone", "new"]


def difference(before: str, after: str) -> list[Stretch]:
    """Return the text as it became, with what went and what came in its place."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > LONGEST:
        return [Stretch(before, "gone"), Stretch(after, "new")]
    stretches: list[Stretch] = []
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            stretches.append(Stretch("".join(new[k:m]), "kept"))
            continue
        if j > i:
            stretches.append(Stretch("".join(old[i:j]), "gone"))
        if m > k:
            stretches.append(Stretch("".join(new[k:m]), "new"))
    return stretches
