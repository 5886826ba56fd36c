"""What becomes of publications in the dialogue: cited, approved, edited, disputed."""

from dataclasses import dataclass

from services.kit.db import Connection


@dataclass(frozen=True)
class Impact:
    """How often a publication was used; each figure counts comments, not sentences."""

    cited: int
    """Comments with a draft that cites it."""
    approved: int
    """Of these, answered with such a draft."""
    edited: int
    """Of the approved, with another text than the draft's."""
    disputed: int
    """Criticism and attacks below the published answers."""


UNUSED = Impact(0, 0, 0, 0)


async def read_impact(connection: Connection) -> dict[str, Impact]:
    """Return the figures by publication id; what was never cited is left out."""
    rows = await connection.execute(_IMPACT)
    return {publication_id: Impact(*figures) async for publication_id, *figures in rows}


_IMPACT = """
select t.publication_id, count(distinct d.comment_key),
    count(distinct a.comment_key),
    count(distinct a.comment_key) filter (where a.text <> d.text),
    count(distinct below.comment_key)
from draft_citations t join drafts d using (draft_id)
left join decisions a on a.draft_id = d.draft_id and a.action = 'approve'
left join deliveries v on v.decision_id = a.decision_id and v.state = 'sent'
left join lateral (select c.comment_key from comments c join items i using (comment_key)
    where c.network = v.network and c.parent_id = v.native_id and not c.is_self
    and i.kind in ('criticism', 'attack')) below on true
group by t.publication_id
"""
