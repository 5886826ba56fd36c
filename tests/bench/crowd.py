"""A database as a busy organisation has after years, made by the server itself within a minute.

Everything is drawn from hashes of running numbers: the same size is the same database, but for
the moment that its times are counted back from.
"""

from psycopg.sql import SQL, Identifier

from schemas.streams import CONSUMERS
from services.demo import sample
from services.kit.db import Pool, transaction
from tests.bench import crowd_beside

TABLES = (
    """
    insert into pages (page_key, network, native_id, name, relation)
    select lpad(to_hex(n), 16, '0'), 'sandbox', 'p' || n, 'Seite ' || n,
        case when n < 20 then 'own' else 'news' end from generate_series(1, 30) n
    """,
    """
    insert into threads (thread_key, network, page_key, root_id, root_text, first_seen)
    select lpad(to_hex(n), 16, '0'), 'sandbox', lpad(to_hex(1 + n %% 30), 16, '0'), 'r' || n,
        'Beitrag ' || n, now() - interval '400 days'
    from generate_series(1, %(items)s / 25 + 1) n
    """,
    """
    insert into authors (author_key, network, native_id, display_name, handle)
    select md5('a' || n), 'sandbox', 'a' || n, 'Person ' || md5('name' || n), '@' || md5('h' || n)
    from generate_series(0, %(items)s / 5) n
    """,
    """
    insert into comments (comment_key, network, native_id, connection, thread_key, author_key,
        is_self, visibility, created_at, first_seen, revision, native_revision, revised_at)
    select md5('c' || n), 'sandbox', 'c' || n, 'sandbox:bench',
        lpad(to_hex(1 + n %% (%(items)s / 25)), 16, '0'),
        md5('a' || (n * 7919) %% (%(items)s / 5)), false, 'public', at, at, 1, '1', at
    from (select n, now() - n * (interval '365 days' / %(items)s) as at
        from generate_series(1, %(items)s) n) c
    """,
    """
    insert into comment_revisions (comment_key, revision, native_revision, text, seen_at)
    select md5('c' || n), 1, '1', (%(texts)s::text[])[1 + (n * 31) %% %(count)s] || ' '
        || (%(texts)s::text[])[1 + (n * 17 + n / 100) %% %(count)s]
        || ' Zeichen' || md5(n::text), now() - n * (interval '365 days' / %(items)s)
    from generate_series(1, %(items)s) n
    """,
    """
    insert into intake (source, event_id, comment_key, type, seen_at)
    select 'sandbox:bench', 'c' || n || '#1', md5('c' || n), 'comment.received.v1', now()
    from generate_series(1, %(items)s) n
    """,
    """
    insert into routings (comment_key, revision, cause, lane, kind, muted, reasons, language,
        rules, routed_at)
    select md5('c' || n), 1, 'arrival', 'answer', 'question', false, '[]', 'de', 'bench', now()
    from generate_series(1, %(items)s) n
    """,
    """
    insert into publications (publication_id, name, title, language, published_on, digest, edition,
        indexed_at)
    select lpad(to_hex(n), 16, '0'), n || '.pdf', 'Publikation ' || n, 'de', '2026-01-01',
        n::text, 1, now()
    from generate_series(1, 300) n
    """,
    """
    insert into passages (publication_id, edition, position, text, digest, grams, gram_count)
    select lpad(to_hex(1 + n % 300), 16, '0'), 1, n / 300, 'Der Eigenanteil beträgt zehn Prozent.',
        md5('p' || n), to_tsvector('simple', 'Der Eigenanteil ' || n), 3
    from generate_series(0, 29999) n
    """,
    """
    insert into drafts (draft_id, comment_key, revision, outcome, kind, language, text, sentences,
        sources, engine, prompt, tokens_in, tokens_out, cost, seconds, created_at)
    select md5('d' || n), md5('c' || n), 1, 'proposed', 'quoted', 'de',
        'Der Eigenanteil beträgt zehn Prozent. ' || n, jsonb_build_array(jsonb_build_object('text',
        'Der Eigenanteil beträgt zehn Prozent.', 'kind', 'fact', 'citations', jsonb_build_array(
        jsonb_build_object('passage_id', 1 + n %% 30000, 'quote', 'zehn Prozent')))),
        jsonb_build_array(jsonb_build_object('passage_id', 1 + n %% 30000, 'publication_id',
        lpad(to_hex(1 + n %% 300), 16, '0'), 'title', 'Publikation', 'edition', 1, 'published_on',
        null, 'author', null, 'url', null, 'heading', null, 'page_from', 3, 'page_to', 3, 'score',
        0.9, 'text', repeat('Der Eigenanteil beträgt zehn Prozent. ', 12))), 'bench',
        'answer/3', 900 * (n %% 2), 200 * (n %% 2), 0.001 * (n %% 2), 0.2,
        now() - n * (interval '365 days' / %(items)s)
    from generate_series(1, %(items)s) n where n %% 10 < 6
    """,
    """
    insert into draft_citations (draft_id, publication_id)
    select draft_id, sources -> 0 ->> 'publication_id' from drafts
    """,
    """
    insert into items (comment_key, thread_key, revision, lane, kind, reasons, language, status,
        draft_id, draft_state, opened_at, changed_at)
    select md5('c' || n), lpad(to_hex(1 + n %% (%(items)s / 25)), 16, '0'), 1,
        (array['answer', 'answer', 'answer', 'answer', 'answer', 'answer', 'discuss', 'discuss',
            'acknowledge', 'rest'])[1 + n %% 10],
        (array['question', 'question', 'question', 'criticism', 'question', 'question',
            'discussion', 'attack', 'praise', 'spam'])[1 + n %% 10],
        '[{"rule": "asks"}]', case when n %% 20 = 0 then 'en' else 'de' end,
        case when n < %(items)s / 5 then 'open' when n %% 7 = 0 then 'muted'
            when n %% 29 = 0 then 'cancelled' else 'decided' end,
        case when n %% 10 < 6 then md5('d' || n) end,
        case when n %% 10 < 6 then 'proposed' else 'none' end, at, at
    from (select n, now() - n * (interval '365 days' / %(items)s) as at
        from generate_series(1, %(items)s) n) c
    """,
    """
    update items set lane = 'urgent', kind = 'threat' where status = 'open' and lane = 'rest'
        and comment_key < '08'
    """,
    """
    insert into same_questions (comment_key, revision, group_key)
    select comment_key, 1, 'g' || hashtext(comment_key) % 400 from items
    where status = 'open' and lane = 'answer' and comment_key < '40'
    """,
    """
    insert into accounts (account_id, name, password_hash, created_at, role)
    select 'person' || n, 'Person ' || n, '', now(), 'admin' from generate_series(1, 12) n
    """,
    """
    insert into decisions (decision_id, action, comment_key, revision, thread_key, draft_id, text,
        reason, account_id, decided_at)
    select md5('x' || comment_key), case when draft_id is not null then 'approve' else 'reject' end,
        comment_key, 1, thread_key, draft_id, case when draft_id is not null then 'Guten Tag! Der'
        ' Eigenanteil beträgt zehn Prozent.' end,
        case when draft_id is null then 'Passt nicht.' end,
        'person' || 1 + abs(hashtext(comment_key)) % 12, changed_at + interval '3 hours'
    from items where status = 'decided' order by changed_at
    """,
    """
    insert into deliveries (decision_id, comment_key, network, state, attempts, native_id, url,
        changed_at)
    select decision_id, comment_key, 'sandbox', 'sent', 1, 'reply-' || decision_id,
        'https://sandbox.example/' || decision_id, decided_at
    from decisions where action = 'approve'
    """,
    """
    insert into mutes (mute_id, thread_key, account_id, reason, muted_at, expires_at)
    select md5('m' || n), lpad(to_hex(n), 16, '0'), 'person1', 'Nichts Neues.', now(),
        now() + n * interval '1 hour' from generate_series(1, %(items)s / 200) n
    """,
    """
    insert into gaps (gap_id, opened_at) select md5('g' || n), now() from generate_series(1, 600) n
    """,
    """
    insert into gap_questions (comment_key, revision, gap_id, asked_at)
    select comment_key, 1, md5('g' || 1 + abs(hashtext(comment_key)) % 600), opened_at from items
    where kind = 'question' and comment_key < '20'
    """,
    """
    insert into dead_letters (dead_id, consumer, subject, stream, comment_key, reason, attempts,
        body, failed_at)
    select 'route_received:' || n, 'route_received', 'comments.received.sandbox.x', 'comments',
        md5('c' || n), 'ValueError: x', 5, '{}', now() - n * interval '1 minute'
    from generate_series(1, 3000) n
    """,
)
COUNTED = """
insert into citings select publication_id, comment_key, at, approved, edited, rejected, disputed
from citings_now
"""
WATCHED_OVER = ("draft_citations", "decisions", "deliveries", "items")
"""Tables whose triggers look at each row: what is made up here is counted once, at the end."""


async def crowd(pool: Pool, items: int) -> None:
    """Fill an empty, migrated database with so many items and all that belongs to them."""
    texts = [one["text"] for one in sample.comments()]
    switch = SQL("alter table {} {} trigger user")
    async with transaction(pool) as connection:
        for table in WATCHED_OVER:
            await connection.execute(switch.format(Identifier(table), SQL("disable")))
        for statement in (*TABLES, *crowd_beside.TABLES, COUNTED):
            given = "%(" in statement
            await connection.execute(
                statement.encode(),
                {"items": items, "texts": texts, "count": len(texts)} if given else None,
            )
        for statement in (crowd_beside.SAMPLES, crowd_beside.READINGS):
            await connection.execute(statement.encode(), [[one.name for one in CONSUMERS]])
        for table in WATCHED_OVER:
            await connection.execute(switch.format(Identifier(table), SQL("enable")))
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        # as the database does by itself within minutes
        await connection.execute("vacuum analyze")
        await connection.set_autocommit(False)
