"""Plant a marker wherever a person's words, name or handle can get to, and look for it on disk."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import nats

from schemas.comments import Reason
from schemas.inbound import InboundEvent
from services.commands.forget import eraser
from services.ingest.erase import Eraser
from services.ingest.intake import Intake
from services.kit.bus import Bus
from services.kit.db import Pool, transaction
from services.kit.pseudonym import long_key
from services.kit.settings import Settings
from services.kit.telemetry import Telemetry
from services.review.app import create_app
from services.review.handlers import read_letter
from services.store import dead_letters, gaps, intake
from tests.ingest.events import KEY, as_json, event
from tests.outreach.radar_scene import Partners
from tests.review.reading import path, rows
from tests.review.room import Room, Visitor, make_desk
from tests.review.test_muting import suggest
from tests.world import Seeded, World

TEXT, NAME, HANDLE = "Zwetschgenmarkierung", "Ottokar Namensmarke", "griffmarke"
MARKERS = (TEXT.lower(), "namensmarke", HANDLE)


@dataclass(frozen=True)
class House:
    """What a marker is planted into."""

    pool: Pool
    bus: Bus
    room: Room
    intake: Intake
    nats_url: str

    @property
    def eraser(self) -> Eraser:
        settings = Settings.model_validate(
            {"nats_url": self.nats_url, "pseudonym_key": KEY.decode()}
        )
        return eraser(self.pool, settings)


async def move_in(pool: Pool, database_url: str, nats_url: str) -> House:
    """Return a house with a bus that is connected."""
    bus = Bus(nats_url, service="ingest", telemetry=Telemetry("ingest"))
    await bus.broker.connect()
    desk = make_desk(pool, database_url)
    room = Room(desk, pool, create_app(desk, version="test", routes=[]), World(pool))
    return House(pool, bus, room, Intake(pool, bus, KEY), nats_url)


def said(native_id: str, text: str, *, thread: str = "post", **fields: Any) -> InboundEvent:
    """Return what the marked person wrote, as their network tells it."""
    return event(
        native_id=native_id, text=text, author=HANDLE,
        url=f"https://sandbox.example/@{HANDLE}/{native_id}",
        root={"native_id": thread, "text": "Am Samstag ist Hoffest."},
        **fields,
    ).model_copy(deep=True)  # fmt: skip


def named(told: InboundEvent) -> InboundEvent:
    """Return the event with the marked name."""
    content = json.loads(told.model_dump_json())
    content["data"]["author"] |= {"display_name": NAME, "handle": f"@{HANDLE}"}
    return InboundEvent.model_validate(content)


async def taken(house: House, native_id: str, text: str, **fields: Any) -> Seeded:
    """Take a comment in through the door, with an edit after it."""
    first = named(said(native_id, f"{text} zuerst", **fields))
    edited = named(said(native_id, text, kind="edited", revision="2", minute=1, **fields))
    result = await house.intake.take([first, edited])
    assert [one.outcome for one in result.taken] == ["received", "edited"]
    return await _seeded(house, native_id)


async def _seeded(house: House, native_id: str) -> Seeded:
    key = long_key("sandbox", native_id)
    ((thread_key, revision, author_key),) = await rows(
        house.pool, "select thread_key, revision, author_key from comments where comment_key = %s",
        key,
    )  # fmt: skip
    now = datetime.now(UTC)
    row = intake.CommentRow(
        comment_key=key, network="sandbox", native_id=native_id, connection="test:page",
        thread_key=thread_key, parent_id=None, author_key=author_key, author_id=HANDLE,
        author_name=NAME, author_handle=HANDLE, is_self=False, url=None, visibility="public",
        created_at=now, native_revision="2", revised_at=now, text="",
    )  # fmt: skip
    return Seeded(key, thread_key, revision, row)


async def plant(house: House) -> Seeded:
    """Plant the markers everywhere; return one of the comments."""
    world, jule = house.room.world, await house.room.colleague()
    await Partners(house.pool).tell(HANDLE, f"Wir haben den {TEXT}spreis gewonnen!")
    assert HANDLE in str(await rows(house.pool, "select subject, about from radar_items"))
    assert TEXT in str(await rows(house.pool, "select * from radar_words"))
    asked = await taken(house, "c1", f"Wie hoch ist die {TEXT}?")
    await world.route(asked, reasons=[Reason(rule="possibly_illegal", detail=TEXT)])
    await world.draft(asked, f"Zur {TEXT} sagen wir: zehn Prozent.")
    await world.show(asked)
    await jule.post(path(asked, "/approve"), revision=2, text=f"Die {TEXT} beträgt zehn Prozent.")
    ((decision_id,),) = await rows(house.pool, "select decision_id from decisions")
    await world.posted(asked, decision_id)
    echo = as_json(
        native_id=f"r-{decision_id}", parent_id="c1", text=f"Die {TEXT} beträgt zehn Prozent.",
        is_self=True, author="page",
    )  # fmt: skip
    other = as_json(native_id="c9", parent_id="c1", text="Das weiß ich auch nicht.", author="mira")
    await house.intake.take([InboundEvent.model_validate(one) for one in (echo, other)])
    await _at_the_desk(house, jule)
    await _elsewhere(house, asked)
    return asked


async def _at_the_desk(house: House, jule: Visitor) -> None:
    world = house.room.world
    muted = await taken(house, "c2", f"{TEXT}! {TEXT}!", thread="post-2")
    handed = await taken(house, "c3", f"Noch eine {TEXT}", thread="post-3")
    evil = await taken(house, "c4", f"Ich zerstöre die {TEXT}", thread="post-4")
    asked = await taken(house, "c5", f"Gibt es {TEXT} zu essen?", thread="post-5")
    bulk = await taken(house, "c6", f"Kauft {TEXT}", thread="post-6")
    for one in (muted, handed, evil, asked, bulk):
        await world.route(one, "discuss", "attack")
        await world.show(one)
    await suggest(house.pool, muted)
    await jule.post(path(muted, "/mute"), reason=f"Nur {TEXT}", days=30, part="account")
    await house.room.account("Kim")
    ((kim,),) = await rows(house.pool, "select account_id from accounts where name = 'Kim'")
    await jule.post(path(handed, "/hand-over"), to=kim, note=f"{NAME} fragt nach {TEXT}")
    await jule.post(path(evil, "/package"))
    async with transaction(house.pool) as connection:
        await gaps.ask(connection, "b" * 32, asked.comment_key, 2, datetime.now(UTC))
    await jule.post(f"/gaps/{'b' * 32}", verdict="will_write", note=f"Blatt über {TEXT}")
    seen = f"{bulk.comment_key}:2"
    await jule.post("/bulk", action="reject", seen=seen, reason=f"Werbung für {TEXT}")
    assert TEXT in (await jule.get(f"/search?words={TEXT}")).text
    assert TEXT in (await jule.get("/evidence/export?format=jsonl")).text


async def _elsewhere(house: House, asked: Seeded) -> None:
    """Plant into a planted draft, a watched page, vectors, and letters on the bus."""
    ((draft_id,),) = await rows(house.pool, "select draft_id from drafts")
    await rows(
        house.pool,
        "insert into planted_drafts (planted_id, draft_id, kind, truth, falsehood, text, sentences)"
        " values (%s, %s, 'figure', %s, %s, %s, '[]') returning planted_id",
        uuid4().hex, draft_id, TEXT, f"Die {TEXT} beträgt elf Prozent.", TEXT,
    )  # fmt: skip
    await _in_a_replay(house, asked)
    raw = json.dumps({"text": TEXT, "by": NAME, "at": f"c1/{HANDLE}"}).encode()
    await house.bus.publish_raw(
        "dead.ingest.sandbox",
        raw,
        stream="dead",
        msg_id="ingest:sandbox:page:1",
        headers={
            "Dead-Consumer": "ingest",
            "Dead-Stream": "sandbox",
            "Dead-Reason": f"unreadable: {NAME}",
            "Dead-Attempts": "1",
        },
    )
    await house.bus.publish_raw(
        "dead.comments.received.sandbox", asked.received().model_dump_json().encode(),
        stream="dead", msg_id="route_received:comments:1",
        headers={
            "Dead-Consumer": "route_received", "Dead-Stream": "comments",
            "Dead-Reason": f"ValueError: {TEXT}", "Dead-Attempts": "5",
        },
    )  # fmt: skip
    connection = await nats.connect(house.nats_url)
    for sequence in (1, 2):
        found = await connection.jetstream().get_msg("dead", sequence)
        assert found.subject
        assert found.data
        letter = read_letter(found.subject, found.headers or {}, found.data, datetime.now(UTC))
        async with transaction(house.pool) as database:
            await dead_letters.add_dead_letter(database, letter)
    await connection.close()


async def _in_a_replay(house: House, asked: Seeded) -> None:
    replay_id = uuid4().hex
    await rows(
        house.pool,
        "insert into replays (replay_id, started_at, started_by, asked, basis, comments)"
        " values (%s, now(), 'test', '{}', '{}', 1) returning true", replay_id,
    )  # fmt: skip
    await rows(
        house.pool,
        "insert into replay_results (replay_id, comment_key, revision, said_at, result)"
        " values (%s, %s, 2, now(), %s) returning true",
        replay_id, asked.comment_key, json.dumps({"draft": {"text": f"Die {TEXT}, {NAME}"}}),
    )  # fmt: skip


def found_on_disk(folder: Path) -> dict[str, list[str]]:
    """Return in which files below a folder a marker stands, in whatever case, the WAL apart."""
    found: dict[str, list[str]] = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "pg_wal"]
        for name in files:
            content = Path(parent, name).read_bytes().lower()
            for marker in MARKERS:
                if marker.encode() in content:
                    found.setdefault(marker, []).append(str(Path(parent, name)))
    return found
