"""A post cut into sentences, each with what matters for whose event it tells of. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.sentences import split_sentences
from services.outreach.radar.lexicon import Lexicon

_QUOTED = re.compile(
    r"„[^“”„]{1,300}[“”]|“[^“”]{1,300}”|»[^«»]{1,300}«|«[^«»]{1,300}»|\"[^\"]{1,300}\""
)
_TAGS = re.compile(r"(?<!\w)[#@][\w.@-]+|https?://\S+")
_LINE = re.compile(r"\n+|\b\d/\d\b|[🧵👇]")
_CLAUSE = re.compile(r"[,;:–—]|\s-\s|\b(?:und|aber|sondern|doch|and|but|yet)\b", re.IGNORECASE)
REVERSED = " REVERSED "


@dataclass(frozen=True)
class Sentence:
    """A sentence without quotations, names of accounts and addresses."""

    text: str
    ours: bool
    """The page speaks of itself in it."""
    hypothetical: bool
    foreign: bool
    """It tells of what happened to somebody else."""


def plain(text: str) -> str:
    """Return the text without what others said, who is named by a handle, and addresses."""
    return _TAGS.sub(" ", _QUOTED.sub(" … ", text))


def sentences(
    text: str, lexicon: Lexicon, names: Sequence[str], *, first_person: bool
) -> list[Sentence]:
    """Return the sentences of a text; `first_person`: "we" is the one whom it is about."""
    marked = lexicon.markers
    found = []
    for line in _LINE.split(plain(text)):
        for span in split_sentences(line):
            said = _told(line[span.start : span.end], lexicon)
            own_name = is_named(said, names)
            found.append(
                Sentence(
                    text=said,
                    ours=own_name or (first_person and marked["us"].search(said) is not None),
                    hypothetical=marked["hypothesis"].search(said) is not None,
                    foreign=_is_foreign(said, lexicon, own_name=own_name),
                )
            )
    return found


def is_named(text: str, names: Sequence[str]) -> bool:
    """True when one of the names stands in the text."""
    low = text.casefold()
    return any(name.casefold() in low for name in names if name)


def is_negated(sentence: str, start: int, end: int, lexicon: Lexicon) -> bool:
    """True when the clause around these characters says that it is not so."""
    borders = [0, *(one.end() for one in _CLAUSE.finditer(sentence)), len(sentence)]
    left = max(one for one in borders if one <= start)
    right = min(one for one in borders if one >= end)
    negation = lexicon.markers["negation"]
    return any(negation.search(part) for part in (sentence[left:start], sentence[end:right]))


def _told(said: str, lexicon: Lexicon) -> str:
    """Return the sentence with harm that was averted named as such, so that it counts as luck."""
    for name in ("reversal", "reversal_of_ours"):
        said = lexicon.markers[name].sub(REVERSED, said)
    return said


def _is_foreign(said: str, lexicon: Lexicon, *, own_name: bool) -> bool:
    marked = lexicon.markers
    if marked["their_own"].search(said) or marked["with_others"].search(said):
        return True
    if marked["greeting_others"].search(said) and not marked["our_own_people"].search(said):
        return True
    return not own_name and marked["foreign_target"].search(said) is not None
