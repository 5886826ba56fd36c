"""Checks before a person sees a draft: an ordered list, each with a reason. A failed one ends it.

The drafting model may have been talked into anything by a comment; these checks hold without it.
"""

import re
from collections.abc import Callable

from schemas.comments import Reason
from schemas.drafts import Sentence, Source
from services.answer.characters import (
    foreign_word,
    mixed_word,
    strange_character,
    without_invisible,
)
from services.answer.check_contact import answers_in_place, names_are_known
from services.answer.check_figures import figures_are_proved, figures_belong_to_it
from services.answer.check_injection import (
    adds_nothing_of_its_own,
    asks_for_nothing_private,
    decides_nothing,
    insults_nobody,
    keeps_rates_and_spans,
    speaks_of_no_machine,
    writes_plainly,
)
from services.answer.check_links import links_are_ours
from services.answer.check_manner import (
    addresses_as_we_do,
    keeps_its_tone,
    promises_nothing,
    says_it_once,
    stands_by_what_we_said,
)
from services.answer.check_sense import bounds_are_kept, negations_are_kept
from services.answer.check_words import (
    courtesies_state_nothing,
    facts_keep_to_their_passage,
    leaves_sources_to_us,
    reveals_no_instructions,
    speaks_the_language,
)
from services.answer.checked import Checked, folded, proof
from services.networks.length import fits, measure

SHORTEST_QUOTE = 8
"""Characters from which on a quotation proves something."""
QUOTED_WORDS = 4
"""From so many words on, what stands in quotation marks claims to be a quotation, no name."""
LATIN = ("de", "en", "fr", "tr", "pl", "es", "it")

_MARKED = re.compile('[„“"»«‚‘‹›]([^„“”"»«‚‘’‹›]+)[“”"«»‘’‹›]')

Check = Callable[[Checked], str | None]
"""Returns the words that are wrong (maybe none to name), None when nothing is wrong."""


def says_something(checked: Checked) -> str | None:
    """There is at least one fact."""
    return None if any(one.kind == "fact" for one in checked.draft.sentences) else ""


def fits_the_place(checked: Checked) -> str | None:
    """The network takes a reply of this length."""
    place, text = checked.question.place, checked.draft.text
    if fits(text, place):
        return None
    return f"{measure(text, place)} > {place.max_length}"


def every_character_is_plain(checked: Checked) -> str | None:
    """A reader sees every character, and sees it as what it is."""
    known = " ".join(proof(source) for source in checked.sources.values())
    for sentence in checked.draft.sentences:
        own = checked.own_words(sentence)
        if strange := strange_character(own) or mixed_word(own):
            return strange
        word = foreign_word(own) if checked.question.answer_language in LATIN else None
        if word and word not in known:
            return word
    return None


def every_fact_is_cited(checked: Checked) -> str | None:
    """Each fact has a proof."""
    for sentence in checked.draft.sentences:
        if sentence.kind == "fact" and not (sentence.citations and sentence.text.strip()):
            return sentence.text
    return None


def citations_exist(checked: Checked) -> str | None:
    """Each citation is of a passage that was shown."""
    for sentence in checked.draft.sentences:
        for citation in sentence.citations:
            if citation.passage_id not in checked.sources:
                return f"[{abs(citation.passage_id)}] {citation.quote}"
    return None


def quotations_are_verbatim(checked: Checked) -> str | None:
    """Each citation's quotation, and what the text puts in quotation marks, stands in a passage."""
    for sentence in checked.draft.sentences:
        for citation in sentence.citations:
            if not _is_quoted_from(checked.sources[citation.passage_id], citation.quote):
                return citation.quote
        if (marked := _invented(sentence, checked)) is not None:
            return marked
    return None


CHECKS: tuple[Check, ...] = (
    says_something,
    fits_the_place,
    every_character_is_plain,
    every_fact_is_cited,
    citations_exist,
    quotations_are_verbatim,
    courtesies_state_nothing,
    answers_in_place,
    links_are_ours,
    names_are_known,
    figures_are_proved,
    figures_belong_to_it,
    bounds_are_kept,
    negations_are_kept,
    leaves_sources_to_us,
    reveals_no_instructions,
    speaks_the_language,
    facts_keep_to_their_passage,
    addresses_as_we_do,
    keeps_its_tone,
    promises_nothing,
    stands_by_what_we_said,
    says_it_once,
    speaks_of_no_machine,
    asks_for_nothing_private,
    insults_nobody,
    decides_nothing,
    writes_plainly,
    keeps_rates_and_spans,
    adds_nothing_of_its_own,
)


def first_fault(checked: Checked) -> Reason | None:
    """Return the first failing check and the words it fails on, None when all pass."""
    for check in CHECKS:
        if (detail := check(checked)) is not None:
            return Reason(rule=check.__name__, detail=without_invisible(detail)[:300])
    return None


def _is_quoted_from(source: Source, quote: str) -> bool:
    """Whether the words stand in the passage, with no word or figure cut in two at an end."""
    words = folded(quote)
    if len(words) < SHORTEST_QUOTE:
        return False
    start = r"(?<!\w)(?<!\d[.,:])" if words[0].isalnum() else ""
    end = r"(?!\w)(?![.,:]\d)" if words[-1].isalnum() else ""
    return re.search(start + re.escape(words) + end, folded(source.text)) is not None


def _invented(sentence: Sentence, checked: Checked) -> str | None:
    cited = [folded(proof(source)) for source in checked.cited(sentence)]
    for found in _MARKED.finditer(checked.own_words(sentence)):
        words = found[1].strip(" .,;:!?…")
        if len(words.split()) >= QUOTED_WORDS and not any(words in text for text in cited):
            return found[1]
    return None
