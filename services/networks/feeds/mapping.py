"""From an article to an event. Pure."""

import hashlib
from datetime import datetime

from schemas.inbound import Author, InboundComment, InboundEvent, Page, Root
from services.networks.feeds.memory import News
from services.networks.targets import Target

NETWORK = "feeds"


def event_from(
    news: News, feed: Target, site: str | None, *, source: str, now: datetime
) -> InboundEvent:
    """Return the event of an article: a thread of its own, said by the page.

    Ids are the feed's own, for other feeds use the same. Who wrote it is not taken in: a
    journalist's name concerns nobody here.
    """
    article = news.article
    whose = hashlib.sha256(feed.address.encode()).hexdigest()[:12]
    native_id = f"{feed.host}/{whose}/{news.key}"
    appeared = min(article.published_at or now, now)
    return InboundEvent(
        id=f"{native_id}#{article.revision}",
        source=source,
        type="comment.received.v1" if news.happened == "received" else "comment.edited.v1",
        time=appeared if news.happened == "received" else now,
        data=InboundComment(
            network=NETWORK,
            native_id=native_id,
            revision=article.revision,
            url=article.url,
            page=Page(
                native_id=feed.address,
                name=feed.name or feed.host,
                relation=feed.relation,
                url=site,
            ),
            root=Root(native_id=native_id, text=article.text, url=article.url),
            author=Author(native_id=feed.address, display_name=feed.name or feed.host),
            text=article.text,
            visibility="public",
            created_at=appeared,
        ),
    )
