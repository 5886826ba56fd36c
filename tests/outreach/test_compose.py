"""The morning's list: what is read before it is made, who is left out, what is closed again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.db import Pool, transaction
from services.networks.connected import Connected
from services.networks.lookout import Looked, Remark
from services.networks.network import Temporary
from services.networks.targets import Target
from services.outreach.choose import PER_DAY
from services.outreach.compose import LOOK_AGAIN, MORNING, Composing, compose
from services.store import watches
from tests.answer.library import BagOfWords
from tests.outreach.scene import US, Street
from tests.review.reading import promised, rows


@dataclass
class Threads:
    """A connection that shows what a test puts under posts; everywhere else there is silence."""

    name: str = "sandbox"
    connection: str = US
    under: dict[str, Sequence[Remark] | Temporary | None] = field(default_factory=dict)
    everywhere: Sequence[Remark] | Temporary | None = ()
    read: int = 0

    @property
    def lookout(self) -> "Threads":
        return self

    async def look(self, target: Target, memory: str | None, now: datetime) -> Looked:
        raise AssertionError

    async def remarks(self, post_id: str) -> Sequence[Remark] | None:
        self.read += 1
        found = self.under.get(post_id, self.everywhere)
        if isinstance(found, Temporary):
            raise found
        return found


@dataclass
class Morning:
    """A street of pages, what stands under their posts, and the lists made of them."""

    pool: Pool
    threads: Threads = field(default_factory=Threads)
    now: datetime = field(
        default_factory=lambda: datetime.now(UTC).astimezone().replace(hour=11).astimezone(UTC)
    )

    @property
    def street(self) -> Street:
        return Street(self.pool)

    async def compose(self, later: timedelta = timedelta()) -> int:
        self.now += later
        connected = Connected(None, [self.threads])  # type: ignore[list-item]  # reads only
        return await compose(Composing(self.pool, BagOfWords(), connected), self.now)

    async def shown(self) -> list[tuple[str, str | None]]:
        return await rows(
            self.pool, "select p.native_id, o.closed_why from opportunities o"
            " join pages p using (page_key) order by 1",
        )  # fmt: skip

    async def post(self, page: str, **more: object) -> str:
        seen = await self.street.post(page, ago=self.ago, **more)  # type: ignore[arg-type]
        ((native_id,),) = await rows(
            self.pool, "select native_id from comments where comment_key = %s", seen.comment_key
        )
        async with transaction(self.pool) as connection:
            await connection.execute(
                "update post_readings set asks = true, topics = '{Hitze,Schatten}'"
            )
        return str(native_id)

    @property
    def ago(self) -> timedelta:
        return datetime.now(UTC) - self.now + timedelta(hours=1)


@pytest.fixture
def morning(pool: Pool) -> Morning:
    return Morning(pool)


def said(*texts: str, by: str = "") -> list[Remark]:
    at = datetime.now(UTC)
    return [Remark(by or f"a{n}", text, by == "us", at) for n, text in enumerate(texts)]


async def test_a_morning_brings_ten_of_different_pages_each_with_a_draft_asked_for(
    morning: Morning,
) -> None:
    """INVARIANT: ten a day, however often and from however many processes the list is made."""
    for number in range(14):
        relation = ("news", "partner", "decision_maker")[number % 3]
        for _ in range(2):
            await morning.post(f"page{number:02}", relation=relation)
    assert await morning.compose() == PER_DAY
    assert await morning.compose() == 0
    shown = await morning.shown()
    assert len({page for page, _ in shown}) == PER_DAY
    asked = [subject for subject, _, _ in await promised(morning.pool) if "requested" in subject]
    assert len(asked) == PER_DAY
    assert await morning.compose(timedelta(days=1)) == PER_DAY


@dataclass
class SlowThreads(Threads):
    """Threads that are shown when `shown` is set; `asked` tells that somebody wants one."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    shown: asyncio.Event = field(default_factory=asyncio.Event)

    async def remarks(self, post_id: str) -> Sequence[Remark] | None:
        self.asked.set()
        await self.shown.wait()
        return await super().remarks(post_id)


async def test_two_processes_read_each_thread_once(pool: Pool) -> None:
    """INVARIANT: while one process makes the list no other asks a network for the same threads."""
    threads = SlowThreads()
    morning = Morning(pool, threads)
    for number in range(3):
        await morning.post(f"page{number}", relation="news")
    first = asyncio.create_task(morning.compose())
    await threads.asked.wait()
    assert await morning.compose() == 0
    threads.shown.set()
    assert await first == threads.read == 3


@pytest.mark.parametrize(
    "under",
    [
        said("Du Idiot!", "Selber Idiot!"),
        said("Wir laden ein.", by="us"),
        None,
        Temporary("busy"),
    ],
    ids=["quarrel", "ours", "gone", "unreadable"],
)
async def test_a_thread_where_we_must_not_speak_is_not_shown(
    morning: Morning, under: Sequence[Remark] | Temporary | None
) -> None:
    """INVARIANT: nothing is shown whose thread was not read, is a quarrel or has us already."""
    post = await morning.post("tagblatt")
    morning.threads.under[post] = under
    assert await morning.compose() == 0
    assert await morning.shown() == []
    morning.threads.under[post] = said("Und nun?")
    assert await morning.compose() == 1


@pytest.mark.parametrize(
    ("under", "why"),
    [(said("Du Idiot!", "Selber Idiot!"), "quarrel"), (said("Hallo", by="us"), "ours"),
     (None, "deleted")],
    ids=["quarrel", "ours", "gone"],
)  # fmt: skip
async def test_what_turns_bad_later_is_closed(
    morning: Morning, under: Sequence[Remark] | None, why: str
) -> None:
    post = await morning.post("tagblatt")
    assert await morning.compose() == 1
    morning.threads.under[post] = under
    await morning.compose(LOOK_AGAIN / 2)
    assert await morning.shown() == [("tagblatt", None)]
    await morning.compose(LOOK_AGAIN)
    assert await morning.shown() == [("tagblatt", why)]


async def test_a_paused_page_s_opportunity_ends_and_old_ones_go(morning: Morning) -> None:
    """INVARIANT: pausing a page ends what it offered, and nothing new is offered from it."""
    await morning.post("tagblatt")
    await morning.post("radhaus")
    assert await morning.compose() == 2
    ((watch_id,),) = await rows(
        morning.pool, "select watch_id from watches where address = 'tagblatt'"
    )
    async with transaction(morning.pool) as connection:
        await watches.pause_watch(connection, watch_id, paused=True, now=morning.now)
    await morning.post("tagblatt")
    assert await morning.compose(timedelta(minutes=1)) == 0
    assert await morning.shown() == [("radhaus", None), ("tagblatt", "unwatched")]
    await morning.compose(timedelta(hours=49))
    assert dict(await morning.shown())["radhaus"] == "old"


async def test_before_the_morning_there_is_no_new_list(morning: Morning) -> None:
    night = morning.now.astimezone().replace(hour=MORNING - 1).astimezone(UTC)
    morning.now = night
    await morning.post("tagblatt")
    assert await morning.compose() == 1, "the very first list is made at once"
    await morning.post("radhaus")
    assert await morning.compose() == 0
    assert await morning.compose(timedelta(hours=2)) == 1


async def test_few_threads_are_read_for_a_list(morning: Morning) -> None:
    """INVARIANT: of many posts only the most promising threads are asked for."""
    for number in range(30):
        await morning.post(f"page{number:02}")
    await morning.compose()
    assert morning.threads.read == 2 * PER_DAY
