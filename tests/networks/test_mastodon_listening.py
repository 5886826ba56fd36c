"""What the connector hears, also of what no stream ever tells."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from schemas.inbound import InboundEvent, InboundNotice
from services.networks.mastodon.settings import WatchedAccount
from services.networks.network import Temporary
from tests.networks.mastodon_server import Server, mastodon_server
from tests.networks.mastodon_square import Heard, Square, hear, square
from tests.networks.mastodon_stage import QUICK, settings_for
from tests.networks.mastodon_world import GOTOSOCIAL, MASTODON
from tests.networks.wire import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with mastodon_server() as running:
        yield running


SELDOM = replace(QUICK, notifications=600.0, pages=600.0, decay=((172_800.0, 600.0),))
"""Nothing is looked at unless the stream rings."""


@pytest_asyncio.fixture(
    loop_scope="module", params=[MASTODON, GOTOSOCIAL], ids=["mastodon", "gotosocial"]
)
async def here(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Square]:
    async with square(server, request.param) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def on_gotosocial(server: Server) -> AsyncIterator[Square]:
    async with square(server, GOTOSOCIAL) as opened:
        yield opened


def says(text: str) -> Callable[[Heard], bool]:
    return lambda heard: text in heard.texts


def tells(kind: str) -> Callable[[Heard], bool]:
    return lambda heard: kind in heard.types


async def test_what_people_say_to_each_other_below_our_post_is_told(here: Square) -> None:
    """A reply that does not mention us makes no notification: only the thread shows it."""
    first = here.comment("Kommt ihr?")
    world = here.server.world
    world.post(here.org, "@jana Ja.", parent_id=first.id, visibility="public")
    eva = world.join("eva")
    second = world.post(eva, "@jana Ich auch", parent_id=first.id, visibility="public")
    heard = await hear(here.network(), says("Ich auch"))
    events = {e.data.native_id: e.data for e in heard.told if isinstance(e, InboundEvent)}
    assert events[second.id].parent_id == first.id
    assert events[second.id].root.text == "Am Samstag ist Hoffest."
    assert events[second.id].page.native_id == here.org.id
    assert [data.text for data in events.values() if data.author.is_self] == ["Ja."]


async def test_an_edit_that_no_stream_tells_is_found(on_gotosocial: Square) -> None:
    here = on_gotosocial
    comment = here.comment("Um 3?")
    heard = await hear(here.network(), says("Um 3?"))
    here.server.world.edit(here.jana, comment.id, "@lindenhof Um 4?")
    later = await hear(here.network(), says("Um 4?"), heard.cursor)
    assert later.types == ["comment.edited.v1"]


@pytest.mark.parametrize("includes", [True, False])
async def test_what_the_server_filters_is_heard(server: Server, *, includes: bool) -> None:
    """INVARIANT: comments of new accounts, which a server hides from us, are moderated too."""
    async with square(server, replace(MASTODON, includes_filtered=includes)) as here:
        here.org.policy["for_new_accounts"] = "filter"
        troll = here.server.world.join("troll", new=True)
        here.comment("Erstens", by=troll)
        here.comment("Zweitens", by=troll)
        network = here.network(timings=replace(SELDOM, pages=600.0))
        heard = await hear(network, says("Zweitens"))
        assert heard.texts == ["Erstens", "Zweitens"]


async def test_more_than_one_page_is_read_in_the_servers_order(here: Square) -> None:
    """Ids of one server are shorter than others of the same; as text "99" stands behind "100"."""
    before = await hear(here.network(), lambda _: True)
    texts = [f"Nummer {number}" for number in range(95)]
    for text in texts:
        here.comment(text)
    first = await hear(here.network(timings=SELDOM), says(texts[-1]))
    later = await hear(here.network(timings=SELDOM), says(texts[-1]), before.cursor)
    assert first.texts == texts
    assert later.texts == texts


async def test_the_first_start_reads_no_further_back_than_told(here: Square) -> None:
    old = here.comment("Vor Jahren")
    old.created_at -= timedelta(days=3)
    here.server.world.notifications[-1].created_at -= timedelta(days=3)
    here.comment("Heute")
    heard = await hear(here.network(), says("Heute"))
    assert heard.texts == ["Heute"]


async def test_a_cursor_that_cannot_be_read_begins_anew(here: Square) -> None:
    here.comment("Hallo")
    assert (await hear(here.network(), says("Hallo"), "{broken")).texts == ["Hallo"]


async def test_a_mention_elsewhere_is_ours_to_answer(here: Square) -> None:
    """What else is said in a stranger's thread is not."""
    world = here.server.world
    eva = world.join("eva", host="andernorts.example")
    root = world.post(eva, "Wer weiß das?", visibility="public")
    world.post(here.jana, "Ich nicht", parent_id=root.id, visibility="public")
    asked = world.post(here.jana, "@lindenhof ihr?", parent_id=root.id, visibility="public")
    heard = await hear(here.network(), says("ihr?"))
    event = next(e for e in heard.told if isinstance(e, InboundEvent))
    assert (event.data.native_id, event.data.root.text) == (asked.id, "Wer weiß das?")
    assert event.data.page.relation == "own"
    later = await hear(here.network(), lambda _: True, heard.cursor)
    assert "Ich nicht" not in heard.texts + later.texts


async def test_a_watched_page_is_read_under_its_own_name(here: Square) -> None:
    world = here.server.world
    paper = world.join("tagblatt")
    article = world.post(paper, "Stadtrat streitet", visibility="public")
    world.post(here.jana, "@tagblatt Unerhört", parent_id=article.id, visibility="public")
    settings = settings_for(
        here.wire.url, here.org.token, watch=(WatchedAccount(account="@tagblatt", relation="news"),)
    )
    heard = await hear(here.network(settings=settings), says("Unerhört"))
    event = next(e for e in heard.told if isinstance(e, InboundEvent))
    assert (event.data.page.name, event.data.page.relation) == ("Tagblatt", "news")
    assert event.data.root.text == "Stadtrat streitet"


async def test_private_words_are_marked_and_not_kept_in_the_cursor(here: Square) -> None:
    """INVARIANT: nothing of a private message outlives its event, and no words are in a cursor."""
    secret = here.server.world.post(here.jana, "@lindenhof Geheim", visibility="direct")
    reply = here.server.world.post(
        here.jana, "@lindenhof Nachtrag", parent_id=secret.id, visibility="private"
    )
    heard = await hear(here.network(), says("Nachtrag"))
    events = [e for e in heard.told if isinstance(e, InboundEvent)]
    assert [e.data.visibility for e in events] == ["direct", "followers"]
    assert [e.data.root.text for e in events] == ["", ""]
    here.comment("Öffentlich")
    later = await hear(here.network(), says("Öffentlich"), heard.cursor)
    assert not [text for text in ("Geheim", "Nachtrag", "Öffentlich") if text in later.cursor]
    assert f'"{secret.id}"' not in later.cursor
    assert f'"{reply.id}"' not in later.cursor


async def test_a_block_is_told_once_and_is_no_deletion(here: Square) -> None:
    for text in ("Eins", "Zwei"):
        here.comment(text)
    heard = await hear(here.network(), says("Zwei"))
    here.server.world.blocks.add((here.jana.id, here.org.id))
    later = await hear(here.network(), tells("author.blocked.v1"), heard.cursor)
    notice = next(e for e in later.told if isinstance(e, InboundNotice))
    assert notice.data.author_id == here.jana.id
    assert later.types == ["author.blocked.v1"]


async def test_an_account_that_vanished_is_told(here: Square) -> None:
    here.comment("Ich bin dann weg")
    heard = await hear(here.network(), says("Ich bin dann weg"))
    here.jana.suspended = True
    later = await hear(here.network(), tells("author.gone.v1"), heard.cursor)
    assert later.types == ["comment.deleted.v1", "author.gone.v1"]


async def test_a_deleted_root_is_told(here: Square) -> None:
    here.comment("Wann?")
    heard = await hear(here.network(), says("Wann?"))
    here.server.world.delete(here.org, here.root.id)
    later = await hear(here.network(), tells("thread.deleted.v1"), heard.cursor)
    notice = next(e for e in later.told if isinstance(e, InboundNotice))
    assert notice.data.root_id == here.root.id


async def test_a_bad_status_spoils_no_other_and_is_handed_on_without_words(here: Square) -> None:
    here.comment("Geheimes Wort").said_instead["account"] = None
    here.comment("Gut")
    heard = await hear(here.network(), says("Gut"))
    assert heard.texts == ["Gut"]
    assert len(heard.unreadable) == 1
    assert b"Geheimes" not in heard.unreadable[0].raw


async def test_a_picture_without_words_is_told_by_its_description(here: Square) -> None:
    comment = here.comment("x")
    comment.text = ""
    comment.attachments.append({"id": "1", "type": "image", "description": "Ein Plakat"})
    heard = await hear(here.network(), lambda one: bool(one.told))
    assert heard.texts == ["[image] Ein Plakat"]


async def test_a_content_warning_stands_before_the_words(here: Square) -> None:
    here.comment("Meine Meinung", spoiler="Politik")
    heard = await hear(here.network(), lambda one: bool(one.told))
    assert heard.texts == ["CW: Politik\n\nMeine Meinung"]


async def test_looking_at_threads_leaves_requests_for_what_matters(server: Server) -> None:
    """Below a reserve of the server's limit only notifications are asked for."""
    async with square(server, replace(MASTODON, reads=40)) as here:
        here.comment("Wann?")
        network = here.network(timings=replace(QUICK, notifications=0.1))
        heard = await hear(network, says("Wann?"))
        with pytest.raises(Temporary) as refused:
            await hear(network, lambda _: False, heard.cursor)
        assert refused.value.retry_after == pytest.approx(300, abs=30)
        assert not [seen for seen in here.wire.seen if f"{here.root.id}/context" in seen.path]


async def test_a_server_in_trouble_is_asked_again_later(here: Square) -> None:
    here.wire.next(Answer(503, {"Retry-After": "9"}), method="GET", path="/notifications")
    with pytest.raises(Temporary) as refused:
        await hear(here.network(), lambda _: False)
    assert refused.value.retry_after == 9


async def test_one_broken_thread_holds_up_no_other(here: Square) -> None:
    """INVARIANT: trouble with one thread silences neither the others nor the connection."""
    other = here.server.world.post(here.org, "Und am Sonntag Flohmarkt.", visibility="public")
    here.wire.next(Answer(500), path=f"{here.root.id}/context", times=99)
    here.server.world.post(here.jana, "Toll", parent_id=other.id, visibility="public")
    heard = await hear(here.network(), says("Toll"))
    assert heard.texts == ["Toll"]


async def test_a_told_comment_that_becomes_unreadable_stays(here: Square) -> None:
    comment = here.comment("Hallo")
    heard = await hear(here.network(), says("Hallo"))
    comment.said_instead["account"] = None
    later = await hear(here.network(), lambda one: bool(one.unreadable), heard.cursor)
    here.comment("Und weiter")
    after = await hear(here.network(), says("Und weiter"), later.cursor)
    assert later.types + after.types == ["comment.received.v1"]


async def test_a_post_continued_is_one_thread(here: Square) -> None:
    world = here.server.world
    second = world.post(
        here.org, "Und Kuchen gibt es.", parent_id=here.root.id, visibility="public"
    )
    world.post(here.jana, "Welchen?", parent_id=second.id, visibility="public")
    heard = await hear(here.network(), says("Welchen?"))
    roots = {e.data.root.native_id for e in heard.told if isinstance(e, InboundEvent)}
    assert roots == {here.root.id}


async def test_after_a_restart_comments_still_come_with_their_context(here: Square) -> None:
    here.comment("Erstens")
    heard = await hear(here.network(), says("Erstens"))
    here.comment("Zweitens")
    later = await hear(here.network(), says("Zweitens"), heard.cursor)
    events = [e for e in later.told if isinstance(e, InboundEvent)]
    assert [event.data.root.text for event in events] == ["Am Samstag ist Hoffest."]
