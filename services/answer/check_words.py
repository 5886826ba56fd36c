"""Checks of what a draft says: nothing but what its passages say, in the reader's language."""

import re
from collections.abc import Sequence

from schemas.drafts import Sentence
from services.answer.check_ground import (
    comparable_facts,
    ground_of,
    names_in,
    restates,
    substance,
    swapped_name,
)
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
_NOUN = re.compile(r"(?<=[^\W_,;] |, |; )[A-ZÄÖÜ][^\W\d_]{3,}")
"""Not at the beginning of a sentence, where every word is capitalised."""
_PLAIN_NOUN = re.compile(
    r"abschluss|angaben?|anfang|anspruch|anteil|antwort(?:en)?|anzahl|arten|aussagen?|bedarf"
    r"|bedingung(?:en)?|beginn|beispiel|bereiche?|betrag|beträgen?|dauer|dinge?|einzelheiten|ende"
    r"|fall|fälle[ns]?|ehre|sicherheit|versprechen|garantie|wort|erfahrung(?:en)?|ergebnis(?:se)?|euro|fassung|folgen?|form(?:en)?|fragen?|frist(?:en)?|ganzen"
    r"|gegensatz|grad|gründen?|grund|hälfte|hilfe|hinblick|hinweis|höhe|information(?:en)?|jahr\w*"
    r"|kosten|kraft|lage|leute|menschen|mittel|moment|monat\w*|möglichkeit(?:en)?|nachweis|ordnung"
    r"|orten?|person(?:en)?|plätzen?|platz|probleme?|prozent\w*|punkt(?:en?)?|rahmen|raum|regel(?:fall)?"
    r"|regelung(?:en)?|richtung|rolle|sachen?|satz|schnitt|schritte?|seiten?|situation|stand"
    r"|stellen?|stück|stunden?|summe|tagen?|teil(?:en?)?|texte?|themen?|thema|umfang|unterlagen"
    r"|unterschied|verfügung|vergleich|verhältnis|veröffentlichung(?:en)?|voraus(?:setzung\w*)?"
    r"|vorfeld|vorgaben?|vorjahr|wegen?|weise|werte?|wochen?|worte?|zahl(?:en)?|zeit(?:en|punkt|raum)?"
    r"|ziele?|zusammenhang|zweck",
    re.IGNORECASE,
)
"""Nouns that a true paraphrase may add: they state nothing of their own."""
_UMLAUTS = str.maketrans("äöü", "aou")
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
            own = substance(text[span.start : span.end], checked.words.glue)
            support = max(sum(gram in passage for gram in own) for passage in passages)
            if support < SUPPORT * len(own):
                return text[span.start : span.end]
        if (noun := _unknown_noun(sentence, text, checked)) is not None:
            return noun
    return _exchanged_name(checked)


def _exchanged_name(checked: Checked) -> str | None:
    """Return a name that stands where the sentence's own quotation has another one."""
    for sentence, passages in comparable_facts(checked):
        places = " ".join(f"{one.heading or ''} {one.title}" for one in checked.cited(sentence))
        ground, words = ground_of(checked, sentence), checked.own_words(sentence)
        if not restates(words, ground, checked.words.glue):
            continue
        known = names_in(" ".join([*passages, words]), checked.question.answer_language)
        names = frozenset(one for one in known if one.casefold() not in checked.words.glue)
        if (name := swapped_name(words, f"{ground} {places}", names)) is not None:
            return name
    return None


def _unknown_noun(sentence: Sentence, text: str, checked: Checked) -> str | None:
    """Return a noun inside a German sentence that nothing shown or asked holds even in part.

    What the publications never mention they do not prove: another place, an invented extra.
    """
    cited, shown = checked.cited(sentence), checked.sources.values()
    if checked.question.answer_language != "de" or not all(map(checked.in_answer_language, cited)):
        return None
    around = f"{checked.question.text} {checked.question.post} {checked.voice.organisation}"
    everything = " ".join([around, *map(proof, shown)])
    known, folded_words = set(character_grams(everything)), _without_umlauts(everything)
    for found in _NOUN.finditer(text):
        stem = _without_umlauts(found[0])[: max(3, len(found[0]) - 2)]
        if re.search(rf"\b{stem}", folded_words):
            continue
        own = character_grams(found[0])
        plain = _PLAIN_NOUN.fullmatch(found[0]) or found[0].casefold() in checked.words.glue
        if not plain and sum(gram in known for gram in own) * 2 < len(own):
            return found[0]
    return None


def _without_umlauts(text: str) -> str:
    return text.casefold().translate(_UMLAUTS)


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
