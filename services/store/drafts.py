"""What answer reads and writes: the comment with its thread, and the drafts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from schemas.comments import OfComment, Reason
from schemas.drafts import MadeStance, Sentence, Source
from services.kit.db import Connection
from services.store.bursts import WITHIN, keys_of, read_around


@dataclass(frozen=True)
class CommentToAnswer:
    """A comment that may still be answered, with the post it stands under."""

    text: str
    """Its own, after those of the earlier messages of its burst."""
    post: str
    author_key: str
    is_reply: bool
    said_at: datetime
    joined: tuple[str, ...] = ()
    """Those earlier messages, as `comment_key:revision`."""
    is_followed: bool = False
    """A later message of the same burst stands for all: the draft is made for that one."""
    awaits_sorting: bool = False
    """What the same person said at about the same time is not sorted yet and may belong to it."""


async def read_comment_to_answer(
    connection: Connection, event: OfComment, now: datetime
) -> CommentToAnswer | None:
    """Return the comment with what its author said just before it; None when it has changed."""
    async with connection.cursor(row_factory=class_row(CommentToAnswer)) as cursor:
        await cursor.execute(
            "select r.text, t.root_text as post, c.author_key,"
            " c.parent_id is not null as is_reply, c.created_at as said_at"
            " from comments c join comment_revisions r using (comment_key)"
            " join threads t using (thread_key)"
            " where c.comment_key = %(key)s and c.revision = %(revision)s"
            " and r.revision = %(revision)s and c.deleted_at is null"
            " and not is_muted(c, %(now)s)",
            {"key": event.comment_key, "revision": event.revision, "now": now},
        )
        comment = await cursor.fetchone()
    if comment is None:
        return None
    around = await read_around(connection, [event.comment_key])
    whole = next((one for one in around.bursts() if event.comment_key in keys_of(one)), ())
    earlier = whole[: keys_of(whole).index(event.comment_key)] if whole else ()
    return replace(
        comment,
        text="\n\n".join([*(one.text for one in earlier), comment.text]),
        joined=tuple(one.stamp for one in earlier),
        is_followed=bool(whole) and whole[-1].comment_key != event.comment_key,
        awaits_sorting=any(
            one.is_unsorted and abs(one.created_at - comment.said_at) <= WITHIN
            for one in around.said
            if one.comment_key != event.comment_key
        ),
    )


@dataclass(frozen=True)
class ThreadTurn:
    """Something that was said earlier in a thread."""

    author_key: str
    speaker: str
    text: str
    ours: bool
    said_at: datetime


async def read_thread_before(
    connection: Connection, comment_key: str, joined: Sequence[str] = ()
) -> list[ThreadTurn]:
    """Return what stands above a comment, what we said before it and the latest of the rest.

    Oldest first and without the comments in `joined`. A reply of ours counts from the moment the
    network took it, whether or not the network has told us of it yet.
    """
    async with connection.cursor(row_factory=class_row(ThreadTurn)) as cursor:
        members = [one.partition(":")[0] for one in joined]
        await cursor.execute(_THREAD, {"key": comment_key, "joined": members})
        return await cursor.fetchall()


_THREAD = """
with recursive asked as (select * from comments where comment_key = %(key)s),
above as (
    select comment_key, network, parent_id, 1 as level from asked
    union all
    select p.comment_key, p.network, p.parent_id, level + 1 from above
    join comments p on p.network = above.network and p.native_id = above.parent_id
    where level < 20
),
earlier as (
    select c.* from comments c, asked a
    where c.thread_key = a.thread_key and c.created_at < a.created_at and c.deleted_at is null
),
chosen as (
    select comment_key from above
    union (select comment_key from earlier order by created_at desc, comment_key limit 12)
    union (select comment_key from earlier where is_self order by created_at desc limit 6)
)
select c.author_key, coalesce(n.display_name, '?') as speaker, r.text, c.is_self as ours,
    c.created_at as said_at
from chosen join comments c using (comment_key) join comment_revisions r using (comment_key)
left join authors n using (author_key)
where r.revision = c.revision and c.deleted_at is null and c.comment_key <> %(key)s
    and c.comment_key <> all(%(joined)s)
union all
(select '', '', d.text, true, v.changed_at
from asked a join decisions d on d.thread_key = a.thread_key join deliveries v using (decision_id)
where v.state = 'sent' and d.comment_key <> a.comment_key and v.changed_at < a.created_at
    and not exists (select from comments o
        where o.network = v.network and o.native_id = v.native_id)
order by v.changed_at desc limit 6)
order by said_at
"""


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
    stance: MadeStance = "answer"
    cost: Decimal = Decimal(0)
    cache_key: str | None = None
    """Identical questions on unchanged passages share it."""
    reused: str | None = None
    """The earlier draft that this one repeats."""
    joined: Sequence[str] = ()
    """Earlier comments of a burst that it answers too, as `comment_key:revision`."""
    adapted_from: str | None = None
    """The approval whose text it offers."""


async def save_draft(connection: Connection, row: DraftRow) -> None:
    """Store a draft once; a second run under the same id changes nothing."""
    await connection.execute(
        "insert into drafts (draft_id, comment_key, revision, stance, outcome, reason, kind,"
        " language, text, sentences, sources, engine, prompt, tokens_in, tokens_out, cost,"
        " cache_key, reused, joined, adapted_from, seconds, created_at) values (%(draft_id)s,"
        " %(comment_key)s,"
        " %(revision)s, %(stance)s, %(outcome)s, %(reason)s, %(kind)s, %(language)s, %(text)s,"
        " %(sentences)s, %(sources)s, %(engine)s, %(prompt)s, %(tokens_in)s, %(tokens_out)s,"
        " %(cost)s, %(cache_key)s, %(reused)s, %(joined)s, %(adapted_from)s, %(seconds)s,"
        " %(created_at)s)"
        " on conflict (draft_id) do nothing",
        {
            **vars(row),
            "reason": Jsonb(row.reason.model_dump()) if row.reason else None,
            "sentences": Jsonb([sentence.model_dump(mode="json") for sentence in row.sentences]),
            "sources": Jsonb([source.model_dump(mode="json") for source in row.sources]),
            "joined": list(row.joined),
        },
    )
    cited = {citation.passage_id for one in row.sentences for citation in one.citations}
    if not cited:
        return
    await connection.execute(
        "insert into draft_citations (draft_id, publication_id)"
        " select distinct d.draft_id, p.publication_id from drafts d, passages p"
        " where d.draft_id = %s and p.passage_id = any(%s) on conflict do nothing",
        [row.draft_id, sorted(cited)],
    )


async def draft_outcome(connection: Connection, draft_id: str) -> tuple[str, str | None] | None:
    """Return outcome and kind of a stored draft, None when there is none."""
    row = await (
        await connection.execute("select outcome, kind from drafts where draft_id = %s", [draft_id])
    ).fetchone()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True)
class SameDraft:
    """An earlier draft of an identical question."""

    draft_id: str
    text: str
    sentences: list[Sentence]
    engine: str


async def find_same(connection: Connection, cache_key: str) -> SameDraft | None:
    """Return the newest written draft of the same question.

    Prompt, model and the live passages are part of the key.
    """
    row = await (
        await connection.execute(
            "select draft_id, text, sentences, engine from drafts where cache_key = %s"
            " and outcome = 'proposed' and kind = 'written' and reused is null"
            " order by created_at desc limit 1",
            [cache_key],
        )
    ).fetchone()
    if row is None:
        return None
    draft_id, text, sentences, engine = row
    return SameDraft(draft_id, text, [Sentence(**one) for one in sentences], engine)


async def was_silent(
    connection: Connection, comment_key: str, revision: int, cache_key: str
) -> bool:
    """Tell whether the same question on the same passages had no answer before."""
    row = await (
        await connection.execute(
            "select exists (select from drafts where comment_key = %s and revision = %s"
            " and cache_key = %s and outcome = 'no_source')",
            [comment_key, revision, cache_key],
        )
    ).fetchone()
    return bool(row and row[0])


async def is_silent(
    connection: Connection,
    comment_key: str,
    revision: int,
    stance: MadeStance,
    joined: Sequence[str] = (),
) -> bool:
    """Tell whether the newest word on a revision and its burst is that there is no draft."""
    row = await (
        await connection.execute(
            "select outcome <> 'proposed' from drafts where comment_key = %s and revision = %s"
            " and stance = %s and joined = %s order by created_at desc, draft_id limit 1",
            [comment_key, revision, stance, list(joined)],
        )
    ).fetchone()
    return bool(row and row[0])


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
