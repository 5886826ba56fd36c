"""A mute is not blind: what comes up from a muted thread all the same. Pure."""

from datetime import datetime

from schemas.comments import Reason
from services.route.news import is_new, says_something
from services.route.turns import Conversation


def surfaces(
    conversation: Conversation, *, personally: bool, decided_at: datetime | None
) -> Reason | None:
    """Return why the latest comment is shown in spite of the mutes over it, None when it is not.

    Whatever is urgent; the question of somebody who is not muted `personally`, came only after a
    person had muted the thread (`decided_at`) and has insulted nobody here; and under mutes that
    no person made (`decided_at` is None), whatever says something new.
    """
    turn = conversation.turns[-1]
    if turn.urgent:
        return Reason(rule="surfaces_urgent")
    own = [one for one in conversation.turns[:-1] if one.author == turn.author]
    if not is_new(turn, own, conversation.space):
        return None
    came_later = decided_at is None or all(one.at > decided_at for one in own)
    rude = any(one.hostile for one in (*own, turn))
    if turn.asks and came_later and not personally and not rude:
        return Reason(rule="surfaces_question")
    if decided_at is None and says_something(turn, own):
        return Reason(rule="surfaces_criticism")
    return None
