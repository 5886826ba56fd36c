"""What nobody has written: questions without a source gather, and are drafted when it appears."""

from datetime import UTC, datetime

from schemas.drafts import DraftOutdated
from schemas.publications import PublicationIndexed, PublicationRemoved
from services.answer.again import changed, outdated
from services.answer.handlers import draft_key
from services.answer.make import Drafting
from services.answer.propose import propose
from services.kit.db import transaction
from services.store.passages import live_passages, retire_passages
from services.store.publications import list_publications, remove_publication
from services.store.routings import save_vector
from tests.answer.asking import ASKED, stored
from tests.answer.library import Library
from tests.world import Seeded, World

BEES = "Dürfen auf dem Dach eigentlich Bienenstöcke aufgestellt werden?"
BEES_TOO = "Dürfen auf dem Dach denn eigentlich Bienenstöcke aufgestellt werden??"
KITES = "Wann findet das große Drachenfest am Flughafen statt?"
ANSWERING = "Bienenstöcke dürfen auf dem Dach aufgestellt werden, eigentlich überall dort."


async def asked(drafting: Drafting, world: World, text: str, *, author: str = "Mira") -> Seeded:
    """Let somebody ask, sort it, try to draft; the item waits at the desk."""
    comment = await world.comment(text, post="", author=author)
    event = await world.route(comment)
    vector = (await drafting.embedder.embed_queries([text]))[0]
    async with transaction(drafting.pool) as connection:
        await save_vector(connection, event, drafting.embedder.space, vector)
    await propose(drafting, event, draft_key(event, "answer"))
    await world.show(comment)
    return comment


async def gaps(drafting: Drafting) -> list[tuple[int, bool, str | None]]:
    """Return how many questions each gap holds, whether it is closed, and by what."""
    async with drafting.pool.connection() as connection:
        rows = await connection.execute(
            "select count(*), bool_or(closed_at is not null), max(closed_by)"
            " from gaps join gap_questions using (gap_id) group by gap_id order by 1 desc, 2"
        )
        return await rows.fetchall()


async def again(drafting: Drafting, event: PublicationIndexed | PublicationRemoved) -> list[str]:
    """Do what the handlers do when publications change; return the outcomes of what was remade."""
    outcomes = []
    for one in await outdated(
        drafting.pool, changed(event), gaps_too=isinstance(event, PublicationIndexed)
    ):
        draft_id = draft_key(one, one.stance, one.cause)
        made = await propose(drafting, one, draft_id, one.stance, cause=one.cause)
        outcomes.append(made[0] if made else "nothing new")
    return outcomes


def indexed(publication_id: str, edition: int = 1) -> PublicationIndexed:
    return PublicationIndexed(
        happened_at=datetime.now(UTC), publication_id=publication_id, edition=edition, passages=1
    )


async def test_questions_that_ask_the_same_make_one_gap(quoting: Drafting, world: World) -> None:
    for number, text in enumerate((BEES, BEES_TOO, KITES)):
        await asked(quoting, world, text, author=f"Person {number}")
    assert [count for count, *_ in await gaps(quoting)] == [2, 1]


async def test_a_question_with_an_answer_is_no_gap(quoting: Drafting, world: World) -> None:
    await asked(quoting, world, ASKED)
    assert await gaps(quoting) == []


async def test_the_missing_text_brings_the_waiting_drafts_and_closes_the_gap(
    quoting: Drafting, world: World, library: Library
) -> None:
    """INVARIANT: whoever asked before the text was written gets a draft without asking again."""
    await asked(quoting, world, BEES, author="Mira")
    await asked(quoting, world, BEES_TOO, author="Nora")
    await asked(quoting, world, KITES, author="Emil")
    publication_id = await library.add("Dachordnung", ANSWERING)
    assert sorted(await again(quoting, indexed(publication_id))) == [
        "nothing new", "proposed", "proposed",
    ]  # fmt: skip
    assert await gaps(quoting) == [(2, True, publication_id), (1, False, None)]


async def test_the_same_silence_is_not_kept_twice(
    quoting: Drafting, world: World, library: Library
) -> None:
    await asked(quoting, world, KITES)
    publication_id = await library.add("Hausordnung", "Ruhezeit ist von 22 bis 6 Uhr.")
    for edition in range(3):
        assert await again(quoting, indexed(publication_id, edition)) == ["nothing new"]
    assert len(await stored(quoting.pool)) == 1


async def test_a_draft_that_cites_a_removed_publication_is_made_anew(
    quoting: Drafting, world: World
) -> None:
    """INVARIANT: withdrawn words leave every waiting draft."""
    await asked(quoting, world, ASKED)
    before = await stored(quoting.pool)
    citing = [one for one in before if one.outcome == "proposed"]
    assert len(citing) == 1
    async with transaction(quoting.pool) as connection:
        for publication in await list_publications(connection):
            publication_id = publication.publication_id
            gone = (await live_passages(connection, publication_id)).values()
            await retire_passages(connection, list(gone), datetime.now(UTC))
            await remove_publication(connection, publication_id, datetime.now(UTC))
    event = PublicationRemoved(
        happened_at=datetime.now(UTC), publication_id=publication_id, edition=1
    )
    assert await again(quoting, event) == ["no_source"]
    assert [count for count, *_ in await gaps(quoting)] == [1]


def test_each_change_is_a_cause_of_its_own() -> None:
    """INVARIANT: a second edition has a comment drafted again, the same one told twice has not."""
    keys = {"happened_at": datetime.now(UTC), "network": "sandbox", "thread_key": "0" * 16,
        "comment_key": "0" * 32, "revision": 1, "stance": "answer"}  # fmt: skip
    one, two = (
        DraftOutdated(**keys, cause=changed(indexed("0123456789abcdef", edition)))
        for edition in (1, 2)
    )
    assert one.msg_id() != two.msg_id()
    assert draft_key(one, "answer", one.cause) != draft_key(two, "answer", two.cause)
