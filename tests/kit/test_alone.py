"""The process beside a service is that service, with its settings and its rights."""

import pytest
from pydantic import SecretStr

from services import house
from services.kit.bulkhead import Bulkhead, NoneBeside
from services.kit.db import Pool
from services.kit.faults import FailedAlone
from services.kit.orders import Order
from services.kit.settings import Settings
from tests.review.reading import rows

REPLY = "$JS.ACK.{stream}.{consumer}.3.7.9.1793600000000000000.0"


async def nothing() -> None:
    """Give no sign."""


async def test_a_message_is_handled_beside_the_service(
    database_url: str, nats_url: str, pool: Pool
) -> None:
    """INVARIANT: what may end a process is handled by the same code in a process beside."""
    settings = Settings(
        database_url=database_url, nats_url=nats_url, pseudonym_key=SecretStr("for tests only key")
    )
    (review,) = house.build_services(settings, ["review"])
    bulkhead = review.bus.bulkhead
    assert bulkhead is not None

    async def handle(consumer: str, stream: str, subject: str, body: bytes) -> None:
        order = Order.model_construct(
            consumer=consumer, subject=subject, body=body, headers={"Dead-Reason": "x"},
            reply=REPLY.format(stream=stream, consumer=consumer),
        )  # fmt: skip
        await bulkhead.handle(order, limit=60, attempt=3, sign=nothing, every=60)

    try:
        await handle("review_dead", "dead", "dead.comments.x", b"\xff{")
        with pytest.raises(FailedAlone, match="invalid message") as failure:
            await handle("review_edited", "comments", "comments.edited.x", b"{half")
    finally:
        await bulkhead.close()
    assert failure.value.final
    assert await rows(pool, "select subject, reason, body from dead_letters") == [
        ("comments.x", "x", b"\xff{")
    ]


def test_a_message_that_is_delivered_again_meanwhile_waits() -> None:
    """INVARIANT: a message at the bulkhead is not handled a second time beside itself."""
    bulkhead = Bulkhead(["never started"], {})
    with bulkhead.taking("route_received:comments:7"), bulkhead.taking("route_received:comments:8"):
        with pytest.raises(NoneBeside), bulkhead.taking("route_received:comments:7"):
            pytest.fail("it was taken twice")
        with pytest.raises(NoneBeside), bulkhead.taking("route_received:comments:7"):
            pytest.fail("the refusal gave it free")
    with bulkhead.taking("route_received:comments:7"):
        pass
