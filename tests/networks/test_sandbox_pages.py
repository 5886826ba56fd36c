"""The sandbox's pages: texts stay texts, nothing private shows, everybody can read them."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from services.networks.sandbox.wording import WORDS
from tests.networks.sandbox_town import ATTACKS, Town
from tests.networks.sandbox_visitor import browser, comment_ids
from tests.networks.stage import outgoing

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Markup(HTMLParser):
    """Collects the tags of a page as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def assert_harmless(page: str) -> None:
    """Fail when the page has code that is not ours, or loads anything from elsewhere."""
    tags = Markup(page).tags
    assert [values for tag, values in tags if tag == "script"] == [
        {"src": "/static/live.js", "defer": ""}
    ]
    for tag, values in tags:
        assert tag not in {"style", "iframe", "object", "embed", "svg", "base"}
        assert not any(name.startswith("on") or name == "style" for name in values), values
        if tag == "a":
            assert re.match(r"[/#]|https?://", values["href"])
        else:
            loaded = [values[name] for name in ("src", "href", "action") if name in values]
            assert all(re.match(r"/(?!/)", address) for address in loaded)


async def test_a_private_message_is_seen_by_its_two_sides_only(town: Town) -> None:
    """INVARIANT: no page that others can open shows a private message."""
    secret = "Bitte vertraulich 0815"
    async with browser(town) as visitor, browser(town) as stranger:
        sent = await visitor.post(
            "/p/lindenhof/messages", data={"display_name": "Leise", "text": secret}
        )
        assert secret in sent.text
        (message,) = [e for e in await town.events() if e["comment"]["text"] == secret]
        comment = message["comment"]
        await town.network(client=town.client).reply(
            outgoing(parent_id=comment["id"], text="Nur für dich", key="dm", visibility="direct")
        )
        assert "Nur für dich" in (await visitor.get("/messages")).text
        await stranger.post("/p/lindenhof/messages", data={"display_name": "S", "text": "hm"})
        for path in ("/", "/p/lindenhof", f"/t/{comment['id']}", "/messages"):
            page = (await stranger.get(path)).text
            assert secret not in page
            assert "Nur für dich" not in page
        live = await stranger.get(f"/live?after=-1&thread={comment['id']}")
        assert live.status_code == 422


@pytest.mark.parametrize("attack", ATTACKS)
async def test_markup_in_names_and_texts_stays_text(town: Town, attack: str) -> None:
    """INVARIANT: what somebody writes is never markup on anybody's page."""
    post = await town.post(text=attack)
    async with browser(town) as visitor:
        thread = await visitor.post(
            f"/n/{post}/reply", data={"display_name": attack[:60], "text": attack}
        )
        assert thread.status_code == 200
        front = await visitor.get("/")
        problem = await visitor.post("/n/nowhere/reply", data={"text": attack})
        assert problem.status_code == 404
        for page in (thread.text, front.text, problem.text):
            assert attack in unescape(page)
            assert_harmless(page)


async def test_every_page_forbids_foreign_and_inline_code(town: Town) -> None:
    async with browser(town) as visitor:
        for path in ("/", "/p/lindenhof", f"/t/{await town.post()}", "/messages", "/nowhere"):
            page = await visitor.get(path)
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            assert page.headers["Cache-Control"] == "no-store"
            assert_harmless(page.text)


async def test_closed_and_hidden_things_are_shown_as_such(town: Town) -> None:
    post = await town.post()
    comment = await town.comment(post, "Anstößig", by=await town.person("Verborgener Autor"))
    await town.comment(comment, "Antwort darauf")
    await town.call("POST", f"/api/comments/{comment}/hide", "lindenhof")
    await town.call("POST", f"/api/threads/{post}/lock", "lindenhof")
    async with browser(town) as visitor:
        thread = (await visitor.get(f"/t/{post}")).text
        assert "Anstößig" not in thread
        assert "Verborgener Autor" not in thread
        assert WORDS["de"]["hidden_note"] in thread
        assert "Antwort darauf" in thread
        assert WORDS["de"]["locked_note"] in thread
        assert "<form" not in thread
        refused = await visitor.post(
            f"/n/{post}/reply", data={"display_name": "Z", "text": "zu spät"}
        )
        assert WORDS["de"]["problem_locked"] in refused.text
        await town.call("DELETE", f"/api/comments/{post}", "lindenhof")
        assert WORDS["de"]["deleted_post"] in (await visitor.get(f"/t/{post}")).text
        assert f"/t/{post}" not in (await visitor.get("/p/lindenhof")).text


async def test_replies_by_the_page_are_marked(town: Town) -> None:
    post = await town.post()
    comment = await town.comment(post, "Frage")
    await town.network(client=town.client).reply(
        outgoing(parent_id=comment, text="Antwort", key=f"m{post}")
    )
    async with browser(town) as visitor:
        thread = (await visitor.get(f"/t/{post}")).text
    assert thread.count("by-page") == 1
    assert thread.count(f'class="badge">{WORDS["de"]["page_badge"]}') == 2


async def test_a_very_deep_thread_is_shown_whole(town: Town) -> None:
    post = await town.post()
    depth = 1500
    await town.seed(
        accounts=[{"id": "tief", "display_name": "Tief"}],
        comments=[
            {"id": f"d{n}", "under": f"d{n - 1}" if n else post, "author": "tief", "text": f"<{n}>"}
            for n in range(depth)
        ],
    )
    async with browser(town) as visitor:
        thread = await visitor.get(f"/t/{post}")
    assert comment_ids(thread.text) == [f"d{n}" for n in range(depth)]


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "de-DE,de;q=0.9,en;q=0.8", "de"),
        ("", "fr,en-GB;q=0.8,de;q=0.5", "en"),
        ("", "fr", "de"),
        ("", "", "de"),
        ("?lang=en", "de", "en"),
        ("?lang=xx", "en", "en"),
    ],
)
async def test_pages_speak_the_readers_language(
    town: Town, query: str, header: str, language: str
) -> None:
    async with browser(town, **{"Accept-Language": header}) as visitor:
        page = (await visitor.get(f"/{query}")).text
        assert f'<html lang="{language}">' in page
        if query == "?lang=en":
            assert '<html lang="en">' in (await visitor.get("/")).text


async def test_waiting_for_news_of_a_thread(town: Town) -> None:
    post = await town.post()
    async with browser(town) as visitor:
        thread = (await visitor.get(f"/t/{post}")).text
        found = re.search(r'data-live="([^"]+)"', thread)
        assert found is not None
        address = found.group(1).replace("&amp;", "&")
        await town.comment(post, "Neu!")
        version = (await visitor.get(address)).json()["version"]
        assert f"after={version}&" in (await visitor.get(f"/t/{post}")).text.replace("&amp;", "&")
