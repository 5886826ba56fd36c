"""How a connection to a real WordPress is found, judged and kept polite."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from services.networks.network import Network, Refused, Temporary
from services.networks.wordpress.settings import WordPressSettings
from tests.networks.stage import about, comments_in, outgoing, told
from tests.networks.wire import Answer
from tests.networks.wordpress.stage import WordPressStage


async def faults_of(network: Network) -> list[str]:
    diagnosis = await network.check()
    return [fault.code for fault in diagnosis.faults]


@pytest.fixture
async def stripping() -> AsyncIterator[httpx.AsyncClient]:
    """A client whose Authorization header gets lost on the way, as behind CGI."""

    async def strip(request: httpx.Request) -> None:
        request.headers.pop("Authorization", None)

    async with httpx.AsyncClient(
        trust_env=False, event_hooks={"request": [strip]}, timeout=30
    ) as client:
        yield client


async def test_a_sound_connection_names_its_account_and_its_right(
    wordpress: WordPressStage,
) -> None:
    diagnosis = await wordpress.network.check()
    assert diagnosis.signed_in_as == "Redaktion"
    assert diagnosis.permissions == {"moderate_comments": True}
    assert not diagnosis.faults


async def test_an_account_that_may_not_moderate_is_told_what_it_lacks(
    wordpress: WordPressStage,
) -> None:
    network = wordpress.connect(user="autor")
    diagnosis = await network.check()
    assert diagnosis.permissions == {"moderate_comments": False}
    assert [fault.code for fault in diagnosis.faults] == ["scope"]
    with pytest.raises(Refused) as refused:
        await anext(network.listen(None))
    assert refused.value.code == "scope"


async def test_a_wrong_password_is_told_from_a_header_that_gets_lost(
    wordpress: WordPressStage, stripping: httpx.AsyncClient
) -> None:
    """INVARIANT: nobody makes a tenth password because their web server drops the header."""
    assert await faults_of(wordpress.network_with_wrong_token()) == ["token"]
    assert await faults_of(wordpress.connect(client=stripping)) == ["auth_header"]
    assert await faults_of(wordpress.connect(client=stripping, password="wrong")) == ["token"]
    wordpress.wire.next(Answer(403), path="xmlrpc.php")
    undecided = await wordpress.connect(client=stripping).check()
    assert [fault.code for fault in undecided.faults] == ["token"]
    assert "header" in undecided.faults[0].detail


async def test_what_is_no_wordpress_or_not_there_is_said(wordpress: WordPressStage) -> None:
    assert await faults_of(wordpress.unreachable_network()) == ["unreachable"]
    wordpress.wire.next(Answer(404, {}, b"<html>nginx"), times=2)
    assert await faults_of(wordpress.connect()) == ["incompatible"]
    wordpress.wire.next(
        Answer(200, {}, b'{"name":"x","namespaces":["other/v1"]}'), path="rest_route"
    )
    assert await faults_of(wordpress.connect()) == ["incompatible"]
    without = b'{"name":"x","namespaces":["wp/v2"],"authentication":[]}'
    wordpress.wire.next(Answer(200, {}, without), path="rest_route")
    assert await faults_of(wordpress.connect()) == ["incompatible"]


async def test_pretty_addresses_are_found_where_the_site_says(wordpress: WordPressStage) -> None:
    address = wordpress.wire.url.replace("127.0.0.1", "localhost")
    network = wordpress.connect(address=address)
    assert await faults_of(network) == []
    native_id = await wordpress.someone_comments("Schöne Adresse")
    native_id = native_id.replace("127.0.0.1", "localhost")
    await told(network, about(native_id))
    posted = await network.reply(outgoing(parent_id=native_id, text="Danke", key="schoen"))
    assert posted.native_id.startswith("localhost")
    assert any("/wp-json/wp/v2/comments" in seen.path for seen in wordpress.wire.seen)
    assert not any("rest_route" in seen.path for seen in wordpress.wire.seen)


async def test_the_password_never_follows_to_another_host(wordpress: WordPressStage) -> None:
    """INVARIANT: neither a redirect nor a link header leads the password away."""
    link = {"Link": '<https://evil.example/wp-json/>; rel="https://api.w.org/"'}
    wordpress.wire.next(Answer(200, link, b""), path="/", times=1)
    assert await faults_of(wordpress.connect()) == []
    wordpress.wire.next(Answer(301, {"Location": "https://www.example.org/"}), times=2)
    network = wordpress.connect()
    with pytest.raises(Refused) as refused:
        await network.read(wordpress.native_id(1))
    assert "https://www.example.org" in str(refused.value)
    assert await faults_of(network) == ["incompatible"]


async def test_a_web_server_that_lost_its_way_deletes_nothing(wordpress: WordPressStage) -> None:
    """INVARIANT: only WordPress itself can say that something is gone."""
    native_id = await wordpress.someone_comments("Bin ich noch da?")
    _, cursor = await told(wordpress.network, about(native_id))
    out = outgoing(parent_id=native_id, text="Ja.", key="da")
    posted = await wordpress.network.reply(out)
    lost = Answer(404, {"Content-Type": "text/html"}, b"<h1>Not Found</h1>")
    for question, asked in (
        (lambda: wordpress.network.read(native_id), 1),
        (lambda: wordpress.network.delete(posted.native_id), 1),
        (lambda: anext(wordpress.network.listen(cursor)), 2),
    ):
        wordpress.wire.next(lost, path="rest_route", times=asked)
        with pytest.raises(Temporary):
            await question()
    assert await wordpress.network.find_reply(out) is not None


async def test_a_first_start_looks_back_as_long_as_wished_in_any_time_zone(
    wordpress: WordPressStage,
) -> None:
    await wordpress.site.sql(
        "insert into wp_comments (comment_post_ID, comment_author, comment_content, "
        "comment_approved, comment_type, comment_date, comment_date_gmt) "
        f"select {wordpress.post}, 'Kim', concat('vor ', seq), '1', 'comment', "
        "convert_tz(utc_timestamp() - interval seq minute, '+00:00', '+01:00'), "
        "utc_timestamp() - interval seq minute from seq_50_to_70_step_10"
    )
    network = wordpress.connect(look_back_hours=1)
    batch = await anext(network.listen(None))
    assert [event.data.text for event in comments_in(batch)] == ["vor 50"]


async def test_an_answer_without_end_is_cut_off(wordpress: WordPressStage) -> None:
    wordpress.wire.next(Answer(200, {}, b"[" + b" " * 10_000_001), path="users")
    with pytest.raises(Temporary):
        await wordpress.network.read(wordpress.native_id(1))


async def test_nobody_silences_a_site_with_long_comments(wordpress: WordPressStage) -> None:
    """INVARIANT: comments that are together larger than we read still come in."""
    await wordpress.site.sql(
        "insert into wp_comments (comment_post_ID, comment_author, comment_content, "
        "comment_approved, comment_type, comment_date, comment_date_gmt) "
        f"select {wordpress.post}, 'Kim', repeat('ä', 32000), '1', 'comment', "
        "convert_tz(utc_timestamp(), '+00:00', '+01:00'), utc_timestamp() from seq_1_to_30"
    )
    native_id = await wordpress.someone_comments("Und was sagt ihr?")
    events, _ = await told(wordpress.network, about(native_id))
    assert len(events) == 31


async def test_between_two_whole_looks_only_the_newest_hundred_are_asked_for(
    wordpress: WordPressStage,
) -> None:
    network = wordpress.connect(recheck=3600)
    await wordpress.site.sql(
        "insert into wp_comments (comment_post_ID, comment_author, comment_content, "
        "comment_approved, comment_type, comment_date, comment_date_gmt) "
        f"select {wordpress.post}, 'Kim', concat('Nummer ', seq), '1', 'comment', "
        "convert_tz(utc_timestamp() - interval 9 minute + interval seq second, '+00:00', '+01:00'),"
        "utc_timestamp() - interval 9 minute + interval seq second from seq_1_to_250"
    )
    async for batch in network.listen(None):
        if any(getattr(event.data, "text", "") == "Nummer 250" for event in batch.events):
            break
    before = len(wordpress.wire.seen)
    native_id = await wordpress.someone_comments("Nummer 251")
    listening = network.listen(batch.cursor)
    await anext(listening)
    whole = len(wordpress.wire.seen) - before
    await wordpress.set(native_id, content="Nummer 251, verbessert")
    asked = len(wordpress.wire.seen)
    edited = await anext(listening)
    glances = [seen for seen in wordpress.wire.seen[asked:] if "status=approve" in seen.path]
    assert [event.type for event in edited.events] == ["comment.edited.v1"]
    assert all("offset=0" in seen.path for seen in glances)
    assert whole > len(glances)


def test_a_password_does_not_travel_in_the_open_and_is_not_shown() -> None:
    """INVARIANT: the application password is neither sent unencrypted nor printed."""
    secret = SecretStr("abcd efgh")
    settings = WordPressSettings(address="https://Example.org/blog/", user="r", password=secret)
    assert settings.site == "example.org/blog"
    assert "abcd" not in repr(settings)
    for address in ("http://example.org", "ftp://x.org", "https://u:p@x.org", "https://x.org/?p=1"):
        with pytest.raises(ValueError, match="address"):
            WordPressSettings(address=address, user="r", password=secret)
