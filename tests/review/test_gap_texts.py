"""A text handed in beside the question that it answers, until the waiting comments have drafts."""

import re
from datetime import UTC, datetime, timedelta

from services.index.add import Indexing, add
from services.kit.db import transaction
from services.store import gaps
from services.store.accounts import Role
from tests.index.test_add import WordVectors
from tests.review.reading import promised, rows
from tests.review.room import ORIGIN, Room, Visitor
from tests.review.test_gaps import BEES, ask
from tests.review.test_shelf import hand_in, read_all

GAP = "b" * 32
PAGE = f"/gaps/{GAP}/texts"
TEXT = "Bienen dürfen auf jedem Hof gehalten werden, wenn zwei Haushalte zustimmen."


async def give(
    visitor: Visitor, gap_id: str = GAP, *files: tuple[str, bytes], **fields: str
) -> int:
    """Send the form as a browser does, return the status."""
    empty = b'--x\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\n\r\n'
    given = {"csrf": visitor.csrf, **fields}
    address, headers = f"/gaps/{gap_id}/texts", {"origin": ORIGIN}
    if files:
        sent = [("files", one) for one in files]
        answer = await visitor.http.post(address, data=given, headers=headers, files=sent)
        return answer.status_code
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in given.items()
    ]
    body = b"".join([empty, *parts, b"--x--\r\n"])
    headers["content-type"] = "multipart/form-data; boundary=x"
    return (await visitor.http.post(address, content=body, headers=headers)).status_code


async def test_a_pasted_text_is_followed_until_it_closes_the_gap(room: Room) -> None:
    """INVARIANT: what is handed in for a question is read like any publication, and known."""
    jule = await room.colleague()
    asked = await ask(room, BEES, GAP)
    assert await give(jule, title="Bienen im Hof", text=TEXT) == 303
    said = [subject.rpartition(".")[0] for subject, _, _ in await promised(room.pool)]
    assert said == ["publications.submitted"]
    assert "Wartet aufs Lesen" in (await jule.get(PAGE)).text
    listed = (await jule.get("/gaps")).text
    assert f'hx-get="{PAGE}"' in listed
    await read_all(room)
    assert "werden gerade damit versucht" in (await jule.get(PAGE)).text
    assert "für eine Frage ohne Antwort" in (await jule.get("/publications/arrivals")).text
    ((key, title),) = await rows(room.pool, "select publication_id, title from publications")
    assert title == "Bienen im Hof"
    assert TEXT in (await jule.get(f"/publications/{key}")).text
    async with transaction(room.pool) as connection:
        await connection.execute(
            "update submissions set finished_at = finished_at - interval '2 minutes'"
        )
    assert "doch findet 1 Kommentar keine Antwort" in (await jule.get(PAGE)).text
    async with transaction(room.pool) as connection:
        await gaps.answer(connection, asked.comment_key, key, datetime.now(UTC))
    assert "Er beantwortet die Frage" in (await jule.get(PAGE)).text
    closed = (await jule.get("/gaps?show=closed")).text
    assert re.search(f'href="/publications/{key}">[^<]*„Bienen im Hof“', closed)
    assert f'hx-get="{PAGE}"' not in closed


async def test_files_address_and_text_go_through_one_door(room: Room) -> None:
    jule = await room.colleague()
    await ask(room, BEES, GAP)
    file = ("bienen.md", f"# Bienen\n\n{TEXT}".encode())
    address = "https://regenlinde.example/bienen"
    assert await give(jule, GAP, file, title="A", text=TEXT, address=address) == 303
    found = await rows(room.pool, "select name, url, gap_id from submissions order by name")
    assert [row[2] for row in found] == [GAP] * 3
    assert [row[1] for row in found if row[1]] == [address]
    refused = await jule.http.post(
        PAGE, data={"csrf": jule.csrf, "text": "Nur Text <b>", "address": "ftp://x"},
        headers={"origin": ORIGIN}, files={"files": ("leer.md", b" ")},
    )  # fmt: skip
    assert refused.status_code == 422
    for sentence in ("einen Titel", "keine Webadresse", "Die Datei ist leer", "Nur Text &lt;b&gt;"):
        assert sentence in refused.text, sentence
    assert await give(jule) == 422, "nothing was given"
    assert await give(jule, "c" * 32, title="A", text=TEXT) == 404
    assert len(await rows(room.pool, "select * from submissions")) == 3
    roles: tuple[Role, ...] = ("senior", "auditor")
    for role in roles:
        other = await room.colleague(role, role=role)
        assert await give(other, title="A", text=TEXT) == 403
        assert f'action="{PAGE}"' not in (await other.get("/gaps")).text
        assert (await other.get(PAGE)).status_code == 200


async def test_a_text_takes_no_other_texts_place(room: Room) -> None:
    """INVARIANT: two texts of one title stay two publications; the same one sent twice is one."""
    jule = await room.colleague()
    for text in (TEXT, TEXT):
        await jule.post("/publications/text", title="Häufige  Fragen", text=text)
    await read_all(room)
    assert await rows(room.pool, "select title, edition from publications") == [
        ("Häufige Fragen", 1)
    ]
    async with transaction(room.pool) as connection:
        await connection.execute(
            "update publications set name = replace(name, to_char(now(), 'YYYY'), '2001')"
        )
    ((submission_id,),) = await rows(
        room.pool, "select submission_id from submissions order by submitted_at desc limit 1"
    )
    assert await add(Indexing(room.pool, WordVectors()), submission_id) is not None
    async with transaction(room.pool) as connection:
        await connection.execute("update submissions set name = 'x' || name")
    await jule.post("/publications/text", title="Häufige Fragen", text="Ganz anderes steht hier.")
    faulty = await jule.post("/publications/text", title=" ", text="Ohne Titel <i>")
    assert faulty.status_code == 422
    assert "Ohne Titel &lt;i&gt;</textarea>" in faulty.text


async def test_the_shelf_changes_by_itself_and_only_when_it_has_changed(room: Room) -> None:
    jule = await room.colleague()
    page = (await jule.get("/publications")).text
    stamp = page.split('name="stamp" value="')[1].split('"', maxsplit=1)[0]
    shelf = f"/publications/shelf?stamp={stamp}"
    assert (await jule.get(shelf)).status_code == 204
    await hand_in(jule, ("bienen.md", f"# Bienen\n\n{TEXT}".encode()))
    assert (await jule.get(shelf)).status_code == 204, "it is not read yet"
    await read_all(room)
    changed = await jule.get(shelf)
    assert changed.status_code == 200
    assert "Bienen" in changed.text
    assert "<html" not in changed.text


async def test_who_will_write_it_and_when_and_pages_go_both_ways(room: Room) -> None:
    jule = await room.colleague()
    for number in range(43):
        await ask(room, f"Frage {number}?", f"{number:032x}", timedelta(minutes=number))
    first = (await jule.get("/gaps")).text
    assert 'rel="next" href="/gaps?show=open&amp;page=2"' in first
    answer = await jule.post(f"/gaps/{42:032x}", verdict="will_write", note="Bis März", page=2)
    assert answer.headers["location"] == "/gaps?show=open&page=2"
    second = (await jule.get("/gaps?page=2")).text
    assert 'rel="prev" href="/gaps?show=open"' in second
    assert "Frage 42?" not in second
    planned = (await jule.get("/gaps?show=will_write")).text
    assert "Schreiben wir</strong> · Jule · <time" in planned
    assert "Bis März" in planned
