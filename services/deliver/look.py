"""The last look before posting: may this text still go under this comment? Pure."""

from schemas.replies import ReturnCode
from services.networks.network import Standing
from services.store.deliveries import Approval

MOST_TO_AUTHOR = 6
"""Replies to one author in one thread within `WINDOW`: people write slower than machines."""
MOST_IN_THREAD = 30
"""Replies in one thread within `WINDOW`, whoever they answer: one every twenty seconds."""


def why_not(approval: Approval, standing: Standing | None) -> ReturnCode | None:
    """Return why the reply must go back to a person, None when it may be posted.

    The approval is bound to the revision that the person saw: both our newest revision and the
    network's own must still be that one. What a network told us counts even where it cannot be
    read off the comment, as blocks on many.
    """
    if approval.planted:
        return "planted"
    if approval.deleted or standing is None:
        return "parent_gone"
    if approval.muted:
        return "thread_muted"
    if approval.revision != approval.approved_revision:
        return "parent_edited"
    if standing.revision != approval.native_revision:
        return "parent_edited"
    if approval.withheld is not None:
        return approval.withheld
    if standing.visibility not in ("public", "unlisted"):
        return "not_public"
    if not standing.can_reply:
        return standing.why_not or "locked"
    if runs_in_circles(approval):
        return "circuit_open"
    return None


def runs_in_circles(approval: Approval) -> bool:
    """True when so much was answered in so short a time that two machines may be talking.

    Then it is a person's turn to look; after a pause the same text may be approved again.
    """
    return approval.lately_to_author >= MOST_TO_AUTHOR or approval.lately >= MOST_IN_THREAD
