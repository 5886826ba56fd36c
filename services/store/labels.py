"""What moderators' decisions teach: comments with the kind that a person saw in them."""

from dataclasses import dataclass

from psycopg.rows import class_row

from schemas.comments import Kind
from services.kit.db import Connection


@dataclass(frozen=True)
class Label:
    """A comment as it stood when somebody decided, and the kind that follows from it."""

    text: str
    kind: Kind
    action: str


async def read_labels(connection: Connection) -> list[Label]:
    """Return what the newest decision about each standing comment says of its kind.

    A re-laned comment is what the person said, whatever was decided about that text then; of
    several messages that were re-laned together none is known to be it. An approved reply confirms
    the kind that was read; a rejected one to a question, or a lifted mute of an attack, says that
    it was plain talk. A closed or reopened comment says nothing.
    """
    async with connection.cursor(row_factory=class_row(Label)) as cursor:
        await cursor.execute(
            "select text, kind, action from (select r.text,"
            " case when p.kind is not null then 'relane' else d.action end as action, case"
            " when p.kind is not null then case when p.joined = '{}' then p.kind end"
            " when d.action = 'approve' then g.kind"
            " when d.action = 'reject' and g.kind = 'question' then 'discussion'"
            " when d.action = 'unmute' and g.kind = 'attack' then 'discussion' end as kind"
            " from (select distinct on (comment_key) * from decisions"
            " where comment_key is not null order by comment_key, number desc) d"
            " join comments c using (comment_key)"
            " join comment_revisions r on r.comment_key = d.comment_key"
            " and r.revision = coalesce(d.revision, c.revision)"
            " left join lateral (select kind from routings where comment_key = d.comment_key"
            " and revision = r.revision order by routed_at desc limit 1) g on true"
            " left join lateral (select kind, joined from decisions e"
            " where e.comment_key = d.comment_key and e.action = 'relane'"
            " and coalesce(e.revision, r.revision) = r.revision order by number desc limit 1) p"
            " on true"
            " where c.deleted_at is null and r.text <> '') told"
            " where kind is not null order by text"
        )
        return await cursor.fetchall()
