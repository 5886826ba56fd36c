import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

from services.kit.db import transaction
from services.review.package import Case, pack
from services.store.desk_item import read_thread
from services.store.packages import expire_packages, read_suspect, read_wordings
from tests.review.reading import path, rows
from tests.review.room import Room, Visitor
from tests.world import Seeded

EVIL = "<script>alert(1)</script> Ich finde dich."


async def made(room: Room, visitor: Visitor, text: str = EVIL) -> tuple[Seeded, bytes, str]:
    """Return a comment, the package that was made of it, and its id."""
    item = await room.world.item(text, lane="urgent", kind="threat", author="Ole Brandt")
    answer = await visitor.post(path(item, "/package"))
    assert answer.headers["location"] == "/packages?done=package"
    ((package_id,),) = await rows(
        room.pool,
        "select package_id from flagger_packages where comment_key = %s",
        item.comment_key,
    )
    return item, (await visitor.get(f"/packages/{package_id}")).content, package_id


def files_of(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_a_package_holds_address_time_words_author_and_thread(room: Room) -> None:
    jule = await room.colleague("Jule", "de", "moderator")
    item, body, _ = await made(room, jule)
    files = files_of(body)
    assert sorted(files) == [
        "SHA256SUMS", "comment.json", "manifest.json", "note.de.txt", "note.en.txt",
        "thread-01.png", "thread.html",
    ]  # fmt: skip
    told = json.loads(files["comment.json"])
    assert told["comment"]["url"] == item.row.url
    assert told["comment"]["created_at"].endswith("Z")
    assert told["comment"]["texts"][0]["text"] == EVIL
    assert told["comment"]["author"]["handle"] == "@olebrandt"
    for note in ("note.de.txt", "note.en.txt"):
        text = files[note].decode()
        assert EVIL in text
        assert str(item.row.url) in text
    page = files["thread.html"].decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'class="comment this"' in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    shown = (await jule.get("/packages")).text
    assert hashlib.sha256(body).hexdigest() in shown
    assert "von Jule" in shown


async def test_the_hashes_of_a_package_hold(room: Room) -> None:
    """INVARIANT: whoever gets a package can check every file of it."""
    _, body, _ = await made(room, await room.colleague())
    files = files_of(body)
    manifest = json.loads(files["manifest.json"])
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    assert manifest["whole"]["sha256"] == hashlib.sha256(files["SHA256SUMS"]).hexdigest()
    assert {one["name"] for one in manifest["files"]} == set(files) - {
        "SHA256SUMS",
        "manifest.json",
    }


async def test_the_same_case_gives_the_same_bytes(room: Room) -> None:
    """INVARIANT: a package's hash says something about what is in it, and nothing else."""
    item = await room.world.item("Ich finde dich.")
    async with room.pool.connection() as connection:
        suspect = await read_suspect(connection, item.comment_key)
        assert suspect is not None
        wordings = await read_wordings(connection, item.comment_key)
        thread = await read_thread(connection, item.comment_key)
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    case = Case("Stiftung", at, suspect, wordings, thread)
    first = pack(case, "<p>", {"note.de.txt": "a"})
    assert pack(case, "<p>", {"note.de.txt": "a"}) == first
    assert pack(case, "<p>", {"note.de.txt": "b"}).sha256 != first.sha256


async def test_a_package_outlives_the_comment_and_then_erases_itself(room: Room) -> None:
    """INVARIANT: a package ends by itself, also when nobody thinks of it."""
    jule = await room.colleague()
    item, body, package_id = await made(room, jule)
    await room.world.delete(item)
    assert (await jule.get(f"/packages/{package_id}")).content == body
    answer = await jule.post(path(item, "/package"))
    assert answer.status_code == 409
    days = room.desk.settings.package_days
    async with transaction(room.pool) as connection:
        later = datetime.now(UTC) + timedelta(days=days, minutes=1)
        assert await expire_packages(connection, later) == 1
        assert await expire_packages(connection, later) == 0
    assert (await jule.get(f"/packages/{package_id}")).status_code == 404
    assert await rows(room.pool, "select body is null, url is null from flagger_packages") == [
        (True, True)
    ]


async def test_a_package_can_be_deleted_once(room: Room) -> None:
    jule = await room.colleague()
    _, _, package_id = await made(room, jule)
    answer = await jule.post(f"/packages/{package_id}/delete")
    assert answer.headers["location"] == "/packages?done=package_deleted"
    assert (await jule.get(f"/packages/{package_id}")).status_code == 404
    assert (await jule.post(f"/packages/{package_id}/delete")).status_code == 404
    assert "Gelöscht" in (await jule.get("/packages")).text
