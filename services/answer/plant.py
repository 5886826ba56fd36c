"""Make one sentence of a draft false, as models err: figure, date, bound, negation."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence

from services.answer.checked import folded
from services.answer.draft import Draft
from services.kit.db import Connection
from services.store import planted
from services.store.planted import Planted, PlantKind

SHORTEST = 20
"""Characters of a sentence below which it could stand in any text."""
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[.,]?\d{3})*(?:[.,]\d{1,2})?(?![\w]|[.,]\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTHS = (
    ("Januar", "März"), ("Februar", "April"), ("März", "Mai"), ("April", "Juni"), ("Mai", "Juli"),
    ("Juni", "August"), ("Juli", "September"), ("August", "Oktober"), ("September", "November"),
    ("Oktober", "Dezember"), ("November", "Januar"), ("Dezember", "Februar"),
    ("January", "March"), ("February", "April"), ("March", "May"), ("May", "July"),
    ("June", "August"), ("July", "September"), ("October", "December"), ("December", "February"),
)  # fmt: skip
_BOUNDS = (
    ("höchstens", "mindestens"), ("mindestens", "höchstens"), ("maximal", "mindestens"),
    ("spätestens", "frühestens"), ("frühestens", "spätestens"), ("bis zu", "mindestens"),
    ("at most", "at least"), ("at least", "at most"), ("up to", "at least"),
    ("no more than", "no less than"),
)  # fmt: skip
_DENIALS = (
    (" nicht ", " "), (" not ", " "), (" keine ", " eine "), (" kein ", " ein "),
    (" ist ", " ist nicht "), (" sind ", " sind nicht "), (" kann ", " kann nicht "),
    (" können ", " können nicht "), (" wird ", " wird nicht "), (" werden ", " werden nicht "),
    (" is ", " is not "), (" are ", " are not "), (" can ", " cannot "), (" will ", " will not "),
)  # fmt: skip

Passes = Callable[[Draft], bool]
"""Tells whether a draft would pass the checks."""


async def plant_one(connection: Connection, draft_id: str, draft: Draft, passes: Passes) -> None:
    """Put a false version in front of a draft that is drawn for it, at the rate the team set."""
    if not drawn(draft_id, await planted.read_rate(connection)):
        return
    for one in plant(draft, draft_id, passes):
        if not await planted.is_said_elsewhere(connection, draft_id, one.falsehood):
            await planted.save_planted(connection, one)
            return


def drawn(draft_id: str, rate: float) -> bool:
    """Tell whether a draft is one of the share that gets a planted one; the same each time."""
    return int(_hash("drawn", draft_id)[:8], 16) / 16**8 < rate


def plant(draft: Draft, draft_id: str, passes: Passes) -> Iterator[Planted]:
    """Yield the draft with one fact made false, the ones first that our checks let through.

    Those are the errors that only a person can stop.
    """
    made = sorted(_all(draft, draft_id), key=lambda one: _hash(draft_id, one.falsehood))
    judged = [(passes(_as_draft(draft, one)), one) for one in made]
    for _, one in sorted(judged, key=lambda pair: not pair[0]):
        yield one


def falsified(text: str) -> Iterator[tuple[PlantKind, str]]:
    """Yield a sentence with one thing made false, in every way the rules know."""
    for found in _NUMBER.finditer(text):
        if not _YEAR.fullmatch(found[0]):
            yield "figure", text[: found.start()] + _other(found[0]) + text[found.end() :]
    swaps: tuple[tuple[PlantKind, Sequence[tuple[str, str]]], ...] = (
        ("date", _MONTHS), ("bound", _BOUNDS),
    )  # fmt: skip
    for kind, pairs in swaps:
        for true, false in pairs:
            changed = re.sub(rf"\b{true}\b", false, text, count=1)
            if changed != text:
                yield kind, changed
    for true, false in _DENIALS:
        if true in text:
            yield "negation", text.replace(true, false, 1)
            break


def _all(draft: Draft, draft_id: str) -> Iterator[Planted]:
    for place, sentence in enumerate(draft.sentences):
        if sentence.kind != "fact" or draft.text.count(sentence.text) != 1:
            continue
        for kind, falsehood in falsified(sentence.text):
            if len(falsehood) < SHORTEST or _says(draft.text, falsehood):
                continue
            sentences = list(draft.sentences)
            sentences[place] = sentence.model_copy(update={"text": falsehood})
            yield Planted(
                planted_id=_hash("planted", draft_id, falsehood)[:32],
                draft_id=draft_id, kind=kind, truth=sentence.text, falsehood=falsehood,
                text=draft.text.replace(sentence.text, falsehood), sentences=sentences,
            )  # fmt: skip


def _as_draft(draft: Draft, planted: Planted) -> Draft:
    return Draft(
        kind=draft.kind, sentences=tuple(planted.sentences), text=planted.text,
        engine=draft.engine, prompt=draft.prompt,
    )  # fmt: skip


def _says(text: str, words: str) -> bool:
    return folded(words).lower() in folded(text).lower()


def _other(number: str) -> str:
    """Return another number of the same length: 65 becomes 56, 18.000 becomes 81.000, 7 an 8."""
    first, second = number[0], number[1:2]
    if second.isdecimal() and second not in ("0", first):
        return second + first + number[2:]
    return str(int(first) % 9 + 1) + number[1:]


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
