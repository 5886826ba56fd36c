"""The plumbing against a real llama.cpp server; what its tiny model says is of no interest."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, SecretStr

from services.kit.faults import TryLater
from services.kit.llm import LanguageModel
from tests.conftest import require
from tests.kit.llama_server import HOW, model_file

PATIENCE = 100.0


class Verdict(BaseModel):
    ready: bool


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    """The address of a running server."""
    require(model_file() is not None, HOW)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.kit.llama_server"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address = next(line for line in process.stdout if line.startswith("http"))
        yield f"{address.strip()}/v1"
        process.kill()


def client(url: str, *, timeout: float = PATIENCE) -> LanguageModel:
    return LanguageModel(
        base_url=url, model="smollm2", api_key=SecretStr(""), timeout=timeout, max_tokens=60
    )


async def test_a_real_server_enforces_the_schema_and_counts(llama: str) -> None:
    model = client(llama)
    try:
        done = await model.complete([{"role": "user", "content": "Are you ready?"}], Verdict)
    finally:
        await model.close()
    assert isinstance(done.answer.ready, bool)
    assert model.dialect.form == "json_schema"
    assert done.counted
    assert done.tokens_in > 5
    assert 0 < done.tokens_out <= 60


async def test_a_real_server_that_is_too_slow_is_asked_later(llama: str) -> None:
    model = client(llama, timeout=0.01)
    try:
        with pytest.raises(TryLater):
            await model.complete([{"role": "user", "content": "Tell a long story."}], Verdict)
    finally:
        await model.close()
