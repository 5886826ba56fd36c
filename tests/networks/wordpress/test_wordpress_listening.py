"""What a real WordPress tells nobody, and the connector notices all the same."""

import asyncio

import pytest

from schemas.inbound import Inbound, InboundEvent, InboundNotice
from services.networks.network import Network, Refused
from tests.networks.stage import PATIENCE, about, outgoing, the_event, told
from tests.networks.wordpress.stage import WordPressStage


async def until(network: Network, cursor: str | None, kind: str) -> tuple[list[Inbound], str]:
    """Listen until an event or notice of this kind was told; return all and the cursor."""
    seen: list[Inbound] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in network.listen(cursor):
            seen += batch.events
            if any(event.type.startswith(kind) for event in batch.events):
                return seen, batch.cursor
    raise AssertionError("listening ended")


async def test_a_comment_comes_in_when_it_is_approved_however_late(
    wordpress: WordPressStage,
) -> None:
    """INVARIANT: nobody's comment gets lost because newer ones were approved before it."""
    waiting = await wordpress.someone_comments("Erst prüfen, bitcoin")
    newer = await wordpress.someone_comments("Schon da")
    events, cursor = await told(wordpress.network, about(newer))
    assert waiting not in {event.data.native_id for event in events}
    await wordpress.set(waiting, status="approved")
    events, _ = await told(wordpress.another_network(), about(waiting), cursor)
    assert [event.type for event in events] == ["comment.received.v1"]


async def test_hidden_edited_and_shown_again_is_told_step_by_step(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Kommt ihr auch?")
    _, cursor = await told(wordpress.network, about(native_id))
    assert await wordpress.network.hide(native_id, hidden=True)
    hidden = await wordpress.network.read(native_id)
    assert hidden is not None
    assert (hidden.can_reply, hidden.why_not) == (False, "hidden")
    events, cursor = await told(wordpress.network, about(native_id, "comment.hidden"), cursor)
    assert [event.data.text for event in events] == [""]
    await wordpress.set(native_id, content="Kommt ihr alle?")
    assert await wordpress.network.hide(native_id, hidden=False)
    assert await wordpress.network.hide(native_id, hidden=False)
    events, _ = await told(wordpress.network, about(native_id, "comment.edited"), cursor)
    assert [event.type for event in events] == ["comment.unhidden.v1", "comment.edited.v1"]
    assert events[-1].data.text == "Kommt ihr alle?"


async def test_spam_is_as_good_as_deleted_until_it_is_taken_back(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Ich bin kein Spam")
    events, cursor = await told(wordpress.network, about(native_id))
    await wordpress.set(native_id, status="spam")
    assert await wordpress.network.read(native_id) is None
    _, cursor = await told(wordpress.network, about(native_id, "comment.deleted"), cursor)
    await wordpress.set(native_id, status="approved")
    again, _ = await told(wordpress.network, about(native_id, "comment.received"), cursor)
    first = next(event for event in events if event.data.native_id == native_id)
    assert again[-1].id != first.id
    assert again[-1].time > first.time


async def test_a_comment_that_vanishes_without_a_trace_is_told_as_deleted(
    wordpress: WordPressStage,
) -> None:
    """INVARIANT: a deletion is noticed even when the site remembers nothing of the comment."""
    native_id = await wordpress.someone_comments("Bitte alles löschen")
    stays = await wordpress.someone_comments("Ich bleibe")
    _, cursor = await told(wordpress.network, about(stays))
    await wordpress.erase(native_id)
    events, cursor = await told(wordpress.network, about(native_id, "comment.deleted"), cursor)
    assert [event.data.native_id for event in events] == [native_id]
    assert events[0].data.root.native_id.endswith(f"/post-{wordpress.post}")


async def test_closing_the_comments_locks_the_thread_and_opening_unlocks_it(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Wie lange noch?")
    _, cursor = await told(wordpress.network, about(native_id))
    route = f"/wp/v2/posts/{wordpress.post}"
    for state, kind in (("closed", "thread.locked"), ("open", "thread.unlocked")):
        await wordpress.moderate("POST", route, {"comment_status": state})
        events, cursor = await until(wordpress.network, cursor, kind)
        notices = [event for event in events if isinstance(event, InboundNotice)]
        assert [notice.type for notice in notices] == [f"{kind}.v1"]
        root_id = notices[0].data.root_id
        assert root_id is not None
        assert root_id.endswith(f"/post-{wordpress.post}")


async def test_a_post_in_the_trash_takes_its_comments_along(wordpress: WordPressStage) -> None:
    native_id = await wordpress.someone_comments("Steht das noch da?")
    _, cursor = await told(wordpress.network, about(native_id))
    await wordpress.moderate("DELETE", f"/wp/v2/posts/{wordpress.post}")
    events, _ = await until(wordpress.network, cursor, "thread.deleted")
    assert [event.type for event in events] == ["comment.deleted.v1", "thread.deleted.v1"]


async def test_a_person_is_known_again_without_any_personal_data(
    wordpress: WordPressStage,
) -> None:
    """INVARIANT: neither e-mail nor IP address of a visitor leaves the connector."""
    one = await wordpress.someone_comments("Eins", name="Mara", email="Mara.Muster@example.org")
    two = await wordpress.someone_comments("Zwei", name="Mara M.", email="mara.muster@example.org")
    other = await wordpress.someone_comments("Drei", name="Mara", email="mara@example.com")
    events, cursor = await told(wordpress.network, about(other))
    by_id = {event.data.native_id: event.data for event in events}
    assert by_id[one].author.native_id == by_id[two].author.native_id
    assert by_id[one].author.native_id != by_id[other].author.native_id
    assert by_id[one].author.display_name == "Mara"
    everything = "".join(event.model_dump_json() for event in events) + cursor
    assert "example.org" not in everything.replace(wordpress.wire.url, "")
    assert '"127.0.0.1"' not in everything


async def test_a_colleague_is_a_person_and_not_us(wordpress: WordPressStage) -> None:
    said = await wordpress.moderate(
        "POST", "/wp/v2/comments", {"post": wordpress.post, "content": "Ich auch"}, "kollegin"
    )
    event = await the_event(wordpress, wordpress.native_id(said["id"]))
    assert not event.data.author.is_self
    assert event.data.author.native_id.endswith("/user-3")


async def test_an_answer_to_an_answer_names_its_parent_and_the_post(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Ist es kostenlos?")
    posted = await wordpress.network.reply(outgoing(parent_id=native_id, text="Ja.", key="tief"))
    nested = await wordpress.someone_comments("Danke!", parent=posted.native_id)
    event = await the_event(wordpress, nested)
    assert event.data.parent_id == posted.native_id
    assert event.data.root.native_id.endswith(f"/post-{wordpress.post}")
    assert event.data.root.text.startswith("Sommerfest")
    assert "Wir feiern." in event.data.root.text


async def test_comments_under_a_page_come_in_like_those_under_a_post(
    wordpress: WordPressStage,
) -> None:
    page = await wordpress.publish("pages", comment_status="open", title="Über uns")
    native_id = await wordpress.someone_comments("Wer seid ihr?", post=page)
    event = await the_event(wordpress, native_id)
    assert event.data.root.text.startswith("Über uns")
    standing = await wordpress.network.read(native_id)
    assert standing is not None
    assert standing.can_reply


async def test_a_password_on_the_post_makes_its_comments_private(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Nur für uns?")
    await wordpress.moderate("POST", f"/wp/v2/posts/{wordpress.post}", {"password": "geheim"})
    event = await the_event(wordpress, native_id)
    assert event.data.visibility == "followers"
    standing = await wordpress.network.read(native_id)
    assert standing is not None
    assert standing.visibility == "followers"
    with pytest.raises(Refused) as refused:
        await wordpress.network.reply(outgoing(parent_id=native_id, text="Ja.", key="geheim"))
    assert refused.value.code == "not_public"


async def test_hundreds_of_comments_of_one_second_all_come_in_once(
    wordpress: WordPressStage,
) -> None:
    """INVARIANT: neither a full page nor a shared second hides a comment."""
    await wordpress.site.sql(
        "insert into wp_comments (comment_post_ID, comment_author, comment_author_email, "
        "comment_content, comment_approved, comment_type, comment_date, comment_date_gmt) "
        f"select {wordpress.post}, 'Kim', 'kim@example.org', concat('Nummer ', seq), '1', "
        "'comment', convert_tz(utc_timestamp(), '+00:00', '+01:00'), utc_timestamp() "
        "from seq_1_to_230"
    )
    root = f"/post-{wordpress.post}"
    network = wordpress.another_network()
    events, cursor = await told(network, lambda event: event.data.text == "Nummer 230")
    mine = [event for event in events if event.data.root.native_id.endswith(root)]
    assert [event.data.text for event in mine] == [f"Nummer {n}" for n in range(1, 231)]
    first = mine[0]
    await wordpress.set(first.data.native_id, content="Nummer eins")
    later, _ = await told(wordpress.another_network(), about(first.data.native_id), cursor)
    assert [event.data.text for event in later] == ["Nummer eins"]


async def test_a_cursor_of_another_make_begins_anew(wordpress: WordPressStage) -> None:
    native_id = await wordpress.someone_comments("Noch da?")
    events, _ = await told(wordpress.network, about(native_id), "12345")
    assert all(isinstance(event, InboundEvent) for event in events)
