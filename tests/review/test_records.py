import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.db import transaction
from services.kit.pseudonym import pseudonym_keys, team_pseudonym
from services.review import actions
from services.review.changes import Change, changes
from services.review.export_lines import BYTE_ORDER_MARK, harmless
from services.review.exporting import exported
from services.store.exports import Export
from tests.review.reading import rows
from tests.review.room import Room
from tests.world import QUOTE, Seeded

APPROVED = f"Danke! {QUOTE}"


async def approved(room: Room, account_id: str, *, text: str = APPROVED) -> tuple[Seeded, str]:
    """Return a comment with an approved, posted answer, and the decision's id."""
    item = await room.world.item("Wie hoch ist der Eigenanteil?", author="Mira Sonntag")
    (draft_id,) = (
        await rows(
            room.pool, "select draft_id from drafts where comment_key = %s", item.comment_key
        )
    )[0]
    await actions.approve(
        room.pool, account_id, item.comment_key, text=text, revision=1, draft_id=draft_id
    )
    (decision_id,) = (
        await rows(
            room.pool, "select decision_id from decisions where comment_key = %s", item.comment_key
        )
    )[0]
    await room.world.posted(item, decision_id)
    return item, decision_id


async def test_the_record_of_a_reply_shows_what_it_was_decided_on(room: Room) -> None:
    admin = await room.colleague("Ada", "de", "admin")
    senior = await room.colleague("Sena", "de", "senior")
    account_id = await room.account("Jule")
    item, decision_id = await approved(room, account_id)
    await room.world.comment("Das kam erst danach.", author="Ole", ago=-timedelta(hours=1))
    await room.world.edit(item, "Ganz anders gefragt.")
    page = (await admin.get(f"/evidence/{decision_id}")).text
    for part in (
        "Jule", "Wie hoch ist der Eigenanteil?", "Mira Sonntag", "Ausgabe 2", "Förderrichtlinien",
        "<mark>", "<del>", "Veröffentlicht",
    ):  # fmt: skip
        assert part in page, part
    assert "Das kam erst danach." not in page
    assert "Ganz anders gefragt." not in page
    page = (await senior.get(f"/evidence/{decision_id}")).text
    key, *_ = pseudonym_keys(room.desk.settings)
    assert team_pseudonym(key, account_id) in page
    assert "Jule" not in page
    assert (
        f'href="/evidence/{decision_id}"' in (await senior.get(f"/items/{item.comment_key}")).text
    )
    assert (await senior.get("/evidence/" + "0" * 32)).status_code == 404


async def test_what_was_deleted_since_is_in_no_record(room: Room) -> None:
    """INVARIANT: evidence keeps no text that its author has deleted on the network."""
    admin = await room.colleague("Ada", "de", "admin")
    item, decision_id = await approved(room, await room.account("Jule"))
    await room.world.delete(item)
    page = (await admin.get(f"/evidence/{decision_id}")).text
    assert "Wie hoch ist der Eigenanteil?" not in page
    assert "Wie hoch" not in (await admin.get("/evidence/export?format=jsonl")).text


async def test_an_export_holds_every_decision_and_names_nobody(room: Room) -> None:
    """INVARIANT: outside the team people appear by pseudonym, unless an admin says otherwise."""
    auditor = await room.colleague("Ada", "de", "auditor")
    account_id = await room.account("Jule")
    item, decision_id = await approved(room, account_id)
    await actions.mute(room.pool, account_id, item.comment_key, reason="=1+1", days=3)
    answer = await auditor.get("/evidence/export?format=jsonl")
    assert "attachment" in answer.headers["content-disposition"]
    first, second = [json.loads(line) for line in answer.text.splitlines()]
    assert (first["decision_id"], first["edited"], first["delivery"]) == (decision_id, True, "sent")
    assert first["comment_text"] == "Wie hoch ist der Eigenanteil?"
    assert [(one["edition"], one["cited"]) for one in first["sources"]] == [(2, True)]
    assert (second["action"], second["reason"]) == ("mute", "=1+1")
    assert "Jule" not in answer.text
    assert "Mira" not in answer.text
    assert account_id not in answer.text
    answer = await auditor.get("/evidence/export?format=csv")
    assert answer.text.startswith(BYTE_ORDER_MARK)
    table = list(csv.DictReader(io.StringIO(answer.text.lstrip(BYTE_ORDER_MARK))))
    assert [row["reason"] for row in table] == ["", "'=1+1"]
    assert table[0]["sources"] == "Förderrichtlinien Hofwende 2027 (edition 2, p. 7)"
    assert (await auditor.get("/evidence/export?people=names")).status_code == 403
    admin = await room.colleague("Emre", "de", "admin")
    assert "Jule" in (await admin.get("/evidence/export?format=jsonl&people=names")).text
    noted = await rows(room.pool, "select named, rows from exports order by taken_at")
    assert noted == [(False, 2), (False, 2), (True, 2)]
    page = (await admin.get("/evidence")).text
    assert "Ada" in page
    assert "mit Namen" in page


async def test_an_export_can_be_narrowed_to_days(room: Room) -> None:
    auditor = await room.colleague("Ada", "de", "auditor")
    await approved(room, await room.account("Jule"))
    today = datetime.now().astimezone()
    for start, count in ((today, 1), (today + timedelta(days=1), 0)):
        answer = await auditor.get(f"/evidence/export?format=jsonl&since={start:%Y-%m-%d}")
        assert len(answer.text.splitlines()) == count
    answer = await auditor.get(f"/evidence/export?format=jsonl&until={today:%Y-%m-%d}")
    assert len(answer.text.splitlines()) == 1


async def test_a_long_export_takes_no_more_memory_than_a_short_one(room: Room) -> None:
    """INVARIANT: an export has no row limit and never stands in memory as a whole."""
    item, _ = await approved(room, await room.account("Jule"))

    async def peak(count: int) -> tuple[int, int]:
        async with transaction(room.pool) as connection:
            await connection.execute(
                "insert into decisions (decision_id, action, comment_key, revision, thread_key,"
                " reason, account_id, decided_at) select gen_random_uuid()::text, 'reject', %s, 1,"
                " %s, repeat('nein ', 40), 'x', now() from generate_series(1, %s)",
                [item.comment_key, item.thread_key, count],
            )
        tracemalloc.start()
        export = Export(f"e{count}", "x", room.world.began, "jsonl", None, None, named=False)
        lines = 0
        async for piece in exported(room.pool, b"k", export, datetime.now(UTC)):
            lines += piece.count("\n")
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return lines, highest

    short, little = await peak(1500)
    long, much = await peak(6000)
    assert (short, long) == (1501, 7501)
    assert much < 1.5 * little


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """INVARIANT: what a stranger wrote is never computed by a spreadsheet."""
    assert harmless(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    assert [harmless(value) for value in ("a-b", "", None, -1, True)] == [
        "a-b",
        "",
        "",
        "-1",
        "True",
    ]


def test_changes_make_one_text_into_the_other() -> None:
    shown = changes("Das kostet 15 Euro, ja.", "Das kostet etwa 15 Euro.")
    assert "".join(one.text for one in shown if one.kind != "new") == "Das kostet 15 Euro, ja."
    assert "".join(one.text for one in shown if one.kind != "gone") == "Das kostet etwa 15 Euro."
    assert changes("x " * 3000, "y")[0].kind == "gone"
    assert changes("a", "a") == [Change("same", "a")]
