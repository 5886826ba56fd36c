-- what was said below our own words in a thread of others, as far as it reached us: counts only
create function answers_to_us(thread text)
    returns table (answers bigint, hostile bigint, unsorted bigint) language sql stable as $$
    with recursive below as (
        select a.comment_key, a.network, a.native_id, a.is_self from comments a
        where a.thread_key = thread and a.deleted_at is null and a.parent_id in (
            select m.native_id from comments m where m.thread_key = thread and m.is_self
            union select v.native_id from deliveries v join comments c using (comment_key)
            where c.thread_key = thread and v.native_id is not null)
        union
        select a.comment_key, a.network, a.native_id, a.is_self from below b join comments a
            on a.network = b.network and a.parent_id = b.native_id
        where a.thread_key = thread and a.deleted_at is null)
    select count(*), count(*) filter (where k.kind in ('attack', 'threat')),
        count(*) filter (where k.kind is null)
    from below left join lateral (select kind from routings r
        where r.comment_key = below.comment_key order by routed_at desc limit 1) k on true
    where not below.is_self
$$;
