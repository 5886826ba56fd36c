"""One OpenAI-compatible endpoint: what is sent, and what its failures mean."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import openai
from pydantic import SecretStr

from services.kit.faults import TryLater
from services.kit.llm import DELAY, Misunderstood, ModelFailed

SHORTEST_DELAY, LONGEST_DELAY = 0.5, 300.0
"""Seconds that an endpoint may ask for at least and at most."""
BUSY = (408, 409, 425, 429)


class Endpoint:
    """Chat completions of one model, as the bytes that were answered."""

    def __init__(self, base_url: str, model: str, api_key: SecretStr, timeout: float) -> None:
        self._model = model
        self._timeout = timeout
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key.get_secret_value() or "none",
            timeout=timeout,
            max_retries=0,
        )

    async def ask(self, messages: Sequence[dict[str, str]], options: Mapping[str, Any]) -> bytes:
        """Ask once.

        Raises TryLater when the endpoint does not answer in time or asks for patience,
        Misunderstood when it does not take such a request, ModelFailed when it refuses any.
        """
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.chat.completions.with_raw_response.create(
                    model=self._model,
                    messages=list(messages),  # type: ignore[arg-type]  # plain dicts are what is sent
                    **options,
                )
        except (openai.APIConnectionError, TimeoutError) as error:
            raise TryLater(f"language model: {type(error).__name__}", delay=DELAY) from error
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            raise Misunderstood(str(error), _code(error)) from error
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


def _patience(retry_after: str) -> float:
    """Seconds to wait, as the endpoint asks; a date or nonsense means our own delay."""
    if not retry_after.isdecimal():
        return DELAY
    return min(max(float(retry_after), SHORTEST_DELAY), LONGEST_DELAY)


def _code(error: openai.APIStatusError) -> str:
    """Name the error by its code; the full text may repeat somebody's comment."""
    code = error.code or error.type
    return f" ({error.status_code}, {str(code)[:60]})" if code else f" ({error.status_code})"
