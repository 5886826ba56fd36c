"""The optional engine; these tests are skipped without the extra, and fail without it on CI."""

import importlib
import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from services.kit.embed.choose import EmbedSettings, open_embedder
from services.kit.embed.embedder import Embedder
from services.kit.embed.errors import EmbeddingError
from services.kit.embed.onnx_engine import OnnxEmbedder
from tests.conftest import require
from tests.kit.embed.hostile import HOSTILE

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

EXTRA = EmbedSettings(engine="sentence-transformers")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def torch_engine(data_dir: Path) -> AsyncIterator[Embedder]:
    installed = importlib.util.find_spec("sentence_transformers") is not None
    require(installed, "the extra sentence-transformers")
    opened = await open_embedder(EXTRA, data_dir)
    yield opened
    await opened.close()


async def test_both_engines_share_one_vector_space(
    engine: OnnxEmbedder, torch_engine: Embedder
) -> None:
    """INVARIANT: the engine can be exchanged without embedding everything again."""
    assert (torch_engine.space, torch_engine.dimensions) == (engine.space, engine.dimensions)
    texts = ["Wann kommt der Radweg?", "lol", "Der Haushalt 2026 wurde beschlossen. " * 90]
    for mine, other in (
        (engine.embed_queries, torch_engine.embed_queries),
        (engine.embed_passages, torch_engine.embed_passages),
    ):
        cosines = np.sum(await mine(texts) * await other(texts), axis=1)
        assert cosines.min() > 0.99


async def test_hostile_texts_neither_crash_nor_mislead(torch_engine: Embedder) -> None:
    vectors = await torch_engine.embed_passages([*HOSTILE.values(), "Ein harmloser Satz."])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    harmless = await torch_engine.embed_passages(["Ein harmloser Satz."])
    assert vectors[-1] @ harmless[0] > 0.99
    assert (await torch_engine.embed_queries([])).shape == (0, torch_engine.dimensions)


async def test_any_sentence_transformers_model_can_take_its_place(
    torch_engine: Embedder, tmp_path: Path
) -> None:
    write_tiny_model(tmp_path / "tiny")
    settings = EXTRA.model_copy(update={"model": str(tmp_path / "tiny")})
    tiny = await open_embedder(settings, tmp_path)
    assert (tiny.space, tiny.dimensions) == (settings.model, 8)
    query = await tiny.embed_queries(["wort"])
    passage = await tiny.embed_passages(["wort"])
    assert np.allclose(np.linalg.norm(query, axis=1), 1, atol=1e-3)
    assert np.allclose(query, passage, atol=1e-2)
    await tiny.close()
    prefixed = await open_embedder(settings.model_copy(update={"prefixes": "e5"}), tmp_path)
    assert not np.allclose(query, await prefixed.embed_queries(["wort"]), atol=1e-2)
    await prefixed.close()


async def test_a_model_that_does_not_exist_is_explained(
    torch_engine: Embedder, tmp_path: Path
) -> None:
    settings = EXTRA.model_copy(update={"model": str(tmp_path / "missing")})
    with pytest.raises(EmbeddingError, match="missing"):
        await open_embedder(settings, tmp_path)


async def test_without_the_extra_its_name_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbeddingError, match=r"dialogwerk\[sentence-transformers\]"):
        await open_embedder(EXTRA, tmp_path)


def write_tiny_model(folder: Path) -> None:
    """Save a random BERT of eight dimensions in the sentence-transformers layout."""
    transformers = importlib.import_module("transformers")
    library = importlib.import_module("sentence_transformers")
    importlib.import_module("torch").manual_seed(1)
    words = ["[PAD]", "[UNK]", "wort", "query", ":"]
    tokenizer = Tokenizer(
        WordLevel({word: index for index, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = Whitespace()
    bert = folder / "bert"
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=16
    ).save_pretrained(bert)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=16,
    )
    transformers.BertModel(config).save_pretrained(bert)
    modules = [library.models.Transformer(str(bert)), library.models.Pooling(8)]
    library.SentenceTransformer(modules=modules, device="cpu").save(str(folder))
