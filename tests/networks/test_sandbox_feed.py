"""The event feed: who is told what, at once, and after any restart."""

import asyncio
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.networks.network import OutcomeUnknown, Posted, Temporary
from services.networks.sandbox.connector import SandboxNetwork
from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.server import create_app
from services.networks.sandbox.settings import PageToken
from tests.networks.conftest import killable, running
from tests.networks.sandbox_town import Town, bearer, town_settings
from tests.networks.stage import about, comments_in, outgoing, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_waits_is_told_at_once(town: Town) -> None:
    post = await town.post()
    person = await town.person()
    tip = (await town.events())[-1]["seq"]
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(
            town.client.get(
                "/api/events",
                params={"after": tip, "wait": 30},
                headers=bearer("lindenhof-token"),
                timeout=40,
            )
        )
        await town.comment(await town.post("tagblatt"), "wakes, concerns us", by=person)
        written = loop.time()
        await waiting
    assert loop.time() - written < 25, "before the wait is over"
    (event,) = [e for e in waiting.result().json()["events"] if e["type"] == "comment.created"]
    assert event["comment"]["text"] == "wakes, concerns us"
    assert post != event["comment"]["root"]["id"]


async def test_what_concerns_others_wakes_nobody_for_good(town: Town) -> None:
    """A ring for somebody else's event neither ends the wait nor loses the next event."""
    tip = (await town.events("tagblatt"))[-1]["seq"]
    mine, others = await town.post("tagblatt"), await town.post("lindenhof")
    network = town.network("tagblatt", client=town.client)

    async def listen() -> list[str]:
        events, _ = await told(network, lambda event: event.data.text == "für mich", str(tip))
        return [event.data.text for event in events]

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        await town.comment(others, "für andere")
        await town.comment(mine, "für mich")
    assert listening.result() == ["für mich"]


async def test_the_feed_names_how_each_page_relates_to_us(town: Town) -> None:
    comments = {
        page: await town.comment(await town.post(page), f"Hallo {page}")
        for page in ("lindenhof", "tagblatt", "radhaus")
    }
    relations = {
        event["comment"]["id"]: event["comment"]["page"]["relation"]
        for event in await town.events("lindenhof")
    }
    assert {page: relations[comment] for page, comment in comments.items()} == {
        "lindenhof": "own",
        "tagblatt": "news",
        "radhaus": "partner",
    }
    told_to_others = {event["comment"]["page"]["id"] for event in await town.events("tagblatt")}
    assert told_to_others == {"tagblatt"}


async def test_a_private_message_reaches_the_addressed_page_and_nobody_else(town: Town) -> None:
    """INVARIANT: a private message is in no other feed, answer or public page."""
    marker = "Geheimnis-4711"
    author = await town.person("Vera Vertraulich")
    post = await town.post("lindenhof")
    comment = await town.comment(post, "öffentlich", by=author)
    message = await town.message("lindenhof", marker, by=author)
    network = town.network(client=town.client)
    answer = await network.reply(
        outgoing(parent_id=message, text=f"{marker} auch", key=f"k{message}", visibility="direct")
    )
    aside = await network.reply(
        outgoing(parent_id=comment, text=f"{marker} dazu", key=f"k{comment}", visibility="direct")
    )
    private = {message, answer.native_id, aside.native_id}

    assert private <= {event["comment"]["id"] for event in await town.events("lindenhof")}
    for page in ("tagblatt", "radhaus"):
        assert marker not in str(await town.events(page))
        for native_id in private:
            path = f"/api/comments/{native_id}"
            assert (await town.call("GET", path, page)).status_code == 404
            replied = await town.call("POST", f"{path}/replies", page, {"text": "?"})
            assert replied.status_code == 404
        assert marker not in (await town.call("GET", f"/api/threads/{post}", page)).text
        assert await town.replies(comment, page) == []
        replies = await town.call("GET", f"/api/comments/{message}/replies", page)
        assert replies.json() == {"replies": []}
    async with httpx.AsyncClient(base_url=town.url, trust_env=False, timeout=30) as stranger:
        for path in ("/", "/p/lindenhof", f"/t/{post}", f"/t/{message}", "/messages"):
            assert marker not in (await stranger.get(path)).text
    assert (await town.call("GET", f"/api/comments/{aside.native_id}", author)).status_code == 200


async def test_a_follow_up_in_private_reaches_the_page(town: Town) -> None:
    author = await town.person()
    message = await town.message("lindenhof", "Erste Frage", by=author)
    follow_up = await town.comment(message, "Und noch eine", by=author)
    events = {event["comment"]["id"]: event for event in await town.events("lindenhof")}
    assert events[follow_up]["comment"]["visibility"] == "direct"
    assert events[follow_up]["comment"]["parent_id"] == message


async def test_a_hidden_comment_is_told_to_watchers_only_when_it_is_shown_again(
    town: Town,
) -> None:
    comment = await town.comment(await town.post("radhaus"), "Na ja")
    await town.call("POST", f"/api/comments/{comment}/hide", "radhaus")
    assert comment not in str(await town.events("lindenhof"))
    assert comment in str(await town.events("radhaus"))
    tip = (await town.events("radhaus"))[-1]["seq"]
    await town.call("POST", f"/api/comments/{comment}/unhide", "radhaus")
    network = town.network(client=town.client)
    events, _ = await told(network, about(comment), str(tip))
    assert [(event.type, event.data.text) for event in events] == [("comment.unhidden.v1", "Na ja")]


async def test_each_revision_is_told_with_its_own_text(town: Town) -> None:
    author = await town.person()
    comment = await town.comment(await town.post(), "Entwurf", by=author)
    await town.call("PUT", f"/api/comments/{comment}", author, {"text": "Fassung"})
    network = town.network(client=town.client)
    events, _ = await told(network, about(comment, "comment.edited"))
    assert [(e.id, e.data.text) for e in events if e.data.native_id == comment] == [
        (f"{comment}#1", "Entwurf"),
        (f"{comment}#2", "Fassung"),
    ]


async def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    """INVARIANT: after a kill -9 amid writes every acknowledged reply, key and cursor is valid."""
    numbers = range(60)

    async def reply(network: SandboxNetwork, number: int) -> Posted:
        return await network.reply(
            outgoing(parent_id=post, text=f"Nr. {number}", key=f"key-{number}")
        )

    async with killable(tmp_path) as (process, url), Town.at(url) as town:
        post = await town.post()
        network = town.network(client=town.client)
        before = await town.comment(post, "vorher")
        _, cursor = await told(network, about(before))
        tasks = [asyncio.create_task(reply(network, number)) for number in numbers]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        process.kill()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await process.wait()
        with pytest.raises(Temporary):
            await network.read(post)
    acknowledged = {outcome.native_id for outcome in outcomes if isinstance(outcome, Posted)}
    assert acknowledged
    assert all(isinstance(o, Posted | OutcomeUnknown | Temporary) for o in outcomes)

    async with running(create_app(town_settings(tmp_path))) as url, Town.at(url) as town:
        network = town.network(client=town.client)
        assert acknowledged <= {reply["id"] for reply in await town.replies(post)}
        again = await asyncio.gather(*(reply(network, number) for number in numbers))
        assert acknowledged <= {posted.native_id for posted in again}
        texts = [reply["text"] for reply in await town.replies(post)]
        assert sorted(texts) == sorted(["vorher", *(f"Nr. {number}" for number in numbers)])
        last = await town.comment(post, "nachher")
        events, _ = await told(network, about(last), cursor)
        heard = [event.data.native_id for event in events]
        assert len(heard) == len(set(heard)) == len(numbers) + 1


async def test_what_is_acknowledged_reached_the_disk(tmp_path: Path) -> None:
    """INVARIANT: a commit returns only after the disk has it, so a power cut loses nothing."""
    ledger = Ledger(tmp_path / "state")
    ledger.open()
    settings = [
        ledger._run(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ]
    ledger.close()
    assert settings == ["wal", 2]


async def test_a_cursor_of_an_earlier_world_begins_anew(tmp_path: Path) -> None:
    """INVARIANT: a network whose history was wiped is listened to again, not waited for."""
    async with running(create_app(town_settings(tmp_path))) as url, Town.at(url) as town:
        comment = await town.comment(await town.post(), "Neue Zeit")
        network = town.network(client=town.client)
        events, cursor = await told(network, about(comment), "4000")
        assert [event.data.native_id for event in events] == [comment]
        assert int(cursor) < 4000


async def test_one_token_may_speak_for_several_pages(tmp_path: Path) -> None:
    both = PageToken(token=SecretStr("both"), pages=("lindenhof", "radhaus"))
    app = create_app(town_settings(tmp_path, tokens=(both,)))
    async with running(app) as url, Town.at(url) as town:
        network = town.network(token="both", client=town.client)
        posts = [await town.post(page) for page in ("lindenhof", "radhaus", "tagblatt")]
        for post in posts:
            await network.reply(outgoing(parent_id=post, text="Hallo", key=post))
        batch = await anext(network.listen(None))
        assert [
            (event.data.page.native_id, event.data.page.relation, event.data.author.native_id)
            for event in comments_in(batch)
            if event.data.author.is_self
        ] == [
            ("lindenhof", "own", "lindenhof"),
            ("radhaus", "own", "radhaus"),
            ("tagblatt", "news", "lindenhof"),
        ]


async def test_who_waits_does_not_delay_the_shutdown(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        async with asyncio.TaskGroup() as group:
            async with running(create_app(town_settings(tmp_path))) as url:
                waiting = group.create_task(
                    client.get(
                        f"{url}/api/events?wait=60", headers=bearer("lindenhof-token"), timeout=90
                    )
                )
                await client.get(f"{url}/api/events", headers=bearer("lindenhof-token"))
                stopping = loop.time()
            assert loop.time() - stopping < 50
        assert waiting.result().json() == {"events": [], "cursor": 0}
