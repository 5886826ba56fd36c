"""Makes any text harmless for a tokenizer and equal for equal-looking input."""

import re
import unicodedata
from typing import Final

MAX_CHARACTERS: Final = 4096
"""More than 512 tokens of written language; the worst case of NFKC is quadratic in length."""

# Surrogates and control characters stand where a reader sees a gap.
_GAPS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Bidi overrides, zero-width characters, soft hyphens and tags are invisible inside words.
_INVISIBLE: Final = re.compile(
    r"[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
# Spelled in a comment, the tokenizer's own markers would act instead of being read.
_MARKERS: Final = re.compile(r"<(?:/?s|pad|unk|mask)>")
_SPACE: Final = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return at most 4,096 characters of NFKC text on one line, without anything invisible."""
    gapless = _INVISIBLE.sub("", _GAPS.sub(" ", text[:MAX_CHARACTERS]))
    normal = unicodedata.normalize("NFKC", gapless)[:MAX_CHARACTERS]
    return _SPACE.sub(" ", _MARKERS.sub(" ", normal)).strip()
