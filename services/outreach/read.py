"""Read a post of a watched page and find out how near it is to what we publish."""

from dataclasses import dataclass

from schemas.comments import OfComment
from services.kit.db import Pool
from services.kit.embed.embedder import Embeds
from services.kit.language import detect_language
from services.outreach.off import is_off
from services.outreach.topics import named
from services.store.post_readings import PostReading, read_post
from services.store.ranking import gather, rank

LOOKED_AT = 2000
"""Characters of a post that are embedded."""


@dataclass(frozen=True)
class Reading:
    """What is needed to read posts."""

    pool: Pool
    embedder: Embeds


async def find_in(reading: Reading, event: OfComment) -> PostReading | None:
    """Return what is found in a post; None when it is gone or was edited meanwhile."""
    async with reading.pool.connection() as connection:
        post = await read_post(connection, event)
    if post is None:
        return None
    space = reading.embedder.space
    text = post.text[:LOOKED_AT]
    vector = (await reading.embedder.embed_queries([text]))[0]
    gathered = await gather(reading.pool, text, vector, space)
    ranked = rank(text, gathered.found, gathered.corpus)
    best = ranked[0].passage if ranked else None
    return PostReading(
        comment_key=event.comment_key,
        revision=event.revision,
        space=space,
        nearness=max((one.cosine for one in gathered.found), default=0.0),
        publication_id=best.publication_id if best else None,
        passage_id=best.passage_id if best else None,
        topics=named(post.text, post.topics),
        language=detect_language(post.text),
        asks="?" in post.text,
        off=is_off(post.text),
    )
