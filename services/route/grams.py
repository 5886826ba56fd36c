"""A text as hashed counts of its word and letter sequences: no vocabulary, no state.

Feature hashing after Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
2009.
"""

import re
import unicodedata
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BITS = 18
BUCKETS = 1 << BITS
SHORTEST, LONGEST = 2, 6
"""Lengths of the letter sequences; they never cross the border of a word."""
READ = 4000
"""Characters of a text that are counted."""

_URL = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
_MENTION = re.compile(r"@[\w.-]+|\[@\w+\]")
_DIGITS = re.compile(r"\d+")
_REPEATED = re.compile(r"(.)\1{3,}")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Counts:
    """Bucket numbers, each once and ascending, and how often they were hit."""

    buckets: NDArray[np.int32]
    counts: NDArray[np.float32]


@dataclass(frozen=True)
class Grams:
    """The two lexical views of a text."""

    words: Counts
    """Words and pairs of neighbouring words; signs count as words."""
    letters: Counts


def plain(text: str) -> str:
    """Return the text as it is counted: NFKC, small letters, links, names and figures masked."""
    shown = unicodedata.normalize("NFKC", text[:READ]).casefold()
    shown = _MENTION.sub(" @ ", _URL.sub(" http ", shown))
    return _REPEATED.sub(r"\1\1\1", _DIGITS.sub("0", shown))


def count_grams(text: str) -> Grams:
    """Return both views of a text; linear in its length."""
    shown = plain(text)
    return Grams(_counted(_word_hashes(shown)), _counted(_letter_hashes(shown)))


def _word_hashes(shown: str) -> Hashes:
    tokens = _TOKEN.findall(shown)
    single = np.array([crc32(token.encode("utf-8", "replace")) for token in tokens], np.uint64)
    single = single * _PRIME + np.uint64(1)
    return np.concatenate([single, single[:-1] * _SECOND + single[1:]])


def _letter_hashes(shown: str) -> Hashes:
    padded = f" {' '.join(shown.split())} "
    codes = np.frombuffer(padded.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    spaces = np.concatenate([[0], np.cumsum(codes == ord(" "))])
    found: list[Hashes] = []
    for length in range(SHORTEST, LONGEST + 1):
        starts = len(codes) - length + 1
        if starts <= 0:
            break
        hashes = np.full(starts, length, np.uint64)
        for offset in range(length):
            hashes = hashes * _PRIME + codes[offset : offset + starts]
        within = spaces[length - 1 : length - 1 + starts] == spaces[1 : 1 + starts]
        found.append(hashes[within])
    return np.concatenate(found) if found else np.empty(0, np.uint64)


def _counted(hashes: Hashes) -> Counts:
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _SECOND
    buckets, counts = np.unique(mixed >> np.uint64(64 - BITS), return_counts=True)
    return Counts(buckets.astype(np.int32), counts.astype(np.float32))
