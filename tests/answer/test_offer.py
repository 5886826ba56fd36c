"""An approved answer is offered to those who ask the same, and a person decides each time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.drafts import DraftProposed
from schemas.replies import ReplyPosted
from schemas.streams import ANSWER_POSTED, ANSWER_ROUTED
from services.answer.handlers import draft_key
from services.answer.make import Drafting
from services.answer.offer import gather, offer_earlier, offer_to_others
from services.answer.propose import propose
from services.answer.salutation import without_address
from services.kit.db import transaction
from services.review import actions
from services.store.passages import live_passages, retire_passages
from services.store.publications import list_publications
from services.store.routings import save_vector
from tests.answer.asking import ASKED
from tests.answer.test_service import announced, serving
from tests.review.reading import read_item, rows
from tests.world import Seeded, World

OTHER = "Muss der Hof dafür eigentlich im Stadtgebiet liegen?"


async def sort(drafting: Drafting, world: World, comment: Seeded) -> None:
    """Do what route does with a question."""
    event = await world.route(comment)
    vector = (await drafting.embedder.embed_queries([comment.row.text]))[0]
    async with transaction(drafting.pool) as connection:
        await save_vector(connection, event, drafting.embedder.space, vector)


async def ask(drafting: Drafting, world: World, text: str = ASKED, **fields: Any) -> Seeded:
    """Let somebody ask; the question waits at the desk with a draft."""
    comment = await world.comment(text, **{"post": "Unser Hof wird grün.", **fields})
    await sort(drafting, world, comment)
    await gather(drafting, comment.received())
    await propose(drafting, comment.received(), draft_key(comment.received(), "answer"))
    await world.show(comment)
    return comment


async def answer(
    drafting: Drafting, world: World, comment: Seeded, before: str = ""
) -> ReplyPosted:
    """Approve the draft, with words put before it, and let it be posted."""
    item = await read_item(drafting.pool, comment.comment_key)
    assert item.draft_id is not None
    [(text,)] = await rows(
        drafting.pool, "select text from drafts where draft_id = %s", item.draft_id
    )
    await actions.approve(
        drafting.pool, "somebody", comment.comment_key, text=before + text, revision=1,
        draft_id=item.draft_id,
    )  # fmt: skip
    [(decision_id,)] = await rows(
        drafting.pool, "select decision_id from decisions where comment_key = %s",
        comment.comment_key,
    )  # fmt: skip
    return await world.posted(comment, decision_id)


async def offers(drafting: Drafting) -> dict[str, str]:
    """Return the offered texts by comment."""
    return dict(
        await rows(drafting.pool, "select comment_key, text from drafts where kind = 'adapted'")
    )


async def test_nineteen_others_are_offered_the_approved_answer(
    quoting: Drafting, world: World
) -> None:
    """INVARIANT: of twenty equal questions one is answered, and nothing else leaves by itself."""
    first, *others = [await ask(quoting, world) for _ in range(20)]
    different = await ask(quoting, world, OTHER)
    event = await answer(quoting, world, first, "Liebe Mira, gern: ")
    proposed = await offer_to_others(quoting, event)
    again = await offer_to_others(quoting, event)
    assert [one.msg_id() for one in again] == [one.msg_id() for one in proposed]
    assert await rows(quoting.pool, "select count(*) from drafts where kind = 'adapted'") == [(19,)]
    await world.show(*others, different)
    found = await offers(quoting)
    assert set(found) == {one.comment_key for one in others}
    [text] = set(found.values())
    assert text.startswith("Gern: ")
    assert {(one.kind, one.stance) for one in proposed} == {("adapted", "answer")}
    for one in others:
        item = await read_item(quoting.pool, one.comment_key)
        assert (item.status, item.draft_state) == ("open", "proposed")
        assert item.draft_id in {draft.draft_id for draft in proposed}
    assert await rows(quoting.pool, "select count(*) from decisions") == [(1,)]
    assert await rows(quoting.pool, "select count(*) from deliveries") == [(1,)]


async def test_an_offer_that_was_taken_is_not_offered_anew(quoting: Drafting, world: World) -> None:
    first, second, third = [await ask(quoting, world) for _ in range(3)]
    await offer_to_others(quoting, await answer(quoting, world, first))
    await world.show(second, third)
    assert await offer_to_others(quoting, await answer(quoting, world, second)) == []
    assert set(await offers(quoting)) == {second.comment_key, third.comment_key}


async def test_who_asks_later_is_offered_it_at_once(quoting: Drafting, world: World) -> None:
    first = await ask(quoting, world)
    await answer(quoting, world, first)
    later = await world.comment(ASKED, post="Unser Hof wird grün.")
    await sort(quoting, world, later)
    told = [await offer_earlier(quoting, later.received()) for _ in range(2)]
    assert [one and one.comment_key for one in told] == [later.comment_key] * 2
    assert set(await offers(quoting)) == {later.comment_key}
    assert len(await rows(quoting.pool, "select from drafts where kind = 'adapted'")) == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"thread": "post-2", "post": "Ein anderer Beitrag."},
        {"author": "Mira", "author_key": "0" * 32, "ago": timedelta(hours=2)},
        {"page": "Eine andere Seite", "thread": "post-3"},
    ],
)
async def test_the_same_words_elsewhere_are_another_question(
    quoting: Drafting, world: World, elsewhere: dict[str, Any]
) -> None:
    """A question leans on its post; whoever has the answer already is not told it again."""
    first = await ask(quoting, world, author="Mira", author_key="0" * 32)
    await ask(quoting, world, **elsewhere)
    assert await offer_to_others(quoting, await answer(quoting, world, first)) == []


async def test_what_an_answer_to_a_comment_asks_is_not_what_the_post_is_asked(
    quoting: Drafting, world: World
) -> None:
    first = await ask(quoting, world)
    await ask(quoting, world, parent=await world.comment("Etwas ganz anderes."))
    assert await offer_to_others(quoting, await answer(quoting, world, first)) == []


async def test_withdrawn_words_are_not_offered(quoting: Drafting, world: World) -> None:
    """INVARIANT: an answer whose source is withdrawn is not spread."""
    first, second = await ask(quoting, world), await ask(quoting, world)
    event = await answer(quoting, world, first)
    async with transaction(quoting.pool) as connection:
        for publication in await list_publications(connection):
            gone = (await live_passages(connection, publication.publication_id)).values()
            await retire_passages(connection, list(gone), datetime.now(UTC))
    assert await offer_to_others(quoting, event) == []
    assert await offer_earlier(quoting, second.received()) is None


async def test_edited_deleted_and_decided_questions_are_offered_nothing(
    quoting: Drafting, world: World
) -> None:
    """INVARIANT: no offer for words that changed, and none over a decision."""
    first, edited, deleted, decided = [await ask(quoting, world) for _ in range(4)]
    event = await answer(quoting, world, first)
    changed = await world.edit(edited, "Ach, hat sich schon erledigt.")
    await world.delete(deleted)
    await actions.close(quoting.pool, "somebody", decided.comment_key, revision=1)
    await world.show(changed, deleted)
    assert await offer_to_others(quoting, event) == []
    assert await offers(quoting) == {}


async def test_an_answer_is_not_offered_when_its_question_was_edited(
    quoting: Drafting, world: World
) -> None:
    first, second = await ask(quoting, world), await ask(quoting, world)
    event = await answer(quoting, world, first)
    await world.edit(first, "Eine ganz andere Frage?")
    assert await offer_to_others(quoting, event) == []
    assert await offer_earlier(quoting, second.received()) is None


async def test_an_offer_that_fails_a_check_is_none(quoting: Drafting, world: World) -> None:
    first = await ask(quoting, world)
    await ask(quoting, world)
    event = await answer(quoting, world, first)
    async with transaction(quoting.pool) as connection:
        await connection.execute(
            "update drafts set sentences = jsonb_set(sentences, '{1,citations,0,quote}',"
            " '\"Das steht so nirgends.\"') where comment_key = %s",
            [first.comment_key],
        )
    assert await offer_to_others(quoting, event) == []


async def test_a_text_that_names_its_reader_is_not_offered(quoting: Drafting, world: World) -> None:
    """INVARIANT: nobody's name is handed to somebody else."""
    first = await ask(quoting, world)
    await ask(quoting, world)
    event = await answer(quoting, world, first, "Danke, liebe Frau Sonntag! ")
    assert await offer_to_others(quoting, event) == []


async def test_equal_questions_share_a_group_whatever_their_order(
    quoting: Drafting, world: World
) -> None:
    first, second, other = [await ask(quoting, world, text) for text in (ASKED, ASKED, OTHER)]
    edited = await world.edit(first, OTHER)
    await sort(quoting, world, edited)
    for one in (edited, second, other, first):
        await gather(quoting, one.received())
    third = await ask(quoting, world)
    groups = dict(await rows(quoting.pool, "select comment_key, group_key from same_questions"))
    assert groups[second.comment_key] == groups[third.comment_key]
    assert groups[first.comment_key] == groups[other.comment_key]
    assert len(set(groups.values())) == 2


async def test_on_the_bus_a_posted_answer_becomes_a_proposal(
    quoting: Drafting, world: World, nats_url: str
) -> None:
    first, second = await ask(quoting, world), await ask(quoting, world)
    later = await world.comment(ASKED, post="Unser Hof wird grün.")
    await sort(quoting, world, later)
    event = await answer(quoting, world, first)
    routed = await world.route(later)
    async with serving(quoting, nats_url) as bus:
        await bus.publish(event)
        await bus.publish(routed)
        told = [DraftProposed.model_validate_json(one.data) for one in await announced(nats_url, 2)]
    assert {(one.comment_key, one.kind) for one in told} == {
        (second.comment_key, "adapted"), (later.comment_key, "adapted"),
    }  # fmt: skip
    assert {ANSWER_POSTED.service, ANSWER_ROUTED.service} == {"answer"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Liebe Mira, danke für die Frage!", "Danke für die Frage!"),
        ("Hallo Frau Sonntag! Zehn Prozent.", "Zehn Prozent."),
        ("@mira@chaos.example zehn Prozent.", "Zehn Prozent."),
        ("Mira Sonntag: zehn Prozent.", "Zehn Prozent."),
        ("Sehr geehrte Frau Dr. Sonntag,\n\nzehn Prozent.", "Zehn Prozent."),
        ("Hallo! Zehn Prozent.", "Hallo! Zehn Prozent."),
        ("Miraculix weiß: zehn Prozent.", "Miraculix weiß: zehn Prozent."),
        ("Zehn Prozent, Mira.", None),
        ("Liebe Mira, wie gesagt, Frau Sonntag: zehn.", None),
        ("Mira!", None),
    ],
)
def test_only_the_salutation_goes(text: str, left: str | None) -> None:
    assert without_address(text, name="Mira Sonntag", handle="@mira@chaos.example") == left


def test_a_person_without_a_name_is_not_looked_for() -> None:
    assert without_address("Zehn Prozent.", name="", handle="") == "Zehn Prozent."
