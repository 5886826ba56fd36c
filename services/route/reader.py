"""The trained part of a reading: three heads in one file, and what they say about a comment."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from io import BytesIO
from typing import Any, cast
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from schemas.comments import Kind
from services.route.cues import Cues
from services.route.head import Floats, Head, Seen, UnreadableHead, load_head, look

HEADS = ("kind", "offence", "threat")
YES = "yes"
NO = "no"


@dataclass(frozen=True)
class Probabilities:
    """What the heads say about one comment; every figure is between 0 and 1."""

    kinds: Mapping[Kind, float]
    """They add up to 1."""
    offence: float
    """That it insults or abuses somebody."""
    threat: float
    """That it threatens, incites or shows a forbidden symbol."""


@dataclass(frozen=True)
class Model:
    """A version of the sorting model."""

    kind: Head
    offence: Head
    threat: Head
    card: Mapping[str, Any]
    """What it was trained on and what was measured, as JSON."""

    def read(self, text: str, cues: Cues, vector: Floats | None, space: str) -> Probabilities:
        """Return what the heads say; a vector of another space than a head's is not looked at."""
        return self.judge(look(text, cues, vector), space)

    def judge(self, seen: Seen, space: str) -> Probabilities:
        """Return what the heads say about a text that was looked at."""
        bare = replace(seen, vector=None)

        def ask(head: Head) -> Floats:
            return head.probabilities(seen if head.space == space else bare)

        kinds = zip(self.kind.labels, ask(self.kind), strict=True)
        return Probabilities(
            {cast("Kind", name): float(probability) for name, probability in kinds},
            float(ask(self.offence)[self.offence.labels.index(YES)]),
            float(ask(self.threat)[self.threat.labels.index(YES)]),
        )

    def with_kind(self, head: Head, card: Mapping[str, Any]) -> "Model":
        """Return the model with another head for the kinds."""
        return replace(self, kind=head, card=card)

    def dump(self) -> bytes:
        """Return one file: a zip of the heads and the card."""
        out = BytesIO()
        with ZipFile(out, "w", ZIP_STORED) as archive:
            for name, head in zip(HEADS, (self.kind, self.offence, self.threat), strict=True):
                archive.writestr(f"{name}.npz", head.dump())
            archive.writestr("card.json", json.dumps(self.card, ensure_ascii=False, indent=1))
        return out.getvalue()


def load_model(content: bytes, cues: Cues) -> Model:
    """Read what `dump` wrote; raises UnreadableHead for anything else."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            kind, offence, threat = (load_head(archive.read(f"{n}.npz"), cues) for n in HEADS)
            card = json.loads(archive.read("card.json"))
    except (BadZipFile, KeyError, ValueError) as error:
        raise UnreadableHead(f"this is no sorting model: {type(error).__name__}") from error
    if {*offence.labels} != {YES, NO} or {*threat.labels} != {YES, NO}:
        raise UnreadableHead("this is no sorting model: its heads have other labels")
    return Model(kind, offence, threat, card)


def shipped_model(cues: Cues) -> Model:
    """Load the model that ships with the service."""
    content = files("services.route.model").joinpath("model.zip").read_bytes()
    return load_model(content, cues)


def written_comments() -> list[tuple[str, Kind]]:
    """Return the comments written for this project with their kinds."""
    text = files("services.route.model").joinpath("written.toml").read_text(encoding="utf-8")
    lists = cast("dict[Kind, list[str]]", tomllib.loads(text))
    return [(one, kind) for kind, texts in lists.items() for one in texts]
