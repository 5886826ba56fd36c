"""The bus on one page: every stream and every consumer. Read this first.

Times are in seconds. `provision` creates and upgrades what stands here; services only bind to it.
"""

from dataclasses import dataclass

from schemas.comments import (
    CommentDeleted,
    CommentEdited,
    CommentReceived,
    CommentRestored,
    CommentRouted,
    CommentWithheld,
)
from schemas.drafts import (
    DraftApproved,
    DraftDeclined,
    DraftOutdated,
    DraftProposed,
    DraftRequested,
)
from schemas.message import Message
from schemas.publications import (
    PublicationIndexed,
    PublicationRemoved,
    PublicationSubmitted,
    PublicationWithdrawn,
)
from schemas.questions import QuestionTried
from schemas.replies import (
    ReplyDelayed,
    ReplyKept,
    ReplyPosted,
    ReplyRemoved,
    ReplyReturned,
    ReplyWithdrawn,
)
from schemas.threads import MuteSuggested, ThreadMuted, ThreadUnmuted
from schemas.watches import PostDeleted, PostEdited, PostSeen

DAY = 86_400.0
MIB = 1024**2


@dataclass(frozen=True)
class Stream:
    """A family of subjects, kept for `max_age`, or until half of `max_bytes` is needed for others.

    Only what every consumer has acknowledged makes room; full means that publishers wait.
    """

    name: str
    subjects: tuple[str, ...]
    max_age: float
    max_bytes: int = 128 * MIB
    duplicate_window: float = 600.0
    latest_only: bool = False
    """Of each subject the latest message only, and a full stream lets go of its oldest."""


@dataclass(frozen=True)
class Consumer:
    """A durable reader: one per handler, shared by all instances of its service."""

    name: str
    stream: str
    subject: str
    workers: int = 8
    """Handlers at once in one instance."""
    ack_wait: float = 60.0
    """Silence after which the server gives the message to another instance."""
    tries: int = 5
    """Failures of the handler's own fault before the message goes to the dead letters."""

    @property
    def service(self) -> str:
        return self.name.partition("_")[0]


TRIES = Stream("tries", ("tries.>",), max_age=7 * DAY, max_bytes=16 * MIB, latest_only=True)
"""Which process is at a message that was delivered before: `tries.<consumer>.<sequence>`."""

STREAMS = (
    Stream("comments", ("comments.>",), max_age=30 * DAY, max_bytes=512 * MIB),
    Stream("threads", ("threads.>",), max_age=30 * DAY),
    Stream("drafts", ("drafts.>",), max_age=30 * DAY, max_bytes=512 * MIB),
    Stream("replies", ("replies.>",), max_age=30 * DAY),
    Stream("posts", ("posts.>",), max_age=30 * DAY),
    Stream("publications", ("publications.>",), max_age=30 * DAY),
    Stream("questions", ("questions.>",), max_age=DAY, max_bytes=16 * MIB),
    Stream("dead", ("dead.>",), max_age=365 * DAY),
    Stream("advisories", ("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",), max_age=30 * DAY),
    TRIES,
)

INDEX_SUBMITTED = Consumer(
    "index_submitted", "publications", "publications.submitted.>", workers=1, ack_wait=180
)
INDEX_WITHDRAWN = Consumer("index_withdrawn", "publications", "publications.withdrawn.>", workers=1)
ROUTE_RECEIVED = Consumer("route_received", "comments", "comments.received.>", workers=32)
ROUTE_EDITED = Consumer("route_edited", "comments", "comments.edited.>")
ROUTE_UNMUTED = Consumer("route_unmuted", "threads", "threads.unmuted.>", workers=1)
ANSWER_ROUTED = Consumer(
    "answer_routed", "comments", "comments.routed.answer.>", workers=4, ack_wait=120
)
ANSWER_REQUESTED = Consumer(
    "answer_requested", "drafts", "drafts.requested.>", workers=4, ack_wait=120
)
ANSWER_OUTDATED = Consumer(
    "answer_outdated", "drafts", "drafts.outdated.>", workers=4, ack_wait=120
)
ANSWER_INDEXED = Consumer(
    "answer_indexed", "publications", "publications.indexed.>", workers=1, ack_wait=120
)
ANSWER_REMOVED = Consumer(
    "answer_removed", "publications", "publications.removed.>", workers=1, ack_wait=120
)
ANSWER_TRIED = Consumer("answer_tried", "questions", "questions.tried.>", workers=2, ack_wait=120)
ANSWER_POSTED = Consumer("answer_posted", "replies", "replies.posted.>", workers=1, ack_wait=120)
REVIEW_ROUTED = Consumer("review_routed", "comments", "comments.routed.>", workers=16)
REVIEW_EDITED = Consumer("review_edited", "comments", "comments.edited.>")
REVIEW_DELETED = Consumer("review_deleted", "comments", "comments.deleted.>")
REVIEW_WITHHELD = Consumer("review_withheld", "comments", "comments.withheld.>")
REVIEW_RESTORED = Consumer("review_restored", "comments", "comments.restored.>")
REVIEW_OUTDATED = Consumer("review_outdated", "drafts", "drafts.outdated.>")
REVIEW_PROPOSED = Consumer("review_proposed", "drafts", "drafts.proposed.>")
REVIEW_DECLINED = Consumer("review_declined", "drafts", "drafts.declined.>")
REVIEW_POSTED = Consumer("review_posted", "replies", "replies.posted.>")
REVIEW_RETURNED = Consumer("review_returned", "replies", "replies.returned.>")
REVIEW_DELAYED = Consumer("review_delayed", "replies", "replies.delayed.>")
REVIEW_REMOVED = Consumer("review_removed", "replies", "replies.removed.>")
REVIEW_KEPT = Consumer("review_kept", "replies", "replies.kept.>")
REVIEW_SUGGESTED = Consumer("review_suggested", "threads", "threads.suggested.>", workers=2)
REVIEW_DEAD = Consumer("review_dead", "dead", "dead.>")
DELIVER_APPROVED = Consumer(
    "deliver_approved", "drafts", "drafts.approved.>", workers=4, ack_wait=120
)
DELIVER_WITHDRAWN = Consumer(
    "deliver_withdrawn", "replies", "replies.withdrawn.>", workers=2, ack_wait=120
)
OUTREACH_SEEN = Consumer("outreach_seen", "posts", "posts.seen.>", workers=4)
OUTREACH_EDITED = Consumer("outreach_edited", "posts", "posts.edited.>", workers=2)
OUTREACH_DELETED = Consumer("outreach_deleted", "posts", "posts.deleted.>", workers=2)

CONSUMERS = (
    INDEX_SUBMITTED,
    INDEX_WITHDRAWN,
    ROUTE_RECEIVED,
    ROUTE_EDITED,
    ROUTE_UNMUTED,
    ANSWER_ROUTED,
    ANSWER_REQUESTED,
    ANSWER_OUTDATED,
    ANSWER_INDEXED,
    ANSWER_REMOVED,
    ANSWER_TRIED,
    ANSWER_POSTED,
    REVIEW_ROUTED,
    REVIEW_EDITED,
    REVIEW_DELETED,
    REVIEW_WITHHELD,
    REVIEW_RESTORED,
    REVIEW_OUTDATED,
    REVIEW_PROPOSED,
    REVIEW_DECLINED,
    REVIEW_POSTED,
    REVIEW_RETURNED,
    REVIEW_DELAYED,
    REVIEW_REMOVED,
    REVIEW_KEPT,
    REVIEW_SUGGESTED,
    REVIEW_DEAD,
    DELIVER_APPROVED,
    DELIVER_WITHDRAWN,
    OUTREACH_SEEN,
    OUTREACH_EDITED,
    OUTREACH_DELETED,
)

MESSAGES: tuple[type[Message], ...] = (
    CommentReceived,
    CommentEdited,
    CommentDeleted,
    CommentWithheld,
    CommentRestored,
    CommentRouted,
    MuteSuggested,
    ThreadMuted,
    ThreadUnmuted,
    DraftRequested,
    DraftOutdated,
    DraftProposed,
    DraftDeclined,
    DraftApproved,
    ReplyPosted,
    ReplyReturned,
    ReplyDelayed,
    ReplyWithdrawn,
    ReplyRemoved,
    ReplyKept,
    PublicationSubmitted,
    PublicationIndexed,
    PublicationWithdrawn,
    PublicationRemoved,
    QuestionTried,
    PostSeen,
    PostEdited,
    PostDeleted,
)
