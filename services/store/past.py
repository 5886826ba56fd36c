"""Comments of the past as they stood when they were decided about, and what was recorded then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from schemas.comments import Kind, Lane, OfComment, Reason
from schemas.drafts import Sentence
from schemas.replays import LeftOut
from services.kit.db import Connection
from services.store.decisions import RELANED
from services.store.drafts import CommentToAnswer
from services.store.routings import CommentToSort


@dataclass(frozen=True)
class Window:
    """Which comments are looked at: by when they were first sorted, and on which page."""

    since: datetime
    until: datetime
    page: str = ""
    """Key, name or address of a page on its network; empty: all of ours."""


@dataclass(frozen=True)
class Candidate:
    """A comment of the window; one that cannot be looked at once more says why."""

    comment_key: str
    left_out: LeftOut | None


_LAST = """left join lateral (select e.* from decisions e
    where (e.comment_key = c.comment_key or comments_of(e.joined) @> array[c.comment_key])
    and e.action in ('approve', 'reject', 'close', 'reopen', 'withdraw', 'undo', 'endorse')
    order by e.number desc limit 1) x on true"""
_OF_REVISION = """coalesce((select split_part(one, ':', 2)::integer from unnest(x.joined) one
    where split_part(one, ':', 1) = c.comment_key), x.revision)"""
_CANDIDATES = f"""
select c.comment_key, case
        when c.retired_at is not null or e.scope = 'thread' then 'expired'
        when c.erasure_id is not null then 'erased'
        when c.deleted_at is not null then 'deleted'
        when s.first_at is null then 'unsorted'
        when r.comment_key is null or {_OF_REVISION} <> c.revision then 'edited'
        when r.lane = 'answer' and not r.muted and i.status is distinct from 'joined'
            and not exists (select from drafts d where d.comment_key = c.comment_key
                and d.revision = c.revision) then 'undrafted'
    end as left_out
from comments c join threads t using (thread_key) join pages p using (page_key)
left join lateral (select min(routed_at) as first_at from routings a
    where a.comment_key = c.comment_key and a.cause = 'arrival') s on true
left join routings r on r.comment_key = c.comment_key and r.revision = c.revision
    and r.cause = 'arrival' and r.routed_at < %(until)s
left join erasures e on e.erasure_id = c.erasure_id
left join items i on i.comment_key = c.comment_key
{_LAST}
where not c.is_self and c.watch_id is null
    and coalesce(s.first_at, c.first_seen) >= %(since)s
    and coalesce(s.first_at, c.first_seen) < %(until)s
    and (%(page)s = '' or %(page)s in (p.page_key, p.name, p.native_id))
order by coalesce(s.first_at, c.first_seen), c.comment_key
"""  # noqa: S608 - put together from constants


async def read_candidates(connection: Connection, window: Window) -> list[Candidate]:
    """Return the comments of other people that were sorted in the window, the oldest first."""
    async with connection.cursor(row_factory=class_row(Candidate)) as cursor:
        await cursor.execute(_CANDIDATES.encode(), vars(window))
        return await cursor.fetchall()


async def page_exists(connection: Connection, page: str) -> bool:
    """Tell whether a page has this key, name or address."""
    found = await connection.execute(
        "select from pages where %(page)s in (page_key, name, native_id) limit 1", {"page": page}
    )
    return await found.fetchone() is not None


class Past(BaseModel):
    """One comment with what was recorded about it; empty where nothing was."""

    model_config = ConfigDict(frozen=True)

    comment_key: str
    revision: int
    network: str
    thread_key: str
    author_key: str
    is_reply: bool
    said_at: datetime
    text: str
    post: str
    lane: Lane
    kind: Kind
    reasons: list[Reason]
    muted: bool
    surfaced: bool
    routed_at: datetime
    muted_personally: bool
    muted_by_person_at: datetime | None
    suggested: bool
    strict: bool
    is_joined: bool
    """A later message of the same person stands for it."""
    draft_id: str | None
    outcome: str | None
    reason: Reason | None
    draft_text: str
    sentences: list[Sentence]
    joined: list[str]
    adapted: bool
    tokens: int
    cost: Decimal
    seconds: float | None
    action: str | None
    """The last decision about what becomes of it."""
    decided_draft: str | None
    decided_text: str
    edited: bool | None
    relaned: Kind | None
    live: list[int]
    """Passages of the draft that still stand."""

    @property
    def event(self) -> OfComment:
        """Return what names the comment on the bus, where this is never sent."""
        return OfComment.model_construct(
            happened_at=self.routed_at, network=self.network, thread_key=self.thread_key,
            comment_key=self.comment_key, revision=self.revision,
        )  # fmt: skip

    @property
    def to_sort(self) -> CommentToSort:
        return CommentToSort(
            text=self.text, is_reply=self.is_reply, author_key=self.author_key,
            muted=self.muted or self.surfaced, muted_personally=self.muted_personally,
            decided_at=self.muted_by_person_at,
        )  # fmt: skip

    def to_answer(self, earlier: Sequence[str]) -> CommentToAnswer:
        """Return it below the texts of the earlier messages that its draft answered too."""
        return CommentToAnswer(
            text="\n\n".join([*earlier, self.text]), post=self.post, author_key=self.author_key,
            is_reply=self.is_reply, said_at=self.said_at, joined=tuple(self.joined),
        )  # fmt: skip


_PAST = f"""
select c.comment_key, r.revision, c.network, c.thread_key, c.author_key,
    c.parent_id is not null as is_reply, c.created_at as said_at, v.text, t.root_text as post,
    r.lane, r.kind, r.reasons, r.muted, r.surfaced, r.routed_at,
    coalesce(m.personal, false) as muted_personally, m.decided_at as muted_by_person_at,
    s.strict is not null as suggested, coalesce(s.strict, false) as strict,
    coalesce(i.status = 'joined', false) as is_joined,
    d.draft_id, d.outcome, d.reason, coalesce(d.text, '') as draft_text,
    coalesce(d.sentences, '[]') as sentences, coalesce(d.joined, '{{}}') as joined,
    d.adapted_from is not null as adapted, coalesce(d.tokens_in + d.tokens_out, 0) as tokens,
    coalesce(d.cost, 0) as cost, d.seconds, x.action, x.draft_id as decided_draft,
    coalesce(x.text, '') as decided_text, x.edited, p.kind as relaned,
    array(select a.passage_id from passages a where a.retired_at is null and a.passage_id in
        (select (one ->> 'passage_id')::bigint from jsonb_array_elements(d.sources) one)) as live
from comments c join comment_revisions v using (comment_key, revision)
join routings r on r.comment_key = c.comment_key and r.revision = c.revision
    and r.cause = 'arrival'
join threads t using (thread_key)
left join items i on i.comment_key = c.comment_key
left join mute_suggestions s on s.comment_key = c.comment_key and s.revision = c.revision
{_LAST}
{RELANED}
left join lateral (select * from drafts f where f.comment_key = c.comment_key
    and f.revision = c.revision and f.stance = 'answer'
    order by f.draft_id is not distinct from x.draft_id desc, f.created_at desc, f.draft_id
    limit 1) d on true
left join lateral (select bool_or(a.author_key is not null) as personal,
        max(a.muted_at) filter (where a.account_id <> 'system') as decided_at
    from mutes a left join mute_lifts l using (mute_id)
    where a.thread_key = c.thread_key and a.muted_at <= r.routed_at and a.expires_at > r.routed_at
    and (l.lifted_at is null or l.lifted_at > r.routed_at)
    and (a.author_key is null or a.author_key = c.author_key)) m on true
where c.comment_key = %s and c.deleted_at is null
"""  # noqa: S608 - put together from constants


async def read_past(connection: Connection, comment_key: str) -> Past | None:
    """Return a comment as it was sorted, drafted and decided; None when it is gone meanwhile."""
    async with connection.cursor(row_factory=class_row(Past)) as cursor:
        await cursor.execute(_PAST.encode(), [comment_key])
        return await cursor.fetchone()


async def read_earlier(connection: Connection, stamps: Sequence[str]) -> list[str] | None:
    """Return the texts of `comment_key:revision` stamps in their order; None when one is gone."""
    rows = await connection.execute(
        "select v.comment_key || ':' || v.revision, v.text from comment_revisions v"
        " join comments c using (comment_key) where c.deleted_at is null"
        " and v.comment_key = any(comments_of(%s::text[]))",
        [list(stamps)],
    )
    texts = {stamp: text async for stamp, text in rows}
    return [texts[stamp] for stamp in stamps] if set(stamps) <= texts.keys() else None


@dataclass(frozen=True)
class Usual:
    """What a draft by a language model has cost on average."""

    drafts: int
    tokens_in: float
    tokens_out: float
    seconds: float


async def usual_draft(connection: Connection) -> Usual:
    """Return the mean of the latest drafts for which a model was asked; zeros before the first."""
    async with connection.cursor(row_factory=class_row(Usual)) as cursor:
        await cursor.execute(
            "select count(*)::integer as drafts, coalesce(avg(tokens_in), 0)::float8 as tokens_in,"
            " coalesce(avg(tokens_out), 0)::float8 as tokens_out,"
            " coalesce(avg(seconds), 0)::float8 as seconds"
            " from (select * from drafts where tokens_in > 0 order by created_at desc limit 500) d"
        )
        return await cursor.fetchone() or Usual(0, 0, 0, 0)
