"""Whether somebody says something that they have not said before in this thread. Pure."""

import re
from collections.abc import Mapping, Sequence

from services.route.turns import Turn

SAME_CLAIM: Mapping[str, float] = {"multilingual-e5-small": 0.915}
"""Cosine of two wordings of one claim, by vector space; elsewhere only the words are compared."""
SAME_FIGURE: Mapping[str, float] = {"multilingual-e5-small": 0.88}
"""The same for wordings that name the same telling figure."""
SAME_WORDS = 0.6
"""Share of common words that makes two comments the same in any space."""
MUCH_NEW = 6
"""New words that make a comment more than a repetition, if most of its words are new."""
MOSTLY = 0.7

CRITICISES = 0.15
"""Probability of criticism from which a comment is protected."""
SAYS_MUCH = 14
SAYS_SOMETHING = 8
"""Words of a comment without hostility that says something; a hostile one needs more."""
OWN_WORDS = 6
"""Words of a comment that speaks of oneself or names a figure."""
EXCLAIMS = 5
"""Words below which a comment must be likelier criticism than not to say something."""
TELLING = 4
"""Digits of a figure that stands for one matter."""


def says_something(turn: Turn, before: Sequence[Turn]) -> bool:
    """Tell whether a comment asks, criticises, or speaks at some length or of its own matter.

    Mere abuse does not, at any length; a figure that its author named before is no news.
    """
    if turn.mere_abuse:
        return False
    told = frozenset(figure for one in before for figure in one.figures)
    of_matter = turn.personal or bool(turn.figures - told)
    return (
        turn.asks
        or turn.criticises >= (0.5 if turn.length < EXCLAIMS else CRITICISES)
        or turn.length >= (SAYS_MUCH if turn.hostile else SAYS_SOMETHING)
        or (of_matter and turn.length >= OWN_WORDS)
    )


def is_same(one: Turn, other: Turn, space: str) -> bool:
    """Tell whether two comments say the same in other words.

    A telling figure in both - of four digits and more, and no year - is a strong sign of it.
    """
    union = one.words | other.words
    if union and len(one.words & other.words) / len(union) >= SAME_WORDS:
        return True
    telling = any(map(is_telling, one.figures & other.figures))
    least = (SAME_FIGURE if telling else SAME_CLAIM).get(space)
    if least is None or one.vector is None or other.vector is None:
        return False
    return float(one.vector @ other.vector) >= least


def is_telling(figure: str) -> bool:
    """Tell whether a figure stands for one matter: of four digits and more, and no year."""
    is_year = re.fullmatch(r"(?:19|20)\d\d", figure) is not None
    return sum(map(str.isdigit, figure)) >= TELLING and not is_year


def adds_words(turn: Turn, before: Sequence[Turn]) -> bool:
    """Tell whether most of a longer comment was not said by its author before."""
    said = frozenset(word for one in before for word in one.words)
    added = turn.words - said
    return len(added) >= MUCH_NEW and len(added) >= MOSTLY * len(turn.words)


def is_new(turn: Turn, before: Sequence[Turn], space: str) -> bool:
    """Tell whether somebody says what they have not said in this thread before."""
    return adds_words(turn, before) or not any(is_same(one, turn, space) for one in before)
