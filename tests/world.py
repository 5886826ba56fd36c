"""Seed a database with a small world, through the functions that the services use."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from schemas.comments import (
    CommentDeleted,
    CommentEdited,
    CommentReceived,
    CommentRouted,
    Kind,
    Lane,
    Reason,
)
from schemas.drafts import (
    Citation,
    DraftDeclined,
    DraftKind,
    DraftProposed,
    MadeStance,
    Sentence,
    Source,
)
from schemas.replies import ReplyPosted, ReplyReturned
from services.kit.db import Pool, transaction
from services.kit.pseudonym import long_key, short_key
from services.review.refresh import refresh
from services.store import deliveries, drafts, intake, routings

NETWORK = "sandbox"
PASSAGE = (
    "Der Eigenanteil beträgt zehn Prozent der bewilligten Summe. Er kann auch durch eigene Arbeit"
    " erbracht werden: Eine Stunde wird mit 15 Euro angerechnet."
)
QUOTE = "Eine Stunde wird mit 15 Euro angerechnet."


def source(passage_id: int = 1, text: str = PASSAGE, **fields: Any) -> Source:
    """Return a passage as a draft keeps it."""
    shown: dict[str, Any] = {
        "publication_id": "0123456789abcdef",
        "title": "Förderrichtlinien Hofwende 2027",
        "edition": 2,
        "published_on": date(2026, 11, 9),
        "author": "Stiftung Regenlinde",
        "url": "https://www.regenlinde.example/hofwende",
        "heading": "4 Eigenanteil",
        "page_from": 7,
        "page_to": 7,
        "score": 0.9,
    }
    return Source(passage_id=passage_id, text=text, **{**shown, **fields})


@dataclass(frozen=True)
class Seeded:
    """A stored comment and what messages about it say."""

    comment_key: str
    thread_key: str
    revision: int
    row: intake.CommentRow

    @property
    def keys(self) -> dict[str, Any]:
        return {
            "happened_at": datetime.now(UTC),
            "network": self.row.network,
            "thread_key": self.thread_key,
            "comment_key": self.comment_key,
            "revision": self.revision,
        }

    def received(self) -> CommentReceived:
        return CommentReceived(**self.keys)

    def edited(self) -> CommentEdited:
        return CommentEdited(**self.keys)

    def deleted(self) -> CommentDeleted:
        return CommentDeleted(**self.keys)


@dataclass
class World:
    """Writes what ingest, route, answer and deliver would have written."""

    pool: Pool
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def comment(
        self,
        text: str = "Wie hoch ist der Eigenanteil?",
        *,
        thread: str = "post-1",
        author: str | None = None,
        parent: Seeded | None = None,
        page: str = "Stiftung Regenlinde",
        post: str = "Ab heute könnt ihr euch für Hofwende bewerben.",
        ago: timedelta = timedelta(),
        **fields: Any,
    ) -> Seeded:
        """Store a comment, its thread and page; `fields` replace columns of the comment.

        Without an `author` it is by somebody of the name Mira Sonntag, each time somebody else.
        """
        now = self.began - ago
        native_id = f"c{next(self._numbers)}"
        author_id = f"mira-{native_id}" if author is None else author
        author = "Mira Sonntag" if author is None else author
        row = intake.CommentRow(
            comment_key=long_key(NETWORK, native_id), network=NETWORK, native_id=native_id,
            connection="sandbox:test", thread_key=short_key(NETWORK, thread),
            parent_id=parent.row.native_id if parent else None,
            author_key=long_key("author", author_id), author_id=author_id, author_name=author,
            author_handle=f"@{author.lower().replace(' ', '')}" if author else "", is_self=False,
            url=f"https://sandbox.example/{native_id}", visibility="public", created_at=now,
            native_revision="1", revised_at=now, text=text,
        )  # fmt: skip
        row = replace(row, **fields)
        place = intake.ThreadRow(
            thread_key=row.thread_key, network=NETWORK, root_id=thread, root_text=post,
            root_url="https://sandbox.example/post", page_key=short_key(NETWORK, page),
            page_id=page, page_name=page, relation="own", page_url=None,
        )  # fmt: skip
        async with transaction(self.pool) as connection:
            await intake.keep_thread(connection, place, now)
            await intake.insert_comment(connection, row, now)
        return Seeded(row.comment_key, row.thread_key, 1, row)

    async def edit(self, seeded: Seeded, text: str = "Und wie hoch ist er wirklich?") -> Seeded:
        """Store the next revision of a comment."""
        revision = seeded.revision + 1
        row = replace(seeded.row, text=text, native_revision=str(revision))
        async with transaction(self.pool) as connection:
            await intake.revise_comment(connection, row, revision, datetime.now(UTC))
        return Seeded(seeded.comment_key, seeded.thread_key, revision, row)

    async def delete(self, seeded: Seeded) -> Seeded:
        async with transaction(self.pool) as connection:
            await intake.erase_comments(connection, [seeded.comment_key], datetime.now(UTC))
        return seeded

    async def route(
        self,
        seeded: Seeded,
        lane: Lane = "answer",
        kind: Kind = "question",
        *,
        muted: bool = False,
        cause: str = "arrival",
        reasons: Sequence[Reason] = (Reason(rule="asks"),),
        language: str = "de",
        surfaced: bool = False,
    ) -> CommentRouted:
        """Store into which lane the comment went and return the message that says so."""
        routed = CommentRouted(
            **seeded.keys, cause=cause, lane=lane, kind=kind, muted=muted,
            rules=[reason.rule for reason in reasons],
            language=language,
        )  # fmt: skip
        async with transaction(self.pool) as connection:
            await routings.save_routing(connection, routed, reasons, "test", surfaced=surfaced)
        return routed

    async def draft(
        self,
        seeded: Seeded,
        text: str = f"Danke für die Frage! {QUOTE}",
        *,
        outcome: Literal["proposed", "no_source", "check_failed", "model_failed"] = "proposed",
        kind: DraftKind = "quoted",
        sentences: Sequence[Sentence] | None = None,
        sources: Sequence[Source] | None = None,
        reason: Reason | None = None,
        stance: MadeStance = "answer",
        joined: Sequence[str] = (),
        adapted_from: str | None = None,
    ) -> DraftProposed | DraftDeclined:
        """Store a draft of the comment's revision and return the message that says so."""
        draft_id = f"{next(self._numbers):032x}"
        proposed = outcome == "proposed"
        spoken = sentences if sentences is not None else (
            Sentence(text="Danke für die Frage!", kind="courtesy"),
            Sentence(text=QUOTE, kind="fact", citations=[Citation(passage_id=1, quote=QUOTE)]),
        )  # fmt: skip
        row = drafts.DraftRow(
            draft_id=draft_id, comment_key=seeded.comment_key, revision=seeded.revision,
            outcome=outcome, reason=reason, kind=kind if proposed else None, language="de",
            text=text if proposed else "", sentences=list(spoken) if proposed else [],
            sources=list(sources if sources is not None else [source()]), engine="test",
            prompt=None, tokens_in=0, tokens_out=0, seconds=0.1, created_at=datetime.now(UTC),
            stance=stance, joined=joined, adapted_from=adapted_from,
        )  # fmt: skip
        async with transaction(self.pool) as connection:
            await drafts.save_draft(connection, row)
        if outcome == "proposed":
            return DraftProposed(**seeded.keys, draft_id=draft_id, kind=kind, stance=stance)
        return DraftDeclined(**seeded.keys, draft_id=draft_id, reason=outcome)

    async def posted(self, seeded: Seeded, decision_id: str) -> ReplyPosted:
        """Store that an approved text stands on the network."""
        url = f"https://sandbox.example/reply-{decision_id[:6]}"
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            approval = await deliveries.read_approval(connection, decision_id, now)
            assert approval is not None
            await deliveries.mark_sending(connection, approval, now, now)
            await deliveries.mark_sent(connection, approval, f"r-{decision_id}", url, now)
        return ReplyPosted(**seeded.keys, decision_id=decision_id, url=url)

    async def returned(
        self, seeded: Seeded, decision_id: str, code: Literal["locked", "thread_muted"] = "locked"
    ) -> ReplyReturned:
        """Store that an approved text was not posted."""
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            approval = await deliveries.read_approval(connection, decision_id, now)
            assert approval is not None
            await deliveries.mark_returned(connection, approval, code, now)
        return ReplyReturned(**seeded.keys, decision_id=decision_id, code=code)

    async def item(
        self, *args: Any, lane: Lane = "answer", kind: Kind = "question", draft: bool = True,
        **fields: Any,
    ) -> Seeded:  # fmt: skip
        """Store a comment that waits in the queue, with a quoted draft unless told otherwise."""
        seeded = await self.comment(*args, **fields)
        await self.route(seeded, lane, kind)
        if draft and lane == "answer":
            await self.draft(seeded)
        await self.show(seeded)
        return seeded

    async def show(self, *seeded: Seeded) -> None:
        """Bring the items of comments up to date."""
        async with transaction(self.pool) as connection:
            await refresh(connection, [one.comment_key for one in seeded])
