"""From each network to the desk: every event once, our own words never, private ones not at all."""

import random
from collections.abc import Sequence

import pytest

from schemas.inbound import Inbound
from services.kit.db import Pool
from tests.ingest.events import everything, new_intake
from tests.journeys import network_figures
from tests.journeys.traveller import Traveller, variants
from tests.journeys.venues import BY_VIEW, VENUES, NewStage, Venue
from tests.networks.bluesky_stage import heard_all, of
from tests.networks.stage import Stage
from tests.review.reading import rows

TIMES = 100
SECRET = "Unter uns: mein Kennwort ist Kirschkuchen"

everywhere = pytest.mark.parametrize("venue", VENUES, indirect=True, ids=lambda one: one.name)


async def deliver_often(pool: Pool, events: Sequence[Inbound]) -> int:
    """Hand in each event a hundred times, in any order, to an intake that restarts all the time."""
    chance = random.Random(0)
    many = [event for event in events for _ in range(TIMES)]
    chance.shuffle(many)
    handed_in = len(many)
    while many:
        part = [many.pop() for _ in range(min(len(many), chance.randint(20, 200)))]
        await new_intake(pool).take(part)
    return handed_in


async def everything_told(stage: Stage, other: Stage) -> tuple[list[Inbound], dict[str, str]]:
    """Let people comment, edit and delete; return all that was told and the texts that stand."""
    can = stage.network.capabilities
    asked = [await one.someone_comments(f"Frage {n}?") for n in (1, 2) for one in (stage, other)]
    texts = {native_id: f"Frage {n // 2 + 1}?" for n, native_id in enumerate(asked)}
    told, cursor = await heard_all(stage.network, [of("comment.received", one) for one in asked])
    wanted = []
    if can.sees_edits:
        await stage.author_edits(asked[0], "Doch anders?")
        texts[asked[0]] = "Doch anders?"
        wanted.append(of("comment.edited", asked[0]))
    if can.sees_deletes:
        await other.author_deletes(asked[1])
        del texts[asked[1]]
        wanted.append(of("comment.deleted", asked[1]))
    if wanted:
        told += (await heard_all(stage.another_network(), wanted, cursor))[0]
    standing = [of("comment.", one) for one in texts]
    told += (await heard_all(stage.another_network(), standing))[0]
    for one in (stage, other):
        if calls := getattr(one, "calls", None):
            told += [event for n in texts for event in await calls(n)] if one is stage else []
    return told, texts


@everywhere
async def test_the_same_events_a_hundred_times_across_restarts_make_one_item_each(
    venue: Venue, new_stage: NewStage, pool: Pool
) -> None:
    """INVARIANT: however often, in whatever order and by whichever way it comes, it is one item."""
    stage, other = await new_stage(), await new_stage()
    travel = Traveller(pool, stage)
    told, texts = await everything_told(stage, other)
    handed_in = await deliver_often(pool, variants(told))
    for restart in range(3):
        later = await stage.someone_comments(f"Und nach {restart} Neustarts?")
        texts[later] = f"Und nach {restart} Neustarts?"
        if restart == 2:
            await travel.forget_the_cursor()
        await travel.hear_of(later)
    for native_id in texts:
        await travel.sort(native_id)
    stored = await rows(
        pool, "select c.native_id, r.text from comments c join comment_revisions r"
        " using (comment_key, revision) where c.deleted_at is null and not c.is_self",
    )  # fmt: skip
    assert dict(stored) == texts
    assert len(stored) == len(texts)
    items = await rows(
        pool, "select i.comment_key from items i join comments c using (comment_key)"
        " where c.deleted_at is null",
    )  # fmt: skip
    assert sorted(key for (key,) in items) == sorted(map(travel.key, texts))
    received = [await travel.received(native_id) for native_id in texts]
    assert received == [1] * len(texts)
    network_figures.note(
        venue.name,
        "the same events a hundred times, three restarts",
        await travel.counted(handed_in),
    )


@pytest.mark.parametrize(
    "venue", [one for one in VENUES if one is not BY_VIEW], indirect=True, ids=lambda one: one.name
)
async def test_an_edit_is_not_lost_with_the_cursor(
    venue: Venue, new_stage: NewStage, pool: Pool
) -> None:
    """INVARIANT: a connector that begins anew tells the words that stand, and they win.

    An AppView gives an edited post the time of the first one: there the last look alone tells.
    """
    stage = await new_stage()
    travel = Traveller(pool, stage)
    native_id = await stage.someone_comments("Wann beginnt das Fest?")
    await travel.hear_of(native_id)
    await stage.author_edits(native_id, "Wann endet das Fest?")
    await travel.forget_the_cursor()

    async def edited() -> bool:
        query = (
            "select r.text from comments c join comment_revisions r using (comment_key, revision)"
            " where c.comment_key = %s"
        )
        return await rows(pool, query, travel.key(native_id)) == [("Wann endet das Fest?",)]

    await travel.hear(edited)
    assert await travel.received(native_id) == 1


@everywhere
async def test_what_is_written_in_private_is_counted_and_not_kept(
    venue: Venue, new_stage: NewStage, pool: Pool
) -> None:
    """INVARIANT: no private word is in any column of any table."""
    stage = await new_stage()
    travel = Traveller(pool, stage)
    private = await stage.someone_writes_privately(SECRET)
    public = await stage.someone_comments("Wann beginnt das Fest?")

    async def both_came() -> bool:
        return await travel.dropped(private) != [] and await travel.received(public) == 1

    await travel.hear(both_came)
    await travel.forget_the_cursor()
    later = await stage.someone_comments("Und wo?")
    await travel.hear_of(later)
    assert await travel.dropped(private) == ["private"]
    kept = await everything(pool)
    assert "Wann beginnt das Fest?" in kept
    assert SECRET not in kept
    assert "Kirschkuchen" not in kept
    assert await travel.received(private) == 0
    network_figures.note(
        venue.name, "private messages: dropped, no word kept", await travel.counted(3)
    )
