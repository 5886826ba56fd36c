"""Read one event as senders write it."""

import json
from typing import Any

from pydantic import ValidationError

from schemas.inbound import InboundEvent
from services.kit.bus import describe


def parse_json(body: bytes) -> Any:
    """Return what the bytes say; raises ValueError with a sentence when they are no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from error


def read_event(content: Any) -> InboundEvent:
    """Return the event in parsed JSON; raises ValueError naming the fields that are wrong.

    Half a character, which senders leave when they cut a text by UTF-16 units, becomes U+FFFD.
    """
    try:
        text = json.dumps(content, ensure_ascii=False)
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return InboundEvent.model_validate_json(whole)
    except ValidationError as error:
        raise ValueError(describe(error).removeprefix("invalid message: ")) from error
    except RecursionError as error:
        raise ValueError("this is nested too deeply") from error
