"""Store a replay as the command does."""

from datetime import UTC, datetime
from uuid import uuid4

from schemas.comments import Reason
from schemas.replays import Asked, Basis, Change, Drafted, Result, Sorted
from services.kit.db import transaction
from services.replay.summary import summarise
from services.store import replays
from services.store.replays import Replay, Row
from tests.review.room import Room
from tests.world import Seeded

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
