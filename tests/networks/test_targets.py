"""What people write as an address is understood, or refused with its reason."""

import pytest

from services.networks.targets import UnfitTarget, read_target


@pytest.mark.parametrize(
    ("network", "written", "kind", "address"),
    [
        ("bluesky", "@Presse.Example.org", "account", "presse.example.org"),
        ("Bluesky", "https://bsky.app/profile/presse.example.org", "account", "presse.example.org"),
        ("bluesky", "did:plc:abc123", "account", "did:plc:abc123"),
        ("bluesky", "#Hitzeschutz", "hashtag", "#hitzeschutz"),
        ("bluesky", "suche: Hitze in der Stadt", "search", "Hitze in der Stadt"),
        ("mastodon", "@amt@social.example.org", "account", "amt@social.example.org"),
        ("mastodon", "https://social.example.org/@amt", "account", "amt@social.example.org"),
        ("youtube", "UCabcdefghijklmnopqrstuv", "account", "UCabcdefghijklmnopqrstuv"),
        ("youtube", "https://www.youtube.com/@stadtwerke/videos", "account", "@stadtwerke"),
        ("rss", "https://tagblatt.example/feed", "feed", "https://tagblatt.example/feed"),
        ("sandbox", "rundblick", "account", "rundblick"),
    ],
)
def test_an_address_is_understood(network: str, written: str, kind: str, address: str) -> None:
    target = read_target(network, written)
    assert (target.kind, target.address) == (kind, address)


@pytest.mark.parametrize(
    ("network", "written", "code"),
    [
        ("facebook", "verein", "network"),
        ("bluesky", " ", "empty"),
        ("bluesky", "Presse Amt", "handle"),
        ("mastodon", "amt@@x", "handle"),
        ("mastodon", "#", "hashtag"),
        ("youtube", "search: Hitze", "search"),
        ("sandbox", "#hitze", "hashtag"),
        ("youtube", "https://www.youtube.com/watch?v=x", "channel"),
        ("feeds", "ftp://tagblatt.example/feed", "feed"),
        ("feeds", "https://user:secret@tagblatt.example/feed", "feed"),
        ("bluesky", "search: " + "x" * 600, "long"),
    ],
)
def test_what_cannot_be_watched_says_why(network: str, written: str, code: str) -> None:
    with pytest.raises(UnfitTarget) as error:
        read_target(network, written)
    assert error.value.code == code
    assert "secret" not in str(error.value)
