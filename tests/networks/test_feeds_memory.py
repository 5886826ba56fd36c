"""What counts as news, and when a feed is asked again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.networks.feeds.memory import FeedMemory, News, recall, remember
from services.networks.feeds.reading import Article, read_feed
from tests.networks.feeds_server import RSS, item, rss

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


def articles(*items: str) -> Sequence[Article]:
    return read_feed(rss(*items).encode(), RSS, "https://t.example/feed").articles


def visit(memory: FeedMemory, *items: str, now: datetime = NOW) -> tuple[FeedMemory, list[News]]:
    return memory.after_news(articles(*items), now=now, look_back=DAY)


def told(news: Sequence[News]) -> list[tuple[str, str]]:
    return [(one.happened, one.article.title) for one in news]


def test_of_a_first_visit_only_what_is_recent_is_news_the_oldest_first() -> None:
    memory, news = visit(
        FeedMemory(),
        item("Neu", guid="3", at=NOW - timedelta(hours=1)),
        item("Früher", guid="2", at=NOW - timedelta(hours=5)),
        item("Alt", guid="1", at=NOW - timedelta(days=3)),
        item("Undatiert", guid="0"),
    )
    assert told(news) == [("received", "Früher"), ("received", "Neu")]
    again, news = visit(memory, item("Alt", guid="1"), item("Undatiert", guid="0"))
    assert news == []
    _, news = visit(again, item("Noch undatiert", guid="9"))
    assert told(news) == [("received", "Noch undatiert")]


def test_a_changed_text_is_an_edit_and_a_removed_entry_is_nothing() -> None:
    memory, _ = visit(FeedMemory(), item("Rat tagt", guid="1"), item("Anderes", guid="2"))
    memory, news = visit(memory, item("Rat tagte", guid="1"))
    assert told(news) == [("edited", "Rat tagte")]
    _, news = visit(memory, item("Rat tagte", guid="1"), item("Anderes", guid="2"))
    assert news == []


def test_an_entry_is_known_again_by_its_id_or_by_its_link() -> None:
    """INVARIANT: a feed that changes its ids or its links does not tell everything anew."""
    memory, _ = visit(
        FeedMemory(), item("Eins", guid="http://t.example/1", link="http://t.example/a")
    )
    memory, news = visit(
        memory, item("Eins", guid="https://t.example/1", link="http://t.example/a")
    )
    assert news == []
    memory, news = visit(
        memory, item("Eins", guid="https://t.example/1", link="https://t.example/b")
    )
    assert news == []
    _, news = visit(
        memory, item("Eins, neu", guid="https://t.example/9", link="https://t.example/b")
    )
    assert [(one.happened, one.key) for one in news] == [("edited", memory.known[0].key)]


def test_the_memory_stays_small_and_survives_as_a_cursor() -> None:
    memory = FeedMemory(etag='"1"')
    for day in range(40):
        memory, news = visit(memory, *(item(f"{day}-{n}", guid=f"{day}-{n}") for n in range(20)))
        assert len(news) == (20 if day else 0)
    assert len(memory.known) == 50
    emptied, _ = visit(memory)
    assert visit(emptied, *(item(f"39-{n}", guid=f"39-{n}") for n in range(20)))[1] == []
    cursor = remember({"https://t.example/feed": memory})
    assert recall(cursor) == {"https://t.example/feed": memory}
    assert len(cursor) < 6000
