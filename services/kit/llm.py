"""Any OpenAI-compatible language model: structured output, a time limit, counted tokens."""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError

from services.kit.faults import TryLater
from services.kit.settings import Settings

log = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)
Form = Literal["json_schema", "json_object", "text"]
FORMS: tuple[Form, ...] = ("json_schema", "json_object", "text")
"""How the answer's shape is asked for, the surest first."""
DELAY = 10.0
"""Seconds after which an endpoint that fell silent is asked again."""
CHARACTERS_A_TOKEN = 4
"""For endpoints that do not count: without an estimate they would never reach a budget."""


class ModelFailed(Exception):
    """The model answered, but nothing that can be used; asking again is no help."""

    def __init__(self, message: str, *, tokens_in: int = 0, tokens_out: int = 0) -> None:
        super().__init__(message)
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out


class Misunderstood(Exception):
    """The endpoint does not take a request of this form; `code` names why, without its text."""

    def __init__(self, complaint: str, code: str) -> None:
        super().__init__(f"the endpoint rejects the request{code}")
        self.complaint = complaint
        self.code = code


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
        self._max_tokens = max_tokens
        self._dialect = Dialect()
        # who is configured without a language model does not pay for the library
        from services.kit.llm_endpoint import Endpoint  # noqa: PLC0415

        self._endpoint = Endpoint(base_url, model, api_key, timeout)

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
                body = await self._endpoint.ask(messages, self._options(schema, dialect))
            except Misunderstood as error:
                log.debug("%s does not take %s: %s", self.model, dialect, error.complaint)
                simpler = dialect.simpler(error.complaint)
                if simpler is None:
                    raise ModelFailed(f"the endpoint rejects the request{error.code}") from error
                dialect = simpler
            else:
                self._dialect = dialect
                return _read(body, messages, schema, self.model)

    def _options(self, schema: type[BaseModel], dialect: Dialect) -> dict[str, Any]:
        options: dict[str, Any] = {dialect.limit: self._max_tokens}
        if dialect.temperature:
            options["temperature"] = 0
        if dialect.form == "json_schema":
            shape = {"name": schema.__name__, "schema": strict_schema(schema), "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": shape}
        elif dialect.form == "json_object":
            options["response_format"] = {"type": "json_object"}
        return options

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()


def language_model(settings: Settings, *, timeout: float | None = None) -> LanguageModel | None:
    """Return the configured model, None without; `timeout`, in seconds, in place of its own."""
    if not settings.has_llm:
        return None
    return LanguageModel(
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key,
        timeout=settings.llm_timeout if timeout is None else timeout,
        max_tokens=settings.llm_max_tokens,
    )


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
