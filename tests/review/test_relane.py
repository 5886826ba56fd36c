"""A person says what kind of comment it is."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.comments import LANE_OF, CommentRouted, Kind, Reason
from services.kit.db import Pool, transaction
from services.review import actions
from services.review.refusals import Refused
from services.review.relane import relane
from services.store import labels, routings
from services.store.desk import read_lanes
from services.store.items import Item
from tests.review.hearing import Hear, approve
from tests.review.reading import path, promised, read_item, rows
from tests.review.room import Room
from tests.world import Seeded, World

ME = "somebody"
MINUTE = timedelta(minutes=1)


async def said(pool: Pool, seeded: Seeded, kind: Kind) -> Item:
    """Say the kind of the newest text and return the item."""
    await relane(pool, ME, seeded.comment_key, kind, revision=seeded.revision)
    return await read_item(pool, seeded.comment_key)


async def lanes(pool: Pool) -> dict[str, int]:
    async with pool.connection() as connection:
        return {one.lane: one.count for one in await read_lanes(connection)}


async def learnt(pool: Pool) -> list[tuple[str, str, str]]:
    async with pool.connection() as connection:
        return [(one.text, one.kind, one.action) for one in await labels.read_labels(connection)]


async def test_a_comment_goes_where_a_person_says_and_teaches_the_sorting(room: Room) -> None:
    jule, pool = await room.colleague(), room.pool
    comment = await room.world.item("Das war nichts.", lane="acknowledge", kind="praise")
    html = (await jule.get(path(comment))).text
    assert "Was ist das?" in html
    done = await jule.post(path(comment, "/relane"), revision=1, kind="discussion", lane="all")
    assert done.headers["location"] == path(comment) + "?lane=all&done=relane"
    item = await read_item(pool, comment.comment_key)
    assert (item.lane, item.kind, item.status) == ("discuss", "discussion", "open")
    assert item.reasons == [Reason(rule="a_person_says")]
    assert await lanes(pool) == {"discuss": 1}
    assert await learnt(pool) == [("Das war nichts.", "discussion", "relane")]
    html = (await jule.get(done.headers["location"])).text
    assert "Einsortiert als „Gesprächsbeitrag“</strong> von Jule" in html
    assert "Von Hand einsortiert. Die Sortierung lernt daraus." in html


async def test_saying_it_twice_says_it_once_and_another_word_undoes_it(
    pool: Pool, world: World
) -> None:
    comment = await world.item(lane="discuss", kind="discussion")
    for kind in ("praise", "praise", "discussion"):
        item = await said(pool, comment, kind)
        assert (item.kind, item.lane) == (kind, LANE_OF[kind])
    found = await rows(pool, "select kind, revision from decisions order by number")
    assert found == [("praise", 1), ("discussion", 1)]
    assert [kind for _, kind, _ in await learnt(pool)] == ["discussion"]


async def test_an_unknown_kind_is_refused(room: Room) -> None:
    jule = await room.colleague()
    comment = await room.world.item()
    for fields in ({"kind": "nonsense"}, {}):
        done = await jule.post(path(comment, "/relane"), revision=1, **fields)
        assert done.status_code == 400
    assert await rows(room.pool, "select from decisions") == []


async def test_sorting_that_comes_late_does_not_undo_it_but_a_newer_text_does(
    pool: Pool, world: World, hear: Hear
) -> None:
    """INVARIANT: what a person said holds for the text they read, in whatever order we hear."""
    comment = await world.item(lane="discuss", kind="discussion")
    await said(pool, comment, "criticism")
    await hear(await world.route(comment, "rest", "other", cause="mute-1"))
    assert (await read_item(pool, comment.comment_key)).kind == "criticism"
    edited = await world.edit(comment)
    await hear(edited.edited())
    assert (await said(pool, edited, "praise")).kind == "praise"
    await hear(await world.route(edited, "rest", "other"))
    assert (await read_item(pool, comment.comment_key)).lane == "acknowledge"
    again = await world.edit(edited, "Werbung")
    await hear(again.edited())
    await hear(await world.route(again, "rest", "spam"))
    item = await read_item(pool, comment.comment_key)
    assert (item.kind, item.lane, item.reasons) == ("spam", "rest", [Reason(rule="asks")])


async def test_a_question_that_was_overlooked_gets_its_draft(pool: Pool, world: World) -> None:
    """INVARIANT: what a person puts into the lane of answers does not stay there without one."""
    comment = await world.item(lane="discuss", kind="discussion")
    for _ in range(2):
        assert (await said(pool, comment, "question")).draft_state == "pending"
    ((subject, body, _),) = await promised(pool)
    assert subject.startswith("drafts.requested.sandbox.")
    assert (body["comment_key"], body["revision"]) == (comment.comment_key, 1)
    assert body["stance"] == "answer"
    await world.draft(comment, "Zehn Prozent.")
    await world.show(comment)
    assert (await read_item(pool, comment.comment_key)).draft_state == "proposed"


@pytest.mark.parametrize(
    ("outcome", "state"), [(None, "none"), ("no_source", "none"), ("proposed", "proposed")]
)
async def test_what_is_no_question_wants_no_draft(
    pool: Pool, world: World, outcome: Any, state: str
) -> None:
    comment = await world.item(draft=False)
    if outcome:
        await world.draft(comment, outcome=outcome)
    assert (await said(pool, comment, "praise")).draft_state == state
    assert await promised(pool) == []
    back = await said(pool, comment, "question")
    assert back.draft_state == {None: "pending", "no_source": "declined"}.get(outcome, "proposed")


async def test_a_threat_may_be_called_praise_and_becomes_urgent_again(
    pool: Pool, world: World
) -> None:
    comment = await world.item(lane="urgent", kind="threat")
    assert (await said(pool, comment, "praise")).lane == "acknowledge"
    assert (await said(pool, comment, "threat")).lane == "urgent"
    decided = await rows(pool, "select kind, account_id from decisions order by number")
    assert decided == [("praise", ME), ("threat", ME)]


async def test_all_messages_of_a_burst_go_along_and_none_is_a_label(
    pool: Pool, world: World
) -> None:
    first = await world.item("Wie hoch?", author="Nora Feld", draft=False, ago=MINUTE)
    last = await world.item("Toll!", author="Nora Feld", lane="acknowledge", kind="praise")
    assert (await read_item(pool, last.comment_key)).lane == "answer"
    assert (await said(pool, last, "praise")).lane == "acknowledge"
    assert (await read_item(pool, first.comment_key)).status == "joined"
    assert await learnt(pool) == []
    assert (await said(pool, last, "threat")).lane == "urgent"
    assert await lanes(pool) == {"urgent": 2}


async def test_what_is_decided_later_does_not_unsay_it(pool: Pool, world: World) -> None:
    answered = await world.item("Wie hoch?", lane="discuss", kind="discussion")
    closed = await world.item("Schön.", thread="post-2")
    await said(pool, answered, "question")
    await approve(pool, world, answered)
    await said(pool, closed, "praise")
    await actions.close(pool, ME, closed.comment_key, revision=1)
    assert await learnt(pool) == [
        ("Schön.", "praise", "relane"),
        ("Wie hoch?", "question", "relane"),
    ]
    assert (await read_item(pool, answered.comment_key)).status == "decided"


async def test_what_is_decided_edited_or_gone_is_not_sorted_by_hand(
    pool: Pool, world: World
) -> None:
    closed, edited, gone = [await world.item(thread=f"post-{i}") for i in range(3)]
    await actions.close(pool, ME, closed.comment_key, revision=1)
    await world.edit(edited)
    await world.delete(gone)
    found = []
    for comment in (closed, edited, gone):
        with pytest.raises(Refused) as refused:
            await said(pool, comment, "praise")
        found.append(refused.value.refusal)
    assert found == ["decided", "edited", "deleted"]


async def test_what_the_sorting_said_is_shown_with_how_sure_it_was(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    comment = await world.comment()
    row = routings.ReadingRow(
        "shipped", 0.874, 0.9,
        [{"publication_id": "guide", "probability": 0.7},
         {"publication_id": "gone", "probability": 0.3}],
    )  # fmt: skip
    routed = CommentRouted(
        **comment.keys, cause="arrival", lane="answer", kind="question", muted=False,
        rules=["asks"], language="de",
    )  # fmt: skip
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into publications (publication_id, name, title, language, digest, edition,"
            " indexed_at) values ('guide', 'guide.pdf', 'Leitfaden', 'de', '', 1, now())"
        )
        await routings.save_routing(connection, routed, [Reason(rule="asks")], "test", row)
    await world.show(comment)
    await said(room.pool, comment, "praise")
    html = (await jule.get(path(comment))).text
    assert "Die Sortierung sagt: Frage, zu 87\N{NO-BREAK SPACE}% sicher." in html
    assert '<a href="/publications">Leitfaden</a>' in html
