"""Checks of what a sentence makes of its passage: no negation, bound or figure changes sides.

The passage's own sentence that a draft's sentence leans on is the one that repeats most of its
substance in character 5-grams; both are then compared word by word.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.answer.check_ground import (
    CLAUSE,
    RESTATES,
    TELLING,
    comparable_facts,
    crossed_bound,
    facts_of,
    ground_of,
    sentences_of,
    share_of,
    stated_figures,
    substance,
    without_figures,
)
from services.answer.checked import Checked
from services.answer.figures import read_figures

SAYS_AGAIN = 0.6
"""Share of its substance from which on a text says again what another one says."""
SHORT = 100
"""Characters of a quotation up to which its translation says all of it."""
LEANS = 0.5
"""Share of its substance from which on a sentence says what a passage's sentence says."""
TIE = 0.1
"""Pieces of a passage that support a clause by at most this much less count as well."""

_PART = re.compile(r"[,;:–]\s|\s(?:aber|sondern|but)\s")
"""Not at `und`: in `A und B müssen nicht` the negation is about both."""
_NO_NEGATION = re.compile(
    r"\b(?:nicht nur|not only|nicht (?:mehr|weniger|später|früher|älter|jünger|länger) als"
    r"|no (?:more|less|later|earlier|longer|fewer) than|nicht (?:vor|nach)|not (?:before|after)"
    r"|nicht (?:überschreiten|übersteigen|überschritten)|not (?:to )?exceed|(?:noch )?nicht \d+"
    r"|wenn nicht|no\. ?\d|costs? nothing|kostet(?:e|en)? nichts|kosten nichts)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:nicht|nichts|nie|niemals|niemand\w*|kein\w*|nirgends|ohne|weder|ausgeschlossen\w*"
    r"|verboten\w*|untersagt\w*|unzulässig\w*|unsafe|unable|unlikely|entfällt|entfallen|fehl(?:t|en|te|ten)|un(?:angetastet|möglich)\w*|not|nothing|never|no|nobody|none|cannot"
    r"|without|neither|excluded|forbidden|prohibited|isn't|aren't|don't|doesn't|can't|won't|mustn't)"
    r"\b",
    re.IGNORECASE,
)
_NEUTRAL = re.compile(
    r"\b(?:nichts|nothing|nur|lediglich|ausschließlich|only|kostenlos|kostenfrei|gebührenfrei)\b",
    re.IGNORECASE,
)
"""Words that deny in one wording and need no denial in another."""
_UPPER = re.compile(
    r"\b(?:höchstens|maximal|bis zu|nicht mehr als|nicht länger als|nicht später als|spätestens"
    r"|weniger als|unter|at most|up to|no more than|not more than|no longer than|at the latest"
    r"|maximum)\b",
    re.IGNORECASE,
)
_LOWER = re.compile(
    r"\b(?:mindestens|wenigstens|minimal|nicht weniger als|frühestens|mehr als|über|at least"
    r"|no less than|minimum|more than|at the earliest)\b",
    re.IGNORECASE,
)
_OPPOSITES = (
    ("freiwillig", "verpflichtend|pflicht|zwingend|vorgeschrieben"),
    ("kostenlos|kostenfrei|unentgeltlich|gratis", "kostenpflichtig|gebühr"),
    ("öffentlich", "nichtöffentlich|vertraulich|geheim"),
    ("befristet", "unbefristet"),
    ("voluntary|optional", "mandatory|compulsory|obligatory|required"),
    ("free of charge", "chargeable|subject to a fee"),
    ("angenommen|zugestimmt", "abgelehnt|ablehn"),
    ("stieg|gestiegen|verlängert|erhöht", "sank|gesunken|gesenkt|verkürzt|verringert"),
    ("accepted|approved|adopted", "rejected|refused|declined"),
    ("rose|risen|increase", "fell|fallen|decrease|dropped"),
)
_SIDES = [
    tuple(re.compile(rf"(?<!\w)(?:{side})", re.IGNORECASE) for side in pair) for pair in _OPPOSITES
]


@dataclass(frozen=True)
class Leaning:
    """A clause of a draft and the shortest pieces of its passages that support it most."""

    words: str
    sentence: str
    """Where the clause stands in the draft."""
    support: float
    grounds: Sequence[str]
    around: str
    """Where these stand in the passage."""


def negations_are_kept(checked: Checked) -> str | None:
    """What a passage denies is not affirmed, what it affirms is not denied."""
    for leaning in _leanings(checked):
        if _is_turned(leaning):
            return leaning.words
        for one, other in _SIDES:
            if _crosses(one, other, leaning) or _crosses(other, one, leaning):
                return leaning.words
    return _turned(checked) or _turned_in_translation(checked)


def _is_turned(leaning: Leaning) -> bool:
    """Whether a clause denies, or not, unlike all that supports it.

    Its sentence as a whole must lean the same way: in a list or after `und` one word denies all.
    """
    texts = [leaning.words, *leaning.grounds]
    if any(_NEUTRAL.search(text) for text in texts):
        return False
    says, proves = _denials(leaning.sentence), _denials(leaning.around)
    if _denies(leaning.words):
        return not any(map(_denies, leaning.grounds)) and says > proves
    return all(map(_denies, leaning.grounds)) and says < proves


def _turned(checked: Checked) -> str | None:
    """Return a sentence that denies what its quotation only affirms, or the other way round."""
    for sentence, _ in comparable_facts(checked):
        words, ground = checked.own_words(sentence), ground_of(checked, sentence)
        own = _about(words, checked.words.glue)
        if _denies(words):
            if len(own) >= TELLING and not _denies(ground) and share_of(own, ground) >= SAYS_AGAIN:
                return words
            continue
        if _NEUTRAL.search(words):
            continue
        for part in _PART.split(ground):
            about = _about(part, checked.words.glue)
            if (
                _denies(part)
                and len(about) >= TELLING
                and not _NEUTRAL.search(part)
                and share_of(about, words) >= SAYS_AGAIN
            ):
                return words
    return None


def _turned_in_translation(checked: Checked) -> str | None:
    """Return a sentence that denies, or not, unlike its quotation in another language."""
    for sentence in facts_of(checked):
        if any(checked.in_answer_language(one) for one in checked.cited(sentence)):
            continue
        words, ground = checked.own_words(sentence), ground_of(checked, sentence)
        quote = " ".join(citation.quote for citation in sentence.citations)
        if _denies(words) and not _denies(ground):
            return words
        if len(quote) <= SHORT and not _denies(words) and _denies(quote):
            return words
    return None


def bounds_are_kept(checked: Checked) -> str | None:
    """`at most` does not become `at least`, a month not a year."""
    for sentence in facts_of(checked):
        ground = stated_figures(ground_of(checked, sentence))
        if (
            words := crossed_bound(stated_figures(checked.own_words(sentence)), ground)
        ) is not None:
            return words
    for leaning in _leanings(checked):
        stated = _side(leaning.words)
        sides = {_side(ground) for ground in leaning.grounds}
        if stated and stated not in sides and None not in sides:
            return leaning.words
    return None


def _side(text: str) -> str | None:
    """Return on which side of a figure a text draws its line, None when on none or on both."""
    if not read_figures(text).numbers:
        return None
    rest = _UPPER.sub(" ", text)
    sides = [
        name for name, found in (("upper", rest != text), ("lower", _LOWER.search(rest))) if found
    ]
    return sides[0] if len(sides) == 1 else None


def _leanings(checked: Checked) -> list[Leaning]:
    found = []
    for sentence, texts in comparable_facts(checked):
        quoted = sentences_of(ground_of(checked, sentence))
        everything = [one for text in texts for one in sentences_of(text)]
        for words in sentences_of(checked.own_words(sentence)):
            for clause in _clauses(words, checked.words.glue):
                own = _about(clause, checked.words.glue)
                near = _lean(clause, words, own, quoted)
                far = _lean(clause, words, own, everything)
                leaning = near if near.support >= RESTATES else far
                if leaning is near or leaning.support >= LEANS:
                    found.append(leaning)
    return found


def _lean(clause: str, words: str, own: set[str], ground: Sequence[str]) -> Leaning:
    """Return what supports a clause most in some sentences."""
    shares = [
        (share_of(own, part), part, sentence)
        for sentence in ground
        if not sentence.rstrip(" .").endswith("?")
        for part in dict.fromkeys([*CLAUSE.split(sentence), *_PART.split(sentence), sentence])
    ]
    best = max((share for share, _, _ in shares), default=0.0)
    near = {part: sentence for share, part, sentence in shares if share >= best - TIE}
    parts = [one for one in near if not any(other != one and other in one for other in near)]
    around = " ".join(dict.fromkeys(near[one] for one in parts))
    return Leaning(clause, words, best, parts, around)


def _clauses(words: str, glue: frozenset[str]) -> list[str]:
    """Return the clauses that tell what they are about, or else the whole sentence if that does."""
    parts = [part for part in _PART.split(words) if len(_about(part, glue)) >= TELLING]
    return parts or ([words] if len(_about(words, glue)) >= TELLING else [])


def _about(text: str, glue: frozenset[str]) -> set[str]:
    return set(substance(_matter(without_figures(text)), glue))


def _matter(text: str) -> str:
    """Return a text without the words whose side is in question."""
    for sided in (_UPPER, _LOWER, _NEGATION):
        text = sided.sub(" ", text)
    return text


def _denies(text: str) -> bool:
    return bool(_NEGATION.search(_NO_NEGATION.sub(" ", text)))


def _denials(text: str) -> int:
    return len(_NEGATION.findall(_NO_NEGATION.sub(" ", text)))


def _crosses(mine: re.Pattern[str], theirs: re.Pattern[str], leaning: Leaning) -> bool:
    says = mine.search(leaning.words) and not theirs.search(leaning.words)
    proves = all(theirs.search(one) and not mine.search(one) for one in leaning.grounds)
    return bool(says and proves and not _denies(leaning.words))
