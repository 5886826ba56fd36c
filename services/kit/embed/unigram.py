"""The tokenizer of the default engine: XLM-R's pieces in a dictionary instead of a tree of objects.

It gives what the tokenizer of `tokenizer_file` gives, in a sixth of its memory: every process that
embeds holds all 250,000 pieces. Segmentation after Kudo, "Subword Regularization" (2018): the
pieces of the greatest joint probability.
"""

import re
import unicodedata
from array import array
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import numpy as np

from services.kit.embed.weights import BrokenWeightsError, Vocabulary

_SPACE: Final = "\u2581"
_SEPARATOR: Final = "\n"
_UNKNOWN_PENALTY: Final = 10.0
"""How much less probable than the least probable piece an unknown character is, as log."""
_REMEMBERED: Final = 8192
"""Words whose pieces are remembered: most words of a text are among the common ones."""
_SPACES: Final = re.compile(" {2,}")
_WORD: Final = re.compile(f"{_SPACE}[^{_SPACE}]*")


class Unigram:
    """Turns texts into piece ids; single words are remembered, texts never."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._ids = {piece: number for number, piece in enumerate(vocabulary.pieces)}
        self._scores = array("d", vocabulary.scores.astype(float))
        self._longest = max(map(len, vocabulary.pieces))
        self._unknown = vocabulary.unk
        self._unknown_score = min(self._scores) - _UNKNOWN_PENALTY
        self._bos, self._eos = vocabulary.bos, vocabulary.eos
        self._characters = str.maketrans(gaps(vocabulary.character_map))
        self._pieces_of = lru_cache(_REMEMBERED)(self._segment)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save_vocabulary` wrote; raises OSError, ValueError or KeyError on damage."""
        with np.load(path) as stored:
            bos, eos, pad, unk = map(int, stored["markers"])
            pieces = bytes(stored["pieces"]).decode().split(_SEPARATOR)
            gaps_ = dict(zip(bytes(stored["gaps"]).decode(), stored["spaces"], strict=True))
            characters = {one: " " if is_space else "" for one, is_space in gaps_.items()}
            return cls(Vocabulary(tuple(pieces), stored["scores"], bos, eos, pad, unk, characters))

    def encode(self, text: str, limit: int) -> list[int]:
        """Return the ids of a text between `<s>` and `</s>`, at most `limit` with both."""
        plain = unicodedata.normalize("NFKC", text.translate(self._characters))
        marked = _SPACE + _SPACES.sub(" ", plain).replace(" ", _SPACE).removeprefix(_SPACE)
        ids = [self._bos]
        for word in _WORD.findall(marked):
            ids += self._pieces_of(word)
            if len(ids) >= limit:
                break
        return [*ids[: limit - 1], self._eos]

    def _segment(self, word: str) -> tuple[int, ...]:
        """Return the pieces of the best path through a word (Viterbi)."""
        ids, scores, size = self._ids, self._scores, len(word)
        best = [-np.inf] * (size + 1)
        best[0] = 0.0
        piece, begin = [self._unknown] * (size + 1), [0] * (size + 1)
        for start in range(size):
            here = best[start]
            for end in range(start + 1, min(size, start + self._longest) + 1):
                found = ids.get(word[start:end])
                if found is not None:
                    score = here + scores[found]
                elif end == start + 1:
                    found, score = self._unknown, here + self._unknown_score
                else:
                    continue
                if score > best[end]:
                    best[end], piece[end], begin[end] = score, found, start
        return self._backwards(word, piece, begin)

    def _backwards(self, word: str, piece: list[int], begin: list[int]) -> tuple[int, ...]:
        """Follow the path from its end; unknown characters in a row are one piece."""
        found: list[int] = []
        end = len(word)
        while end > 0:
            start = begin[end]
            if piece[end] == self._unknown:
                while start > 0 and piece[start] == self._unknown:
                    start = begin[start]
                found.append(self._ids.get(word[start:end], self._unknown))
            else:
                found.append(piece[end])
            end = start
        return tuple(reversed(found))


def save_vocabulary(vocabulary: Vocabulary, path: Path) -> None:
    """Write what `Unigram.load` reads; raises BrokenWeightsError for pieces with line breaks."""
    joined = _SEPARATOR.join(vocabulary.pieces)
    if joined.count(_SEPARATOR) != len(vocabulary.pieces) - 1:
        raise BrokenWeightsError("a piece of the vocabulary contains a line break")
    characters = gaps(vocabulary.character_map)
    np.savez(
        path,
        pieces=np.frombuffer(joined.encode(), np.uint8),
        scores=vocabulary.scores,
        markers=np.array([vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk]),
        gaps=np.frombuffer("".join(characters).encode(), np.uint8),
        spaces=np.array([target == " " for target in characters.values()]),
    )


def gaps(character_map: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the character map that is not NFKC: what is dropped or turns to space."""
    return {source: target for source, target in character_map.items() if target in ("", " ")}
