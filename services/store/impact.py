"""What becomes of publications in the dialogue: cited, approved, edited, rejected, disputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Fate = Literal["cited", "approved", "edited", "rejected", "disputed"]


@dataclass(frozen=True)
class Impact:
    """How often a publication was used; each figure counts comments, not sentences."""

    cited: int
    """Comments with a draft that cites it."""
    approved: int
    """Of these, answered with such a draft."""
    edited: int
    """Of the approved, with another text than the draft's."""
    rejected: int
    """Comments whose draft a person found not good enough to send."""
    disputed: int
    """Criticism and attacks below the published answers."""


UNUSED = Impact(0, 0, 0, 0, 0)


async def read_impact(connection: Connection, publication_ids: Sequence[str]) -> dict[str, Impact]:
    """Return the figures by publication id; what was never cited is left out.

    The database counts anew whenever a draft, decision, delivery or reply changes them.
    """
    rows = await connection.execute(
        "select publication_id, count(*), count(*) filter (where approved),"
        " count(*) filter (where edited), count(*) filter (where rejected), sum(disputed)::integer"
        " from citings where publication_id = any(%s) group by publication_id",
        [list(publication_ids)],
    )
    return {publication_id: Impact(*figures) async for publication_id, *figures in rows}


@dataclass(frozen=True)
class Citing:
    """A comment whose draft cites the publication, and what became of that."""

    comment_key: str
    asked: str | None
    """The beginning of the comment, None when it was erased."""
    page_name: str
    at: datetime
    """Of the latest draft that cites it."""
    approved: bool
    edited: bool
    rejected: bool
    disputed: int
    """Criticism and attacks below the published answer."""


async def read_citing(
    connection: Connection, publication_id: str, fate: Fate, *, limit: int, offset: int = 0
) -> list[Citing]:
    """Return the comments in whose drafts a publication is cited, the latest first."""
    async with connection.cursor(row_factory=class_row(Citing)) as cursor:
        await cursor.execute(
            _CITING,
            {"publication": publication_id, "fate": fate, "limit": limit, "offset": offset},
        )
        return await cursor.fetchall()


async def count_citing_now(connection: Connection, publication_id: str) -> int:
    """Return how many waiting drafts cite it: these turn stale when it is taken out."""
    row = await (
        await connection.execute(
            "select count(*) from draft_citations t join items i using (draft_id)"
            " where t.publication_id = %s and i.status = 'open' and i.draft_state = 'proposed'",
            [publication_id],
        )
    ).fetchone()
    return int(row[0]) if row else 0


_CITING = """
select g.comment_key, left(r.text, 300) as asked, p.name as page_name, g.at, g.approved, g.edited,
    g.rejected, g.disputed
from citings g join comments c using (comment_key) join threads using (thread_key)
join pages p using (page_key)
left join comment_revisions r on r.comment_key = c.comment_key and r.revision = c.revision
    and c.deleted_at is null
where g.publication_id = %(publication)s
    and case %(fate)s when 'approved' then g.approved when 'edited' then g.edited
    when 'rejected' then g.rejected when 'disputed' then g.disputed > 0 else true end
order by g.at desc, g.comment_key limit %(limit)s offset %(offset)s
"""
