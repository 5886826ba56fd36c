"""One normal form of text, so that the same words are the same characters everywhere."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\uffff]"
)
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_SPACES = re.compile(r"\s+")
_SPACES_IN_LINE = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r" ?\n\s*")


def clean_line(text: str) -> str:
    """`text` as one line: NFC, single plain spaces, no ligatures, nothing invisible."""
    return _SPACES.sub(" ", _visible(text)).strip()


def clean_lines(text: str) -> str:
    """Like clean_line, but line ends stay, as a newline each, and blank lines go."""
    lines = _LINE_ENDS.sub("\n", _visible(text))
    return _BLANK_LINES.sub("\n", _SPACES_IN_LINE.sub(" ", lines)).strip()


def _visible(text: str) -> str:
    """`text` composed and without controls, lone surrogates, soft hyphens and direction marks."""
    visible = _INVISIBLE.sub("", text).translate(_LIGATURES)
    return unicodedata.normalize("NFC", visible)
