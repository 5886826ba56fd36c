"""Any OpenAI-compatible language model: structured output, time-outs, retries, counted tokens."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import openai
from openai import AsyncOpenAI
from pydantic import BaseModel, SecretStr, ValidationError

from services.kit.faults import TryLater

log = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)
Rung = Literal["json_schema", "json_object", "text"]
LADDER: tuple[Rung, ...] = ("json_schema", "json_object", "text")
_JSON_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


class ModelFailed(Exception):
    """The model answered, but nothing that can be used; asking again is no help."""


@dataclass(frozen=True)
class Completion(Generic[T]):
    """A parsed answer and what it cost."""

    answer: T
    model: str
    tokens_in: int
    tokens_out: int


class LanguageModel:
    """One endpoint and one model name; remembers which form of structured output it takes."""

    def __init__(
        self, *, base_url: str, model: str, api_key: SecretStr, timeout: float, max_tokens: int
    ) -> None:
        self.model = model
        self._max_tokens = max_tokens
        self._rung = 0
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key.get_secret_value() or "none",
            timeout=timeout,
            max_retries=2,
        )

    async def complete(self, messages: Sequence[dict[str, str]], schema: type[T]) -> Completion[T]:
        """Ask once and parse the answer into `schema`.

        Raises TryLater when the endpoint does not answer or asks for patience, ModelFailed when
        it refuses or answers something that is not the schema on every rung of the ladder.
        """
        spent_in = spent_out = 0
        fault = "no answer"
        while self._rung < len(LADDER):
            try:
                reply = await self._ask(messages, schema, LADDER[self._rung])
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                log.info("%s does not take %s: %s", self.model, LADDER[self._rung], error)
                fault = str(error)
                if self._rung + 1 == len(LADDER):
                    raise ModelFailed(f"the endpoint rejects the request: {error}") from error
                self._rung += 1
                continue
            except (
                openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError
            ) as error:  # fmt: skip
                raise TryLater(f"language model: {type(error).__name__}", delay=10) from error
            except openai.APIStatusError as error:
                raise ModelFailed(
                    f"the endpoint answers {error.status_code}: check LLM_BASE_URL, LLM_MODEL and"
                    " LLM_API_KEY"
                ) from error
            if reply.usage:
                spent_in += reply.usage.prompt_tokens
                spent_out += reply.usage.completion_tokens
            choice = reply.choices[0] if reply.choices else None
            if choice is None or choice.message.refusal or not choice.message.content:
                raise ModelFailed("the model refused or said nothing")
            if choice.finish_reason == "length":
                raise ModelFailed("the answer was cut off: raise LLM_MAX_TOKENS")
            try:
                answer = parse_answer(choice.message.content, schema)
            except ValueError as error:
                fault = str(error)
                break
            return Completion(answer, reply.model or self.model, spent_in, spent_out)
        raise ModelFailed(f"the answer does not fit the schema: {fault[:300]}")

    async def _ask(
        self, messages: Sequence[dict[str, str]], schema: type[BaseModel], rung: Rung
    ) -> Any:
        formats: dict[Rung, dict[str, Any]] = {
            "json_schema": {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {
                        "name": schema.__name__,
                        "schema": strict_schema(schema),
                        "strict": True,
                    },
                }
            },
            "json_object": {"response_format": {"type": "json_object"}},
            "text": {},
        }
        return await self._client.chat.completions.create(
            model=self.model,
            messages=list(messages),  # type: ignore[arg-type]  # plain dicts are what is sent
            max_tokens=self._max_tokens,
            temperature=0,
            **formats[rung],
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def parse_answer(content: str, schema: type[T]) -> T:
    """Read the first JSON object in a model's text; raises ValueError when there is none."""
    found = _JSON_OBJECT.search(content)
    if not found:
        raise ValueError("there is no JSON object in it")
    try:
        return schema.model_validate_json(found[0])
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def strict_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema in the strict form: all fields required, none beside them."""

    def close(node: Any) -> Any:
        if isinstance(node, dict):
            node = {key: close(value) for key, value in node.items() if key != "default"}
            if node.get("type") == "object":
                node["additionalProperties"] = False
                node["required"] = list(node.get("properties", {}))
            return node
        if isinstance(node, list):
            return [close(value) for value in node]
        return node

    closed: dict[str, Any] = close(schema.model_json_schema())
    return closed
