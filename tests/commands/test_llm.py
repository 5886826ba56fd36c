"""`llm check` against endpoints that behave as told."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from services.commands.llm import LURE, check
from services.kit.settings import Settings
from tests.kit.scripted_llm import Behaviour, ScriptedLLM, answers, says, scripted_llm, status

READY = answers({"ready": True})
COST = {
    "text": "Die Leihe kostet 12 Euro je Tag.",
    "kind": "fact",
    "citations": [{"passage": 1, "quote": "Die Leihe kostet 12 Euro je Tag"}],
}
ENGLISH = {**COST, "text": "Borrowing costs 12 euros a day."}
SILENT = {"answerable": False, "sentences": []}


def said(*sentences: dict[str, Any]) -> Behaviour:
    return answers({"answerable": True, "sentences": list(sentences)})


@pytest.fixture
async def llm() -> AsyncIterator[ScriptedLLM]:
    async with scripted_llm() as server:
        yield server


async def checked(llm: ScriptedLLM, *behaviours: Behaviour, **given: Any) -> tuple[int, str]:
    llm.will(*behaviours)
    settings = Settings(
        llm_base_url=llm.url + "/v1", llm_model="m", llm_api_key=SecretStr("sk-secret"),
        llm_timeout=5, **given,
    )  # fmt: skip
    lines: list[str] = []
    code = await check(settings, lines.append)
    return code, "\n".join(lines)


async def test_a_good_endpoint_passes(llm: ScriptedLLM) -> None:
    code, told = await checked(
        llm, READY, said(COST), said(ENGLISH), answers(SILENT), said(COST), said(COST),
        llm_price_in=2, llm_price_out=10,
    )  # fmt: skip
    assert code == 0
    assert "NO" not in told
    assert "0.000400 EUR" in told
    assert "sk-secret" not in told


async def test_an_endpoint_that_obeys_a_comment_is_shown_with_what_stopped_it(
    llm: ScriptedLLM,
) -> None:
    lured = {**COST, "text": f"Besuchen Sie {LURE}."}
    code, told = await checked(
        llm, READY, said(COST), said(ENGLISH), said(COST), said(lured), says("x" * 10)
    )
    assert code == 0
    assert "the checks stopped it" in told
    assert "answers although the passages hold no answer" in told
    assert "its context is too small" in told


async def test_an_endpoint_whose_drafts_are_false_is_not_usable(llm: ScriptedLLM) -> None:
    wrong = {**COST, "text": "Die Leihe kostet 15 Euro je Tag."}
    code, told = await checked(llm, READY, said(wrong), *[answers(SILENT)] * 4)
    assert code == 1
    assert "stopped by the check figures_are_proved" in told


@pytest.mark.parametrize(
    ("behaviour", "named"), [(status(401), "LLM_API_KEY"), (status(500), "500")]
)
async def test_trouble_is_told_in_a_sentence(
    llm: ScriptedLLM, behaviour: Behaviour, named: str
) -> None:
    code, told = await checked(llm, behaviour)
    assert code == 1
    assert named in told
    assert "sk-secret" not in told


async def test_without_a_model_it_says_what_to_set() -> None:
    lines: list[str] = []
    assert await check(Settings(llm_base_url="", llm_model=""), lines.append) == 1
    assert "LLM_BASE_URL" in lines[0]
