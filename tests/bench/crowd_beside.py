"""What a busy organisation has beside its comments: watched pages, packages, samples, plans."""

TABLES = (
    """
    insert into connections (connection_id, network, settings, secrets, revision, added_at,
        changed_at)
    select 'sandbox:' || n, 'sandbox', '{}', 'x', 1, now(), now() from generate_series(1, 12) n
    """,
    """
    insert into watches (watch_id, network, kind, address, name, relation, topics, added_by,
        added_at, changed_at)
    select md5('w' || n), 'feeds', 'feed', 'https://' || n || '.example/feed', 'Seite ' || n,
        (array['partner', 'news', 'decision_maker'])[1 + n % 3], array['Wohnen'], 'person1', now(),
        now() from generate_series(1, 150) n
    """,
    """
    insert into pages (page_key, network, native_id, name, relation)
    select lpad(to_hex(1000 + n), 16, '0'), 'feeds', 'f' || n, 'Seite ' || n,
        (array['partner', 'news', 'decision_maker'])[1 + n % 3] from generate_series(1, 150) n
    """,
    """
    insert into watch_readings (watch_id, host, due_at, read_at, page_key, readers, posts)
    select md5('w' || n), n || '.example', now(), now(), lpad(to_hex(1000 + n), 16, '0'),
        n * 1000, 60 from generate_series(1, 150) n
    """,
    """
    insert into threads (thread_key, network, page_key, root_id, root_text, first_seen)
    select lpad(to_hex(16777216 + n), 16, '0'), 'feeds', lpad(to_hex(1001 + n %% 150), 16, '0'),
        'r' || n, 'Beitrag ' || n, now() from generate_series(1, %(items)s / 10) n
    """,
    """
    insert into comments (comment_key, network, native_id, connection, thread_key, author_key,
        is_self, visibility, created_at, first_seen, revision, native_revision, revised_at,
        watch_id)
    select md5('f' || n), 'feeds', 'r' || n, 'feeds', lpad(to_hex(16777216 + n), 16, '0'),
        md5('a' || n %% 150), false, 'public', at, at, 1, '1', at, md5('w' || 1 + n %% 150)
    from (select n, now() - n * (interval '60 days' / (%(items)s / 10)) as at
        from generate_series(1, %(items)s / 10) n) c
    """,
    """
    insert into comment_revisions (comment_key, revision, native_revision, text, seen_at)
    select comment_key, 1, '1', 'Neues vom Wohnungsmarkt ' || native_id, created_at
    from comments where watch_id is not null
    """,
    """
    insert into intake (source, event_id, comment_key, type, seen_at)
    select 'feeds', native_id || '#1', comment_key, 'comment.received.v1', created_at
    from comments where watch_id is not null
    """,
    """
    insert into post_readings (comment_key, revision, space, nearness, topics, language, read_at)
    select comment_key, 1, 'bench', 0.8, array['Wohnen'], 'de', created_at
    from comments where watch_id is not null
    """,
    """
    insert into opportunities (comment_key, revision, thread_key, page_key, author_key, relation,
        day, score, parts, found_at)
    select comment_key, 1, thread_key, page_key, author_key, 'partner',
        current_date - (row_number() over (order by created_at desc) / 6)::integer, 0.5, '{}',
        created_at from comments join threads using (thread_key) where watch_id is not null
        order by created_at desc limit 360
    """,
    """
    insert into flagger_packages (package_id, comment_key, account_id, network, taken_at,
        expires_at, sha256, bytes, body)
    select md5('p' || n), md5('c' || n), 'person1', 'sandbox', now() - n * interval '1 hour',
        now() + interval '30 days', md5('s' || n), 4, 'body' from generate_series(1, 300) n
    """,
    """
    insert into exports (export_id, taken_by, taken_at, format, named)
    select md5('e' || n), 'person1', now() - n * interval '1 day', 'csv', false
    from generate_series(1, 200) n
    """,
    """
    insert into item_plans (comment_key, until, note, account_id, set_at)
    select comment_key, now() + interval '1 day', 'Morgen.', 'person1', now() from items
    where status = 'open' and comment_key < '02'
    """,
    """
    insert into decision_times (decided_on, seconds)
    select decided_at::date, 20 + abs(hashtext(decision_id)) % 200 from decisions
    """,
    """
    insert into alarms (rule, subject, detail, began_at, seen_at, raised_at, cleared_at)
    select 'depth', 'route_received', '', at, at, at, at + interval '5 minutes'
    from (select now() - n * interval '1 hour' as at from generate_series(1, 400) n) a
    """,
    """
    insert into trials (trial_id, question, account_id, asked_at)
    select md5('t' || n), 'Was kostet es?', 'person1', now() - n * interval '1 hour'
    from generate_series(1, 300) n
    """,
    """
    insert into replays (replay_id, started_at, started_by, asked, basis, comments, finished_at)
    select md5('r' || n), now() - n * interval '1 day', 'command:ops',
        '{"since": "2026-11-01T00:00:00Z", "until": "2026-11-20T00:00:00Z"}',
        '{"model": "", "sorting_model": "shipped", "rules": "3", "values": {}}', 2000, now()
    from generate_series(1, 60) n
    """,
    """
    insert into replay_results (replay_id, comment_key, revision, said_at, changes, result)
    select md5('r1'), c.comment_key, c.revision, c.created_at, '{silent}', jsonb_build_object(
        'then', s.sorted, 'now', s.sorted, 'then_outcome', 'proposed', 'verdict', 'open',
        'draft', '{"outcome": "no_source"}'::jsonb, 'changes', '["silent"]'::jsonb)
    from (select * from comments where not is_self order by created_at desc limit 2000) c,
        (select '{"lane": "answer", "kind": "question", "reasons": [], "muted": false,
            "surfaced": false, "mute": "none"}'::jsonb as sorted) s
    """,
    """
    insert into account_events (account_id, deed, happened_at)
    select 'person' || 1 + n % 12, 'signed_in', now() - n * interval '1 hour'
    from generate_series(1, 2000) n
    """,
)
"""Statements in their order; `items` stands for how many comments there are."""
SAMPLES = """
insert into queue_samples (queue, minute, depth, oldest, redelivered, arrived, handled, seconds)
select queue, now() - n * interval '1 minute', 3, 1, 0, 2, 2, 60
from unnest(%s::text[]) queue, generate_series(1, 1440) n
"""
READINGS = """
insert into queue_readings (queue, depth, redelivered, pending, delivered, reached, last,
    created_at, read_at)
select queue, 3, 0, 3, 9, 9, 9, now(), now() from unnest(%s::text[]) queue
"""
