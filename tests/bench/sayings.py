"""What the sections let people say: comments of the sample world, over and over."""

from datetime import UTC, datetime
from itertools import cycle, islice

from schemas.inbound import InboundEvent
from services.demo import sample


def sayings(count: int) -> list[str]:
    """Return so many texts of usual length."""
    texts = [one["text"] for one in sample.comments() if 20 < len(one["text"]) < 300]
    return list(islice(cycle(texts), count))


def questions(count: int) -> list[str]:
    """Return so many questions that the sample publications should answer."""
    texts = [one["text"] for one in sample.comments() if one["expect"]["lane"] == "answer"]
    return list(islice(cycle(texts), count))


def inbound(number: int, text: str) -> InboundEvent:
    """Return the event that a comment came in."""
    now = datetime.now(UTC).isoformat()
    return InboundEvent.model_validate(
        {
            "id": f"b{number}#1", "source": "bench", "type": "comment.received.v1", "time": now,
            "data": {
                "network": "sandbox", "native_id": f"b{number}", "revision": "1",
                "page": {"native_id": "p", "name": "Seite"},
                "root": {"native_id": f"r{number % 40}", "text": "Hofwende 2027 startet."},
                "author": {"native_id": f"a{number % 90}", "display_name": "Jemand"},
                "text": text, "visibility": "public", "created_at": now,
            },
        }
    )  # fmt: skip
