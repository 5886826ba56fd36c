"""Made-up probabilities and small examples for the tests of the sorting."""

from typing import get_args

from schemas.comments import Kind
from services.route.reader import Probabilities

KINDS: tuple[Kind, ...] = get_args(Kind)

COLOURS = [
    ("Der Himmel ist heute blau", "blue"), ("Das Meer war blau und kalt", "blue"),
    ("Blau wie Tinte, sagt man", "blue"), ("Ein blaues Hemd, bitte", "blue"),
    ("Blaue Blumen am Weg", "blue"), ("So blau, so blau", "blue"),
    ("Die Rose ist rot", "red"), ("Rot wie Blut", "red"), ("Ein roter Ball", "red"),
    ("Rote Ampel, stehen bleiben", "red"), ("Das rote Haus dort", "red"), ("Alles rot hier", "red"),
]  # fmt: skip


def said(threat: float = 0.0, offence: float = 0.0, **kinds: float) -> Probabilities:
    """Return probabilities in which the kinds that are not named share the rest."""
    rest = (1 - sum(kinds.values())) / (len(KINDS) - len(kinds))
    return Probabilities({kind: kinds.get(kind, rest) for kind in KINDS}, offence, threat)
