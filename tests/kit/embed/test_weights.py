from pathlib import Path

import numpy as np
import pytest

from services.kit.embed.tokenizer_file import build_tokenizer
from services.kit.embed.weights import (
    BrokenWeightsError,
    Weights,
    bundled_weights_path,
    read_weights,
)


def test_the_bundled_file_holds_the_whole_model(weights: Weights) -> None:
    shape = weights.shape
    assert (shape.hidden, shape.layers, shape.heads, shape.positions) == (384, 12, 12, 512)
    assert len(weights.vocabulary.pieces) == 250_002
    assert weights.floats["emb.pos"].shape == (512, 384)
    assert weights.matrix("l11.fo.w").shape == (384, 1536)
    assert weights.matrix("l0.fi.w").shape == (1536, 384)
    assert all(np.isfinite(values).all() for values in weights.floats.values())


@pytest.mark.parametrize("size", [0, 3, 40, 1_000, 5_000_000])
def test_a_file_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    with bundled_weights_path().open("rb") as file:
        head = file.read(size)
    (tmp_path / "cut.bin").write_bytes(head)
    with pytest.raises(BrokenWeightsError):
        read_weights(tmp_path / "cut.bin")


def test_a_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenWeightsError, match="cannot read"):
        read_weights(tmp_path / "missing.bin")
    (tmp_path / "foreign.bin").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(BrokenWeightsError, match="not a weights file"):
        read_weights(tmp_path / "foreign.bin")


def test_the_tokenizer_cuts_like_xlm_roberta(weights: Weights) -> None:
    tokenizer = build_tokenizer(weights.vocabulary)
    encoding = tokenizer.encode("query: Wie viele Bäume?\tＡ\u00a0ﷺ")
    assert encoding.tokens == [
        *("<s>", "▁que", "ry", ":", "▁Wie", "▁viele", "▁Bäume", "?", "▁A"),
        *("▁صلى", "▁الله", "▁عليه", "▁وسلم", "</s>"),
    ]
    assert encoding.ids[:4] == [0, 41, 1294, 12]
