"""The WordPress connector against a real WordPress keeps the contract of every network."""

import pytest

from services.networks.network import Refused
from tests.networks.contract import NetworkContract
from tests.networks.stage import Stage, outgoing, the_event
from tests.networks.wordpress.stage import WordPressStage


class TestWordPressNetwork(NetworkContract):
    @pytest.fixture
    def stage(self, wordpress: WordPressStage) -> Stage:
        return wordpress

    async def test_a_private_message_is_marked_and_answered_in_private(self, stage: Stage) -> None:
        """INVARIANT: what stands under a private post is marked, and never answered in public."""
        native_id = await stage.someone_writes_privately("Unter uns gefragt")
        event = await the_event(stage, native_id)
        assert event.data.visibility == "followers"
        standing = await stage.network.read(native_id)
        assert standing is not None
        assert (standing.visibility, standing.can_reply) == ("followers", False)
        with pytest.raises(Refused) as refused:
            await stage.network.reply(outgoing(parent_id=native_id, text="Laut!", key="laut"))
        assert refused.value.code == "not_public"
        assert await stage.texts_under(native_id) == []
