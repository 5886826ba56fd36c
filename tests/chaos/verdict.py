"""What must hold after a run, read where each fact was written: here, at the desk, out there."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field

import nats
import psycopg
from psycopg_pool import PoolTimeout

from schemas.streams import CONSUMERS
from services.kit.bus import servers_of
from services.kit.db import Pool
from services.store.books import Books, read_books
from services.store.underway import work_left
from tests.chaos.crowd import PAGE
from tests.chaos.failover import BUS_TROUBLE
from tests.chaos.ground import Ground
from tests.chaos.moderator import Told
from tests.chaos.neighbours import POST
from tests.review.reading import rows

GONE = (404, 410)
"""How the network answers for a thread whose post was taken down."""
QUIET = 3
"""Looks in a row that find nothing left to do."""
LOOKING = 0.1
"""Share of the time that may be spent on looks: what is looked at needs the rest."""


@dataclass(frozen=True)
class Offered:
    """What the world held for the house to find."""

    comments: int
    posts: int
    """On watched pages, those that stand."""
    poisoned: int
    """Messages that nobody can work with."""


@dataclass
class Verdict:
    """The books of one run and everything that is wrong with them."""

    books: Books
    approvals: int = 0
    returned: int = 0
    replies: int = 0
    posts: int = 0
    """Posts of watched pages that were read."""
    spoken: int = 0
    """Replies of ours among them that stand under posts of others."""
    gone: int = 0
    """Replies that went with a post of others which was taken down afterwards."""
    dead_letters: int = 0
    wrong: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "balanced": self.books.balanced}


async def unfinished(ground: Ground, offered: Offered) -> dict[str, int]:
    """Return what is still on its way, empty when nothing is; a server that is away is something.

    Only comments that were offered count as seen: our own replies come back as events too.
    """
    try:
        left = {
            "comments not in": offered.comments - await _number(ground.pool, _SEEN),
            "posts not read or forgotten": abs(offered.posts - await _number(ground.pool, _READ)),
            "comments and drafts on their way": await _number_left(ground.pool),
            "outbox rows": await _number(ground.pool, _PROMISED),
            "approvals without an end": await _number(ground.pool, _OPEN_APPROVALS),
            "poison not found": offered.poisoned - await _number(ground.pool, _LETTERS),
        }
        left["messages"] = await _waiting(ground.bus_url)
    except (psycopg.Error, PoolTimeout, *BUS_TROUBLE) as error:
        return {f"no answer: {type(error).__name__}": 1}
    return {name: count for name, count in left.items() if count > 0}


async def settle(ground: Ground, offered: Offered, patience: float) -> dict[str, int]:
    """Wait until nothing is on its way any more; return what still is when patience ends."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    quiet, left = 0, {"": 1}
    while quiet < QUIET and (now := loop.time()) < deadline:
        left = await unfinished(ground, offered)
        quiet = 0 if left else quiet + 1
        await asyncio.sleep(max(0.3, (loop.time() - now) / LOOKING))
    return left


_LETTERS = "select count(*) from dead_letters"
_SEEN = (
    "select count(distinct comment_key) from intake i where dropped is distinct from 'own_reply'"
    " and not exists (select from comments c where c.comment_key = i.comment_key"
    " and c.watch_id is not null)"
)
_READ = "select count(*) from post_readings"
_PROMISED = "select count(*) from outbox where due_at < now() + interval '1 hour'"
"""What is due, and what was put aside for a while; the end of a mute is days away."""
_OPEN_APPROVALS = (
    "select count(*) from decisions d left join deliveries v using (decision_id)"
    " where d.action = 'approve' and d.text <> ''"
    " and (v.state is null or v.state not in ('sent', 'returned'))"
)


async def judge(ground: Ground, offered: Offered, told: Told) -> Verdict:
    """Read the books, the network and what the desk had confirmed; name every difference."""
    async with ground.pool.connection() as connection:
        verdict = Verdict(await read_books(connection))
    books = verdict.books
    if not books.balanced:
        verdict.wrong.append(f"{books.received} in, {books.accounted} accounted for")
    others = sum(books.dropped.get(reason, 0) for reason in ("own_reply", "watched_page"))
    came_in = books.received - others
    if came_in != offered.comments:
        verdict.wrong.append(
            f"the network offered {offered.comments} comments, {came_in} are in the books"
        )
    verdict.posts = await _number(ground.pool, _READ)
    if verdict.posts != offered.posts:
        verdict.wrong.append(f"{offered.posts} posts of others stand, {verdict.posts} were read")
    await _compare_replies(ground, verdict)
    await _compare_confirmed(ground.pool, verdict, told)
    verdict.dead_letters = await _number(ground.pool, _LETTERS)
    if verdict.dead_letters != offered.poisoned:
        reasons = await rows(ground.pool, "select consumer, left(reason, 150) from dead_letters")
        verdict.wrong.append(
            f"{offered.poisoned} poisoned messages, {verdict.dead_letters} dead letters: "
            f"{Counter(reasons).most_common(4)}"
        )
    return verdict


async def _compare_replies(ground: Ground, verdict: Verdict) -> None:
    """Compare by the network's ids, and by text where it was not erased with its comment."""
    sent: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for root, native_id, text, state, reply in await rows(
        ground.pool,
        "select t.root_id, c.native_id, d.text, v.state, v.native_id from decisions d"
        " join comments c using (comment_key) join threads t on t.thread_key = c.thread_key"
        " left join deliveries v using (decision_id)"
        " where d.action = 'approve' and (d.text <> '' or v.state is not null)",
    ):
        verdict.approvals += 1
        verdict.returned += state == "returned"
        if state == "sent":
            if reply in sent[root]:
                verdict.wrong.append(f"two approvals call {reply} theirs")
            sent[root][reply] = native_id, " ".join(text.split())
    for (root,) in await rows(ground.pool, "select root_id from threads"):
        answer = await ground.page.get(f"/api/threads/{root}")
        if root.startswith(POST) and answer.status_code in GONE:
            verdict.gone += len(sent[root])
            continue
        stands = {
            note["id"]: (note["parent_id"] or root, " ".join(note["text"].split()))
            for note in answer.json().get("comments", ())
            if note["author"]["id"] == PAGE
        }
        verdict.replies += len(stands)
        verdict.spoken += len(stands) if root.startswith(POST) else 0
        for reply in sent[root].keys() - stands.keys():
            verdict.wrong.append(f"{reply} is called sent and does not stand")
        for reply in stands.keys() - sent[root].keys():
            verdict.wrong.append(f"{reply} stands, and no approval calls it theirs")
        for reply in stands.keys() & sent[root].keys():
            (under, said), (where, approved) = stands[reply], sent[root][reply]
            if under != where or approved not in ("", said):
                verdict.wrong.append(f"{reply} is not what was approved, or not where")


async def _compare_confirmed(pool: Pool, verdict: Verdict, told: Told) -> None:
    found = await rows(
        pool, "select comment_key, count(*) from decisions where action = 'approve' group by 1"
    )
    decided = Counter(dict(found))
    if lost := told.approved - decided:
        verdict.wrong.append(f"the desk confirmed {lost.total()} approvals that are not stored")
    if told.signed_in > 1:
        verdict.wrong.append(f"one moderator had to sign in {told.signed_in} times")


async def _number(pool: Pool, query: str) -> int:
    ((count,),) = await rows(pool, query)
    return int(count)


async def _number_left(pool: Pool) -> int:
    async with pool.connection() as connection:
        return await work_left(connection)


async def _waiting(url: str) -> int:
    """Return how many messages any consumer has not acknowledged."""
    client = await nats.connect(servers_of(url), allow_reconnect=False, connect_timeout=2)
    try:
        jetstream = client.jetstream(timeout=2)
        infos = [await jetstream.consumer_info(one.stream, one.name) for one in CONSUMERS]
    finally:
        await client.close()
    return sum((info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos)
