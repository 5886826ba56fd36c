"""Keep the list of content gaps true: a question without a source opens one, a draft closes it."""

from datetime import datetime

from schemas.comments import OfComment
from services.answer.again import publication_of
from services.answer.draft import Draft, Silence
from services.kit.db import Connection
from services.kit.pseudonym import long_key
from services.store import gaps

UNSAID = (
    "no_passage_answers", "no_sentence_fits", "lacks_what_is_asked", "speaks_of_other_things",
    "model_finds_no_answer",
)  # fmt: skip
"""Reasons that mean: the publications do not say it."""


async def note_gap(
    connection: Connection,
    event: OfComment,
    made: Draft | Silence,
    *,
    space: str,
    cause: str,
    now: datetime,
) -> None:
    """Put an unanswered question into the gap that asks the same, or note that it is answered.

    `cause` names the publication that made the draft possible, if one did.
    """
    if isinstance(made, Draft):
        await gaps.enter(connection)
        await gaps.answer(connection, event.comment_key, publication_of(cause), now)
    elif made.reason.rule in UNSAID:
        await gaps.enter(connection)
        same = await gaps.nearest_gap(connection, event.comment_key, space)
        gap_id = same or long_key("gap", event.comment_key, str(event.revision))
        await gaps.ask(connection, gap_id, event.comment_key, event.revision, now)
