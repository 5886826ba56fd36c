import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from services.kit.db import Pool, transaction
from services.networks.places import place
from services.review import actions, settling
from services.review.handlers import read_letter
from services.review.refusals import Refusal, Refused, Unknown, clean
from services.store import dead_letters, mutes
from tests.review.reading import promised, read_item, rows
from tests.world import Seeded, World

ME = "0" * 32


async def approve(pool: Pool, seeded: Seeded, text: str = "Zehn Prozent.", **changes: Any) -> None:
    fields: dict[str, Any] = {"text": text, "revision": seeded.revision, "draft_id": None}
    await actions.approve(pool, ME, seeded.comment_key, **{**fields, **changes})


async def refusal_of(work: Any) -> Refusal:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.refusal


async def test_an_approval_is_one_decision_one_item_and_one_promise(
    pool: Pool, world: World
) -> None:
    comment = await world.item()
    item = await read_item(pool, comment.comment_key)
    await approve(pool, comment, "  Zehn\r\nProzent. ", draft_id=item.draft_id)
    decided = await rows(
        pool, "select decision_id, action, text, draft_id, account_id, revision from decisions"
    )
    assert [row[1:] for row in decided] == [("approve", "Zehn\nProzent.", item.draft_id, ME, 1)]
    assert (await read_item(pool, comment.comment_key)).status == "decided"
    [(subject, body, due)] = await promised(pool)
    assert subject == f"drafts.approved.sandbox.{comment.thread_key}"
    assert body["decision_id"] == decided[0][0]
    assert (body["comment_key"], body["revision"], due) == (comment.comment_key, 1, True)


async def test_two_approvals_at_once_make_one_decision(pool: Pool, world: World) -> None:
    """INVARIANT: two people, two browsers or a double click never answer twice."""
    comment = await world.item()
    outcomes = await asyncio.gather(
        *(approve(pool, comment, f"Antwort {n}") for n in range(6)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(refused) == 5
    assert {error.refusal for error in refused} == {"decided"}
    assert await rows(pool, "select count(*) from decisions") == [(1,)]
    assert len(await promised(pool)) == 1


async def test_an_approval_and_a_mute_at_once_leave_no_answer_in_an_undecided_item(
    pool: Pool, world: World
) -> None:
    comment = await world.item()
    await asyncio.gather(
        approve(pool, comment),
        actions.mute(pool, ME, comment.comment_key, reason="Streit", days=3),
        return_exceptions=True,
    )
    item = await read_item(pool, comment.comment_key)
    answered = await rows(pool, "select count(*) from decisions where action = 'approve'")
    assert (item.status, answered[0][0]) in [("decided", 1), ("muted", 0)]


async def test_an_approval_after_an_edit_is_refused_before_the_desk_heard_of_it(
    pool: Pool, world: World
) -> None:
    """INVARIANT: an approval is bound to the words the person saw."""
    comment = await world.item()
    edited = await world.edit(comment)
    assert await refusal_of(approve(pool, comment)) == "edited"
    await world.show(edited)
    assert await refusal_of(approve(pool, edited)) == "stale"
    await world.route(edited)
    await approve(pool, edited)
    assert (await read_item(pool, comment.comment_key)).status == "decided"


async def test_nothing_is_answered_that_was_deleted_muted_or_decided(
    pool: Pool, world: World
) -> None:
    deleted = await world.item()
    await world.delete(deleted)
    assert await refusal_of(approve(pool, deleted)) == "deleted"
    muted = await world.item(thread="post-2")
    await actions.mute(pool, ME, muted.comment_key, reason="Streit", days=3)
    assert await refusal_of(approve(pool, muted)) == "muted"
    closed = await world.item(thread="post-3")
    await actions.close(pool, ME, closed.comment_key, revision=1)
    assert await refusal_of(approve(pool, closed)) == "decided"
    urgent = await world.item(lane="urgent", kind="help", thread="post-2")
    assert await refusal_of(approve(pool, urgent)) == "muted"
    assert await promised(pool) != []
    assert all("drafts" not in subject for subject, _, _ in await promised(pool))


async def test_a_text_must_be_there_and_fit(pool: Pool, world: World) -> None:
    comment = await world.item()
    assert await refusal_of(approve(pool, comment, " \n\x00 ")) == "empty"
    limit = place("sandbox").max_length
    assert await refusal_of(approve(pool, comment, "🌳" * (limit + 1))) == "too_long"
    await approve(pool, comment, "🌳" * limit)


async def test_the_draft_of_another_comment_cannot_be_approved_here(
    pool: Pool, world: World
) -> None:
    comment, other = await world.item(), await world.item("Und die Frist?")
    foreign = (await read_item(pool, other.comment_key)).draft_id
    assert await refusal_of(approve(pool, comment, draft_id=foreign)) == "other_draft"
    assert await refusal_of(approve(pool, comment, draft_id="nonsense")) == "other_draft"


async def test_an_unknown_or_unsorted_comment_cannot_be_decided(pool: Pool, world: World) -> None:
    with pytest.raises(Unknown):
        await actions.close(pool, ME, "f" * 32, revision=1)
    unsorted = await world.comment()
    with pytest.raises(Unknown):
        await actions.close(pool, ME, unsorted.comment_key, revision=1)


async def test_a_rejection_needs_a_reason_and_sends_nothing(pool: Pool, world: World) -> None:
    comment = await world.item()
    reject = actions.reject
    key = comment.comment_key
    assert await refusal_of(reject(pool, ME, key, reason="  ", revision=1)) == "no_reason"
    assert await refusal_of(reject(pool, ME, key, reason="x" * 1001, revision=1)) == "too_long"
    await reject(pool, ME, key, reason="Zu förmlich", revision=1)
    assert (await read_item(pool, key)).status == "decided"
    assert await promised(pool) == []


async def test_what_got_no_reply_can_be_reopened_and_decided_again(
    pool: Pool, world: World
) -> None:
    comment = await world.item()
    key = comment.comment_key
    assert await refusal_of(actions.reopen(pool, ME, key)) == "not_decided"
    await actions.close(pool, ME, key, revision=1)
    await actions.reopen(pool, ME, key)
    assert (await read_item(pool, key)).draft_state == "proposed"
    await approve(pool, comment)
    assert await refusal_of(actions.reopen(pool, ME, key)) == "answered"
    taken = await rows(pool, "select action from decisions order by number")
    assert [row[0] for row in taken] == ["close", "reopen", "approve"]


async def test_a_mute_takes_the_thread_off_the_queue_and_ends_by_itself(
    pool: Pool, world: World
) -> None:
    first, second = await world.item(), await world.item("Und?", lane="discuss", kind="attack")
    elsewhere = await world.item(thread="post-2")
    await actions.mute(pool, ME, first.comment_key, reason="Streit", days=7)
    statuses = [
        (await read_item(pool, one.comment_key)).status for one in (first, second, elsewhere)
    ]
    assert statuses == ["muted", "muted", "open"]
    (muted, now_body, now_due), (unmuted, later_body, later_due) = await promised(pool)
    assert (muted.split(".")[1], unmuted.split(".")[1]) == ("muted", "unmuted")
    assert now_body["mute_id"] == later_body["mute_id"]
    assert (now_due, later_due) == (True, False)
    [(due, expires)] = await rows(
        pool, "select max(o.due_at), max(m.expires_at) from outbox o, mutes m"
    )
    assert due == expires
    assert timedelta(days=6.9) < due - datetime.now(UTC) < timedelta(days=7.1)


async def test_a_thread_is_muted_once_and_with_good_reason(pool: Pool, world: World) -> None:
    comment = await world.item()
    key = comment.comment_key
    assert await refusal_of(actions.mute(pool, ME, key, reason=" ", days=3)) == "no_reason"
    assert await refusal_of(actions.mute(pool, ME, key, reason="Streit", days=0)) == "days"
    assert await refusal_of(actions.mute(pool, ME, key, reason="Streit", days=366)) == "days"
    outcomes = await asyncio.gather(
        *(actions.mute(pool, ME, key, reason="Streit", days=3) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 3
    assert await rows(pool, "select count(*) from mutes") == [(1,)]


async def test_an_unmute_brings_back_at_once_what_was_open_before(pool: Pool, world: World) -> None:
    before = await world.item()
    await actions.mute(pool, ME, before.comment_key, reason="Streit", days=3)
    during = await world.comment("Eine echte Frage?")
    await world.route(during, muted=True)
    await world.show(during)
    [(mute_id,)] = await rows(pool, "select mute_id from mutes")
    await actions.unmute(pool, ME, mute_id, reason="")
    item = await read_item(pool, before.comment_key)
    assert (item.status, item.draft_state) == ("open", "proposed")
    assert (await read_item(pool, during.comment_key)).status == "muted"
    assert await refusal_of(actions.unmute(pool, ME, mute_id, reason="")) == "mute_over"
    subject, body, due = (await promised(pool))[-1]
    assert (subject.split(".")[1], body["mute_id"], due) == ("unmuted", mute_id, True)
    await world.route(during, cause=mute_id)
    await world.show(during)
    assert (await read_item(pool, during.comment_key)).status == "open"


async def test_a_mute_that_ran_out_holds_nothing_back(pool: Pool, world: World) -> None:
    comment = await world.item()
    async with transaction(pool) as connection:
        await mutes.add_mute(
            connection, mute_id="a" * 32, thread_key=comment.thread_key, account_id=ME,
            reason="Streit", expires_at=datetime.now(UTC) - timedelta(seconds=1),
        )  # fmt: skip
    await world.show(comment)
    assert (await read_item(pool, comment.comment_key)).status == "open"
    assert await refusal_of(actions.unmute(pool, ME, "a" * 32, reason="")) == "mute_over"


async def test_decisions_mutes_and_lifts_are_only_ever_added(pool: Pool, world: World) -> None:
    """INVARIANT: what people decided is never changed or deleted, not even by us."""
    comment = await world.item()
    await actions.mute(pool, ME, comment.comment_key, reason="Streit", days=3)
    [(mute_id,)] = await rows(pool, "select mute_id from mutes")
    await actions.unmute(pool, ME, mute_id, reason="")
    for table in ("decisions", "mutes", "mute_lifts"):
        for change in (f"delete from {table}", f"update {table} set account_id = 'x'"):
            with pytest.raises(psycopg.errors.RaiseException):
                await rows(pool, change)


async def letter(pool: Pool, dead_id: str = "route_received:comments:7", **headers: str) -> str:
    named = {
        "Nats-Msg-Id": dead_id, "Dead-Consumer": "route_received", "Dead-Stream": "comments",
        "Dead-Reason": "ValueError: no", "Dead-Attempts": "5", **headers,
    }  # fmt: skip
    found = read_letter("dead.comments.received.sandbox.abc", named, b"{}", datetime.now(UTC))
    async with transaction(pool) as connection:
        await dead_letters.add_dead_letter(connection, found)
    return dead_id


async def test_a_dead_letter_is_sent_again_once_to_where_it_was_read(pool: Pool) -> None:
    dead_id, me = await letter(pool), await account(pool)
    outcomes = await asyncio.gather(
        *(settling.requeue_letter(pool, me, dead_id) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 2
    sent = await rows(pool, "select stream, subject, msg_id, body from outbox")
    assert [row[:2] for row in sent] == [("comments", "comments.received.sandbox.abc")]
    assert sent[0][2].startswith(f"{dead_id}:requeue:")
    assert sent[0][3] == b"{}"


async def test_a_dead_letter_is_dropped_with_a_note(pool: Pool) -> None:
    dead_id = await letter(pool)
    me = await account(pool)
    assert await refusal_of(settling.drop_letter(pool, me, dead_id, note=" ")) == "no_reason"
    await settling.drop_letter(pool, me, dead_id, note="Probelauf")
    assert await refusal_of(settling.requeue_letter(pool, me, dead_id)) == "settled"
    kept = await rows(pool, "select settlement, note, settled_by from dead_letters")
    assert kept == [("dropped", "Probelauf", me)]
    assert await promised(pool) == []


async def test_what_never_was_on_the_bus_cannot_be_sent_again(pool: Pool) -> None:
    dead_id = await letter(pool, **{"Dead-Consumer": "ingest", "Dead-Stream": "sandbox"})
    assert await refusal_of(settling.requeue_letter(pool, ME, dead_id)) == "no_stream"


async def account(pool: Pool) -> str:
    async with transaction(pool) as connection:
        await connection.execute(
            "insert into accounts (account_id, name, password_hash, created_at)"
            " values (%s, 'Jule', 'x', now()) on conflict do nothing",
            [ME],
        )
    return ME


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("  a\tb  ", "a\tb"),
        ("a\x00b\x1b\x7f", "ab"),
        ("a\ud800b", "ab"),
        ("Ä\u200d🌳", "Ä\u200d🌳"),
    ],
)
def test_text_is_stored_as_it_can_be_shown(typed: str, kept: str) -> None:
    assert clean(typed) == kept
