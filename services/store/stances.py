"""What we have said in a thread already: ready texts, and publications we answered from."""

from services.kit.db import Connection


async def used_wordings(connection: Connection, thread_key: str) -> dict[str, int]:
    """Return how often each ready text was approved in a thread."""
    rows = await connection.execute(
        "select wording, count(*) from decisions where thread_key = %s and action = 'approve'"
        " and wording is not null group by wording",
        [thread_key],
    )
    return {wording: count async for wording, count in rows}


async def titles_answered_from(connection: Connection, thread_key: str) -> list[str]:
    """Return the titles that our replies standing in a thread cite, the first cited first.

    Publications that are withdrawn are left out.
    """
    rows = await connection.execute(
        "select s ->> 'title' from decisions d join deliveries v using (decision_id)"
        " join drafts f using (draft_id) cross join jsonb_array_elements(f.sources) s"
        " where d.thread_key = %s and d.action = 'approve' and v.state = 'sent'"
        " and d.wording is null"
        " and s -> 'passage_id' in"
        " (select jsonb_path_query(f.sentences, '$[*].citations[*].passage_id'))"
        " and not exists (select from decisions w where w.comment_key = d.comment_key"
        " and w.action = 'withdraw' and w.number > d.number)"
        " and not exists (select from publications p"
        " where p.publication_id = s ->> 'publication_id' and p.removed_at is not null)"
        " group by 1 order by min(d.number), 1",
        [thread_key],
    )
    return [title async for (title,) in rows]
