"""What happens on a network between a question and its answer, from the network to the desk."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from schemas.comments import CommentRouted
from schemas.replies import ReplyReturned
from services.deliver.handlers import deliver
from services.kit.db import open_pool, transaction
from services.review import actions
from services.review.refresh import look_again
from services.store.decisions import read_history
from services.store.items import Item, read_facts
from services.store.routings import save_routing
from tests.conftest import fresh_database
from tests.deliver.scene import Asked, Scene, opened
from tests.ingest.events import new_intake
from tests.review.reading import read_item, rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

Happening = Callable[[Scene, Asked], Awaitable[object]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    async with (
        fresh_database(template) as url,
        open_pool(url) as pool,
        opened(pool, tmp_path_factory.mktemp("sandbox")) as founded,
    ):
        yield founded


async def on_the_desk(scene: Scene, asked: Asked) -> Item:
    """Sort the comment's newest text as route would, and return its item."""
    async with transaction(scene.pool) as connection:
        (facts,) = await read_facts(connection, [asked.comment_key])
        routed = CommentRouted(
            happened_at=datetime.now(UTC), network="sandbox", thread_key=asked.thread_key,
            comment_key=asked.comment_key, revision=facts.revision, cause="arrival", lane="answer",
            kind="question", muted=False, rules=[], language="de",
        )  # fmt: skip
        if not facts.deleted:
            await save_routing(connection, routed, [], "test")
    await look_again(scene.pool, asked.comment_key, asked.thread_key)
    return await read_item(scene.pool, asked.comment_key)


async def by_author(scene: Scene, asked: Asked, method: str, path: str, text: str = "") -> None:
    answer = await scene.town.call(method, path, asked.author, {"text": text} if text else None)
    assert answer.is_success, answer.text


async def deleted(scene: Scene, asked: Asked) -> None:
    await by_author(scene, asked, "DELETE", f"/api/comments/{asked.native_id}")


async def edited(scene: Scene, asked: Asked) -> None:
    await by_author(scene, asked, "PUT", f"/api/comments/{asked.native_id}", "Und wo?")


async def blocked(scene: Scene, asked: Asked) -> None:
    await by_author(scene, asked, "PUT", "/api/blocks/lindenhof")


async def unblocked(scene: Scene, asked: Asked) -> None:
    await by_author(scene, asked, "DELETE", "/api/blocks/lindenhof")


async def by_page(scene: Scene, path: str, method: str = "POST") -> None:
    answer = await scene.town.call(method, path, "lindenhof")
    assert answer.is_success, answer.text


async def locked(scene: Scene, asked: Asked) -> None:
    await by_page(scene, f"/api/threads/{asked.post}/lock")


async def unlocked(scene: Scene, asked: Asked) -> None:
    await by_page(scene, f"/api/threads/{asked.post}/unlock")


async def hidden(scene: Scene, asked: Asked) -> None:
    await by_page(scene, f"/api/comments/{asked.native_id}/hide")


async def shown(scene: Scene, asked: Asked) -> None:
    await by_page(scene, f"/api/comments/{asked.native_id}/unhide")


async def thread_deleted(scene: Scene, asked: Asked) -> None:
    await by_page(scene, f"/api/comments/{asked.post}", "DELETE")


@pytest.mark.parametrize("heard_first", [True, False], ids=["heard", "unheard"])
@pytest.mark.parametrize(
    ("happening", "code", "status"),
    [
        (deleted, "parent_gone", "cancelled"),
        (edited, "parent_edited", "open"),
        (blocked, "blocked", "open"),
        (locked, "locked", "open"),
        (hidden, "hidden", "open"),
        (thread_deleted, "parent_gone", "cancelled"),
    ],
    ids=["deleted", "edited", "blocked", "locked", "hidden", "thread_deleted"],
)
async def test_what_happens_between_approval_and_sending_brings_the_text_back(
    scene: Scene, happening: Happening, code: str, status: str, *, heard_first: bool
) -> None:
    """INVARIANT: an approval holds for the text and place that were seen; else it comes back."""
    asked = await scene.asked()
    assert (await on_the_desk(scene, asked)).status == "open"
    await actions.approve(
        scene.pool, "somebody", asked.comment_key, text="Um 15 Uhr.", revision=1, draft_id=None
    )
    [(decision_id,)] = await rows(
        scene.pool, "select decision_id from decisions where comment_key = %s", asked.comment_key
    )
    await happening(scene, asked)
    if heard_first:
        await scene.hear()
    said = await deliver(scene.posting(), decision_id)
    assert isinstance(said, ReplyReturned)
    if not heard_first and happening is thread_deleted:
        code = "locked"
    assert said.code == code
    assert await scene.answers(asked) == []
    if not heard_first:
        await scene.hear()
    item = await on_the_desk(scene, asked)
    assert (item.status, item.note) == (status, f"returned:{code}")
    async with scene.pool.connection() as connection:
        history = await read_history(connection, asked.comment_key, asked.thread_key)
    assert (history[0].delivery, history[0].code) == ("returned", code)


@pytest.mark.parametrize(
    ("done", "undone", "status"),
    [
        (hidden, shown, "paused"),
        (locked, unlocked, "cancelled"),
        (blocked, unblocked, "cancelled"),
    ],
    ids=["hidden", "locked", "blocked"],
)
async def test_what_is_undone_on_the_network_is_undone_on_the_desk(
    scene: Scene, done: Happening, undone: Happening, status: str
) -> None:
    asked = await scene.asked()
    await done(scene, asked)
    await scene.hear()
    assert (await on_the_desk(scene, asked)).status == status
    await undone(scene, asked)
    await scene.hear()
    assert (await on_the_desk(scene, asked)).status == "open"


async def test_the_same_events_a_hundred_times_in_any_order_make_one_item(scene: Scene) -> None:
    """INVARIANT: however often and in whatever order a network tells it, it is one item."""
    told_before = len(await scene.town.events())
    asked = await scene.asked("Wann?")
    for happening in (edited, hidden, shown, locked, unlocked, blocked, unblocked, locked):
        await happening(scene, asked)
    first = (await scene.town.events())[told_before]["seq"]
    events = (await anext(scene.network.listen(str(first - 1)))).events
    assert len(events) == 9
    chance = random.Random(0)
    many = [one for one in events for _ in range(100)]
    chance.shuffle(many)
    while many:
        part = [many.pop() for _ in range(min(len(many), chance.randint(1, 60)))]
        await new_intake(scene.pool).take(part)
    item = await on_the_desk(scene, asked)
    assert (item.status, item.note) == ("cancelled", "locked")
    assert await rows(
        scene.pool, "select r.text from items i join comment_revisions r using (comment_key,"
        " revision) where i.thread_key = %s", asked.thread_key,
    ) == [("Und wo?",)]  # fmt: skip
    received = await rows(
        scene.pool, "select count(*) from outbox where msg_id like %s",
        f"CommentReceived:{asked.comment_key}:%",
    )  # fmt: skip
    assert received == [(1,)]
