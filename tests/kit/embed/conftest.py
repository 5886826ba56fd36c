"""One converted model for all tests of a machine, one engine for all tests of a session."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.kit.embed.convert import CONVERTER_VERSION
from services.kit.embed.onnx_engine import OnnxEmbedder
from services.kit.embed.weights import Weights, bundled_weights_path, read_weights


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """A data folder that outlives the session, so that the model is converted once a machine."""
    default = Path(tempfile.gettempdir()) / f"dialogwerk-test-models-{CONVERTER_VERSION}"
    return Path(os.environ.get("DIALOGWERK_TEST_CACHE", default))


@pytest.fixture(scope="session")
def weights() -> Weights:
    return read_weights(bundled_weights_path())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(data_dir: Path) -> AsyncIterator[OnnxEmbedder]:
    """The default engine; it belongs to no event loop."""
    opened = await OnnxEmbedder.open(data_dir, threads=1, on_progress=lambda _step, _share: None)
    yield opened
    await opened.close()
