"""Whether a post tells of its page's own success or trouble: rules that name their words. Pure.

The two errors do not weigh the same: nothing that smells of trouble is ever called a success. A
success needs a firm sign, about the page itself, in a text without a shadow; where both are, it is
mixed; where either is in doubt, it is unsure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.outreach.radar.lexicon import Cue, Language, Lexicon, Side, lexicon
from services.outreach.radar.sentences import Sentence, is_named, is_negated, plain, sentences

Verdict = Literal["success", "trouble", "mixed", "unsure", "neither"]
Relation = Literal["partner", "news", "decision_maker"]
Leaning = Literal["", "success", "trouble", "either"]
QUIET_GENRES = ("job", "entries", "report", "memorial", "joke", "we_award", "wishes", "opinion")
"""Kinds of posts that tell of no event of the page's own."""
SOFT_GENRES = ("event", "giving", "service")
"""Kinds of posts in which only a firm sign counts."""
SHOWN_WORDS = 80
KINDS = (
    "memory", "death", "attack", "fire", "accident", "disaster", "vandalism", "threat", "hate",
    "hack", "burglary", "raid", "lawsuit", "status", "cut", "closing", "jobs", "defeat",
    "award", "court", "saved", "law", "anniversary", "opening", "funding", "milestone", "start",
    "nomination", "win",
)  # fmt: skip
"""Of several kinds the first one names the event."""
DECIDED = ("funding", "law", "saved")
"""What was decided; in one sentence with harm the harm was decided."""
BESIDE_HARM = ("opening", "anniversary")
"""Successes of which a weak sign is enough to make harm a mixed matter."""
REACH = 2
"""Sentences around one that says "we" of which the event may be ours too."""


@dataclass(frozen=True)
class Told:
    """What is known of a post beside its text."""

    relation: Relation
    names: Sequence[str]
    """Of a partner's own post: its names; of news: those of the partners it may be about."""
    made_on: date
    first_person: bool = True
    """The page speaks for the one whom it is about."""


@dataclass(frozen=True)
class Sign:
    """Words of a post that led to a verdict, and what they were taken for."""

    rule: str
    words: str


@dataclass(frozen=True)
class Found:
    """What a post was taken for, and why."""

    verdict: Verdict
    kind: str
    """Of the event, `""` for none."""
    signs: tuple[Sign, ...]
    sentence: str = ""
    """The sentence that the kind was found in, without quotations."""
    leaning: Leaning = ""
    """Of `neither`: what weak signs point to; `either` when the page at least speaks of itself."""


@dataclass(frozen=True)
class _Hit:
    cue: Cue
    words: str
    sentence: Sentence
    ours: bool


def recognise(text: str, language: Language, told: Told) -> Found:
    """Judge a post by the shipped word lists."""
    words = lexicon(language)
    parts = sentences(text, words, told.names, first_person=told.first_person)
    if told.relation == "news" and not is_named(plain(text), told.names):
        return _nothing()
    if genre := _genre(text, words, told, QUIET_GENRES):
        return _nothing(genre)
    hits = [hit for number in range(len(parts)) for hit in _hits(parts, number, words, told)]
    trouble = _counting(text, hits, "trouble", words, told)
    hit_hard = {id(hit.sentence) for hit in trouble if hit.cue.firm}
    success = [
        hit
        for hit in _counting(text, hits, "success", words, told)
        if not (hit.cue.kind in DECIDED and id(hit.sentence) in hit_hard)
    ]
    shadow = _shadow(parts, words)
    if trouble:
        success = success or [hit for hit in hits if hit.ours and hit.cue.kind in BESIDE_HARM]
        greeting = _greeting_others(parts, words)
        if success and not (greeting and not any(hit.cue.kind == "award" for hit in success)):
            return _found("mixed", trouble, success)
        found = _found("trouble", trouble)
        return _with(found, greeting) if greeting else found
    party = told.relation == "decision_maker" and words.vague["party"].search(text)
    if party or not success:
        vague = _vague(text, parts, words, told, shadow)
        return vague if vague.verdict != "neither" else _leaning(text, parts, hits, words, told)
    if shadow:
        return _with(_found("mixed" if len(shadow) > 1 else "unsure", success), *shadow)
    return _found("success", success)


def _hits(parts: Sequence[Sentence], number: int, words: Lexicon, told: Told) -> list[_Hit]:
    one = parts[number]
    if one.hypothetical:
        return []
    around = parts[max(0, number - REACH) : number + REACH + 1]
    near = any(part.ours and not part.foreign for part in around)
    beside_others = any(words.markers["with_others"].search(part.text) for part in parts)
    if beside_others and not words.markers["ownership"].search(one.text):
        return []
    hits = []
    for cue in words.cues:
        matches = [pattern.search(one.text) for pattern in cue.patterns]
        found = [match for match in matches if match is not None]
        if len(found) < len(matches):
            continue
        if any(is_negated(one.text, match.start(), match.end(), words) for match in found):
            continue
        if one.foreign and not cue.says_whose:
            continue
        ours = cue.says_whose or one.ours or (near and not cue.own_sentence)
        shown = " … ".join(match[0].strip() for match in found)[:SHOWN_WORDS]
        hits.append(_Hit(cue, shown, one, ours))
    if told.relation == "news" and words.markers["comments_only"].search(one.text):
        return []
    return hits


def _counting(
    text: str, hits: Sequence[_Hit], side: Side, words: Lexicon, told: Told
) -> list[_Hit]:
    """Return the hits of one side that count, the firm ones first."""
    about = [hit for hit in hits if hit.cue.side == side]
    ours = [hit for hit in about if hit.ours or _is_our_cheer(text, side, words, told)]
    firm = [hit for hit in ours if hit.cue.firm]
    mood = words.markers["joy" if side == "success" else "dismay"]
    if not firm and _genre(text, words, told, SOFT_GENRES):
        return []
    weak = [hit for hit in ours if not hit.cue.firm] if firm or mood.search(text) else []
    if words.markers["denial"].search(text):
        return []
    return [*firm, *weak]


def _is_our_cheer(text: str, side: Side, words: Lexicon, told: Told) -> bool:
    """True for joy on the page's own account in a post that says "we" nowhere."""
    cheers = words.markers["joy"].search(text) or words.markers["you_all"].search(text)
    return side == "success" and told.relation != "news" and cheers is not None


def _genre(text: str, words: Lexicon, told: Told, names: Sequence[str]) -> Sign | None:
    if names is QUIET_GENRES and (told.made_on.month, told.made_on.day) == (4, 1):
        return Sign("april", told.made_on.isoformat())
    for name in names:
        if match := words.genres[name].search(text):
            return Sign(name, match[0].strip()[:SHOWN_WORDS])
    return None


def _greeting_others(parts: Sequence[Sentence], words: Lexicon) -> Sign | None:
    for one in parts:
        match = words.markers["greeting_others"].search(one.text)
        if match and not words.markers["our_own_people"].search(one.text):
            return Sign("irony", match[0])
    return None


def _shadow(parts: Sequence[Sentence], words: Lexicon) -> list[Sign]:
    found: dict[str, Sign] = {}
    for one in parts:
        for match in words.shadow.finditer(one.text):
            if not is_negated(one.text, match.start(), match.end(), words):
                found.setdefault(match[0].casefold(), Sign("shadow", match[0]))
    return list(found.values())


def _vague(
    text: str, parts: Sequence[Sentence], words: Lexicon, told: Told, shadow: Sequence[Sign]
) -> Found:
    """Return unsure for a post that moves somebody without saying what happened."""
    if told.relation == "decision_maker" and (match := words.vague["party"].search(text)):
        return Found("unsure", "", (Sign("party", match[0]),))
    match = words.vague["words"].search(text)
    if match and not any(one.foreign for one in parts) and told.relation != "news":
        return Found("unsure", "", (Sign("vague", match[0].strip()), *shadow))
    return _nothing()


def _leaning(
    text: str, parts: Sequence[Sentence], hits: Sequence[_Hit], words: Lexicon, told: Told
) -> Found:
    """Return what weak signs point to, for a second reader; nothing where others are meant."""
    about_others = told.relation == "news" or any(one.foreign for one in parts)
    denied = words.markers["denial"].search(text) is not None
    if about_others or denied or _genre(text, words, told, SOFT_GENRES):
        return _nothing()
    weak = [hit for hit in hits if hit.ours]
    for side in ("trouble", "success"):
        pointing = [hit for hit in weak if hit.cue.side == side]
        if pointing and not (side == "success" and _shadow(parts, words)):
            return replace(_found("neither", pointing), leaning=side)
    ours = any(one.ours and not one.hypothetical for one in parts)
    return replace(_nothing(), leaning="either") if ours else _nothing()


def _nothing(*signs: Sign) -> Found:
    return Found("neither", "", signs)


def _with(found: Found, *signs: Sign) -> Found:
    return Found(found.verdict, found.kind, (*found.signs, *signs), found.sentence)


def _found(verdict: Verdict, *hits: Sequence[_Hit]) -> Found:
    first = min(hits[0], key=lambda hit: KINDS.index(hit.cue.kind))
    signs = tuple(dict.fromkeys(Sign(hit.cue.kind, hit.words) for side in hits for hit in side))
    return Found(verdict, first.cue.kind, signs, first.sentence.text)
