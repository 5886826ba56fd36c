"""Pages that were found, at the desk: adopt, dismiss, take back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.kit.web import listening_socket
from services.networks.sandbox.server import create_app, serving
from tests.networks.sandbox_town import ATTACKS, Town, town_settings
from tests.outreach.harbour import GOOD, Harbour
from tests.review.reading import rows
from tests.review.room import Room


@pytest.fixture
async def harbour(room: Room, tmp_path: Path) -> AsyncIterator[Harbour]:
    """Three pages were found for the topic Hitze."""
    async with (
        serving(create_app(town_settings(tmp_path)), listening_socket()) as url,
        Town.at(url) as town,
    ):
        network = town.network()
        harbour = Harbour(town, room.pool, network)
        await harbour.watch("radhaus")
        for n, (page, name) in enumerate(GOOD):
            await harbour.page(page, name, posts=8 - n, answers=7 if n == 0 else 3)
        await harbour.page("stiftung", f"Stiftung {ATTACKS[1]}", about=ATTACKS[0], posts=3)
        await harbour.search()
        yield harbour
        await network.close()


async def keys(room: Room) -> dict[str, str]:
    return dict(await rows(room.pool, "select address, page_key from discovered_pages"))


async def test_the_page_says_why_and_takes_decisions(room: Room, harbour: Harbour) -> None:
    """INVARIANT: adopted is watched, dismissed does not return, both can be taken back."""
    key = await keys(room)
    ines = await room.colleague("Ines", role="senior")
    html = (await ines.get("/discovery")).text
    for words in (
        "Mieterverein Warlebek e. V.", "8 Beiträge zu „Hitze“", "7 verschiedene Konten",
        "Was welcher Server gefragt wurde", "Beispiele",
    ):  # fmt: skip
        assert words in html, words
    assert html.count(f'href="{harbour.town.url}/t/mieterverein-') == 3
    at = f"/discovery/{key['mieterverein']}"
    unfit = await ines.post(f"{at}/adopt", relation="news", topics="Hitze" * 99, topic="Hitze")
    assert unfit.status_code == 422
    assert 'role="alert"' in unfit.text
    assert f'value="{"Hitze" * 99}"' in unfit.text
    done = await ines.post(f"{at}/adopt", relation="news", topics="Hitze, Miete", topic="Hitze")
    assert done.status_code == 303
    assert key["kreisblatt"] in done.headers["location"]
    assert (await ines.post(f"{at}/adopt", topic="Hitze")).status_code == 303
    watched = "select name, relation, topics from watches where address = 'mieterverein'"
    assert await rows(room.pool, f"{watched} and removed_at is null") == [
        ("Mieterverein Warlebek e. V.", "news", ["Hitze", "Miete"])
    ]
    assert "mieterverein" not in await harbour.names()
    gone = f"/discovery/{key['kreisblatt']}"
    assert (await ines.post(f"{gone}/dismiss", topic="Hitze")).status_code == 303
    await harbour.due_again()
    await harbour.search()
    assert await harbour.names() == ["umweltamt", "stiftung"]
    for one in (at, gone):
        assert (await ines.post(f"{one}/undo", topic="Hitze")).status_code == 303
        assert (await ines.post(f"{one}/undo", topic="Hitze")).status_code == 303
    assert await rows(room.pool, f"{watched} and removed_at is null") == []
    assert await harbour.names() == ["mieterverein", "kreisblatt", "umweltamt", "stiftung"]
    decided = await rows(room.pool, "select action from discovery_decisions order by number")
    assert decided == [("adopt",), ("dismiss",), ("undo",), ("undo",)]


async def test_small_counts_and_foreign_words_do_no_harm(room: Room, harbour: Harbour) -> None:
    """INVARIANT: no count under five is on the page, and what a page says of itself stays text."""
    key = await keys(room)
    ines = await room.colleague("Ines", role="senior")
    html = (await ines.get(f"/discovery?topic=Hitze&page={key['stiftung']}")).text
    assert "&lt;script&gt;document" in html
    assert "<script>document" not in html
    assert "weniger als fünfmal" in html
    assert "verschiedene Konten" not in html
    assert "Privatperson " not in html
    assert (await ines.get("/discovery?topic=%00&page='&undo=x")).status_code in (200, 400)


async def test_who_may_only_read_decides_nothing(room: Room, harbour: Harbour) -> None:
    """INVARIANT: moderators and auditors look; the server refuses their decisions."""
    key = await keys(room)
    for name, role in (("Jule", "moderator"), ("Ada", "auditor")):
        person = await room.colleague(name, role=role)  # type: ignore[arg-type]  # a role
        html = (await person.get("/discovery")).text
        assert "adopt-form" not in html
        for action in ("adopt", "dismiss", "undo"):
            answer = await person.post(f"/discovery/{key['mieterverein']}/{action}")
            assert answer.status_code == 403
        assert (await person.post("/discovery/topics", topics="x")).status_code == 403
    assert await rows(room.pool, "select * from discovery_decisions") == []
    admin = await room.colleague("Adam", role="admin")
    assert (await admin.post(f"/discovery/{'f' * 16}/adopt")).status_code == 404


async def test_own_topics_are_searched_for(room: Room, harbour: Harbour) -> None:
    await harbour.page("fahrradbund", "Fahrradbund", topic="Radwege")
    ines = await room.colleague("Ines", role="senior")
    assert (await ines.post("/discovery/topics", topics="Radwege, ")).status_code == 303
    assert (await ines.post("/discovery/topics", topics="x" * 99)).status_code == 422
    await harbour.search()
    assert await harbour.names("Radwege") == ["fahrradbund"]
    assert "fahrradbund" in (await ines.get("/discovery?topic=Radwege")).text
    assert (await ines.post("/discovery/topics", topics="")).status_code == 303
    await harbour.search()
    assert await harbour.names("Radwege") == []
