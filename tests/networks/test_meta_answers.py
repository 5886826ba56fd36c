"""Replies, hiding and refusals on Facebook and Instagram."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from services.networks.exchange import MAX_ANSWER
from services.networks.meta.facebook import FacebookPage
from services.networks.network import NetworkError, OutcomeUnknown, Posted, Refused, Temporary
from tests.networks.meta_graph import ACCOUNT, APP_SECRET, PAGE, TOKEN
from tests.networks.meta_scene import MetaScene, meta_scene
from tests.networks.stage import outgoing
from tests.networks.wire import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[MetaScene]:
    async with meta_scene() as opened:
        yield opened


@pytest.fixture
def page(scene: MetaScene) -> FacebookPage:
    return scene.page()


@pytest.fixture
def comment(scene: MetaScene) -> str:
    return scene.server.comment(scene.server.post(), "Wann?")


async def answered(network: Any, parent_id: str, text: str = "Um acht.") -> Posted:
    posted = await network.reply(outgoing(parent_id=parent_id, text=text, key=f"k{parent_id}"))
    assert isinstance(posted, Posted)
    return posted


ErrorCase = tuple[int, int | None, type[NetworkError], str | None]
WRITES: list[ErrorCase] = [
    (190, 463, Refused, "token"),
    (102, None, Refused, "token"),
    (10, None, Refused, "scope"),
    (3, None, Refused, "scope"),
    (200, None, Refused, "scope"),
    (283, None, Refused, "scope"),
    (100, 33, Refused, "gone"),
    (803, None, Refused, "gone"),
    (100, None, Refused, "invalid"),
    (506, None, Refused, "invalid"),
    (1609005, None, Refused, "invalid"),
    (4, None, Temporary, None),
    (17, None, Temporary, None),
    (32, None, Temporary, None),
    (341, None, Temporary, None),
    (613, None, Temporary, None),
    (80001, None, Temporary, None),
    (80002, None, Temporary, None),
    (368, None, Temporary, None),
    (1, None, OutcomeUnknown, None),
    (2, None, OutcomeUnknown, None),
]


@pytest.mark.parametrize("case", WRITES)
async def test_an_error_is_read_by_its_code(
    scene: MetaScene, page: FacebookPage, comment: str, case: ErrorCase
) -> None:
    """INVARIANT: what a code means for a write decides whether it may be tried again."""
    code, sub, kind, refusal = case
    error = {"code": code, "error_subcode": sub, "message": f"{TOKEN} Um acht."}
    body = json.dumps({"error": error}).encode()
    scene.wire.next(Answer(400, {}, body), method="POST")
    with pytest.raises(kind) as raised:
        await answered(page, comment)
    if isinstance(raised.value, Refused):
        assert raised.value.code == refusal
    assert TOKEN not in str(raised.value)
    assert "Um acht" not in str(raised.value)
    assert scene.server.texts_under(comment) == []


async def test_a_passing_error_is_temporary_for_a_read(scene: MetaScene, comment: str) -> None:
    for error in ({"code": 2}, {"code": 999, "is_transient": True}):
        scene.server.refusals.append((500, error))
        with pytest.raises(Temporary):
            await scene.page().read(comment)


async def test_meta_says_when_calls_are_welcome_again(scene: MetaScene, comment: str) -> None:
    usage = '{"1": [{"type": "pages", "call_count": 101, "estimated_time_to_regain_access": 2}]}'
    body = b'{"error": {"code": 80001}}'
    scene.wire.next(Answer(400, {"X-Business-Use-Case-Usage": usage}, body), method="POST")
    with pytest.raises(Temporary) as raised:
        await answered(scene.page(), comment)
    assert raised.value.retry_after == 120


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"id": null}', b""])
async def test_an_answer_that_cannot_be_read_leaves_the_outcome_open(
    scene: MetaScene, page: FacebookPage, comment: str, body: bytes
) -> None:
    """INVARIANT: a write whose answer makes no sense may have been done."""
    scene.wire.next(Answer(200, {}, body), method="POST", forwarded=True)
    with pytest.raises(OutcomeUnknown):
        await answered(page, comment)
    assert await page.find_reply(outgoing(parent_id=comment, text="Um  acht. ", key="x"))


async def test_a_gateway_that_fails_after_the_write_leaves_the_outcome_open(
    scene: MetaScene, page: FacebookPage, comment: str
) -> None:
    scene.wire.next(Answer(502), method="POST", forwarded=True)
    with pytest.raises(OutcomeUnknown):
        await answered(page, comment)


async def test_a_redirect_is_not_followed(scene: MetaScene, page: FacebookPage) -> None:
    """INVARIANT: the token goes nowhere but to Meta's address."""
    scene.wire.next(Answer(302, {"Location": f"{scene.wire.url}/elsewhere"}))
    with pytest.raises(Temporary):
        await page.read("1_2")
    assert not any("elsewhere" in one.path for one in scene.wire.seen)


async def test_an_endless_answer_is_cut_off(scene: MetaScene, page: FacebookPage) -> None:
    scene.wire.next(Answer(200, {}, b" " * (MAX_ANSWER + 1)))
    with pytest.raises(Temporary):
        await page.read("1_2")


async def test_no_secret_stands_in_an_address_or_a_log(
    scene: MetaScene, comment: str, caplog: pytest.LogCaptureFixture
) -> None:
    """INVARIANT: neither the token nor the app's secret is where a log could keep it."""
    page, account = scene.page(), scene.account()
    with caplog.at_level(logging.DEBUG):
        await answered(page, comment)
        await page.check()
        await account.check()
        await anext(page.listen(None))
    seen = "\n".join(one.path for one in scene.wire.seen) + caplog.text + repr(page.settings)
    assert TOKEN not in seen
    assert APP_SECRET not in seen


@pytest.mark.parametrize(
    ("fields", "why"), [({"can_comment": False}, "locked"), ({"is_hidden": True}, "hidden")]
)
async def test_no_reply_where_facebook_takes_none(
    scene: MetaScene, page: FacebookPage, fields: dict[str, Any], why: str
) -> None:
    comment_id = scene.server.comment(scene.server.post(), "Wann?", **fields)
    standing = await page.read(comment_id)
    assert standing is not None
    assert (standing.can_reply, standing.why_not) == (False, why)
    with pytest.raises(Refused) as refused:
        await answered(page, comment_id)
    assert refused.value.code == why
    assert scene.server.texts_under(comment_id) == []


async def test_a_reply_that_facebook_hides_is_taken_down(
    scene: MetaScene, page: FacebookPage, comment: str
) -> None:
    """INVARIANT: a reply that nobody sees does not count as posted."""
    made = scene.server.comment(comment, "Um acht.", by=PAGE, is_hidden=True)
    body = json.dumps({"id": made, "is_hidden": True}).encode()
    scene.wire.next(Answer(200, {}, body), method="POST")
    with pytest.raises(Refused):
        await answered(page, comment)
    assert made not in scene.server.nodes


async def test_only_a_public_reply_is_posted_in_public(
    scene: MetaScene, page: FacebookPage, comment: str
) -> None:
    """INVARIANT: what was meant for fewer is never shown to everybody."""
    for network in (page, scene.account()):
        with pytest.raises(Refused) as refused:
            await network.reply(
                outgoing(parent_id=comment, text="Leise", key="leise", visibility="unlisted")
            )
        assert refused.value.code == "not_public"


async def test_our_reply_is_found_behind_many_others(
    scene: MetaScene, page: FacebookPage, comment: str
) -> None:
    await answered(page, comment)
    scene.server.comment(comment, "Um acht.", by="oskar")
    for number in range(30):
        scene.server.comment(comment, f"Frage {number}")
    scene.server.page_size = 7
    found = await page.find_reply(outgoing(parent_id=comment, text="Um acht.", key="k"))
    scene.server.page_size = 1000
    assert found is not None
    assert scene.server.nodes[found.native_id]["from"]["id"] == PAGE


async def test_a_reply_that_facebook_moved_is_found(scene: MetaScene, comment: str) -> None:
    """INVARIANT: a reply is not posted twice because it stands one level higher than asked for."""
    page, server = scene.page(), scene.server
    reply = server.comment(comment, "Und wo?", by="oskar")
    earlier = {"created_time": "2026-01-01T12:00:00+0000"}
    server.comment(comment, "Im Hof.", by=PAGE, **earlier)
    answer = outgoing(parent_id=reply, text="Im Hof.", key="moved")
    assert await page.find_reply(answer) is None
    moved = server.comment(comment, "Im Hof.", by=PAGE)
    found = await page.find_reply(answer)
    assert found is not None
    assert found.native_id == moved


async def test_a_comment_is_hidden_and_shown_again(
    scene: MetaScene, page: FacebookPage, comment: str
) -> None:
    for hidden in (True, True, False):
        assert await page.hide(comment, hidden=hidden)
        assert scene.server.nodes[comment]["is_hidden"] is hidden
    scene.server.nodes[comment]["can_hide"] = False
    with pytest.raises(Refused):
        await page.hide(comment, hidden=True)
    on_picture = scene.server.instagram_comment(scene.server.media(), "Wann?")
    assert await scene.account().hide(on_picture, hidden=True)
    assert scene.server.nodes[on_picture]["hidden"] is True


async def test_a_reply_to_a_reply_on_instagram_names_whom_it_answers(scene: MetaScene) -> None:
    """INVARIANT: Instagram files it under the first comment; the person still sees it is theirs."""
    account = scene.account()
    first = scene.server.instagram_comment(scene.server.media(), "Wann?")
    reply = scene.server.instagram_comment(first, "Und wo?", by="oskar")
    posted = await answered(account, reply, "Im Hof.")
    assert posted.text == "@oskar.k Im Hof."
    assert scene.server.texts_under(first) == ["Und wo?", "@oskar.k Im Hof."]
    found = await account.find_reply(outgoing(parent_id=reply, text="Im Hof.", key="k"))
    assert found is not None
    assert found.native_id == posted.native_id
    named = await answered(account, reply, "@Oskar.K Hinten.")
    assert named.text == "@Oskar.K Hinten."


async def test_the_name_counts_into_instagrams_length(scene: MetaScene) -> None:
    first = scene.server.instagram_comment(scene.server.media(), "Wann?")
    reply = scene.server.instagram_comment(first, "Und wo?", by="oskar")
    with pytest.raises(Refused) as refused:
        await answered(scene.account(), reply, "ä" * 295)
    assert refused.value.code == "too_long"


@pytest.mark.parametrize(
    "text", ["#a #b #c #d #e", "https://a.example und https://b.example", "UM ACHT IM HOF"]
)
async def test_what_instagram_refuses_is_not_sent(scene: MetaScene, text: str) -> None:
    first = scene.server.instagram_comment(scene.server.media(), "Wann?")
    with pytest.raises(Refused) as refused:
        await answered(scene.account(), first, text)
    assert refused.value.code == "invalid"
    assert scene.server.texts_under(first) == []


@pytest.mark.parametrize("why", ["hidden", "locked"])
async def test_no_reply_where_instagram_takes_none(scene: MetaScene, why: str) -> None:
    media = scene.server.media()
    comment_id = scene.server.instagram_comment(media, "Wann?", hidden=why == "hidden")
    scene.server.nodes[media]["is_comment_enabled"] = why != "locked"
    with pytest.raises(Refused) as refused:
        await answered(scene.account(), comment_id)
    assert refused.value.code == why


async def test_own_reply_on_instagram_is_known_by_either_id(scene: MetaScene) -> None:
    first = scene.server.instagram_comment(scene.server.media(), "Wann?")
    scene.server.instagram_comment(first, "Um acht.", by="17-scoped", user={"id": ACCOUNT})
    reply = outgoing(parent_id=first, text="Um acht.", key="k")
    assert await scene.account().find_reply(reply) is not None
