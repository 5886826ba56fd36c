"""Quote the publications where they answer: no more of the question is embedded than decides it."""

from dataclasses import dataclass, replace

import numpy as np

from schemas.comments import Reason
from services.answer.aptness import Aptness, LeftOut, aptness, covered, left_out
from services.answer.draft import Draft, Question, Silence
from services.answer.quote import ENGINE, candidates, choose, quoted_draft
from services.answer.retrieve import Retrieval
from services.answer.words import Words
from services.kit.embed.embedder import Embeds, Vectors
from services.kit.sentences import split_sentences
from services.store.ranking import rarities

AT_ONCE = 4
"""Questions without a word that are embedded before it is looked whether more are needed."""


@dataclass(frozen=True)
class Quoting:
    """What is needed to quote."""

    embedder: Embeds
    words: Words
    quotable: float
    """Probability of being the answer from which on a quotation is proposed."""

    async def quote(self, question: Question, retrieval: Retrieval) -> Draft | Silence:
        """Return the quotation that answers, or why none does.

        A post of others says more than it asks: where none fits the whole, its own questions are
        tried.
        """
        whole = await self._quote(question, retrieval)
        asked = questions_in(question.text) if question.stance == "join" else []
        if isinstance(whole, Draft) or not asked:
            return whole
        vectors = await self.embedder.embed_queries(asked)
        for text, vector in zip(asked, vectors, strict=True):
            made = await self._quote(
                replace(question, text=text), replace(retrieval, query=vector, alone=vector)
            )
            if isinstance(made, Draft):
                return made
        return whole

    async def _quote(self, question: Question, retrieval: Retrieval) -> Draft | Silence:
        found = candidates(question.text, retrieval.ranked)
        if not found:
            return _no_quotation("lacks_what_is_asked")
        vectors = await self.embedder.embed_passages([one.in_place for one in found])
        weights = rarities(question.text, retrieval.corpus)
        chosen = choose(question, weights, found, vectors, retrieval.query)
        if not chosen:
            return _no_quotation("no_sentence_fits")
        empty = self.words.glue | self.words.asking
        share = covered(question.text, chosen[0].in_place, weights, empty)
        without = left_out(question.text, weights, empty)
        judged = await self._judge(retrieval, share, without, vectors)
        if judged.probability < self.quotable:
            return _no_quotation("speaks_of_other_things", judged.strange)
        return quoted_draft(chosen, question.frame)

    async def _judge(
        self, retrieval: Retrieval, share: float, without: list[LeftOut], vectors: Vectors
    ) -> Aptness:
        """Weigh word by word until the verdict stands: each can only make it worse.

        The rarest words are weighed in any case, so that the one that leads elsewhere has a name.
        """
        asked = retrieval.alone[None]
        for start in range(0, max(1, len(without)), AT_ONCE):
            some = [one.question for one in without[start : start + AT_ONCE]]
            if some:
                asked = np.concatenate([asked, await self.embedder.embed_queries(some)])
            judged = aptness(
                found=retrieval.answerable, covered=share,
                without=without[: len(asked) - 1], vectors=vectors, asked=asked,
            )  # fmt: skip
            if judged.probability < self.quotable:
                break
        return judged


def questions_in(text: str) -> list[str]:
    """Return the sentences of a text that ask, but not one that is all of it. Pure."""
    sentences = [text[one.start : one.end].strip() for one in split_sentences(text)]
    return [one for one in sentences if one.endswith("?") and one != text.strip()]


def _no_quotation(rule: str, detail: str = "") -> Silence:
    return Silence(outcome="no_source", reason=Reason(rule=rule, detail=detail), engine=ENGINE)
