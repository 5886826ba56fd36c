"""Checks of how a draft speaks: form of address, tone, promises, repetition."""

import re

from services.answer.checked import GAP, Checked
from services.answer.figures import read_figures
from services.kit.grams import character_grams
from services.kit.sentences import split_sentences

REPEATS = 0.85
"""Share of a sentence's 5-grams in an earlier reply of ours from which on it says it again."""
SAME_MATTER = 0.6
"""The same share from which on two sentences speak of the same thing."""

_FORMAL = re.compile(r"(?<![.!?…:„“\"\n] )(?<!^)\b(?:Sie|Ihr|Ihre[mnrs]?)\b|\bIhnen\b")
_INFORMAL = re.compile(
    r"\b(?:du|dich|dir|dein|deine[mnrs]?|euch|euer|eure[mnrs]?)\b|\bihr (?:könnt|dürft|müsst|habt"
    r"|seid|bekommt|braucht|sollt|wollt)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]+")


def addresses_as_we_do(checked: Checked) -> str | None:
    """A German draft is formal or informal as the organisation set it, and never both at once."""
    if checked.question.answer_language != "de":
        return None
    text = " ".join(checked.own_words(one).replace(GAP, "x") for one in checked.draft.sentences)
    formal, informal = _FORMAL.search(text), _INFORMAL.search(text)
    if formal and checked.voice.address == "du":
        return formal[0]
    if informal and checked.voice.address == "sie":
        return informal[0]
    return f"{formal[0]} / {informal[0]}" if formal and informal else None


def keeps_its_tone(checked: Checked) -> str | None:
    """Nobody is lectured or talked down to."""
    found = checked.words.condescends.search(checked.own_text)
    return found[0] if found else None


def promises_nothing(checked: Checked) -> str | None:
    """The machine commits the organisation to nothing that its publications do not say."""
    for sentence in checked.draft.sentences:
        found = checked.words.promises.search(checked.own_words(sentence))
        if found and not any(
            checked.words.promises.search(source.text) for source in checked.cited(sentence)
        ):
            return found[0]
    return None


def says_it_once(checked: Checked) -> str | None:
    """What we said in this thread already is not said again."""
    ours = [frozenset(character_grams(turn.text)) for turn in checked.question.our_turns]
    facts = [one for one in checked.draft.sentences if one.kind == "fact"]
    shares = [max((_share(one.text, said) for said in ours), default=0.0) for one in facts]
    if facts and min(shares) >= REPEATS:
        return facts[0].text
    return None


def stands_by_what_we_said(checked: Checked) -> str | None:
    """On the same matter no other figure is named than in our earlier replies."""
    earlier = [
        turn.text[span.start : span.end]
        for turn in checked.question.our_turns
        for span in split_sentences(turn.text)
    ]
    for sentence in checked.draft.sentences:
        stated = [one for one in read_figures(checked.own_words(sentence)).numbers if one.counts]
        for said in earlier:
            if _matter(sentence.text, said) < SAME_MATTER:
                continue
            known = [one for one in read_figures(said).numbers if one.counts]
            for figure in stated:
                rivals = [one for one in known if one.unit == figure.unit and figure.unit]
                if rivals and not any(one.values & figure.values for one in rivals):
                    return f"{figure.words} / {rivals[0].words}"
    return None


def _share(text: str, said: frozenset[str]) -> float:
    own = set(character_grams(text))
    return sum(gram in said for gram in own) / max(1, len(own))


def _matter(text: str, said: str) -> float:
    words = " ".join(word for word in _LETTERS.findall(text) if len(word) > 3)
    return _share(words, frozenset(character_grams(said)))
