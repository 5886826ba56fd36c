"""Posts that tell of one event are one entry; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.store.going_out import Opportunity
from services.store.radar import RANK
from services.store.radar_desk import RadarFacts

Post = tuple[Opportunity, RadarFacts]


@dataclass(frozen=True)
class Event:
    """What happened to a partner, and the posts that tell of it."""

    one: Opportunity
    """The post under which something could be said: the partner's own before others'."""
    facts: RadarFacts
    others: Sequence[Opportunity]
    waits: bool
    """Nobody has spoken up about it or let it pass, and it is not over."""

    @property
    def draft(self) -> str | None:
        """What could be said; nothing where a congratulation would hurt."""
        return None if self.facts.clouded else self.facts.draft


def events(posts: Sequence[Post]) -> list[Event]:
    """Return the events, those that wait first, trouble before joy, the newest first."""
    groups: dict[str, list[Post]] = {}
    for post in posts:
        groups.setdefault(post[1].event_id, []).append(post)
    found = [_event(group) for group in groups.values()]
    return sorted(
        found,
        key=lambda one: (
            not one.waits, -RANK[one.facts.verdict], -one.one.created_at.timestamp(),
            one.one.comment_key,
        ),
    )  # fmt: skip


def _event(posts: Sequence[Post]) -> Event:
    settled = [post for post in posts if _is_settled(post[0])]
    standing = [post for post in posts if post[0].closed_why is None]
    lead = min(
        settled or standing or posts,
        key=lambda post: (not post[1].own, post[0].created_at, post[0].comment_key),
    )
    return Event(
        one=lead[0],
        facts=lead[1],
        others=[one for one, _ in posts if one is not lead[0] and one.text],
        waits=bool(standing) and not settled,
    )


def _is_settled(one: Opportunity) -> bool:
    spoken = one.last is not None and one.delivery != "returned"
    return spoken or one.useful is False
