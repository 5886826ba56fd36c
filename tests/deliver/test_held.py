"""An approved reply waits while its connection is paused, and goes out when it runs again."""

from datetime import UTC, datetime

import pytest

from schemas.replies import ReplyPosted
from services.deliver.handlers import deliver
from services.deliver.post import Posting
from services.kit.db import transaction
from services.kit.faults import TryLater
from services.networks.connected import Connected
from services.store.connection_states import Order, give_order
from services.store.connections import ConnectionBook
from tests.deliver.scene import ANSWER, Scene
from tests.store.connecting import account, new_vault, store

NAME = "sandbox:lindenhof"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_paused_connection_holds_approved_replies(scene: Scene) -> None:
    """INVARIANT: a pause loses no approval and lets nobody else speak."""
    vault = new_vault()
    await store(scene.pool, vault, account(scene.town.url))
    connected = Connected(ConnectionBook(scene.pool, vault))

    async def order(action: Order) -> None:
        async with transaction(scene.pool) as connection:
            await give_order(connection, NAME, action, by="command", now=datetime.now(UTC))
        await connected.reload()

    asked = await scene.asked()
    decision_id = await scene.decide(asked)
    await order("pause")
    with pytest.raises(TryLater, match=f"{NAME} is paused"):
        await deliver(Posting(scene.pool, connected), decision_id)
    assert await scene.delivery(decision_id) is None
    await order("resume")
    said = await deliver(Posting(scene.pool, connected, 0.0, scene.clock.now), decision_id)
    assert isinstance(said, ReplyPosted)
    assert await scene.answers(asked) == [ANSWER]
    await connected.close()
