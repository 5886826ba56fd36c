"""Read one event as senders write it."""

import json
from typing import Any

from pydantic import ValidationError

from schemas.inbound import Inbound, InboundEvent, InboundNotice
from services.kit.faults import faulty_fields
from services.networks.connections import CAPABILITIES


def parse_json(body: bytes) -> Any:
    """Return what the bytes say; raises ValueError with a sentence when they are no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from error


def read_event(content: Any) -> Inbound:
    """Return the event or notice in parsed JSON; raises ValueError naming the wrong fields.

    Half a character, which senders leave when they cut a text by UTF-16 units, becomes U+FFFD.
    """
    named = content.get("type") if isinstance(content, dict) else None
    notice = isinstance(named, str) and named.startswith(("thread.", "author."))
    try:
        text = json.dumps(content, ensure_ascii=False)
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        event = (InboundNotice if notice else InboundEvent).model_validate_json(whole)
    except ValidationError as error:
        raise ValueError(faulty_fields(error)) from error
    except RecursionError as error:
        raise ValueError("this is nested too deeply") from error
    if event.data.network not in CAPABILITIES:
        known = ", ".join(sorted(CAPABILITIES))
        raise ValueError(f"data.network: {event.data.network} is unknown, known are: {known}")
    return event
