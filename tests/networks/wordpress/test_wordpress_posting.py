"""Replying at a real WordPress: what it accepts though it should not, and what it does not."""

import pytest

from services.networks.network import OutcomeUnknown, Refused, Temporary
from tests.networks.stage import outgoing
from tests.networks.wire import Answer
from tests.networks.wordpress.stage import WordPressStage


async def refused(wordpress: WordPressStage, parent_id: str, text: str = "Hallo") -> str:
    with pytest.raises(Refused) as refusal:
        await wordpress.network.reply(outgoing(parent_id=parent_id, text=text, key=text))
    return refusal.value.code


async def test_every_character_is_shown_as_it_was_approved(wordpress: WordPressStage) -> None:
    """INVARIANT: a reply is text; WordPress must not read markup into it."""
    text = 'Nur 3 < 5 & "vier" > 2?\n<b>Kein</b> &amp; HTML\n\nhttps://example.org/?a=1&b=2 🌱'
    native_id = await wordpress.someone_comments("Geht das?")
    posted = await wordpress.network.reply(outgoing(parent_id=native_id, text=text, key="html"))
    assert posted.text == text
    standing = await wordpress.network.read(posted.native_id)
    assert standing is not None
    assert standing.text == text
    again = await wordpress.network.reply(outgoing(parent_id=native_id, text=text, key="html"))
    assert again.native_id == posted.native_id


async def test_a_visitors_markup_becomes_readable_text(wordpress: WordPressStage) -> None:
    native_id = await wordpress.someone_comments(
        'Seht <a href="https://example.org/x">hier</a> &amp; <strong>staunt</strong>\n\n1 < 2'
    )
    standing = await wordpress.network.read(native_id)
    assert standing is not None
    assert standing.text == "Seht hier (https://example.org/x) & staunt\n\n1 < 2"


async def test_no_reply_to_a_comment_that_never_was(wordpress: WordPressStage) -> None:
    """INVARIANT: WordPress accepts a reply to nothing; we do not send it."""
    for parent_id in (wordpress.native_id(999_999), "other.example/comment-1", "x"):
        assert await refused(wordpress, parent_id) == "gone"
    assert not [seen for seen in wordpress.wire.seen if seen.method == "POST"]


async def test_a_hidden_comment_and_a_closed_post_take_no_reply(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Gleich verborgen")
    await wordpress.set(native_id, status="hold")
    assert await refused(wordpress, native_id) == "hidden"
    await wordpress.set(native_id, status="approved")
    await wordpress.moderate("POST", f"/wp/v2/posts/{wordpress.post}", {"comment_status": "closed"})
    standing = await wordpress.network.read(native_id)
    assert standing is not None
    assert (standing.can_reply, standing.why_not) == (False, "locked")
    assert await refused(wordpress, native_id) == "locked"


async def test_a_reply_that_the_site_holds_back_is_taken_down_again(
    wordpress: WordPressStage,
) -> None:
    """INVARIANT: what nobody can see does not count as posted, and does not appear later."""
    native_id = await wordpress.someone_comments("Womit bezahlt man?")
    assert await refused(wordpress, native_id, "Nicht mit bitcoin.") == "scope"
    assert await refused(wordpress, native_id, "Nicht mit viagra.") == "invalid"
    number = int(native_id.rpartition("-")[2])
    answer = await wordpress.client.get(
        f"{wordpress.site.url}/",
        params={"rest_route": "/wp/v2/comments", "parent": number, "status": "any"},
        auth=("admin", wordpress.site.passwords["admin"]),
    )
    assert answer.json() == []


async def test_only_a_public_reply_can_be_posted(wordpress: WordPressStage) -> None:
    native_id = await wordpress.someone_comments("Nur für Eingeweihte?")
    with pytest.raises(Refused) as refusal:
        await wordpress.network.reply(
            outgoing(parent_id=native_id, text="Ja.", key="leise", visibility="unlisted")
        )
    assert refusal.value.code == "not_public"
    assert await wordpress.texts_under(native_id) == []


async def test_we_delete_nobody_elses_comment(wordpress: WordPressStage) -> None:
    """INVARIANT: a moderator's rights are used on our own replies only."""
    native_id = await wordpress.someone_comments("Das ist meins")
    with pytest.raises(Refused) as refusal:
        await wordpress.network.delete(native_id)
    assert refusal.value.code == "scope"
    assert await wordpress.network.read(native_id) is not None
    assert await wordpress.network.delete(wordpress.native_id(999_999))


async def test_what_lies_in_spam_stays_there(wordpress: WordPressStage) -> None:
    native_id = await wordpress.someone_comments("Kauft das hier")
    await wordpress.set(native_id, status="spam")
    assert await wordpress.network.hide(native_id, hidden=True)
    with pytest.raises(Refused) as refusal:
        await wordpress.network.hide(native_id, hidden=False)
    assert refusal.value.code == "gone"
    said = await wordpress.moderate("GET", f"/wp/v2/comments/{native_id.rpartition('-')[2]}")
    assert said["status"] == "spam"


async def test_the_same_text_under_another_comment_is_another_reply(
    wordpress: WordPressStage,
) -> None:
    one = await wordpress.someone_comments("Wann?")
    two = await wordpress.someone_comments("Und wann genau?")
    for native_id in (one, two):
        await wordpress.network.reply(outgoing(parent_id=native_id, text="Um drei.", key="drei"))
    assert await wordpress.texts_under(one) == await wordpress.texts_under(two) == ["Um drei."]


async def test_the_colleagues_same_answer_is_not_taken_for_ours(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Wo?")
    await wordpress.moderate(
        "POST",
        "/wp/v2/comments",
        {"post": wordpress.post, "parent": int(native_id.rpartition("-")[2]), "content": "Hier."},
        "kollegin",
    )
    out = outgoing(parent_id=native_id, text="Hier.", key="hier")
    assert await wordpress.network.find_reply(out) is None


async def test_a_plugin_that_dies_after_the_comment_was_stored_leaves_the_outcome_open(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Alles gut?")
    out = outgoing(parent_id=native_id, text="Alles gut.", key="plugin")
    wordpress.wire.next(Answer(500, {}, b"<p>critical error"), method="POST", forwarded=True)
    with pytest.raises(OutcomeUnknown):
        await wordpress.network.reply(out)
    found = await wordpress.network.find_reply(out)
    assert found is not None
    wordpress.wire.next(Answer(200, {}, b"Notice: <br>{}"), method="POST", forwarded=True)
    with pytest.raises(OutcomeUnknown):
        await wordpress.network.reply(outgoing(parent_id=native_id, text="Noch was", key="notiz"))
    assert sorted(await wordpress.texts_under(native_id)) == ["Alles gut.", "Noch was"]


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (Answer(503, {"Retry-After": "600"}), 600.0),
        (Answer(400, {}, b'{"code":"comment_flood","message":"slow down"}'), 15.0),
        (Answer(429, {"Retry-After": "Thu, 01 Jan 2026 00:00:00 GMT"}), 0.0),
    ],
)
async def test_an_updating_or_throttling_site_says_when_to_come_back(
    wordpress: WordPressStage, answer: Answer, wait: float
) -> None:
    native_id = await wordpress.someone_comments("Seid ihr da?")
    wordpress.wire.next(answer, method="POST")
    with pytest.raises(Temporary) as refusal:
        await wordpress.network.reply(outgoing(parent_id=native_id, text="Ja!", key="pause"))
    assert refusal.value.retry_after == wait
    assert await wordpress.texts_under(native_id) == []


async def test_a_page_instead_of_an_answer_is_worth_another_try(
    wordpress: WordPressStage,
) -> None:
    native_id = await wordpress.someone_comments("Captcha?")
    await wordpress.network.read(native_id)
    wordpress.wire.next(Answer(200, {"Content-Type": "text/html"}, b"<html>Are you human?"))
    with pytest.raises(Temporary):
        await wordpress.network.read(native_id)
