"""Speaking up under posts of others: by a person, few, and never where it does harm."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.drafts import DraftProposed
from schemas.watches import PostSeen
from services.kit.db import transaction
from services.review import going_out as going
from services.review.going_out import NotNow
from services.store import watches
from services.store.intake import erase_comments
from services.store.opportunities import Look
from tests.outreach.scene import CALM, Street
from tests.review.hearing import Hear
from tests.review.reading import promised, rows
from tests.review.room import Room

ACCOUNT = "a" * 32


async def approve(room: Room, seen: PostSeen, text: str = "Dazu passt unsere Studie.") -> None:
    await going.approve(room.pool, ACCOUNT, seen.comment_key, text=text, revision=1, draft_id=None)


async def sent(room: Room) -> list[str]:
    """Return what was promised to be posted."""
    return [subject for subject, _, _ in await promised(room.pool) if subject.startswith("drafts.")]


async def refused(room: Room, seen: PostSeen, text: str = "Dazu passt unsere Studie.") -> str:
    with pytest.raises(NotNow) as error:
        await approve(room, seen, text)
    assert await sent(room) == []
    return error.value.refusal


async def test_an_approved_text_goes_out_once_by_the_usual_way(room: Room) -> None:
    """INVARIANT: a person approves, the outbox promises it once, a second click is refused."""
    seen = await Street(room.pool).offered("rundblick")
    await approve(room, seen)
    assert len(await sent(room)) == 1
    with pytest.raises(NotNow, match="spoken"):
        await approve(room, seen)
    ((text, stance),) = await rows(room.pool, "select text, stance from decisions")
    assert (text, stance) == ("Dazu passt unsere Studie.", "join")


async def test_nothing_is_posted_without_a_person(room: Room, hear: Hear) -> None:
    """INVARIANT: a draft for a post of others waits for a person, and makes no item."""
    seen = await Street(room.pool).offered("rundblick")
    keys = seen.model_dump(include={"network", "thread_key", "comment_key", "revision"})
    await hear(
        DraftProposed(
            happened_at=datetime.now(UTC), draft_id="d" * 32, kind="written", stance="join", **keys
        )
    )
    assert await rows(room.pool, "select * from items") == []
    assert await rows(room.pool, "select * from decisions") == []


async def test_two_people_race_for_the_last_place_on_a_page(room: Room) -> None:
    """INVARIANT: on one page we speak up twice a week, also when two people decide at once."""
    street = Street(room.pool)
    seen = [await street.offered("rundblick") for _ in range(4)]
    async with transaction(room.pool) as connection:
        await connection.execute("update opportunities set author_key = comment_key")
    results = await asyncio.gather(*(approve(room, one) for one in seen), return_exceptions=True)
    won = [one for one in results if one is None]
    lost = [one.refusal for one in results if isinstance(one, NotNow)]
    assert (len(won), lost) == (2, ["page_full", "page_full"])


async def test_whom_we_answered_is_left_in_peace(room: Room) -> None:
    """INVARIANT: one account is answered once in five days, whatever two people do at once."""
    street = Street(room.pool)
    first, second = await street.offered("rundblick"), await street.offered("rundblick")
    results = await asyncio.gather(
        approve(room, first), going.note_done(room.pool, ACCOUNT, second.comment_key, revision=1),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(getattr(one, "refusal", "done") for one in results) == ["done", "resting"]


async def test_under_a_private_person_s_post_nothing_is_said(room: Room) -> None:
    """INVARIANT: only posts by the very page that a person entered are offered or answered."""
    street = Street(room.pool)
    await street.page("rundblick")
    await street.post("rundblick", "Meine Oma schwitzt.", author="jana")
    assert await street.candidates() == []
    seen = await street.offered("warlewelle")
    async with transaction(room.pool) as connection:
        await watches.remove_watch(connection, seen.watch_id, now=datetime.now(UTC))
    assert await refused(room, seen) == "private"


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (replace(CALM, quarrel=True), "quarrel"),
        (replace(CALM, ours=True), "spoken"),
        (None, "not_looked"),
    ],
    ids=["a quarrel", "we are there", "never read"],
)
async def test_a_thread_that_turned_bad_is_left_alone(
    room: Room, look: Look | None, why: str
) -> None:
    """INVARIANT: never in a quarrel, never twice in a thread, never into one nobody has read."""
    seen = await Street(room.pool).offered("rundblick", look)
    assert await refused(room, seen) == why


async def test_an_old_look_at_a_thread_is_no_ground_to_speak(room: Room) -> None:
    street = Street(room.pool)
    seen = await street.offered("rundblick")
    await street.look(seen, CALM, ago=timedelta(hours=4))
    assert await refused(room, seen) == "not_looked"


async def test_what_changed_meanwhile_is_not_answered(room: Room) -> None:
    """INVARIANT: an edited or deleted post is not answered, nor an empty or too long text sent."""
    street = Street(room.pool)
    seen = await street.offered("rundblick")
    assert await refused(room, seen, "  ") == "empty"
    assert await refused(room, seen, "x" * 501) == "too_long"
    async with transaction(room.pool) as connection:
        await connection.execute("update comments set revision = 2")
    assert await refused(room, seen) == "edited"
    async with transaction(room.pool) as connection:
        await erase_comments(connection, [seen.comment_key], datetime.now(UTC))
    assert await refused(room, seen) == "deleted"


async def test_what_came_back_does_not_count(room: Room) -> None:
    """A text that the network refused takes no place and may be decided again."""
    seen = await Street(room.pool).offered("rundblick")
    await approve(room, seen)
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into deliveries (decision_id, comment_key, network, state, attempts, code,"
            " changed_at) select decision_id, comment_key, 'sandbox', 'returned', 1, 'locked',"
            " now() from decisions"
        )
    await approve(room, seen)
    assert len(await sent(room)) == 2


async def test_the_page_says_why_and_takes_judgements(room: Room) -> None:
    street = Street(room.pool)
    seen = await street.offered("rundblick", text="In Sülzhagen wird es <b>heiß</b>.")
    jule = await room.colleague()
    html = (await jule.get("/opportunities")).text
    for words in ("In Sülzhagen wird es &lt;b&gt;heiß", "Er ist frisch", "70 / 100", "noch nicht"):
        assert words in html, words
    chosen = (await jule.get(f"/opportunities?at={seen.comment_key}")).text
    assert 'href="/opportunities" aria-current="page"' in chosen
    at = f"/opportunities/{seen.comment_key}"
    assert (await jule.post(f"{at}/judge", verdict="not_useful")).status_code == 303
    assert (await jule.post(f"{at}/judge", verdict="useful")).status_code == 303
    assert "100 % nützlich" in (await jule.get("/opportunities")).text
    assert (await jule.post(f"{at}/judge", verdict="great")).status_code == 400
    answer = await jule.post(f"{at}/approve", revision=1, text="Unsere Studie sagt mehr.")
    assert answer.status_code == 303
    again = await jule.post(f"{at}/done", revision=1)
    assert again.status_code == 409
    assert "schon gemeldet" in again.text
    assert (await jule.post(f"/opportunities/{'f' * 32}/done", revision=1)).status_code == 404


async def test_an_auditor_looks_and_decides_nothing(room: Room) -> None:
    """INVARIANT: who may only read gets no form and is refused by the server."""
    seen = await Street(room.pool).offered("rundblick")
    auditor = await room.colleague("Ada", role="auditor")
    html = (await auditor.get("/opportunities")).text
    assert "approve-form" not in html
    answer = await auditor.post(
        f"/opportunities/{seen.comment_key}/approve", revision=1, text="Hallo"
    )
    assert answer.status_code == 403
    assert await rows(room.pool, "select * from decisions") == []


async def test_a_watched_post_is_no_item_to_be_approved(room: Room) -> None:
    """INVARIANT: the limits cannot be walked around by way of the queue."""
    seen = await Street(room.pool).offered("rundblick")
    jule = await room.colleague()
    answer = await jule.post(f"/items/{seen.comment_key}/approve", revision=1, text="Hallo")
    assert answer.status_code == 404
    assert await rows(room.pool, "select * from decisions") == []
