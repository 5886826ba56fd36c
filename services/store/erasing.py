"""Erase what people said and were called, in whatever table it stands: the one place that knows.

Erasing crosses the tables of all services in one transaction, on purpose: a request that
waited in a queue for the slowest of them would not be one that a person can be told is done.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg.rows import class_row

from services.kit.db import Connection

Said = Literal["decision", "reason", "echo", "gap", "mute", "lift"]


@dataclass(frozen=True)
class Traces:
    """What comments said, and how their authors are called: to compare with before it goes."""

    texts: list[str]
    names: list[str]
    """Names and handles."""
    ids: list[str]
    """Ids of comments and accounts on their network, and addresses."""


@dataclass(frozen=True)
class Spoken:
    """Words of ours about comments, which may hold words of theirs."""

    kind: Said
    key: str
    text: str
    on_its_way: bool
    """An approval that is not posted yet."""


async def read_traces(connection: Connection, keys: Collection[str]) -> Traces:
    """Return what these comments say in all revisions, and who wrote them."""
    values = [list(keys)]
    texts = await connection.execute(
        "select text from comment_revisions where comment_key = any(%s) and text <> ''", values
    )
    authors = await connection.execute(
        "select distinct a.display_name, a.handle, a.native_id from authors a"
        " join comments c using (author_key) where c.comment_key = any(%s)",
        values,
    )
    people = await authors.fetchall()
    ids = await connection.execute(
        "select native_id, coalesce(url, '') from comments where comment_key = any(%s)"
        " and not starts_with(native_id, 'erased:')",
        values,
    )
    return Traces(
        [text async for (text,) in texts],
        [name for display, handle, _ in people for name in (display, handle) if name],
        [one for row in await ids.fetchall() for one in row if one]
        + [native_id for *_, native_id in people],
    )


_SPOKEN = """
select 'decision' as kind, d.decision_id as key, d.text, d.action = 'approve'
    and coalesce(v.state in ('sending', 'unknown'), not exists
        (select from decisions u where u.undoes = d.decision_id)) as on_its_way
from decisions d left join deliveries v using (decision_id)
where d.text <> '' and (d.comment_key = any(%(keys)s) or comments_of(d.joined) && %(keys)s::text[])
union all
select 'echo', s.comment_key, r.text, false from comments c
join comments s on s.network = c.network and s.parent_id = c.native_id and s.is_self
join comment_revisions r on r.comment_key = s.comment_key
where c.comment_key = any(%(keys)s) and r.text <> ''
union all
select 'reason', d.decision_id, d.reason, false from decisions d
where d.reason <> '' and d.comment_key is null and d.thread_key in
    (select thread_key from comments where comment_key = any(%(keys)s))
union all
select 'gap', g.number::text, g.note, false from gap_verdicts g
where g.note <> '' and g.gap_id in
    (select gap_id from gap_questions where comment_key = any(%(keys)s))
union all
select 'mute', m.mute_id, m.reason, false from mutes m where m.reason <> '' and m.thread_key in
    (select thread_key from comments where comment_key = any(%(keys)s))
union all
select 'lift', l.mute_id, l.reason, false from mute_lifts l join mutes m using (mute_id)
where l.reason <> '' and m.thread_key in
    (select thread_key from comments where comment_key = any(%(keys)s))
"""
_BLANKING: dict[Said, str] = {
    "decision": (
        "update decisions d set text = '', edited = coalesce(edited, (select btrim(d.text)"
        " <> btrim(f.text) from drafts f where f.draft_id = d.draft_id and f.text <> ''))"
        " where decision_id = any(%s) and text <> ''"
    ),
    "reason": "update decisions set reason = '' where decision_id = any(%s)",
    "echo": "update comment_revisions set text = '' where comment_key = any(%s)",
    "gap": "update gap_verdicts set note = '' where number::text = any(%s)",
    "mute": "update mutes set reason = '' where mute_id = any(%s)",
    "lift": "update mute_lifts set reason = '' where mute_id = any(%s)",
}


async def read_spoken(connection: Connection, keys: Collection[str]) -> list[Spoken]:
    """Return what we said about these comments: texts, our replies as they came back, notes."""
    async with connection.cursor(row_factory=class_row(Spoken)) as cursor:
        await cursor.execute(_SPOKEN, {"keys": list(keys)})
        return await cursor.fetchall()


async def settled_approvals(connection: Connection, decision_ids: Collection[str]) -> list[str]:
    """Return which of these approvals are on their way no longer."""
    rows = await connection.execute(
        "select d.decision_id from decisions d left join deliveries v using (decision_id)"
        " where d.decision_id = any(%s) and (v.state in ('sent', 'returned')"
        " or exists (select from decisions u where u.undoes = d.decision_id))",
        [list(decision_ids)],
    )
    return [decision_id async for (decision_id,) in rows]


async def blank_spoken(connection: Connection, kind: Said, keys: Collection[str]) -> None:
    """Erase words of ours; what was decided, when and by whom stays."""
    await open_for_erasing(connection)
    await connection.execute(_BLANKING[kind].encode(), [list(keys)])


async def unpublished(connection: Connection, words: Collection[str]) -> bool:
    """True when one of these words stands in none of our publications, of all editions."""
    row = await (
        await connection.execute(
            "select exists (select from unnest(%s::text[]) word where not exists"
            " (select from passages where strpos(lower(text), word) > 0))",
            [list(words)],
        )
    ).fetchone()
    return bool(row and row[0])


async def open_for_erasing(connection: Connection) -> None:
    """Let words in append-only rows be erased until the transaction ends, and nothing else."""
    await connection.execute("set local dialogwerk.erasing = 'on'")


async def erase_words(connection: Connection, keys: Collection[str]) -> None:
    """Erase what was made of these comments, and what people noted about them."""
    await open_for_erasing(connection)
    for statement in _WORDS.split(";"):
        await connection.execute(statement.encode(), {"keys": list(keys)})


_WORDS = """
update routings set reasons = without_detail(reasons)
    where comment_key = any(%(keys)s) and reasons <> without_detail(reasons);
update routings set topics = '[]' where comment_key = any(%(keys)s) and topics <> '[]';
update items set reasons = without_detail(reasons)
    where comment_key = any(%(keys)s) and reasons <> without_detail(reasons);
update decisions d set edited = btrim(d.text) <> btrim(f.text) from drafts f
    where d.draft_id = f.draft_id and d.edited is null and d.text <> '' and f.text <> ''
    and (f.comment_key = any(%(keys)s) or comments_of(f.joined) && %(keys)s::text[]);
delete from planted_drafts where draft_id in (select draft_id from drafts
    where comment_key = any(%(keys)s) or comments_of(joined) && %(keys)s::text[]);
update drafts set text = '', sentences = '[]', sources = '[]', reason = null, cache_key = null
    where (comment_key = any(%(keys)s) or comments_of(joined) && %(keys)s::text[])
    and (text <> '' or sources <> '[]' or sentences <> '[]' or reason is not null
        or cache_key is not null);
delete from same_questions where comment_key = any(%(keys)s);
delete from replay_results
    where comment_key = any(%(keys)s) or comments_of(joined) && %(keys)s::text[];
update radar_items set subject = '', about = ''
    where comment_key = any(%(keys)s) and (subject <> '' or about <> '');
update mutes set evidence = '[]' where evidence <> '[]' and suggestion_id in
    (select suggestion_id from mute_suggestions where comment_key = any(%(keys)s));
update mute_suggestions set evidence = '[]'
    where comment_key = any(%(keys)s) and evidence <> '[]';
update item_plans set note = '' where comment_key = any(%(keys)s) and note <> '';
update decisions set reason = '' where reason <> ''
    and (comment_key = any(%(keys)s) or comments_of(joined) && %(keys)s::text[])
"""


async def erase_identity(connection: Connection, keys: Sequence[str], erasure_id: str) -> None:
    """Erase under which names the network knows these comments; their threads keep their shape."""
    await open_for_erasing(connection)
    for statement in _IDENTITY.split(";"):
        await connection.execute(statement.encode(), {"keys": list(keys), "erasure": erasure_id})


_IDENTITY = """
update comments o set parent_id = 'erased:' || c.comment_key from comments c
    where c.comment_key = any(%(keys)s) and o.network = c.network and o.parent_id = c.native_id;
update threads t set root_id = 'erased:' || c.comment_key, root_text = '', root_url = null
    from comments c where c.comment_key = any(%(keys)s) and t.thread_key = c.thread_key
    and t.root_id = c.native_id;
update intake set event_id = 'erased:' || gen_random_uuid()
    where comment_key = any(%(keys)s) and not starts_with(event_id, 'erased:');
update opportunities set author_key = '' where comment_key = any(%(keys)s);
update radar_items set subject = '', about = '' where comment_key = any(%(keys)s);
delete from circumstances where subject = any(%(keys)s);
update comments set native_id = 'erased:' || comment_key, url = null, author_key = '',
    native_revision = '', erasure_id = %(erasure)s where comment_key = any(%(keys)s)
"""


async def give_up_pages(connection: Connection, author_key: str) -> None:
    """Watch a page of others no longer that is this account, and forget its name and address.

    As long as the account's own name stands, which tells that it is.
    """
    for statement in _PAGES.split(";"):
        await connection.execute(statement.encode(), {"author": author_key})


async def erase_account(connection: Connection, author_key: str) -> None:
    """Erase the account itself: its name, its part of mutes, what its network told of it."""
    await open_for_erasing(connection)
    for statement in _ACCOUNT.split(";"):
        await connection.execute(statement.encode(), {"author": author_key})


_PAGES = """
delete from discovered_pages d using authors a where a.author_key = %(author)s
    and d.page_key = left(encode(sha256(convert_to(
        a.network || chr(31) || a.native_id, 'UTF8')), 'hex'), 16);
delete from discovered_channels d using authors a where a.author_key = %(author)s
    and a.network = 'youtube' and d.channel_id = a.native_id;
update discovery_requests r set about = '' from authors a where a.author_key = %(author)s
    and r.network = a.network and r.about <> ''
    and r.about in (a.native_id, a.handle, ltrim(a.handle, '@'), a.display_name);
update watches w set name = '', address = '', paused = true, added_by = '',
    removed_at = coalesce(removed_at, now()) from watch_readings r
    where r.watch_id = w.watch_id and r.page_key in (select p.page_key from pages p
        join authors a using (network, native_id)
        where a.author_key = %(author)s and p.relation <> 'own');
update watch_readings set memory = null, detail = null, host = '' where page_key in
    (select p.page_key from pages p join authors a using (network, native_id)
        where a.author_key = %(author)s and p.relation <> 'own');
update pages p set name = '', native_id = 'erased:' || page_key, url = null from authors a
    where a.author_key = %(author)s and (p.network, p.native_id) = (a.network, a.native_id)
    and p.relation <> 'own'
"""
_ACCOUNT = """
update decisions d set reason = '' from mutes m where m.author_key = %(author)s
    and d.action = 'mute' and d.thread_key = m.thread_key and d.reason = m.reason;
update mutes set author_key = '', reason = '', evidence = '[]' where author_key = %(author)s;
update mute_suggestions set author_key = '', evidence = '[]' where author_key = %(author)s;
delete from circumstances where subject = %(author)s;
delete from authors where author_key = %(author)s
    and not exists (select from comments c where c.author_key = %(author)s)
"""


async def drop_packages(connection: Connection, keys: Collection[str], by: str) -> None:
    """Erase packages for a trusted flagger about these comments; that they were made stays."""
    await connection.execute(
        "update flagger_packages set body = null, url = null, deleted_at = now(), deleted_by = %s"
        " where comment_key = any(%s) and body is not null",
        [by, list(keys)],
    )
