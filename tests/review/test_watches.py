"""The page of watched pages, and lists that are taken over as a whole."""

import pytest

from services.review.watch_list import MOST_LINES, RELATIONS, LineFault, read_list
from tests.review.reading import rows
from tests.review.room import ORIGIN, Room, Visitor

LIST = """Name;Netzwerk;Adresse;Beziehung;Themen
Mittelauer Rundblick;rss;https://rundblick.example/feed;Medien;Hitze|Wasser
Baumwacht;bluesky;@baumwacht.example.org;Partner;
Amt für Grün;mastodon;@gruen@social.example.org;Politik;"Bäume, Parks"
"""


async def send(visitor: Visitor, content: bytes) -> int:
    answer = await visitor.http.post(
        "/watches/import", data={"csrf": visitor.csrf}, headers={"origin": ORIGIN},
        files={"file": ("list.csv", content, "text/csv")},
    )  # fmt: skip
    return answer.status_code


@pytest.mark.parametrize(
    "content",
    [
        LIST.encode(),
        LIST.encode("utf-8-sig"),
        LIST.encode("cp1252"),
        LIST.replace(";", "\t").encode(),
    ],
    ids=["utf-8", "with a mark", "windows", "tabs"],
)
def test_a_spreadsheet_s_list_is_read(content: bytes) -> None:
    entries, faults = read_list(content)
    assert faults == []
    assert [(one.network, one.relation, one.topics) for one in entries] == [
        ("feeds", "news", ("Hitze", "Wasser")),
        ("bluesky", "partner", ()),
        ("mastodon", "decision_maker", ("Bäume", "Parks")),
    ]


def test_every_line_that_does_not_fit_is_named() -> None:
    """INVARIANT: a list with one bad line changes nothing."""
    bad = LIST + (
        "Ohne;bluesky;kein name;Partner;\n;bluesky;a.example.org;Partner;\n"
        "Privat;bluesky;b.example.org;Freundin;\nDoppelt;bluesky;baumwacht.example.org;Partner;\n"
    )
    entries, faults = read_list(bad.encode())
    assert entries == []
    assert faults == [
        LineFault(5, "handle", "kein name"),
        LineFault(6, "name", ""),
        LineFault(7, "relation", "Freundin"),
        LineFault(8, "twice", "3"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_lines"),
        (b"name,network,address,relation\n", "no_lines"),
        (b"name,address\nx,y\n", "no_columns"),
        (b"PK\x03\x04\x00\x00", "not_text"),
        (b"name,network,address,relation\n" + b"x,y,z,w\n" * (MOST_LINES + 1), "too_many"),
    ],
    ids=["empty", "no lines", "columns", "a zip", "too long"],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(content: bytes, code: str) -> None:
    entries, faults = read_list(content)
    assert entries == []
    assert [fault.code for fault in faults] == [code]


def test_nobody_s_own_or_private_page_can_be_watched() -> None:
    """INVARIANT: watched are partners, media and decision makers; there is no other relation."""
    assert set(RELATIONS.values()) == {"partner", "news", "decision_maker"}


async def test_a_list_is_taken_over_whole_or_not_at_all(room: Room) -> None:
    jule = await room.colleague()
    assert await send(jule, LIST.encode() + b"x;y;z;w;\n") == 422
    assert await rows(room.pool, "select name from watches") == []
    assert await send(jule, LIST.encode()) == 303
    html = (await jule.get("/watches")).text
    for words in ("Mittelauer Rundblick", "Noch nicht gelesen", "Amt für Grün", "hinzugefügt von"):
        assert words in html, words
    changed = LIST.replace("Hitze|Wasser", "Dürre").encode()
    assert await send(jule, changed) == 303
    topics = await rows(room.pool, "select topics from watches where network = 'feeds'")
    assert topics == [(["Dürre"],)]
    assert await send(await unsigned(jule), LIST.encode()) == 403


async def unsigned(visitor: Visitor) -> Visitor:
    visitor.csrf = "guessed"
    return visitor


async def test_a_page_is_added_changed_paused_and_removed(room: Room) -> None:
    jule = await room.colleague()
    answer = await jule.post(
        "/watches", name="Baumwacht", network="sandbox", address="<b>", relation="partner"
    )
    assert answer.status_code == 422
    assert "&lt;b&gt;" in answer.text
    fields = {"name": "Baumwacht", "network": "sandbox", "relation": "partner"}
    assert (await jule.post("/watches", address="baumwacht", **fields)).status_code == 303
    ((watch_id,),) = await rows(room.pool, "select watch_id from watches")
    edited = await jule.post(
        f"/watches/{watch_id}", name="Baumwacht e. V.", relation="news", topics="Bäume, Hitze"
    )
    assert edited.status_code == 303
    await jule.post(f"/watches/{watch_id}/pause")
    found = await rows(room.pool, "select name, relation, topics, paused from watches")
    assert found == [("Baumwacht e. V.", "news", ["Bäume", "Hitze"], True)]
    assert (await jule.post(f"/watches/{watch_id}/remove")).status_code == 303
    assert "Baumwacht" not in (await jule.get("/watches")).text
    assert (await jule.post(f"/watches/{watch_id}/pause")).status_code == 404
    assert (await jule.post("/watches/nonsense/pause")).status_code == 404
    await jule.post("/watches", address="baumwacht", **fields)
    found = await rows(room.pool, "select name, paused from watches where removed_at is null")
    assert found == [("Baumwacht", False)]
