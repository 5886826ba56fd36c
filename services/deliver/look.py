"""The last look before posting: may this text still go under this comment? Pure."""

from schemas.replies import ReturnCode
from services.networks.network import Standing
from services.store.deliveries import Approval


def why_not(approval: Approval, standing: Standing | None) -> ReturnCode | None:
    """Return why the reply must go back to a person, None when it may be posted.

    The approval is bound to the revision that the person saw: both our newest revision and the
    network's own must still be that one.
    """
    if approval.deleted or standing is None:
        return "parent_gone"
    if approval.muted:
        return "thread_muted"
    if approval.revision != approval.approved_revision:
        return "parent_edited"
    if standing.revision != approval.native_revision:
        return "parent_edited"
    if standing.visibility not in ("public", "unlisted"):
        return "not_public"
    if not standing.can_reply:
        return standing.why_not or "locked"
    return None
