"""Character n-grams: the lexical view that finds parts of German compounds without a dictionary.

Character 5-grams beat stemming on German retrieval; see McNamee and Mayfield, "Character N-Gram
Tokenization for European Language Text Retrieval", Information Retrieval 7 (2004).
"""

import re
import unicodedata

LENGTH = 5

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the words in order, case-folded; accents' encoding and ß/ss do not matter."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def word_grams(word: str) -> list[str]:
    """Return the 5-grams of a word from `words`, padded with `_` at its ends.

    A word of up to three letters is one gram.
    """
    padded = f"_{word}_"
    return [padded[i : i + LENGTH] for i in range(max(1, len(padded) - LENGTH + 1))]


def character_grams(text: str) -> list[str]:
    """Return the 5-grams of every word in order of appearance."""
    return [gram for word in words(text) for gram in word_grams(word)]
