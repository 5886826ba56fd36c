"""What a person could count in a comment by hand: signs, words of a kind, length."""

import re
import tomllib
from collections import Counter
from functools import lru_cache
from importlib.resources import files
from math import log1p

import numpy as np
from numpy.typing import NDArray

READ = 4000
"""Characters of a text that are looked at."""

_WORD = re.compile(r"\w+")
_URL = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
_EMOJI = re.compile("[\U0001f300-\U0001faff☀-➿]")
_GLAD = re.compile(
    "[\U0001f600-\U0001f60d\U0001f618\U0001f917\U0001f929\U0001f970\u2764\u2665\U0001f493-\U0001f49f"
    "\U0001f44d\U0001f44f\U0001f389\U0001f64f\U0001f4aa\U0001f525]|[:;]-?[)D]|<3"
)
_GRIM = re.compile(
    "[\U0001f620-\U0001f624\U0001f92c\U0001f92e\U0001f922\U0001f44e\U0001f4a9\U0001f595\U0001f644]"
    "|:-?[(/]"
)
_LAUGHING = re.compile("[\U0001f602\U0001f923\U0001f605\U0001f606]")
_SIGNS = {
    "question_marks": re.compile(r"\?"),
    "questions_doubled": re.compile(r"\?[?!]"),
    "exclamation_marks": re.compile("!"),
    "exclamations_doubled": re.compile(r"!!"),
    "dots": re.compile(r"\.\.|…"),
    "quotes": re.compile('["„“”»«]'),
    "commas": re.compile(","),
    "colons": re.compile("[:;]"),
    "brackets": re.compile(r"[()]"),
    "figures": re.compile(r"\d+"),
    "percent": re.compile(r"%|€|\$"),
    "mentions": re.compile("@"),
    "hashtags": re.compile(r"#\w"),
    "stretched": re.compile(r"(\w)\1\1"),
    "markup": re.compile(r"[<>{}\[\]=]"),
}
_PLACES = ("opens_asking", "opens_with_verb", "ends_asking", "ends_exclaiming", "opens_to_somebody")
_OPENS_ASKING = re.compile(
    r"^\W*(?:wer|wen|wem|was|wann|wo|woher|wohin|wie|wieso|weshalb|warum|welche\w?|who|what|when"
    r"|where|why|which|how)\b", re.IGNORECASE,
)  # fmt: skip
_OPENS_WITH_VERB = re.compile(
    r"^\W*(?:ist|sind|war|wird|werden|wurde|hat|habt|haben|kann|können|könnt|könnte\w?|darf|dürfen"
    r"|muss|müssen|soll|sollen|gibt|gilt|gelten|bekommt|braucht|zahlt|stimmt|is|are|do|does|did"
    r"|can|could|will|would|should|has|have)\b", re.IGNORECASE,
)  # fmt: skip
_MEASURES = (
    "characters", "words", "long_words", "word_length", "different_words", "shouted_words",
    "capitals", "sentence_length", "links", "emoji", "glad_emoji", "grim_emoji", "laughing_emoji",
    "first_letter_small",
)  # fmt: skip


class Cues:
    """The word lists of `cues.toml` as patterns; `read` turns a text into figures."""

    def __init__(self, lists: dict[str, list[str]]) -> None:
        self._words = {
            name: re.compile("|".join(one for one in words if " " not in one))
            for name, words in lists.items()
        }
        self._phrases = {
            name: re.compile(rf"(?<!\w)(?:{'|'.join(one for one in words if ' ' in one)})(?!\w)")
            for name, words in lists.items()
            if any(" " in one for one in words)
        }
        self.names = (*lists, *_SIGNS, *_PLACES, *_MEASURES)
        self._lists_with = lru_cache(1 << 15)(self._find_lists)

    def read(self, text: str) -> NDArray[np.float32]:
        """Return one figure for each name, between 0 and about 5; linear in the text's length."""
        seen = text[:READ]
        bare = _URL.sub(" ", seen)
        words = _WORD.findall(bare)
        count = max(len(words), 1)
        small = bare.casefold()
        found = Counter(name for word in words for name in self._lists_with(word.casefold()))
        for name, phrases in self._phrases.items():
            found[name] += len(phrases.findall(small))
        lists = [log1p(20 * found[name] / (count + 5)) for name in self._words]
        signs = [log1p(len(p.findall(bare))) for p in _SIGNS.values()]
        places = [
            bool(_OPENS_ASKING.match(bare)), bool(_OPENS_WITH_VERB.match(bare)),
            bare.rstrip(" \"'”“»)").endswith("?"), bare.rstrip().endswith("!"),
            bare.lstrip().startswith("@"),
        ]  # fmt: skip
        letters = sum(map(str.isalpha, bare))
        ends = len(re.findall(r"[.!?…]+(?:\s|$)", bare))
        measures = [
            log1p(len(bare)), log1p(len(words)), sum(len(w) > 6 for w in words) / count,
            sum(map(len, words)) / count / 5, len({w.casefold() for w in words}) / count,
            log1p(sum(len(w) > 2 and w.isupper() for w in words)),
            sum(map(str.isupper, bare)) / max(letters, 1), log1p(count / max(ends, 1)),
            log1p(len(_URL.findall(seen))), *(
                log1p(len(p.findall(bare))) for p in (_EMOJI, _GLAD, _GRIM, _LAUGHING)
            ),
            bool(words) and words[0][0].islower(),
        ]  # fmt: skip
        return np.array([*lists, *signs, *places, *measures], np.float32)

    def _find_lists(self, word: str) -> tuple[str, ...]:
        return tuple(name for name, words in self._words.items() if words.fullmatch(word))


def read_cues() -> Cues:
    """Load the word lists that ship with the service."""
    text = files(__package__).joinpath("cues.toml").read_text(encoding="utf-8")
    return Cues(tomllib.loads(text))
