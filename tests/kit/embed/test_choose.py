from pathlib import Path

import pytest
from pydantic import ValidationError

from services.kit.embed.choose import EmbedSettings, open_embedder
from services.kit.embed.errors import EmbeddingError


async def test_the_default_is_the_bundled_model_without_torch(data_dir: Path) -> None:
    embedder = await open_embedder(EmbedSettings(), data_dir)
    assert embedder.name in ("onnx-int8", "onnx-4bit")
    assert (embedder.space, embedder.dimensions) == ("multilingual-e5-small", 384)
    await embedder.close()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (EmbedSettings(model="some/model"), "cannot load 'some/model'"),
        (EmbedSettings(engine="endpoint", model="any"), "needs the address"),
        (EmbedSettings(engine="endpoint", base_url="http://127.0.0.1:1"), "needs the address"),
    ],
)
async def test_settings_that_do_not_fit_are_explained(
    tmp_path: Path, settings: EmbedSettings, reason: str
) -> None:
    with pytest.raises(EmbeddingError, match=reason):
        await open_embedder(settings, tmp_path)


async def test_a_data_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a folder should be")
    with pytest.raises(EmbeddingError, match="cannot be opened"):
        await open_embedder(EmbedSettings(), tmp_path)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (EmbedSettings(), True),
        (EmbedSettings(model="intfloat/multilingual-E5-large"), True),
        (EmbedSettings(model="BAAI/bge-m3"), False),
        (EmbedSettings(model="BAAI/bge-m3", prefixes="e5"), True),
        (EmbedSettings(model="intfloat/e5-base", prefixes="none"), False),
    ],
)
def test_prefixes_follow_the_model_unless_told(settings: EmbedSettings, *, expected: bool) -> None:
    assert settings.uses_e5_prefixes is expected


def test_the_key_is_not_shown() -> None:
    assert "geheim" not in repr(EmbedSettings.model_validate({"api_key": "geheim"}))
    with pytest.raises(ValidationError):
        EmbedSettings(threads=0)
