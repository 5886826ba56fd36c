"""What a reply may be on each network, also on those known by name only."""

from services.networks.connections import KINDS
from services.networks.network import Capabilities

ELSEWHERE = Capabilities(
    receive="webhook",
    reply_on_own_pages=False,
    reply_on_watched_pages=False,
    hide=False,
    delete_own_reply=False,
    sees_edits=True,
    sees_deletes=True,
    keyed_posting=False,
    max_length=500,
    length_unit="character",
    reply_depth=None,
)
"""A network we hear of through a file or the webhook: nothing is posted there by us."""


def place(network: str) -> Capabilities:
    """Return what a network lets us do, `ELSEWHERE` where we have no connector."""
    kind = KINDS.get(network)
    return kind.capabilities if kind else ELSEWHERE
