"""Replays at the desk: what would differ, and nothing that anybody may not see."""

import html

from tests.review.reading import rows
from tests.review.replaying import replayed
from tests.review.room import Room

SCRIPT = "<script>alert(1)</script> Wie hoch ist der Anteil?"


async def test_a_replay_is_read_filtered_and_deleted(room: Room) -> None:
    """Words of people are escaped, and the books keep what it cost."""
    jule = await room.colleague(role="senior")
    silent, other = await room.world.item(SCRIPT), await room.world.item("Und wie viel?")
    replay_id = await replayed(room, {silent: "silent", other: "text"})
    assert f"/replays/{replay_id}" in (await jule.get("/replays")).text
    page = html.unescape((await jule.get(f"/replays/{replay_id}")).text)
    assert "2 von 2 Kommentaren anders" in page
    assert "seitdem bearbeitet 3" in page
    assert f"--resume {replay_id}" in page
    assert "<script>alert" not in (await jule.get(f"/replays/{replay_id}")).text
    only = (await jule.get(f"/replays/{replay_id}?change=silent&verdict=unedited")).text
    assert silent.comment_key in only
    assert other.comment_key not in only
    assert "Kein solcher" in (await jule.get(f"/replays/{replay_id}?verdict=rejected")).text
    one = (await jule.get(f"/replays/{replay_id}/{other.comment_key}")).text
    assert "<ins>" in one
    assert "<del>" in one
    lost = (await jule.get(f"/replays/{replay_id}/{silent.comment_key}")).text
    assert "Keine Quelle" in lost
    assert f'href="/items/{silent.comment_key}"' in lost
    await rows(room.pool, "insert into replay_costs values (now(), 900, 100, 0.5) returning true")
    unsure = await jule.post(f"/replays/{replay_id}/delete")
    assert unsure.status_code == 422
    assert "Nichts wurde gelöscht" in unsure.text
    assert (await jule.get(f"/replays/{replay_id}")).status_code == 200
    assert (await jule.post(f"/replays/{replay_id}/delete", sure="yes")).status_code == 303
    assert (await jule.get(f"/replays/{replay_id}")).status_code == 404
    assert await rows(room.pool, "select from replay_results") == []
    assert "1.000" in (await jule.get("/books")).text


async def test_who_may_not_read_comments_sees_no_replay(room: Room) -> None:
    item = await room.world.item()
    replay_id = await replayed(room, {item: "silent"})
    ops = await room.colleague("Kim", role="ops")
    for path in ("/replays", f"/replays/{replay_id}", f"/replays/{replay_id}/{item.comment_key}"):
        assert (await ops.get(path)).status_code == 403
    auditor = await room.colleague("Ada", role="auditor")
    assert (await auditor.get(f"/replays/{replay_id}")).status_code == 200
    assert (await auditor.post(f"/replays/{replay_id}/delete")).status_code == 403


async def test_long_lists_are_paged(room: Room) -> None:
    jule = await room.colleague()
    items = {await room.world.item(f"Frage {number}?"): "silent" for number in range(52)}
    replay_id = await replayed(room, items)  # type: ignore[arg-type]
    first = (await jule.get(f"/replays/{replay_id}")).text
    assert first.count("row-link") == 50
    after = first.partition('rel="next" href="')[2].partition('"')[0]
    assert (await jule.get(html.unescape(after))).text.count("row-link") == 2
