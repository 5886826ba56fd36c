"""What a person's text still has of its draft's proofs, sentence by sentence. Pure.

It only tells; a person decides. The draft's own checks ran before anybody saw it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from schemas.drafts import Source
from services.kit.addresses import parts_of
from services.review.evidence import Cited

ALIKE = 0.5
"""Likeness of two sentences' words from which on a sentence is a changed one of the draft's."""
QUOTED_WORDS = 4
MOST = 60
"""Sentences that are looked at."""

_ENDS = re.compile(r"(?<=[.!?…])[\s]+|\n+")
_FIGURES = re.compile(r"\d+(?:[.,:]\d+)*")
_LINKS = re.compile(r"https?://[^\s)>\]]+")
_MARKED = re.compile('[„“"»«]([^„“”"»«]+)[“”"«»]')

State = Literal["proved", "changed", "own"]
Doubt = Literal["figure", "quotation", "link"]


@dataclass(frozen=True)
class Judged:
    """A sentence as it stands now: unchanged, changed, or the person's own."""

    text: str
    state: State
    numbers: tuple[int, ...]
    """Sources of the draft's sentence that it is, or was made from."""
    doubt: Doubt | None = None
    detail: str = ""


def recheck(
    text: str, cited: Sequence[Cited], sources: Sequence[Source], own_domains: Sequence[str]
) -> list[Judged]:
    """Return the text's sentences, with what no source shows any more."""
    proofs = [_folded(f"{source.title} {source.text}") for source in sources]
    sentences = [one.strip() for one in _ENDS.split(text) if one.strip()][:MOST]
    return [_judge(one, cited, proofs, own_domains) for one in sentences]


def _judge(
    sentence: str, cited: Sequence[Cited], proofs: Sequence[str], own_domains: Sequence[str]
) -> Judged:
    same = next((one for one in cited if _folded(one.sentence.text) == _folded(sentence)), None)
    if same is not None:
        return Judged(sentence, "proved" if same.numbers else "own", tuple(same.numbers))
    near = max(cited, key=lambda one: _likeness(one, sentence), default=None)
    changed = near is not None and _likeness(near, sentence) >= ALIKE
    doubt, detail = _doubt(sentence, proofs, own_domains)
    numbers = tuple(near.numbers) if near is not None and changed else ()
    return Judged(sentence, "changed" if numbers else "own", numbers, doubt, detail)


def _doubt(
    sentence: str, proofs: Sequence[str], own_domains: Sequence[str]
) -> tuple[Doubt | None, str]:
    for link in _LINKS.findall(sentence):
        host = parts_of(link).hostname or ""
        if not any(host == one or host.endswith(f".{one}") for one in own_domains):
            return "link", link
    for marked in _MARKED.findall(sentence):
        words = _folded(marked).strip(" .,;:!?…")
        if len(words.split()) >= QUOTED_WORDS and not any(words in proof for proof in proofs):
            return "quotation", marked
    for figure in _FIGURES.findall(_LINKS.sub("", sentence)):
        alone = re.compile(rf"(?<![\d.,:]){re.escape(figure)}(?![\d]|[.,:]\d)")
        if not any(alone.search(proof) for proof in proofs):
            return "figure", figure
    return None, ""


def _likeness(one: Cited, sentence: str) -> float:
    return SequenceMatcher(
        None, _folded(one.sentence.text).split(), _folded(sentence).split(), autojunk=False
    ).ratio()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
