"""Checks of what a draft says beside the truth: what a model adds that somebody has talked into it.

A sentence that repeats its passage and then goes on passes every check that looks at the whole of
it. These look at its parts, its single words and how they are written.
"""

import re
from collections.abc import Collection, Iterator

from schemas.drafts import Sentence
from services.answer.checked import GAP, Checked, folded, proof
from services.kit.grams import character_grams

STRANGE = 0.2
"""Share of a word's 5-grams in the cited passages below which these know nothing of it.

Of 134 true paraphrases two have a part without any known word, of 38 with an added claim 14 do.
"""
KNOWN = 0.5
"""The same share from which on a word stands there, in whatever inflection."""

_LETTERS = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[^\W\d_]{2,}(?:[/?#][^\s)]*)?")
"""Where it leads was looked at before."""
_NUMBER = re.compile(r"\d[\d.,:]*")
_PART = re.compile(r"[,;:()–—…?!]\s*|\s-\s")
_JOINT = re.compile(
    r"\s(?:und|aber|sondern|oder|doch|die|das|der|dass|weil|wenn|and|but|or|which|who|that|because)\s"
)
_PER = re.compile(r"\b(?:je|pro|per|every|each|jede[nmrs]?)\s(?P<of>[^\W\d_]{3,})", re.IGNORECASE)
_TIMES = (
    "stund|stünd|hour", "tag|täg|day|dai", "nacht|nächt|night", "woch|wöch|week", "monat|month",
    "jahr|jähr|year|annual",
)  # fmt: skip
_RATE = (
    r"\b(?:je|pro|per|every|each|jede[nmrs]?|im|am|in der|an?)\s(?:{0})"
    r"|\b(?:{0})\w*(?:lich|ly)|/\s?(?:{0})|\w{{3,}}(?:{0})"
)
_SPAN = re.compile(
    r"\b(?:zwischen|von|vom|between|from)\s(?P<first>[^\W\d_]{3,})"
    r"\s(?:und|bis|bis zum|and|to|until)\s(?P<last>[^\W\d_]{3,})",
    re.IGNORECASE,
)
_SPELLED_OUT = re.compile(r"(?<!\w)(?:[^\W\d_][ .*·/_-]+){4,}[^\W\d_](?!\w)")
_MORSE = re.compile(r"(?:[.·_-]{1,6}\s+){3,}")
_MARKUP = re.compile(r"[{}|`\\]|\*\*|\w*_\w*|(?:^|\s)#+\s")
_SHOUTED = re.compile("[!?]{3,}|[\U0001f300-\U0001faff]")
_ALL_CAPITALS = re.compile(r"\b(?:[A-ZÄÖÜ]{3,}|[IVXLCDM]{2,})\b")
_INNER_CAPITAL = re.compile(r"\b\w*[a-zäöüß](?!In(?:nen)?\b)[A-ZÄÖÜ]\w*")


def adds_nothing_of_its_own(checked: Checked) -> str | None:
    """Each part of a fact has at least one word that its passages know."""
    for sentence in checked.draft.sentences:
        known = _known_grams(sentence, checked)
        if sentence.kind != "fact" or not known:
            continue
        for part, telling in _parts(checked.own_words(sentence), checked):
            if telling and max(_share(word, known) for word in telling) < STRANGE:
                return part
    return None


def keeps_rates_and_spans(checked: Checked) -> str | None:
    """What a figure is per, and where a span begins, is as in the passage."""
    for sentence in checked.draft.sentences:
        passages = [one for one in checked.cited(sentence) if checked.in_answer_language(one)]
        text = " ".join(map(proof, passages))
        words = checked.own_words(sentence)
        if not passages:
            continue
        known = frozenset(character_grams(text))
        for found in _PER.finditer(words):
            if not _is_rate(found["of"], text) or _share(found["of"], known) < KNOWN:
                return found[0]
        spans = {(one["first"], one["last"]) for one in _SPAN.finditer(text.casefold())}
        for found in _SPAN.finditer(words.casefold()):
            if (found["last"], found["first"]) in spans:
                return found[0]
    return None


def speaks_of_no_machine(checked: Checked) -> str | None:
    """The draft says nothing of its instructions, of models or of how it was made."""
    return _loaded("machine", checked)


def asks_for_nothing_private(checked: Checked) -> str | None:
    """Nobody is asked for data or led to another platform."""
    return _named("platforms", checked) or _loaded("private", checked)


def insults_nobody(checked: Checked) -> str | None:
    """No person and no group is insulted, accused or set apart, not in a part of a word either."""
    for sentence in checked.draft.sentences:
        text = " ".join(proof(source) for source in checked.cited(sentence)).casefold()
        for found in checked.words.loaded["insults"].finditer(checked.own_words(sentence)):
            if sentence.kind == "fact" and found[0].casefold() not in text:
                return found[0]
    return None


def decides_nothing(checked: Checked) -> str | None:
    """No decision is announced and no rule is lifted that the cited passages do not hold."""
    return _loaded("decisions", checked)


def writes_plainly(checked: Checked) -> str | None:
    """Words are words: not spelled out, coded, shouted or marked up."""
    facts = [one for one in checked.draft.sentences if one.kind == "fact"]
    text = "\n".join(_LINK.sub(GAP, checked.own_words(one)) for one in facts)
    for pattern in (_SPELLED_OUT, _MORSE, _MARKUP, _SHOUTED):
        if found := pattern.search(text):
            return found[0].strip()
    known = {
        word for source in checked.sources.values() for word in _LETTERS.findall(proof(source))
    }
    known.update(_LETTERS.findall(checked.voice.organisation))
    for pattern in (_ALL_CAPITALS, _INNER_CAPITAL):
        for found in pattern.finditer(text):
            if found[0] not in known:
                return found[0]
    return None


def _named(words: str, checked: Checked) -> str | None:
    found = checked.words.loaded[words].search(checked.own_text)
    return found[0] if found else None


def _loaded(words: str, checked: Checked) -> str | None:
    """Return the first word of a list that does not stand in a passage of its sentence."""
    for sentence in checked.draft.sentences:
        text = "\n".join(proof(source) for source in checked.cited(sentence))
        grams = frozenset(character_grams(text))
        for found in checked.words.loaded[words].finditer(checked.own_words(sentence)):
            if sentence.kind == "fact" and any(
                _share(word, grams) < KNOWN for word in _LETTERS.findall(found[0])
            ):
                return found[0]
    return None


def _is_rate(one: str, text: str) -> bool:
    """Whether a passage counts by the same time too; what is no time need only stand in it."""
    for time in _TIMES:
        if re.match(time, one, re.IGNORECASE):
            return re.search(_RATE.format(time), text, re.IGNORECASE) is not None
    return True


def _known_grams(sentence: Sentence, checked: Checked) -> frozenset[str]:
    """Return the 5-grams of what can be compared word by word, with our own name."""
    texts = [proof(one) for one in checked.cited(sentence) if checked.in_answer_language(one)]
    name = checked.voice.organisation
    return frozenset(character_grams(" ".join([*texts, name]))) if texts else frozenset()


def _parts(text: str, checked: Checked) -> Iterator[tuple[str, list[str]]]:
    """Yield what stands between commas, and of that what conjunctions join, with telling words."""
    for part in _PART.split(_NUMBER.sub(" ", _LINK.sub(" ", text.replace(GAP, " ")))):
        joined = _JOINT.split(part)
        for one in joined:
            telling = _telling(one, checked)
            if len(joined) == 1 or len(telling) > 1:
                yield folded(one), telling


def _telling(part: str, checked: Checked) -> list[str]:
    words = [word.casefold() for word in _LETTERS.findall(part) if len(word) > 2]
    plain = checked.words.glue | checked.words.answering
    return [word for word in words if word not in plain]


def _share(word: str, known: Collection[str]) -> float:
    own = character_grams(word)
    return sum(gram in known for gram in own) / max(1, len(own))
