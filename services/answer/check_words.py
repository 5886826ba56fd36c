"""Checks of what a draft says: nothing but what its passages say, in the reader's language."""

import re
from collections.abc import Sequence

from services.answer.checked import GAP, Checked, proof
from services.answer.quote import OPENING
from services.kit.grams import character_grams
from services.kit.language import detect_language
from services.kit.sentences import split_sentences

COURTESY, COURTESIES = 90, 2
"""Characters of one courtesy, and how many of them a draft may have."""
SUPPORT = 0.45
"""Share of a sentence's substance that a cited passage must repeat, in character 5-grams.

True paraphrases of a passage reach 0.55 to 1.0, sentences about something else 0 to 0.45.
"""
TELLING = 40
"""Letters from which on a text's language is certain."""
RUN = 6
"""So many words in a row out of the instructions are no coincidence."""

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWEL_SIGNS = re.compile("[\u064b-\u0652]")
_POLITE = re.compile(
    "[\\s\\w,.!?¡¿؟،:;…'’()–—\u2600-\u27bf\ufe0f\u200d\U0001f300-\U0001f64f\U0001f900-\U0001faff-]*"
)
_NAMES_SOURCE = re.compile(
    r"\b(?:quellen?|quellenangaben?|sources?|references?)\s?:", re.IGNORECASE
)


def courtesies_state_nothing(checked: Checked) -> str | None:
    """What needs no proof is a short greeting or thanks in known words, nothing else."""
    language = checked.question.answer_language
    polite = checked.words.courtesy.get(language, frozenset())
    courtesies = [one.text for one in checked.draft.sentences if one.kind != "fact"]
    for text in courtesies:
        if checked.draft.kind == "quoted" and text in OPENING.values():
            continue
        bare = _VOWEL_SIGNS.sub("", text)
        words = _WORD.findall(bare.casefold())
        if len(bare) > COURTESY or not _POLITE.fullmatch(bare) or not polite.issuperset(words):
            return text
    return " ".join(courtesies) if len(courtesies) > COURTESIES else None


def facts_keep_to_their_passage(checked: Checked) -> str | None:
    """Each fact speaks of what one of its passages speaks of; the citation is not just a leaf."""
    for sentence in checked.draft.sentences:
        passages = [
            frozenset(character_grams(proof(source)))
            for source in checked.cited(sentence)
            if checked.in_answer_language(source)
        ]
        if sentence.kind != "fact" or not passages:
            continue
        text = checked.own_words(sentence)
        for span in split_sentences(text):
            own = _substance(text[span.start : span.end], checked.words.glue)
            support = max(sum(gram in passage for gram in own) for passage in passages)
            if support < SUPPORT * len(own):
                return text[span.start : span.end]
    return None


def reveals_no_instructions(checked: Checked) -> str | None:
    """No longer piece of what the model was told in confidence stands in the draft."""
    told = {run for _, run in _runs(checked.instructions)}
    return next((words for words, run in _runs(checked.own_text) if run in told), None)


def leaves_sources_to_us(checked: Checked) -> str | None:
    """The sources are named by us, from what is cited; a model could invent them."""
    found = _NAMES_SOURCE.search(checked.own_text)
    return found[0] if found else None


def speaks_the_language(checked: Checked) -> str | None:
    """The answer is in the language of the comment; quotations keep theirs."""
    if checked.draft.kind == "quoted":
        return None
    texts = [checked.own_words(sentence) for sentence in checked.draft.sentences]
    for text in (" ".join(texts), *texts):
        own = text.replace(GAP, " ")
        letters = sum(map(len, _LETTERS.findall(own)))
        if letters >= TELLING and detect_language(own) != checked.question.answer_language:
            return own
    return None


def _substance(text: str, glue: frozenset[str]) -> list[str]:
    words = [word for word in _LETTERS.findall(text) if len(word) > 2]
    return [g for word in words if word.casefold() not in glue for g in character_grams(word)]


def _runs(text: str) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Return every run of words: as it stands in the text, and in small letters."""
    words = list(_WORD.finditer(text))
    return [
        (
            text[words[i].start() : words[i + RUN - 1].end()],
            tuple(word[0].casefold() for word in words[i : i + RUN]),
        )
        for i in range(len(words) - RUN + 1)
    ]
