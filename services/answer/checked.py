"""What the checks look at, and which of its words are the draft's own. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from schemas.drafts import Sentence, Source
from services.answer.draft import Draft, Question, Voice, place
from services.answer.words import Words
from services.kit.language import detect_language

_SPACE = re.compile(r"\s+")
_MARKS = (("„", "“"), ("“", "”"), ('"', '"'), ("»", "«"), ("«", "»"))

GAP = "„“"
"""Stands where words were that are not the draft's own."""


@dataclass(frozen=True)
class Checked:
    """Everything a check may look at."""

    draft: Draft
    question: Question
    sources: Mapping[int, Source]
    own_domains: Sequence[str]
    voice: Voice
    instructions: str
    """What the model was told in confidence; empty when no model wrote."""
    words: Words

    def cited(self, sentence: Sentence) -> list[Source]:
        """Return the passages that a sentence cites, each once."""
        ids = dict.fromkeys(citation.passage_id for citation in sentence.citations)
        return [self.sources[passage_id] for passage_id in ids if passage_id in self.sources]

    def own_words(self, sentence: Sentence) -> str:
        """Return a sentence without its marked, cited quotations and without the place's name.

        Those are the publication's words: they may hold an address or a call to write a letter.
        Words that merely agree with a citation, without quotation marks, are the draft's own.
        """
        text = folded(sentence.text)
        for citation in sentence.citations:
            for left, right in _MARKS:
                text = text.replace(f"{left}{folded(citation.quote)}{right}", GAP)
        for source in self.cited(sentence):
            text = text.replace(f"({place(source, self.question.frame)})", GAP)
        return text.strip()

    @cached_property
    def own_text(self) -> str:
        """All own words of the draft on one line, wide and stylised letters made plain."""
        text = " ".join(self.own_words(sentence) for sentence in self.draft.sentences)
        return unicodedata.normalize("NFKC", text)

    def in_answer_language(self, source: Source) -> bool:
        """True when a passage and the answer can be compared word by word."""
        return detect_language(source.text) == self.question.answer_language


def folded(text: str) -> str:
    """Return the text on one line with single spaces."""
    return _SPACE.sub(" ", text).strip()


def proof(source: Source) -> str:
    """Return everything a passage can prove words with: text, heading, title."""
    return f"{source.text} \n {source.heading or ''} \n {source.title}"
