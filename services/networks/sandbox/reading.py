"""Reads request bodies and query strings with limits, and says what is wrong with them."""

from typing import TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from services.networks.sandbox.world import Refusal

FORM_LIMIT = 64 * 1024
"""Bytes of a form or an API call."""
SEED_LIMIT = 16 * 1024 * 1024
"""Bytes of a sample world."""

Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body; refuse it as soon as it grows beyond `limit` bytes."""
    declared = request.headers.get("Content-Length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
    except ClientDisconnect as error:
        raise Refusal(400, "invalid", "The request ended before its body did.") from error
    return bytes(body)


async def read_json(request: Request, model: type[Model], limit: int = FORM_LIMIT) -> Model:
    """Return the JSON body as the model; refuse what does not fit it."""
    body = await read_body(request, limit)
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise _invalid(error) from error


def read_query(request: Request, model: type[Model]) -> Model:
    """Return the query string as the model; refuse what does not fit it."""
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise _invalid(error) from error


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded form, the first of each name."""
    body = await read_body(request, FORM_LIMIT)
    try:
        fields = parse_qs(
            body.decode(), keep_blank_values=True, errors="replace", max_num_fields=20
        )
    except ValueError as error:
        raise Refusal(400, "invalid", "This is not a form.") from error
    return {name: values[0] for name, values in fields.items()}


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "too_large", f"A request may have {limit} bytes.")


def _invalid(error: ValidationError) -> Refusal:
    details = error.errors(include_url=False, include_input=False, include_context=False)
    if details[0]["type"] == "json_invalid":
        return Refusal(400, "invalid", "The body is not JSON.")
    said = (f"{'.'.join(str(part) for part in d['loc'])}: {d['msg']}" for d in details[:5])
    return Refusal(422, "invalid", "; ".join(said))
