"""The language model's client against a real HTTP server that behaves as told."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel, SecretStr

from services.kit.faults import TryLater, is_infrastructure
from services.kit.llm import Completion, LanguageModel, ModelFailed, parse_answer, strict_schema
from tests.kit.scripted_llm import (
    SPENT,
    Behaviour,
    ScriptedLLM,
    answers,
    drips,
    drops,
    half_a_body,
    hangs,
    refuses,
    returns,
    says,
    scripted_llm,
    status,
)


class Part(BaseModel):
    kind: Literal["a", "b"]


class Answer(BaseModel):
    yes: bool
    parts: list[Part]


GOOD: dict[str, Any] = {"yes": True, "parts": [{"kind": "a"}]}
ASKED = [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Really?"}]


@pytest.fixture
async def llm() -> AsyncIterator[ScriptedLLM]:
    async with scripted_llm() as server:
        yield server


async def ask(llm: ScriptedLLM, *behaviours: Behaviour, timeout: float = 5) -> Completion[Answer]:
    llm.will(*behaviours)
    model = llm.model(timeout=timeout)
    try:
        return await model.complete(ASKED, Answer)
    finally:
        await model.close()


async def test_an_answer_is_asked_for_by_schema_and_comes_with_its_cost(llm: ScriptedLLM) -> None:
    done = await ask(llm, answers(GOOD))
    assert done == Completion(Answer(yes=True, parts=[Part(kind="a")]), "scripted-1", 100, 20)
    (request,) = llm.requests
    assert request["messages"] == ASKED
    assert request["temperature"] == 0
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["response_format"]["json_schema"]["schema"] == strict_schema(Answer)


@pytest.mark.parametrize(
    "content",
    [
        f"Sure, here is {{your}} answer:\n```json\n{json.dumps(GOOD)}\n```\nAnything {{else}}?",
        f'<think>Maybe {{"yes": false, "parts": []}}?</think>{json.dumps(GOOD)}',
        json.dumps({**GOOD, "beside": {"the": "schema"}}),
        f"{{ {json.dumps(GOOD)}",
    ],
    ids=["fence and talk", "thinks aloud", "more fields", "stray brace"],
)
async def test_the_answer_is_found_in_what_surrounds_it(llm: ScriptedLLM, content: str) -> None:
    done = await ask(llm, says(content))
    assert done.answer.yes is True


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (refuses(), "refused"),
        (says('{"yes": true', finish_reason="content_filter"), "refused"),
        (says(""), "said nothing"),
        (says(None), "said nothing"),
        (says('{"yes": true, "parts"'), "no JSON object"),
        (says("I would rather talk."), "no JSON object"),
        (answers({"yes": True, "parts": [{"kind": "c"}]}), "parts.0.kind"),
        (answers({"yes": "perhaps", "parts": []}), "yes"),
        (answers([GOOD["parts"]]), "yes"),
        (says(json.dumps(GOOD), finish_reason="length"), "raise LLM_MAX_TOKENS"),
        (says("", finish_reason="length"), "raise LLM_MAX_TOKENS"),
        (says('{"a":' * 5000), "no JSON object"),
        (returns({"choices": [], "usage": SPENT}), "said nothing"),
    ],
)  # fmt: skip
async def test_what_cannot_be_used_has_a_reason_and_a_cost(
    llm: ScriptedLLM, behaviour: Behaviour, why: str
) -> None:
    """INVARIANT: tokens of an answer that failed count; else garbage would empty the budget."""
    with pytest.raises(ModelFailed, match=why) as failed:
        await ask(llm, behaviour)
    assert (failed.value.tokens_in, failed.value.tokens_out) == (100, 20)
    assert not is_infrastructure(failed.value)
    assert len(llm.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        half_a_body(),
        returns("hello"),
        returns({"hello": 1}),
        returns({"choices": [{"text": 1}]}),
        answers(GOOD, usage={"prompt_tokens": 10**12}),
        answers(GOOD, usage={"prompt_tokens": -9}),
    ],
)
async def test_what_is_no_chat_completion_names_the_setting(
    llm: ScriptedLLM, behaviour: Behaviour
) -> None:
    """INVARIANT: no answer of an endpoint, however broken, is an error that buries the message."""
    with pytest.raises(ModelFailed, match="LLM_BASE_URL"):
        await ask(llm, behaviour)


@pytest.mark.parametrize(
    "behaviour",
    [
        status(500), status(502), status(503), status(529), status(408), status(409), status(429),
        drops(), returns({"error": {"code": 502, "message": "upstream"}}),
        says("", finish_reason="error"),
    ],
)  # fmt: skip
async def test_an_endpoint_in_trouble_is_asked_later(
    llm: ScriptedLLM, behaviour: Behaviour
) -> None:
    """INVARIANT: a model that is down makes messages wait and never counts against them."""
    with pytest.raises(TryLater) as late:
        await ask(llm, behaviour)
    assert is_infrastructure(late.value)
    assert late.value.delay == 10
    done = await ask(llm, answers(GOOD))
    assert done.answer.yes
    assert len(llm.requests) == 2


@pytest.mark.parametrize("behaviour", [hangs(), drips()], ids=["hangs", "drips"])
async def test_the_time_limit_holds_for_the_whole_answer(
    llm: ScriptedLLM, behaviour: Behaviour
) -> None:
    """INVARIANT: one call ends within its time limit, so that no second instance starts too."""
    with pytest.raises(TryLater, match="Time"):
        await asyncio.wait_for(ask(llm, behaviour, timeout=0.3), 30)


async def test_nobody_listens(llm: ScriptedLLM) -> None:
    model = LanguageModel(
        base_url="http://127.0.0.1:1/v1", model="x", api_key=SecretStr(""), timeout=2, max_tokens=9
    )
    with pytest.raises(TryLater):
        await model.complete(ASKED, Answer)
    await model.close()


@pytest.mark.parametrize(
    ("asked_for", "delay"),
    [("7", 7), ("0", 0.5), ("99999", 300), ("soon", 10), ("-5", 10), ("nan", 10),
     ("Wed, 21 Oct 2026 07:28:00 GMT", 10)],
)  # fmt: skip
async def test_patience_is_as_long_as_asked_for_within_reason(
    llm: ScriptedLLM, asked_for: str, delay: float
) -> None:
    with pytest.raises(TryLater) as late:
        await ask(llm, status(429, retry_after=asked_for))
    assert late.value.delay == delay


@pytest.mark.parametrize("code", [401, 402, 403, 404])
async def test_a_wrong_setting_is_named_and_the_key_is_not(llm: ScriptedLLM, code: int) -> None:
    with pytest.raises(ModelFailed, match="LLM_API_KEY") as failed:
        await ask(llm, status(code, "Incorrect API key provided: secret-key"))
    assert "secret-key" not in str(failed.value)


def only(*forms: str) -> Any:
    """Return the complaints of a server that takes only these forms of structured output."""

    def takes(request: dict[str, Any]) -> str | None:
        form = request.get("response_format", {}).get("type", "text")
        return None if form in forms else f"response_format {form} is not supported"

    return takes


@pytest.mark.parametrize(
    ("forms", "requests"),
    [(("json_schema",), 1), (("json_object",), 2), (("text",), 3)],
)
async def test_older_servers_are_asked_in_the_form_they_know(
    llm: ScriptedLLM, forms: tuple[str, ...], requests: int
) -> None:
    llm.takes = only(*forms)
    llm.will(answers(GOOD), answers(GOOD))
    model = llm.model()
    assert (await model.complete(ASKED, Answer)).answer.yes
    assert len(llm.requests) == requests
    await model.complete(ASKED, Answer)
    assert len(llm.requests) == requests + 1
    await model.close()


async def test_calls_at_once_do_not_push_each_other_down_the_ladder(llm: ScriptedLLM) -> None:
    """INVARIANT: four workers that learn at once that a form is unknown give up that one only."""
    llm.takes = only("json_object")
    llm.will(*[answers(GOOD)] * 5)
    model = llm.model()
    await asyncio.gather(*(model.complete(ASKED, Answer) for _ in range(4)))
    before = len(llm.requests)
    await model.complete(ASKED, Answer)
    (request,) = llm.requests[before:]
    assert request["response_format"] == {"type": "json_object"}
    await model.close()


async def test_a_request_that_no_form_saves_teaches_nothing(llm: ScriptedLLM) -> None:
    """INVARIANT: a comment that the endpoint rejects does not spoil the next one's schema."""
    llm.will(*[status(400, "the comment says: insult")] * 3, answers(GOOD))
    model = llm.model()
    with pytest.raises(ModelFailed, match=r"rejects the request \(400, test_code\)") as failed:
        await model.complete(ASKED, Answer)
    assert "insult" not in str(failed.value)
    await model.complete(ASKED, Answer)
    assert llm.requests[-1]["response_format"]["type"] == "json_schema"
    await model.close()


async def test_newer_models_get_the_parameters_they_take(llm: ScriptedLLM) -> None:
    def takes(request: dict[str, Any]) -> str | None:
        if "max_tokens" in request:
            return "'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        if "temperature" in request:
            return "'temperature' does not support 0 with this model."
        return None

    llm.takes = takes
    done = await ask(llm, answers(GOOD))
    assert done.answer.yes
    assert llm.requests[-1]["max_completion_tokens"] == 300
    assert llm.requests[-1]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": None}])
async def test_an_endpoint_that_does_not_count_is_estimated(
    llm: ScriptedLLM, usage: dict[str, Any] | None
) -> None:
    done = await ask(llm, answers(GOOD, usage=usage))
    assert done.tokens_in == len("Answer.Really?") // 4
    assert done.tokens_out == len(json.dumps(GOOD)) // 4


def test_the_strict_schema_closes_every_object() -> None:
    schema = strict_schema(Answer)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["yes", "parts"]
    assert schema["$defs"]["Part"]["additionalProperties"] is False


def test_of_several_objects_the_last_that_fits_counts() -> None:
    content = '{"yes": true, "parts": []} and {"yes": false, "parts": []} and {"no": 1}'
    assert parse_answer(content, Answer).yes is False
