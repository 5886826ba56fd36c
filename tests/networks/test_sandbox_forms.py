"""What people do on the sandbox with a browser, and what other sites cannot do for them."""

import pytest

from services.networks.sandbox.access import VISITOR_COOKIE
from services.networks.sandbox.wording import WORDS
from tests.networks.sandbox_town import Town
from tests.networks.sandbox_visitor import browser, comment_ids

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_newcomer_comments_edits_and_deletes(town: Town) -> None:
    post = await town.post()
    async with browser(town) as visitor:
        written = await visitor.post(
            f"/n/{post}/reply", data={"display_name": " Nora  Neu ", "text": "Schön\r\nhier"}
        )
        (comment,) = comment_ids(written.text)
        assert str(written.url).endswith(f"/t/{post}#c-{comment}")
        assert "Nora Neu" in written.text
        cookie = written.history[0].headers["Set-Cookie"]
        assert cookie.startswith(f"{VISITOR_COOKIE}=")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        answered = await visitor.post(f"/n/{comment}/reply", data={"text": "Ich nochmal"})
        reply = comment_ids(answered.text)[1]
        edited = await visitor.post(f"/n/{reply}/edit", data={"text": "Ich doch nicht"})
        assert "Ich doch nicht" in edited.text
        assert "Ich nochmal" not in edited.text
        assert WORDS["de"]["edited"] in edited.text
        deleted = await visitor.post(f"/n/{reply}/delete")
        assert "Ich doch nicht" not in deleted.text
        assert WORDS["de"]["deleted_note"] in deleted.text
        renamed = await visitor.post("/name", data={"display_name": "Nora", "back": f"/t/{post}"})
        assert "Nora Neu" not in renamed.text
        assert "Nora" in renamed.text
    events = [e for e in await town.events() if e["comment"]["id"] in {comment, reply}]
    assert [event["type"] for event in events] == ["comment.created", "comment.deleted"]
    assert events[0]["comment"]["text"] == "Schön\nhier"


async def test_nobody_changes_what_others_wrote(town: Town) -> None:
    post = await town.post()
    comment = await town.comment(post, "Meins")
    async with browser(town) as visitor:
        await visitor.post(f"/n/{post}/reply", data={"display_name": "X", "text": "hallo"})
        thread = (await visitor.get(f"/t/{post}")).text
        assert f"/n/{comment}/edit" not in thread
        for deed in ("edit", "delete"):
            answer = await visitor.post(f"/n/{comment}/{deed}", data={"text": "Deins"})
            assert answer.status_code == 403
            assert WORDS["de"]["problem_scope"] in answer.text
    async with browser(town, Cookie=f"{VISITOR_COOKIE}=guessed") as stranger:
        answer = await stranger.post(f"/n/{comment}/delete")
        assert answer.status_code == 422
    assert [reply["text"] for reply in await town.replies(post)] == ["Meins", "hallo"]


async def test_blocking_a_page_and_taking_it_back(town: Town) -> None:
    post = await town.post()
    async with browser(town) as visitor:
        await visitor.post(f"/n/{post}/reply", data={"display_name": "B", "text": "Ruhe bitte"})
        (comment,) = comment_ids((await visitor.get(f"/t/{post}")).text)
        network = town.network(client=town.client)
        blocked = await visitor.post("/p/lindenhof/block")
        assert WORDS["de"]["blocked_hint"] in blocked.text
        standing = await network.read(comment)
        assert standing is not None
        assert standing.why_not == "blocked"
        await visitor.post("/p/lindenhof/unblock")
        standing = await network.read(comment)
        assert standing is not None
        assert standing.can_reply


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1"])
async def test_a_form_from_another_site_is_refused(town: Town, origin: str | None) -> None:
    """INVARIANT: no other site can write in a visitor's name."""
    post = await town.post()
    async with browser(town) as visitor:
        await visitor.post(f"/n/{post}/reply", data={"display_name": "Opfer", "text": "ich"})
        del visitor.headers["Origin"]
        headers = {"Origin": origin} if origin is not None else {}
        for path in (f"/n/{post}/reply", "/name", "/p/lindenhof/block", "/p/lindenhof/messages"):
            answer = await visitor.post(
                path, data={"text": "nicht ich", "display_name": "Anders"}, headers=headers
            )
            assert answer.status_code == 403
    assert [reply["text"] for reply in await town.replies(post)] == ["ich"]


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_a_form_leads_nowhere_else(town: Town, back: str) -> None:
    async with browser(town) as visitor:
        answer = await visitor.post(
            "/name", data={"display_name": "N", "back": back}, follow_redirects=False
        )
        assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": "Ohne Namen"}, "invalid"),
        ({"display_name": "\u202e\n ", "text": "Leerer Name"}, "invalid"),
        ({"display_name": "x" * 61, "text": "Langer Name"}, "invalid"),
        ({"display_name": "Leer", "text": " "}, "invalid"),
        ({"display_name": "Viel", "text": "x" * 501}, "too_long"),
    ],
)
async def test_what_does_not_work_is_said_and_the_text_is_kept(
    town: Town, fields: dict[str, str], code: str
) -> None:
    post = await town.post()
    async with browser(town) as visitor:
        answer = await visitor.post(f"/n/{post}/reply", data=fields)
        assert answer.status_code == 422
        assert WORDS["de"][f"problem_{code}"] in answer.text
        assert fields["text"].strip() in answer.text
    assert await town.replies(post) == []
