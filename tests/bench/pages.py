"""The pages that are visited: all of the menu, and what stands behind them."""

from services.kit.db import Pool
from services.review.areas import AREAS

BEHIND = {
    "queue, far back": "/{far}",
    "queue, a lane": "/?lane=answer&draft=ready",
    "queue, decided": "/?show=decided",
    "item": "/items/{open}",
    "item, decided": "/items/{decided}",
    "item, what has changed": "/items/{open}/live",
    "item, erasing it": "/items/{open}/erase",
    "the menu": "/nav",
    "search": "/search",
    "search, a rare word": "/search?words=Lastenrad",
    "search, a common word": "/search?words=Eigenanteil",
    "search, filters": "/search?state=decided&kind=praise",
    "search, a thread": "/search?thread={thread}",
    "search, a publication": "/search?publication={publication}",
    "bulk": "/bulk?kind=question",
    "bulk, a common word": "/bulk?words=Eigenanteil",
    "muted, further back": "/muted?after={mute}",
    "publication": "/publications/{publication}",
    "publication, who cites it": "/publications/{publication}/cited",
    "publications, handed in": "/publications/arrivals",
    "publications, further on": "/publications?after={publication}",
    "publications, the list": "/publications/shelf",
    "questions, closed": "/gaps?show=closed",
    "a question's texts": "/gaps/{gap}/texts",
    "a record": "/evidence/{reply}",
    "a trial": "/ask/{trial}",
    "a replay": "/replays/{replay}",
    "a replayed comment": "/replays/{replay}/{replayed}",
    "a past month's figures": "/dialogue?month={month}",
    "dead letters, many": "/dead/many",
    "account": "/account",
}
PAGES = {page.name: page.path for area in AREAS for page in area.pages} | BEHIND
"""Addresses by name; what stands in braces `look_up` finds."""
NO_PAGES = {
    "/ready", "/metrics", "/asyncapi", "/sign-in", "/sign-in/code", "/sign-in/once/{token}",
    "/sign-in/provider", "/sign-in/provider/left", "/sign-in/provider/return",
    "/invitation/{token}", "/account/second-factor", "/events", "/evidence/export",
    "/packages/{package_id}", "/pulse",
}  # fmt: skip
"""Routes that are read otherwise: before anybody is signed in, as a stream or as a file."""


async def look_up(pool: Pool) -> dict[str, str]:
    """Return keys that the addresses name."""
    async with pool.connection() as connection:
        row = await (
            await connection.execute(
                "select (select comment_key from items where status = 'open'"
                " order by opened_at offset (select count(*) * 9 / 100 from items) limit 1),"
                " (select comment_key from items where status = 'decided' limit 1),"
                " (select concat('?after=n', (extract(epoch from opened_at) * 1e6)::bigint, '-',"
                " comment_key) from items where status = 'open' order by opened_at"
                " offset (select count(*) * 9 / 100 from items) limit 1),"
                " (select decision_id from deliveries limit 1),"
                " (select thread_key from items where status = 'open' limit 1),"
                " (select publication_id from publications order by title offset 10 limit 1),"
                " (select concat((extract(epoch from muted_at) * 1e6)::bigint, '-', mute_id)"
                " from mutes order by muted_at desc, mute_id desc offset 20 limit 1),"
                " (select trial_id from trials limit 1),"
                " (select to_char(now() - interval '4 months', 'YYYY-MM')),"
                " (select gap_id from gaps limit 1),"
                " (select replay_id from replay_results limit 1),"
                " (select comment_key from replay_results limit 1)"
            )
        ).fetchone()
    assert row is not None
    names = ("open", "decided", "far", "reply", "thread", "publication", "mute", "trial", "month",
             "gap", "replay", "replayed")  # fmt: skip
    return dict(zip(names, map(str, row), strict=True))
