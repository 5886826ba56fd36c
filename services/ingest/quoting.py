"""Does what we said hold words of theirs? Pure; when in doubt it does."""

import re
from collections.abc import Iterable, Sequence

IN_A_ROW = 3
"""Words of theirs in a row that make a quotation."""
TELLING = 5
"""Letters of a single word from which on it may be theirs."""
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Return the words of a text in their order, small."""
    return _WORD.findall(text.casefold())


def quotes(ours: str, theirs: Iterable[str], names: Iterable[str]) -> bool:
    """True when our text holds a name of theirs, or words of theirs in a row."""
    said = words(ours)
    called = {part for name in names for part in words(name) if len(part) > 1}
    if called & set(said):
        return True
    runs = _runs(said)
    return any(runs & _runs(words(text)) for text in theirs)


def shared_words(ours: str, theirs: Iterable[str]) -> set[str]:
    """Return single words of theirs in our text that may tell something, numbers among them."""
    said = set(words(ours))
    return {
        word
        for text in theirs
        for word in words(text)
        if word in said and (len(word) >= TELLING or any(sign.isdigit() for sign in word))
    }


def _runs(said: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(said[at : at + IN_A_ROW]) for at in range(len(said) - IN_A_ROW + 1)}
