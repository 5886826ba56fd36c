-- our own page may be searched and found before its first comment has told whose it is

create or replace function discovery_waits(page text, watch text) returns boolean language sql stable as $$
    select discovery_verdict(page) is distinct from 'dismiss'
        and not exists (select from pages p where p.page_key = page and p.relation = 'own')
        and not exists (select from watches w where w.watch_id = watch and w.removed_at is null)
        and not exists (select from watch_readings r join watches w using (watch_id)
            where r.page_key = page and w.removed_at is null);
$$;
