"""Which publications a comment touches."""

from services.route.topics import MOST, topics


def test_the_nearest_publications_come_first_and_the_far_ones_not_at_all() -> None:
    found = topics([("far", 0.7), ("near", 0.93), ("next", 0.88), ("a", 0.87), ("b", 0.869)])
    assert [one.publication_id for one in found] == ["near", "next", "a"][:MOST]
    assert found[0].probability > 0.8 > found[1].probability


def test_without_publications_there_is_no_topic() -> None:
    assert topics([]) == ()
