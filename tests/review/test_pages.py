import re
from datetime import UTC, datetime, timedelta

import pytest
from httpx import ASGITransport, AsyncClient

from schemas.comments import Reason
from schemas.drafts import Citation, Sentence
from services.kit.db import transaction
from services.review import actions
from services.review.cursors import from_cursor, from_letter, to_letter
from services.review.handlers import read_letter
from services.review.view import readable, weblink
from services.store import dead_letters
from tests.review.reading import keys_in, path, rows
from tests.review.room import Room
from tests.world import source

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


async def test_the_queue_shows_urgent_first_then_who_waits_longest(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    young = await world.item("Neu?")
    old = await world.item("Alt?", ago=timedelta(hours=5))
    threat = await world.item("Wartet nur.", lane="urgent", kind="threat")
    html = (await jule.get("/")).text
    assert keys_in(html) == [one.comment_key for one in (threat, old, young)]
    assert "wartet 5 Std." in html
    assert "Zitat bereit" in html
    html = (await jule.get("/?lane=answer")).text
    assert keys_in(html) == [old.comment_key, young.comment_key]
    assert "1 dringend" in html


async def test_every_moment_of_a_comment_is_told_with_its_word(room: Room) -> None:
    """When it was written, and since when it waits here, may lie weeks apart."""
    jule = await room.colleague()
    old = await room.world.comment("Wie hoch?", ago=timedelta(days=14))
    await room.world.route(old)
    await room.world.show(old)
    await rows(room.pool, "update items set opened_at = now() - interval '18 min' returning true")
    for address in ("/", path(old)):
        html = (await jule.get(address)).text
        assert ">geschrieben vor 2 Wochen</time> · <time" in html, address
        assert ">wartet 18 Min.</time>" in html, address
    assert (await jule.post(path(old, "/close"), revision=1)).status_code == 303
    assert ">entschieden vor" in (await jule.get("/?show=decided")).text
    assert "wartet" not in (await jule.get(path(old))).text


async def test_the_queue_is_read_in_pages_without_gap_or_repetition(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    same_moment = timedelta(hours=1)
    made = [await world.item(f"Frage {n}?", draft=False, ago=same_moment) for n in range(85)]
    made += [await world.item("Hilfe", lane="urgent", kind="help")]
    for start in ("/", "/?lane=answer", "/?show=decided"):
        seen: list[str] = []
        address: str | None = start
        while address:
            html = (await jule.get(address)).text
            seen += keys_in(html)
            found = re.search(r'rel="next" href="([^"]+)"', html)
            address = found[1].replace("&amp;", "&") if found else None
        expected = {"/": 86, "/?lane=answer": 85, "/?show=decided": 0}[start]
        assert (len(seen), len(set(seen))) == (expected, expected)
    for one in made[:50]:
        await actions.close(room.pool, "x", one.comment_key, revision=1)
    first = (await jule.get("/?show=decided")).text
    found = re.search(r'rel="next" href="([^"]+)"', first)
    assert found is not None
    second = (await jule.get(found[1].replace("&amp;", "&"))).text
    assert len({*keys_in(first), *keys_in(second)}) == 50


@pytest.mark.parametrize("after", ["x", "n1", "n9999999999999999-" + "0" * 32, "u-1", "'; drop"])
async def test_a_made_up_place_in_the_list_is_the_start(room: Room, after: str) -> None:
    jule = await room.colleague()
    assert (await jule.get(f"/?after={after}")).status_code == 200
    assert (await jule.get(f"/?show=decided&after={after}")).status_code == 200
    assert (await jule.get(f"/dead?after={after}")).status_code == 200


async def test_the_list_can_be_narrowed_to_items_with_or_without_draft(room: Room) -> None:
    jule, world = await room.colleague(), room.world
    ready = await world.item("Eins?")
    silent = await world.item("Zwei?", draft=False)
    await world.draft(silent, outcome="no_source", reason=Reason(rule="no_passage_answers"))
    await world.show(silent)
    assert keys_in((await jule.get("/?draft=ready")).text) == [ready.comment_key]
    assert keys_in((await jule.get("/?draft=missing")).text) == [silent.comment_key]
    html = (await jule.get(path(silent))).text
    assert "Keine Quelle" in html
    assert "Keine Stelle der Publikationen beantwortet das," in html


async def test_what_strangers_write_is_never_markup(room: Room) -> None:
    """INVARIANT: no text from outside becomes part of a page's code."""
    jule, world = await room.colleague(), room.world
    comment = await world.comment(
        EVIL, author=EVIL, author_handle=EVIL, page=EVIL, post=EVIL, url='javascript:alert("x")'
    )
    reason = Reason(rule="possibly_illegal", detail=EVIL)
    await world.route(comment, reasons=[reason], language='de" onload="x')
    evil_source = source(
        1, EVIL + " quote me", title=EVIL, heading=EVIL, author=EVIL, url="javascript:alert(3)"
    )
    sentence = Sentence(
        text=EVIL, kind="fact", citations=[Citation(passage_id=1, quote="quote me")]
    )
    await world.draft(comment, f"</textarea>{EVIL}", sentences=[sentence], sources=[evil_source])
    await world.show(comment)
    letter = read_letter(
        f"dead.{EVIL}", {"Nats-Msg-Id": EVIL, "Dead-Reason": EVIL, "Dead-Consumer": EVIL},
        f"\x00{EVIL}".encode() + b"\xff", datetime.now(UTC),
    )  # fmt: skip
    async with transaction(room.pool) as connection:
        await dead_letters.add_dead_letter(connection, letter)
    pages = [
        "/",
        path(comment),
        path(comment, "/live"),
        "/dead",
        f"/?done={EVIL}",
        f"/nav?at={EVIL}",
    ]
    pages.append(f"{path(comment)}?lane={EVIL}&draft={EVIL}")
    shown = [(await jule.get(one)).text for one in pages]
    refused = await jule.post(path(comment, "/approve"), revision=1, text="x" * 600 + EVIL)
    assert refused.status_code == 422
    await actions.mute(room.pool, "x", comment.comment_key, reason=EVIL, days=3)
    shown += [(await jule.get(one)).text for one in ("/muted", path(comment))] + [refused.text]
    for html in shown:
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "javascript:" not in html
        assert 'onload="x"' not in html
        assert "7*7" not in html or "{{7*7}}" in html
    assert "&lt;script&gt;alert(1)" in shown[1]


async def test_dead_letters_through_the_pages(room: Room) -> None:
    jule = await room.colleague()
    for number in range(2):
        letter = read_letter(
            "dead.comments.received.sandbox.abc",
            {
                "Nats-Msg-Id": f"route_received:comments:{number}", "Dead-Stream": "comments",
                "Dead-Consumer": "route_received", "Dead-Reason": "ValueError: kaputt",
                "Dead-Attempts": "5",
            },
            b'{"comment_key": "' + b"a" * 32 + b'"}', datetime.now(UTC),
        )  # fmt: skip
        async with transaction(room.pool) as connection:
            await dead_letters.add_dead_letter(connection, letter)
    html = (await jule.get("/dead")).text
    for part in ("ValueError: kaputt", "5 Versuche", "route_received", "a" * 32):
        assert part in html
    answer = await jule.post("/dead/requeue", dead_id="route_received:comments:0")
    assert answer.headers["location"] == "/dead?done=requeue"
    answer = await jule.post("/dead/drop", dead_id="route_received:comments:1", note="Test")
    assert answer.headers["location"] == "/dead?done=drop"
    assert (await jule.post("/dead/requeue", dead_id="x")).status_code == 409
    html = (await jule.get("/dead")).text
    assert "Noch einmal gesendet" in html
    assert "Nichts Unzustellbares." in html


async def test_the_lists_beside_the_queue_open(room: Room) -> None:
    emre = await room.colleague("Emre", "en")
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into publications (publication_id, name, title, language, published_on, digest,"
            " edition, warnings, indexed_at) values ('0123456789abcdef', 'a.pdf', 'Richtlinien',"
            " 'de', '2026-11-09', 'x', 3, '[{\"de\": \"Seite 4\", \"en\": \"Page 4\"}]', now())"
        )
    html = (await emre.get("/publications")).text
    for part in ("Richtlinien", "edition 3", "November 9, 2026", "0 passages", "Page 4"):
        assert part in html
    assert "The books balance." in (await emre.get("/books")).text


async def test_the_language_follows_account_then_cookie_then_browser(room: Room) -> None:
    visitor = room.visitor()
    assert 'lang="de"' in (await visitor.get("/sign-in")).text
    html = (await visitor.get("/sign-in", **{"accept-language": "fr,en-GB;q=0.9"})).text
    assert '<html lang="en">' in html
    await visitor.post("/language", language="en", back="/sign-in")
    assert '<html lang="en">' in (await visitor.get("/sign-in")).text
    jule = await room.colleague("Jule", "de")
    assert '<html lang="de">' in (await jule.get("/")).text
    answer = await jule.post("/language", language="en", back="/muted")
    assert answer.headers["location"] == "/muted"
    assert '<html lang="en">' in (await jule.get("/")).text
    assert await rows(room.pool, "select language from accounts") == [("en",)]
    assert (await jule.post("/language", language="xx")).status_code == 400


async def test_what_is_not_there_is_a_page_that_says_so(room: Room) -> None:
    jule = await room.colleague()
    unsorted = await room.world.comment()
    for missing in ("/nowhere", "/items/xyz", "/items/" + "0" * 32, path(unsorted), "/static/x"):
        answer = await jule.get(missing)
        assert answer.status_code == 404, missing
    answer = await jule.post("/items/" + "0" * 32 + "/close", revision=1)
    assert answer.status_code == 404
    assert "Nicht hier" in answer.text
    assert (await jule.post(path(unsorted, "/close"), revision="x")).status_code == 400


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://a.example/x?y=1", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https://", False),
        ("https://[", False),
        ("https://a.example/\n", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_linked(url: str | None, linked: bool) -> None:
    assert (weblink(url) is not None) is linked


def test_a_place_among_dead_letters_survives_the_address() -> None:
    at = datetime(2026, 5, 1, 12, 0, 0, 123457, tzinfo=UTC)
    letter = dead_letters.DeadLetter("a:b-c:7", "a", "s", "b", None, "r", 1, b"", at)
    assert from_letter(to_letter(letter)) == (at, "a:b-c:7")
    assert from_cursor("nonsense") is None
    assert readable(b"\xff\x00a") == "\ufffd\ufffda"


async def test_without_its_database_the_desk_says_so(room: Room) -> None:
    jule = await room.colleague()
    await room.pool.close()
    for answer in (await jule.get("/"), await jule.post("/sign-in", name="a", password="b")):
        assert answer.status_code == 503
        assert "try again" in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_fault_of_ours_is_an_answer_with_all_headers(room: Room) -> None:
    """INVARIANT: nobody ever sees a stack trace."""
    jule = await room.colleague()
    async with transaction(room.pool) as connection:
        await connection.execute("alter table mutes rename to elsewhere")
    jule.http = AsyncClient(
        transport=ASGITransport(room.app, raise_app_exceptions=False),
        base_url=jule.http.base_url, cookies=jule.http.cookies,
    )  # fmt: skip
    answer = await jule.get("/muted")
    assert (answer.status_code, "Traceback" in answer.text) == (500, False)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
