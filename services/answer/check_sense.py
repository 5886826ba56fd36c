"""Checks of what a sentence makes of its passage: no negation, bound or figure changes sides.

The passage's own sentence that a draft's sentence leans on is the one that repeats most of its
substance in character 5-grams; both are then compared word by word.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.drafts import Sentence
from services.answer.checked import Checked
from services.answer.figures import Figure, read_figures
from services.kit.grams import character_grams
from services.kit.sentences import split_sentences

LEANS = 0.5
"""Share of its substance from which on a sentence says what a passage's sentence says."""
TELLING = 8
"""Different 5-grams from which on words tell what they are about."""
BELONGS = 0.3
"""Share of a figure's clause that must stand near the same figure in the passage."""

_LETTERS = re.compile(r"[^\W\d_]+")
_CLAUSE = re.compile(r"[,;:–]\s|\s(?:und|aber|sondern|oder|and|but|or)\s")
_NO_NEGATION = re.compile(
    r"\b(?:nicht nur|not only|nicht (?:mehr|weniger|später|früher|älter|jünger|länger) als"
    r"|no (?:more|less|later|earlier|longer|fewer) than|nicht (?:vor|nach)|not (?:before|after)"
    r"|wenn nicht|noch nicht|no\. ?\d)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:nicht|nichts|nie|niemals|niemand\w*|kein\w*|nirgends|ohne|weder|ausgeschlossen\w*"
    r"|verboten\w*|untersagt\w*|unzulässig\w*|entfällt|entfallen|not|never|no|nobody|none|cannot"
    r"|without|neither|excluded|forbidden|prohibited|isn't|aren't|don't|doesn't|can't|won't|mustn't)"
    r"\b",
    re.IGNORECASE,
)
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
)
_SIDES = [
    tuple(re.compile(rf"(?<!\w)(?:{side})", re.IGNORECASE) for side in pair) for pair in _OPPOSITES
]


@dataclass(frozen=True)
class Leaning:
    """A sentence of a draft and the shortest piece of its passages that supports it most."""

    words: str
    support: float
    ground: str


def negations_are_kept(checked: Checked) -> str | None:
    """What a passage denies is not affirmed, what it affirms is not denied."""
    for leaning in _leanings(checked):
        if leaning.support < LEANS:
            continue
        if _denies(leaning.words) != _denies(leaning.ground):
            return leaning.words
        for one, other in _SIDES:
            if _crosses(one, other, leaning) or _crosses(other, one, leaning):
                return leaning.words
    return None


def bounds_are_kept(checked: Checked) -> str | None:
    """`at most` does not become `at least`."""
    for leaning in _leanings(checked):
        stated = _side(leaning.words)
        proved = _side(leaning.ground)
        if leaning.support >= LEANS and stated and proved and stated != proved:
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


def figures_belong_to_it(checked: Checked) -> str | None:
    """A figure stands beside what it counts in the passage too, not just anywhere in it."""
    for sentence, passages in _comparable(checked):
        for words in _sentences(checked.own_words(sentence)):
            for clause in _CLAUSE.split(words):
                for number in read_figures(clause).numbers:
                    if number.counts and _is_misplaced(number, clause, words, passages, checked):
                        return number.words
    return None


def _is_misplaced(
    number: Figure, clause: str, sentence: str, passages: Sequence[str], checked: Checked
) -> bool:
    """Whether nothing near a figure in the passages speaks of what stands beside it here."""
    near = [part for text in passages for part in _around(text, number)]
    own = set(_substance(_without_figures(clause), checked.words.glue))
    if len(own) < TELLING:
        own = set(_substance(_without_figures(sentence), checked.words.glue))
    if len(own) < TELLING or not near:
        return False
    return max(_share(own, part) for part in near) < BELONGS


def _without_figures(text: str) -> str:
    lower = text.lower()
    for number in read_figures(text).numbers:
        lower = lower.replace(number.words, " ")
    return lower


def _comparable(checked: Checked) -> list[tuple[Sentence, list[str]]]:
    return [
        (sentence, texts)
        for sentence in checked.draft.sentences
        if sentence.kind == "fact"
        and (
            texts := [
                f"{source.heading or ''}. {source.text}"
                for source in checked.cited(sentence)
                if checked.in_answer_language(source)
            ]
        )
    ]


def _leanings(checked: Checked) -> list[Leaning]:
    found = []
    for sentence, texts in _comparable(checked):
        parts = [
            part
            for text in texts
            for sentence in _sentences(text)
            for part in {sentence, *_CLAUSE.split(sentence)}
        ]
        for words in _sentences(checked.own_words(sentence)):
            own = set(_substance(_matter(words), checked.words.glue))
            if len(own) < TELLING:
                continue
            support, _, ground = max((_share(own, part), -len(part), part) for part in parts)
            found.append(Leaning(words, support, ground))
    return found


def _matter(text: str) -> str:
    """Return a text without the words whose side is in question."""
    for sided in (_UPPER, _LOWER, _NEGATION):
        text = sided.sub(" ", text)
    return text


def _denies(text: str) -> bool:
    return bool(_NEGATION.search(_NO_NEGATION.sub(" ", text)))


def _crosses(mine: re.Pattern[str], theirs: re.Pattern[str], leaning: Leaning) -> bool:
    says = mine.search(leaning.words) and not theirs.search(leaning.words)
    proves = theirs.search(leaning.ground) and not mine.search(leaning.ground)
    return bool(says and proves and not _denies(leaning.words))


def _around(text: str, number: Figure) -> list[str]:
    """Return what a passage says of a figure: its clause and those beside it.

    Clauses of this and the last sentence count, except those with another figure of its unit.
    """
    clauses: list[str] = []
    ends: list[int] = []
    for sentence in _sentences(text):
        clauses += _CLAUSE.split(sentence)
        ends.append(len(clauses))
    found = []
    for place, clause in enumerate(clauses):
        if not _holds(clause, number):
            continue
        at = sum(end <= place for end in ends)
        first = ends[at - 2] if at > 1 else 0
        before = [one for one in clauses[first:place] if not _rivals(one, number)]
        after = clauses[place + 1 : ends[at]]
        behind = [one for one in after[:1] if not _rivals(one, number)]
        found.append(" ".join([*before, clause, *behind]))
    return found


def _holds(text: str, number: Figure) -> bool:
    return any(one.values & number.values for one in read_figures(text).numbers)


def _rivals(text: str, number: Figure) -> bool:
    return any(
        one.unit == number.unit and not one.values & number.values
        for one in read_figures(text).numbers
    )


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def _substance(text: str, glue: frozenset[str]) -> list[str]:
    words = [word for word in _LETTERS.findall(text) if len(word) > 2]
    return [g for word in words if word.casefold() not in glue for g in character_grams(word)]


def _share(own: set[str], text: str) -> float:
    theirs = set(character_grams(text))
    return sum(gram in theirs for gram in own) / len(own)
