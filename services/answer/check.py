"""Checks before a person sees a draft: an ordered list, each with a reason. A failed one ends it.

The drafting model may have been talked into anything by a comment; these checks hold without it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from schemas.comments import Reason
from schemas.drafts import Sentence, Source
from services.answer.draft import Draft, Question

_SPACE = re.compile(r"\s+")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"“”„)]+", re.IGNORECASE)
_BARE_DOMAIN = re.compile(
    r"(?<![\w@.])(?:[a-z0-9-]+\.)+(?:[a-z]{2,24})(?=[/\s,;:!?)]|\.?$)", re.IGNORECASE
)
_E_MAIL = re.compile(r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+\.[\w.]+", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?:\+\d{2}|\b0\d)[\d /()-]{6,}\d")
_DEFLECTION = re.compile(
    r"\b(?:wenden sie sich|wende dich|wendet euch|kontaktieren sie|kontaktiere uns|melden sie sich"
    r" bei|schreiben sie (?:uns|eine e-?mail)|rufen sie|per e-?mail an|kontaktformular|"
    r"please contact|contact us|get in touch|reach out to|send us an e-?mail|call us)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Checked:
    """Everything a check may look at."""

    draft: Draft
    question: Question
    sources: Mapping[int, Source]
    own_domains: Sequence[str]


Check = Callable[[Checked], str | None]
"""Returns the words that are wrong (maybe none to name), None when nothing is wrong."""


def every_fact_is_cited(checked: Checked) -> str | None:
    for sentence in checked.draft.sentences:
        if sentence.kind == "fact" and not sentence.citations:
            return sentence.text
    if not any(sentence.kind == "fact" for sentence in checked.draft.sentences):
        return ""
    return None


def quotations_are_verbatim(checked: Checked) -> str | None:
    for sentence in checked.draft.sentences:
        for citation in sentence.citations:
            source = checked.sources.get(citation.passage_id)
            quoted = _folded(citation.quote)
            if source is None or len(quoted) < 8 or quoted not in _folded(source.text):
                return citation.quote
    return None


def figures_are_proved(checked: Checked) -> str | None:
    for sentence in checked.draft.sentences:
        proof = " ".join(
            source.text + " " + (source.heading or "") + " " + source.title
            for citation in sentence.citations
            if (source := checked.sources.get(citation.passage_id))
        )
        places = " ".join(
            str(source.page_from)
            for citation in sentence.citations
            if (source := checked.sources.get(citation.passage_id)) and source.page_from
        )
        known = set(_FIGURE.findall(proof)) | set(places.split())
        for figure in _FIGURE.findall(sentence.text):
            if figure not in known:
                return figure
    return None


def answers_in_place(checked: Checked) -> str | None:
    for pattern in (_DEFLECTION, _E_MAIL, _TELEPHONE):
        if found := pattern.search(_own_words(checked.draft.sentences)):
            return found.group()
    return None


def links_are_ours(checked: Checked) -> str | None:
    text = checked.draft.text
    allowed = {domain.lower() for domain in checked.own_domains}
    for source in checked.sources.values():
        if source.url:
            allowed.add((urlsplit(source.url).hostname or "").lower())
    for found in (*_LINK.finditer(text), *_BARE_DOMAIN.finditer(text)):
        link = found[0] if "://" in found[0] else f"https://{found[0]}"
        host = (urlsplit(link).hostname or "").lower()
        if not any(host == domain or host.endswith(f".{domain}") for domain in allowed if domain):
            return found[0]
    return None


def fits_the_place(checked: Checked) -> str | None:
    length = len(checked.draft.text)
    if length > checked.question.limit:
        return f"{length} > {checked.question.limit}"
    return None


CHECKS: tuple[Check, ...] = (
    every_fact_is_cited,
    quotations_are_verbatim,
    figures_are_proved,
    answers_in_place,
    links_are_ours,
    fits_the_place,
)


def first_fault(checked: Checked) -> Reason | None:
    """Return the first failing check and the words it fails on, None when all pass."""
    for check in CHECKS:
        if (detail := check(checked)) is not None:
            return Reason(rule=check.__name__, detail=detail[:300])
    return None


def _folded(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _own_words(sentences: Sequence[Sentence]) -> str:
    """The draft without its word-for-word quotations: those may name an address."""
    parts = []
    for sentence in sentences:
        text = _folded(sentence.text)
        for citation in sentence.citations:
            text = text.replace(_folded(citation.quote), " ")
        parts.append(text)
    return " ".join(parts)
