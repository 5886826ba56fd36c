"""From settings to the embedding engine in use."""

import asyncio
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.kit.embed.embedder import PASSAGE_PREFIX, QUERY_PREFIX, Embedder, Progress, Step
from services.kit.embed.errors import EmbeddingError


class EmbedSettings(BaseModel):
    """Which engine turns texts into vectors, and with what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["onnx", "sentence-transformers", "endpoint"] = "onnx"
    model: str | None = Field(
        None, description="name or folder of a model; None: the bundled weights"
    )
    prefixes: Literal["auto", "e5", "none"] = Field(
        "auto", description="mark texts `query: ` or `passage: `; auto: if the model is an E5"
    )
    threads: int = Field(1, ge=1, description="cores used for embedding")
    base_url: str | None = Field(None, description="endpoint only, e.g. http://localhost:8080/v1")
    api_key: SecretStr = SecretStr("")
    timeout_seconds: float = Field(30.0, gt=0, description="endpoint only, for one attempt")
    retries: int = Field(3, ge=0, description="endpoint only, after 429, 5xx and time-outs")

    @property
    def uses_e5_prefixes(self) -> bool:
        """Whether texts get E5's prefixes."""
        if self.prefixes == "auto":
            return not self.model or "e5-" in self.model.lower()
        return self.prefixes == "e5"


def ignore_progress(step: Step, share: float) -> None:
    """Take the progress of a conversion and tell nobody."""


async def open_embedder(
    settings: EmbedSettings, data_dir: Path, on_progress: Progress = ignore_progress
) -> Embedder:
    """Open the engine that `settings` name; its models live in `data_dir / "models"`.

    `on_progress` is called on the event loop. Raises EmbeddingError with a sentence that says what
    is wrong: settings that do not fit, a missing extra, weights, model or endpoint, a full disk.
    """
    loop = asyncio.get_running_loop()

    def tell(step: Step, share: float) -> None:
        loop.call_soon_threadsafe(on_progress, step, share)

    try:
        return await _open(settings, data_dir, tell)
    except OSError as error:
        raise EmbeddingError(f"the embedding model cannot be opened: {error}") from error


async def _open(settings: EmbedSettings, data_dir: Path, on_progress: Progress) -> Embedder:
    """Open the engine; the libraries of the other two are not loaded."""
    if settings.engine == "onnx":
        if settings.model:
            raise EmbeddingError(
                f"the engine onnx has one bundled model and cannot load {settings.model!r}"
            )
        from services.kit.embed.onnx_engine import OnnxEmbedder  # noqa: PLC0415 - see above

        return await OnnxEmbedder.open(data_dir, threads=settings.threads, on_progress=on_progress)
    if settings.engine == "sentence-transformers":
        from services.kit.embed.sentence_transformers_engine import (  # noqa: PLC0415 - see above
            SentenceTransformersEmbedder,
        )

        return await SentenceTransformersEmbedder.open(
            data_dir,
            model=settings.model,
            prompts=_prompts(settings),
            threads=settings.threads,
            on_progress=on_progress,
        )
    if not (settings.base_url and settings.model):
        raise EmbeddingError("the engine endpoint needs the address and the model's name")
    from services.kit.embed.endpoint_engine import EndpointEmbedder  # noqa: PLC0415 - see above

    return await EndpointEmbedder.open(
        settings.base_url,
        api_key=settings.api_key.get_secret_value(),
        model=settings.model,
        e5_prefixes=settings.uses_e5_prefixes,
        timeout_seconds=settings.timeout_seconds,
        retries=settings.retries,
    )


def _prompts(settings: EmbedSettings) -> dict[str, str] | None:
    """Return prefixes to impose on a sentence-transformers model, None to keep its own."""
    if settings.uses_e5_prefixes:
        return {"query": QUERY_PREFIX, "document": PASSAGE_PREFIX}
    return {} if settings.prefixes == "none" else None
