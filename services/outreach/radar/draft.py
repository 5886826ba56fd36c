"""A few words of congratulation or solidarity, in the post's own terms. Pure.

Short, personal, without sources, addresses or a word about ourselves; a person decides on each.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from services.outreach.radar.lexicon import Language
from services.outreach.radar.recognise import Found
from services.outreach.radar.sentences import plain

Manner = Literal["sie", "ihr", "du"]
"""How whom we write to is addressed in German: formally, several informally, one informally."""

_TO = {"m": "zum ", "n": "zum ", "f": "zur ", "p": "zu den ", "x": "zu "}
_OF = {"m": "Vom ", "n": "Vom ", "f": "Von der ", "p": "Von den ", "x": "Von "}
_SPOKEN: Mapping[Manner, Mapping[str, str]] = {
    "sie": {"Ihr": "Ihr", "Sie": "Sie", "Ihnen": "Ihnen", "subject": "Sie", "share": "teilen"},
    "ihr": {"Ihr": "eur", "Sie": "euch", "Ihnen": "euch", "subject": "ihr", "share": "teilt"},
    "du": {"Ihr": "dein", "Sie": "dich", "Ihnen": "dir", "subject": "du", "share": "teilst"},
}
_BARE = {"sie": "Ihr", "ihr": "euer", "du": "dein"}
_OBJECT = {"m": "en", "f": "e", "n": "", "p": "e"}
_FORMAL = re.compile(r"(?<![.!?…:„“\"\n] )(?<!^)\b(?:Sie|Ihnen|Ihre[mnrs]?)\b", re.MULTILINE)
_ONE = re.compile(r"\b(?:ich|mich|mir|mein\w*)\b", re.IGNORECASE)
_PLACE = re.compile(r"\{([A-Za-z0-9]+)(?::(\w+))?\}")
_TO_THEM = re.compile(r" (?:bei|gegen|auf) \{\w+\}(?: Systeme)?| against you")
LONGEST_NAME = 60


@dataclass(frozen=True)
class Addressed:
    """Whom a draft speaks to, and in which language."""

    language: Language
    manner: Manner
    third: str = ""
    """The partner's name when the post is somebody else's and tells of it."""


def manner_of(setting: str, text: str, *, one_person: bool) -> Manner:
    """Return how to address whoever wrote a post, as the organisation set it or the post does."""
    one = one_person and _ONE.search(text) is not None
    familiar: Manner = "du" if one else "ihr"
    if setting == "mirror":
        informal = re.search(
            r"\b(?:ihr|euch|euer|eure\w*|kommt vorbei|du|dich|dir)\b|[🎉🥳💛💚💪😍]", text
        )
        return familiar if informal and not _FORMAL.search(text) else "sie"
    return familiar if setting == "du" else "sie"


def write(found: Found, text: str, to: Addressed, fits: Callable[[str], bool]) -> str | None:
    """Return a draft that fits, the longer one first; None where nothing should be said."""
    return next((one for one in _variants(found, text, to) if fits(one)), None)


def _variants(found: Found, text: str, to: Addressed) -> list[str]:
    words = _wording(to.language)
    spoken = _Spoken(to)
    if found.verdict == "mixed":
        return [spoken(words["mixed_of" if to.third else "mixed"])]
    if found.verdict not in ("success", "trouble"):
        return []
    if found.kind in ("death", "memory"):
        return _grieving(found.kind, words, text, to, spoken)
    kind = words["kinds"][found.kind]
    what = spoken(_named(kind, found, text, to), target=_target(kind, found, to, words))
    if found.verdict == "success":
        whom = spoken(words["team"]) if to.third else _person(words, text)
        template = words["success_to"] if whom else words["success"]
        lead = template.replace("{what}", what).replace("{whom}", whom or "")
        close = "" if to.third else spoken(kind["close"])
    else:
        lead = words["trouble"].replace("{what}", what)
        close = spoken(words["with_them"]) if to.third else spoken(kind["close"])
    return [f"{lead} {close}".strip(), lead]


def _grieving(
    kind: str, words: Mapping[str, Any], text: str, to: Addressed, spoken: "_Spoken"
) -> list[str]:
    if kind == "memory":
        return [spoken(words["memory_of" if to.third else "memory"])]
    if to.third:
        return [spoken(words["mourning_of"])]
    person = _person(words, text)
    unnamed = spoken(words["mourning_unnamed"])
    return [spoken(words["mourning"]).replace("{person}", person), unnamed] if person else [unnamed]


def _named(kind: Mapping[str, Any], found: Found, text: str, to: Addressed) -> str:
    """Return what happened, with its preposition in German, places still open."""
    name, article = kind["else"]
    around = _around(text, found.sentence)
    for pattern, called, gender in kind["names"]:
        if match := re.search(pattern, around, re.IGNORECASE):
            name, article = _with_groups(called, match), gender
            break
    if to.third:
        name = _TO_THEM.sub("", str(name)).replace("your ", "the ")
    if to.language == "en":
        return str(name)
    return (_TO if found.verdict == "success" else _OF)[article] + str(name)


def _around(text: str, sentence: str) -> str:
    """Return the post's own sentence, quotations included, and then the whole text."""
    start = " ".join(sentence.split())[:12]
    at = text.find(start) if start else -1
    return text[at:] + "\n" + plain(text) if at > 0 else text


def _with_groups(called: str, match: re.Match[str]) -> str:
    def own(place: re.Match[str]) -> str:
        name, form = place.groups()
        if not name.isdigit():
            return "n" if name == "n" and match[2].lower() == "fenster" else place[0]
        word = (match[int(name)] or "")[:LONGEST_NAME]
        if form:
            return word.lower() if form == "low" else word.upper()
        return (
            word[:1].upper() + word[1:] if word[:1].isalpha() and not _starts_small(word) else word
        )

    return _PLACE.sub(own, called)


def _starts_small(word: str) -> bool:
    """True for a phrase that begins with a preposition, which stays as it is."""
    return word.startswith("für ")


def _target(kind: Mapping[str, Any], found: Found, to: Addressed, words: Mapping[str, Any]) -> str:
    """Return whom it hit, as " auf Ihr Büro"; nothing when the post does not say it plainly."""
    if to.third or "prepositions" not in kind:
        return ""
    match = re.search(words["target"], found.sentence, re.IGNORECASE)
    if to.language == "en":
        return f" {kind['prepositions']} your {match[1]}" if match else ""
    if match is None:
        return f" {kind['prepositions']} {_SPOKEN[to.manner]['Sie']}"
    noun = match[1].lower()
    ending = max((one for one in words["targets"] if noun.endswith(one)), key=len, default=None)
    if ending is None:
        return f" {kind['prepositions']} {_SPOKEN[to.manner]['Sie']}"
    changed, gender = words["targets"][ending]
    whole = match[1][: len(match[1]) - len(ending)] + changed
    whole = whole[:1].upper() + whole[1:]
    return f" {kind['prepositions']} {_possessive(to.manner, _OBJECT[gender])} {whole}"


def _person(words: Mapping[str, Any], text: str) -> str | None:
    match = re.search(words["person"], plain(text), re.IGNORECASE)
    name = next((one for one in match.groups() if one), "") if match else ""
    return name if name and not re.search(words["not_a_person"], name) else None


def _possessive(manner: Manner, ending: str) -> str:
    return _SPOKEN[manner]["Ihr"] + ending if ending else _BARE[manner]


@dataclass(frozen=True)
class _Spoken:
    """Fills a template's places in one manner."""

    to: Addressed

    def __call__(self, template: str, target: str = "") -> str:
        return _PLACE.sub(lambda place: self._said(place, target), template).strip()

    def _said(self, place: re.Match[str], target: str) -> str:
        name, form = place.groups()
        spoken = _SPOKEN[self.to.manner]
        if name == "target":
            return target
        if name == "whom":
            return self.to.third
        if form == "subject":
            return spoken["subject"]
        if name in spoken:
            return _BARE[self.to.manner] if name == "Ihr" else spoken[name]
        if name.startswith("Ihr"):
            return _possessive(self.to.manner, name.removeprefix("Ihr"))
        return place[0]


@cache
def _wording(language: Language) -> dict[str, Any]:
    text = files(__package__).joinpath(f"wording.{language}.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)[language])
