"""Long lists come in pages: who follows the way on sees every entry once."""

import re
from html import unescape

import pytest

from services.kit.db import transaction
from tests.review.room import Room

LISTS = {
    "/publications": (
        130,
        r'href="/publications/([0-9a-f]{16})"',
        """
        insert into publications (publication_id, name, title, language, digest, edition,
            indexed_at)
        select lpad(to_hex(n), 16, '0'), 'x', 'Title ' || n %% 7, 'de', '', 1, now()
        from generate_series(1, %(count)s) n
        """,
    ),
    "/muted": (
        95,
        r'action="/mutes/([0-9a-f]{32})/lift"',
        """
        insert into mutes (mute_id, thread_key, account_id, reason, muted_at, expires_at)
        select md5(n::text), t.thread_key, 'x', '', now() - n %% 7 * interval '1 hour',
            now() + interval '1 day' from generate_series(1, %(count)s) n, threads t
        """,
    ),
    "/watches": (
        95,
        r'id="watch-([0-9a-f]{16})"',
        """
        with added as (insert into watches (watch_id, network, kind, address, name, relation,
            added_by, added_at, changed_at)
            select left(md5(n::text), 16), 'feeds', 'feed', n::text, 'Page ' || n %% 7, 'news', 'x',
            now(), now() from generate_series(1, %(count)s) n returning watch_id)
        insert into watch_readings (watch_id, host, due_at) select watch_id, 'x', now() from added
        """,
    ),
    "/gaps": (
        30,
        r'id="gap-([0-9a-f]{32})"',
        """
        with opened as (insert into gaps (gap_id, opened_at)
            select md5(n::text), now() from generate_series(1, %(count)s) n returning gap_id)
        insert into gap_questions (comment_key, revision, gap_id, asked_at)
        select md5('c' || gap_id), 1, gap_id, now() from opened
        """,
    ),
}
COMMENTS = """
insert into comments (comment_key, network, native_id, connection, thread_key, author_key, is_self,
    visibility, created_at, first_seen, revision, native_revision, revised_at)
select md5('c' || md5(n::text)), network, 'n' || n, connection, thread_key, author_key, is_self,
    visibility, created_at, first_seen, revision, native_revision, revised_at
from comments, generate_series(1, 95) n
"""


@pytest.mark.parametrize("path", LISTS)
async def test_the_way_on_shows_every_entry_once(room: Room, path: str) -> None:
    count, entry, fill = LISTS[path]
    await room.world.comment()
    async with transaction(room.pool) as connection:
        await connection.execute(COMMENTS.encode())
        await connection.execute(fill.encode(), {"count": count})
    jule, seen, pages = await room.colleague(), [], 0
    onward: str | None = path
    while onward:
        html = (await jule.get(onward)).text
        pages += 1
        found = re.findall(entry, html)
        assert len(found) <= 50, onward
        seen += found
        match = re.search(r'rel="next" href="([^"]+)"', html)
        onward = unescape(match[1]) if match else None
    assert len(seen) == len(set(seen)) == count
    assert pages == 3
