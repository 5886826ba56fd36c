"""Number the sources of a draft and mark what it quotes of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.drafts import Sentence, Source


@dataclass(frozen=True)
class Part:
    """A piece of a passage, quoted by the draft or not."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Proof:
    """A passage under the number by which the sentences cite it."""

    number: int
    source: Source
    parts: list[Part]


@dataclass(frozen=True)
class Cited:
    """A sentence with the numbers of its passages."""

    sentence: Sentence
    numbers: list[int]


@dataclass(frozen=True)
class Evidence:
    """A draft's sentences, the passages that prove them, and the passages left over."""

    sentences: list[Cited]
    proofs: list[Proof]
    unused: list[Source]


def gather(sentences: Sequence[Sentence], sources: Sequence[Source]) -> Evidence:
    """Number passages in the order in which they are first cited; unknown ones have no number."""
    known = {source.passage_id: source for source in sources}
    numbers: dict[int, int] = {}
    quotes: dict[int, list[str]] = {}
    cited: list[Cited] = []
    for sentence in sentences:
        own: list[int] = []
        for citation in sentence.citations:
            if citation.passage_id not in known:
                continue
            number = numbers.setdefault(citation.passage_id, len(numbers) + 1)
            quotes.setdefault(citation.passage_id, []).append(citation.quote)
            if number not in own:
                own.append(number)
        cited.append(Cited(sentence, own))
    proofs = [
        Proof(number, known[passage_id], mark(known[passage_id].text, quotes[passage_id]))
        for passage_id, number in numbers.items()
    ]
    unused = [source for source in sources if source.passage_id not in numbers]
    return Evidence(cited, proofs, unused)


def mark(text: str, quotes: Iterable[str]) -> list[Part]:
    """Split a passage at its quoted stretches; line breaks inside a quote do not matter."""
    stretches = sorted(
        found.span()
        for quote in quotes
        if quote.strip()
        and (found := re.search(r"\s+".join(map(re.escape, quote.split())), text)) is not None
    )
    parts: list[Part] = []
    position = 0
    for start, end in stretches:
        if start > position:
            parts.append(Part(text[position:start], quoted=False))
        if end > position:
            parts.append(Part(text[max(start, position) : end], quoted=True))
            position = end
    if position < len(text):
        parts.append(Part(text[position:], quoted=False))
    return parts
