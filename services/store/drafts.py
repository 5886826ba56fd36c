"""What answer reads and writes: the comment with its thread, and the drafts."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from schemas.comments import OfComment, Reason
from schemas.drafts import Sentence, Source
from services.kit.db import Connection


@dataclass(frozen=True)
class CommentToAnswer:
    """A comment that may still be answered, with the post it stands under."""

    text: str
    post: str
    author_key: str
    created_at: datetime


async def read_comment_to_answer(
    connection: Connection, event: OfComment, now: datetime
) -> CommentToAnswer | None:
    """Return the comment; None when it was edited, deleted or muted in the meantime."""
    async with connection.cursor(row_factory=class_row(CommentToAnswer)) as cursor:
        await cursor.execute(
            "select r.text, t.root_text as post, c.author_key, c.created_at"
            " from comments c join comment_revisions r using (comment_key)"
            " join threads t using (thread_key)"
            " where c.comment_key = %(key)s and c.revision = %(revision)s"
            " and r.revision = %(revision)s and c.deleted_at is null"
            " and not exists (select from active_mutes m where m.thread_key = c.thread_key"
            " and m.expires_at > %(now)s)",
            {"key": event.comment_key, "revision": event.revision, "now": now},
        )
        return await cursor.fetchone()


async def read_thread_before(
    connection: Connection, thread_key: str, before: datetime, *, limit: int = 12
) -> list[str]:
    """Return the latest comments before a moment, oldest first; ours begin with `wir:`."""
    rows = await connection.execute(
        "select case when c.is_self then 'wir' else coalesce(a.display_name, '?') end, r.text"
        " from comments c join comment_revisions r on r.comment_key = c.comment_key"
        " and r.revision = c.revision left join authors a using (author_key)"
        " where c.thread_key = %s and c.created_at < %s and c.deleted_at is null"
        " order by c.created_at desc, c.comment_key limit %s",
        [thread_key, before, limit],
    )
    return [f"{name}: {text}" async for name, text in rows][::-1]


@dataclass(frozen=True)
class DraftRow:
    """A draft, or the reason why there is none."""

    draft_id: str
    comment_key: str
    revision: int
    outcome: str
    reason: Reason | None
    kind: str | None
    language: str
    text: str
    sentences: list[Sentence]
    sources: list[Source]
    engine: str
    prompt: str | None
    tokens_in: int
    tokens_out: int
    seconds: float
    created_at: datetime


async def save_draft(connection: Connection, row: DraftRow) -> None:
    """Store a draft once; a second run under the same id changes nothing."""
    await connection.execute(
        "insert into drafts (draft_id, comment_key, revision, outcome, reason, kind, language,"
        " text, sentences, sources, engine, prompt, tokens_in, tokens_out, seconds, created_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (draft_id) do nothing",
        [
            row.draft_id,
            row.comment_key,
            row.revision,
            row.outcome,
            Jsonb(row.reason.model_dump()) if row.reason else None,
            row.kind,
            row.language,
            row.text,
            Jsonb([sentence.model_dump(mode="json") for sentence in row.sentences]),
            Jsonb([source.model_dump(mode="json") for source in row.sources]),
            row.engine,
            row.prompt,
            row.tokens_in,
            row.tokens_out,
            row.seconds,
            row.created_at,
        ],
    )


async def draft_outcome(connection: Connection, draft_id: str) -> tuple[str, str | None] | None:
    """Return outcome and kind of a stored draft, None when there is none."""
    row = await (
        await connection.execute("select outcome, kind from drafts where draft_id = %s", [draft_id])
    ).fetchone()
    return (row[0], row[1]) if row else None


async def tokens_since(connection: Connection, since: datetime) -> int:
    """Return the tokens that all drafts since a moment have cost."""
    row = await (
        await connection.execute(
            "select coalesce(sum(tokens_in + tokens_out), 0) from drafts where created_at >= %s",
            [since],
        )
    ).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True)
class ShownDraft:
    """A proposed draft beside the comment it answers."""

    comment: str
    kind: str
    text: str
    sentences: list[Sentence]
    sources: list[Source]


async def first_drafts(connection: Connection, *, limit: int) -> list[ShownDraft]:
    """Return the oldest proposed drafts of comments that stand unchanged."""
    rows = await connection.execute(
        "select r.text, d.kind, d.text, d.sentences, d.sources from drafts d"
        " join comments c using (comment_key, revision)"
        " join comment_revisions r using (comment_key, revision)"
        " where d.outcome = 'proposed' and c.deleted_at is null"
        " order by c.created_at, d.draft_id limit %s",
        [limit],
    )
    return [
        ShownDraft(
            comment,
            kind,
            text,
            [Sentence(**sentence) for sentence in sentences],
            [Source(**source) for source in sources],
        )
        async for comment, kind, text, sentences, sources in rows
    ]


async def work_left(connection: Connection) -> int:
    """Return how many comments and drafts are still on their way through the services."""
    row = await (
        await connection.execute(
            "select (select count(*) from outbox where due_at <= now())"
            " + (select count(distinct i.comment_key) from intake i where i.dropped is null"
            "    and not exists (select from items where comment_key = i.comment_key)"
            "    and not exists (select from dead_letters where comment_key = i.comment_key))"
            " + (select count(*) from items where status = 'open' and draft_state = 'pending'"
            "    and not exists (select from dead_letters d"
            "    where d.comment_key = items.comment_key and settled_at is null))"
        )
    ).fetchone()
    return int(row[0]) if row else 0
