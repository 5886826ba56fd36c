"""The engine's own tokenizer cuts like the one it stands for, in less memory."""

from pathlib import Path
from random import Random

import pytest
from tokenizers import Tokenizer

from services.demo import sample
from services.kit.embed.clean import clean
from services.kit.embed.onnx_engine import MAX_TOKENS
from services.kit.embed.tokenizer_file import build_tokenizer
from services.kit.embed.unigram import Unigram, save_vocabulary
from services.kit.embed.weights import Weights
from tests.kit.embed.hostile import HOSTILE

STRANGE = "".join(map(chr, range(0x20, 0x2FFF))) + " ▁" * 400 + "äöüß😀🏳️‍🌈" * 40


@pytest.fixture(scope="module")
def reference(weights: Weights) -> Tokenizer:
    tokenizer = build_tokenizer(weights.vocabulary)
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


@pytest.fixture(scope="module")
def own(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Unigram:
    path: Path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.npz"
    save_vocabulary(weights.vocabulary, path)
    return Unigram.load(path)


def test_texts_are_cut_as_by_the_reference(own: Unigram, reference: Tokenizer) -> None:
    """INVARIANT: stored vectors stay comparable: a text has the same pieces as it always had."""
    random = Random(1)
    said = [one["text"] for one in sample.comments()]
    drawn = ["".join(random.choices(STRANGE, k=random.randrange(120))) for _ in range(400)]
    for text in [*said, *HOSTILE.values(), *drawn, "", "x" * 3000, "wort " * 600]:
        plain = f"query: {clean(text)}"
        assert own.encode(plain, MAX_TOKENS) == reference.encode(plain).ids


def test_words_of_unknown_characters_are_one_piece(own: Unigram, weights: Weights) -> None:
    unknown = weights.vocabulary.unk
    assert own.encode("a \U000f0000\U000f0001 b", MAX_TOKENS).count(unknown) == 1
    assert own.encode("wort " * 100, 10) == [
        *own.encode("wort " * 8, 100)[:9],
        weights.vocabulary.eos,
    ]
