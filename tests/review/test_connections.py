"""The page of connections: how each stands, in words, and the three things people may order."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from services.kit.db import Pool, transaction
from services.networks.connections import KINDS
from services.networks.doctor import to_json
from services.networks.network import Budget, Diagnosis, Fault, FaultCode
from services.review.connections import SHOWN
from services.review.labels import LABELS
from services.review.texts import LANGUAGES, Texts
from services.store.connection_states import read_states, save_diagnosis
from services.store.connections import remove_connection
from tests.review.room import Room
from tests.store.connecting import account, new_vault, store

NAME = "sandbox:lindenhof"
EVIL = "<script>alert(1)</script>"
CAN = KINDS["sandbox"].capabilities


async def connected(pool: Pool, *faults: Fault, **told: object) -> datetime:
    """Store a connection, and what its check found a moment ago; returns when."""
    await store(pool, new_vault(), account(token="hush-hush"))
    now = datetime.now(UTC)
    diagnosis = Diagnosis("@regenlinde", CAN, faults=faults, **told)  # type: ignore[arg-type]  # named by the test
    async with transaction(pool) as connection:
        await save_diagnosis(connection, NAME, to_json(diagnosis), now)
    return now


async def test_everything_the_doctor_found_is_shown_and_nothing_secret(room: Room) -> None:
    now = datetime.now(UTC)
    await connected(
        room.pool, permissions={"read:comments": True, "write:replies": False}, subscribed=False,
        expiries={"access_token": now + timedelta(days=60)},
        budget=Budget(1234, 10_000, now + timedelta(hours=5)),
    )  # fmt: skip
    jule = await room.colleague()
    html = (await jule.get("/connections")).text
    for words in (
        NAME, "@regenlinde", "read:comments", "write:replies", "fehlt", "nicht abonniert",
        "in 2 Monaten", "Zugangstoken", "1.234 von 10.000", "noch keines", "2 Störungen",
        "Antworten auf beobachteten Seiten", "Übungsnetz",
    ):  # fmt: skip
        assert words in html, words
    assert "hush-hush" not in html
    paul = await room.colleague("Paul", "en")
    html = (await paul.get("/connections")).text
    for words in ("2 faults", "missing", "not subscribed", "1,234 of 10,000"):
        assert words in html, words


@pytest.mark.parametrize("code", get_args(FaultCode))
async def test_every_fault_says_what_to_do_in_both_languages(room: Room, code: FaultCode) -> None:
    """INVARIANT: nobody has to know what a fault's code means."""
    await connected(room.pool, Fault(code, "a detail"))
    for language in LANGUAGES:
        visitor = await room.colleague(f"From {language}", language)
        html = (await visitor.get("/connections")).text.replace("&#39;", "'").replace("&#34;", '"')
        assert Texts(language).label("fault", code) in html
        assert "a detail" in html


def test_everything_a_connection_can_do_has_words() -> None:
    """INVARIANT: a person never has to read a code."""
    names = [f"can.{name}" for name in SHOWN]
    names += [f"can.receive.{way}" for way in ("stream", "poll", "webhook")]
    names += [f"done.{action}" for action in ("pause", "resume", "check")]
    assert [name for name in names if name not in LABELS] == []


async def test_what_networks_say_is_never_markup(room: Room) -> None:
    await connected(room.pool, Fault("token", EVIL), permissions={EVIL: True},
                    expiries={EVIL: datetime.now(UTC)})  # fmt: skip
    html = (await (await room.colleague()).get("/connections")).text
    assert EVIL not in html
    assert html.count("&lt;script&gt;") >= 3


async def test_a_connection_is_paused_resumed_and_checked_from_the_page(room: Room) -> None:
    await connected(room.pool)
    jule = await room.colleague()
    for action, words in (
        ("pause", "Pausiert"), ("resume", "Alles in Ordnung"), ("check", "Wird geprüft"),
    ):  # fmt: skip
        answer = await jule.post(f"/connections/{action}", connection=NAME)
        assert (answer.status_code, answer.headers["location"]) == (
            303, f"/connections?done={action}",
        )  # fmt: skip
        html = (await jule.get(answer.headers["location"])).text
        assert words in html
        assert Texts("de").label("done", action) in html
    async with room.pool.connection() as connection:
        (state,) = await read_states(connection)
    assert (state.paused, state.switched_by, state.check_ordered) == (False, "Jule", True)


async def test_orders_need_the_session_s_token_and_a_connection_that_is_there(room: Room) -> None:
    """INVARIANT: no foreign page pauses our networks."""
    await connected(room.pool)
    jule = await room.colleague()
    stranger = room.visitor()
    assert (await stranger.post("/connections/pause", connection=NAME)).status_code == 303
    right, jule.csrf = jule.csrf, "forged"
    assert (await jule.post("/connections/pause", connection=NAME)).status_code == 403
    jule.csrf = right
    assert (await jule.post("/connections/erase", connection=NAME)).status_code == 404
    assert (await jule.post("/connections/pause", connection="sandbox:nobody")).status_code == 404
    async with room.pool.connection() as connection:
        assert not (await read_states(connection))[0].paused
    async with transaction(room.pool) as connection:
        await remove_connection(connection, NAME, datetime.now(UTC))
    assert (await jule.post("/connections/pause", connection=NAME)).status_code == 404
    assert NAME not in (await jule.get("/connections")).text


async def test_the_page_says_where_a_reply_on_watched_pages_is_possible(room: Room) -> None:
    html = (await (await room.colleague()).get("/connections")).text
    named = ", ".join(
        Texts("de").network(name)
        for name, kind in KINDS.items()
        if kind.capabilities.reply_on_watched_pages
    )
    assert named in html
    assert "Facebook" not in named
    assert "Kein Netzwerk ist verbunden." in html
    assert 'href="/connections" aria-current="page"' in html


async def test_the_menu_is_loud_while_a_running_connection_has_a_fault(room: Room) -> None:
    """INVARIANT: nobody has to open the page to learn that a network is not heard any more."""
    loud = '<span class="figure loud">1</span>'
    jule = await room.colleague()
    await connected(room.pool)
    assert loud not in (await jule.get("/nav")).text
    async with transaction(room.pool) as connection:
        diagnosis = to_json(Diagnosis(None, CAN, faults=[Fault("token")]))
        await save_diagnosis(connection, NAME, diagnosis, datetime.now(UTC))
    for path in ("/nav", "/books"):
        assert f"Betrieb {loud}" in (await jule.get(path)).text
    assert f"Netzwerke {loud}" in (await jule.get("/books")).text
    await jule.post("/connections/pause", connection=NAME)
    assert loud not in (await jule.get("/nav")).text


async def test_a_live_page_gets_only_the_list(room: Room) -> None:
    await connected(room.pool)
    jule = await room.colleague()
    answer = await jule.get("/connections", **{"hx-request": "true"})
    assert NAME in answer.text
    assert "<html" not in answer.text
