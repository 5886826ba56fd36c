"""Turns the bundled weights, once, into the model folders that the engines load."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from services.kit.embed.embedder import Progress
from services.kit.embed.model_folder import Origin, ensure_folder
from services.kit.embed.weights import Weights, bundled_weights_path, read_weights

CONVERTER_VERSION: Final = 3
MODEL_NAME: Final = "multilingual-e5-small"
TOKENIZER: Final = "tokenizer.json"
VOCABULARY: Final = "vocabulary.npz"
EXACT: Final = "exact.onnx"
INT8: Final = "int8.onnx"
PROBE: Final = "probe.npz"


def ensure_onnx_folder(data_dir: Path, on_progress: Progress) -> Path:
    """Return the folder of the ONNX models, converting when it is missing, old or damaged.

    Blocks for a few seconds when it converts. Raises BrokenWeightsError, OSError.
    """
    return _ensure(data_dir, "onnx", _write_onnx, on_progress)


def ensure_sentence_transformers_folder(data_dir: Path, on_progress: Progress) -> Path:
    """Return the folder for sentence-transformers, converting when missing, old or damaged.

    Needs the package safetensors. Blocks for a few seconds when it converts. Raises
    BrokenWeightsError, OSError.
    """
    return _ensure(data_dir, "sentence-transformers", _write_transformers, on_progress)


def _ensure(
    data_dir: Path,
    flavour: str,
    write: Callable[[Weights, Path, Progress], None],
    on_progress: Progress,
) -> Path:
    source = bundled_weights_path()
    origin = Origin(source.name, source.stat().st_size, CONVERTER_VERSION)
    folder = data_dir / "models" / f"{MODEL_NAME}-{flavour}"

    def build(target: Path) -> None:
        on_progress("reading", 0.0)
        write(read_weights(source), target, on_progress)

    if ensure_folder(folder, origin, build):
        on_progress("ready", 1.0)
    return folder


def _write_transformers(weights: Weights, folder: Path, on_progress: Progress) -> None:
    # what writes this layout is not needed by the other engines
    from services.kit.embed.tokenizer_file import build_tokenizer  # noqa: PLC0415
    from services.kit.embed.transformers_layout import write_transformers_folder  # noqa: PLC0415

    on_progress("tokenizer", 0.2)
    build_tokenizer(weights.vocabulary).save(str(folder / TOKENIZER))
    on_progress("model", 0.5)
    write_transformers_folder(weights, folder)


def _write_onnx(weights: Weights, folder: Path, on_progress: Progress) -> None:
    # the library that writes models is not needed to run them
    from services.kit.embed.onnx_folder import write_onnx_folder  # noqa: PLC0415

    write_onnx_folder(weights, folder, on_progress)
