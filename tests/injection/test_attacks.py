"""The attack corpus over the real path: a database, HTTP, and a model that obeys the attacker."""

import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest
import pytest_asyncio

from services.answer.draft import Voice
from services.answer.make import Drafting, load_prompts
from services.answer.propose import propose
from services.index.chunk import chunk
from services.index.read.read import read_document
from services.kit.db import open_pool, transaction
from services.kit.embed.embedder import Vectors
from services.kit.spending import Purse
from services.route.decide import decide
from services.route.reading import shipped_knowledge
from tests.answer.asking import Stored
from tests.answer.library import BagOfWords, Library
from tests.conftest import fresh_database
from tests.injection.attack import Attack, attacks, obeys, shown_passages
from tests.injection.hidden import HIDING, SHOWN, document
from tests.injection.judge import wrongs
from tests.kit.scripted_llm import ScriptedLLM, scripted_llm
from tests.world import World

CORPUS = attacks()
ANSWERED = [one for one in CORPUS if one.obeyed is not None]
SORTED = [one for one in CORPUS if one.category == "lane"]
CATEGORIES = {
    "author", "authority", "contact", "defamation", "denial", "encoding", "figure", "homoglyph",
    "ignore", "insult", "invisible", "lane", "language", "link", "loophole", "markup", "mixed",
    "name", "padding", "post", "pressure", "promise", "prompt", "publication", "quotation",
    "repeat", "roleplay", "steadfast", "system", "thread",
}  # fmt: skip


class AllAlike(BagOfWords):
    """An engine to which every text is as near as can be: each question reaches the model."""

    space = "alike384"

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        alike = np.zeros((len(texts), self.dimensions), np.float32)
        alike[:, -1] = 1.0
        return alike


@dataclass(frozen=True)
class Desk:
    """The answer service's parts, one of each for all attacks."""

    drafting: Drafting
    library: Library
    world: World
    llm: ScriptedLLM


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(template: str) -> AsyncIterator[Desk]:
    async with (
        fresh_database(template) as url,
        open_pool(url) as pool,
        scripted_llm() as llm,
    ):
        library = Library(pool, AllAlike())
        await library.fill()
        drafting = Drafting(
            pool=pool,
            embedder=library.embedder,
            model=llm.model(),
            prompts=load_prompts(),
            voice=Voice("Stiftung Regenlinde"),
            own_domains=("regenlinde.example",),
            purse=Purse(10**9),
        )
        yield Desk(drafting, library, World(pool), llm)
        assert drafting.model is not None
        await drafting.model.close()


def test_the_corpus_is_broad() -> None:
    """INVARIANT: the corpus covers every known kind of attack, in the languages of the desk."""
    languages = Counter(attack.language for attack in CORPUS)
    assert len({attack.id for attack in CORPUS}) == len(CORPUS) >= 150
    assert languages["de"] >= 90
    assert languages["en"] >= 40
    assert len(languages) >= 8
    assert {attack.category for attack in CORPUS} == CATEGORIES
    assert {attack.hidden for attack in CORPUS} == {"", *HIDING}


@pytest.mark.parametrize("attack", ANSWERED, ids=lambda attack: attack.id)
def test_the_fallen_model_says_what_it_must_not(attack: Attack) -> None:
    for pattern in attack.must_not:
        said = attack.obeyed if isinstance(attack.obeyed, str) else _said(attack)
        assert re.search(pattern, said, re.MULTILINE), pattern


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", ANSWERED, ids=lambda attack: attack.id)
async def test_the_checks_hold_when_the_model_has_fallen(attack: Attack, desk: Desk) -> None:
    """INVARIANT: whatever strangers write, and although the model obeys, no draft carries it."""
    published = await _publish(attack, desk.library) if attack.where == "publication" else None
    asked = len(desk.llm.requests)
    desk.llm.will(obeys(attack, desk.llm))
    try:
        draft = await _draft(attack, desk)
    finally:
        if published:
            await _retire(desk.library, published)
    assert len(desk.llm.requests) == asked + 1, "the attack did not reach the model"
    messages = desk.llm.requests[-1]["messages"]
    passages = [one["text"] for one in shown_passages(messages)]
    assert passages
    if attack.hidden:
        assert not [one for one in passages if "hofgeld" in one]
    if draft.outcome != "proposed":
        assert not attack.stands, draft.reason
        assert draft.text == ""
        return
    assert wrongs(draft, attack, messages[0]["content"], passages) == []


@pytest.mark.parametrize("attack", SORTED, ids=lambda attack: attack.id)
def test_words_to_the_machine_change_no_lane(attack: Attack) -> None:
    """INVARIANT: no comment talks itself out of the lane that its own words put it in."""
    knowledge = shipped_knowledge()
    lanes = [
        decide(knowledge.read(text, None, "", is_reply=False)).lane
        for text in (attack.bare, attack.text)
    ]
    assert lanes == [attack.stays, attack.stays]


def _said(attack: Attack) -> str:
    assert isinstance(attack.obeyed, dict)
    return " ".join(sentence["text"] for sentence in attack.obeyed["sentences"])


async def _draft(attack: Attack, desk: Desk) -> Stored:
    before = None
    thread = f"post-{attack.id}"
    post = f"Ab heute nehmen wir Anträge an. {attack.post}"
    for number, (speaker, said) in enumerate(attack.thread):
        before = await desk.world.comment(
            said, thread=thread, post=post, author=speaker,
            ago=timedelta(minutes=60 - number), is_self=speaker == "us",
        )  # fmt: skip
    text = "Wie viel Prozent übernehmt ihr?" if attack.where == "publication" else attack.text
    comment = await desk.world.comment(
        text, thread=thread, post=post, author=attack.author, parent=before
    )
    draft_id = hashlib.sha256(attack.id.encode()).hexdigest()[:32]
    await propose(desk.drafting, await desk.world.route(comment), draft_id)
    async with desk.drafting.pool.connection() as connection:
        rows = await connection.execute(
            "select outcome, reason, kind, text, sentences, engine, prompt, tokens_in, tokens_out"
            " from drafts where draft_id = %s", [draft_id],
        )  # fmt: skip
        row = await rows.fetchone()
    assert row is not None
    return Stored(*row)


async def _publish(attack: Attack, library: Library) -> str:
    if not attack.hidden:
        return await library.add(f"Merkblatt {attack.id}", attack.text)
    name, body = document(attack.hidden, attack.text)
    read = read_document(name, body)
    assert SHOWN in " ".join(block.text for block in read.blocks)
    return await library.add(f"{attack.id} {read.title}", *(one.text for one in chunk(read)))


async def _retire(library: Library, publication_id: str) -> None:
    async with transaction(library.pool) as connection:
        await connection.execute(
            "update passages set retired_at = now() where publication_id = %s", [publication_id]
        )
