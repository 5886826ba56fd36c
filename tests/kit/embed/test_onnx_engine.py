import asyncio
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from services.kit.embed.convert import EXACT, INT8, PROBE, VOCABULARY, ensure_onnx_folder
from services.kit.embed.onnx_engine import MAX_TOKENS, OnnxEmbedder, load_correct_encoder
from services.kit.embed.onnx_run import Encoder
from services.kit.embed.unigram import Unigram
from services.kit.embed.weights import Weights
from tests.kit.embed.hostile import HOSTILE
from tests.kit.embed.reference import encode

TEXTS = [
    "query: Wann kommt endlich der Radweg an der Hauptstraße?",
    "query: lol",
    "passage: Der Gemeinderat hat am 12. Mai 2026 beschlossen, 1.200 Bäume zu pflanzen.",
    "passage: The council publishes its minutes in German, Türkçe and українською.",
]


def ignore(_step: str, _share: float) -> None:
    """Listen to no progress."""


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return ensure_onnx_folder(data_dir, ignore)


def test_models_agree_with_plain_float32_arithmetic(folder: Path, weights: Weights) -> None:
    """INVARIANT: conversion changes how the model is computed, not what it says."""
    tokenizer = Unigram.load(folder / VOCABULARY)
    token_ids = [tokenizer.encode(text, MAX_TOKENS) for text in TEXTS]
    expected = np.stack([encode(weights, ids) for ids in token_ids])
    for model, least in ((EXACT, 0.99999), (INT8, 0.999)):
        vectors = Encoder(folder / model).run(token_ids)
        assert np.sum(expected * vectors, axis=1).min() > least


async def test_vectors_are_unit_float32_in_the_order_of_the_texts(engine: OnnxEmbedder) -> None:
    texts = ["kurz", "ein sehr langer Satz " * 20, "mittel lang ist dieser hier", "kurz"]
    vectors = await engine.embed_queries(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, engine.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([await engine.embed_queries([text]) for text in texts])
    assert np.allclose(vectors, alone, atol=1e-3)
    assert (await engine.embed_queries([])).shape == (0, engine.dimensions)


async def test_a_question_is_closest_to_the_passage_that_answers_it(engine: OnnxEmbedder) -> None:
    passages = await engine.embed_passages(
        [
            "Das Freibad öffnet am 15. Mai und schließt Mitte September.",
            "Die Hundesteuer beträgt 96 Euro im Jahr.",
            "Für den Radweg an der Hauptstraße stehen 400.000 Euro bereit.",
        ]
    )
    questions = await engine.embed_queries(
        [
            "Ab wann kann man draußen schwimmen?",
            "was kostet mein dackel",
            "how much for the bike lane??",
        ]
    )
    assert np.argmax(questions @ passages.T, axis=1).tolist() == [0, 1, 2]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_texts_neither_crash_nor_stall(engine: OnnxEmbedder, text: str) -> None:
    """INVARIANT: no comment can stop the engine or give it a vector that is not a number."""
    vectors = await engine.embed_passages([text, "Ein harmloser Satz."])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    harmless = await engine.embed_passages(["Ein harmloser Satz."])
    assert np.allclose(vectors[1], harmless[0], atol=1e-3)


async def test_decomposed_umlauts_mean_the_same(engine: OnnxEmbedder) -> None:
    text = "Müssen die Bäume für größere Straßen weichen?"
    vectors = await engine.embed_queries([text, unicodedata.normalize("NFD", text)])
    assert np.allclose(vectors[0], vectors[1], atol=1e-3)


async def test_a_query_does_not_wait_for_a_large_import(engine: OnnxEmbedder) -> None:
    """INVARIANT: comments are sorted while a publication is being indexed."""
    passages = [
        f"Absatz {number} eines langen Berichts über die Stadt. " * 8 for number in range(48)
    ]
    importing = asyncio.create_task(engine.embed_passages(passages))
    await asyncio.sleep(0)
    await engine.embed_queries(["Wann öffnet das Freibad?"])
    assert not importing.done()
    assert (await importing).shape == (48, engine.dimensions)


async def test_a_cpu_that_computes_int8_wrongly_gets_the_exact_model(
    folder: Path, tmp_path: Path
) -> None:
    """INVARIANT: a CPU on which int8 products overflow is noticed before it embeds anything."""
    other = tmp_path / "model"
    shutil.copytree(folder, other)
    assert load_correct_encoder(other)[0] == "onnx-int8"
    with np.load(folder / PROBE) as probe:
        arrays = dict(probe)
    np.savez(other / PROBE, **(arrays | {"vectors": np.roll(arrays["vectors"], 1, axis=1)}))
    assert load_correct_encoder(other)[0] == "onnx-4bit"


async def test_two_threads_give_the_same_vectors(data_dir: Path, engine: OnnxEmbedder) -> None:
    texts = [f"Kommentar Nummer {number} zum Haushalt " * (number % 5 + 1) for number in range(40)]
    pair = await OnnxEmbedder.open(data_dir, threads=2, on_progress=ignore)
    assert np.allclose(
        await pair.embed_queries(texts), await engine.embed_queries(texts), atol=1e-3
    )
    await pair.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        await pair.embed_queries(texts)


async def test_a_damaged_conversion_is_made_anew(data_dir: Path, tmp_path: Path) -> None:
    """INVARIANT: one flipped bit in the converted model never reaches an answer."""
    intact = ensure_onnx_folder(data_dir, ignore)
    damaged = tmp_path / "models" / intact.name
    shutil.copytree(intact, damaged)
    model = bytearray((damaged / INT8).read_bytes())
    model[len(model) // 2] ^= 1
    (damaged / INT8).write_bytes(model)
    steps: list[tuple[str, float]] = []
    ensure_onnx_folder(tmp_path, lambda step, share: steps.append((step, share)))
    assert (damaged / INT8).read_bytes() == (intact / INT8).read_bytes()
    assert [step for step, _ in steps] == ["reading", "tokenizer", "model", "checking", "ready"]
    assert [share for _, share in steps] == sorted(share for _, share in steps)
