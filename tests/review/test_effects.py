"""What networks tell, as the desk shows it: paused, cancelled, answers that stand alone, waits."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.comments import CommentRestored, CommentWithheld, Withholding
from schemas.message import Message
from schemas.replies import ReplyDelayed, ReplyKept, ReplyRemoved, ReturnCode
from services.kit.db import transaction
from services.review.refusals import Refused
from services.store.books import read_books
from services.store.circumstances import Circumstance, Kind, keep_circumstance
from services.store.deliveries import close_withdrawal, note_wait, read_withdrawal
from tests.review.hearing import Hear, approve
from tests.review.reading import keys_in, path, promised, read_item, rows
from tests.review.room import Room, Visitor
from tests.world import NETWORK, Seeded

SUBJECTS: dict[Withholding, str] = {
    "hidden": "comment_key", "locked": "thread_key", "blocked": "author_key",
}  # fmt: skip


async def tell(room: Room, seeded: Seeded, kind: Withholding, *, holds: bool = True) -> Message:
    """Store what a network tells as ingest does and return the message that says so."""
    now = datetime.now(UTC)
    said = Circumstance(
        kind=_kind(kind), subject=getattr(seeded.row, SUBJECTS[kind]),
        connection=seeded.row.connection if kind == "blocked" else "", network=NETWORK,
        holds=holds, said_at=now,
    )  # fmt: skip
    async with transaction(room.pool) as connection:
        await keep_circumstance(connection, said)
    message = CommentWithheld if holds else CommentRestored
    return message(**seeded.keys, reason=kind, since=now)


def _kind(kind: Withholding) -> Kind:
    return kind


@pytest.mark.parametrize(
    ("kind", "status", "sentence"),
    [
        ("hidden", "paused", "Der Kommentar ist im Netzwerk verborgen."),
        ("locked", "cancelled", "Das Gespräch ist für Antworten geschlossen."),
        ("blocked", "cancelled", "Das Konto hat die Seite blockiert oder wurde von ihr blockiert."),
    ],
)
async def test_what_cannot_be_answered_leaves_the_queue_and_comes_back_by_itself(
    room: Room, hear: Hear, kind: Withholding, status: str, sentence: str
) -> None:
    """INVARIANT: nobody is asked to answer where no answer can stand, and nothing is forgotten."""
    jule, comment = await room.colleague(), await room.world.item()
    await hear(await tell(room, comment, kind))
    item = await read_item(room.pool, comment.comment_key)
    assert (item.status, item.note, item.draft_state) == (status, kind, "proposed")
    assert keys_in((await jule.get("/")).text) == []
    html = (await jule.get(path(comment))).text
    assert sentence in html
    assert "kommt von selbst zurück" in html
    assert 'id="approve-form"' not in html
    refused = await jule.post(path(comment, "/approve"), revision=1, text="Trotzdem.")
    assert refused.status_code == 409
    assert await rows(room.pool, "select count(*) from decisions") == [(0,)]
    await hear(await tell(room, comment, kind, holds=False))
    item = await read_item(room.pool, comment.comment_key)
    assert (item.status, item.note, item.draft_state) == ("open", None, "proposed")
    assert keys_in((await jule.get("/")).text) == [comment.comment_key]


async def test_what_looks_urgent_stays_in_sight_and_cannot_be_answered(
    room: Room, hear: Hear
) -> None:
    """INVARIANT: closing a thread does not hide a call for help from the people at the desk."""
    jule = await room.colleague()
    comment = await room.world.item("Ich kann nicht mehr.", lane="urgent", kind="help")
    await hear(await tell(room, comment, "locked"))
    assert keys_in((await jule.get("/")).text) == [comment.comment_key]
    assert "Hier lässt sich gerade nichts senden" in (await jule.get(path(comment))).text
    refused = await jule.post(path(comment, "/approve"), revision=1, text="Wir sind da.")
    assert (refused.status_code, "für Antworten geschlossen" in refused.text) == (409, True)
    assert (await jule.post(path(comment, "/close"), revision=1)).status_code == 303


async def test_what_a_person_approved_and_the_network_refused_stays_in_sight(
    room: Room, hear: Hear
) -> None:
    """INVARIANT: an approval that came back is seen by somebody, whatever happened to its place."""
    comment = await room.world.item()
    decision_id = await approve(room.pool, room.world, comment)
    locked = await tell(room, comment, "locked")
    await hear(locked)
    assert (await read_item(room.pool, comment.comment_key)).status == "decided"
    await hear(await room.world.returned(comment, decision_id))
    item = await read_item(room.pool, comment.comment_key)
    assert (item.status, item.note) == ("open", "returned:locked")
    with pytest.raises(Refused) as refused:
        await approve(room.pool, room.world, comment)
    assert refused.value.refusal == "locked"


async def test_an_answer_left_alone_by_a_deletion_comes_back_until_somebody_saw_it(
    room: Room, hear: Hear
) -> None:
    """INVARIANT: an answer of ours under a deleted comment is looked at by a person, once."""
    jule, comment = await room.colleague(), await room.world.item()
    await jule.post(path(comment, "/approve"), revision=1, text="Zehn Prozent, gern.")
    [(decision_id,)] = await rows(room.pool, "select decision_id from decisions")
    await hear(await room.world.posted(comment, decision_id))
    await hear((await room.world.delete(comment)).deleted())
    item = await read_item(room.pool, comment.comment_key)
    assert (item.status, item.note) == ("open", "answer_stands")
    html = (await jule.get(path(comment))).text
    assert "Unsere Antwort steht jetzt ohne ihn da." in html
    assert "Zehn Prozent, gern." in html
    assert 'id="approve-form"' not in html
    refused = await jule.post(path(comment, "/approve"), revision=1, text="Noch eine.")
    assert refused.status_code == 409
    assert (await jule.post(path(comment, "/close"), revision=1)).status_code == 303
    item = await read_item(room.pool, comment.comment_key)
    assert (item.status, item.note) == ("cancelled", "deleted")


async def answered(room: Room) -> tuple[Visitor, Seeded]:
    """Let Jule answer a comment on a network that takes it."""
    jule, comment = await room.colleague(), await room.world.item()
    await jule.post(path(comment, "/approve"), revision=1, text="Zehn Prozent, gern.")
    [(decision_id,)] = await rows(room.pool, "select decision_id from decisions")
    await room.world.posted(comment, decision_id)
    await room.world.show(comment)
    return jule, comment


async def end_withdrawal(room: Room, comment: Seeded, code: ReturnCode | None) -> Message:
    """Store how far deliver came with taking an answer down; return what it says."""
    decided = "select decision_id from decisions where action = 'withdraw' order by number desc"
    decision_id = (await rows(room.pool, decided))[0][0]
    async with transaction(room.pool) as connection:
        withdrawal = await read_withdrawal(connection, decision_id)
        assert withdrawal is not None
        await close_withdrawal(connection, withdrawal, code, datetime.now(UTC))
    if code is None:
        return ReplyRemoved(**comment.keys, decision_id=decision_id)
    return ReplyKept(**comment.keys, decision_id=decision_id, code=code)


async def test_an_answer_can_be_taken_down_and_the_comment_answered_anew(
    room: Room, hear: Hear
) -> None:
    jule, comment = await answered(room)
    assert "Unsere Antwort entfernen" in (await jule.get(path(comment))).text
    assert (await jule.post(path(comment, "/withdraw"))).status_code == 303
    assert "Unterwegs" in (await jule.get(path(comment))).text
    assert (await jule.post(path(comment, "/withdraw"))).status_code == 409
    assert (await jule.post(path(comment, "/reopen"))).status_code == 409
    subjects = [subject for subject, _, _ in await promised(room.pool)]
    assert subjects[-1] == f"replies.withdrawn.sandbox.{comment.thread_key}"
    await hear(await end_withdrawal(room, comment, None))
    html = (await jule.get(path(comment))).text
    for part in ("Unsere Antwort zurückgezogen", "Entfernt"):
        assert part in html
    assert (await jule.post(path(comment, "/withdraw"))).status_code == 409
    assert (await jule.post(path(comment, "/reopen"))).status_code == 303
    assert (await read_item(room.pool, comment.comment_key)).status == "open"


@pytest.mark.parametrize("gone", [False, True])
async def test_an_answer_that_cannot_be_taken_down_comes_back(
    room: Room, hear: Hear, *, gone: bool
) -> None:
    """INVARIANT: nobody believes an answer gone that still stands."""
    jule, comment = await answered(room)
    if gone:
        await hear((await room.world.delete(comment)).deleted())
    await jule.post(path(comment, "/withdraw"))
    assert (await read_item(room.pool, comment.comment_key)).status != "open"
    await hear(await end_withdrawal(room, comment, "token"))
    item = await read_item(room.pool, comment.comment_key)
    assert (item.status, item.note) == ("open", "not_removed")
    assert "Unsere Antwort ließ sich nicht entfernen." in (await jule.get(path(comment))).text
    assert (await jule.post(path(comment, "/withdraw"))).status_code == 303
    await hear(await end_withdrawal(room, comment, None))
    status = "cancelled" if gone else "decided"
    assert (await read_item(room.pool, comment.comment_key)).status == status


async def test_an_answer_that_went_with_its_thread_is_nobodys_task(room: Room, hear: Hear) -> None:
    comment = await room.world.item()
    decision_id = await approve(room.pool, room.world, comment)
    await room.world.posted(comment, decision_id)
    gone = Circumstance(
        "thread_gone", comment.thread_key, "", NETWORK, holds=True, said_at=datetime.now(UTC)
    )
    async with transaction(room.pool) as connection:
        await keep_circumstance(connection, gone)
    await hear((await room.world.delete(comment)).deleted())
    assert (await read_item(room.pool, comment.comment_key)).status == "cancelled"


async def test_an_approved_text_that_waits_for_its_network_says_until_when(
    room: Room, hear: Hear
) -> None:
    jule, comment = await room.colleague(), await room.world.item()
    decision_id = await approve(room.pool, room.world, comment)
    now = datetime.now(UTC)
    until = now + timedelta(minutes=5)
    async with transaction(room.pool) as connection:
        await note_wait(connection, comment.row.connection, until, now)
    await hear(ReplyDelayed(**comment.keys, decision_id=decision_id, until=until))
    sentence = f"Wartet bis {until.astimezone():%H:%M} Uhr auf das Netzwerk."
    assert sentence in (await jule.get(path(comment))).text
    assert sentence in (await jule.get("/?show=decided")).text
    await hear(await room.world.posted(comment, decision_id))
    assert sentence not in (await jule.get(path(comment))).text


async def test_the_books_balance_with_everything_that_networks_tell(room: Room, hear: Hear) -> None:
    """INVARIANT: a paused or cancelled comment still stands in exactly one place of the books."""
    everybody = [
        await room.world.item(f"Frage {n}?", thread=f"t{n}", author=f"a{n}") for n in range(4)
    ]
    async with transaction(room.pool) as connection:
        for one in everybody:
            await connection.execute(
                "insert into intake values ('test', %s, %s, 'comment.received.v1', null, now())",
                [one.comment_key, one.comment_key],
            )
    for one, kind in zip(everybody, SUBJECTS, strict=False):
        await hear(await tell(room, one, kind))
    await hear((await room.world.delete(everybody[3])).deleted())
    async with room.pool.connection() as connection:
        books = await read_books(connection)
    assert books.dropped == {"hidden": 1, "locked": 1, "blocked": 1, "deleted": 1}
    assert books.balanced
    html = (await (await room.colleague()).get("/books")).text
    assert "Im Netzwerk verborgen" in html
