"""A trained head: one linear model over a vector, counted signs and hashed sequences of letters.

Only numpy is needed to read a comment, and a stored head is plain arrays: nothing is unpickled.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from services.route.cues import Cues
from services.route.grams import Counts, Grams, count_grams

FORMAT = 1

Floats = NDArray[np.float32]


class UnreadableHead(Exception):
    """The bytes are no head that this release can use."""


@dataclass(frozen=True)
class Seen:
    """Everything a head looks at in one text."""

    grams: Grams
    cues: Floats
    vector: Floats | None
    """Unit vector of the space the head was fitted in; None when there is none."""


def look(text: str, cues: Cues, vector: Floats | None) -> Seen:
    """Read a text for a head."""
    return Seen(count_grams(text), cues.read(text), vector)


@dataclass(frozen=True)
class Lexicon:
    """Known buckets of one lexical view with what they weigh."""

    buckets: NDArray[np.int32]
    """Ascending, (buckets,)."""
    rarity: Floats
    """Inverse document frequency, (buckets,)."""
    weights: Floats
    """(buckets, outputs)."""

    def score(self, counts: Counts) -> Floats:
        """Return one logit for each output: TF-IDF of unit length times the weights."""
        places = np.searchsorted(self.buckets, counts.buckets)
        places[places == len(self.buckets)] = 0
        known = self.buckets[places] == counts.buckets if len(self.buckets) else places > 0
        places = places[known]
        values = (1 + np.log(counts.counts[known])) * self.rarity[places]
        length = float(np.sqrt(values @ values))
        logits: Floats = (values @ self.weights[places] / max(length, 1e-9)).astype(np.float32)
        return logits


@dataclass(frozen=True)
class Weights:
    """One linear model; `vector` is None when it reads the text alone."""

    bias: Floats
    cues: Floats
    """(cues, outputs)."""
    words: Lexicon
    letters: Lexicon
    vector: Floats | None
    """(dimensions, outputs)."""

    def logits(self, seen: Seen) -> Floats:
        total: Floats = self.bias + seen.cues @ self.cues
        total = total + self.words.score(seen.grams.words)
        total = total + self.letters.score(seen.grams.letters)
        if self.vector is not None and seen.vector is not None:
            total = total + seen.vector @ self.vector
        return total


@dataclass(frozen=True)
class Head:
    """Probabilities for a fixed list of labels; two labels share one output, for the second."""

    labels: tuple[str, ...]
    cue_names: tuple[str, ...]
    space: str
    """Vector space that `full` was fitted in."""
    full: Weights
    bare: Weights
    """For texts without a vector of that space."""
    offsets: Floats
    """Added to log probabilities before the label is chosen, (labels,): the asked trade-off."""

    def probabilities(self, seen: Seen) -> Floats:
        """Return the calibrated probability of each label, (labels,)."""
        logits = (self.full if seen.vector is not None else self.bare).logits(seen)
        if len(self.labels) == 2:
            logits = np.array([0.0, logits[0]], np.float32)
        raised = np.exp(logits - logits.max())
        found: Floats = raised / raised.sum()
        return found

    def choose(self, probabilities: Floats) -> str:
        """Return the label that the trade-off of the training prefers."""
        return self.labels[int(np.argmax(np.log(probabilities + 1e-9) + self.offsets))]

    def dump(self) -> bytes:
        """Return the head as bytes: a zip of arrays and one JSON text."""
        about = {
            "format": FORMAT, "labels": self.labels, "cues": self.cue_names, "space": self.space,
        }  # fmt: skip
        arrays: dict[str, NDArray[Any]] = {
            "about": np.frombuffer(json.dumps(about).encode(), np.uint8), "offsets": self.offsets,
        }  # fmt: skip
        shared = self.full.words, self.full.letters
        for view, lexicon in zip(("words", "letters"), shared, strict=True):
            arrays[f"{view}.buckets"] = np.diff(lexicon.buckets, prepend=0).astype(np.int32)
            arrays[f"{view}.rarity"] = lexicon.rarity.astype(np.float16)
        for name, weights in (("full", self.full), ("bare", self.bare)):
            arrays[f"{name}.bias"] = weights.bias
            arrays[f"{name}.cues"] = weights.cues
            if weights.vector is not None:
                arrays[f"{name}.vector"] = weights.vector
            arrays[f"{name}.words"] = weights.words.weights.astype(np.float16)
            arrays[f"{name}.letters"] = weights.letters.weights.astype(np.float16)
        out = BytesIO()
        np.savez_compressed(out, allow_pickle=False, **arrays)
        return out.getvalue()


def load_head(content: bytes, cues: Cues) -> Head:
    """Read what `dump` wrote; raises UnreadableHead for anything else."""
    try:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        about = json.loads(arrays["about"].tobytes())
        if about["format"] != FORMAT:
            raise UnreadableHead(f"the model has format {about['format']}, not {FORMAT}")
        if tuple(about["cues"]) != cues.names:
            raise UnreadableHead("the model was trained with other cues: train it again")
        return Head(
            tuple(about["labels"]), cues.names, str(about["space"]),
            _weights(arrays, "full"), _weights(arrays, "bare"), arrays["offsets"],
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, EOFError, OSError, BadZipFile) as error:
        raise UnreadableHead(f"this is no model: {type(error).__name__}") from error


def _weights(arrays: dict[str, NDArray[Any]], name: str) -> Weights:
    def lexicon(view: str) -> Lexicon:
        return Lexicon(
            np.cumsum(arrays[f"{view}.buckets"], dtype=np.int32),
            arrays[f"{view}.rarity"].astype(np.float32),
            arrays[f"{name}.{view}"].astype(np.float32),
        )

    return Weights(
        arrays[f"{name}.bias"], arrays[f"{name}.cues"], lexicon("words"), lexicon("letters"),
        arrays.get(f"{name}.vector"),
    )  # fmt: skip
