"""A quotation is judged with no more of the question than decides it."""

from collections.abc import Sequence

import numpy as np

from services.answer.draft import Draft, Question, Silence
from services.answer.quoting import AT_ONCE, Quoting
from services.answer.retrieve import Retrieval
from services.answer.trust import Evidence
from services.kit.embed.embedder import Vectors
from services.networks.places import place
from services.store.ranking import Ranked
from services.store.search import Corpus
from tests.answer.drafted import words
from tests.store.test_ranking import passage

WORDS = [f"Wespenart{number}" for number in range(10)]
ASKED = " ".join(WORDS)
SENTENCE = f"Im Hof leben {' und '.join(WORDS)}."


class Pointing:
    """Embeds passages as one direction; a question without a word comes as near as it is told."""

    name, space, dimensions = "pointing", "pointing", 2

    def __init__(self, nearer: float) -> None:
        self.nearer = nearer
        self.asked: list[str] = []

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[0.8 + self.nearer, 0.0]] * len(texts), np.float32)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([[1.0, 0.0]] * len(texts), np.float32)


async def judged(embedder: Pointing) -> Draft | Silence:
    found = Ranked(passage(1, SENTENCE, 0.9), 1.0, 90.0)
    alone = np.array([0.8, 0.0], np.float32)
    corpus = Corpus(10, 100.0, {})
    retrieval = Retrieval(alone, alone, [found], corpus, Evidence(5.0, 1.0, 0.9))
    question = Question(text=ASKED, language="de", post="", thread=(), place=place("sandbox"))
    return await Quoting(embedder, words(), 0.35).quote(question, retrieval)


async def test_every_word_of_a_question_that_is_answered_was_left_out_once() -> None:
    embedder = Pointing(nearer=0.0)
    assert isinstance(await judged(embedder), Draft)
    assert len(embedder.asked) == len(WORDS)


async def test_no_more_is_asked_once_words_lead_elsewhere() -> None:
    embedder = Pointing(nearer=0.1)
    made = await judged(embedder)
    assert isinstance(made, Silence)
    assert made.reason.rule == "speaks_of_other_things"
    assert made.reason.detail in WORDS
    assert len(embedder.asked) == AT_ONCE < len(WORDS)
