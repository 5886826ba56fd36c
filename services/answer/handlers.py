"""Hear that a comment wants an answer; propose a draft, or say honestly that there is none."""

from datetime import UTC, datetime
from typing import cast

from schemas.comments import CommentRouted, OfComment
from schemas.drafts import (
    DraftDeclined,
    DraftKind,
    DraftOutdated,
    DraftProposed,
    DraftRequested,
    MadeStance,
    NoDraft,
)
from schemas.publications import PublicationIndexed, PublicationRemoved
from schemas.questions import QuestionTried
from schemas.replies import ReplyPosted
from schemas.streams import (
    ANSWER_INDEXED,
    ANSWER_OUTDATED,
    ANSWER_POSTED,
    ANSWER_REMOVED,
    ANSWER_REQUESTED,
    ANSWER_ROUTED,
    ANSWER_TRIED,
)
from services.answer.again import changed, outdated
from services.answer.make import Drafting
from services.answer.offer import gather, offer_earlier, offer_to_others
from services.answer.propose import propose
from services.answer.tried import answer_trial
from services.answer.write import require_fillable
from services.kit.bus import Bus
from services.kit.pseudonym import long_key


def listen(bus: Bus, drafting: Drafting) -> None:
    """Register the handlers of the answer service; raises BadPrompt for a prompt of no use."""
    for prompt in drafting.prompts.values():
        require_fillable(prompt)
    bus.says(DraftProposed, DraftDeclined, DraftOutdated)
    _hear_comments(bus, drafting)
    _hear_publications(bus, drafting)

    @bus.on(ANSWER_POSTED)
    async def on_posted(event: ReplyPosted) -> None:
        """Offer an answer that stands to the others who ask the same."""
        for one in await offer_to_others(drafting, event):
            await bus.publish(one)

    @bus.on(ANSWER_TRIED)
    async def on_tried(event: QuestionTried) -> None:
        """Show the desk what would be found and drafted for a question of its own."""
        await answer_trial(drafting, event.trial_id)


def _hear_comments(bus: Bus, drafting: Drafting) -> None:
    @bus.on(ANSWER_ROUTED)
    async def on_routed(event: CommentRouted) -> None:
        """Offer what was approved for the same question, else draft an answer."""
        await gather(drafting, event)
        if (offered := await offer_earlier(drafting, event)) is not None:
            await bus.publish(offered)
            return
        await _draft(bus, drafting, event, "answer")

    @bus.on(ANSWER_REQUESTED)
    async def on_requested(event: DraftRequested) -> None:
        """Draft what a person asked for, whatever the comment's lane."""
        await _draft(bus, drafting, event, event.stance)

    @bus.on(ANSWER_OUTDATED)
    async def on_outdated(event: DraftOutdated) -> None:
        """Draft again on today's publications; the same silence is not kept twice."""
        await _draft(bus, drafting, event, event.stance, event.cause)


def _hear_publications(bus: Bus, drafting: Drafting) -> None:
    @bus.on(ANSWER_INDEXED)
    async def on_indexed(event: PublicationIndexed) -> None:
        """Have every waiting question and every draft on withdrawn passages looked at again."""
        for one in await outdated(drafting.pool, changed(event), gaps_too=True):
            await bus.publish(one)

    @bus.on(ANSWER_REMOVED)
    async def on_removed(event: PublicationRemoved) -> None:
        """Have every draft that cites the removed publication made anew."""
        for one in await outdated(drafting.pool, changed(event), gaps_too=False):
            await bus.publish(one)


async def _draft(
    bus: Bus, drafting: Drafting, event: OfComment, stance: MadeStance, cause: str = ""
) -> None:
    draft_id = draft_key(event, stance, cause)
    stored = await propose(drafting, event, draft_id, stance, cause=cause)
    if stored is not None:
        await bus.publish(announcement(event, draft_id, stance, *stored))


def draft_key(event: OfComment, stance: MadeStance, cause: str = "") -> str:
    """Return the key of the one draft of a stance for a revision, and for what made it anew."""
    return long_key("draft", event.comment_key, str(event.revision), stance, cause)


def announcement(
    event: OfComment, draft_id: str, stance: MadeStance, outcome: str, kind: str | None
) -> DraftProposed | DraftDeclined:
    """Return the message that fits a stored draft."""
    keys = event.model_dump(include={"network", "thread_key", "comment_key", "revision"})
    now = datetime.now(UTC)
    if outcome == "proposed":
        return DraftProposed(
            happened_at=now, draft_id=draft_id, kind=cast("DraftKind", kind), stance=stance, **keys
        )
    return DraftDeclined(
        happened_at=now, draft_id=draft_id, reason=cast("NoDraft", outcome), **keys
    )
