"""When two questions are the same: then one draft is enough. Pure."""

import hashlib
import json

from services.answer.draft import Question
from services.answer.retrieve import Retrieval


def same_question(question: Question, retrieval: Retrieval, *, made_by: str, is_reply: bool) -> str:
    """Return a key that identical questions on unchanged passages share, 64 hex digits.

    `made_by` names prompt and model. A passage that changes gets a new id. A reply leans on all
    that was said above it, a comment under a post only on what its author or we said there.
    """
    context = [turn.text for turn in question.thread if is_reply or turn.ours or turn.asker]
    content = [
        made_by,
        " ".join(question.text.casefold().split()),
        question.stance,
        question.language,
        question.post,
        context,
        [question.place.max_length, question.place.length_unit],
        [one.passage.passage_id for one in retrieval.ranked],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
