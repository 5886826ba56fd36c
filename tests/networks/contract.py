"""What every `Network` must do, whatever the platform: subclass it with a `stage` fixture.

What a platform cannot do (`capabilities`) is skipped.
"""

import pytest

from services.networks.network import OutcomeUnknown, Refused, Temporary
from tests.networks.stage import Stage, about, outgoing, the_event, told


class NetworkContract:
    """The suite. A subclass gives the fixture `stage`."""

    async def test_a_comment_is_told_with_all_that_is_needed_to_answer_it(
        self, stage: Stage
    ) -> None:
        native_id = await stage.someone_comments("Wann beginnt das Fest?")
        event = await the_event(stage, native_id)
        assert event.type == "comment.received.v1"
        assert event.source == stage.network.connection
        comment = event.data
        assert comment.network == stage.network.name
        assert comment.text == "Wann beginnt das Fest?"
        assert comment.revision in event.id
        assert comment.visibility in {"public", "unlisted"}
        assert comment.parent_id is None
        assert comment.page.relation == "own"
        assert comment.root.text
        assert comment.author.native_id
        assert not comment.author.is_self
        assert comment.url is not None
        assert comment.url.startswith("http")

    async def test_listening_goes_on_behind_the_cursor(self, stage: Stage) -> None:
        """INVARIANT: after a restart nothing is told twice that was committed, nothing is lost."""
        first = await stage.someone_comments("eins")
        _, cursor = await told(stage.network, about(first))
        second = await stage.someone_comments("zwei")
        events, _ = await told(stage.another_network(), about(second), cursor)
        assert [event.data.native_id for event in events] == [second]

    async def test_the_same_event_has_the_same_id_however_often_it_is_told(
        self, stage: Stage
    ) -> None:
        """INVARIANT: source and id are the dedupe key."""
        native_id = await stage.someone_comments("Noch Plätze frei?")
        once = await the_event(stage, native_id)
        again, _ = await told(stage.another_network(), about(native_id))
        (repeated,) = [event for event in again if event.id == once.id]
        assert (repeated.source, repeated.type, repeated.data) == (
            once.source, once.type, once.data,
        )  # fmt: skip

    async def test_an_edit_is_a_new_event_of_the_same_comment(self, stage: Stage) -> None:
        if not stage.network.capabilities.sees_edits:
            pytest.skip("this platform tells no edits")
        native_id = await stage.someone_comments("Um 15 Uhr?")
        events, cursor = await told(stage.network, about(native_id))
        received = next(event for event in events if about(native_id)(event))
        await stage.author_edits(native_id, "Um 16 Uhr?")
        edited = await the_event(stage, native_id, "comment.edited", cursor)
        assert edited.data.text == "Um 16 Uhr?"
        assert edited.data.revision != received.data.revision
        assert edited.id != received.id

    async def test_a_deletion_is_told_without_the_text(self, stage: Stage) -> None:
        """INVARIANT: what its author deleted is told to nobody who listens later."""
        if not stage.network.capabilities.sees_deletes:
            pytest.skip("this platform tells no deletions")
        native_id = await stage.someone_comments("Das war voreilig")
        _, cursor = await told(stage.network, about(native_id))
        await stage.author_deletes(native_id)
        deleted = await the_event(stage, native_id, "comment.deleted", cursor)
        assert deleted.data.text == ""
        after = await stage.someone_comments("Danach")
        later, _ = await told(stage.another_network(), about(after))
        assert {e.type for e in later if about(native_id)(e)} <= {"comment.deleted.v1"}

    async def test_read_tells_how_a_comment_stands_now(self, stage: Stage) -> None:
        native_id = await stage.someone_comments("Gilt das Ticket?")
        event = await the_event(stage, native_id)
        standing = await stage.network.read(native_id)
        assert standing is not None
        assert (standing.native_id, standing.text) == (native_id, "Gilt das Ticket?")
        assert standing.revision == event.data.revision
        assert standing.can_reply
        await stage.author_edits(native_id, "Gilt das Ticket noch?")
        edited = await stage.network.read(native_id)
        assert edited is not None
        assert edited.text == "Gilt das Ticket noch?"
        assert edited.revision != standing.revision

    async def test_read_finds_nothing_where_a_comment_was_deleted(self, stage: Stage) -> None:
        native_id = await stage.someone_comments("Weg damit")
        await stage.author_deletes(native_id)
        assert await stage.network.read(native_id) is None

    async def test_a_reply_stands_under_the_comment(self, stage: Stage) -> None:
        native_id = await stage.someone_comments("Gibt es Kuchen?")
        posted = await stage.network.reply(
            outgoing(parent_id=native_id, text="Ja, ab 14 Uhr.", key="kuchen")
        )
        assert posted.text == "Ja, ab 14 Uhr."
        assert posted.visibility == "public"
        assert posted.url is not None
        assert await stage.texts_under(native_id) == ["Ja, ab 14 Uhr."]

    async def test_our_own_reply_comes_back_marked_as_ours(self, stage: Stage) -> None:
        """INVARIANT: the echo of our own reply can be told from a person's comment."""
        native_id = await stage.someone_comments("Wer kommt?")
        posted = await stage.network.reply(
            outgoing(parent_id=native_id, text="Wir alle.", key="echo")
        )
        echo = await the_event(stage, posted.native_id)
        assert echo.data.author.is_self
        assert echo.data.parent_id == native_id

    async def test_the_same_key_gives_the_same_reply(self, stage: Stage) -> None:
        if not stage.network.capabilities.keyed_posting:
            pytest.skip("this platform knows no keys")
        native_id = await stage.someone_comments("Doppelt?")
        first = await stage.network.reply(outgoing(parent_id=native_id, text="Nein.", key="once"))
        again = await stage.another_network().reply(
            outgoing(parent_id=native_id, text="Nein.", key="once")
        )
        assert again.native_id == first.native_id
        assert await stage.texts_under(native_id) == ["Nein."]

    async def test_find_reply_finds_only_ours(self, stage: Stage) -> None:
        native_id = await stage.someone_comments("Steht es schon?")
        assert (
            await stage.network.find_reply(outgoing(parent_id=native_id, key="suche", text="Ja."))
            is None
        )
        posted = await stage.network.reply(outgoing(parent_id=native_id, text="Ja.", key="suche"))
        found = await stage.network.find_reply(
            outgoing(parent_id=native_id, key="suche", text="Ja.")
        )
        assert found is not None
        assert found.native_id == posted.native_id
        assert (
            await stage.network.find_reply(
                outgoing(parent_id=native_id, key="anders", text="Nein.")
            )
            is None
        )

    async def test_a_deleted_reply_is_gone(self, stage: Stage) -> None:
        native_id = await stage.someone_comments("Nehmt ihr das zurück?")
        posted = await stage.network.reply(
            outgoing(parent_id=native_id, text="Ja.", key="rueckzug")
        )
        assert await stage.network.delete(posted.native_id)
        assert await stage.network.read(posted.native_id) is None
        assert (
            await stage.network.find_reply(
                outgoing(parent_id=native_id, key="rueckzug", text="Ja.")
            )
            is None
        )
        assert await stage.texts_under(native_id) == []
        assert await stage.network.delete(posted.native_id)

    async def test_a_private_message_is_marked_and_answered_in_private(self, stage: Stage) -> None:
        """INVARIANT: what was written to us in private never becomes public through us."""
        native_id = await stage.someone_writes_privately("Unter uns gefragt")
        event = await the_event(stage, native_id)
        assert event.data.visibility == "direct"
        with pytest.raises(Refused):
            await stage.network.reply(outgoing(parent_id=native_id, text="Laut!", key="laut"))
        posted = await stage.network.reply(
            outgoing(parent_id=native_id, text="Unter uns gesagt", key="leise", visibility="direct")
        )
        assert posted.visibility == "direct"
        assert await stage.texts_under(native_id) == []

    async def test_a_lost_answer_is_an_unknown_outcome_and_the_reply_is_found(
        self, stage: Stage
    ) -> None:
        """INVARIANT: a reply whose answer got lost is found, not posted again."""
        native_id = await stage.someone_comments("Hallo?")
        await stage.next_write_loses_its_answer()
        with pytest.raises(OutcomeUnknown):
            await stage.network.reply(outgoing(parent_id=native_id, text="Hallo!", key="verloren"))
        found = await stage.network.find_reply(
            outgoing(parent_id=native_id, key="verloren", text="Hallo!")
        )
        assert found is not None
        assert await stage.texts_under(native_id) == ["Hallo!"]

    async def test_a_lost_write_is_an_unknown_outcome_and_can_be_tried_again(
        self, stage: Stage
    ) -> None:
        native_id = await stage.someone_comments("Niemand da?")
        await stage.next_write_gets_lost()
        with pytest.raises(OutcomeUnknown):
            await stage.network.reply(outgoing(parent_id=native_id, text="Doch.", key="nochmal"))
        assert (
            await stage.network.find_reply(
                outgoing(parent_id=native_id, key="nochmal", text="Doch.")
            )
            is None
        )
        await stage.network.reply(outgoing(parent_id=native_id, text="Doch.", key="nochmal"))
        assert await stage.texts_under(native_id) == ["Doch."]

    async def test_too_early_says_when_to_come_back(self, stage: Stage) -> None:
        native_id = await stage.someone_comments("Schnell!")
        await stage.next_write_is_too_early(17)
        with pytest.raises(Temporary) as refused:
            await stage.network.reply(outgoing(parent_id=native_id, text="Langsam.", key="frueh"))
        assert refused.value.retry_after == 17
        assert await stage.texts_under(native_id) == []

    async def test_a_text_of_the_greatest_length_is_taken_a_longer_one_refused(
        self, stage: Stage
    ) -> None:
        native_id = await stage.someone_comments("Und genauer?")
        longest = "ä" * stage.network.capabilities.max_length
        if stage.network.capabilities.length_unit == "byte":
            longest = longest[: len(longest) // 2]
        with pytest.raises(Refused) as refused:
            await stage.network.reply(outgoing(parent_id=native_id, text=longest + "ä", key="lang"))
        assert refused.value.code == "too_long"
        await stage.network.reply(outgoing(parent_id=native_id, text=longest, key="genau"))
        assert await stage.texts_under(native_id) == [longest]

    async def test_no_reply_to_what_is_gone(self, stage: Stage) -> None:
        native_id = await stage.someone_comments("Gleich weg")
        await stage.author_deletes(native_id)
        with pytest.raises(Refused) as refused:
            await stage.network.reply(outgoing(parent_id=native_id, text="Zu spät", key="weg"))
        assert refused.value.code == "gone"

    async def test_a_wrong_token_is_refused_for_good(self, stage: Stage) -> None:
        network = stage.network_with_wrong_token()
        with pytest.raises(Refused) as refused:
            await anext(network.listen(None))
        assert refused.value.code == "token"

    async def test_a_network_out_of_reach_is_worth_another_try(self, stage: Stage) -> None:
        network = stage.unreachable_network()
        with pytest.raises(Temporary):
            await network.reply(outgoing(parent_id="x", text="Hallo", key="fern"))
        with pytest.raises(Temporary):
            await network.read("x")
        with pytest.raises(Temporary):
            await anext(network.listen(None))
