"""What is remembered of each feed between two visits: with it only news is told. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from services.networks.feeds.reading import Article

_FEWEST = 50


class Known(NamedTuple):
    """An article as we last told of it, under all names it had."""

    key: str
    names: tuple[str, ...]
    revision: str


class News(NamedTuple):
    """An article that is new or was changed, and its lasting key within the feed."""

    happened: Literal["received", "edited"]
    key: str
    article: Article


@dataclass(frozen=True)
class FeedMemory:
    """One feed's memory.

    `address` is where the feed moved to for good, `failures` how many visits in a row failed,
    `stopped` whether its server said that it is gone for good.
    """

    etag: str | None = None
    last_modified: str | None = None
    address: str | None = None
    failures: int = 0
    stopped: bool = False
    known: tuple[Known, ...] = ()
    seen: bool = False

    def after_news(
        self, articles: Sequence[Article], *, now: datetime, look_back: timedelta
    ) -> tuple["FeedMemory", list[News]]:
        """Return the memory after a visit, and what is new in it, the oldest first.

        Of a feed's first visit only what appeared within `look_back` is news; what bears no date
        is then remembered in silence.
        """
        by_name = {name: known for known in self.known for name in known.names}
        news: list[News] = []
        present: dict[str, Known] = {}
        for article in articles:
            known = next((by_name[name] for name in article.names if name in by_name), None)
            key = known.key if known is not None else article.names[0]
            if key in present:
                continue
            present[key] = Known(key, article.names, article.revision)
            if known is None:
                if self.seen or _is_recent(article, now - look_back):
                    news.append(News("received", key, article))
            elif known.revision != article.revision:
                news.append(News("edited", key, article))
        kept = max(_FEWEST, 2 * len(present), len(self.known))
        past = [known for known in self.known if known.key not in present]
        remembered = (*present.values(), *past)[:kept]
        news.sort(key=lambda one: (one.article.published_at or now, one.key))
        return replace(self, known=remembered, seen=True), news


Memory = Mapping[str, FeedMemory]
"""By the address that was entered."""


@dataclass(frozen=True)
class _Cursor:
    feeds: dict[str, FeedMemory] = field(default_factory=dict)


_ADAPTER = TypeAdapter(_Cursor)


def remember(memory: Memory) -> str:
    """Return the memory as a cursor."""
    return _ADAPTER.dump_json(_Cursor(dict(memory)), exclude_defaults=True).decode()


def recall(cursor: str) -> Memory:
    """Return the memory of a cursor; raises ValueError for one that is not ours."""
    try:
        return _ADAPTER.validate_json(cursor).feeds
    except ValidationError as error:
        raise ValueError("the cursor is not one of feeds") from error


def _is_recent(article: Article, since: datetime) -> bool:
    return article.published_at is not None and article.published_at >= since
