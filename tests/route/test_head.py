"""The trained heads: fitted, stored, read again, and harmless whatever they are given."""

import numpy as np
import pytest

from services.route.cues import read_cues
from services.route.fit import fit, gather
from services.route.head import Head, UnreadableHead, load_head, look
from services.route.reader import load_model, shipped_model, written_comments
from tests.route.readings import COLOURS

CUES = read_cues()


def fitted() -> Head:
    seen = [look(text, CUES, None) for text, _ in COLOURS]
    return fit(gather(seen, [label for _, label in COLOURS]), CUES.names, "").head


def test_a_head_learns_and_says_the_same_after_it_was_stored() -> None:
    head = fitted()
    again = load_head(head.dump(), CUES)
    for text, label in [("Ein blauer Himmel", "blue"), ("Die rote Rose", "red")]:
        seen = look(text, CUES, None)
        probabilities = again.probabilities(seen)
        assert again.choose(probabilities) == label
        assert probabilities.sum() == pytest.approx(1)
        assert probabilities == pytest.approx(head.probabilities(seen), abs=2e-3)


def test_the_same_examples_give_the_same_bytes() -> None:
    assert fitted().dump() == fitted().dump()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04K\x01.", b"x" * 1000])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    """INVARIANT: a stored model is arrays and JSON; nothing in it is ever executed."""
    with pytest.raises(UnreadableHead):
        load_head(content, CUES)
    with pytest.raises(UnreadableHead):
        load_model(content, CUES)


def test_the_shipped_model_is_small_and_reads_back_what_it_writes() -> None:
    model = shipped_model(CUES)
    assert len(model.dump()) < 8 * 2**20
    assert load_model(model.dump(), CUES).card == model.card


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "\x00", "\ud800", "ﷺ" * 50, "🏳️‍🌈", "a" * 100_000, "?" * 5000]
)
def test_any_text_gets_probabilities(text: str) -> None:
    said = shipped_model(CUES).read(text, CUES, None, "")
    assert sum(said.kinds.values()) == pytest.approx(1, abs=1e-3)
    assert all(np.isfinite(p) and 0 <= p <= 1 for p in (said.threat, said.offence))


def test_a_vector_of_another_space_is_not_looked_at() -> None:
    """INVARIANT: with another embedding engine the text alone decides, never foreign numbers."""
    model = shipped_model(CUES)
    text = "Danke für eure tolle Arbeit, weiter so!"
    strange = np.full(7, 0.5, np.float32)
    assert model.read(text, CUES, strange, "elsewhere") == model.read(text, CUES, None, "")
    kinds = model.read(text, CUES, None, "").kinds
    assert max(kinds, key=lambda kind: kinds[kind]) == "praise"


def test_every_kind_has_written_comments_and_none_stands_twice() -> None:
    written = written_comments()
    texts = [text for text, _ in written]
    assert len(set(texts)) == len(texts)
    assert len(written) > 600
