"""What a decision was made on: the record behind each published reply, for one and for all."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from schemas.comments import Kind, Lane
from schemas.drafts import Source, Stance
from services.kit.db import Pool
from services.store.decisions import Action

CHUNK = 500
"""Records read at once: an export holds no transaction open while somebody downloads."""


class Record(BaseModel):
    """A decision with what it was made on and what became of it."""

    model_config = ConfigDict(frozen=True)

    number: int
    decision_id: str
    action: Action
    decided_at: datetime
    account_id: str
    name: str | None
    """Of the person; None when the account is gone."""
    seconds: str | None
    """The first approval of the same text, by somebody else: who wrote it."""
    first_account_id: str | None
    first_name: str | None
    first_decided_at: datetime | None
    seconded_by: str | None
    """The approval that made this first one count."""
    network: str
    page_name: str
    thread_key: str
    comment_key: str | None
    """None when it is about the whole thread."""
    revision: int | None
    comment_url: str | None
    comment_text: str | None
    """The revision that the person saw; None when it was erased since."""
    lane: Lane | None
    """Of the sorting that stood at that time."""
    kind: Kind | None
    sorted_by: str | None
    """Rules and model of the sorting."""
    relaned_to: Kind | None
    """What a `relane` said."""
    stance: Stance | None
    wording: str | None
    reason: str | None
    text: str | None
    """What the person approved."""
    draft_id: str | None
    draft_text: str | None
    draft_kind: str | None
    engine: str | None
    prompt: str | None
    """Name and version."""
    tokens_in: int | None
    tokens_out: int | None
    cost: Decimal | None
    drafted_at: datetime | None
    sources: list[Source] | None
    """Passages as they were shown."""
    cited: list[int] | None
    """Ids of those among them that the draft cites."""
    joined: list[str]
    delivery: str | None
    code: str | None
    reply_url: str | None
    delivered_at: datetime | None

    @property
    def edited(self) -> bool | None:
        """Whether the approved text differs from the draft's; None without one of the two."""
        if self.text is None or self.draft_text is None:
            return None
        return self.text.strip() != self.draft_text.strip()


_RECORD = """
select d.number, d.decision_id, d.action, d.decided_at, d.account_id, b.name,
    d.seconds, w.account_id as first_account_id, g.name as first_name,
    w.decided_at as first_decided_at, (select min(l.decision_id) from decisions l
        where l.seconds = d.decision_id) as seconded_by, t.network,
    p.name as page_name, d.thread_key, d.comment_key, d.revision, c.url as comment_url,
    e.text as comment_text, s.lane, s.kind, nullif(concat_ws(' ', s.rules, nullif(s.model, '')), '')
    as sorted_by, d.kind as relaned_to, d.stance, d.wording, d.reason, d.text, d.draft_id,
    f.text as draft_text, f.kind as draft_kind, f.engine, f.prompt, f.tokens_in, f.tokens_out,
    f.cost, f.created_at as drafted_at, f.sources, array(select distinct q::bigint
        from jsonb_path_query(f.sentences, '$[*].citations[*].passage_id') q order by 1) as cited,
    d.joined, v.state as delivery, v.code, v.url as reply_url, v.changed_at as delivered_at
from decisions d
join threads t using (thread_key)
join pages p using (page_key)
left join comments c on c.comment_key = d.comment_key
left join comment_revisions e on e.comment_key = d.comment_key and e.revision = d.revision
left join accounts b on b.account_id = d.account_id
left join decisions w on w.decision_id = d.seconds
left join accounts g on g.account_id = w.account_id
left join drafts f on f.draft_id = d.draft_id
left join deliveries v on v.decision_id = d.decision_id
left join lateral (select lane, kind, rules, model from routings r
    where r.comment_key = d.comment_key and r.revision = d.revision and r.routed_at <= d.decided_at
    order by r.routed_at desc limit 1) s on true
"""


async def read_record(pool: Pool, decision_id: str) -> Record | None:
    """Return the record of one decision, None when there is none."""
    async with pool.connection() as connection, connection.cursor(
        row_factory=class_row(Record)
    ) as cursor:  # fmt: skip
        await cursor.execute(_RECORD + " where d.decision_id = %s", [decision_id])
        return await cursor.fetchone()


async def stream_records(
    pool: Pool, *, since: datetime | None, until: datetime | None
) -> AsyncIterator[Record]:
    """Yield all decisions of a span in the order in which they were made, however many.

    Read chunk by chunk behind the last number, each in a transaction of its own; what is decided
    after the start is left out.
    """
    async with pool.connection() as connection:
        row = await (await connection.execute("select max(number) from decisions")).fetchone()
    last, end = 0, row[0] if row and row[0] else 0
    while True:
        async with pool.connection() as connection, connection.cursor(
            row_factory=class_row(Record)
        ) as cursor:  # fmt: skip
            await cursor.execute(
                _RECORD + " where d.number > %(last)s and d.number <= %(end)s"
                " and (%(since)s::timestamptz is null or d.decided_at >= %(since)s)"
                " and (%(until)s::timestamptz is null or d.decided_at < %(until)s)"
                " order by d.number limit %(chunk)s",
                {"last": last, "end": end, "since": since, "until": until, "chunk": CHUNK},
            )
            chunk = await cursor.fetchall()
        if not chunk:
            return
        for record in chunk:
            yield record
        last = chunk[-1].number


@dataclass(frozen=True)
class Remark:
    """A comment of the thread as it stood at a moment; also a reply of ours."""

    author_name: str
    is_self: bool
    created_at: datetime
    text: str | None
    """None when it was erased since."""
    url: str | None
    is_this: bool
    """The comment that the decision is about."""


async def read_thread_at(
    pool: Pool, comment_key: str, moment: datetime, *, limit: int = 120
) -> list[Remark]:
    """Return what had been said in a comment's thread up to a moment, the newest texts of then."""
    async with pool.connection() as connection, connection.cursor(
        row_factory=class_row(Remark)
    ) as cursor:  # fmt: skip
        await cursor.execute(
            "select * from (select coalesce(nullif(a.display_name, ''), a.handle, '')"
            " as author_name, c.is_self, c.created_at, r.text, c.url,"
            " c.comment_key = %(key)s as is_this from comments c"
            " left join authors a using (author_key)"
            " left join lateral (select text from comment_revisions e"
            "  where e.comment_key = c.comment_key and e.seen_at <= %(moment)s"
            "  order by e.revision desc limit 1) r on true"
            " where c.thread_key = (select thread_key from comments where comment_key = %(key)s)"
            " and c.first_seen <= %(moment)s"
            " order by c.comment_key = %(key)s desc, c.created_at desc limit %(limit)s) s"
            " order by created_at",
            {"key": comment_key, "moment": moment, "limit": limit},
        )
        return await cursor.fetchall()
