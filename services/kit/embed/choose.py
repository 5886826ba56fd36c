"""From settings to the embedding engine in use."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from services.kit.embed.convert import Progress, Step
from services.kit.embed.embedder import PASSAGE_PREFIX, QUERY_PREFIX, Embedder
from services.kit.embed.endpoint_engine import EndpointEmbedder
from services.kit.embed.onnx_engine import OnnxEmbedder
from services.kit.embed.sentence_transformers_engine import SentenceTransformersEmbedder


class EmbedSettings(BaseModel):
    """Which engine turns texts into vectors, and with what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["onnx", "sentence-transformers", "endpoint"] = "onnx"
    model: str | None = Field(
        None, description="model name or folder; None means the bundled weights"
    )
    prefixes: Literal["auto", "e5", "none"] = Field(
        "auto", description="whether texts are marked `query: ` or `passage: `; auto: by the name"
    )
    threads: int = Field(1, ge=1, le=64, description="cores used for embedding")
    base_url: str | None = Field(None, description="endpoint only, e.g. http://localhost:8080/v1")
    api_key: SecretStr = SecretStr("")
    timeout_seconds: float = Field(30.0, gt=0, description="endpoint only, for one attempt")
    retries: int = Field(3, ge=0, description="endpoint only, after 429, 5xx and time-outs")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.engine == "endpoint" and not (self.base_url and self.model):
            raise ValueError("the engine endpoint needs base_url and model")
        if self.engine == "onnx" and self.model:
            raise ValueError("the engine onnx has one bundled model; model must stay empty")
        return self

    @property
    def uses_e5_prefixes(self) -> bool:
        """Whether texts get E5's prefixes."""
        if self.prefixes == "auto":
            return self.model is None or "e5-" in self.model.lower()
        return self.prefixes == "e5"


def ignore_progress(step: Step, share: float) -> None:
    """Take progress of a conversion and tell nobody."""


async def open_embedder(
    settings: EmbedSettings, data_dir: Path, on_progress: Progress = ignore_progress
) -> Embedder:
    """Open the engine that `settings` name; its models live in `data_dir / "models"`.

    Raises BrokenWeightsError, MissingExtraError, EmbeddingError or OSError with a sentence that
    says what to do.
    """
    if settings.engine == "onnx":
        return await OnnxEmbedder.open(data_dir, threads=settings.threads, on_progress=on_progress)
    if settings.engine == "sentence-transformers":
        return await SentenceTransformersEmbedder.open(
            data_dir,
            model=settings.model,
            prompts=_prompts(settings),
            threads=settings.threads,
            on_progress=on_progress,
        )
    return await EndpointEmbedder.open(
        settings.base_url or "",
        api_key=settings.api_key.get_secret_value(),
        model=settings.model or "",
        e5_prefixes=settings.uses_e5_prefixes,
        timeout_seconds=settings.timeout_seconds,
        retries=settings.retries,
    )


def _prompts(settings: EmbedSettings) -> dict[str, str] | None:
    """Return prefixes to impose on a sentence-transformers model, None to keep its own."""
    if settings.uses_e5_prefixes:
        return {"query": QUERY_PREFIX, "document": PASSAGE_PREFIX}
    return {} if settings.prefixes == "none" else None
