"""What an account has said to us: read for one item, limited, never scored."""

from datetime import datetime

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from services.kit.db import Connection
from services.store.items import Status

MOST = 20
"""Comments that are shown."""


class Answer(BaseModel):
    """What we answered."""

    model_config = ConfigDict(frozen=True)

    text: str
    name: str | None
    """Of the person who approved it; None for what was written on the network itself."""
    at: datetime
    url: str | None
    withdrawn: bool


class Remark(BaseModel):
    """One comment of an account, where it stood and what we answered."""

    model_config = ConfigDict(frozen=True)

    comment_key: str
    text: str
    created_at: datetime
    url: str | None
    status: Status | None
    """Of its item, None when it has none."""
    here: bool
    """In the thread of the item it is read for."""
    root_text: str
    answers: list[Answer]


_REMARKS = """
with here as (
    select c.author_key, c.thread_key, t.page_key
    from comments c join threads t using (thread_key) join pages p using (page_key)
    where c.comment_key = %(key)s and not c.is_self and p.relation = 'own'
)
select c.comment_key, r.text, c.created_at, c.url, i.status, c.thread_key = h.thread_key as here,
    t.root_text, coalesce((select jsonb_agg(to_jsonb(a) order by a.at) from (
        select d.text, b.name, v.changed_at as at, v.url,
            exists (select from deliveries w join decisions x using (decision_id)
                where w.comment_key = v.comment_key and w.state = 'sent'
                and x.action = 'withdraw' and x.number > d.number) as withdrawn
        from decisions d join deliveries v using (decision_id)
        left join accounts b using (account_id)
        where (d.comment_key = c.comment_key or comments_of(d.joined) @> array[c.comment_key])
        and d.action = 'approve' and v.state = 'sent'
        union all
        select e.text, null, s.created_at, s.url, false
        from comments s join comment_revisions e using (comment_key, revision)
        where s.thread_key = c.thread_key and s.parent_id = c.native_id and s.is_self
        and s.deleted_at is null and not exists (select from deliveries v
            where v.network = s.network and v.native_id = s.native_id)
    ) a), '[]') as answers
from here h
join comments c on c.author_key = h.author_key and c.comment_key <> %(key)s
join threads t on t.thread_key = c.thread_key and t.page_key = h.page_key
join comment_revisions r on r.comment_key = c.comment_key and r.revision = c.revision
left join items i on i.comment_key = c.comment_key
where not c.is_self and c.deleted_at is null and c.created_at >= %(since)s
order by c.created_at desc, c.comment_key
limit %(most)s
"""


async def read_remarks(
    connection: Connection, comment_key: str, *, since: datetime, most: int = MOST
) -> list[Remark]:
    """Return what else the comment's account said on the same page of ours, the newest first.

    Nothing is gathered over several pages, and nothing from pages that are not ours.
    """
    async with connection.cursor(row_factory=class_row(Remark)) as cursor:
        await cursor.execute(_REMARKS, {"key": comment_key, "since": since, "most": most})
        return await cursor.fetchall()
