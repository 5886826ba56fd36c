from datetime import UTC, datetime, timedelta

import pytest

from services.kit.db import transaction
from services.review import actions
from services.review.finding import Piece, pieces, read_filters, wanted_of
from services.store import finding
from services.store.finding import END, START, Place, Wanted, find_comments, parts_of
from tests.review.reading import keys_in, path, rows
from tests.review.room import Room
from tests.world import Seeded


async def found(room: Room, address: str) -> list[str]:
    visitor = await room.colleague(f"Jule {len(room.clients)}")
    answer = await visitor.get(f"/search?{address}")
    assert answer.status_code == 200
    return keys_in(answer.text)


def keys(*seeded: Seeded) -> list[str]:
    return [one.comment_key for one in seeded]


async def test_words_are_found_in_their_forms_and_inside_longer_words(room: Room) -> None:
    world = room.world
    grant = await world.item("Wann werden die Projektförderungen ausgezahlt?")
    house = await world.item("In den Häusern ist es kalt: 100%_sicher.", ago=timedelta(hours=1))
    assert await found(room, "words=förderung") == keys(grant)
    assert await found(room, "words=Haus") == keys(house)
    assert await found(room, "words=ausgezahlt+projektförderung") == keys(grant)
    assert await found(room, "words=%22kalt+100%22") == keys(house)
    assert await found(room, "words=kalt+-häuser") == []
    assert await found(room, "words=100%25_sich") == keys(house)
    assert await found(room, "words=100%25xsich") == []


async def test_every_filter_narrows_and_all_work_together(room: Room) -> None:
    world = room.world
    asked = await world.item("Wie hoch ist der Eigenanteil?", author="Mira Sonntag")
    blamed = await world.item(
        "Der Eigenanteil ist zu hoch!", lane="discuss", kind="criticism", author="Ole Brandt",
        page="Seite Nord", thread="post-2", ago=timedelta(days=3),
    )  # fmt: skip
    closed = await world.item("Eigenanteil? Egal.", author="Kim", ago=timedelta(days=9))
    await actions.close(room.pool, "x", closed.comment_key, revision=1)
    day = f"{datetime.now().astimezone() - timedelta(days=3):%Y-%m-%d}"
    for address, expected in (
        ("", keys(asked, blamed, closed)),
        ("state=open", keys(asked, blamed)),
        ("state=decided", keys(closed)),
        ("lane=discuss", keys(blamed)),
        ("kind=criticism", keys(blamed)),
        ("author=brandt", keys(blamed)),
        ("author=%40olebr", keys(blamed)),
        (f"thread={blamed.thread_key}", keys(blamed)),
        ("network=sandbox", keys(asked, blamed, closed)),
        ("network=bluesky", []),
        ("language=en", []),
        (f"since={day}", keys(asked, blamed)),
        (f"since={day}&until={day}", keys(blamed)),
        (f"until={day}", keys(blamed, closed)),
        ("words=eigenanteil&state=open&kind=question", keys(asked)),
        ("publication=0123456789abcdef", []),
    ):
        assert await found(room, address) == expected, address


async def test_a_citing_draft_leads_to_its_comment(room: Room) -> None:
    cited = await room.world.item("Wie hoch ist der Eigenanteil?")
    await room.world.item("Und wann?")
    async with transaction(room.pool) as connection:
        await connection.execute(
            "insert into publications (publication_id, name, title, language, digest, edition,"
            " indexed_at) values ('0123456789abcdef', 'a', 'Richtlinien', 'de', 'x', 1, now())"
        )
        await connection.execute(
            "insert into draft_citations select draft_id, '0123456789abcdef' from drafts"
            " where comment_key = %s on conflict do nothing",
            [cited.comment_key],
        )
    assert await found(room, "publication=0123456789abcdef") == keys(cited)
    page = (await (await room.colleague()).get("/search?publication=0123456789abcdef")).text
    assert 'value="0123456789abcdef" selected>Richtlinien' in page


async def test_own_replies_are_found_and_what_was_deleted_shows_no_text(room: Room) -> None:
    world = room.world
    ours = await world.comment("Danke für die Frage!", is_self=True)
    gone = await world.item("Das soll weg.")
    await world.delete(gone)
    await world.show(gone)
    visitor = await room.colleague()
    page = (await visitor.get("/search?state=own")).text
    assert "Danke für die Frage!" in page
    assert keys_in(page) == []
    assert ours.comment_key not in page
    page = (await visitor.get("/search?state=cancelled")).text
    assert keys_in(page) == keys(gone)
    assert "Der Kommentar wurde im Netzwerk gelöscht." in page
    assert await found(room, "words=soll") == []


async def test_pages_have_no_gap_and_keep_their_filters(room: Room) -> None:
    visitor = await room.colleague()
    for number in range(85):
        await room.world.item(f"Frage {number}?", draft=False, ago=timedelta(hours=1))
    seen: list[str] = []
    address: str | None = "/search?words=frage&state=open"
    while address:
        page = (await visitor.get(address)).text
        seen += keys_in(page)
        _, marked, rest = page.partition('rel="next" href="')
        address = rest.partition('"')[0].replace("&amp;", "&") if marked else None
        assert address is None or ("words=frage" in address and "state=open" in address)
    assert (len(seen), len(set(seen))) == (85, 85)


async def test_common_words_are_looked_for_piece_by_piece(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INVARIANT: no search looks through everything at once, and none loses what is old."""
    monkeypatch.setattr(finding, "RARE", 3)
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 4)
    world = room.world
    old = [await world.item(f"Alte Frage {n}?", ago=timedelta(days=2, hours=n)) for n in range(5)]
    for number in range(9):
        await world.item(f"Neues {number}.", ago=timedelta(hours=number))
    seen: list[str] = []
    rounds, after = 0, None
    async with room.pool.connection() as connection:
        while rounds == 0 or after:
            page = await find_comments(connection, Wanted(words="Frage"), after=after, limit=2)
            seen += [row.comment_key for row in page.rows]
            rounds, after = rounds + 1, page.next
    assert seen == keys(*old)
    assert rounds > 3


@pytest.mark.parametrize(
    "address",
    [
        "state=x&lane=x&kind=x&network=x&page=x&language=x&thread=x&publication=x",
        "since=2026-02-31&until=99999-01-01",
        "words=%00%27%3B--&after=x",
        "words=%22%28%7C%26%21&author=%25_%5C",
        "words=" + "x" * 5000,
        "words=" + "+".join(["drei"] * 60),
        "after=9999999999999999-" + "0" * 32,
    ],
)
async def test_a_made_up_address_is_a_page(room: Room, address: str) -> None:
    assert (await (await room.colleague()).get(f"/search?{address}")).status_code == 200


async def test_what_strangers_write_stays_text_in_what_is_found(room: Room) -> None:
    """INVARIANT: no text from outside becomes part of a page's code."""
    await room.world.item("<script>alert(1)</script> Eigenanteil \x02<b>", draft=False)
    page = (await (await room.colleague()).get("/search?words=Eigenanteil")).text
    assert "<script>alert" not in page
    assert "<mark>Eigenanteil</mark>" in page


def test_an_excerpt_is_cut_at_what_was_looked_for() -> None:
    shown = pieces(f"a {START}b{END} c {START}d")
    assert shown == [Piece("a ", wanted=False), Piece("b", wanted=True), Piece(" c ", wanted=False),
                     Piece("d", wanted=False)]  # fmt: skip


def test_signs_say_how_words_are_read() -> None:
    assert parts_of("ein Haus") == ["ein", "Haus"]
    assert parts_of("zu Haus") == []
    assert parts_of('"ein Haus"') == parts_of("Haus -alt") == []
    assert parts_of("E-Mail") == ["E-Mail"]


def test_filters_are_read_from_the_address_alone() -> None:
    filters = read_filters({"words": " a ", "state": "", "done": "x", "until": "2026-05-01"})
    assert filters == {"words": "a", "until": "2026-05-01"}
    until = wanted_of(filters, "me").until
    assert until is not None
    assert until == datetime(2026, 5, 2).astimezone(UTC)
    assert Place(until, "x").at == until


async def test_what_somebody_has_in_hand_is_found_by_name(room: Room) -> None:
    world, ask = room.world, "/search?"
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    accounts = dict(await rows(room.pool, "select name, account_id from accounts"))
    open_at, given, aside, free = [
        await world.item(f"Frage {n}?", author=f"Person {n}", thread=f"post-{n}") for n in range(4)
    ]
    await jule.get(path(open_at))
    await jule.post(path(given, "/hand-over"), to=accounts["Emre"], note="Für dich")
    await jule.post(path(aside, "/aside"), wait="hour")
    for visitor, address, expected in (
        (jule, "holder=me", [open_at]),
        (emre, "holder=me", [given]),
        (emre, f"holder={accounts['Jule']}", [open_at]),
        (emre, "holder=me&plan=given", [given]),
        (jule, "plan=given", [given]),
        (jule, "plan=aside", [aside]),
        (jule, "holder=nobody", [aside, free]),
        (jule, "holder=nobody&plan=aside", [aside]),
        (jule, "holder=me&words=frage", [open_at]),
        (jule, "holder=me&state=own", []),
        (jule, "holder=0&plan=x", []),
    ):
        shown = keys_in((await visitor.get(ask + address)).text)
        assert sorted(shown) == sorted(keys(*expected)), address
    page = (await emre.get("/search?plan=aside")).text
    assert "Zurückgelegt bis" in page
    assert '<option value="me" >mir</option>' in page
    assert "Jule arbeitet daran" in (await emre.get("/search")).text
    await jule.post(path(open_at, "/close"), revision=1)
    assert keys_in((await jule.get("/search?holder=me")).text) == []
