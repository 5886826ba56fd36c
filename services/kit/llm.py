"""Any OpenAI-compatible language model: structured output, a time limit, counted tokens."""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

import openai
from openai import AsyncOpenAI
from pydantic import BaseModel, Field, SecretStr, ValidationError

from services.kit.faults import TryLater

log = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)
Form = Literal["json_schema", "json_object", "text"]
FORMS: tuple[Form, ...] = ("json_schema", "json_object", "text")
"""How the answer's shape is asked for, the surest first."""
DELAY, SHORTEST_DELAY, LONGEST_DELAY = 10.0, 0.5, 300.0
"""Seconds after which an endpoint that fell silent is asked again, and the bounds of its wishes."""
BUSY = (408, 409, 425, 429)
CHARACTERS_A_TOKEN = 4
"""For endpoints that do not count: without an estimate they would never reach a budget."""


class ModelFailed(Exception):
    """The model answered, but nothing that can be used; asking again is no help."""

    def __init__(self, message: str, *, tokens_in: int = 0, tokens_out: int = 0) -> None:
        super().__init__(message)
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out


@dataclass(frozen=True)
class Completion(Generic[T]):
    """A parsed answer and what it cost."""

    answer: T
    model: str
    tokens_in: int
    tokens_out: int
    counted: bool = True
    """False where the endpoint does not count and the numbers are estimates."""


@dataclass(frozen=True)
class Dialect:
    """What an endpoint understands; its refusals teach it."""

    form: Form = "json_schema"
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True

    def simpler(self, complaint: str) -> "Dialect | None":
        """Return what to try after a refusal with this text, None when nothing is left."""
        if self.limit == "max_tokens" and "max_completion_tokens" in complaint:
            return replace(self, limit="max_completion_tokens")
        if self.temperature and "temperature" in complaint:
            return replace(self, temperature=False)
        if self.form == FORMS[-1]:
            return None
        return replace(self, form=FORMS[FORMS.index(self.form) + 1])


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = Field(default=None, ge=0, lt=10**8)
    completion_tokens: int | None = Field(default=None, ge=0, lt=10**8)


class Reply(BaseModel):
    """The part of a chat completion that is read; servers leave out much of the rest."""

    choices: list[_Choice] | None = None
    model: str | None = None
    usage: _Usage | None = None
    error: Any = None
    """Some gateways report a failure behind them inside a successful answer."""


class LanguageModel:
    """One endpoint and one model name; remembers the dialect that worked."""

    def __init__(
        self, *, base_url: str, model: str, api_key: SecretStr, timeout: float, max_tokens: int
    ) -> None:
        self.model = model
        self._timeout = timeout
        self._max_tokens = max_tokens
        self._dialect = Dialect()
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key.get_secret_value() or "none",
            timeout=timeout,
            max_retries=0,
        )

    @property
    def dialect(self) -> Dialect:
        """The dialect that worked last."""
        return self._dialect

    async def complete(self, messages: Sequence[dict[str, str]], schema: type[T]) -> Completion[T]:
        """Ask once and parse the answer into `schema`.

        Raises TryLater when the endpoint does not answer in time or asks for patience, ModelFailed
        with the tokens spent when it refuses or answers something that is not the schema.
        """
        dialect = self._dialect
        while True:
            try:
                body = await self._ask(messages, schema, dialect)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                log.debug("%s does not take %s: %s", self.model, dialect, error)
                simpler = dialect.simpler(str(error))
                if simpler is None:
                    raise ModelFailed(f"the endpoint rejects the request{_code(error)}") from error
                dialect = simpler
            else:
                self._dialect = dialect
                return _read(body, messages, schema, self.model)

    async def _ask(
        self, messages: Sequence[dict[str, str]], schema: type[BaseModel], dialect: Dialect
    ) -> bytes:
        options: dict[str, Any] = {dialect.limit: self._max_tokens}
        if dialect.temperature:
            options["temperature"] = 0
        if dialect.form == "json_schema":
            shape = {"name": schema.__name__, "schema": strict_schema(schema), "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": shape}
        elif dialect.form == "json_object":
            options["response_format"] = {"type": "json_object"}
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.chat.completions.with_raw_response.create(
                    model=self.model,
                    messages=list(messages),  # type: ignore[arg-type]  # plain dicts are what is sent
                    **options,
                )
        except (openai.APIConnectionError, TimeoutError) as error:
            raise TryLater(f"language model: {type(error).__name__}", delay=DELAY) from error
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            raise
        except openai.APIStatusError as error:
            if error.status_code >= 500 or error.status_code in BUSY:
                raise TryLater(
                    f"language model: status {error.status_code}",
                    delay=_patience(error.response.headers.get("retry-after", "")),
                ) from error
            raise ModelFailed(
                f"the endpoint answers {error.status_code}: check LLM_BASE_URL, LLM_MODEL and"
                " LLM_API_KEY"
            ) from error
        return response.content

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _read(
    body: bytes, messages: Sequence[dict[str, str]], schema: type[T], model: str
) -> Completion[T]:
    try:
        reply = Reply.model_validate_json(body)
    except ValidationError as error:
        raise ModelFailed("this is no chat completion: check LLM_BASE_URL") from error
    choice = reply.choices[0] if reply.choices else _Choice(message=_Message())
    if reply.error or choice.finish_reason == "error":
        raise TryLater("language model: the gateway's model failed", delay=DELAY)
    if reply.choices is None:
        raise ModelFailed("this is no chat completion: check LLM_BASE_URL")
    content = choice.message.content or ""
    usage = reply.usage or _Usage()
    asked = sum(len(message["content"]) for message in messages) // CHARACTERS_A_TOKEN
    tokens_in = usage.prompt_tokens or asked
    tokens_out = usage.completion_tokens or len(content) // CHARACTERS_A_TOKEN
    if choice.finish_reason == "length":
        fault = "the answer was cut off: raise LLM_MAX_TOKENS"
    elif choice.finish_reason == "content_filter" or choice.message.refusal:
        fault = "the model refused"
    elif not content:
        fault = "the model said nothing"
    else:
        try:
            answer = parse_answer(content, schema)
        except ValueError as error:
            fault = f"the answer does not fit the schema: {error}"
        else:
            counted = usage.prompt_tokens is not None and usage.completion_tokens is not None
            return Completion(answer, reply.model or model, tokens_in, tokens_out, counted)
    raise ModelFailed(fault, tokens_in=tokens_in, tokens_out=tokens_out)


def parse_answer(content: str, schema: type[T]) -> T:
    """Return the last JSON object in a model's text that fits; raises ValueError when none does.

    The last one, because some models think aloud, with sketches, before they answer.
    """
    fault = "there is no JSON object in it"
    for found in reversed(list(_json_objects(content))):
        try:
            return schema.model_validate_json(found)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            fault = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    raise ValueError(fault)


def _json_objects(content: str) -> Iterator[str]:
    decoder = json.JSONDecoder()
    start = content.find("{")
    while start >= 0:
        try:
            _, end = decoder.raw_decode(content, start)
        except RecursionError:
            return
        except ValueError:
            end = start + 1
        else:
            yield content[start:end]
        start = content.find("{", end)


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


def _patience(retry_after: str) -> float:
    """Seconds to wait, as the endpoint asks; a date or nonsense means our own delay."""
    if not retry_after.isdecimal():
        return DELAY
    return min(max(float(retry_after), SHORTEST_DELAY), LONGEST_DELAY)


def _code(error: openai.APIStatusError) -> str:
    """Name the error by its code; the full text may repeat somebody's comment."""
    code = error.code or error.type
    return f" ({error.status_code}, {str(code)[:60]})" if code else f" ({error.status_code})"
