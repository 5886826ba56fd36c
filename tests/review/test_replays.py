"""Replays at the desk: what would differ, and nothing that anybody may not see."""

import html
from datetime import UTC, datetime
from uuid import uuid4

from schemas.comments import Reason
from schemas.replays import Asked, Basis, Change, Drafted, Result, Sorted
from services.kit.db import transaction
from services.replay.summary import summarise
from services.store import replays
from services.store.replays import Replay, Row
from tests.review.reading import rows
from tests.review.room import Room
from tests.world import Seeded

SCRIPT = "<script>alert(1)</script> Wie hoch ist der Anteil?"
ANSWERING = Sorted(
    lane="answer", kind="question", reasons=[Reason(rule="asks")], muted=False, surfaced=False,
    mute="none",
)  # fmt: skip
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def result(change: Change, draft_id: str | None) -> Result:
    """Return what became of a comment that had a draft."""
    draft = (
        Drafted(outcome="proposed", kind="written", text="Danke! Es sind elf Prozent.", seconds=1.5)
        if change == "text"
        else Drafted(outcome="no_source", reason=Reason(rule="no_passage_answers"))
    )
    return Result(
        then=ANSWERING, then_outcome="proposed", then_draft=draft_id, verdict="unedited",
        now=ANSWERING.model_copy(update={"lane": "discuss"}) if change == "lane" else ANSWERING,
        draft=draft, changes=[change],
    )  # fmt: skip


async def replayed(room: Room, changed: dict[Seeded, Change]) -> str:
    """Store a replay of these comments, each with its change."""
    replay = Replay(
        replay_id=uuid4().hex, started_at=NOW, started_by="command:ops",
        asked=Asked(since=NOW, until=NOW, rules={"answer": {"threshold": 0.4}}),
        basis=Basis(model="", sorting_model="shipped", rules="3", values={}), comments=2,
        summary=summarise([], {}, {}), stopped=None, finished_at=None,
    )  # fmt: skip
    results = []
    async with transaction(room.pool) as connection:
        await replays.add_replay(connection, replay)
        for seeded, change in changed.items():
            row = await (await connection.execute(
                "select draft_id from drafts where comment_key = %s", [seeded.comment_key]
            )).fetchone()  # fmt: skip
            made = result(change, row[0] if row else None)
            results.append(made)
            kept = Row(replay.replay_id, seeded.comment_key, 1, seeded.row.created_at, result=made)
            assert await replays.save_result(connection, kept)
        summary = summarise(results, {"model_silent": 1}, {"edited": 3})
        await replays.settle(connection, replay.replay_id, summary, None, NOW)
    return replay.replay_id


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
    assert (await jule.post(f"/replays/{replay_id}/delete")).status_code == 303
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
