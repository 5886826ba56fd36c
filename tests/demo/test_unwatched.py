"""The pages of the sample world that nobody watches fit to those that are watched."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from services.demo import sample

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_what_nobody_watches_has_names_of_its_own_readers_and_people_who_reply() -> None:
    seed = sample.seed(NOW)
    strangers = {page["id"]: page for page in sample.unwatched()}
    watched = {address for _, address, _ in sample.watched()}

    def are_unique(names: Iterable[str | None]) -> bool:
        listed = list(names)
        return len(listed) == len(set(listed))

    for listed in (seed.pages, seed.posts, seed.comments, [*seed.pages, *seed.accounts]):
        assert are_unique(one.id for one in listed)
    assert are_unique([*(one.handle for one in seed.pages), *(one.handle for one in seed.accounts)])
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", page) for page in strangers)
    for page in strangers.values():
        assert page["readers"] >= 5
        assert set(page["followed_by"]) <= watched
    posts = {post.id: post for post in seed.posts if post.page in strangers}
    replies = [one for one in seed.comments if one.under in posts]
    assert replies
    for post in posts.values():
        assert post.created_at is not None
        assert NOW - post.created_at < timedelta(days=30)
    for one in replies:
        asked = posts[str(one.under)].created_at
        assert asked is not None
        assert one.created_at is not None
        assert asked < one.created_at < NOW
