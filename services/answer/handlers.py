"""Hear that a comment wants an answer; propose a draft, or say honestly that there is none."""

from datetime import UTC, datetime
from typing import cast

from schemas.comments import CommentRouted, OfComment
from schemas.drafts import (
    DraftDeclined,
    DraftKind,
    DraftProposed,
    DraftRequested,
    MadeStance,
    NoDraft,
)
from schemas.streams import ANSWER_REQUESTED, ANSWER_ROUTED
from services.answer.propose import Drafting, propose
from services.answer.write import require_fillable
from services.kit.bus import Bus
from services.kit.pseudonym import long_key


def listen(bus: Bus, drafting: Drafting) -> None:
    """Register the handlers of the answer service; raises BadPrompt for a prompt of no use."""
    for prompt in drafting.prompts.values():
        require_fillable(prompt)
    bus.says(DraftProposed, DraftDeclined)

    @bus.on(ANSWER_ROUTED)
    async def on_routed(event: CommentRouted) -> None:
        """Draft an answer for a comment in the answer lane."""
        await draft(event, "answer")

    @bus.on(ANSWER_REQUESTED)
    async def on_requested(event: DraftRequested) -> None:
        """Draft what a person asked for, whatever the comment's lane."""
        await draft(event, event.stance)

    async def draft(event: OfComment, stance: MadeStance) -> None:
        draft_id = draft_key(event, stance)
        stored = await propose(drafting, event, draft_id, stance)
        if stored is not None:
            await bus.publish(announcement(event, draft_id, stance, *stored))


def draft_key(event: OfComment, stance: MadeStance) -> str:
    """Return the key of the one draft of a stance for a revision."""
    return long_key("draft", event.comment_key, str(event.revision), stance)


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
