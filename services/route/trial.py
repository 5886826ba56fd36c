"""A trial of the head on labelled comments that it has not seen, beside plain methods."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from services.route import baselines
from services.route.cues import read_cues
from services.route.fit import fit, gather
from services.route.head import Floats, look
from services.route.measure import Judged, as_json, by_label, measure, reliability
from services.route.table import Row


@dataclass(frozen=True)
class Labelled:
    """Texts with labels and vectors."""

    texts: list[str]
    labels: list[str]
    vectors: Floats

    @classmethod
    def of(cls, rows: Sequence[Row], vectors: Floats) -> "Labelled":
        return cls([row.text for row in rows], [row.label or "" for row in rows], vectors)

    def only(self, keep: Sequence[int]) -> "Labelled":
        return Labelled(
            [self.texts[i] for i in keep], [self.labels[i] for i in keep], self.vectors[list(keep)]
        )


def measure_sorting(
    learnt: Labelled, tested: Labelled, space: str, positive: str | None = None
) -> dict[str, Any]:
    """Fit the head and the baselines; return all figures as JSON. Raises CannotFit."""
    counts = Counter(learnt.labels)
    keep = [i for i, label in enumerate(learnt.labels) if counts[label] > 1]
    used = learnt.only(keep)
    cues = read_cues()
    seen = [look(text, cues, v) for text, v in zip(used.texts, used.vectors, strict=True)]
    examples = gather(seen, used.labels, positive=positive)
    head = fit(examples, cues.names, space).head
    numbers = {name: number for number, name in enumerate(head.labels)}
    strange = {name: len(numbers) + i for i, name in enumerate(
        sorted(set(tested.labels) - numbers.keys())
    )}  # fmt: skip
    gold = np.array([{**numbers, **strange}[label] for label in tested.labels])
    said = np.array(
        [head.probabilities(look(text, cues, vector))
         for text, vector in zip(tested.texts, tested.vectors, strict=True)], np.float64,
    )  # fmt: skip
    given = np.array([numbers[head.choose(row)] for row in said])
    judged = Judged(gold, given, said)
    learnt_gold = examples.gold
    with threadpool_limits(1):
        plain = {
            "most frequent label": baselines.most_frequent(learnt_gold, gold, len(numbers)),
            "words": baselines.bag_of_words(used.texts, learnt_gold, tested.texts, gold),
            "vectors": baselines.bare_vectors(used.vectors, learnt_gold, tested.vectors, gold),
        }
    known = set(learnt.texts)
    return {
        "rows": {"train": len(used.texts), "test": len(tested.texts)},
        "labels": list(head.labels),
        "notes": {
            "labels_seen_once_left_out": len(learnt.texts) - len(used.texts),
            "test_labels_never_learnt": sorted(strange),
            "test_texts_also_in_train": sum(text in known for text in tested.texts),
        },
        "model": as_json(measure(judged)),
        "by_label": {name: asdict(f) for name, f in by_label(judged, head.labels).items()},
        "baselines": {name: as_json(measure(one)) for name, one in plain.items()},
        "reliability": [asdict(one) for one in reliability(judged)],
    }
